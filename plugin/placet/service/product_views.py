"""Data products as views: the catalog, and one product with its tabs."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from placet.domain.errors import NotFound
from placet.domain.forms import RequestForm
from placet.domain.people import Person
from placet.domain.permissions import Action, Place, may, refuse_unless_may
from placet.domain.products import DataProduct, DataSource, ProductState
from placet.domain.requests import GrantStatus, RequestType, Whom, held_as
from placet.service.context import Context, known_form, refuse_inactive
from placet.service.exceptions import product_columns
from placet.service.products import is_steward
from placet.service.reading import grant_views, in_force, may_read, names_of, owned_by, reader_of, request_cards
from placet.service.source_effects import effects
from placet.service.views import (
    Consequences,
    GrantView,
    Page,
    ProductCard,
    ProductView,
    Reach,
    SourceReach,
    SourcesChange,
)
from placet.service.withholding import as_shown
from placet.storage import Session, Standing, Wanted

SHOWN = 50
"""How many members and requests a product shows at once."""


class ProductViews:
    """Read data products, as far as the actor may."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def catalog(
        self,
        actor: Person,
        search: str = "",
        domain: str = "",
        cursor: str = "",
        limit: int | None = None,
        *,
        tag: str = "",
        target: str = "",
        standing: Standing | None = None,
    ) -> Page[ProductCard]:
        """Published and suspended products in the actor's sight, by name, with what the actor has of them.

        A tag includes those below it; `standing` is how the actor stands to a product, also by a group of theirs.
        """
        refuse_inactive(actor)
        now, size = self._context.clock.now(), self._context.page_size(limit)
        wanted = Wanted(actor.id, now, search, domain, tag, target, standing, actor.groups)
        with self._context.store.reading() as session:
            page = session.products.in_sight(actor.groups, wanted, cursor or None, size)
            return Page(tuple(self._cards(session, page.items, actor)), page.next)

    def get(self, actor: Person, id: str) -> ProductView:
        """One product. Raises NotFound also where it is not in the actor's sight."""
        with self._context.store.reading() as session:
            product = seen_product(session, id, actor)
            place = Place(domain=product.domain, steward=is_steward(session, actor, product))
            sees_members = may(actor, Action.SEE_MEMBERS, place)
            domain = session.domains.get(product.domain)
            assert domain
            sources = {source.id: source for source in session.sources.many(product.sources)}
            owned = owned_by(session, actor)
            requests = session.requests.page(product=product.id, limit=SHOWN, reader=reader_of(actor, owned)).items
            readable = [one for one in requests if may_read(one, product, actor, owned)]
            shown = [as_shown(session, one, product, actor) for one in readable]
            return ProductView(
                card=next(iter(self._cards(session, [product], actor))),
                domain=domain,
                form=known_form(session, product.form, product.form_version),
                sources=tuple(sources[id] for id in product.sources if id in sources),
                may_manage=may(actor, Action.MANAGE_PRODUCT, place),
                may_see_members=sees_members,
                members=self._members(session, product) if sees_members else (),
                requests=tuple(request_cards(session, shown, self._context.clock.now())),
                addresses=self._addresses(sources.values()),
                newer_forms=_newer_forms(session, product) if may(actor, Action.TAKE_UP_FORM, place) else {},
                reach=self._reach(session, product, sources.values(), actor),
                names=names_of(session, {product.expert}),
                exception_form=_exception_form(session, product),
                columns=tuple(product_columns(session, product, actor, self._context.clock.now())),
            )

    def managed(
        self, actor: Person, search: str = "", state: ProductState | None = None, cursor: str = ""
    ) -> Page[DataProduct]:
        """The products that the actor manages, in any state but deleted unless that is asked for, by name."""
        refuse_inactive(actor)
        states = [state] if state else [one for one in ProductState if one is not ProductState.DELETED]
        everywhere = may(actor, Action.MANAGE_PRODUCT)
        with self._context.store.reading() as session:
            domains = None if everywhere else manages(actor)
            return session.products.page(search, domains, states, cursor or None, self._context.page_size(None))

    def consequences(self, actor: Person, id: str) -> Consequences:
        """What a step that ends access to a product would mean. Raises Forbidden, NotFound."""
        with self._context.store.reading() as session:
            product = seen_product(session, id, actor)
            refuse_unless_may(actor, Action.MANAGE_PRODUCT, Place(domain=product.domain))
            grants = session.grants.live_on(id, self._context.clock.now())
            return Consequences(len(grants), len(session.requests.pending_for(id)))

    def change_of_sources(
        self, actor: Person, id: str, added: Collection[str], removed: Collection[str]
    ) -> SourcesChange:
        """What putting these sources in and taking those out would mean for the members. Raises Forbidden, NotFound."""
        with self._context.store.reading() as session:
            product = seen_product(session, id, actor)
            refuse_unless_may(actor, Action.MANAGE_PRODUCT, Place(domain=product.domain))
            sources = session.sources.many({*added, *removed})
            return effects(
                session,
                product,
                [one for one in sources if one.id in set(added)],
                [one for one in sources if one.id in set(removed)],
                self._context.clock.now(),
            )

    def members(self, actor: Person, id: str, cursor: str = "", limit: int | None = None) -> Page[GrantView]:
        """The grants on a product, also ended ones, the latest start first. Raises Forbidden, NotFound."""
        with self._context.store.reading() as session:
            product = seen_product(session, id, actor)
            place = Place(domain=product.domain, steward=is_steward(session, actor, product))
            refuse_unless_may(actor, Action.SEE_MEMBERS, place)
            page = session.grants.of_product(id, cursor or None, self._context.page_size(limit))
            views = grant_views(session, page.items, self._context.clock.now())
            return Page(tuple(views.values()), page.next)

    def _reach(
        self, session: Session, product: DataProduct, sources: Iterable[DataSource], actor: Person
    ) -> dict[str, SourceReach]:
        """How the actor stands to each source of a product; what has left a domain gives no access through it."""
        now = self._context.clock.now()
        own = [grant for grant in session.grants.held_by(held_as(actor)) if grant.gives_access]
        held = {grant.product for grant in own if grant.status_at(now) is GrantStatus.ACTIVE}
        ways = [one for one in session.products.many(held) if in_force(one, Whom(actor.id), actor)]
        gain = Reach.WOULD_GAIN if product.state is ProductState.PUBLISHED else Reach.NOT_NOW
        found = {}
        for source in sources:
            through = tuple(one.name for one in ways if source.id in one.sources and one.domain in source.domains)
            without = gain if product.domain in source.domains else Reach.LEFT_DOMAIN
            found[source.id] = SourceReach(Reach.HAS_ACCESS if through else without, through)
        return found

    def _cards(self, session: Session, products: Iterable[DataProduct], actor: Person) -> Iterable[ProductCard]:
        domains = {domain.id: domain.name for domain in session.domains.all()}
        now = self._context.clock.now()
        own = [grant for grant in session.grants.held_by(held_as(actor)) if grant.live_at(now) and grant.gives_access]
        held = {grant.product: grant for grant in own}
        views = {view.grant.product: view for view in grant_views(session, held.values(), now).values()}
        for product in products:
            asked = session.requests.open_for(Whom(actor.id), product.id, RequestType.DATA_ACCESS)
            yield ProductCard(product, domains[product.domain], views.get(product.id), asked.id if asked else "")

    def _members(self, session: Session, product: DataProduct) -> tuple[GrantView, ...]:
        grants = session.grants.of_product(product.id, limit=SHOWN).items
        return tuple(grant_views(session, grants, self._context.clock.now()).values())

    def _addresses(self, sources: Iterable[DataSource]) -> dict[str, str]:
        targets = self._context.targets
        return {one.id: targets[one.target].address(one.schema, one.name) for one in sources if one.target in targets}


def _newer_forms(session: Session, product: DataProduct) -> dict[RequestType, int]:
    """The latest version of each form of a product, where that is later than the one it asks by."""
    named = {type: form for type in RequestType if (form := product.form_for(type))}
    latest = {type: known_form(session, id).version for type, (id, _) in named.items()}
    return {type: version for type, version in latest.items() if version > named[type][1]}


def _exception_form(session: Session, product: DataProduct) -> RequestForm | None:
    named = product.form_for(RequestType.MASKING_EXCEPTION)
    return known_form(session, *named) if named else None


def seen_product(session: Session, id: str, viewer: Person) -> DataProduct:
    """The product, or NotFound for one that is not there or not for the viewer's eyes."""
    return in_sight(session.products.get(id), id, viewer)


def in_sight(product: DataProduct | None, id: str, viewer: Person) -> DataProduct:
    """What was found under an id, or NotFound for nothing and for what is not for the viewer's eyes."""
    refuse_inactive(viewer)
    if not product or not sees(viewer, product):
        raise NotFound(f"no data product that you may see has the id `{id}`")
    return product


def sees(viewer: Person, product: DataProduct) -> bool:
    """Whether a product is for the viewer's eyes."""
    place = Place(domain=product.domain, visible=product.within_sight_of(viewer))
    return may(viewer, Action.SEE_PRODUCT, place)


def may_manage_products(actor: Person) -> bool:
    """Whether someone manages the data products of any domain."""
    return may(actor, Action.MANAGE_PRODUCT) or bool(manages(actor))


def manages(actor: Person) -> list[str]:
    """The domains whose products the actor manages by a permission there."""
    domains = {domain for domain, _ in actor.domain_permissions}
    return sorted(one for one in domains if may(actor, Action.MANAGE_PRODUCT, Place(domain=one)))


def managed_by(viewer: Person) -> list[str]:
    """The domains of which the viewer sees every product, whatever its state."""
    domains = {domain for domain, _ in viewer.domain_permissions}
    return sorted(domain for domain in domains if may(viewer, Action.SEE_PRODUCT, Place(domain=domain)))
