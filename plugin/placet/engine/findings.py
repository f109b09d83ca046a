"""What the checker says about a file: where, in which rule or case, how grave, and what."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

Severity = Literal["error", "warning"]

LONGEST = 400  # characters of a text that an author may have filled


class Spot(NamedTuple):
    """A place in a file, both counted from 1."""

    line: int
    column: int


START = Spot(1, 1)


@dataclass(frozen=True, order=True)
class Finding:
    """One thing that is wrong with a file (`error`), or odd and has a meaning all the same (`warning`).

    `code` is a stable word for programs, `str()` is the line that people read. `rule` and `case` are empty where the
    finding is about neither.
    """

    file: str
    line: int
    column: int
    rule: str
    code: str
    severity: Severity
    text: str
    case: str = ""

    def __str__(self) -> str:
        about = f"rule `{self.rule}`: " if self.rule else f"case `{self.case}`: " if self.case else ""
        return f"{self.file}:{self.line}:{self.column}: {about}{self.text}"


def plain(text: str) -> str:
    """A text that may hold anything, as one line of bearable length that no terminal takes for a command."""
    cut = text if len(text) <= LONGEST else f"{text[:LONGEST]}.."
    return "".join(one if one.isprintable() else ascii(one)[1:-1] for one in cut)
