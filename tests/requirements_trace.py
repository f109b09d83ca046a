"""Writes the tests of each clause into `docs/requirements.md`: `python -m tests.requirements_trace [--check]`.

`--check` writes nothing and fails where writing would change the file.
"""

from __future__ import annotations

import io
import sys
from collections import defaultdict
from contextlib import redirect_stdout

import pytest

from tests.requirements_list import FILE, BadRequirements, Clause, read, with_tests
from tests.requirements_plugin import clauses_of, function_of


class MarkedTests:
    """Collects the marked tests of the whole suite, without running them."""

    def __init__(self) -> None:
        self.requirements = read(FILE.read_text())
        self.tests: dict[Clause, list[str]] = defaultdict(list)
        self.wrong: dict[str, str] = {}

    def pytest_itemcollected(self, item: pytest.Item) -> None:
        test = function_of(item.nodeid)
        try:
            for clause in clauses_of(item, self.requirements):
                self.tests[clause].append(test)
        except BadRequirements as error:
            self.wrong[test] = str(error)


def marked_tests() -> dict[Clause, list[str]]:
    """The test functions under the clauses they are marked with; ends the program where they can't be collected."""
    plugin, output = MarkedTests(), io.StringIO()
    with redirect_stdout(output):
        code = pytest.main(["--collect-only", "-p", "no:cacheprovider", str(FILE.parent.parent)], plugins=[plugin])
    if code:
        sys.exit(f"{output.getvalue()}\nthe tests could not be collected")
    if plugin.wrong:
        sys.exit("\n".join(f"{test}: {problem}" for test, problem in plugin.wrong.items()))
    return plugin.tests


def main(arguments: list[str]) -> None:
    before = FILE.read_text()
    after = with_tests(before, marked_tests())
    if after == before:
        return
    if "--check" in arguments:
        sys.exit("docs/requirements.md does not list the tests as they are: run `make requirements` and commit it")
    FILE.write_text(after)
    print("docs/requirements.md lists the tests as they are now")


if __name__ == "__main__":
    main(sys.argv[1:])
