"""What becomes of a request that is final: its grant, and who is told."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from placet.domain.events import GrantStarted, RequestApproved, RequestDenied
from placet.domain.requests import AccessRequest, Grant, RequestStatus
from placet.workflow.change import Change
from placet.workflow.refusals import TermRefused
from placet.workflow.situation import Situation
from placet.workflow.telling import request_data


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
    told = tuple(sorted({*situation.informed, *situation.asked(request)} - {actor}))
    common: dict[str, Any] = {
        "actor": actor or request.requester,
        "at": situation.now,
        "domain": situation.product.domain,
    }
    if status is RequestStatus.DENIED:
        denied = RequestDenied(**common, subject=request.id, data=request_data(final, situation.product), tells=told)
        return Change(events=(denied,), requests=(final,))
    grant = new_grant(final, end, grant_id, situation)
    data = request_data(final, situation.product) | {
        "grant": grant.id,
        "start": _iso(grant.start),
        "end": _iso(grant.end),
    }
    approved = RequestApproved(**common, subject=request.id, data=data, tells=told)
    started = GrantStarted(**common, subject=grant.id, data=data)
    return Change(events=(approved, started), requests=(final,), new_grant=grant)


def new_grant(request: AccessRequest, end: datetime | None, grant_id: str, situation: Situation) -> Grant:
    """The grant of an approved request. Raises TermRefused where it would end before it begins."""
    if end is not None and end <= situation.start:
        raise TermRefused(f"access would end at `{end:%Y-%m-%d %H:%M} UTC`, before it begins: give a later end")
    return Grant(
        id=grant_id,
        request=request.id,
        product=request.product,
        beneficiary=request.beneficiary,
        start=situation.start,
        end=end,
        type=request.type,
        beneficiary_kind=request.beneficiary_kind,
        columns=request.columns,
    )


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at else None
