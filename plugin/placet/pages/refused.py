"""What a form shows again after it was refused: the person's input and what was wrong, field by field."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from placet.domain.errors import PlacetError


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong; `field` is the id of the element to mend, or nothing."""

    told: str
    field: str = ""


@dataclass(frozen=True)
class Refused:
    """Why a form was refused; an empty one stands for a form that was not sent yet."""

    title: str = ""
    status: int = 200
    problems: tuple[Problem, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.problems)

    def at(self, field: str) -> str:
        """What is wrong with one field, in words, or nothing."""
        return "; ".join(problem.told for problem in self.problems if problem.field == field)


NOTHING = Refused()


def refused(error: PlacetError, fields: Mapping[str, str]) -> Refused:
    """What an error says, put to the field that `fields` names for its code."""
    return Refused(error.title, error.status, (Problem(error.detail, fields.get(error.code, "")),))
