"""Masks and row filters in Trino's SQL, each exact or refused.

By Trino's documented meaning: its functions have been read, and nothing here has been run on a Trino server.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from placet.domain.masks import Mask, MaskKind
from placet.domain.policies import DataPolicy
from placet.domain.row_filters import Comparison, Literal, RowFilter, kind_of
from placet.emitter.masked import FITS, HIDDEN, Family
from placet.emitter.policy import Filter, TargetColumn, TargetSource
from placet.emitter.rego.facts import Plain
from placet.emitter.rego.policy import Sql

MOST_DIGITS = 38
"""Digits of Trino's widest decimal."""

NOTHING = "NULL"
NO_ROW = "false"

_PLAIN = re.compile(r"[a-z_][a-z0-9_]*")
_WHOLE = ("tinyint", "smallint", "integer", "bigint")
_FORM = re.compile(r"(?P<name>[a-z]+(?: [a-z]+)*)(?:\((?P<first>\d+)(?:, ?(?P<second>\d+))?\))?")


@dataclass(frozen=True)
class TrinoType:
    """A type of Trino: `length` of a varchar that has one, `digits` and `scale` of a number that is kept exactly."""

    name: str
    length: int | None = None
    digits: int = 0
    scale: int = 0

    @property
    def family(self) -> Family:
        if self.name == "varchar":
            return Family.TEXT
        return Family.NUMBER if self.digits else Family.OTHER

    @property
    def kind(self) -> type | None:
        """Which literals its values are compared with."""
        return {"varchar": str, "boolean": bool, "date": date}.get(self.name, Decimal if self.digits else None)


def trino_type(text: str) -> TrinoType | None:
    """The type that is called so, or None where it is unknown, or keeps values only nearly."""
    found = _FORM.fullmatch(text.strip().lower())
    if found is None:
        return None
    name, first, second = found["name"], found["first"], found["second"]
    if name == "varchar" and second is None:
        return TrinoType(name, int(first) if first else None)
    if name == "decimal" and first:
        return TrinoType(name, digits=int(first), scale=int(second or 0))
    if first is None and name in _WHOLE:
        return TrinoType(name, digits=19)
    return TrinoType(name) if name in _OTHERS else None


_OTHERS = ("boolean", "date", "varbinary", "uuid", "json", "ipaddress", "timestamp", "time", "timestamp with time zone")


class Inexact(Exception):
    """Trino can't say this exactly; the message says what."""


class TrinoSql(Sql):
    """Adds to each mask and filter what Trino evaluates. Raises Inexact."""

    def mask(self, column: TargetColumn, policy: DataPolicy) -> Plain:
        assert policy.mask
        return {"sql": mask_sql(policy.mask, column)}

    def filter(self, source: TargetSource, filter: Filter) -> Plain:
        policy, ids = filter
        assert policy.filter
        columns = [column for column in source.columns if column.id in ids]
        if not columns:
            return {"sql": [NO_ROW]}
        if policy.filter.attribute is None:
            return {"sql": [filter_sql(policy.filter, column) for column in columns]}
        places = [attribute_sql(column) for column in columns]
        return {"sql": [NO_ROW]} if None in places else {"places": places}


def refusals(source: TargetSource) -> Iterator[str]:
    """Why a source can't be shared through Trino, each in words."""
    names = (source.schema, source.name, *(column.name for column in source.columns))
    yield from (f"`{name}` is not in lower case, as all names in Trino are" for name in names if name != name.lower())
    sql = TrinoSql()
    for column in source.columns:
        for policy in column.masks:
            yield from _refused(lambda column=column, policy=policy: sql.mask(column, policy), policy)  # type: ignore[misc]
    for filter in source.filters:
        yield from _refused(lambda filter=filter: sql.filter(source, filter), filter[0])  # type: ignore[misc]


def _refused(compile: Callable[[], object], policy: DataPolicy) -> Iterator[str]:
    try:
        compile()
    except Inexact as error:
        yield f"the data policy `{policy.name}` can't be exact in Trino: {error}"


def identifier(name: str) -> str:
    """A name as Trino's SQL takes it."""
    escaped = name.replace('"', '""')
    return f'"{escaped}"'


def plain(name: str) -> str:
    """A name as people write it in a query: quoted only where it has to be."""
    return name if _PLAIN.fullmatch(name) else identifier(name)


def text(value: str) -> str:
    """A text as Trino's SQL takes it."""
    escaped = value.replace("'", "''")
    return f"'{escaped}'"


def mask_sql(mask: Mask, column: TargetColumn) -> str:
    """What Trino shows in place of a column. Raises Inexact."""
    if mask.kind is MaskKind.NULL:
        return NOTHING
    type = _type(column)
    return _MASKS[mask.kind](mask, identifier(column.name), type) if FITS[mask.kind] is type.family else NOTHING


def _type(column: TargetColumn) -> TrinoType:
    if found := trino_type(column.type):
        return found
    raise Inexact(f"values of the type `{column.type}` of `{column.name}` are not compared or changed exactly")


def _constant(mask: Mask, _: str, type: TrinoType) -> str:
    assert mask.text is not None
    _refuse_longer(len(mask.text), type)
    return _sized(text(mask.text), type)


def _hashed(_: Mask, __: str, ___: TrinoType) -> str:
    raise Inexact("whoever queries could read the key of the hash in the plan of their query")


def _partial(mask: Mask, name: str, type: TrinoType) -> str:
    first, last = mask.first or 0, mask.last or 0
    longer = type.length is None or type.length > first + last
    _refuse_longer(len(HIDDEN) + (first + last if longer else 0), type)
    ends = f"substr({name}, 1, {first}) || {text(HIDDEN)} || substr({name}, length({name}) - {last} + 1)"
    return _sized(f"CASE WHEN length({name}) <= {first + last} THEN {text(HIDDEN)} ELSE {ends} END", type)


def _rounded(mask: Mask, name: str, type: TrinoType) -> str:
    """A number that its own type can't hold once it is rounded shows nothing."""
    places = mask.places or 0
    if places >= type.scale:
        return name
    if type.scale - places >= MOST_DIGITS:
        raise Inexact(f"a decimal with {type.scale} places is not rounded to {places}")
    declared = type.name if type.name != "decimal" else f"decimal({type.digits}, {type.scale})"
    return f"TRY(CAST(round(CAST({name} AS decimal({MOST_DIGITS}, {type.scale})), {places}) AS {declared}))"


_MASKS: Mapping[MaskKind, Callable[[Mask, str, TrinoType], str]] = {
    MaskKind.CONSTANT: _constant,
    MaskKind.HASH: _hashed,
    MaskKind.PARTIAL: _partial,
    MaskKind.ROUNDING: _rounded,
}


def _refuse_longer(longest: int, type: TrinoType) -> None:
    if type.length is not None and longest > type.length:
        raise Inexact(f"what is shown has up to {longest} characters, and the column {type.length}")


def _sized(expression: str, type: TrinoType) -> str:
    """An expression of the column's own type, which Trino insists on."""
    return f"CAST({expression} AS varchar{'' if type.length is None else f'({type.length})'})"


def filter_sql(filter: RowFilter, column: TargetColumn) -> str:
    """The rows that a filter with literals lets through, by one column. Raises Inexact."""
    type, name = _type(column), identifier(column.name)
    fitting = [value for value in filter.values if kind_of(value) is type.kind is not None]
    if not fitting:
        return NO_ROW
    literals = [_literal(value, type) for value in fitting]
    if filter.comparison is Comparison.ONE_OF:
        return f"{name} IN ({', '.join(literals)})"
    sign = "<>" if filter.comparison is Comparison.NOT_EQUAL else filter.comparison.value
    return f"{name} {sign} {literals[0]}"


def _literal(value: Literal, type: TrinoType) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            return text(value)
        case Decimal():
            return _number(value, type)
    return f"DATE '{value.isoformat()}'"


def _number(value: Decimal, type: TrinoType) -> str:
    """A number that has a type in common with the column's, in which both are exact."""
    shown = f"{value:f}"
    whole, _, fraction = shown.lstrip("-").partition(".")
    if max(len(whole), type.digits - type.scale) + max(len(fraction), type.scale) > MOST_DIGITS:
        raise Inexact(f"`{shown}` and the column have no decimal in common")
    return f"DECIMAL '{shown}'"


def attribute_sql(column: TargetColumn) -> str | None:
    """A column as it stands among the values of an attribute, or None where no value of it can. Raises Inexact."""
    type, name = _type(column), identifier(column.name)
    if type.name == "varchar":
        return name
    return f"CAST({name} AS varchar)" if type.name in (*_WHOLE, "boolean") else None
