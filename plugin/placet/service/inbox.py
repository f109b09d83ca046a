"""Which of many requests someone may determine, as the rules say; what they are told is looked up for all at once."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace

from placet.domain.errors import PlacetError
from placet.domain.people import Person
from placet.domain.requests import AccessRequest, Grant
from placet.service.background import Backgrounds
from placet.service.context import Context
from placet.service.situations import situation_with
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
        return context.rulebooks.pinned(session, request.packs).may_determine(known)
    except PlacetError as error:
        log.warning("the rules don't say whether %s may determine %s: %s", known.asked[0].id, request.id, error.detail)
        return True


def _known(context: Context, session: Session, requests: Sequence[AccessRequest], actor: Person) -> Iterator[Known]:
    products = {product.id: product for product in session.products.many({one.product for one in requests})}
    parties = {id for one in requests for id in (one.requester, one.beneficiary)}
    people = {person.id: person for person in session.people.many(sorted(parties))}
    grants = _grants(context, session, requests)
    backgrounds = Backgrounds(session)
    for one in requests:
        product, held = products[one.product], tuple(grants[one.beneficiary, one.product])
        situation = situation_with(context, session, product, people[one.requester], people[one.beneficiary], held)
        yield Known(one, replace(situation, background=backgrounds.of(one, product)), (actor,))


def _grants(
    context: Context, session: Session, requests: Sequence[AccessRequest]
) -> defaultdict[tuple[str, str], list[Grant]]:
    """The live grants of the beneficiaries, by beneficiary and product."""
    found: defaultdict[tuple[str, str], list[Grant]] = defaultdict(list)
    for grant in session.grants.live_of({one.beneficiary for one in requests}, context.clock.now()):
        found[grant.beneficiary, grant.product].append(grant)
    return found
