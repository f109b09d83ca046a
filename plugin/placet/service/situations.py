"""The world around an access request, as the workflow wants it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from placet.domain.people import Group, Person, StewardSource
from placet.domain.products import DataProduct
from placet.domain.requests import AccessRequest, ColumnRef, Grant, RequestType, Whom
from placet.service.background import Backgrounds
from placet.service.context import Context, group_called, known_product, people_known, stewards_in
from placet.service.exceptions import states_for
from placet.storage import Session
from placet.workflow.situation import MOST_MEMBERS_TOLD, Situation, whom_of


def situation_between(
    context: Context,
    session: Session,
    product: DataProduct,
    requester: Person,
    beneficiary: Person | Group,
    type: RequestType = RequestType.DATA_ACCESS,
    columns: Iterable[ColumnRef] = (),
) -> Situation:
    """The world around a request of these two for a product, without what only the rules are told."""
    held = session.grants.live_for(whom_of(beneficiary), product.id, type, context.clock.now())
    return situation_with(context, session, product, requester, beneficiary, prolonged(held, columns))


def situation_with(
    context: Context,
    session: Session,
    product: DataProduct,
    requester: Person,
    beneficiary: Person | Group,
    grants: tuple[Grant, ...],
) -> Situation:
    """The same, where the grants that the request would prolong are known."""
    return Situation(
        product,
        requester,
        beneficiary,
        context.clock.now(),
        stewards_in(session),
        grants,
        manager_attribute=context.settings.manager_attribute,
        members=members_of(session, beneficiary),
        states=states_for(session, product, beneficiary, context.clock.now()),
    )


def prolonged(held: Iterable[Grant], columns: Iterable[ColumnRef]) -> tuple[Grant, ...]:
    """Those of a beneficiary's live grants of one type that a request for these columns would prolong."""
    wanted = tuple(columns)
    return tuple(grant for grant in held if grant.covers(wanted))


def members_of(session: Session, beneficiary: Person | Group) -> frozenset[str]:
    """The ids of the active people in the group that is the beneficiary; none for a person."""
    is_group = isinstance(beneficiary, Group)
    return session.people.steward_ids(StewardSource.group(beneficiary.id)) if is_group else frozenset()


def benefiting(session: Session, whom: Whom) -> frozenset[str]:
    """The ids of the people who are told what becomes of something that a beneficiary has."""
    if not whom.is_group:
        owner = next((person.owner for person in session.people.many([whom.id])), None)
        return frozenset({whom.id, owner or whom.id})
    members = session.people.steward_ids(StewardSource.group(whom.id))
    return members if len(members) <= MOST_MEMBERS_TOLD else frozenset()


def parties_of(session: Session, requester: str, whom: Whom) -> tuple[Person, Person | Group]:
    """Who asks, and for whom; a group that was deleted since is called by its id. Raises NotFound."""
    people = people_known(session, *{requester, whom.person or requester})
    return people[requester], group_called(session, whom.id) if whom.is_group else people[whom.id]


def situation_of(context: Context, session: Session, request: AccessRequest) -> Situation:
    """The world around a request that was made, with all that the rules may be told. Raises NotFound."""
    product = known_product(session, request.product)
    parties = parties_of(session, request.requester, request.whom)
    situation = situation_between(context, session, product, *parties, request.type, request.columns)
    return replace(situation, background=Backgrounds(session).of(request, product))
