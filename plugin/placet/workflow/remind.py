"""Reminding people: beneficiaries and requesters of an end that comes, stewards of a request that waits for them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from placet.domain.events import THE_CLOCK, Event, GrantExpiring, RequestReminded
from placet.domain.reminders import Reminder
from placet.domain.requests import AccessRequest
from placet.workflow.change import Change
from placet.workflow.commands import RemindOfEnd, RemindStewards
from placet.workflow.determine import refuse_if_lapsed
from placet.workflow.grants import Held
from placet.workflow.refusals import WrongState
from placet.workflow.situation import Situation
from placet.workflow.states import GrantStep, RequestStep, refuse_grant_step, refuse_request_step
from placet.workflow.submit import refuse_unless_published
from placet.workflow.telling import grant_data, request_data


def remind_of_end(command: RemindOfEnd, held: Held, due: tuple[Reminder, ...]) -> Change:
    """Tell those it concerns, once for all that is due, that a grant ends; silent where a renewal goes on from there.

    Raises GrantOver, and WrongState while the grant is suspended or where nothing is due.
    """
    refuse_grant_step(held.grant, GrantStep.REMIND, held.now, held.in_force)
    refuse_unless_due(due, held.now, command.grant)
    data = grant_data(held.grant, held.product) | {"ends": f"{held.grant.end:%Y-%m-%d %H:%M} UTC"}
    told = tuple(sorted(held.party))
    event = GrantExpiring(THE_CLOCK, held.now, held.grant.id, held.product.domain, data, told)
    return _reminded((event,) if told and not held.renewals else (), due, held.now)


def remind_stewards(
    command: RemindStewards,
    request: AccessRequest,
    situation: Situation,
    due: tuple[Reminder, ...],
    stewards: Iterable[str],
) -> Change:
    """Tell the stewards who may determine a request that it waits for them; where there are none, nothing is told.

    Raises RequestDecided, ProductNotPublished while no one may determine it, RequestLapsedAlready, and WrongState where
    nothing is due.
    """
    refuse_request_step(request, RequestStep.REMIND)
    refuse_unless_published(situation)
    refuse_if_lapsed(request, situation)
    refuse_unless_due(due, situation.now, command.request)
    told = tuple(sorted(stewards))
    data = request_data(request, situation.product)
    event = RequestReminded(THE_CLOCK, situation.now, request.id, situation.product.domain, data, told)
    return _reminded((event,) if told else (), due, situation.now)


def refuse_unless_due(due: tuple[Reminder, ...], now: datetime, subject: str) -> None:
    """Whoever comes second finds nothing due any more."""
    if not due or any(one.due > now for one in due):
        raise WrongState(f"nothing is due to be told of `{subject}`: it was told already, or is told later")


def _reminded(events: tuple[Event, ...], due: tuple[Reminder, ...], now: datetime) -> Change:
    """What was told, and each reminder as it is due next; those that were missed are not made up for."""
    later = (one.after(now) for one in due)
    return Change(events=events, reminded=due, reminders=tuple(one for one in later if one))
