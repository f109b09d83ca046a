"""Which of many requests someone may determine, as the rules say; what they are told is looked up for all at once."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace

from placet.domain.errors import PlacetError
from placet.domain.people import Person
from placet.domain.requests import AccessRequest, Grant, RequestType, Whom
from placet.service.background import Backgrounds
from placet.service.context import Context, group_called
from placet.service.situations import prolonged, situation_with
from placet.storage import Session
from placet.workflow.known import Known

log = logging.getLogger("placet.service")


def determinable(
    context: Context, session: Session, requests: Sequence[AccessRequest], actor: Person
) -> list[AccessRequest]:
    """Those the rules let the actor determine, and those they give no answer on, or one would hide all others."""
    every = _known(context, session, requests, actor)
    return [known.request for known in every if _may_determine(context, session, known)]


def _may_determine(context: Context, session: Session, known: Known) -> bool:
    request = known.request
    try:
        return bool(context.rulebooks.pinned(session, request.packs).may_determine(known))
    except PlacetError as error:
        log.warning("the rules don't say whether %s may determine %s: %s", known.asked[0].id, request.id, error.detail)
        return True


def _known(context: Context, session: Session, requests: Sequence[AccessRequest], actor: Person) -> Iterator[Known]:
    products = {product.id: product for product in session.products.many({one.product for one in requests})}
    parties = {id for one in requests for id in (one.requester, one.whom.person) if id}
    people = {person.id: person for person in session.people.many(sorted(parties))}
    held = _held(context, session, requests)
    backgrounds = Backgrounds(session)
    for one in requests:
        beneficiary = group_called(session, one.beneficiary) if one.whom.is_group else people[one.beneficiary]
        grants = prolonged(held[one.whom, one.product, one.type], one.columns)
        product = products[one.product]
        situation = situation_with(context, session, product, people[one.requester], beneficiary, grants)
        yield Known(one, replace(situation, background=backgrounds.of(one, product)), (actor,))


def _held(
    context: Context, session: Session, requests: Sequence[AccessRequest]
) -> defaultdict[tuple[Whom, str, RequestType], list[Grant]]:
    """The live grants of the beneficiaries, by beneficiary, product and type."""
    found: defaultdict[tuple[Whom, str, RequestType], list[Grant]] = defaultdict(list)
    now = context.clock.now()
    for grant in session.grants.held_on({one.whom for one in requests}, {one.product for one in requests}):
        if grant.live_at(now):
            found[grant.whom, grant.product, grant.type].append(grant)
    return found
