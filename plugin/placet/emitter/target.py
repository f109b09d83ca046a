"""What every data platform can be asked: plan, apply, verify, grant, revoke."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from placet.domain.errors import Conflict
from placet.emitter.policy import Desired, Entitlement


class TargetRefusal(Conflict):
    """A target can't do what is asked without harm, and trying again won't help: a person has to act first."""

    code = "target-refused"
    title = "The data platform can't be changed like that"


@dataclass(frozen=True)
class Capabilities:
    """What a target expresses exactly; what it can't, it refuses."""

    exact_expiry: bool
    guardrails: bool
    masks: bool
    row_filters: bool


@dataclass(frozen=True)
class Change:
    """One thing that differs from what it should be, with the statements that put it right.

    No statements: it stands in nobody's power but a person's, and `summary` says what they should do.
    """

    kind: str
    object: str
    summary: str
    statements: tuple[str, ...] = ()


@dataclass(frozen=True)
class Loss:
    """A role that reads or writes a source directly today, and won't any more."""

    role: str
    source: str
    privileges: tuple[str, ...]


@dataclass(frozen=True)
class Plan:
    """What applying does, who loses direct access by it, and what a person has to see to first."""

    changes: tuple[Change, ...] = ()
    losses: tuple[Loss, ...] = ()
    problems: tuple[Change, ...] = ()

    @property
    def empty(self) -> bool:
        return not self.changes


class Severity(StrEnum):
    """Whether a finding of `verify` is a difference from the desired state, or a power over it worth knowing."""

    DRIFT = "drift"
    WARNING = "warning"


@dataclass(frozen=True)
class Drift:
    """One finding of `verify`."""

    severity: Severity
    kind: str
    object: str
    detail: str


@dataclass(frozen=True)
class CatalogColumn:
    """A column as the platform's catalog has it."""

    id: int
    name: str
    type: str


@dataclass(frozen=True)
class CatalogSource:
    """A table as the platform's catalog has it."""

    schema: str
    name: str
    columns: tuple[CatalogColumn, ...]


class Target(Protocol):
    """A data platform that effective policies are emitted to.

    Every method may be called again, and by several workers at once, with the same result. All raise `TargetError`
    where the platform does not answer or lacks a privilege (try again later), and `TargetRefusal` where a person has to
    act first.
    """

    capabilities: Capabilities

    def address(self, schema: str, name: str) -> str:
        """What consumers write in a query to read the source of this name."""
        ...

    def plan(self, desired: Desired) -> Plan:
        """What `apply` would do now; changes nothing."""
        ...

    def apply(self, wanted: Callable[[], Desired]) -> Plan:
        """Bring the platform to the desired state and return what was done.

        `wanted` is called when it is this worker's turn. Were the state read before, a grant or a revocation made in
        between would be undone.
        """
        ...

    def verify(self, desired: Desired) -> list[Drift]:
        """Each difference between the platform and the desired state, and each role that policies don't bind."""
        ...

    def grant(self, entitlement: Entitlement, members: tuple[str, ...] = ()) -> int | None:
        """Give a login or a group its entitlement to a product; return the platform's own number for it, if any.

        `members` are the logins of everyone in the group, whoever was in it before; one the platform does not have yet
        is no hindrance.
        """
        ...

    def revoke(self, grant: str, at: datetime) -> None:
        """End the grant with this id at `at` (aware), or now if that is earlier; it can't be given again."""
        ...

    def drop_ended(self, grant: str) -> None:
        """Take away what is left of a grant that ended by itself, unless another grant gives it too.

        Raises TargetError while the grant still runs by the platform's own clock.
        """
        ...

    def held(self) -> tuple[Entitlement, ...]:
        """The entitlements that the platform has, running or scheduled."""
        ...

    def read_catalog(self) -> tuple[CatalogSource, ...]:
        """The tables that can be imported as data sources, with their columns."""
        ...
