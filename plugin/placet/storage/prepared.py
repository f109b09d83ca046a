"""Queries that Peewee writes out once, and that are only filled in from then on.

Writing a query out takes several times longer than the database needs to answer it; what runs at every request is
prepared.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, Generic, TypeVar

import peewee
from peewee import Model, Node

from placet.storage.fields import microseconds, storable

Row = TypeVar("Row", bound=Model)

Clause = tuple[str, Any]

Column = tuple[str, Callable[[Any], Any]]
"""The name of a column of the answer, and what makes its values ours."""


@dataclass(frozen=True)
class Place:
    """Where in a query the value of a number goes."""

    number: int


class Slot(Node):
    """Stands in a query for a value that is not known yet."""

    def __init__(self, place: Place) -> None:
        self.place = place

    def __sql__(self, context: Any) -> Any:
        return context.value(self.place, converter=False)


@dataclass
class Written:
    """A query as text, and what stands at each of its placeholders: a value, or the place of one.

    `columns` are known when it has run for the first time.
    """

    sql: str
    parameters: tuple[object, ...]
    columns: tuple[Column, ...] = ()

    def filled(self, values: Sequence[object]) -> list[object]:
        return [values[one.number] if isinstance(one, Place) else one for one in self.parameters]

    def read(self, cursor: Any, table: type[Model]) -> list[list[tuple[str, Any]]]:
        """The rows, as pairs of the field's name, or the column's where it is none of the table, and the value."""
        columns = self.columns or tuple(_column(table, column[0]) for column in cursor.description)
        self.columns = columns
        return [
            [(name, read(value)) for (name, read), value in zip(columns, row, strict=True)] for row in cursor.fetchall()
        ]


class Prepared(Generic[Row]):
    """A query of a number of values, as `Prepared(PersonRow, lambda id: PersonRow.select().where(PersonRow.id == id))`.

    A value is text, a number, an instant or a list of those; how long a list is belongs to the query's text.
    """

    def __init__(self, table: type[Row], build: Callable[..., Any]) -> None:
        self.table = table
        self._build = build
        self._written: dict[object, Written] = {}

    def __call__(self, *values: object) -> Filled[Row]:
        """The query with these values."""
        lengths = tuple(len(value) if isinstance(value, list) else None for value in values)
        return Filled(self, lengths, [_stored(value) for value in _flat(values)])

    def change(self, *values: object) -> Change:
        """The statement with these values, where it writes."""
        return Change(self, [_stored(value) for value in values])

    def written(self, database: peewee.Database, lengths: Sequence[int | None], clauses: tuple[Clause, ...]) -> Written:
        """The query's text on one kind of database."""
        key = (type(database), lengths, clauses)
        if key not in self._written:
            query = self._build(*_slots(lengths))
            for name, argument in clauses:
                query = getattr(query, name)(argument)
            sql, parameters = query.bind(database).sql()
            self._written[key] = Written(sql, tuple(parameters))
        return self._written[key]


@dataclass(slots=True)
class Filled(Generic[Row]):
    """A prepared query with its values; `Transaction` runs it as any other query."""

    prepared: Prepared[Row]
    lengths: tuple[int | None, ...]
    values: Sequence[object]
    clauses: tuple[Clause, ...] = ()
    as_tuples: bool = False

    def limit(self, count: int) -> Filled[Row]:
        return self._with(("limit", count))

    def for_update(self, lock: str) -> Filled[Row]:
        return self._with(("for_update", lock))

    def _with(self, clause: Clause) -> Filled[Row]:
        return Filled(self.prepared, self.lengths, self.values, (*self.clauses, clause), self.as_tuples)

    def tuples(self) -> Filled[Row]:
        return Filled(self.prepared, self.lengths, self.values, self.clauses, as_tuples=True)

    def execute(self, database: Any) -> list[Any]:
        """The rows of the query."""
        written = self.prepared.written(database, self.lengths, self.clauses)
        cursor = database.execute_sql(written.sql, written.filled(self.values))
        rows = written.read(cursor, self.prepared.table)
        return [tuple(value for _, value in row) for row in rows] if self.as_tuples else list(map(self._row, rows))

    def _row(self, values: list[tuple[str, Any]]) -> Row:
        row = self.prepared.table()
        row.__data__ = dict(values)
        return row


@dataclass(slots=True)
class Change:
    """A prepared statement that writes, with its values."""

    prepared: Prepared[Any]
    values: Sequence[object]

    def execute(self, database: Any) -> int:
        """How many rows it touched."""
        return int(database.rows_affected(database.execute_sql(*self.written(database))))

    def written(self, database: Any) -> tuple[str, list[object]]:
        """The statement's text and what is filled in."""
        lengths = (None,) * len(self.values)
        written = self.prepared.written(database, lengths, ())
        return written.sql, written.filled(self.values)


@dataclass(frozen=True)
class Together:
    """Statements that write, sent to PostgreSQL as one; none of them sees what the others write."""

    changes: Sequence[Change]

    def execute(self, database: Any) -> None:
        texts, filled = zip(*(change.written(database) for change in self.changes), strict=True)
        *others, last = texts
        parts = ", ".join(f"part_{number} AS ({text})" for number, text in enumerate(others))
        database.execute_sql(f"WITH {parts} {last}" if parts else last, [one for values in filled for one in values])


def insertion(table: type[Model], rows: Sequence[Mapping[str, object]]) -> Change:
    """The statement that inserts rows, which all name the same columns."""
    columns = tuple(rows[0])
    return Change(_insertion(table, columns), [value for row in rows for value in _values(table, columns, row)])


def revision_update(table: type[Model], id: str, revision: int, columns: Mapping[str, object]) -> Change:
    """The statement that sets columns of the row of this id and revision, and counts the revision up."""
    changed = {**columns, "revision": revision + 1}
    return Change(_update(table, tuple(changed)), [*_values(table, tuple(changed), changed), id, revision])


@cache
def _insertion(table: type[Model], columns: tuple[str, ...]) -> Prepared[Any]:
    def build(*slots: Slot) -> Any:
        parts = (slots[start : start + len(columns)] for start in range(0, len(slots), len(columns)))
        return table.insert_many([dict(zip(columns, part, strict=True)) for part in parts])

    return Prepared(table, build)


@cache
def _update(table: Any, columns: tuple[str, ...]) -> Prepared[Any]:
    def build(*slots: Slot) -> Any:
        *values, id, revision = slots
        changed = dict(zip(columns, values, strict=True))
        return table.update(changed).where((table.id == id) & (table.revision == revision))

    return Prepared(table, build)


def _column(table: type[Model], column: str) -> Column:
    found = table._meta.columns.get(column)
    return (found.name, found.python_value) if found else (column, lambda value: value)


def _values(table: type[Model], columns: Sequence[str], row: Mapping[str, object]) -> list[object]:
    """The values of a row as its columns keep them."""
    return [getattr(table, column).db_value(row[column]) for column in columns]


def _slots(lengths: Sequence[int | None]) -> Iterator[Slot | list[Slot]]:
    number = 0
    for length in lengths:
        many = [Slot(Place(number + index)) for index in range(1 if length is None else length)]
        number += len(many)
        yield many[0] if length is None else many


def _flat(values: Sequence[object]) -> Iterator[object]:
    for value in values:
        if isinstance(value, list):
            yield from value
        else:
            yield value


def _stored(value: object) -> object:
    """A value as the columns of our tables keep it."""
    if isinstance(value, str):
        return storable(str(value))
    return microseconds(value) if isinstance(value, datetime) else value
