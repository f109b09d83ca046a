"""The data platforms as those who operate them see them: how they stand, and what can be done about it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from placet.domain.errors import Conflict
from placet.domain.events import ApplyAsked
from placet.domain.people import Person
from placet.domain.permissions import Action, refuse_unless_may
from placet.emitter.target import Capabilities, Drift, Plan
from placet.service.context import Context
from placet.service.enforcement import Enforcement
from placet.service.saving import POLICIES, add_jobs, tell
from placet.storage import Job

SHOWN = 50
"""How many waiting jobs a platform shows at once."""


@dataclass(frozen=True)
class TargetState:
    """How a data platform stands: what it can express, since when it is out of reach, and what waits for it.

    `waiting` are the first of `unfinished` jobs, each with its last error and when it is tried again; `last` is what
    came into effect last.
    """

    name: str
    capabilities: Capabilities
    out_of_reach_since: datetime | None
    unfinished: int
    waiting: tuple[Job, ...]
    last: Job | None

    @property
    def failing(self) -> bool:
        """Whether something waits that was tried in vain."""
        return any(job.error for job in self.waiting)


class Targets:
    """See and bring about what the data platforms enforce; for those who operate Placet."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def all(self, actor: Person) -> list[TargetState]:
        """Every data platform, by name."""
        refuse_unless_may(actor, Action.OPERATE_TARGETS)
        return [self._state(name) for name in sorted(self._context.targets)]

    def get(self, actor: Person, name: str) -> TargetState:
        """One of them. Raises NotFound."""
        refuse_unless_may(actor, Action.OPERATE_TARGETS)
        self._context.target(name)
        return self._state(name)

    def plan(self, actor: Person, name: str) -> Plan:
        """What applying would change there now; nothing is changed. Raises NotFound, TargetError."""
        refuse_unless_may(actor, Action.OPERATE_TARGETS)
        return Enforcement(self._context, name).plan()

    def verify(self, actor: Person, name: str) -> list[Drift]:
        """How the platform differs from what it should enforce. Raises NotFound, TargetError."""
        refuse_unless_may(actor, Action.OPERATE_TARGETS)
        return Enforcement(self._context, name).verify()

    def apply(self, actor: Person, name: str) -> None:
        """Have a worker bring the platform to what it should enforce. Raises NotFound."""
        refuse_unless_may(actor, Action.OPERATE_TARGETS)
        self._context.target(name)
        now = self._context.clock.now()
        with self._context.transaction() as transaction:
            add_jobs(transaction.session, POLICIES, "policies", [name], now)
            tell(transaction, [ApplyAsked(actor.id, now, name, data={"target": name})])

    def retry(self, actor: Person, name: str) -> int:
        """Have what failed there tried again now, and not only later; how many jobs. Raises NotFound."""
        refuse_unless_may(actor, Action.OPERATE_TARGETS)
        self._context.target(name)
        now = self._context.clock.now()
        with self._context.transaction() as transaction:
            if not (count := transaction.session.jobs.retry(name, now)):
                raise NothingToRetry(f"nothing waits on `{name}` to be tried again")
            tell(transaction, [ApplyAsked(actor.id, now, name, data={"target": name})])
        return count

    def _state(self, name: str) -> TargetState:
        with self._context.store.reading() as session:
            return TargetState(
                name,
                self._context.target(name).capabilities,
                session.outages.since().get(name),
                session.jobs.count_on(name),
                tuple(session.jobs.page_on(name, SHOWN)),
                session.jobs.last_done(name),
            )


class NothingToRetry(Conflict):
    code = "nothing-to-retry"
    title = "Nothing waits to be tried again"
