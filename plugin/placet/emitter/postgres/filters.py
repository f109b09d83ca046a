"""Row filters as conditions on the rows of a view.

A comparison with NULL is NULL, which lets a row through neither alone nor beside what is false.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from psycopg import sql

from placet.domain.policies import DataPolicy
from placet.domain.row_filters import Comparison, RowFilter, kind_of
from placet.emitter.postgres.catalog import ColumnType
from placet.emitter.postgres.columns import NUMBERS
from placet.emitter.postgres.once import Once
from placet.emitter.postgres.people import meets, values_of
from placet.emitter.postgres.sources import Found
from placet.emitter.settings import PostgresSettings

_NOTHING = sql.SQL("false")
_OPERATORS = {
    Comparison.EQUAL: sql.SQL("="),
    Comparison.NOT_EQUAL: sql.SQL("<>"),
    Comparison.LESS: sql.SQL("<"),
    Comparison.AT_MOST: sql.SQL("<="),
    Comparison.GREATER: sql.SQL(">"),
    Comparison.AT_LEAST: sql.SQL(">="),
}


class _Compared(NamedTuple):
    """Which literals the values of a type are compared with, how each is written, and whether attributes name them."""

    kind: type
    value: sql.SQL
    literal: sql.SQL
    named: bool


# Texts go by the numbers of their characters, whatever the order of the column or of the database is.
_TEXT = _Compared(str, sql.SQL('{}::text COLLATE "C"'), sql.SQL("{}::text"), True)
_WHOLE = _Compared(Decimal, sql.SQL("{}::numeric"), sql.SQL("{}::numeric"), True)
_COMPARED = {
    "uuid": _TEXT,
    **dict.fromkeys(NUMBERS, _WHOLE),
    "numeric": _WHOLE._replace(value=sql.SQL("nullif({}::numeric, 'NaN'::numeric)"), named=False),
    "boolean": _Compared(bool, sql.SQL("{}"), sql.SQL("{}::boolean"), True),
    "date": _Compared(date, sql.SQL("{}"), sql.SQL("{}::date"), False),
}


def filter_expressions(settings: PostgresSettings, found: Found, once: Once) -> Iterator[sql.Composable]:
    """What each row filter asks of a row, and of whoever wants to see it."""
    for policy, columns in found.source.filters:
        seen = _seen(settings, found, policy, columns, once)
        if policy.for_everyone_who is not None:
            concerned = once(meets(settings, policy.for_everyone_who))
            yield sql.SQL("(NOT {} OR {})").format(concerned, seen)
        elif policy.everyone_except is not None:
            yield sql.SQL("({} OR {})").format(once(meets(settings, policy.everyone_except)), seen)
        else:
            yield seen


def filter_problems(found: Found) -> Iterator[str]:
    """Row filters that let no row through since a column is gone or of a type that they don't compare with."""
    for policy, columns in found.source.filters:
        shut = f"the data policy `{policy.name}` lets no row through"
        if not columns:
            yield f"{shut}: none of its columns is left"
        for id in sorted(columns):
            name = found.names.get(id)
            if name is None:
                yield f"{shut}: one of its columns is gone"
            elif policy.filter and not _fits(policy.filter, found.types[id]):
                yield f"{shut}: the column `{name}` is of the type `{found.types[id].name}`, which is not compared so"


def _seen(
    settings: PostgresSettings, found: Found, policy: DataPolicy, columns: frozenset[int], once: Once
) -> sql.Composable:
    """Whether a row is let through by a policy, by every column that it looks at."""
    if policy.filter is None or not columns or not columns <= found.names.keys():
        return _NOTHING
    parts = [_lets_through(settings, found, policy.filter, id, once) for id in sorted(columns)]
    return sql.SQL("({})").format(sql.SQL(" AND ").join(parts))


def _lets_through(
    settings: PostgresSettings, found: Found, filter: RowFilter, column: int, once: Once
) -> sql.Composable:
    type_ = found.types[column]
    compared = _compared(type_)
    if compared is None or not _fits(filter, type_):
        return _NOTHING
    value = sql.SQL("source.{}").format(sql.Identifier(found.names[column]))
    if filter.attribute is not None:
        return sql.SQL("{} = ANY ({}::text[])").format(
            _TEXT.value.format(value), once(values_of(settings, filter.attribute))
        )
    literals = [compared.literal.format(sql.Literal(one)) for one in filter.values if kind_of(one) is compared.kind]
    if filter.comparison is Comparison.ONE_OF:
        return sql.SQL("{} IN ({})").format(compared.value.format(value), sql.SQL(", ").join(literals))
    return sql.SQL("{} {} {}").format(compared.value.format(value), _OPERATORS[filter.comparison], literals[0])


def _fits(filter: RowFilter, type_: ColumnType) -> bool:
    """Whether a filter could let some value of a type through."""
    compared = _compared(type_)
    if compared is None:
        return False
    if filter.attribute is not None:
        return compared.named
    return any(kind_of(one) is compared.kind for one in filter.values)


def _compared(type_: ColumnType) -> _Compared | None:
    return _TEXT if type_.category == "S" else _COMPARED.get(type_.name)
