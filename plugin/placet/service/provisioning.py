"""Bringing grants into effect on the data platforms: jobs out of the database, one statement set each, outside it."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from placet.domain.errors import PlacetError, TargetDown
from placet.domain.events import THE_CLOCK, Event, PolicyApplied, PolicyFailed
from placet.domain.people import GlobalPermission
from placet.emitter.capable import within
from placet.emitter.policy import Desired, Entitlement
from placet.emitter.target import Change, Target
from placet.service.context import Context, holders_of
from placet.service.desired import entitlement_of, target_groups, target_sources
from placet.service.enforcement import Enforcement
from placet.service.reading import in_force
from placet.service.saving import DIRECTORY, ENDED, GRANT, POLICIES, REVOKE, tell
from placet.storage import Job, Session
from placet.storage import Login as KnownLogin

log = logging.getLogger("placet.service")

LEASE = timedelta(minutes=2)
FIRST_RETRY, LAST_RETRY = timedelta(seconds=2), timedelta(minutes=10)


class NoLogin(PlacetError):
    """The beneficiary has no login on the platform, so the approval can't take effect there yet."""

    status = 409
    code = "no-login"
    title = "No login is known on the data platform"


class Incomplete(PlacetError):
    """A platform could not be brought to all it should be: something there is not ours to change."""

    status = 409
    code = "target-incomplete"
    title = "The data platform needs a person"


BORNE = ("login", "policy")
"""Problems that keep no change from being in effect: each concerns one login alone, or shows less than it could."""


@dataclass(frozen=True)
class Wanted:
    """What a grant job needs: the entitlement to enter, and whose login it is, or the logins of the group it is for."""

    entitlement: Entitlement
    login: KnownLogin | None
    members: tuple[str, ...] = ()

    def same(self, other: Wanted | None) -> bool:
        """Whether the platform would be asked for the same."""
        return other is not None and (self.entitlement, self.members) == (other.entitlement, other.members)


class Provisioning:
    """Runs provisioning jobs; several workers may, each takes its own."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def run_all(self) -> int:
        """Run every job that is due; how many took effect.

        Where a platform can't be reached, its other jobs are put off at once: each would wait for it anew, and what is
        to be revoked elsewhere would wait behind them.
        """
        done, down = 0, dict[str, str]()
        while (job := self._claimed()) is not None:
            if job.target in down:
                self._failed(job, down[job.target], out_of_reach=True)
            else:
                done += self._run(job, down)
        return done

    def _claimed(self) -> Job | None:
        """The next job, of a platform that is told what to enforce; the others have done it once they fetch."""
        with self._context.store.writing() as session:
            return session.jobs.claim(self._context.clock.now(), LEASE, self._context.handed_out)

    def _run(self, job: Job, down: dict[str, str]) -> bool:
        """One job; a failure is kept with it, told once, and tried again later. Notes a platform that is down."""
        try:
            reached = self._bring_about(job)
        except TargetDown as error:
            down[job.target] = error.detail
            self._failed(job, error.detail, out_of_reach=True)
            return False
        except PlacetError as error:
            self._failed(job, error.detail)
            return False
        except Exception:
            log.exception("provisioning job %s on %s failed", job.id, job.target)
            self._failed(job, "an unexpected error: the log of the worker has it")
            return False
        self._done(job, reached)
        return True

    def _bring_about(self, job: Job) -> bool:
        """Do what the job is for; whether the platform had to be asked."""
        target = self._context.target(job.target)
        if job.kind == GRANT:
            return self._grant(target, job)
        if job.kind == REVOKE:
            target.revoke(job.subject, self._revoked_at(job.subject))
        elif job.kind == ENDED:
            target.drop_ended(job.subject)
        else:
            self._apply(job)
        return True

    def _apply(self, job: Job) -> None:
        """Bring a platform to what is wanted now. Raises Incomplete where a person has to see to something first.

        A login that is not there concerns the grants of its owner only, and their own jobs wait for it. Where many join
        groups or leave them, or policies change, each leaves a job of the same kind; one does for all that were there
        when the state was read, so that approvals don't wait behind them.
        """
        covered: list[int] = []

        def cover() -> None:
            with self._context.store.reading() as session:
                covered[:] = session.jobs.alike(job) if job.kind in (DIRECTORY, POLICIES) else []

        plan = Enforcement(self._context, job.target).apply(cover)
        if covered:
            with self._context.store.writing() as session:
                session.jobs.all_done(covered, self._context.clock.now())
        _refuse_incomplete(one for one in plan.problems if one.kind not in BORNE)

    def _grant(self, target: Target, job: Job) -> bool:
        """Enter a grant, and say so; one that was revoked or whose product is not published meanwhile is left out.

        What was wanted is read before it is this worker's turn on the platform, and may have changed until it was: a
        login moved to someone else, a product suspended, a group without someone. Then the platform is brought to what
        is wanted now.
        """
        wanted = self._wanted(job)
        if wanted is None:
            return False
        native = target.grant(wanted.entitlement, wanted.members)
        _refuse_incomplete(self._left_out(target, job.target, wanted.entitlement.product))
        if native is not None and wanted.login and wanted.login.native_id != str(native):
            self._note_number(replace(wanted.login, native_id=str(native)))
        if not wanted.same(self._wanted(job)):
            self._apply(job)
        return True

    def _left_out(self, target: Target, name: str, product: str) -> tuple[Change, ...]:
        """The sources of a product that the platform can't keep as they should be, so that nobody reads them there."""
        with self._context.store.reading() as session:
            known = session.products.get(product)
            sources = [one for one in session.sources.many(known.sources if known else ()) if one.target == name]
            return within(Desired(sources=tuple(target_sources(session, sources))), target.capabilities)[1]

    def _wanted(self, job: Job) -> Wanted | None:
        with self._context.store.reading() as session:
            return wanted_for(session, job, self._context.clock.now())

    def _note_number(self, seen: KnownLogin) -> None:
        """Keep the platform's own number for a login, unless the person has been given another login meanwhile."""
        with self._context.store.writing() as session:
            known = session.logins.of(seen.person, seen.target)
            if known and known.login == seen.login:
                session.logins.save(seen)

    def _revoked_at(self, grant: str) -> datetime:
        with self._context.store.reading() as session:
            known = session.grants.get(grant)
        return known.revocation.at if known and known.revocation else self._context.clock.now()

    def _done(self, job: Job, reached: bool) -> None:
        now = self._context.clock.now()
        with self._context.transaction() as transaction:
            transaction.session.jobs.done(job.id, now)
            if reached:
                transaction.session.outages.end(job.target)
            tell(transaction, [PolicyApplied(THE_CLOCK, now, job.subject, data=said(job))])

    def _failed(self, job: Job, why: str, out_of_reach: bool = False) -> None:
        """Try again later. Each new reason is recorded; of an outage people are told once, not once for each job."""
        now = self._context.clock.now()
        wait = min(FIRST_RETRY * 2 ** min(job.attempts - 1, 10), LAST_RETRY)
        with self._context.transaction() as transaction:
            session = transaction.session
            session.jobs.failed(job.id, why, now + wait)
            begins = out_of_reach and session.outages.begin(job.target, now)
            told = holders_of(session, GlobalPermission.APPLICATION_ADMIN) if begins or not out_of_reach else ()
            if begins or why != job.error:
                tell(transaction, [_failure(job, why, now, told)])


def _failure(job: Job, why: str, now: datetime, told: tuple[str, ...]) -> Event:
    return PolicyFailed(THE_CLOCK, now, job.subject, data={**said(job), "why": why}, tells=told)


def said(job: Job) -> Mapping[str, object]:
    """What an event tells of a job."""
    return {"what": f"{job.kind} {job.subject}", "target": job.target, "job": job.id}


def _refuse_incomplete(problems: Iterable[Change]) -> None:
    """Raises Incomplete where a person has to see to something."""
    if left := [f"{one.kind} `{one.object}` {one.summary}" for one in problems]:
        raise Incomplete("; ".join(left))


def wanted_for(session: Session, job: Job, now: datetime) -> Wanted | None:
    """What a grant job should enter, or None where there is nothing to enter any more. Raises NoLogin.

    A group needs no login: those of its members who have none yet join when they get one. A revocation counts whatever
    the time: this machine's clock may be behind the one that revoked.
    """
    grant = session.grants.get(job.subject)
    if grant is None or grant.revocation or not grant.live_at(now):
        return None
    product = session.products.get(grant.product)
    if product is None or not in_force(product, grant.whom, session.people.person(grant.whom.person)):
        return None
    if grant.whom.is_group:
        groups = target_groups(session, job.target, [grant.beneficiary])
        return Wanted(entitlement_of(grant), None, groups[0].members) if groups else None
    login = session.logins.of(grant.beneficiary, job.target)
    if login is None:
        raise NoLogin(f"`{grant.beneficiary}` has no login on `{job.target}`: enter it in the directory")
    return Wanted(entitlement_of(grant, login.login), login)
