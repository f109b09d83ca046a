"""The way from a catalog, which knows a data source by name, to the data products that hold it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from placet.domain.events import UnknownSourceRequested
from placet.domain.people import GlobalPermission, Person
from placet.domain.products import LONGEST_NAME, DataProduct, DataSource, ProductState
from placet.domain.requests import RequestType, Whom, held_as
from placet.domain.source_names import SourceName, read_name, same
from placet.service.context import Context, holders_of, refuse_inactive
from placet.service.saving import tell
from placet.storage import Session

MOST_UNKNOWN = 20
"""Names of a day that GOVERNANCE is told of because one person asked for them."""


class LinkState(StrEnum):
    """What someone has of a product that a catalog shows."""

    HAS_ACCESS = "has-access"
    PENDING = "pending"
    REQUESTABLE = "requestable"
    NOT_REQUESTABLE = "not-requestable"


@dataclass(frozen=True)
class CatalogLink:
    """A product that holds the source, and how someone stands to it."""

    product: DataProduct
    state: LinkState


class CatalogLinks:
    """Find data products by the name of a source, as a catalog writes it."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def products_holding(
        self, actor: Person, qualified_name: str, technology: str = "", host: str = ""
    ) -> list[DataProduct]:
        """The products in the actor's sight that hold a source of this name, on platforms that fit.

        Where there is none, GOVERNANCE is told of the name, once until a product holds it, and the list is empty.
        Raises NotFound for what is no name of a source.
        """
        refuse_inactive(actor)
        asked = read_name(qualified_name).narrowed(technology, host)
        name = str(asked)[:LONGEST_NAME]
        with self._context.store.reading() as session:
            holding = self._holding(session, asked)
            noted = session.unknown_sources.has(name)
        if not holding and not noted:
            self._tell_unknown(actor, name)
        elif holding and noted:
            self._forget_unknown(name)
        return [product for product in holding if product.within_sight_of(actor)]

    def states(
        self, actor: Person, qualified_name: str, type: RequestType, technology: str = "", host: str = ""
    ) -> list[CatalogLink]:
        """The same with how the actor stands to each; for catalogs that show it, so nobody is told of unknown names."""
        refuse_inactive(actor)
        asked, now = read_name(qualified_name).narrowed(technology, host), self._context.clock.now()
        with self._context.store.reading() as session:
            holding = [one for one in self._holding(session, asked) if one.within_sight_of(actor)]
            ids = [one.id for one in holding]
            own = session.grants.held_on(held_as(actor), ids) if type is RequestType.DATA_ACCESS else []
            held = {one.product for one in own if one.live_at(now) and one.gives_access}
            waiting = session.requests.open_on(Whom(actor.id), ids, type)
            return [CatalogLink(one, _state(one, type, held, waiting)) for one in holding]

    def _holding(self, session: Session, asked: SourceName) -> list[DataProduct]:
        sources = [one for one in session.sources.named(asked.schema, asked.table) if self._fits(one, asked)]
        found = {product.id: product for source in sources for product in session.products.holding(source.id)}
        return [found[id] for id in sorted(found)]

    def _fits(self, source: DataSource, asked: SourceName) -> bool:
        """Whether nothing that is known of the source's platform speaks against it."""
        described = self._context.settings.targets.get(source.target)
        if described is None:
            return True
        hosts = [host.casefold() for host in described.get("hosts", ())]
        fits = not asked.technology or asked.technology == same(described.get("kind", "postgresql"))
        return fits and (not asked.host or not hosts or asked.host in hosts)

    def _tell_unknown(self, actor: Person, name: str) -> None:
        """Tell GOVERNANCE of the name, unless someone who asked at this moment was quicker, or the actor asks a lot."""
        with self._context.transaction() as transaction:
            session, now = transaction.session, self._context.clock.now()
            if session.unknown_sources.asked_by(actor.id, now - timedelta(days=1)) >= MOST_UNKNOWN:
                return
            if session.unknown_sources.add(name, now, actor.id):
                told = holders_of(session, GlobalPermission.GOVERNANCE)
                data = {"requester": actor.id, "name": name}
                tell(transaction, [UnknownSourceRequested(actor.id, now, name, data=data, tells=told)])

    def _forget_unknown(self, name: str) -> None:
        with self._context.store.writing() as session:
            session.unknown_sources.remove(name)


def _state(product: DataProduct, type: RequestType, held: Collection[str], waiting: Collection[str]) -> LinkState:
    if product.state is not ProductState.PUBLISHED or product.form_for(type) is None:
        return LinkState.NOT_REQUESTABLE
    if product.id in held:
        return LinkState.HAS_ACCESS
    return LinkState.PENDING if product.id in waiting else LinkState.REQUESTABLE
