"""The world around an access request, as the workflow wants it."""

from __future__ import annotations

from dataclasses import replace

from placet.domain.people import Person
from placet.domain.products import DataProduct
from placet.domain.requests import AccessRequest, Grant
from placet.service.background import Backgrounds
from placet.service.context import Context, known_product, people_known, stewards_in
from placet.storage import Session
from placet.workflow.situation import Situation


def situation_between(
    context: Context, session: Session, product: DataProduct, requester: Person, beneficiary: Person
) -> Situation:
    """The world around a request of these two for a product, without what only the rules are told."""
    grants = tuple(session.grants.live_for(beneficiary.id, product.id, context.clock.now()))
    return situation_with(context, session, product, requester, beneficiary, grants)


def situation_with(
    context: Context,
    session: Session,
    product: DataProduct,
    requester: Person,
    beneficiary: Person,
    grants: tuple[Grant, ...],
) -> Situation:
    """The same, where the beneficiary's live grants on the product are known."""
    now, manager = context.clock.now(), context.settings.manager_attribute
    return Situation(product, requester, beneficiary, now, stewards_in(session), grants, manager_attribute=manager)


def situation_of(context: Context, session: Session, request: AccessRequest) -> Situation:
    """The world around a request that was made, with all that the rules may be told. Raises NotFound."""
    product = known_product(session, request.product)
    people = people_known(session, request.requester, request.beneficiary)
    situation = situation_between(context, session, product, people[request.requester], people[request.beneficiary])
    return replace(situation, background=Backgrounds(session).of(request, product))
