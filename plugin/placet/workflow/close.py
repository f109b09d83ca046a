"""Ending a pending request without a verdict: canceled by people, lapsed by time."""

from __future__ import annotations

from placet.domain.events import THE_CLOCK, RequestCanceled, RequestLapsed
from placet.domain.people import Person
from placet.domain.permissions import Action, refuse_unless_may
from placet.domain.requests import AccessRequest, RequestStatus
from placet.workflow.change import Change
from placet.workflow.commands import CancelRequest, LapseRequest
from placet.workflow.refusals import WrongState, refuse_long_reason
from placet.workflow.situation import Situation
from placet.workflow.states import RequestStep, refuse_request_step
from placet.workflow.telling import request_data


def cancel(command: CancelRequest, actor: Person, request: AccessRequest, situation: Situation) -> Change:
    """Requester, beneficiary or GOVERNANCE take a pending request back."""
    refuse_unless_may(actor, Action.CANCEL_REQUEST, situation.place(actor))
    refuse_request_step(request, RequestStep.CANCEL)
    return canceled(request, situation, actor.id, refuse_long_reason(command.reason))


def canceled(request: AccessRequest, situation: Situation, actor: str, reason: str) -> Change:
    """The request, canceled, and everyone who had a part in it told."""
    final = request.decided(RequestStatus.CANCELED, situation.now)
    told = tuple(sorted({*situation.informed, *situation.asked(request)} - {actor}))
    data = request_data(final, situation.product) | {"reason": reason}
    return Change(
        events=(RequestCanceled(actor, situation.now, request.id, situation.product.domain, data, told),),
        requests=(final,),
    )


def lapse(command: LapseRequest, request: AccessRequest, situation: Situation) -> Change:
    """A pending request whose time has passed ends by itself. Raises WrongState while it has not."""
    refuse_request_step(request, RequestStep.LAPSE)
    if request.lapses_at is None or request.lapses_at > situation.now:
        raise WrongState(f"request `{command.request}` has not lapsed: its time has not passed")
    final = request.decided(RequestStatus.LAPSED, situation.now)
    told = tuple(sorted({*situation.informed, *situation.asked(request)}))
    event = RequestLapsed(
        THE_CLOCK, situation.now, request.id, situation.product.domain, request_data(final, situation.product), told
    )
    return Change(events=(event,), requests=(final,))
