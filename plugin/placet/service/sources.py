"""Data sources as commands: described one by one, deleted, and asked for by name."""

from __future__ import annotations

from dataclasses import replace

from placet.domain.errors import AlreadyThere, NotFound
from placet.domain.events import SourceDeleted, SourceSaved, UnknownSourceRequested
from placet.domain.people import GlobalPermission, Person
from placet.domain.permissions import Action, refuse_unless_may
from placet.domain.products import LONGEST_NAME, DataProduct, DataSource, ProductState
from placet.domain.sources import Described, SourceInUse, described_again, first_described, refuse_bad_description
from placet.service.context import Context, Transaction, holders_of, new_id, refuse_inactive
from placet.service.domains import known_domain, known_sources, refuse_dynamic, refuse_stale
from placet.service.live_catalog import as_on_platform
from placet.service.membership import SourceChange, in_its_domains, keep_sources, scope_of
from placet.service.saving import tell
from placet.service.tagging import retagged


class SourceCommands:
    """Describe and delete data sources, and find the products that hold one."""

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

    def products_holding(self, actor: Person, qualified_name: str) -> list[DataProduct]:
        """The products in the actor's sight that hold a source of this name: `schema.table`, or with more before it.

        Where there is none, GOVERNANCE is told of the name, once until a product holds it, and the list is empty.
        """
        refuse_inactive(actor)
        parts = split_name(qualified_name)
        name = ".".join(parts)[:LONGEST_NAME]
        with self._context.store.reading() as session:
            holding = session.products.holding_named(*parts)
            noted = session.unknown_sources.has(name)
        if not holding and not noted:
            self._tell_unknown(actor, name)
        elif holding and noted:
            self._forget_unknown(name)
        return [product for product in holding if product.within_sight_of(actor)]

    def _tell_unknown(self, actor: Person, name: str) -> None:
        """Tell GOVERNANCE of the name, unless someone else who asked at this moment was quicker."""
        with self._context.transaction() as transaction:
            now = self._context.clock.now()
            if transaction.session.unknown_sources.add(name, now):
                told = holders_of(transaction.session, GlobalPermission.GOVERNANCE)
                data = {"requester": actor.id, "name": name}
                tell(transaction, [UnknownSourceRequested(actor.id, now, name, data=data, tells=told)])

    def _forget_unknown(self, name: str) -> None:
        with self._context.store.writing() as session:
            session.unknown_sources.remove(name)


def refuse_in_use(source: DataSource, holding: list[DataProduct]) -> None:
    """Raises SourceInUse where a product that is not deleted holds it, published or not."""
    if names := [product.name for product in holding if product.state is not ProductState.DELETED]:
        told = f"`{source.qualified_name}` is held by {', '.join(f'`{name}`' for name in names[:5])}"
        raise SourceInUse(f"{told}: take it out of what holds it first", products=len(names))


def split_name(qualified_name: str) -> tuple[str, str]:
    """Schema and table, the last two parts of a name with dots. Raises NotFound where there are fewer."""
    parts = qualified_name.split(".")
    if len(parts) < 2 or not all(parts[-2:]):
        raise NotFound(f"`{qualified_name}` names no data source: write it as `schema.table`")
    return parts[-2], parts[-1]
