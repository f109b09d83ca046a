"""What becomes of requests when people leave, come back, or stand for something else than before."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from placet.domain.errors import PlacetError
from placet.domain.people import Person
from placet.domain.requests import AccessRequest, BeneficiaryKind, Revocation, Whom
from placet.service.context import Context, known_product, stewards_in
from placet.service.situations import situation_of
from placet.storage import Session
from placet.workflow.change import Change
from placet.workflow.close import canceled
from placet.workflow.grants import Held, end_grants
from placet.workflow.reach import reflagged
from placet.workflow.situation import MOST_MEMBERS_TOLD, Stewards

log = logging.getLogger("placet.service")

Standing = Mapping[str, Person | None]
"""People as they stand at one moment, by id; None for those who are not there."""


def what_follows(context: Context, session: Session, actor: str, before: Standing, after: Standing) -> list[Change]:
    """The requests that end with those who left, and those that no one, or someone again, can decide.

    Looked at first and locked then, as one command of the storage after the other: products, then requests.
    """
    following = Following(context, session, actor, stewards_in(session))
    gone = left(before, after)
    ending = {request.id for request in session.requests.pending_of_people(gone)}
    lost, gained = _differences(before, after)
    doubtful = [*session.requests.pending_asking(lost, False), *session.requests.pending_asking(gained, True)]
    turning = {one.id for one in doubtful if one.id not in ending and following.reflagged(one)}
    locked = list(_locked(session, {*ending, *turning}))
    changes = [_ended(following, one, gone) if one.id in ending else following.reflagged(one) for one in locked]
    return [change for change in changes if change]


def left(before: Standing, after: Standing) -> set[str]:
    """Who was active and is no longer."""
    return {id for id, person in before.items() if _active(person) and not _active(after[id])}


def returned(before: Standing, after: Standing) -> set[str]:
    """Who was there, inactive, and is active now."""
    return {id for id, person in before.items() if person and not person.active and _active(after[id])}


def _active(person: Person | None) -> bool:
    return person is not None and person.active


def _differences(before: Standing, after: Standing) -> tuple[set[str], set[str]]:
    """The keys of the steward sources that someone stood for and no longer does, and those that someone does now."""
    lost, gained = set[str](), set[str]()
    for id in before:
        was, now = _stood_for(before[id]), _stood_for(after[id])
        lost |= was - now
        gained |= now - was
    return lost, gained


def _stood_for(person: Person | None) -> frozenset[str]:
    return person.source_keys() if person and person.active else frozenset()


class Following:
    """Judges requests by the directory as it is now; asks for the stewards of each source once."""

    def __init__(self, context: Context, session: Session, actor: str, stewards: Stewards) -> None:
        self._context = context
        self._session = session
        self._actor = actor
        self._stewards = stewards

    def canceled(self, request: AccessRequest, reason: str) -> Change:
        situation = replace(situation_of(self._context, self._session, request), stewards=self._stewards)
        return canceled(request, situation, self._actor, reason)

    def reflagged(self, request: AccessRequest) -> Change | None:
        """The request with its flag changed, or None; also where the rules give no answer: that keeps nobody here."""
        situation = replace(situation_of(self._context, self._session, request), stewards=self._stewards)
        try:
            rules = self._context.rulebooks.pinned(self._session, request.packs)
            return reflagged(request, situation, rules, self._actor)
        except PlacetError as error:
            log.warning("the rules don't say whether anyone can decide %s: %s", request.id, error.detail)
            return None


def _ended(following: Following, request: AccessRequest, gone: set[str]) -> Change:
    who = next(id for id in (request.whom.person, request.requester) if id in gone)
    return following.canceled(request, f"`{who}` was deactivated")


def ended_with_group(
    context: Context, session: Session, actor: str, group: str, members: frozenset[str]
) -> Iterator[Change]:
    """What ends with a deleted group: its pending requests, and its grants as revoked; its members are told."""
    whom, now = Whom(group, BeneficiaryKind.GROUP), context.clock.now()
    revocation = Revocation(actor, now, "group deleted")
    for request in _locked(session, {one.id for one in session.requests.pending_of(whom)}):
        situation = replace(situation_of(context, session, request), members=members)
        yield canceled(request, situation, actor, revocation.reason)
    yield from _grants_ended(session, whom, revocation, members if len(members) <= MOST_MEMBERS_TOLD else frozenset())


def ended_with_person(context: Context, session: Session, actor: str, person: Person) -> Iterator[Change]:
    """What ends with someone who is removed: their grants, as revoked; of a service account, its owner is told."""
    revocation = Revocation(actor, context.clock.now(), "person removed")
    yield from _grants_ended(session, Whom(person.id), revocation, frozenset(filter(None, [person.owner])))


def _grants_ended(session: Session, whom: Whom, revocation: Revocation, told: frozenset[str]) -> Iterator[Change]:
    grants = session.grants.live_of([whom], revocation.at)
    products = {id: known_product(session, id) for id in sorted({grant.product for grant in grants})}
    for id in products:
        session.products.share(id)
    for grant in filter(None, (session.grants.lock(grant.id) for grant in grants)):
        if grant.live_at(revocation.at):
            yield end_grants(Held(grant, products[grant.product], revocation.at, party=told), revocation)


def _locked(session: Session, ids: Iterable[str]) -> Iterator[AccessRequest]:
    """The pending ones of these requests, which no one changes until the end of the transaction."""
    known: Sequence[AccessRequest] = session.requests.many(ids)
    for product in sorted({request.product for request in known}):
        session.products.share(product)
    for id in sorted(request.id for request in known):
        request = session.requests.lock(id)
        if request and not request.final:
            yield request
