"""Targets that nothing is sent to: whoever enforces fetches the policy, and so brings it into effect."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from placet.emitter.policy import Desired, Entitlement
from placet.emitter.target import Capabilities, CatalogSource, Change, Drift, Plan, Severity


@dataclass(frozen=True)
class Output:
    """What is handed out: files by name, and the sources that are not among them because they would not be exact.

    Equal content has an equal `revision`. `left_out` are the ids of those sources, `problems` say why.
    """

    revision: str
    files: Mapping[str, bytes] = field(repr=False)
    problems: tuple[Change, ...] = ()
    left_out: frozenset[str] = frozenset()


class HandedOut(ABC):
    """A `Target` that is a set of files, made of the desired state whenever they are asked for.

    An approval is in effect once files that hold it were handed out; so there is nothing to grant, revoke or repair.
    """

    capabilities: Capabilities

    @abstractmethod
    def made_of(self, desired: Desired) -> Output:
        """The files for a desired state; equal states have equal files."""

    @abstractmethod
    def packed(self, output: Output) -> bytes:
        """The files as one."""

    def address(self, schema: str, name: str) -> str:
        return f"{schema}.{name}"

    def plan(self, desired: Desired) -> Plan:
        return Plan(problems=self.made_of(desired).problems)

    def apply(self, wanted: Callable[[], Desired]) -> Plan:
        return self.plan(wanted())

    def verify(self, desired: Desired) -> list[Drift]:
        problems = self.made_of(desired).problems
        return [Drift(Severity.WARNING, one.kind, one.object, one.summary) for one in problems]

    def grant(self, entitlement: Entitlement, members: tuple[str, ...] = ()) -> None:  # noqa: B027 - nothing is what there is to do
        """Nothing: the next files hold it."""

    def revoke(self, grant: str, at: datetime) -> None:  # noqa: B027 - nothing is what there is to do
        """Nothing: the next files don't hold it."""

    def drop_ended(self, grant: str) -> None:  # noqa: B027 - nothing is what there is to do
        """Nothing: the next files don't hold it."""

    def held(self) -> tuple[Entitlement, ...]:
        return ()

    def read_catalog(self) -> tuple[CatalogSource, ...]:
        return ()
