"""Ending grants: revoked by people, told as expired once their end has passed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from placet.domain.events import THE_CLOCK, Event, GrantExpired, GrantNarrowed, GrantRevoked, RequestCanceled
from placet.domain.people import Person
from placet.domain.permissions import Action, Place, refuse_unless_may
from placet.domain.products import DataProduct
from placet.domain.requests import AccessRequest, ColumnRef, Grant, RequestStatus, Revocation
from placet.workflow.change import Change
from placet.workflow.commands import ExpireGrant, RevokeGrant
from placet.workflow.refusals import WrongState, refuse_without_reason
from placet.workflow.states import GrantStep, refuse_grant_step
from placet.workflow.telling import grant_data, request_data


@dataclass(frozen=True)
class Held:
    """What a handler knows around one grant.

    `renewals` are the scheduled grants that prolong it, and those that prolong these in turn; `open_renewals` are the
    pending requests that would prolong one of them; `party` are the ids of requester and beneficiary; `steward` says
    whether who acts is a steward of the product; `in_force` is as `Grant.status_at` has it.
    """

    grant: Grant
    product: DataProduct
    now: datetime
    party: frozenset[str] = frozenset()
    renewals: tuple[Grant, ...] = ()
    open_renewals: tuple[AccessRequest, ...] = ()
    steward: bool = False
    in_force: bool = True


def revoke(command: RevokeGrant, actor: Person, held: Held) -> Change:
    """End a grant at once, with its scheduled renewals and the open requests for one; no other way in is touched."""
    refuse_unless_may(actor, Action.REVOKE_GRANT, Place(domain=held.product.domain, steward=held.steward))
    refuse_grant_step(held.grant, GrantStep.REVOKE, held.now, held.in_force)
    revocation = Revocation(actor.id, held.now, refuse_without_reason(command.reason))
    return end_grants(held, revocation)


def end_grants(held: Held, revocation: Revocation) -> Change:
    """The grant and its renewals with their revocation."""
    ended = tuple(replace(grant, revocation=revocation) for grant in (held.grant, *held.renewals))
    canceled = tuple(request.decided(RequestStatus.CANCELED, held.now) for request in held.open_renewals)
    events = (*_revoked(ended, held, revocation), *_canceled(canceled, held, revocation))
    return Change(events=events, grants=ended, requests=canceled)


def without_columns(held: Held, gone: frozenset[ColumnRef], revocation: Revocation) -> Change:
    """A masking exception without columns that are there no more; where no other is left, it ends."""
    left = tuple(column for column in held.grant.columns if column not in gone)
    if not left:
        return end_grants(held, revocation)
    lost = ", ".join(column.name for column in held.grant.columns if column in gone)
    data = grant_data(held.grant, held.product) | {"columns": lost}
    told = tuple(sorted(held.party - {revocation.by}))
    event = GrantNarrowed(revocation.by, held.now, held.grant.id, held.product.domain, data, told)
    return Change(events=(event,), grants=(replace(held.grant, columns=left),))


def _revoked(ended: Iterable[Grant], held: Held, revocation: Revocation) -> Iterable[Event]:
    told = tuple(sorted(held.party - {revocation.by}))
    for grant in ended:
        data = grant_data(grant, held.product) | {"by": revocation.by, "reason": revocation.reason}
        yield GrantRevoked(revocation.by, held.now, grant.id, held.product.domain, data, told)


def _canceled(canceled: Iterable[AccessRequest], held: Held, revocation: Revocation) -> Iterable[Event]:
    for request in canceled:
        told = tuple(sorted({request.requester, request.whom.person} - {revocation.by, ""}))
        reason = f"the grant it would renew was revoked: {revocation.reason}"
        data = request_data(request, held.product) | {"reason": reason}
        yield RequestCanceled(revocation.by, held.now, request.id, held.product.domain, data, told)


def expire(command: ExpireGrant, held: Held) -> Change:
    """Tell, once, that a grant has ended; access was over at the end itself. Raises WrongState before that."""
    refuse_grant_step(held.grant, GrantStep.EXPIRE, held.now, held.in_force)
    if held.grant.expiry_told:
        raise WrongState(f"the end of grant `{command.grant}` was told already")
    data = grant_data(held.grant, held.product)
    event = GrantExpired(THE_CLOCK, held.now, held.grant.id, held.product.domain, data, tuple(sorted(held.party)))
    return Change(events=(event,), grants=(replace(held.grant, expiry_told=True),))
