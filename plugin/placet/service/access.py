"""By what someone has access: every data source they can read now or later, with each way in to it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime

from placet.domain.errors import Forbidden
from placet.domain.people import Person
from placet.domain.permissions import Action, Place, refuse_unless_may
from placet.domain.products import DataProduct, DataSource, ProductState
from placet.domain.requests import Grant, RequestType, Whom, held_as
from placet.service.access_values import Access, Kept, SourceAccess, Way
from placet.service.context import Context, known_product, person_known, refuse_inactive
from placet.service.grant_views import GrantViews
from placet.service.grants import prolonging
from placet.service.product_views import sees
from placet.service.reading import grant_views, may_revoke
from placet.service.views import Page
from placet.storage import Session
from placet.storage.paging import cut, decode, rows_wanted


class AccessViews:
    """Read by what someone has access."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def of(
        self, actor: Person, person: str = "", cursor: str = "", limit: int | None = None, scoped: bool = False
    ) -> Access:
        """By what a person, the actor where nobody is named, has access now and will have.

        Data sources come by name, a page at a time. `scoped` says whether the actor asks by a token with the scope for
        decisions. Raises Forbidden for another person unless the table allows to ask for decisions about others,
        NotFound, BadCursor.
        """
        refuse_inactive(actor)
        if person not in ("", actor.id):
            refuse_unless_may(actor, Action.ASK_DECISION, Place(scoped=scoped))
        now = self._context.clock.now()
        with self._context.store.reading() as session:
            whose = person_known(session, person or actor.id)
            ways = ways_of(session, held_as(whose), now, whose, actor)
            opening = [way for way in ways if way.view.grant.gives_access]
            found = access_to(session, opening, lambda _: True)
            exceptions = tuple(way for way in ways if not way.view.grant.gives_access)
            return Access(whose, now, page_of(found, cursor, self._context.page_size(limit)), exceptions)

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


def ways_of(session: Session, whoms: Iterable[Whom], now: datetime, person: Person | None, viewer: Person) -> list[Way]:
    """Every grant of these beneficiaries that has not ended, as a way in; `person` is who benefits, if it is one."""
    live = session.grants.live_of(whoms, now)
    views = grant_views(session, live, now)
    products = {product.id: product for product in session.products.many({grant.product for grant in live})}
    return [
        Way(
            views[grant.id],
            grant.beneficiary if grant.whom.is_group else "",
            views[grant.id].beneficiary_name if grant.whom.is_group else "",
            suspended(products[grant.product], person),
            without_login(session, grant, person),
            sees(viewer, products[grant.product]),
        )
        for grant in live
    ]


def without_login(session: Session, grant: Grant, person: Person | None) -> tuple[str, ...]:
    """The platforms on which a member of a group can't use its membership of a product: they have no login there.

    Whoever has a grant of their own and no login is told so by the job that waits for it.
    """
    if person is None or not grant.whom.is_group or not grant.gives_access:
        return ()
    known = {login.target for login in session.logins.of_people([person.id])}
    return tuple(sorted(set(session.products.targets(grant.product)) - known))


def suspended(product: DataProduct, person: Person | None) -> str:
    """Why grants on a product give someone nothing at the moment, in words, or nothing."""
    if product.state is not ProductState.PUBLISHED:
        return f"the data product is {product.state}"
    return f"{person.name} is not active" if person and not person.active else ""


def access_to(session: Session, ways: Iterable[Way], wanted: Callable[[str], bool]) -> list[SourceAccess]:
    """The data sources, by name, to which these ways lead; `wanted` says of which ids."""
    found = list(ways)
    products = {one.id: one for one in session.products.many({way.view.grant.product for way in found})}
    leading: dict[str, list[Way]] = {}
    for way in found:
        for id in products[way.view.grant.product].sources:
            if wanted(id):
                leading.setdefault(id, []).append(way)
    sources = session.sources.many(leading)
    return [
        SourceAccess(source, tuple(here(way, products[way.view.grant.product], source) for way in leading[source.id]))
        for source in sorted(sources, key=lambda one: (one.qualified_name, one.id))
    ]


def here(way: Way, product: DataProduct, source: DataSource) -> Way:
    """A way as it leads to one source: to what has left the domain of the product it leads no more."""
    if way.why or product.domain in source.domains:
        return way
    left = f"the data source has left the domain of `{product.name}`"
    return replace(way, why=left)


def page_of(found: list[SourceAccess], cursor: str, limit: int) -> Page[SourceAccess]:
    """The page of these after a cursor."""
    begin = decode(cursor, (str, str)) if cursor else None
    rest = [one for one in found if begin is None or key_of(one) > begin]
    return cut(rest[: rows_wanted(limit)], limit, key_of)


def key_of(one: SourceAccess) -> tuple[str, str]:
    return one.source.qualified_name, one.source.id


def kept_without(session: Session, grant: Grant, product: DataProduct, now: datetime, viewer: Person) -> Kept:
    """What the beneficiary of a grant has beside it and what prolongs it."""
    person = session.people.person(grant.whom.person) if grant.whom.person else None
    ending = {grant.id, *(one.id for one in prolonging(session, grant.id))}
    whoms = held_as(person) if person else (grant.whom,)
    others = [way for way in ways_of(session, whoms, now, person, viewer) if way.view.grant.id not in ending]
    if grant.type is RequestType.MASKING_EXCEPTION:
        same = [way for way in others if set(way.view.grant.columns) & set(grant.columns)]
        return Kept(columns=tuple(same))
    opening = [way for way in others if way.view.grant.gives_access]
    return Kept(tuple(access_to(session, opening, set(product.sources).__contains__)))


def ways_to(
    session: Session, product: DataProduct, whom: Whom, now: datetime, viewer: Person
) -> Mapping[str, tuple[Way, ...]]:
    """The ways in to each source of a product that a beneficiary has already, by the id of the source."""
    person = session.people.person(whom.person) if whom.person else None
    ways = ways_of(session, held_as(person) if person else (whom,), now, person, viewer)
    opening = [way for way in ways if way.view.grant.gives_access]
    return {one.source.id: one.ways for one in access_to(session, opening, set(product.sources).__contains__)}
