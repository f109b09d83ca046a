"""Data sources with their columns and tags, and the domains they are in."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from peewee import SQL, Model, ModelSelect

from placet.domain.products import Column, DataSource, SourceTags
from placet.storage.errors import one_only
from placet.storage.prepared import Prepared
from placet.storage.tables import ColumnRow, ColumnTagRow, SourceDomainRow, SourceRow, SourceTagRow
from placet.storage.transaction import Transaction, batches

PARTS = ColumnRow, ColumnTagRow, SourceTagRow, SourceDomainRow


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

    def named(self, schema: str, name: str) -> list[DataSource]:
        """The sources of this name, on whichever target, by id."""
        return self._of(SourceRow.select(SourceRow.id).where(SourceRow.schema == schema, SourceRow.name == name))

    def save(self, source: DataSource) -> None:
        """Keep a source with everything of it, in place of the one with this id.

        Raises AlreadyThere where the target has another source of this name, Conflict where a domain does not exist.
        """
        columns = {"id": source.id, "target": source.target, "schema": source.schema, "name": source.name}
        with one_only(f"`{source.qualified_name}` on `{source.target}` is known under another id: use that one"):
            self._in.change(SourceRow.insert(columns).on_conflict(conflict_target=[SourceRow.id], update=columns))
        for part in (ColumnTagRow, ColumnRow, SourceTagRow, SourceDomainRow):
            self._in.change(part.delete().where(part.source == source.id))
        for table, rows in _rows(source).items():
            self._in.add_all(table, rows)

    def _of(self, query: ModelSelect[SourceRow]) -> list[DataSource]:
        return self.many([row.id for row in self._in.rows(query)])

    def _batch(self, ids: Sequence[str]) -> list[DataSource]:
        rows = self._in.rows(SourceRow.select().where(SourceRow.id.in_(ids)).order_by(SourceRow.id))
        parts = {part: self._by_source(part, ids) for part in PARTS}
        return [_source(row, {part: found[row.id] for part, found in parts.items()}) for row in rows]

    def _by_source(self, part: Any, ids: Sequence[str]) -> dict[str, list[Any]]:
        found: dict[str, list[Any]] = defaultdict(list)
        for row in self._in.rows(part.select().where(part.source.in_(ids))):
            found[row.source].append(row)
        return found


def _rows(source: DataSource) -> dict[type[Model], list[dict[str, object]]]:
    """The rows a source is kept in besides its own; columns before their tags."""
    columns: list[dict[str, object]] = [
        {"position": position, "number": column.id, "name": column.name, "type": column.type}
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
        columns=tuple(Column(kept.number, kept.name, kept.type, frozenset(tags[kept.number])) for kept in columns),
        tags=frozenset(kept.tag for kept in parts[SourceTagRow]),
        domains=frozenset(kept.domain for kept in parts[SourceDomainRow]),
    )
