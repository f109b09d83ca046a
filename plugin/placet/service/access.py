"""By what someone has access: every data source they can read now or later, with each way in to it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import datetime

from placet.domain.errors import Forbidden
from placet.domain.people import Person
from placet.domain.permissions import Action, Place, refuse_unless_may
from placet.domain.products import DataProduct, DataSource, ProductState
from placet.domain.requests import Grant, RequestType, Whom, held_as
from placet.domain.scopes import SourceScope
from placet.domain.subscriptions import SubscriptionKind
from placet.emitter.evaluate import NOTHING, Birthright, birthright_of
from placet.service.access_values import Access, Kept, SourceAccess, Way
from placet.service.context import Context, known_product, person_known, refuse_inactive
from placet.service.desired import target_sources
from placet.service.grant_views import GrantViews
from placet.service.grants import prolonging
from placet.service.product_views import sees
from placet.service.reading import grant_views, may_revoke
from placet.service.views import Page
from placet.storage import Session


class AccessViews:
    """Read by what someone has access."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def of(
        self,
        actor: Person,
        person: str = "",
        cursor: str = "",
        limit: int | None = None,
        scoped: bool = False,
        beside: str = "",
    ) -> Access:
        """By what a person, the actor where nobody is named, has access now and will have.

        Data sources come by name, a page at a time, and masking exceptions by their start, the latest first, a page at
        a time of their own: `beside` is its cursor. `scoped` says whether the actor asks by a token with the scope for
        decisions. Raises Forbidden for another person unless the table allows to ask for decisions about others,
        NotFound, BadCursor.
        """
        refuse_inactive(actor)
        if person not in ("", actor.id):
            refuse_unless_may(actor, Action.ASK_DECISION, Place(scoped=scoped))
        now = self._context.clock.now()
        with self._context.store.reading() as session:
            whose = person_known(session, person or actor.id)
            size, whoms = self._context.page_size(limit), held_as(whose)
            allowing = allowing_scopes(session, whose)
            sources = session.sources.open_to(whoms, now, cursor or None, size, allowing)
            found = {one.source.id: one for one in access_to(session, sources.items, whoms, now, whose, actor)}
            exceptions = session.grants.exceptions(whoms, now, beside or None, size)
            ways = tuple(ways_of(session, exceptions.items, now, whose, actor))
            return Access(whose, now, sources.map(lambda one: found[one.id]), Page(ways, exceptions.next))

    def kept(self, actor: Person, grant: str) -> Kept:
        """What stays with the beneficiary of a grant when it is revoked, and its renewals with it.

        Of a group it is what the group has; its members may have more by themselves. Raises NotFound, and Forbidden for
        those who may not revoke the grant and are not its beneficiary.
        """
        view = GrantViews(self._context).get(actor, grant)
        with self._context.store.reading() as session:
            product = known_product(session, view.grant.product)
            if view.grant.whom.person != actor.id and not may_revoke(session, actor, product):
                raise Forbidden(f"what else `{view.grant.whom}` has is for those who may revoke this, and for them")
            return kept_without(session, view.grant, product, self._context.clock.now(), actor)


def ways_of(
    session: Session, grants: Iterable[Grant], now: datetime, person: Person | None, viewer: Person
) -> list[Way]:
    """Grants that have not ended as ways in; `person` is who benefits, if it is one."""
    live = list(grants)
    views = grant_views(session, live, now)
    products = {product.id: product for product in session.products.many({grant.product for grant in live})}
    lacking = without_login(session, live, person)
    return [
        Way(
            views[grant.id],
            grant.beneficiary if grant.whom.is_group else "",
            views[grant.id].beneficiary_name if grant.whom.is_group else "",
            suspended(products[grant.product], person),
            lacking.get(grant.product, ()) if grant.whom.is_group and grant.gives_access else (),
            sees(viewer, products[grant.product]),
        )
        for grant in live
    ]


def without_login(session: Session, grants: Iterable[Grant], person: Person | None) -> dict[str, tuple[str, ...]]:
    """The platforms on which a member of a group can't use its membership of a product, by the product's id.

    They have no login there. Whoever has a grant of their own and no login is told so by the job that waits for it.
    """
    if person is None:
        return {}
    shared = {grant.product for grant in grants if grant.whom.is_group and grant.gives_access}
    known = {login.target for login in session.logins.of_people([person.id])} if shared else set()
    targets = session.products.targets_of(shared)
    return {product: tuple(sorted(on - known)) for product, on in targets.items()}


def suspended(product: DataProduct, person: Person | None) -> str:
    """Why grants on a product give someone nothing at the moment, in words, or nothing."""
    if product.state is not ProductState.PUBLISHED:
        return f"the data product is {product.state}"
    return f"{person.name} is not active" if person and not person.active else ""


def access_to(
    session: Session,
    sources: Iterable[DataSource],
    whoms: Iterable[Whom],
    now: datetime,
    person: Person | None,
    viewer: Person,
    ending: Collection[str] = (),
) -> list[SourceAccess]:
    """Those of the data sources, by name, to which these beneficiaries have a way in, without the grants that end."""
    asked = {source.id: source for source in sources}
    grants = [one for one in session.grants.opening(whoms, asked, now) if one.id not in ending]
    found = ways_of(session, grants, now, person, viewer)
    birthrights = birthrights_of(session, asked.values(), person)
    products = {one.id: one for one in session.products.many({way.view.grant.product for way in found})}
    leading: dict[str, list[Way]] = {}
    for way in found:
        for id in products[way.view.grant.product].sources:
            if id in asked:
                leading.setdefault(id, []).append(way)
    open_ = {id for id in asked if id in leading or birthrights[id].allowing}
    return [
        SourceAccess(
            source,
            tuple(here(way, products[way.view.grant.product], source) for way in leading.get(source.id, ())),
            birthrights[source.id],
        )
        for source in sorted((asked[id] for id in open_), key=lambda one: (one.qualified_name, one.id))
    ]


def allowing_scopes(session: Session, person: Person) -> list[SourceScope]:
    """What the policies that allow a person to read are on; someone inactive is allowed nothing."""
    allowing = (one for one in session.subscriptions.in_force() if one.kind is SubscriptionKind.ALLOW)
    return [policy.scope for policy in allowing if person.active and policy.lets(person)]


def birthrights_of(session: Session, sources: Iterable[DataSource], person: Person | None) -> dict[str, Birthright]:
    """What policies say of someone active and each source, by its id; of a group and of others, nothing."""
    known = list(sources)
    if person is None or not person.active:
        return dict.fromkeys((source.id for source in known), NOTHING)
    return {target.id: birthright_of(target, person) for target in target_sources(session, known)}


def here(way: Way, product: DataProduct, source: DataSource) -> Way:
    """A way as it leads to one source: to what has left the domain of the product it leads no more."""
    if way.why or product.domain in source.domains:
        return way
    left = f"the data source has left the domain of `{product.name}`"
    return replace(way, why=left)


def kept_without(session: Session, grant: Grant, product: DataProduct, now: datetime, viewer: Person) -> Kept:
    """What the beneficiary of a grant has beside it and what prolongs it."""
    person = session.people.person(grant.whom.person) if grant.whom.person else None
    ending = {grant.id, *(one.id for one in prolonging(session, grant.id))}
    whoms = held_as(person) if person else (grant.whom,)
    if grant.type is RequestType.MASKING_EXCEPTION:
        exceptions = session.grants.clear_for(whoms, {column.source for column in grant.columns}, now)
        same = [one for one in exceptions if one.id not in ending and set(one.columns) & set(grant.columns)]
        return Kept(columns=tuple(ways_of(session, same, now, person, viewer)))
    sources = session.sources.many(product.sources)
    return Kept(tuple(access_to(session, sources, whoms, now, person, viewer, ending)))


def ways_to(
    session: Session, product: DataProduct, whom: Whom, now: datetime, viewer: Person
) -> Mapping[str, tuple[Way, ...]]:
    """The ways in to each source of a product that a beneficiary has already, by the id of the source."""
    person = session.people.person(whom.person) if whom.person else None
    whoms, sources = held_as(person) if person else (whom,), session.sources.many(product.sources)
    return {one.source.id: one.ways for one in access_to(session, sources, whoms, now, person, viewer) if one.ways}
