"""People who leave and come back: what becomes of their requests and grants, by whatever way it happens."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from threading import Barrier, Event
from typing import Any

import pytest

from placet.domain.errors import Forbidden
from placet.domain.forms import Flow, FlowKind, Quorum
from placet.domain.people import GlobalPermission, Group, Holdings, Person, PersonKind, StewardSource
from placet.domain.requests import AccessRequest, GrantStatus, RequestStatus, Verdict
from placet.service.directory import LastUserAdmin
from placet.service.people import SignIn
from placet.service.people_file import PeopleFile, PlatformLogin
from placet.service.requests import RequestCommands
from placet.settings import Settings
from tests.service.office import ANY, Office

Leave = Callable[[Office, str], object]


def by_command(office: Office, id: str) -> None:
    office.marketplace.people.deactivate(office.person("uma"), id)


def by_file(office: Office, id: str) -> None:
    kept = replace(held(office, id), active=False)
    office.marketplace.people.load("uma", PeopleFile((kept,)))


def by_removal(office: Office, id: str) -> None:
    office.marketplace.people.remove(office.person("uma"), id)


def by_description(office: Office, id: str) -> None:
    office.marketplace.people.replace(office.person("uma"), replace(held(office, id), active=False))


WAYS: dict[str, Leave] = {
    "command": by_command,
    "file": by_file,
    "removal": by_removal,
    "description": by_description,
}


@pytest.fixture(params=WAYS)
def leave(request: pytest.FixtureRequest) -> Leave:
    return WAYS[request.param]


def held(office: Office, id: str) -> Person:
    with office.marketplace.context.store.reading() as session:
        found = session.people.direct(id)
    assert found
    return found


def reread(office: Office, request: AccessRequest) -> AccessRequest:
    with office.marketplace.context.store.reading() as session:
        found = session.requests.get(request.id)
    assert found
    return found


def told(office: Office, person: str) -> list[str]:
    with office.marketplace.context.store.reading() as session:
        return [one.type for one in session.notifications.of(person).items]


@pytest.mark.requirement("R12", clause="requests are canceled")
def test_the_pending_requests_of_who_leaves_are_canceled_and_everyone_is_told(office: Office, leave: Leave) -> None:
    own, for_rita = office.ask("rita"), office.ask("tom", beneficiary="rita", product=office.publish("Other", ANY))
    of_tom = office.ask("tom")
    leave(office, "rita")
    assert [reread(office, one).status for one in (own, for_rita, of_tom)] == ["canceled", "canceled", "pending"]
    for person in ("ann", "bob", "tom"):
        assert "access_request.canceled" in told(office, person)
    assert office.trail()[-2:] == ["access_request.canceled"] * 2
    assert "person.deactivated" in office.trail()


@pytest.mark.requirement("R12", clause="requests are canceled")
def test_what_who_leaves_has_asked_for_others_is_canceled_too(office: Office, leave: Leave) -> None:
    request = office.ask("tom", beneficiary="rita")
    leave(office, "tom")
    assert reread(office, request).status is RequestStatus.CANCELED


@pytest.mark.requirement("R12", clause="grants are suspended")
@pytest.mark.requirement("R12", clause="grants resume")
def test_grants_are_suspended_and_resume_while_canceled_requests_stay_so(office: Office, leave: Leave) -> None:
    grant = office.approved("rita")
    request = office.ask("rita", office.publish("Other", ANY))
    leave(office, "rita")
    if leave is by_removal:
        assert status(office, grant.id) is GrantStatus.REVOKED
        return
    assert status(office, grant.id) is GrantStatus.SUSPENDED
    office.marketplace.people.load("uma", PeopleFile((replace(held(office, "rita"), active=True),)))
    assert status(office, grant.id) is GrantStatus.ACTIVE
    assert reread(office, request).status is RequestStatus.CANCELED
    assert office.trail()[-1] == "person.reactivated"


def status(office: Office, grant: str) -> GrantStatus:
    return office.marketplace.grants.get(office.person("gus"), grant).status


def test_a_platform_is_brought_up_to_date_when_someone_with_a_login_leaves_and_returns(office: Office) -> None:
    office.marketplace.people.load("test", PeopleFile((), logins=(PlatformLogin("rita", "lake", "rita_l"),)))

    def jobs() -> int:
        with office.marketplace.context.store.reading() as session:
            return len([job for job in session.jobs.unfinished() if (job.kind, job.target) == ("directory", "lake")])

    before = jobs()
    by_command(office, "rita")
    by_command(office, "tom")  # has no login
    assert jobs() == before + 1
    office.marketplace.people.reactivate(office.person("uma"), "rita")
    assert jobs() == before + 2


@pytest.mark.requirement("R12", clause="determinations count on")
def test_what_was_determined_counts_when_its_giver_has_left(office: Office, leave: Leave) -> None:
    request = office.ask("rita")
    office.say("ann", request)
    leave(office, "fay")
    leave(office, "ann")
    assert not reread(office, request).unroutable
    assert office.say("bob", request).status is RequestStatus.APPROVED


@pytest.mark.requirement("F4", clause="later it waits")
@pytest.mark.requirement("F4", clause="never approved by default")
def test_a_request_whose_last_steward_leaves_waits_flagged_until_someone_can_decide_again(
    office: Office, leave: Leave
) -> None:
    request = office.ask("rita")
    leave(office, "ann")
    assert not reread(office, request).unroutable
    leave(office, "fay")
    now = reread(office, request)
    assert (now.unroutable, now.status) == (True, RequestStatus.PENDING)
    assert "access_request.unroutable" in told(office, "mia")
    office.marketplace.groups.change_members(office.person("uma"), "finance", joining=frozenset({"tom"}))
    assert not reread(office, request).unroutable
    assert "access_request.routable" in told(office, "tom")
    assert "access_request.routable" in told(office, "mia")
    office.say("tom", request)
    assert office.say("bob", request).status is RequestStatus.APPROVED


LOSSES: dict[str, Leave] = {
    "a membership": lambda office, id: office.marketplace.groups.change_members(
        office.person("uma"), "legal", leaving=frozenset({"bob"})
    ),
    "what the host says at a sign-in": lambda office, id: office.marketplace.people.sign_in(
        SignIn("bob", groups=frozenset())
    ),
    "the group": lambda office, id: office.marketplace.groups.delete(office.person("uma"), "legal"),
    "the group, by a file": lambda office, id: office.marketplace.people.load(
        "uma", PeopleFile((replace(held(office, "bob"), groups=frozenset()),))
    ),
}


@pytest.mark.requirement("F4", clause="later it waits")
@pytest.mark.parametrize("lost", LOSSES)
def test_so_it_is_when_a_steward_loses_what_made_them_one(office: Office, lost: str) -> None:
    request = office.ask("rita")
    LOSSES[lost](office, "bob")
    assert reread(office, request).unroutable
    assert "access_request.unroutable" in told(office, "mia")


def test_a_source_that_was_met_needs_no_one_any_more(office: Office) -> None:
    request = office.ask("rita")
    office.say("bob", request)
    by_command(office, "bob")
    assert not reread(office, request).unroutable
    by_command(office, "ann")
    by_command(office, "fay")
    assert reread(office, request).unroutable


def test_who_has_determined_gives_no_second_determination(office: Office) -> None:
    """So someone who has approved for one source does not stand in for another, whatever they come to hold."""
    request = office.ask("rita")
    office.say("bob", request)
    office.marketplace.groups.change_members(office.person("uma"), "finance", joining=frozenset({"bob"}))
    by_command(office, "ann")
    by_command(office, "fay")
    assert reread(office, request).unroutable


@pytest.mark.requirement("R12", clause="requests are canceled")
def test_a_service_account_is_deactivated_with_its_owner_and_comes_back_by_hand(office: Office, leave: Leave) -> None:
    request = office.ask("ann", beneficiary="robot")
    leave(office, "ann")
    robot = office.person("robot")
    assert (robot.kind, robot.active) == (PersonKind.SERVICE_ACCOUNT, False)
    assert reread(office, request).status is RequestStatus.CANCELED
    office.marketplace.people.load("uma", PeopleFile((replace(held(office, "ann"), active=True),)))
    assert not office.person("robot").active
    office.marketplace.people.reactivate(office.person("uma"), "robot")
    assert office.person("robot").active


def test_an_attribute_of_a_group_makes_stewards_and_unmakes_them(office: Office) -> None:
    sealed = Holdings({"seal": frozenset({"yes"})})
    office.marketplace.groups.replace(office.person("uma"), Group("legal", "Legal"), sealed)
    product = office.publish("Sealed", Flow(FlowKind.LISTED, Quorum.ANY, (StewardSource.attribute("seal", "yes"),)))
    request = office.ask("rita", product)
    office.marketplace.groups.replace(office.person("uma"), Group("legal", "Legal"), Holdings())
    assert reread(office, request).unroutable
    office.marketplace.groups.replace(office.person("uma"), Group("legal", "Legal"), sealed)
    assert not reread(office, request).unroutable
    assert office.say("bob", request, Verdict.DENY).status is RequestStatus.DENIED


def test_nothing_is_half_done_where_the_change_is_refused(office: Office) -> None:
    request = office.ask("uma")
    before = office.trail()
    with pytest.raises(LastUserAdmin):
        by_command(office, "uma")
    assert (reread(office, request).status, office.trail()) == (RequestStatus.PENDING, before)


def test_a_file_that_says_the_same_again_changes_no_one(office: Office) -> None:
    request = office.ask("rita")
    everyone = PeopleFile(tuple(held(office, id) for id in ("rita", "ann", "bob", "fay")))
    report = office.marketplace.people.load("uma", everyone)
    assert (report.added, report.changed, report.deactivated) == ((), (), ())
    assert reread(office, request).revision == request.revision


def at_once(*acts: Callable[[], object]) -> None:
    """Do all of it at the same time, each in a thread of its own."""
    together = Barrier(len(acts))

    def act(one: Callable[[], object]) -> None:
        together.wait()
        one()

    with ThreadPoolExecutor(len(acts)) as pool:
        for done in [pool.submit(act, one) for one in acts]:
            done.result()


def test_when_the_last_two_stewards_leave_at_once_the_request_is_flagged(office: Office) -> None:
    request = office.ask("rita")
    at_once(lambda: by_command(office, "ann"), lambda: by_command(office, "fay"))
    assert reread(office, request).unroutable


def test_who_leaves_while_their_request_is_being_made_has_nothing_pending_afterwards(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever changes the directory waits until the request is there, and cancels it then."""
    looked_at, left = Event(), Event()
    opening = RequestCommands._opening

    def slowly(self: RequestCommands, *args: Any) -> Any:
        situation = opening(self, *args)
        looked_at.set()
        left.wait(0.5)
        return situation

    def leave() -> None:
        looked_at.wait(10)
        by_command(office, "rita")
        left.set()

    monkeypatch.setattr(RequestCommands, "_opening", slowly)
    at_once(lambda: office.ask("rita"), leave)
    with office.marketplace.context.store.reading() as session:
        assert not session.requests.pending_of_people(["rita"])


def test_who_has_left_since_they_signed_in_asks_for_nothing(office: Office) -> None:
    rita = office.person("rita")
    by_command(office, "rita")
    with pytest.raises(Forbidden):
        office.marketplace.requests.submit(rita, office.product.id)


def test_when_the_last_two_who_manage_people_deactivate_each_other_one_of_them_stays(office: Office) -> None:
    tom = replace(held(office, "tom"), permissions=frozenset({GlobalPermission.USER_ADMIN}))
    office.marketplace.people.load("test", PeopleFile((tom,)))
    actors = {"uma": office.person("tom"), "tom": office.person("uma")}

    def deactivate(id: str) -> None:
        with suppress(LastUserAdmin):
            office.marketplace.people.deactivate(actors[id], id)

    at_once(lambda: deactivate("uma"), lambda: deactivate("tom"))
    assert [office.person(id).active for id in ("uma", "tom")].count(True) == 1


def test_the_host_may_take_the_last_who_manages_people(office: Office) -> None:
    """Its word counts at a sign-in, whatever the directory said before."""
    office.marketplace.context.settings = Settings(role_permissions={"Admin": "USER_ADMIN"})
    assert not office.marketplace.people.sign_in(SignIn("uma")).permissions
