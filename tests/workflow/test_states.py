"""The states of requests and grants: every step from every state, through the handlers that take it."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from placet.domain.errors import PlacetError
from placet.domain.forms import Quorum
from placet.domain.people import Person
from placet.domain.reminders import About, Reminder
from placet.domain.requests import AccessRequest, Grant, GrantStatus, RequestStatus, Revocation, Verdict
from placet.domain.terms import Term
from placet.workflow.change import Change
from placet.workflow.close import cancel, lapse
from placet.workflow.commands import (
    CancelRequest,
    ExpireGrant,
    LapseRequest,
    RemindOfEnd,
    RemindStewards,
    RevokeGrant,
)
from placet.workflow.grants import Held, expire, revoke
from placet.workflow.reach import reflagged
from placet.workflow.refusals import GrantOver, RequestDecided, WrongState
from placet.workflow.remind import remind_of_end, remind_stewards
from placet.workflow.states import GRANT_STEPS, REQUEST_STEPS, GrantStep, No, RequestStep
from tests.workflow.world import FINANCE, LEGAL, START, World, form, gus, listed, product, rita

HOUR = timedelta(hours=1)


def pending() -> World:
    """A request that one of two sources has approved for an hour, which is over."""
    world = World(form(listed(FINANCE, LEGAL, quorum=Quorum.ALL)))
    world.submit()
    world.determine("ann", term=Term(end=START + HOUR))
    return world


def determined(world: World) -> Change:
    assert world.request
    world.determine("bob", term=Term(end=world.now + HOUR))
    return world.changes[-1]


def canceled(world: World) -> Change:
    assert world.request
    return cancel(CancelRequest(world.request.id), rita, world.request, world.situation())


def lapsed(world: World) -> Change:
    assert world.request
    world.later(hours=1)
    return lapse(LapseRequest(world.request.id), world.request, world.situation())


def reminded(world: World) -> Change:
    assert world.request
    due = Reminder(About.REQUEST, world.request.id, "waiting", world.now, timedelta(days=1))
    return remind_stewards(RemindStewards(world.request.id), world.request, world.situation(), (due,), ["bob"])


def flagged(world: World) -> Change:
    assert world.request
    world.change_person("bob", active=False)
    world.change_person("both", active=False)
    change = reflagged(world.request, world.situation(), world.rules, "gus")
    assert change
    return change


REQUEST_HANDLERS: dict[RequestStep, Callable[[World], Change]] = {
    RequestStep.DETERMINE: determined,
    RequestStep.CANCEL: canceled,
    RequestStep.LAPSE: lapsed,
    RequestStep.REMIND: reminded,
    RequestStep.FLAG: flagged,
}
LEADS_TO = {
    "determine": RequestStatus.APPROVED,
    "cancel": RequestStatus.CANCELED,
    "lapse": RequestStatus.LAPSED,
    "remind": RequestStatus.PENDING,
    "flag": RequestStatus.PENDING,
}
"""Where each step leads a pending request here."""


def in_status(status: RequestStatus) -> World:
    world = pending()
    assert world.request
    if status is not RequestStatus.PENDING:
        world.request = world.request.decided(status, world.now)
    return world


@pytest.mark.requirement("R3", clause="request states")
@pytest.mark.requirement("R3", clause="a verdict never changes")
@pytest.mark.parametrize(("status", "step"), list(itertools.product(RequestStatus, RequestStep)))
def test_every_step_from_every_status_of_a_request_is_taken_or_refused_by_name(
    status: RequestStatus, step: RequestStep
) -> None:
    world = in_status(status)
    handler, led = REQUEST_HANDLERS[step], REQUEST_STEPS[step][status]
    if status is RequestStatus.PENDING:
        after = [request.status for request in handler(world).requests] or [status]
        assert after == [LEADS_TO[step]]
        assert isinstance(led, frozenset)
        assert after[0] in led
    else:
        with pytest.raises(RequestDecided, match=f"was {status} at .* never changes its verdict"):
            handler(world)
        assert isinstance(led, No)
        assert led.refusal is RequestDecided


@pytest.mark.parametrize(
    ("verdicts", "status"),
    [
        ([Verdict.APPROVE], RequestStatus.PENDING),
        ([Verdict.APPROVE, Verdict.APPROVE], RequestStatus.APPROVED),
        ([Verdict.DENY], RequestStatus.DENIED),
    ],
)
def test_a_determination_leads_to_each_of_the_states_that_its_cell_names(
    verdicts: list[Verdict], status: RequestStatus
) -> None:
    world = World(form(listed(FINANCE, LEGAL, quorum=Quorum.ALL)))
    world.submit()
    for steward, verdict in zip(("ann", "bob"), verdicts, strict=False):
        request: AccessRequest = world.determine(steward, verdict)
    assert request.status is status
    assert status in REQUEST_STEPS[RequestStep.DETERMINE][RequestStatus.PENDING]  # type: ignore[operator]  # a set here


WHEN = START + timedelta(days=1)
GRANT = Grant("g", "r", "salaries", "rita", START, START + timedelta(days=2))
AROUND = Held(GRANT, product(), WHEN, party=frozenset({"rita"}))
IN_STATE: dict[GrantStatus, Held] = {
    GrantStatus.SCHEDULED: replace(AROUND, grant=replace(GRANT, start=WHEN + HOUR)),
    GrantStatus.ACTIVE: AROUND,
    GrantStatus.SUSPENDED: replace(AROUND, in_force=False),
    GrantStatus.EXPIRED: replace(AROUND, grant=replace(GRANT, end=WHEN)),
    GrantStatus.REVOKED: replace(AROUND, grant=replace(GRANT, revocation=Revocation("gus", WHEN, "why"))),
}


def remind(held: Held) -> Change:
    return remind_of_end(RemindOfEnd("g"), held, (Reminder(About.GRANT, "g", "day", WHEN),))


GRANT_HANDLERS: dict[GrantStep, Callable[[Held], Change]] = {
    GrantStep.REVOKE: lambda held: revoke(RevokeGrant("g", "why"), gus, held),
    GrantStep.EXPIRE: lambda held: expire(ExpireGrant("g"), held),
    GrantStep.REMIND: remind,
}
ENDS: dict[tuple[str, str], str | type[PlacetError]] = {
    ("scheduled", "revoke"): "revoked",
    ("scheduled", "expire"): WrongState,
    ("scheduled", "remind"): "scheduled",
    ("active", "revoke"): "revoked",
    ("active", "expire"): WrongState,
    ("active", "remind"): "active",
    ("suspended", "revoke"): "revoked",
    ("suspended", "expire"): WrongState,
    ("suspended", "remind"): WrongState,
    ("expired", "revoke"): GrantOver,
    ("expired", "expire"): "expired",
    ("expired", "remind"): GrantOver,
    ("revoked", "revoke"): GrantOver,
    ("revoked", "expire"): WrongState,
    ("revoked", "remind"): GrantOver,
}
"""The state that a step leads to, or the refusal."""


@pytest.mark.requirement("R3", clause="scheduled grant")
@pytest.mark.requirement("R3", clause="active grant")
@pytest.mark.requirement("R3", clause="suspended grant")
@pytest.mark.requirement("R3", clause="expired grant")
@pytest.mark.requirement("R3", clause="revoked grant")
@pytest.mark.parametrize(("status", "step"), list(itertools.product(GrantStatus, GrantStep)))
def test_every_step_from_every_state_of_a_grant_is_taken_or_refused_by_name(
    status: GrantStatus, step: GrantStep
) -> None:
    held, expected, led = IN_STATE[status], ENDS[status, step], GRANT_STEPS[step][status]
    assert held.grant.status_at(held.now, held.in_force) is status
    if isinstance(expected, str):
        [grant] = GRANT_HANDLERS[step](held).grants or (held.grant,)
        assert grant.status_at(held.now, held.in_force) == expected
        assert led == expected
    else:
        with pytest.raises(expected, match=f"the grant is {status}: "):
            GRANT_HANDLERS[step](held)
        assert isinstance(led, No)
        assert led.refusal is expected


def test_there_is_a_row_for_each_step_and_a_cell_for_each_state() -> None:
    requests = {step: set(cells) for step, cells in REQUEST_STEPS.items()}
    assert requests == {step: set(RequestStatus) for step in RequestStep}
    assert {step: set(cells) for step, cells in GRANT_STEPS.items()} == {step: set(GrantStatus) for step in GrantStep}
    assert requests.keys() == REQUEST_HANDLERS.keys()
    assert GRANT_STEPS.keys() == GRANT_HANDLERS.keys()


def test_who_acts_has_to_be_allowed_before_the_state_is_looked_at() -> None:
    stranger = Person("eve", "Eve")
    for held in IN_STATE.values():
        with pytest.raises(PlacetError, match="eve"):
            revoke(RevokeGrant("g", "why"), stranger, held)
