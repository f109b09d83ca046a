"""Data sources as commands: described one by one, and deleted."""

from __future__ import annotations

from dataclasses import replace

from placet.domain.errors import AlreadyThere
from placet.domain.events import SourceDeleted, SourceSaved
from placet.domain.people import Person
from placet.domain.permissions import Action, refuse_unless_may
from placet.domain.products import DataProduct, DataSource, ProductState
from placet.domain.sources import Described, SourceInUse, described_again, first_described, refuse_bad_description
from placet.service.context import Context, Transaction, new_id
from placet.service.domains import known_domain, known_sources, refuse_dynamic, refuse_stale
from placet.service.live_catalog import as_on_platform
from placet.service.membership import SourceChange, in_its_domains, keep_sources, scope_of
from placet.service.saving import tell
from placet.service.tagging import retagged


class SourceCommands:
    """Describe and delete data sources."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def create(self, actor: Person, target: str, described: Described, domain: str = "", id: str = "") -> DataSource:
        """Keep a source that was not known; an empty id is filled in. Raises AlreadyThere, BadSource, DynamicDomain.

        On a platform that we are connected to it has to be there, and its columns are those of the catalog.
        """
        refuse_unless_may(actor, Action.SHAPE_DOMAINS)
        refuse_bad_description(described)
        described = as_on_platform(self._context, target, described)
        with self._context.transaction() as transaction:
            session = transaction.session
            session.sources.hold()
            if id and session.sources.get(id):
                raise AlreadyThere(f"there is a data source with the id `{id}` already: choose another id")
            made = first_described(id or new_id(), target, described)
            if domain:
                refuse_dynamic(known_domain(session, domain))
                made = replace(made, domains=frozenset({domain}))
            self._keep(transaction, actor, SourceChange(None, in_its_domains(session, made)))
            return known_sources(session, [made.id])[0]

    def replace(self, actor: Person, id: str, described: Described, revision: int | None = None) -> DataSource:
        """Describe the columns and all tags of a source anew; which table it is stays. Raises NotFound, BadSource."""
        refuse_unless_may(actor, Action.SHAPE_DOMAINS)
        with self._context.store.reading() as session:
            known = known_sources(session, [id])[0]
        described = replace(described, schema=known.schema, name=known.name)
        refuse_bad_description(described)
        described = as_on_platform(self._context, known.target, described)
        with self._context.transaction() as transaction:
            session = transaction.session
            session.sources.hold()
            before = known_sources(session, [id])[0]
            refuse_stale(before, before.qualified_name, revision)
            tags = {column.name: column.tags for column in described.columns}
            after = retagged(described_again(before, described), described.tags, tags)
            self._keep(transaction, actor, SourceChange(before, in_its_domains(session, after)))
            return known_sources(session, [id])[0]

    def _keep(self, transaction: Transaction, actor: Person, change: SourceChange) -> None:
        told = keep_sources(self._context, transaction, actor, [change])
        source = change.after
        data = {"source": source.id, "source_name": source.qualified_name, "target": source.target}
        event = SourceSaved(actor.id, self._context.clock.now(), source.id, scope_of(source), data)
        tell(transaction, [event, *told])

    def delete(self, actor: Person, id: str, revision: int | None = None) -> None:
        """Forget a source. Raises SourceInUse where a product holds it: that has to let go of it first."""
        refuse_unless_may(actor, Action.SHAPE_DOMAINS)
        with self._context.transaction() as transaction:
            session = transaction.session
            session.sources.hold()
            source = known_sources(session, [id])[0]
            refuse_stale(source, source.qualified_name, revision)
            refuse_in_use(source, session.products.holding(id))
            session.sources.delete(id)
            data = {"source": id, "source_name": source.qualified_name, "target": source.target}
            tell(transaction, [SourceDeleted(actor.id, self._context.clock.now(), id, scope_of(source), data)])


def refuse_in_use(source: DataSource, holding: list[DataProduct]) -> None:
    """Raises SourceInUse where a product that is not deleted holds it, published or not."""
    if names := [product.name for product in holding if product.state is not ProductState.DELETED]:
        told = f"`{source.qualified_name}` is held by {', '.join(f'`{name}`' for name in names[:5])}"
        raise SourceInUse(f"{told}: take it out of what holds it first", products=len(names))
