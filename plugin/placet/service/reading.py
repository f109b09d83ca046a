"""The parts that several views are put together from."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime

from placet.domain.people import Group, Person
from placet.domain.permissions import Action, Place, may
from placet.domain.products import DataProduct, ProductState
from placet.domain.requests import AccessRequest, Grant, Whom
from placet.service.exceptions import held_back
from placet.service.products import is_steward
from placet.service.views import GrantView, RequestCard
from placet.storage import Reader, Session


def names_of(session: Session, ids: Iterable[str]) -> dict[str, str]:
    """Display names by person id; who is gone is called by their id."""
    wanted = set(ids)
    return {id: id for id in wanted} | {person.id: person.name for person in session.people.many(sorted(wanted))}


def grant_views(session: Session, grants: Iterable[Grant], now: datetime) -> dict[str, GrantView]:
    """Grants with their status now, by id of the grant; what keeps their product from a platform keeps them as well."""
    found = list(grants)
    products = {product.id: product for product in session.products.many({grant.product for grant in found})}
    parties = parties_known(session, (grant.whom for grant in found))
    people = {whom.person: known for whom, known in parties.items() if isinstance(known, Person)}
    waiting = session.jobs.waiting_for({*products, *(grant.id for grant in found)})
    absent = _without_login(session, [grant for grant in found if grant.whom.is_group and grant.live_at(now)])
    kept = _held_back(session, found, parties, now)
    return {
        grant.id: GrantView(
            grant=grant,
            status=grant.status_at(now, in_force(products[grant.product], grant.whom, people.get(grant.whom.person))),
            product_name=products[grant.product].name,
            in_effect=grant.id not in waiting and not waiting.get(grant.product),
            problem=waiting.get(grant.id) or waiting.get(grant.product, ""),
            beneficiary_name=name_of(grant.whom, parties),
            held_back=kept.get(grant.id, ()),
            without_login=absent.get(grant.id, 0),
        )
        for grant in found
    }


def _without_login(session: Session, grants: Iterable[Grant]) -> dict[str, int]:
    """How many active members of its group each grant of access gives nothing yet, by id of the grant."""
    giving = [grant for grant in grants if grant.gives_access]
    targets = session.products.targets_of({grant.product for grant in giving})
    alike: dict[frozenset[str], set[str]] = defaultdict(set)
    for grant in giving:
        alike[targets[grant.product]].add(grant.beneficiary)
    lacking = {on: session.logins.lacking(groups, on) for on, groups in alike.items()}
    return {grant.id: lacking[targets[grant.product]].get(grant.beneficiary, 0) for grant in giving}


def parties_known(session: Session, whoms: Iterable[Whom]) -> dict[Whom, Person | Group | None]:
    """Each beneficiary as they are known; a group that was deleted is what its id says, a person that is gone None."""
    wanted = set(whoms)
    people = {
        person.id: person for person in session.people.many(sorted({whom.person for whom in wanted if whom.person}))
    }
    groups = {group.id: group for group in session.people.groups({whom.id for whom in wanted if whom.is_group})}
    return {
        whom: groups.get(whom.id, Group(whom.id, whom.id)) if whom.is_group else people.get(whom.id) for whom in wanted
    }


def name_of(whom: Whom, parties: Mapping[Whom, Person | Group | None]) -> str:
    """What a beneficiary is called; who is gone is called by their id."""
    known = parties[whom]
    return known.name if known else whom.id


def _held_back(
    session: Session, grants: Iterable[Grant], parties: Mapping[Whom, Person | Group | None], now: datetime
) -> dict[str, tuple[str, ...]]:
    """What keeps the columns of the masking exceptions that run or will from being seen clear, by id of the grant."""
    exceptions = (grant for grant in grants if not grant.gives_access and grant.live_at(now))
    return held_back(session, ((grant, known) for grant in exceptions if (known := parties[grant.whom])))


def in_force(product: DataProduct, whom: Whom, person: Person | None) -> bool:
    """Whether grants of this product for this beneficiary, who is the person unless it is a group, count at all now.

    Of a group they do: its members are looked at one by one.
    """
    return product.state is ProductState.PUBLISHED and (whom.is_group or (person is not None and person.active))


def request_cards(session: Session, requests: Iterable[AccessRequest], now: datetime) -> list[RequestCard]:
    """Requests as lists show them, in the order given."""
    found = list(requests)
    products = {product.id: product.name for product in session.products.many({request.product for request in found})}
    named = (whom for request in found for whom in (Whom(request.requester), request.whom))
    parties = parties_known(session, named)
    grants = session.grants.for_requests([request.id for request in found])
    views = {view.grant.request: view for view in grant_views(session, grants, now).values()}
    return [
        RequestCard(
            request=request,
            product_name=products[request.product],
            requester_name=name_of(Whom(request.requester), parties),
            beneficiary_name=name_of(request.whom, parties),
            grant=views.get(request.id),
        )
        for request in found
    ]


def request_place(request: AccessRequest, product: DataProduct, viewer: Person) -> Place:
    """How the viewer stands to a request; its stewards are those its sources name now and those who determined it."""
    asked = {needed.source.key for needed in request.sources if needed.source}
    steward = bool(asked & viewer.source_keys()) or request.determined_by(viewer.id) is not None
    return Place(
        domain=product.domain,
        requester=request.requester,
        beneficiary=request.whom.person,
        member=request.whom.is_group and request.beneficiary in viewer.groups,
        steward=steward,
    )


def grant_place(grant: Grant, product: DataProduct, viewer: Person, steward: bool) -> Place:
    """How the viewer, a steward of the product or not, stands to a grant."""
    member = grant.whom.is_group and grant.beneficiary in viewer.groups
    return Place(product.domain, beneficiary=grant.whom.person, member=member, steward=steward)


def may_read(request: AccessRequest, product: DataProduct, viewer: Person) -> bool:
    return may(viewer, Action.READ_REQUEST, request_place(request, product, viewer))


def reader_of(viewer: Person) -> Reader | None:
    """What the viewer may read of all requests, as the table has it; None: everything."""
    if may(viewer, Action.READ_REQUEST):
        return None
    domains = {domain for domain, _ in viewer.domain_permissions}
    managed = frozenset(domain for domain in domains if may(viewer, Action.READ_REQUEST, Place(domain=domain)))
    return Reader(viewer.id, viewer.source_keys(), managed, viewer.groups)


def may_revoke(session: Session, viewer: Person, product: DataProduct) -> bool:
    place = Place(domain=product.domain, steward=is_steward(session, viewer, product))
    return may(viewer, Action.REVOKE_GRANT, place)


def answers_in_words(
    questions: Iterable[tuple[str, str]], answers: Mapping[str, object]
) -> tuple[tuple[str, str], ...]:
    """The label of each question that was answered, with the answer as text."""
    return tuple((label, in_words(answers[id])) for id, label in questions if id in answers)


def in_words(answer: object) -> str:
    if isinstance(answer, bool):
        return "yes" if answer else "no"
    return ", ".join(map(str, answer)) if isinstance(answer, list) else str(answer)
