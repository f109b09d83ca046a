"""Data sources with their columns and tags, and the domains they are in."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from operator import or_
from typing import Any

from peewee import SQL, ColumnBase, Expression, Field, Model, ModelSelect, fn

from placet.domain.products import Column, DataSource, ProductState, SourceTags
from placet.domain.requests import Whom
from placet.storage.errors import one_only
from placet.storage.paging import Page, after, cut, decode, rows_wanted
from placet.storage.prepared import Prepared
from placet.storage.products import in_sight_of
from placet.storage.reached import FEW, open_to
from placet.storage.tables import (
    ColumnRow,
    ColumnTagRow,
    ProductRow,
    ProductSourceRow,
    SourceDomainRow,
    SourceRow,
    SourceTagRow,
    SourceWordRow,
)
from placet.storage.transaction import Transaction, batches
from placet.storage.words import beginning, part_words, words

PARTS = ColumnRow, ColumnTagRow, SourceTagRow, SourceDomainRow


def _of_sources(part: Any) -> Prepared[Any]:
    return Prepared(part, lambda ids: part.select().where(part.source.in_(ids)))


def _of_none(part: Any) -> Prepared[Any]:
    return Prepared(part, lambda id: part.delete().where(part.source == id))


_BY_IDS = Prepared(SourceRow, lambda ids: SourceRow.select().where(SourceRow.id.in_(ids)).order_by(SourceRow.id))
_BY_SOURCES = {part: _of_sources(part) for part in PARTS}
_CLEARED = [_of_none(part) for part in (ColumnTagRow, ColumnRow, SourceTagRow, SourceDomainRow, SourceWordRow)]

ORDER: list[Field[str]] = [SourceRow.schema, SourceRow.name, SourceRow.target]
BY_TARGET: list[Field[str]] = [SourceRow.target, SourceRow.schema, SourceRow.name]


@dataclass(frozen=True)
class SourceSight:
    """Which sources someone may see: those of the domains they keep, and those that products in their sight hold.

    Products are in sight by the groups of who looks, and by the domains whose products they manage.
    """

    kept: frozenset[str]
    groups: frozenset[str]
    managed: frozenset[str]


@dataclass(frozen=True)
class SourceFilter:
    """Which sources of a list; what is empty lets all through. A tag also finds what carries one under it.

    `held_by` is a product that holds them, `beside` one that does not.
    """

    domain: str = ""
    tag: str = ""
    target: str = ""
    search: str = ""
    held_by: str = ""
    beside: str = ""


def _named(ids: Any) -> Any:
    """Each source with its name, each tag on it, and each tag on a column of it: (id, schema, name, column, tag)."""
    nothing = SQL("''")
    names = SourceRow.select(SourceRow.id, SourceRow.schema, SourceRow.name, nothing, nothing).where(
        SourceRow.id.in_(ids)
    )
    tags = SourceTagRow.select(SourceTagRow.source, nothing, nothing, nothing, SourceTagRow.tag)
    columns = ColumnTagRow.select(ColumnTagRow.source, nothing, nothing, ColumnRow.name, ColumnTagRow.tag).join(
        ColumnRow, on=((ColumnRow.source == ColumnTagRow.source) & (ColumnRow.number == ColumnTagRow.number))
    )
    inside = tags.where(SourceTagRow.source.in_(ids)), columns.where(ColumnTagRow.source.in_(ids))
    return names.union_all(inside[0]).union_all(inside[1])


_TAGS = Prepared(SourceRow, _named)


class Sources:
    def __init__(self, transaction: Transaction) -> None:
        self._in = transaction

    def get(self, id: str) -> DataSource | None:
        return next(iter(self.many([id])), None)

    def many(self, ids: Iterable[str]) -> list[DataSource]:
        """Those of the sources that exist, by id, in five queries for some hundred of them."""
        return [source for batch in batches(sorted(set(ids))) for source in self._batch(batch)]

    def tags_of(self, ids: Iterable[str]) -> list[SourceTags]:
        """The names and tags of those of the sources that exist, by id, in one query for some hundred of them."""
        return [one for batch in batches(sorted(set(ids))) for one in self._tags_of(list(batch))]

    def _tags_of(self, ids: list[str]) -> list[SourceTags]:
        names: dict[str, str] = {}
        tags: dict[str, set[str]] = defaultdict(set)
        columns: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
        for id, schema, name, column, tag in self._in.tuples(_TAGS(ids)):
            if not tag:
                names[id] = f"{schema}.{name}"
            elif column:
                columns[id][column].add(tag)
            else:
                tags[id].add(tag)
        return [
            SourceTags(names[id], frozenset(tags[id]), {name: frozenset(own) for name, own in columns[id].items()})
            for id in sorted(names)
        ]

    def called(self, columns: Iterable[tuple[str, int]]) -> list[tuple[str, str]]:
        """What the sources (as `schema.name`) and columns of these ids are called; those that are gone are left out."""
        wanted = set(columns)
        query = (
            ColumnRow.select(ColumnRow.source, ColumnRow.number, SourceRow.schema, SourceRow.name, ColumnRow.name)
            .join(SourceRow, on=(SourceRow.id == ColumnRow.source))
            .where(ColumnRow.source.in_(sorted({source for source, _ in wanted})))
        )
        found = self._in.tuples(query)
        return [(f"{schema}.{table}", name) for id, number, schema, table, name in found if (id, number) in wanted]

    def all(self, target: str | None = None) -> list[DataSource]:
        """All sources, or those on one target, by id."""
        query = SourceRow.select(SourceRow.id)
        return self._of(query.where(SourceRow.target == target) if target is not None else query)

    def in_domain(self, domain: str) -> list[DataSource]:
        """The sources of a domain, by id."""
        inside = SourceDomainRow.select(SourceDomainRow.source).where(SourceDomainRow.domain == domain)
        return self._of(SourceRow.select(SourceRow.id).where(SourceRow.id.in_(inside)))

    def hold(self) -> None:
        """Be the only one to change sources, their tags, or which domains they are in, until the transaction ends."""
        self._in.hold_queue("sources")

    def carrying(self, tags: Iterable[str]) -> list[DataSource]:
        """The sources that carry one of the tags on themselves, or one under it, by id."""
        found = {id for tag in sorted(tags) for (id,) in self._in.tuples(_carrying(SourceTagRow, tag))}
        return self.many(found)

    def on(self, target: str, schemas: Iterable[str]) -> list[DataSource]:
        """The sources in some schemas of a target, by id."""
        wanted = SourceRow.schema.in_(sorted(set(schemas)))
        return self._of(SourceRow.select(SourceRow.id).where(SourceRow.target == target, wanted))

    def targets(self) -> list[str]:
        """The names of the platforms that have sources, in order."""
        found = SourceRow.select(SourceRow.target).distinct().order_by(SourceRow.target)
        return [name for (name,) in self._in.tuples(found)]

    def page(
        self,
        wanted: SourceFilter = SourceFilter(),
        sight: SourceSight | None = None,
        cursor: str | None = None,
        limit: int = 50,
    ) -> Page[DataSource]:
        """Sources by schema, name and target: all of them, or what someone may see."""
        order = BY_TARGET if wanted.target else ORDER
        query = SourceRow.select().order_by(*order).limit(rows_wanted(limit))
        conditions = self._passing(wanted)
        if conditions:
            query = query.where(*conditions)
        if sight is not None:
            query = query.where(_in_sight(sight))
        if cursor:
            query = query.where(after(order, decode(cursor, (str, str, str))))
        page = cut(self._in.rows(query), limit, lambda row: tuple(getattr(row, field.name) for field in order))
        found = {source.id: source for source in self.many([row.id for row in page.items])}
        return page.map(lambda row: found[row.id])

    def _passing(self, wanted: SourceFilter) -> list[ColumnBase]:
        """What lets the wanted sources through; the ids too, where a filter leaves few, so that no other is asked."""
        facets = _facets(wanted)
        few = next((ids for facet in facets if (ids := self._few(facet)) is not None), None)
        here: list[ColumnBase] = [SourceRow.target == wanted.target] if wanted.target else []
        if wanted.domain:
            inside = SourceDomainRow.select(SourceDomainRow.source).where(SourceDomainRow.domain == wanted.domain)
            here.append(SourceRow.id.in_(inside))
        found = [] if few is None else [SourceRow.id.in_(few)]
        beside = [~_asked([_held_by(wanted.beside)])] if wanted.beside else []
        return [*here, *beside, *found, *map(_asked, facets)]

    def _few(self, facet: list[Any]) -> list[str] | None:
        """The ids of the sources that pass a filter, if they are few; read up to the first that is too many."""
        found = {id for rows in facet for (id,) in self._in.tuples(rows.limit(FEW + 1))}
        return sorted(found) if len(found) <= FEW else None

    def open_to(
        self, beneficiaries: Collection[Whom], now: datetime, cursor: str | None = None, limit: int = 50
    ) -> Page[DataSource]:
        """The sources by schema, name and target to which one of the beneficiaries has a way in that has not ended."""
        page = open_to(self._in, beneficiaries, now, cursor, limit)
        found = {source.id: source for source in self.many(page.items)}
        return page.map(lambda id: found[id])

    def delete(self, id: str) -> None:
        """Remove a source with everything of it. Raises Conflict where a product that is not deleted holds it."""
        deleted = ProductRow.select(ProductRow.id).where(ProductRow.state == ProductState.DELETED.value)
        held = (ProductSourceRow.source == id) & ProductSourceRow.product.in_(deleted)
        self._in.change(ProductSourceRow.delete().where(held))
        for cleared in _CLEARED:
            self._in.change(cleared.change(id))
        self._in.change(SourceRow.delete().where(SourceRow.id == id))

    def named(self, schema: str, name: str) -> list[DataSource]:
        """The sources of this name, on whichever target, by id."""
        return self._of(SourceRow.select(SourceRow.id).where(SourceRow.schema == schema, SourceRow.name == name))

    def save(self, source: DataSource) -> None:
        """Keep a source with everything of it, in place of the one with this id; its revision grows.

        Raises AlreadyThere where the target has another source of this name, Conflict where a domain does not exist.
        """
        columns = {
            "id": source.id,
            "target": source.target,
            "schema": source.schema,
            "name": source.name,
            "numbered": source.numbered,
            "last_column": max([source.last_column, *(column.id for column in source.columns)]),
        }
        again: dict[Any, Any] = {**columns, SourceRow.revision: SourceRow.revision + 1}
        kept = SourceRow.insert({**columns, "revision": 1})
        with one_only(f"`{source.qualified_name}` on `{source.target}` is known under another id: use that one"):
            self._in.change(kept.on_conflict(conflict_target=[SourceRow.id], update=again))
        for cleared in _CLEARED:
            self._in.change(cleared.change(source.id))
        for table, rows in _rows(source).items():
            self._in.add_all(table, rows)

    def _of(self, query: ModelSelect[SourceRow]) -> list[DataSource]:
        return self.many([row.id for row in self._in.rows(query)])

    def _batch(self, ids: Sequence[str]) -> list[DataSource]:
        rows = self._in.rows(_BY_IDS(list(ids)))
        parts = {part: self._by_source(part, ids) for part in PARTS}
        return [_source(row, {part: found[row.id] for part, found in parts.items()}) for row in rows]

    def _by_source(self, part: Any, ids: Sequence[str]) -> dict[str, list[Any]]:
        found: dict[str, list[Any]] = defaultdict(list)
        for row in self._in.rows(_BY_SOURCES[part](list(ids))):
            found[row.source].append(row)
        return found


def _rows(source: DataSource) -> dict[type[Model], list[dict[str, object]]]:
    """The rows a source is kept in besides its own; columns before their tags."""
    columns: list[dict[str, object]] = [
        {
            "position": position,
            "number": column.id,
            "name": column.name,
            "type": column.type,
            "confirmed": column.confirmed,
        }
        for position, column in enumerate(source.columns)
    ]
    column_tags: list[dict[str, object]] = [
        {"number": column.id, "tag": tag} for column in source.columns for tag in sorted(column.tags)
    ]
    parts: dict[type[Model], list[dict[str, object]]] = {
        ColumnRow: columns,
        ColumnTagRow: column_tags,
        SourceTagRow: [{"tag": tag} for tag in sorted(source.tags)],
        SourceDomainRow: [{"domain": domain} for domain in sorted(source.domains)],
        SourceWordRow: [{"word": word} for word in sorted(part_words(f"{source.schema} {source.name}"))],
    }
    return {part: [{"source": source.id, **row} for row in rows] for part, rows in parts.items()}


def _source(row: SourceRow, parts: dict[Any, list[Any]]) -> DataSource:
    tags: dict[int, set[str]] = defaultdict(set)
    for tag in parts[ColumnTagRow]:
        tags[tag.number].add(tag.tag)
    columns = sorted(parts[ColumnRow], key=lambda column: column.position)
    return DataSource(
        id=row.id,
        target=row.target,
        schema=row.schema,
        name=row.name,
        columns=tuple(
            Column(kept.number, kept.name, kept.type, frozenset(tags[kept.number]), kept.confirmed) for kept in columns
        ),
        tags=frozenset(kept.tag for kept in parts[SourceTagRow]),
        domains=frozenset(kept.domain for kept in parts[SourceDomainRow]),
        numbered=row.numbered,
        last_column=row.last_column,
        revision=row.revision,
    )


def _facets(wanted: SourceFilter) -> list[list[Any]]:
    """Each filter but target and domain, as the rows, of one table or several, that name the sources which pass it."""
    held = [[_held_by(wanted.held_by)]] if wanted.held_by else []
    tagged = [[_carrying(table, wanted.tag) for table in (SourceTagRow, ColumnTagRow)]] if wanted.tag else []
    named = [
        [SourceWordRow.select(SourceWordRow.source).where(beginning(SourceWordRow.word, word))]
        for word in sorted(words(wanted.search))
    ]
    return [*held, *tagged, *named]


def _asked(facet: list[Any]) -> ColumnBase:
    """The filter as a question to one source."""
    given = (fn.EXISTS(rows.where(rows.model.source == SourceRow.id)) for rows in facet)
    condition: ColumnBase = reduce(or_, given)
    return condition


def _held_by(product: str) -> Any:
    return ProductSourceRow.select(ProductSourceRow.source).where(ProductSourceRow.product == product)


def _carrying(table: Any, tag: str) -> Any:
    """The sources with a tag, or one under it: those lie in one range, for `/` comes right after `.`."""
    under = (table.tag >= f"{tag}.") & (table.tag < f"{tag}/")
    return table.select(table.source).where((table.tag == tag) | under).distinct()


def _in_sight(sight: SourceSight) -> Expression:
    """Looked up for one source after the other, in their order, until a page is full."""
    kept = SourceDomainRow.select(SourceDomainRow.domain).where(
        SourceDomainRow.source == SourceRow.id, SourceDomainRow.domain.in_(sorted(sight.kept))
    )
    held = (
        ProductSourceRow.select(ProductSourceRow.product)
        .join(ProductRow, on=(ProductRow.id == ProductSourceRow.product))
        .where(ProductSourceRow.source == SourceRow.id, in_sight_of(sight.groups, sight.managed))
    )
    condition: Expression = fn.EXISTS(kept) | fn.EXISTS(held)
    return condition
