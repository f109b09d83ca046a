"""Data sources as views: lists, one of them, and the products that hold one."""

from __future__ import annotations

from placet.domain.errors import NotFound
from placet.domain.people import Person
from placet.domain.permissions import Action, Place, may
from placet.domain.products import DataSource
from placet.service.context import LARGEST_PAGE, Context, refuse_inactive
from placet.service.product_views import managed_by, sees
from placet.service.views import Page, SourceView
from placet.storage import Session, SourceFilter, SourceSight


class SourceViews:
    """Read data sources, as far as the actor may."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def all(self, actor: Person, wanted: SourceFilter | None = None) -> list[DataSource]:
        """Every data source in the actor's sight that the filter lets through, by schema and name."""
        found: list[DataSource] = []
        cursor: str | None = ""
        while cursor is not None:
            page = self.page(actor, wanted, cursor, LARGEST_PAGE)
            found, cursor = [*found, *page.items], page.next
        return found

    def page(
        self, actor: Person, wanted: SourceFilter | None = None, cursor: str = "", limit: int | None = None
    ) -> Page[DataSource]:
        """The data sources in the actor's sight that the filter lets through, by schema and name."""
        refuse_inactive(actor)
        with self._context.store.reading() as session:
            size = self._context.page_size(limit)
            return session.sources.page(wanted or SourceFilter(), sight_of(actor), cursor or None, size)

    def get(self, actor: Person, id: str) -> DataSource:
        """The data source. Raises NotFound also where it is not in the actor's sight."""
        with self._context.store.reading() as session:
            return seen_source(session, actor, id)

    def view(self, actor: Person, id: str) -> SourceView:
        """A data source with its domains, the products in sight that hold it, and what the actor may do about it."""
        with self._context.store.reading() as session:
            source = seen_source(session, actor, id)
            names = {domain.id: domain for domain in session.domains.all()}
            return SourceView(
                source=source,
                domains=tuple(names[domain] for domain in sorted(source.domains)),
                products=tuple(one for one in session.products.holding(id) if sees(actor, one)),
                may_tag=may_tag(actor, source),
                may_shape=may(actor, Action.SHAPE_DOMAINS),
            )

    def targets(self, actor: Person) -> list[str]:
        """The platforms to choose from: those that are connected, and those that sources were described on."""
        refuse_inactive(actor)
        with self._context.store.reading() as session:
            return sorted({*session.sources.targets(), *self._context.targets})

    def keeps_some(self, actor: Person) -> bool:
        """Whether the actor sees sources by what they keep, and not only by the products in their sight."""
        return may(actor, Action.SEE_SOURCE) or bool(kept_by(actor))


def sight_of(actor: Person) -> SourceSight | None:
    """What the actor may see of all sources, as the table has it; None: everything."""
    if may(actor, Action.SEE_SOURCE):
        return None
    return SourceSight(kept_by(actor), actor.groups, frozenset(managed_by(actor)))


def kept_by(actor: Person) -> frozenset[str]:
    """The domains whose sources the actor sees whatever products there are."""
    domains = {domain for domain, _ in actor.domain_permissions}
    return frozenset(domain for domain in domains if may(actor, Action.SEE_SOURCE, Place(domains=frozenset({domain}))))


def seen_source(session: Session, actor: Person, id: str) -> DataSource:
    """The source, or NotFound for one that is not there or not for the actor's eyes."""
    refuse_inactive(actor)
    source = session.sources.get(id)
    if source is None or not in_sight(session, actor, source):
        raise NotFound(f"no data source that you may see has the id `{id}`")
    return source


def in_sight(session: Session, actor: Person, source: DataSource) -> bool:
    """Whether the actor may see a source, by what they keep or by a product in their sight."""
    return may_see(actor, source, any(sees(actor, one) for one in session.products.holding(source.id)))


def may_see(actor: Person, source: DataSource, shown: bool) -> bool:
    """Whether the actor may see a source, which a product in their sight holds or not."""
    return may(actor, Action.SEE_SOURCE, Place(domains=source.domains, visible=shown))


def may_tag(actor: Person, source: DataSource) -> bool:
    """Tags count in every domain of a source, so the permission has to be held in each."""
    return may(actor, Action.MANAGE_TAGS, Place(domains=source.domains))
