"""Grants as commands: revoking them, and telling that they have ended."""

from __future__ import annotations

from datetime import datetime

from placet.domain.people import Person
from placet.domain.requests import AccessRequest, Grant
from placet.service.context import Context, known_grant, known_request, person_known, steady_product
from placet.service.products import is_steward
from placet.service.saving import save
from placet.service.situations import benefiting
from placet.storage import Session
from placet.workflow.commands import ExpireGrant, RevokeGrant
from placet.workflow.grants import Held, expire, revoke


class GrantCommands:
    """Revoke grants, and tell of their end."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def revoke(self, actor: Person, grant: str, reason: str) -> Grant:
        """End a grant at once; the data platforms are told by the worker."""
        with self._context.transaction() as transaction:
            session = transaction.session
            held = held_around(session, grant, self._context.clock.now(), actor)
            save(transaction, held.now, revoke(RevokeGrant(grant, reason), actor, held))
            return known_grant(session, grant)

    def expire(self, grant: str) -> Grant:
        """Tell, once, that a grant has ended; for the sweep."""
        with self._context.transaction() as transaction:
            session = transaction.session
            held = held_around(session, grant, self._context.clock.now())
            save(transaction, held.now, expire(ExpireGrant(grant), held))
            return known_grant(session, grant)


def held_around(session: Session, id: str, now: datetime, actor: Person | None = None) -> Held:
    """The grant, which no one else changes until the end of the transaction, and the world around it.

    Locks are taken in the order of the storage: product, requests, grant. Whoever asks for a renewal locks the grant
    too, so that after it is locked here all its renewals can be seen; those asked for since are locked then.
    """
    known = known_grant(session, id)
    product = steady_product(session, known.product)
    locked_renewals(session, id)
    grant = session.grants.lock(id) or known
    renewals, open_renewals = prolonging(session, id), locked_renewals(session, id)
    request = known_request(session, grant.request)
    return Held(
        grant=grant,
        product=product,
        now=now,
        party=benefiting(session, grant.whom) | {request.requester},
        renewals=tuple(one for one in renewals if one.live_at(now)),
        open_renewals=tuple(open_renewals),
        steward=bool(actor and is_steward(session, person_known(session, actor.id), product)),
    )


def prolonging(session: Session, grant: str) -> list[Grant]:
    """The grants that renew a grant, those that renew these, and so on."""
    found: list[Grant] = []
    renewed = [grant]
    while renewed:
        renewals = session.grants.renewing(renewed.pop())
        found += renewals
        renewed += (renewal.id for renewal in renewals)
    return found


def locked_renewals(session: Session, grant: str) -> list[AccessRequest]:
    """The pending requests that would renew a grant or one that prolongs it, kept from other writers."""
    grants = [grant, *(renewal.id for renewal in prolonging(session, grant))]
    asked = [request.id for one in grants for request in session.requests.pending_renewals(one)]
    locked = (session.requests.lock(id) for id in sorted(asked))
    return [request for request in locked if request and not request.final]
