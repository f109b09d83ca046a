"""What applying definitions changes, thing by thing."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from placet.domain.errors import StaleRevision
from placet.service.definitions.kind import Plain
from placet.service.definitions.text import in_json


class What(StrEnum):
    """What becomes of a thing."""

    CREATE = "create"
    CHANGE = "change"
    UNCHANGED = "unchanged"


@dataclass(frozen=True)
class Difference:
    """A member that changes; `before` is None where the thing is new.

    In words nothing is cut, as it may be what matters, and no terminal takes any of it for a command.
    """

    member: str
    before: Any
    after: Any

    def __str__(self) -> str:
        whole = f"{self.member}: {in_json(self.before)} -> {in_json(self.after)}"
        return "".join(one if one.isprintable() else ascii(one)[1:-1] for one in whole)


@dataclass(frozen=True)
class PlanStep:
    """What becomes of one thing."""

    section: str
    id: str
    what: What
    differences: tuple[Difference, ...] = ()
    before: Plain | None = None


@dataclass(frozen=True)
class DefinitionPlan:
    """Every thing of the files; `digest` is the same exactly where the same is done to the same."""

    steps: tuple[PlanStep, ...]

    @property
    def changes(self) -> tuple[PlanStep, ...]:
        return tuple(step for step in self.steps if step.what is not What.UNCHANGED)

    @property
    def digest(self) -> str:
        told = [
            [step.section, step.id, step.what, step.before, [[one.member, one.after] for one in step.differences]]
            for step in self.steps
        ]
        return hashlib.sha256(in_json(told).encode(errors="surrogatepass")).hexdigest()


class StalePlan(StaleRevision):
    """What would be done is no longer what was planned."""

    code = "stale-plan"
    title = "The plan is out of date"
