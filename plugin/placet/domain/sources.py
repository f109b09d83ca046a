"""Data sources as they are described from outside, and what a new description makes of what was known."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from placet.domain.errors import Conflict, Invalid
from placet.domain.products import LONGEST_NAME, Column, DataSource, Domain
from placet.domain.tags import checked_tags

MOST_COLUMNS = 5_000


class BadSource(Invalid):
    """A data source that can't be as it is described."""

    code = "bad-data-source"
    title = "The data source is not valid"


class DynamicDomain(Conflict):
    """A domain whose sources are found by their tags; nobody puts one in or takes one out."""

    code = "dynamic-domain"
    title = "The domain gets its data sources by their tags"


class SourceInUse(Conflict):
    code = "source-in-use"
    title = "A data product holds the data source"


class DomainInUse(Conflict):
    code = "domain-in-use"
    title = "The domain holds data products"


@dataclass(frozen=True)
class DescribedColumn:
    """A column as a file or a catalog has it; `number` is the platform's own, None where it has none.

    `confirmed` says of a source that was not known before whether someone has looked at the column.
    """

    name: str
    type: str = ""
    tags: frozenset[str] = frozenset()
    number: int | None = None
    confirmed: bool = True


@dataclass(frozen=True)
class Described:
    """A data source as a file or a catalog has it."""

    schema: str
    name: str
    columns: tuple[DescribedColumn, ...]
    tags: frozenset[str] = frozenset()

    @property
    def qualified_name(self) -> str:
        return f"{self.schema}.{self.name}"


@dataclass(frozen=True)
class ColumnChanges:
    """What became of the columns of a known source, by their names; `renamed` pairs the old name with the new.

    `dropped_ids` are ids that no column has any more, or another one.
    """

    added: tuple[str, ...] = ()
    dropped: tuple[str, ...] = ()
    renamed: tuple[tuple[str, str], ...] = ()
    dropped_ids: tuple[int, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.added or self.dropped or self.renamed or self.dropped_ids)


def refuse_bad_description(described: Described) -> None:
    """Raises BadSource and BadTag for names, columns or tags that can't be."""
    for what, name in (("schema", described.schema), ("name", described.name)):
        if not 1 <= len(name) <= LONGEST_NAME:
            raise BadSource(f"the {what} `{name[:40]}` of a data source has to have 1 to {LONGEST_NAME} characters")
    if len(described.columns) > MOST_COLUMNS:
        raise BadSource(f"`{described.qualified_name}` has more than {MOST_COLUMNS} columns")
    for column in described.columns:
        if not 1 <= len(column.name) <= LONGEST_NAME:
            raise BadSource(f"a column of `{described.qualified_name}` needs a name of 1 to {LONGEST_NAME} characters")
    counts = Counter(column.name for column in described.columns)
    if twice := [name for name, count in counts.items() if count > 1]:
        raise BadSource(f"`{described.qualified_name}` has the column `{twice[0]}` twice")
    numbers = [column.number for column in described.columns if column.number is not None]
    if len(set(numbers)) < len(numbers) or not all(0 < number < 2**15 for number in numbers):
        raise BadSource(f"the columns of `{described.qualified_name}` need numbers from 1 to 32767, each once")
    for tags in (described.tags, *(column.tags for column in described.columns)):
        checked_tags(tags)


def first_described(id: str, target: str, described: Described) -> DataSource:
    """A source that was not known before: its columns count as looked at, unless the description says otherwise."""
    numbered = _numbered(described)
    columns = tuple(
        Column(
            column.number if numbered and column.number else position,
            column.name,
            column.type,
            column.tags,
            column.confirmed,
        )
        for position, column in enumerate(described.columns, 1)
    )
    return DataSource(id, target, described.schema, described.name, columns, described.tags, numbered=numbered)


def described_again(known: DataSource, described: Described) -> DataSource:
    """A known source as it is described now; nothing that is still there loses its tags or its confirmation.

    Columns go by the platform's number where both have it, else by name. New ones wait to be looked at. A description
    without columns says nothing about them.
    """
    if not described.columns:
        return replace(known, tags=known.tags | described.tags)
    numbered = _numbered(described)
    by_number = numbered and known.numbered
    before: dict[object, Column] = {(column.id if by_number else column.name): column for column in known.columns}
    last = max([known.last_column, *(column.id for column in known.columns)])
    columns = []
    for found in described.columns:
        old = before.get(found.number if by_number else found.name)
        if not numbered and old is None:
            last += 1
        columns.append(_column(found, old, _number(found, old, last, numbered)))
    return replace(
        known,
        columns=tuple(columns),
        tags=known.tags | described.tags,
        numbered=numbered or (known.numbered and {column.id for column in columns} <= _ids(known)),
    )


def _number(found: DescribedColumn, old: Column | None, last: int, numbered: bool) -> int:
    """The platform's number where it has one, else the one the column had, else a new one."""
    if numbered and found.number:
        return found.number
    return old.id if old else last


def _column(found: DescribedColumn, old: Column | None, number: int) -> Column:
    if old is None:
        return Column(number, found.name, found.type, found.tags, confirmed=False)
    return Column(number, found.name, found.type or old.type, old.tags | found.tags, old.confirmed)


def _numbered(described: Described) -> bool:
    return bool(described.columns) and all(column.number for column in described.columns)


def _ids(source: DataSource) -> set[int]:
    return {column.id for column in source.columns}


def column_changes(before: DataSource, after: DataSource) -> ColumnChanges:
    """What became of the columns: by their ids, which stay with a column for as long as it is there."""
    old, new = ({column.id: column.name for column in one.columns} for one in (before, after))
    if before.numbered != after.numbered:
        return _renumbered(old, new)
    return ColumnChanges(
        added=tuple(name for id, name in new.items() if id not in old),
        dropped=tuple(name for id, name in old.items() if id not in new),
        renamed=tuple((old[id], name) for id, name in new.items() if id in old and old[id] != name),
        dropped_ids=tuple(id for id in old if id not in new),
    )


def _renumbered(old: Mapping[int, str], new: Mapping[int, str]) -> ColumnChanges:
    """Where numbers were given anew, columns go by name; what hangs on a number that means another one has to end."""
    return ColumnChanges(
        added=tuple(name for name in new.values() if name not in old.values()),
        dropped=tuple(name for name in old.values() if name not in new.values()),
        dropped_ids=tuple(id for id, name in old.items() if new.get(id) != name),
    )


def placed(source: DataSource, dynamic: Iterable[Domain]) -> DataSource:
    """The source in the domains it belongs to: those it was put into by hand, and the dynamic ones that take it."""
    domains = list(dynamic)
    by_hand = source.domains - {domain.id for domain in domains}
    return replace(source, domains=by_hand | {domain.id for domain in domains if domain.takes(source)})
