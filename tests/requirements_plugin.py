"""What pytest does with `@pytest.mark.requirement`: refuses marks that name nothing, and sums up what was shown."""

from __future__ import annotations

from collections import defaultdict

import pytest

from tests.requirements_list import BadRequirements, Clause, Requirement, check, line

_PROPERTY = "requirement"


def function_of(nodeid: str) -> str:
    """The name of the test function: all its parameters are one test."""
    return nodeid.split("[", 1)[0]


def clauses_of(item: pytest.Item, requirements: dict[str, Requirement]) -> list[Clause]:
    """The clauses a test says it shows. Raises BadRequirements."""
    return [_clause_of(mark, requirements) for mark in item.iter_markers("requirement")]


def _clause_of(mark: pytest.Mark, requirements: dict[str, Requirement]) -> Clause:
    if len(mark.args) != 1 or not set(mark.kwargs) <= {"clause"}:
        raise BadRequirements('write the mark as `requirement("R4", clause="one denial denies")`')
    return check(requirements, mark.args[0], mark.kwargs.get("clause"))


class RequirementsPlugin:
    """Follows the marked tests of one run; `summary` says whether to print a line for each requirement.

    The clauses travel with the reports of a test, so that they reach the process that sums up when workers run them.
    A test shows its clauses when each of its parameters ran and passed; what was skipped shows nothing.
    """

    def __init__(self, requirements: dict[str, Requirement], summary: bool) -> None:
        self.requirements = requirements
        self.summary = summary
        self._shown: dict[Clause, set[str]] = defaultdict(set)
        self._unshown: dict[Clause, set[str]] = defaultdict(set)
        self._failed: dict[Clause, set[str]] = defaultdict(set)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        try:
            clauses = clauses_of(item, self.requirements)
        except BadRequirements as error:
            pytest.fail(f"the requirement mark is wrong: {error}", pytrace=False)
        item.user_properties += [(_PROPERTY, list(clause)) for clause in clauses]

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        for name, value in report.user_properties:
            if name == _PROPERTY and isinstance(value, list):
                self._note((value[0], value[1]), report)

    def _note(self, clause: Clause, report: pytest.TestReport) -> None:
        test = function_of(report.nodeid)
        if report.failed:
            self._failed[clause].add(test)
        elif report.skipped or hasattr(report, "wasxfail"):
            self._unshown[clause].add(test)
        else:
            self._shown[clause].add(test)

    def tests_of(self, requirement: Requirement) -> dict[str, dict[str, bool]]:
        """For each clause the tests that ran for it, and whether they passed; skipped ones are left out."""
        found: dict[str, dict[str, bool]] = {}
        for name in requirement.clauses:
            clause = (requirement.id, name)
            passed = self._shown[clause] - self._unshown[clause] - self._failed[clause]
            found[name] = dict.fromkeys(passed, True) | dict.fromkeys(self._failed[clause], False)
        return found

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if self.summary:
            terminalreporter.section("requirements")
            for requirement in self.requirements.values():
                terminalreporter.write_line(line(requirement, self.tests_of(requirement)))
