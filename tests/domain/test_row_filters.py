"""Row filters: what lets a row through, and what can't be a filter."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import pytest

from placet.domain.row_filters import BadFilter, Comparison, RowFilter, from_json, lets_through, to_json

MINE = {"region": frozenset({"EU", "7", "true"})}
NAMED = RowFilter(Comparison.ONE_OF, attribute="region")


def compared(comparison: str, *values: str | Decimal | bool | date) -> RowFilter:
    return RowFilter(Comparison(comparison), values)


CASES = [
    (compared("=", "EU"), "EU", True),
    (compared("=", "EU"), "eu", False),
    (compared("!=", "EU"), "US", True),
    (compared("!=", "EU"), None, False),
    (compared("<", "b"), "a", True),
    (compared("<", "b"), "B", True),
    (compared("<", "Z"), "a", False),
    (compared("<", "\uffff"), "\U00010000", False),
    (compared("<=", Decimal(5)), 5, True),
    (compared("<", Decimal(5)), 5, False),
    (compared(">", Decimal("4.5")), 5, True),
    (compared(">=", Decimal("4.5")), Decimal("4.50"), True),
    (compared("=", Decimal(5)), "5", False),
    (compared("!=", Decimal(5)), Decimal("NaN"), False),
    (compared("<", Decimal(5)), Decimal("NaN"), False),
    (compared("=", "5"), 5, False),
    (compared("=", True), 1, False),
    (compared("=", Decimal(1)), True, False),
    (compared("=", True), True, True),
    (compared("<", date(2026, 2, 1)), date(2026, 1, 31), True),
    (compared("=", date(2026, 1, 31)), datetime(2026, 1, 31), False),  # noqa: DTZ001 - no instant, and not compared
    (compared("in", "EU", Decimal(7)), 7, True),
    (compared("in", "EU", "US"), "ASIA", False),
    (compared("in", "EU"), None, False),
    (NAMED, "EU", True),
    (NAMED, "US", False),
    (NAMED, 7, True),
    (NAMED, True, True),
    (NAMED, False, False),
    (NAMED, None, False),
    (NAMED, Decimal(7), False),
    (RowFilter(Comparison.ONE_OF, attribute="unknown"), "EU", False),
]


@pytest.mark.parametrize(("filter", "value", "seen"), CASES, ids=lambda one: str(one)[:40])
def test_a_row_is_let_through_by_what_stands_in_its_column(filter: RowFilter, value: object, seen: bool) -> None:
    assert lets_through(filter, value, MINE) is seen


@pytest.mark.parametrize("filter", [case[0] for case in CASES], ids=str)
def test_a_filter_comes_back_from_json_as_it_was(filter: RowFilter) -> None:
    assert from_json(to_json(filter)) == filter
    assert not filter.problem


def test_a_filter_says_in_words_what_it_does() -> None:
    told = {str(compared("=", "EU")), str(compared("in", "EU", True)), str(NAMED)}
    assert told == {"= `EU`", "`EU` or `true`", "among the values of region"}


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (None, "an object with one of"),
        ({"like": "x"}, "an object with one of"),
        ({"=": "a", "!=": "b"}, "an object with one of"),
        ({"=": ["a", "b"]}, "a value is a text"),
        ({"in": []}, "with one of several"),
        ({"in": ["x"] * 101}, "100 values at most"),
        ({"=": {"attribute": "region"}}, "compared by `in`"),
        ({"in": {"attribute": ""}}, "a name of 1 to 255"),
        ({"in": {"attribute": "a\0b"}}, "a name of 1 to 255"),
        ({"=": {"date": "31.1.2026"}}, "no date"),
        ({"=": {"date": "2026-01-31", "x": 1}}, "a value is a text"),
        ({"=": "x" * 256}, "up to 255 characters"),
        ({"=": "\0"}, "up to 255 characters"),
        ({"=": "\ud800"}, "up to 255 characters"),
        ({"=": 1234567890123456}, "up to 15 digits"),
        ({"=": float("inf")}, "up to 15 digits"),
        ({"=": 1e30}, "up to 15 digits"),
        ({"=": None}, "a value is a text"),
    ],
    ids=lambda one: str(one)[:30].encode("ascii", "replace").decode(),
)
def test_what_can_not_be_a_filter_is_refused_with_the_reason(given: object, told: str) -> None:
    with pytest.raises(BadFilter, match=told):
        from_json(given)
