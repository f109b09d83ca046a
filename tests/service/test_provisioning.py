"""Provisioning jobs: written with what calls for them, tried until they succeed, told when they fail."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from placet.domain.errors import TargetDown, TargetError
from placet.domain.requests import GrantStatus, RequestStatus, Verdict
from placet.domain.terms import Duration, Term
from placet.emitter.policy import Desired, Entitlement
from placet.emitter.target import Capabilities, CatalogSource, Drift, Plan
from placet.service.people import SignIn
from placet.service.people_file import PeopleFile
from placet.service.provisioning import FIRST_RETRY, LAST_RETRY, LEASE
from placet.service.views import GrantView
from placet.storage import Job, Login
from tests.service.office import ANY, Office, wanted_on

HOUR = Term(duration=Duration.parse("1 hour"))


class Platform:
    """A platform that keeps account of what it is asked, and fails as long as it is told to."""

    capabilities = Capabilities(exact_expiry=True, guardrails=True, masks=False, row_filters=False)

    def __init__(self) -> None:
        self.entered: list[Entitlement] = []
        self.members: list[tuple[str, ...]] = []
        self.revoked: list[tuple[str, datetime]] = []
        self.ended: list[str] = []
        self.applied: list[Desired] = []
        self.fails: Exception | None = None

    def address(self, schema: str, name: str) -> str:
        return f"{schema}.{name}"

    def plan(self, desired: Desired) -> Plan:
        return Plan()

    def apply(self, wanted: Callable[[], Desired]) -> Plan:
        self._fail()
        self.applied.append(wanted())
        return Plan()

    def verify(self, desired: Desired) -> list[Drift]:
        return []

    def grant(self, entitlement: Entitlement, members: tuple[str, ...] = ()) -> int:
        self._fail()
        self.entered.append(entitlement)
        self.members.append(members)
        return 4711

    def revoke(self, grant: str, at: datetime) -> None:
        self._fail()
        self.revoked.append((grant, at))

    def drop_ended(self, grant: str) -> None:
        self._fail()
        self.ended.append(grant)

    def held(self) -> tuple[Entitlement, ...]:
        return tuple(self.entered)

    def read_catalog(self) -> tuple[CatalogSource, ...]:
        return ()

    def _fail(self) -> None:
        if self.fails:
            raise self.fails


@pytest.fixture
def platform(office: Office) -> Platform:
    """Where the salaries are; rita and tom have logins there, and everything so far is in effect."""
    platform = Platform()
    office.marketplace.context.targets = {"warehouse": platform}
    with office.marketplace.context.store.writing() as session:
        for person in ("rita", "tom"):
            session.logins.save(Login(person, "warehouse", f"{person}_db"))
    office.marketplace.work.provision()
    platform.applied.clear()
    return platform


def grant_view(office: Office, person: str) -> GrantView:
    """The one grant of someone, as they see it."""
    [view] = office.marketplace.grants.list(office.person(person)).items
    return view


def unfinished(office: Office) -> list[Job]:
    with office.marketplace.context.store.reading() as session:
        return session.jobs.unfinished()


def told(office: Office, person: str) -> list[str]:
    return [one.type for one in office.marketplace.notifications.mine(office.person(person)).items]


def test_an_approval_is_one_row_there_with_its_grant_product_login_and_times(
    office: Office, platform: Platform
) -> None:
    grant = office.approved()
    assert [(job.kind, job.target, job.subject) for job in unfinished(office)] == [("grant", "warehouse", grant.id)]
    assert office.marketplace.work.provision() == 1
    assert platform.entered == [Entitlement(grant.id, office.product.id, "rita_db", grant.start, grant.end)]
    assert (unfinished(office), platform.applied) == ([], [])
    assert office.marketplace.work.provision() == 0
    assert office.trail()[-1] == "policy.applied"


def test_a_request_that_is_not_approved_asks_nothing_of_the_platform(office: Office, platform: Platform) -> None:
    request = office.ask()
    office.say("ann", request)
    assert unfinished(office) == []
    office.say("bob", request, Verdict.DENY)
    assert unfinished(office) == []


@pytest.mark.requirement("E4", clause="never lost")
def test_a_job_is_there_exactly_when_its_approval_is(office: Office, platform: Platform) -> None:
    request = office.ask()
    office.say("ann", request)
    platform_knows_nothing = unfinished(office)

    def broken(*_: object) -> None:
        raise RuntimeError("out of ink")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("placet.outbox.recording.append", broken)
        with pytest.raises(RuntimeError):
            office.say("bob", request)
    assert unfinished(office) == platform_knows_nothing == []
    office.say("bob", request)
    assert len(unfinished(office)) == 1


def test_a_product_on_two_platforms_is_entered_on_both(office: Office, platform: Platform) -> None:
    lake = Platform()
    office.marketplace.context.targets = {"warehouse": platform, "lake": lake}
    with office.marketplace.context.store.writing() as session:
        session.logins.save(Login("rita", "lake", "rita_at_the_lake"))
        session.sources.save(replace(Office.source("s9", "bonuses"), target="lake"))
    product = office.publish("On both", ANY, sources=("s1", "s9"))
    request = office.ask(product=product)
    office.say("ann", request)
    office.marketplace.work.provision()
    assert [one.login for one in (*platform.entered, *lake.entered)] == ["rita_db", "rita_at_the_lake"]
    assert grant_view(office, "rita").in_effect


def test_the_platforms_own_number_of_a_login_is_kept(office: Office, platform: Platform) -> None:
    office.approved()
    office.marketplace.work.provision()
    with office.marketplace.context.store.reading() as session:
        assert session.logins.of("rita", "warehouse") == Login("rita", "warehouse", "rita_db", "4711")


def test_what_was_revoked_before_its_turn_is_never_entered(office: Office, platform: Platform) -> None:
    grant = office.approved()
    office.marketplace.grants.revoke(office.person("gus"), grant.id, "left")
    revoked_at = office.clock.now()
    office.clock.advance(minutes=5)
    assert office.marketplace.work.provision() == 2
    assert (platform.entered, platform.revoked) == ([], [(grant.id, revoked_at)])


def test_what_an_end_leaves_on_the_platform_is_taken_away_once_and_what_goes_on_is_not(
    office: Office, platform: Platform
) -> None:
    ended, _ = office.approved(term=HOUR), office.approved("tom")
    office.marketplace.work.provision()
    for hours in (0, 1, 1):
        office.clock.advance(hours=hours)
        office.marketplace.work.sweep()
        office.marketplace.work.provision()
    assert (platform.ended, platform.revoked) == ([ended.id], [])


def test_what_takes_access_away_goes_before_what_gives_it(office: Office, platform: Platform) -> None:
    asked: list[str] = []
    platform.grant = lambda entitlement, _: asked.append(f"grant {entitlement.login}") or 4711  # type: ignore[method-assign]  # noted, not done
    platform.revoke = lambda *_: asked.append("revoke")  # type: ignore[method-assign]  # noted, not done
    platform.apply = lambda _: asked.append("apply") or Plan()  # type: ignore[method-assign]  # noted, not done
    held = office.approved("rita")
    office.marketplace.work.provision()
    office.approved("tom")
    office.clock.advance(minutes=1)
    office.publish("Another", ANY)
    office.marketplace.grants.revoke(office.person("gus"), held.id, "left")
    office.marketplace.work.provision()
    assert asked == ["grant rita_db", "revoke", "apply", "grant tom_db"]


@pytest.mark.parametrize("meanwhile", ["suspended", "inactive", "ended"])
def test_what_gives_nothing_at_its_turn_is_not_entered(office: Office, platform: Platform, meanwhile: str) -> None:
    grant = office.approved(term=HOUR)
    if meanwhile == "suspended":
        office.marketplace.products.suspend(office.person("gus"), office.product.id)
    elif meanwhile == "inactive":
        office.change_person("rita", active=False)
    else:
        office.clock.advance(hours=1)
    office.marketplace.work.provision()
    assert (platform.entered, unfinished(office)) == ([], [])
    for desired in platform.applied:
        assert grant.id not in [one.grant for one in desired.entitlements]


@pytest.mark.requirement("E4", clause="retried")
@pytest.mark.requirement("E4", clause="shown until confirmed")
@pytest.mark.requirement("E4", clause="never lost")
def test_a_platform_that_fails_is_tried_again_at_growing_intervals(office: Office, platform: Platform) -> None:
    platform.fails = TargetDown("the server is away")
    grant = office.approved()
    waits = []
    for _ in range(12):
        office.marketplace.work.provision()
        [job] = unfinished(office)
        waits.append(job.due_at - office.clock.now())
        office.clock.at = job.due_at - timedelta(microseconds=1)
        attempts = job.attempts
        assert office.marketplace.work.provision() == 0
        assert unfinished(office)[0].attempts == attempts
        office.clock.at = job.due_at
    assert waits[:4] == [FIRST_RETRY * 2**tried for tried in range(4)]
    assert waits[-1] == max(waits) == LAST_RETRY
    view = grant_view(office, "rita")
    assert (view.status, view.in_effect, view.problem) == (GrantStatus.ACTIVE, False, "the server is away")
    platform.fails = None
    assert office.marketplace.work.provision() == 1
    assert [one.grant for one in platform.entered] == [grant.id]
    view = grant_view(office, "rita")
    assert (view.in_effect, view.problem) == (True, "")


def test_a_failure_is_told_once_and_another_one_anew(office: Office, platform: Platform) -> None:
    office.approved()
    for why in ("busy", "busy", "out of room", "out of room"):
        platform.fails = TargetError(why)
        office.marketplace.work.provision()
        office.clock.advance(hours=1)
    assert told(office, "ada").count("policy.failed") == 2
    assert office.trail().count("policy.failed") == 2
    messages = [one.message for one in office.marketplace.notifications.mine(office.person("ada")).items]
    assert [message.rsplit(": ", 1)[1] for message in messages if "effect" in message] == ["out of room", "busy"]


def fails_each_way(office: Office, platform: Platform, *reasons: str) -> None:
    """The worker tries again for each reason that the platform is out of reach."""
    for why in reasons:
        platform.fails = TargetDown(why)
        office.marketplace.work.provision()
        office.clock.advance(hours=1)


def test_an_outage_is_told_once_however_many_jobs_wait_and_whatever_it_looks_like(
    office: Office, platform: Platform
) -> None:
    for person in ("rita", "tom"):
        office.approved(person)
    fails_each_way(office, platform, "refused", "starting up", "refused")
    assert told(office, "ada").count("policy.failed") == 1
    assert {job.error for job in unfinished(office)} == {"refused"}
    platform.fails = None
    office.marketplace.work.provision()
    office.marketplace.products.suspend(office.person("gus"), office.product.id)
    fails_each_way(office, platform, "refused")
    assert told(office, "ada").count("policy.failed") == 2


def test_what_needs_nothing_of_a_platform_does_not_end_its_outage(office: Office, platform: Platform) -> None:
    office.approved(term=HOUR)
    fails_each_way(office, platform, "refused")
    assert office.marketplace.work.provision() == 1
    office.approved("tom")
    fails_each_way(office, platform, "refused")
    assert len(unfinished(office)) == 1
    assert told(office, "ada").count("policy.failed") == 1


def test_an_unexpected_error_shows_no_inside_and_stops_no_other_job(
    office: Office, platform: Platform, caplog: pytest.LogCaptureFixture
) -> None:
    office.approved()
    platform.fails = ValueError("password=secret")
    with caplog.at_level(logging.ERROR, "placet.service"):
        assert office.marketplace.work.provision() == 0
    assert "password" not in grant_view(office, "rita").problem
    assert "the log of the worker" in grant_view(office, "rita").problem
    assert "ValueError: password=secret" in caplog.text
    platform.fails = None
    office.approved("tom")
    assert office.marketplace.work.provision() == 1
    assert [one.login for one in platform.entered] == ["tom_db"]


def test_a_platform_that_is_named_no_more_is_said_and_waited_for(office: Office, platform: Platform) -> None:
    office.marketplace.context.targets = {}
    office.approved()
    assert office.marketplace.work.provision() == 0
    assert "`warehouse`" in grant_view(office, "rita").problem
    office.marketplace.context.targets = {"warehouse": platform}
    office.clock.advance(minutes=1)
    assert office.marketplace.work.provision() == 1


@pytest.mark.requirement("E4", clause="shown until confirmed")
def test_a_beneficiary_without_a_login_has_an_approval_that_waits_for_one(office: Office, platform: Platform) -> None:
    office.approved("ada")
    office.marketplace.work.provision()
    view = grant_view(office, "ada")
    assert (view.status, view.in_effect) == (GrantStatus.ACTIVE, False)
    assert "no login" in view.problem
    assert office.marketplace.requests.mine(office.person("ada")).items[0].request.status is RequestStatus.APPROVED
    with office.marketplace.context.store.writing() as session:
        session.logins.save(Login("ada", "warehouse", "ada_db"))
    office.clock.advance(minutes=1)
    assert office.marketplace.work.provision() == 1
    assert grant_view(office, "ada").in_effect


def test_each_job_is_done_by_one_of_several_workers(office: Office, platform: Platform) -> None:
    people = ("rita", "tom", "gus", "mia", "uma")
    with office.marketplace.context.store.writing() as session:
        for person in people:
            session.logins.save(Login(person, "warehouse", f"{person}_db"))
    for person in people:
        office.approved(person)
    gate, counts = threading.Barrier(4), []

    def work() -> None:
        gate.wait()
        counts.append(office.marketplace.work.provision())

    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sum(counts) == len(people)
    assert sorted(one.login for one in platform.entered) == sorted(f"{person}_db" for person in people)


def test_a_job_of_a_worker_that_died_is_taken_up_after_its_lease(office: Office, platform: Platform) -> None:
    office.approved()
    with office.marketplace.context.store.writing() as session:
        assert session.jobs.claim(office.clock.now(), LEASE)
    office.clock.advance(seconds=LEASE.total_seconds() - 1)
    assert office.marketplace.work.provision() == 0
    office.clock.advance(seconds=1)
    assert office.marketplace.work.provision() == 1


def test_what_a_platform_should_enforce_is_what_is_published_active_and_not_over(
    office: Office, platform: Platform
) -> None:
    kept, ended, revoked = office.approved(), office.approved("tom", HOUR), office.approved("ada")
    office.marketplace.grants.revoke(office.person("gus"), revoked.id, "left")
    office.clock.advance(hours=2)
    desired = wanted_on(office, "warehouse")
    assert [(one.grant, one.login, one.end) for one in desired.entitlements] == [(kept.id, "rita_db", None)]
    assert ended.end
    assert {(login.name, login.active) for login in desired.logins} == {("rita_db", True), ("tom_db", True)}
    assert [(product.id, product.sources) for product in desired.products] == [(office.product.id, ("s1",))]
    office.marketplace.products.suspend(office.person("gus"), office.product.id)
    desired = wanted_on(office, "warehouse")
    assert (desired.products, desired.entitlements) == ((), ())
    assert wanted_on(office, "elsewhere") == Desired()


SIGNED_IN = SignIn("rita", groups=frozenset({"crew"}))


def load(office: Office, *groups: str) -> None:
    rita = replace(office.person("rita"), groups=frozenset(groups))
    office.marketplace.people.load("test", PeopleFile((rita,)))


def directory_jobs(office: Office) -> list[str]:
    return [job.target for job in unfinished(office) if job.kind == "directory"]


def test_whoever_joins_or_leaves_a_group_is_told_to_the_platforms_they_are_on(
    office: Office, platform: Platform
) -> None:
    office.marketplace.context.targets = {"warehouse": platform, "lake": Platform()}
    sign_in = office.marketplace.people.sign_in
    for number, change in enumerate(
        (
            lambda: load(office, "crew"),
            lambda: load(office),
            lambda: sign_in(SIGNED_IN),
            lambda: sign_in(replace(SIGNED_IN, groups=frozenset())),
        )
    ):
        for _ in range(2):
            change()
            assert directory_jobs(office) == ["warehouse"] * (number + 1)
    sign_in(SignIn("ann", groups=frozenset({"crew"})))
    assert len(directory_jobs(office)) == 4, "Ann has no login"


def test_one_run_does_for_all_who_joined_or_left_before_it(office: Office, platform: Platform) -> None:
    for groups in (("crew",), (), ("crew", "night")):
        load(office, *groups)
    apply = platform.apply

    def applying(wanted: Callable[[], Desired]) -> Plan:
        platform.apply = apply  # type: ignore[method-assign]  # once, someone leaves when the state has been read
        plan = apply(wanted)
        load(office)
        return plan

    platform.apply = applying  # type: ignore[method-assign]  # as said there
    office.marketplace.work.provision()
    assert len(platform.applied) == 2, "one for the three before, and one for who left in between"
    assert unfinished(office) == []


def test_what_a_platform_could_not_do_for_one_it_has_not_done_for_the_others(
    office: Office, platform: Platform
) -> None:
    for groups in (("crew",), ()):
        load(office, *groups)
    platform.fails = TargetError("busy")
    office.marketplace.work.provision()
    assert len(directory_jobs(office)) == 2
