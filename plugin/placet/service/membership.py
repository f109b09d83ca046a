"""Which sources are in which domains, and what follows where that, or the columns of a source, has changed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from placet.domain.events import Event, ProductSourcesChanged, SourceColumnsChanged
from placet.domain.people import Person
from placet.domain.products import DataProduct, DataSource, Domain, ProductState
from placet.domain.requests import ColumnRef
from placet.domain.sources import ColumnChanges, column_changes, placed
from placet.service.context import Context, Transaction, managers_of
from placet.service.dropped import ended_with_columns
from placet.service.policies import follow_columns
from placet.service.saving import CATALOG, PRODUCT, add_jobs, save
from placet.storage import Session


@dataclass(frozen=True)
class SourceChange:
    """A source as it was, or None where it was not known, and as it is to be."""

    before: DataSource | None
    after: DataSource

    @property
    def left(self) -> frozenset[str]:
        """The ids of the domains that it leaves."""
        return self.before.domains - self.after.domains if self.before else frozenset()

    @property
    def entered(self) -> frozenset[str]:
        """The ids of the domains that it comes into."""
        return self.after.domains - (self.before.domains if self.before else frozenset())

    @property
    def moves(self) -> bool:
        """Whether it comes into a domain or leaves one."""
        return bool(self.left or self.entered)

    @cached_property
    def columns(self) -> ColumnChanges:
        return column_changes(self.before, self.after) if self.before else ColumnChanges()

    @property
    def retagged(self) -> bool:
        """Whether policies may be on other columns of it now."""
        return self.before is not None and _tagging(self.before) != _tagging(self.after)

    @property
    def reaches_platform(self) -> bool:
        """Whether what a platform enforces may be another now; what nobody knew before is enforced nowhere."""
        return self.before is not None and bool(self.moves or self.columns)


def in_its_domains(session: Session, source: DataSource) -> DataSource:
    """The source in the domains it belongs to by the tags it carries now."""
    return placed(source, session.domains.dynamic())


def moves(sources: Iterable[DataSource], dynamic: Sequence[Domain]) -> list[SourceChange]:
    """Those of the sources that are not in the domains they belong to, with where they go."""
    changes = [SourceChange(source, placed(source, dynamic)) for source in sources]
    return [change for change in changes if change.moves]


def keep_sources(
    context: Context, transaction: Transaction, actor: Person, changes: Iterable[SourceChange]
) -> list[Event]:
    """Write the sources that have changed, with the work for the platforms; what their products' managers are told.

    The caller has called `session.sources.hold()` before it read them, so that tags and rules agree when this ends. The
    products are kept from changing meanwhile, for what is published next to this must follow it.
    """
    session, now = transaction.session, context.clock.now()
    changed = [change for change in changes if change.before != change.after]
    touched = {change.after.id: change for change in changed if change.reaches_platform}
    holding = [steady for one in session.products.holding_any(touched) if (steady := session.products.share(one.id))]
    affected = [product for product in holding if product.state is not ProductState.DELETED]
    followed: list[Event] = []
    for change in changed:
        session.sources.save(change.after)
        followed += follow_columns(session, actor, now, change.before, change.after)
    _add_work(session, touched, affected, now)
    _add_platform_work(context, session, (one for one in changed if one.reaches_platform or one.retagged), now)
    gone = frozenset(ColumnRef(id, number) for id, one in touched.items() for number in one.columns.dropped_ids)
    save(transaction, now, *ended_with_columns(context, session, actor, affected, gone))
    return [
        *followed,
        *_moves_told(session, actor, touched, affected, now),
        *_columns_told(session, actor, touched.values(), affected, now),
    ]


def _add_work(
    session: Session, touched: Mapping[str, SourceChange], affected: list[DataProduct], now: datetime
) -> None:
    """Jobs for the products whose sources left or came back."""
    for product in affected:
        moved = [touched[id] for id in product.sources if id in touched and _moves(touched[id], product)]
        add_jobs(session, PRODUCT, product.id, sorted({one.after.target for one in moved}), now)


def _add_platform_work(context: Context, session: Session, changes: Iterable[SourceChange], now: datetime) -> None:
    """One job for each platform that we work on.

    Also where no product holds the source yet: one that takes it up at this moment has read it as it was.
    """
    for target in sorted({change.after.target for change in changes} & set(context.targets)):
        add_jobs(session, CATALOG, target, [target], now)


def _tagging(source: DataSource) -> tuple[object, ...]:
    """What policies go by."""
    return source.tags, tuple((column.id, column.tags, column.confirmed) for column in source.columns)


def _moves(change: SourceChange, product: DataProduct) -> bool:
    return product.domain in change.left or product.domain in change.entered


def _moves_told(
    session: Session, actor: Person, touched: Mapping[str, SourceChange], affected: list[DataProduct], now: datetime
) -> Iterator[Event]:
    """Which sources of each product left its domain, and which are back in it."""
    for product in affected:
        own = [touched[id] for id in product.sources if id in touched]
        left = [one.after.qualified_name for one in own if product.domain in one.left]
        returned = [one.after.qualified_name for one in own if product.domain in one.entered]
        if left or returned:
            data: dict[str, object] = {
                "product": product.id,
                "product_name": product.name,
                "domain": product.domain,
                "left": sorted(left),
                "returned": sorted(returned),
            }
            told = tuple(sorted(managers_of(session, product.domain) - {actor.id}))
            yield ProductSourcesChanged(actor.id, now, product.id, product.domain, data, told)


def _columns_told(
    session: Session, actor: Person, touched: Iterable[SourceChange], affected: list[DataProduct], now: datetime
) -> Iterator[Event]:
    """Which columns of each source came, went, or have another name; those who manage a product with it are told."""
    for change in (one for one in touched if one.columns):
        source, columns = change.after, change.columns
        domains = {product.domain for product in affected if source.id in product.sources}
        told = {manager for domain in domains for manager in managers_of(session, domain)} - {actor.id}
        data = {
            "source": source.id,
            "source_name": source.qualified_name,
            "what": in_words(columns),
            "added": list(columns.added),
            "dropped": list(columns.dropped),
            "renamed": [list(pair) for pair in columns.renamed],
        }
        yield SourceColumnsChanged(actor.id, now, source.id, scope_of(source), data, tuple(sorted(told)))


def in_words(columns: ColumnChanges) -> str:
    """What became of columns, as a message says it."""
    parts = (
        ("new", columns.added),
        ("gone", columns.dropped),
        ("renamed", tuple(f"{old} to {new}" for old, new in columns.renamed)),
    )
    said = "; ".join(f"{what}: {', '.join(names)}" for what, names in parts if names)
    return said or ("numbered anew" if columns else "")


def scope_of(source: DataSource) -> str:
    """The domain whose auditors read about a source; of several none may alone."""
    return next(iter(source.domains)) if len(source.domains) == 1 else ""
