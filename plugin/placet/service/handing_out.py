"""Handing out what is not sent to a platform: whoever enforces it fetches it, and so brings it into effect."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from threading import Lock

from placet.domain.errors import NotFound
from placet.domain.events import THE_CLOCK, PolicyApplied
from placet.domain.people import Person, PersonKind
from placet.domain.permissions import Action, Place, refuse_unless_may
from placet.emitter.handed_out import HandedOut, Output
from placet.emitter.policy import Desired
from placet.service.context import Context
from placet.service.desired import desired_state
from placet.service.provisioning import NoLogin, said, wanted_for
from placet.service.saving import GRANT, REVOKE, tell
from placet.storage import Job, Session

OLDEST = timedelta(seconds=60)
"""How old what is handed out may be, where nothing has been written to the audit trail since."""

AT_ONCE = 1_000
"""Jobs that one fetch brings into effect; the next one goes on."""


@dataclass
class HandOut:
    """What a target hands out, and the state it was made of: up to which audit entry, and when.

    `jobs` are those that are in effect once somebody has it.
    """

    target: HandedOut
    output: Output
    sequence: int
    made_at: datetime
    jobs: list[int]

    @property
    def revision(self) -> str:
        return self.output.revision

    @cached_property
    def packed(self) -> bytes:
        """Everything as one file."""
        return self.target.packed(self.output)


class HandingOut:
    """What each such target hands out is made anew only when something has happened since."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._made: dict[str, HandOut] = {}
        self._locks = {name: Lock() for name in context.handed_out}

    def fetch(self, actor: Person, target: str, scoped: bool = False) -> HandOut:
        """What a target should enforce now, for whoever enforces it.

        `scoped` says whether the actor asks by a token with the scope for that. A service account that does is who
        enforces: what it was given is in effect. Anyone else only looks.
        """
        refuse_unless_may(actor, Action.FETCH_POLICIES, Place(scoped=scoped))
        made = self._now(target)
        if scoped and actor.kind is PersonKind.SERVICE_ACCOUNT:
            self._in_effect(made)
        return made

    def export(self, target: str, keep: Callable[[Mapping[str, bytes]], None]) -> HandOut:
        """Give the files by name to `keep`, for whoever runs the server; once it returns they are in effect."""
        made = self._now(target)
        keep(made.output.files)
        while made.jobs:
            self._in_effect(made)
        return made

    def _now(self, name: str) -> HandOut:
        """What is handed out now, made by one thread where several ask. Raises NotFound."""
        target = self._context.target(name)
        if not isinstance(target, HandedOut):
            raise NotFound(f"the data platform `{name}` is told what to enforce: there is nothing to fetch for it")
        with self._locks[name]:
            with self._context.store.reading() as session:
                made = self._made.get(name)
                if made is None or not self._is_current(session, made):
                    made = self._made[name] = self._make(session, name, target)
            return made

    def _is_current(self, session: Session, made: HandOut) -> bool:
        return _sequence(session) == made.sequence and self._context.clock.now() - made.made_at < OLDEST

    def _make(self, session: Session, name: str, target: HandedOut) -> HandOut:
        """Made of the state of one session, where all is as of one moment."""
        now = self._context.clock.now()
        sequence, waiting = _sequence(session), session.jobs.waiting_on(name)
        desired = desired_state(session, name, now)
        output = target.made_of(desired)
        held = _held(desired, output)
        return HandOut(
            target, output, sequence, now, [job.id for job in waiting if _is_covered(session, job, held, now)]
        )

    def _in_effect(self, made: HandOut) -> None:
        """Note the jobs that are in effect, and say so."""
        some, made.jobs = made.jobs[:AT_ONCE], made.jobs[AT_ONCE:]
        if not some:
            return
        now = self._context.clock.now()
        with self._context.transaction() as transaction:
            jobs = transaction.session.jobs.waiting(some)
            transaction.session.jobs.all_done([job.id for job in jobs], now)
            told = [job for job in jobs if job.kind in (GRANT, REVOKE)]
            tell(transaction, [PolicyApplied(THE_CLOCK, now, job.subject, data=said(job)) for job in told])


def _sequence(session: Session) -> int:
    last = session.audit.last()
    return last.sequence if last else 0


def _held(desired: Desired, output: Output) -> Callable[[str], bool | None]:
    """Whether a grant is wholly among what is handed out, or None where it is not wanted there at all."""
    products = {product for source in output.left_out for product in desired.products_of[source]}
    whole = {one.grant: one.product not in products for one in desired.entitlements}
    return whole.get


def _is_covered(session: Session, job: Job, held: Callable[[str], bool | None], now: datetime) -> bool:
    """Whether a job is in effect once somebody has what was made.

    A grant waits while its beneficiary has no login, and while a source of its product can't be shared.
    """
    if job.kind != GRANT:
        return True
    whole = held(job.subject)
    if whole is not None:
        return whole
    try:
        return wanted_for(session, job, now) is None
    except NoLogin:
        return False
