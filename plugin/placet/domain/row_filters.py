"""Row filters: which rows of a data source someone sees, by what stands in one column of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from operator import eq, ge, gt, le, lt, ne
from typing import Any

from placet.domain.errors import Invalid
from placet.domain.people import LONGEST_WORD

MOST_VALUES = 100
MOST_DIGITS = 15
"""Digits of a number; so many are the same wherever numbers are kept with a floating point."""

Literal = str | Decimal | bool | date
"""Texts are compared by the numbers of their characters, and never with numbers."""


class BadFilter(Invalid):
    """A row filter that can't be as it is described."""

    code = "bad-row-filter"
    title = "The row filter is not valid"


class Comparison(StrEnum):
    """How the value in a row stands to the literals; `in` is for several, or for an attribute."""

    EQUAL = "="
    NOT_EQUAL = "!="
    LESS = "<"
    AT_MOST = "<="
    GREATER = ">"
    AT_LEAST = ">="
    ONE_OF = "in"


@dataclass(frozen=True)
class RowFilter:
    """Lets the rows through whose column compares so with `values`, or is among the person's values of an `attribute`.

    A row without a value in the column is let through by none, nor is one whose value is of another type. Attributes
    hold texts: a text is found by itself, a whole number by its digits, yes and no by `true` and `false`.
    """

    comparison: Comparison
    values: tuple[Literal, ...] = ()
    attribute: str | None = None

    def __str__(self) -> str:
        if self.attribute is not None:
            return f"among the values of {self.attribute}"
        told = [f"`{_shown(value)}`" for value in self.values]
        return f"{self.comparison} {', '.join(told)}" if self.comparison is not Comparison.ONE_OF else " or ".join(told)

    @property
    def problem(self) -> str:
        """Why this can't filter anything, in words, or nothing where it can."""
        if self.attribute is not None:
            return self._bad_attribute()
        if not self.values or (len(self.values) > 1 and self.comparison is not Comparison.ONE_OF):
            return f"`{self.comparison}` compares with one value, and `in` with one of several: give them in `values`"
        if len(self.values) > MOST_VALUES:
            return f"a row filter names {MOST_VALUES} values at most: give people an attribute instead"
        return next(filter(None, map(_bad_literal, self.values)), "")

    def _bad_attribute(self) -> str:
        if self.values or self.comparison is not Comparison.ONE_OF:
            return "an attribute is compared by `in`, and needs no `values`"
        if not 1 <= len(self.attribute or "") <= LONGEST_WORD or "\0" in (self.attribute or ""):
            return f"an attribute has a name of 1 to {LONGEST_WORD} characters"
        return ""


def lets_through(filter: RowFilter, value: object, attributes: Mapping[str, frozenset[str]]) -> bool:
    """Whether a row with this value in the column is seen by someone with these attributes."""
    if filter.attribute is not None:
        return as_text(value) in attributes.get(filter.attribute, frozenset())
    if filter.comparison is Comparison.ONE_OF:
        return any(_compares(eq, value, literal) for literal in filter.values)
    return _compares(_OPERATORS[filter.comparison], value, filter.values[0])


def as_text(value: object) -> str | None:
    """What a value is in an attribute, or None where none can name it."""
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            return value
        case int():
            return str(value)
    return None


_OPERATORS: Mapping[Comparison, Callable[[Any, Any], bool]] = {
    Comparison.EQUAL: eq,
    Comparison.NOT_EQUAL: ne,
    Comparison.LESS: lt,
    Comparison.AT_MOST: le,
    Comparison.GREATER: gt,
    Comparison.AT_LEAST: ge,
}


def _compares(operator: Callable[[Any, Any], bool], value: object, literal: Literal) -> bool:
    return kind_of(value) is kind_of(literal) is not None and operator(value, literal)


def kind_of(value: object) -> type | None:
    """Which literals a value can be compared with; None for one that none can."""
    match value:
        case bool():
            return bool
        case Decimal() if value.is_nan():
            return None
        case int() | Decimal():
            return Decimal
        case str():
            return str
        case date() if type(value) is date:
            return date
    return None


def _shown(value: Literal) -> str:
    return ("true" if value else "false") if isinstance(value, bool) else str(value)


def _bad_literal(value: Literal) -> str:
    match value:
        case str() if len(value) > LONGEST_WORD or any(one == "\0" or "\ud800" <= one <= "\udfff" for one in value):
            return (
                f"`{value[:40]!a}` can't be compared with: a text has up to {LONGEST_WORD} characters that can be kept"
            )
        case Decimal() if not value.is_finite() or len(value.as_tuple().digits) > MOST_DIGITS or _far(value):
            return f"`{str(value)[:40]}` can't be compared with: a number has up to {MOST_DIGITS} digits"
    return ""


def _far(value: Decimal) -> bool:
    exponent = value.as_tuple().exponent
    return not isinstance(exponent, int) or not -MOST_DIGITS <= exponent <= MOST_DIGITS


def to_json(filter: RowFilter) -> dict[str, object]:
    """A row filter as JSON holds it: `{"in": {"attribute": "region"}}`, `{"=": "EU"}`, `{"in": ["EU", "US"]}`."""
    if filter.attribute is not None:
        return {filter.comparison.value: {"attribute": filter.attribute}}
    values = [_literal_to_json(value) for value in filter.values]
    return {filter.comparison.value: values if filter.comparison is Comparison.ONE_OF else values[0]}


def _literal_to_json(value: Literal) -> object:
    match value:
        case Decimal():
            return int(value) if value == value.to_integral_value() else float(value)
        case date():
            return {"date": value.isoformat()}
    return value


def from_json(given: object) -> RowFilter:
    """The row filter that JSON describes. Raises BadFilter, naming what is wrong."""
    if not isinstance(given, dict) or len(given) != 1 or next(iter(given)) not in list(Comparison):
        raise BadFilter(f"a row filter is an object with one of {', '.join(f'`{one}`' for one in Comparison)}")
    word, value = next(iter(given.items()))
    found = _read(Comparison(word), value)
    if found.problem:
        raise BadFilter(f"rows can't be filtered so: {found.problem}")
    return found


def _read(comparison: Comparison, given: object) -> RowFilter:
    match given:
        case {"attribute": str(key), **others} if not others:
            return RowFilter(comparison, attribute=key)
        case list() if comparison is Comparison.ONE_OF:
            return RowFilter(comparison, _literals(given))
    return RowFilter(comparison, _literals([given]))


def _literals(given: Sequence[object]) -> tuple[Literal, ...]:
    return tuple(map(_literal, given[: MOST_VALUES + 1]))


def _literal(given: object) -> Literal:
    match given:
        case bool() | str():
            return given
        case int() | float():
            return Decimal(str(given))
        case {"date": str(day), **others} if not others:
            try:
                return date.fromisoformat(day)
            except ValueError:
                raise BadFilter(f"`{day[:40]}` is no date: write it as 2026-01-31") from None
    raise BadFilter('a value is a text, a number, true or false, or a date as `{"date": "2026-01-31"}`')
