"""The requirements of `docs/requirements.md`: reading them, checking marks against them, and saying what is shown."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

FILE = Path(__file__).parent.parent / "docs" / "requirements.md"

_HEADING = re.compile(r"## ([A-Z][0-9]+) (.+)")
_CLAUSE = re.compile(r"- \*\*(.+?)\*\*: .+")
_TEST = re.compile(r"  - `.+`")

Clause = tuple[str, str]
"""The id of a requirement and the name of one of its clauses."""


@dataclass(frozen=True)
class Requirement:
    """A requirement and the names of its clauses, in the order of the file."""

    id: str
    title: str
    clauses: tuple[str, ...]


class BadRequirements(Exception):
    """The list, or a mark that refers to it, is wrong."""


def read(text: str) -> dict[str, Requirement]:
    """The requirements by id. Raises BadRequirements for an id, a clause or a heading that can't be told apart."""
    found: dict[str, Requirement] = {}
    for line in text.splitlines():
        if heading := _HEADING.fullmatch(line):
            found[_new(heading[1], found)] = Requirement(heading[1], heading[2], ())
        elif clause := _CLAUSE.fullmatch(line):
            last = list(found.values())[-1]
            found[last.id] = Requirement(last.id, last.title, (*last.clauses, _new(clause[1], last.clauses)))
        elif line.startswith(("#", "-")) and not line.startswith("# "):
            raise BadRequirements(f"`{line}` is neither `## ID Title` nor `- **clause**: sentence`")
    for requirement in found.values():
        if not requirement.clauses:
            raise BadRequirements(f"`{requirement.id}` has no clause")
    return found


def _new(name: str, taken: Iterable[str]) -> str:
    if name in taken:
        raise BadRequirements(f"`{name}` stands twice")
    return name


def check(requirements: Mapping[str, Requirement], id: str, clause: str | None) -> Clause:
    """The clause that a mark names. Raises BadRequirements, naming the nearest, where there is none."""
    if id not in requirements:
        raise BadRequirements(f"no requirement `{id}`{_nearest(id, requirements)}")
    clauses = requirements[id].clauses
    if clause is None:
        if len(clauses) > 1:
            raise BadRequirements(f"`{id}` has several clauses: name one of {', '.join(clauses)}")
        return id, clauses[0]
    if clause not in clauses:
        raise BadRequirements(f"`{id}` has no clause `{clause}`{_nearest(clause, clauses)}")
    return id, clause


def _nearest(name: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    return f": did you mean `{near[0]}`?" if near else f": there are {', '.join(known)}"


def line(requirement: Requirement, tests: Mapping[str, Mapping[str, bool]]) -> str:
    """One line on a requirement; `tests` maps its clauses to the tests of each and whether they passed."""
    every = {test: passed for clause in tests.values() for test, passed in clause.items()}
    if not all(every.values()):
        return f"{requirement.id} failed"
    if not every:
        return f"{requirement.id} none"
    missing = [clause for clause in requirement.clauses if not tests.get(clause)]
    if missing:
        return f"{requirement.id} partly {len(every)} (missing: {', '.join(missing)})"
    return f"{requirement.id} passed {len(every)}"


def with_tests(text: str, tests: Mapping[Clause, Iterable[str]]) -> str:
    """The text of the list with `tests`, and no others, written under the clauses they show."""
    id, lines = "", []
    for line in text.splitlines():
        if _TEST.fullmatch(line):
            continue
        lines.append(line)
        if heading := _HEADING.fullmatch(line):
            id = heading[1]
        elif clause := _CLAUSE.fullmatch(line):
            lines += [f"  - `{test}`" for test in sorted(set(tests.get((id, clause[1]), ())))]
    return "\n".join(lines) + "\n"
