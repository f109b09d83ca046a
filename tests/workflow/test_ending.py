"""How requests and grants end: canceled, lapsed, revoked, expired."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from placet.domain.errors import Forbidden
from placet.domain.forms import Quorum
from placet.domain.people import DomainPermission, Person
from placet.domain.requests import AccessRequest, Grant, GrantStatus, RequestStatus, Verdict
from placet.domain.terms import Term
from placet.workflow import refusals
from placet.workflow.close import cancel, lapse
from placet.workflow.commands import CancelRequest, ExpireGrant, LapseRequest, RevokeGrant
from placet.workflow.grants import Held, expire, revoke
from tests.workflow.world import FINANCE, LEGAL, START, World, days, form, gus, listed, product, rita, stranger

manager = Person("mia", "Mia Manager", domain_permissions=frozenset({("pay", DomainPermission.MANAGE_DATA_PRODUCTS)}))


def pending(beneficiary: str = "rita") -> World:
    world = World(form(listed(FINANCE, LEGAL, quorum=Quorum.ALL)))
    world.submit("rita", beneficiary)
    return world


def ended(world: World, status: RequestStatus) -> AccessRequest:
    """The pending request brought to a final status by the commands for it."""
    if status is RequestStatus.APPROVED:
        return world.determine("both")
    if status is RequestStatus.DENIED:
        return world.determine("ann", Verdict.DENY)
    assert world.request
    if status is RequestStatus.CANCELED:
        return world.keep(cancel(CancelRequest(world.request.id), rita, world.request, world.situation()))
    world.determine("ann", term=Term(end=world.now + timedelta(hours=1)))
    world.later(hours=1)
    return world.keep(lapse(LapseRequest(world.request.id), world.request, world.situation()))


FINAL = [status for status in RequestStatus if status is not RequestStatus.PENDING]


@pytest.mark.requirement("R3", clause="request states")
@pytest.mark.parametrize("status", FINAL)
def test_every_final_status_is_reached_and_left_by_nothing(status: RequestStatus) -> None:
    world = pending()
    request = ended(world, status)
    assert (request.status, request.decided_at) == (status, world.now)
    with pytest.raises(refusals.RequestDecided):
        cancel(CancelRequest(request.id), rita, request, world.situation())
    with pytest.raises(refusals.RequestDecided):
        lapse(LapseRequest(request.id), request, world.situation())
    with pytest.raises(refusals.RequestDecided):
        world.determine("bob")


@pytest.mark.requirement("P4", clause="requesting for a person")
@pytest.mark.parametrize(("actor", "allowed"), [("rita", True), ("tom", True), ("gus", True), ("ann", False)])
def test_requester_beneficiary_and_governance_cancel(actor: str, allowed: bool) -> None:
    world = pending(beneficiary="tom")
    assert world.request
    situation = world.situation("rita", "tom")
    command = CancelRequest(world.request.id, "no need")
    if allowed:
        change = cancel(command, world.people[actor], world.request, situation)
        assert change.requests[0].status is RequestStatus.CANCELED
        assert change.events[0].data["reason"] == "no need"
    else:
        with pytest.raises(Forbidden):
            cancel(command, world.people[actor], world.request, situation)


@pytest.mark.requirement("R7", clause="a passed end lapses")
def test_a_request_lapses_when_a_given_end_has_passed_and_not_before() -> None:
    world = pending()
    world.determine("ann", term=Term(end=START + timedelta(hours=1)))
    assert world.request
    world.later(minutes=59)
    with pytest.raises(refusals.WrongState):
        lapse(LapseRequest(world.request.id), world.request, world.situation())
    world.later(minutes=1)
    change = lapse(LapseRequest(world.request.id), world.request, world.situation())
    assert change.requests[0].status is RequestStatus.LAPSED


def test_a_reason_has_an_end_of_its_own() -> None:
    world = pending()
    assert world.request
    endless = "x" * (refusals.LONGEST_REASON + 1)
    with pytest.raises(refusals.ReasonTooLong):
        cancel(CancelRequest(world.request.id, endless), rita, world.request, world.situation())
    with pytest.raises(refusals.ReasonTooLong):
        world.determine("ann", reason=endless)


def granted(end: datetime | None = None) -> Grant:
    return Grant("g", "r", "salaries", "rita", START, end)


def held(grant: Grant, **changes: object) -> Held:
    known = Held(grant, product(), START + timedelta(days=1), party=frozenset({"rita"}))
    return replace(known, **changes)  # type: ignore[arg-type]  # the names are those of the dataclass


@pytest.mark.requirement("R9", clause="who and when and why")
@pytest.mark.requirement("R3", clause="revoked grant")
@pytest.mark.parametrize("actor", [gus, manager], ids=lambda person: person.id)
def test_a_revocation_names_who_when_and_why(actor: Person) -> None:
    around = held(granted())
    [ended_grant] = revoke(RevokeGrant("g", " left the team "), actor, around).grants
    revocation = ended_grant.revocation
    assert revocation
    assert (revocation.by, revocation.at, revocation.reason) == (actor.id, around.now, "left the team")
    assert ended_grant.status_at(around.now) is GrantStatus.REVOKED
    assert ended_grant.status_at(around.now - timedelta(seconds=1)) is GrantStatus.ACTIVE


def test_a_steward_of_the_product_revokes_and_a_stranger_does_not() -> None:
    command = RevokeGrant("g", "because")
    assert revoke(command, stranger, held(granted(), steward=True)).grants
    with pytest.raises(Forbidden):
        revoke(command, stranger, held(granted()))


def test_a_revocation_needs_a_reason() -> None:
    with pytest.raises(refusals.ReasonMissing):
        revoke(RevokeGrant("g", " "), gus, held(granted()))


def test_what_is_over_is_not_revoked() -> None:
    around = held(granted(START + timedelta(days=1)))
    with pytest.raises(refusals.GrantOver):
        revoke(RevokeGrant("g", "because"), gus, around)


@pytest.mark.requirement("R8", clause="the same way in")
def test_revoking_ends_renewals_and_cancels_requests_for_one() -> None:
    world = World(form(listed(FINANCE)))
    world.submit()
    world.determine("ann", term=days(10))
    world.submit()
    world.determine("ann", term=days(10))
    first, renewal = world.grants
    world.grants = (first,)
    asked = world.submit()
    change = revoke(RevokeGrant(first.id, "why"), gus, held(first, renewals=(renewal,), open_renewals=(asked,)))
    assert {grant.id for grant in change.grants if grant.revocation} == {first.id, renewal.id}
    assert [request.status for request in change.requests] == [RequestStatus.CANCELED]


def test_the_end_is_told_once() -> None:
    around = held(granted(START + timedelta(hours=1)))
    [told] = expire(ExpireGrant("g"), around).grants
    assert told.expiry_told
    with pytest.raises(refusals.WrongState):
        expire(ExpireGrant("g"), replace(around, grant=told))


def test_what_has_not_ended_is_not_told_as_ended() -> None:
    with pytest.raises(refusals.WrongState):
        expire(ExpireGrant("g"), held(granted(START + timedelta(days=2))))


@pytest.mark.requirement("R7", clause="start inclusive")
@pytest.mark.requirement("R7", clause="end exclusive")
@pytest.mark.requirement("R3", clause="scheduled grant")
@pytest.mark.requirement("R3", clause="active grant")
@pytest.mark.requirement("R3", clause="expired grant")
@pytest.mark.parametrize(
    ("seconds", "status"),
    [(-1, "scheduled"), (0, "active"), (59, "active"), (60, "expired"), (61, "expired")],
)
def test_a_grant_is_active_from_its_start_until_before_its_end(seconds: int, status: str) -> None:
    grant = granted(START + timedelta(seconds=60))
    assert grant.status_at(START + timedelta(seconds=seconds)) == status


@pytest.mark.requirement("R3", clause="suspended grant")
def test_a_grant_not_in_force_is_suspended_but_its_end_still_comes() -> None:
    grant = granted(START + timedelta(seconds=60))
    assert grant.status_at(START, in_force=False) is GrantStatus.SUSPENDED
    assert grant.status_at(START + timedelta(seconds=60), in_force=False) is GrantStatus.EXPIRED
