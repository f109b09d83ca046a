from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.requirements_list import FILE, BadRequirements, check, line, read, with_tests

LIST = """# Requirements

## R4 Quorum

- **one denial denies**: One denial denies.
- **all needs every source**: A request stays pending until then.

## R9 Revocation

- **names**: A revocation names who, when and why.
"""
REQUIREMENTS = read(LIST)
QUORUM = REQUIREMENTS["R4"]


def test_every_requirement_of_the_project_stands_in_the_list() -> None:
    counts = {"P": 4, "D": 3, "M": 5, "F": 5, "R": 14, "E": 4, "V": 2, "N": 7}
    expected = [f"{letter}{number}" for letter, last in counts.items() for number in range(1, last + 1)]
    assert list(read(FILE.read_text())) == expected


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        (LIST.replace("R9", "R4"), "`R4` stands twice"),
        (LIST.replace("all needs every source", "one denial denies"), "`one denial denies` stands twice"),
        (LIST + "\n## R10 Nothing\n", "`R10` has no clause"),
        (LIST + "- a clause with no name\n", "neither"),
        (LIST + "### R11 Too deep\n", "neither"),
    ],
)
def test_a_list_that_can_not_be_told_apart_is_refused(broken: str, reason: str) -> None:
    with pytest.raises(BadRequirements, match=reason):
        read(broken)


@pytest.mark.parametrize(
    ("id", "clause", "named"),
    [("R4", "one denial denies", ("R4", "one denial denies")), ("R9", None, ("R9", "names"))],
)
def test_a_mark_names_a_clause(id: str, clause: str | None, named: tuple[str, str]) -> None:
    assert check(REQUIREMENTS, id, clause) == named


@pytest.mark.parametrize(
    ("id", "clause", "reason"),
    [
        ("R44", None, "no requirement `R44`: did you mean `R4`?"),
        ("R4", "one denial denied", "no clause `one denial denied`: did you mean `one denial denies`?"),
        ("R4", "xyz", "no clause `xyz`: there are one denial denies, all needs every source"),
        ("R4", None, "name one of one denial denies, all needs every source"),
    ],
)
def test_a_mark_that_names_nothing_is_told_the_nearest(id: str, clause: str | None, reason: str) -> None:
    with pytest.raises(BadRequirements, match=re.escape(reason)):
        check(REQUIREMENTS, id, clause)


@pytest.mark.parametrize(
    ("tests", "told"),
    [
        ({}, "R4 none"),
        ({"one denial denies": {"a": True, "b": True}}, "R4 partly 2 (missing: all needs every source)"),
        ({"one denial denies": {"a": True}, "all needs every source": {"a": True, "c": True}}, "R4 passed 2"),
        ({"one denial denies": {"a": True}, "all needs every source": {"c": False}}, "R4 failed"),
        ({"one denial denies": {"a": False}}, "R4 failed"),
    ],
)
def test_a_requirement_has_passed_only_when_every_clause_is_shown(tests: dict[str, dict[str, bool]], told: str) -> None:
    assert line(QUORUM, tests) == told


def test_tests_are_written_under_their_clauses_and_old_ones_go() -> None:
    before = with_tests(LIST, {("R4", "one denial denies"): ["tests/gone.py::test_old"]})
    after = with_tests(before, {("R9", "names"): ["tests/b.py::test_b", "tests/a.py::test_a", "tests/a.py::test_a"]})
    assert after == LIST + "  - `tests/a.py::test_a`\n  - `tests/b.py::test_b`\n"
    assert read(after) == REQUIREMENTS


SUITE = """
import pytest

@pytest.mark.requirement("F5", clause="a form in use stays")
@pytest.mark.parametrize("number", [1, 2, 3])
def test_all_its_parameters_are_one_test(number): pass

@pytest.mark.requirement("F5", clause="standard form")
def test_skipped(): pytest.skip("shows nothing")

@pytest.mark.requirement("N5")
@pytest.mark.parametrize("number", [1, 2])
def test_one_of_its_parameters_fails(number): assert number == 1

@pytest.mark.requirement("M2", clause="webhook")
@pytest.mark.requirement("M2", clause="notification")
def test_two_clauses_at_once(): pass

@pytest.mark.requirement("M3", clause="a source added is reached")
@pytest.mark.parametrize("number", [1, pytest.param(2, marks=pytest.mark.skip(reason="not here"))])
def test_one_of_its_parameters_is_skipped(number): pass

@pytest.mark.requirement("M4", clause="history stays")
@pytest.mark.xfail(strict=False)
def test_expected_to_fail(): assert False

@pytest.mark.requirement("M4", clause="history stays")
@pytest.mark.xfail(strict=False)
def test_expected_to_fail_and_passes(): pass

@pytest.fixture
def broken(): raise RuntimeError("never set up")

@pytest.mark.requirement("D1", clause="by hand")
def test_not_set_up(broken): pass

@pytest.mark.requirement("M2", clause="webhok")
def test_misspelt(): pass
"""


def run_of(suite: str, folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """A run of `suite` with the project's own plug-in, as `make test` runs it."""
    plumbing = Path(__file__).with_name("conftest.py").read_text()
    (folder / "conftest.py").write_text(plumbing)
    (folder / "test_it.py").write_text(suite)
    (folder / "pytest.ini").write_text(f"[pytest]\npythonpath = {FILE.parent.parent.as_posix()!r}\n")
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--requirements", *options]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("options", [(), ("--numprocesses", "2")], ids=["one process", "workers"])
def test_a_run_tells_what_was_shown_and_fails_on_a_wrong_mark(options: tuple[str, ...], tmp_path: Path) -> None:
    run = run_of(SUITE, tmp_path, *options)
    told = run.stdout.splitlines()
    assert run.returncode == 1, run.stdout + run.stderr
    assert "F5 partly 1 (missing: standard form)" in told
    assert "N5 failed" in told
    assert "M2 passed 1" in told
    assert "M3 none" in told
    assert "M4 none" in told
    assert "D1 failed" in told
    assert "R1 none" in told
    assert "the requirement mark is wrong: `M2` has no clause `webhok`: did you mean `webhook`?" in run.stdout


def test_a_run_that_shows_only_some_succeeds(tmp_path: Path) -> None:
    suite = 'import pytest\n@pytest.mark.requirement("N5")\ndef test_it(): pass\n'
    run = run_of(suite, tmp_path)
    assert run.returncode == 0, run.stdout + run.stderr
    assert "N5 passed 1" in run.stdout.splitlines()
