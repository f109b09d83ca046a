"""What becomes of a request that is final: its grant, and who is told."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from placet.domain.events import GrantStarted, RequestApproved, RequestDenied
from placet.domain.requests import AccessRequest, Grant, RequestStatus
from placet.workflow.change import Change
from placet.workflow.refusals import TermRefused
from placet.workflow.situation import Situation


def event_data(request: AccessRequest, situation: Situation) -> dict[str, object]:
    """The ids and words that events about a request carry."""
    return {
        "request": request.id,
        "type": request.type.value,
        "product": situation.product.id,
        "product_name": situation.product.name,
        "requester": request.requester,
        "beneficiary": request.beneficiary,
        "status": request.status.value,
    }


def conclude(
    request: AccessRequest,
    status: RequestStatus,
    end: datetime | None,
    grant_id: str,
    situation: Situation,
    actor: str = "",
) -> Change:
    """Make the request final; an approval makes its grant, which begins now or where the one it renews ends."""
    final = request.decided(status, situation.now)
    told = tuple(sorted({*situation.parties, *situation.asked(request)} - {actor}))
    common: dict[str, Any] = {
        "actor": actor or request.requester,
        "at": situation.now,
        "domain": situation.product.domain,
    }
    if status is RequestStatus.DENIED:
        denied = RequestDenied(**common, subject=request.id, data=event_data(final, situation), tells=told)
        return Change(events=(denied,), requests=(final,))
    grant = new_grant(final, end, grant_id, situation)
    data = event_data(final, situation) | {"grant": grant.id, "start": _iso(grant.start), "end": _iso(grant.end)}
    approved = RequestApproved(**common, subject=request.id, data=data, tells=told)
    started = GrantStarted(**common, subject=grant.id, data=data)
    return Change(events=(approved, started), requests=(final,), new_grant=grant)


def new_grant(request: AccessRequest, end: datetime | None, grant_id: str, situation: Situation) -> Grant:
    """The grant of an approved request. Raises TermRefused where it would end before it begins."""
    if end is not None and end <= situation.start:
        raise TermRefused(f"access would end at `{end:%Y-%m-%d %H:%M} UTC`, before it begins: give a later end")
    return Grant(grant_id, request.id, request.product, request.beneficiary, situation.start, end)


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at else None
