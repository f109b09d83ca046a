"""The states of requests and grants as two tables: for each step and state, where it leads or why it is refused."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from placet.domain.errors import Conflict
from placet.domain.requests import AccessRequest, Grant, GrantStatus, RequestStatus
from placet.workflow.refusals import GrantOver, RequestDecided, WrongState


class RequestStep(StrEnum):
    """What can be done with a request that is there."""

    DETERMINE = "determine"
    CANCEL = "cancel"
    LAPSE = "lapse"
    REMIND = "remind"
    FLAG = "flag"


class GrantStep(StrEnum):
    """What can be done with a grant that is there."""

    REVOKE = "revoke"
    EXPIRE = "expire"
    REMIND = "remind"


@dataclass(frozen=True)
class No:
    """That there is no such step from a state: the refusal, and what it says."""

    refusal: type[Conflict]
    why: str


_PENDING, _APPROVED, _DENIED, _CANCELED, _LAPSED = RequestStatus
_SCHEDULED, _ACTIVE, _SUSPENDED, _EXPIRED, _REVOKED = GrantStatus

FINAL = dict.fromkeys(
    (_APPROVED, _DENIED, _CANCELED, _LAPSED), No(RequestDecided, "a decided request never changes its verdict")
)
"""A verdict never changes, whatever is tried."""

REQUEST_STEPS: Mapping[RequestStep, Mapping[RequestStatus, frozenset[RequestStatus] | No]] = {
    RequestStep.DETERMINE: {_PENDING: frozenset({_PENDING, _APPROVED, _DENIED}), **FINAL},
    RequestStep.CANCEL: {_PENDING: frozenset({_CANCELED}), **FINAL},
    RequestStep.LAPSE: {_PENDING: frozenset({_LAPSED}), **FINAL},
    RequestStep.REMIND: {_PENDING: frozenset({_PENDING}), **FINAL},
    RequestStep.FLAG: {_PENDING: frozenset({_PENDING}), **FINAL},
}
"""For each step and state of a request: the states it may lead to, or why it is refused."""

GRANT_STEPS: Mapping[GrantStep, Mapping[GrantStatus, GrantStatus | No]] = {
    GrantStep.REVOKE: {
        _SCHEDULED: _REVOKED,
        _ACTIVE: _REVOKED,
        _SUSPENDED: _REVOKED,
        _EXPIRED: No(GrantOver, "there is nothing to revoke"),
        _REVOKED: No(GrantOver, "there is nothing to revoke"),
    },
    GrantStep.EXPIRE: {
        _SCHEDULED: No(WrongState, "it has not begun, and its end is still to come"),
        _ACTIVE: No(WrongState, "its end is still to come"),
        _SUSPENDED: No(WrongState, "its end is still to come"),
        _EXPIRED: _EXPIRED,
        _REVOKED: No(WrongState, "its revocation was told"),
    },
    GrantStep.REMIND: {
        _SCHEDULED: _SCHEDULED,
        _ACTIVE: _ACTIVE,
        _SUSPENDED: No(WrongState, "its end is told of once it gives access again"),
        _EXPIRED: No(GrantOver, "there is no end to remind of"),
        _REVOKED: No(GrantOver, "there is no end to remind of"),
    },
}
"""For each step and state of a grant: the state it leads to, or why it is refused."""


def refuse_request_step(request: AccessRequest, step: RequestStep) -> None:
    """Raises RequestDecided where there is no such step from the status of the request."""
    led = REQUEST_STEPS[step][request.status]
    if isinstance(led, No):
        raise led.refusal(
            f"the request was {request.status} at {request.decided_at:%Y-%m-%d %H:%M} UTC: {led.why}",
            request_status=request.status.value,
        )


def refuse_grant_step(grant: Grant, step: GrantStep, now: datetime, in_force: bool = True) -> None:
    """Raises GrantOver or WrongState where there is no such step from the status of the grant at `now`."""
    status = grant.status_at(now, in_force)
    led = GRANT_STEPS[step][status]
    if isinstance(led, No):
        raise led.refusal(f"the grant is {status}: {led.why}", grant_status=status.value)
