"""Values as packs write them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from placet.engine.values import literal, named, nearest, seconds

LITERALS = [
    ("yes", "flag", 1),
    ("true", "flag", 1),
    ("True", "flag", 1),
    ("no", "flag", 0),
    ("false", "flag", 0),
    ("0", "number", 0),
    ("-7", "number", -7),
    ("007", "number", 7),
    (str(2**53 - 1), "number", 2**53 - 1),
    (str(1 - 2**53), "number", 1 - 2**53),
    ("1 second", "duration", 1),
    ("90 minutes", "duration", 5400),
    ("2 hours", "duration", 7200),
    ("1 day", "duration", 86400),
    ("2 weeks", "duration", 1209600),
    ("999999 days", "duration", 86399913600),
    ("1970-01-01", "instant", 0),
    ("1970-01-02T00:00:01", "instant", 86401),
    ("1969-12-31T23:59:59", "instant", -1),
    ("1970-01-01T00:00+01:00", "instant", -3600),
    ("1970-01-01T00:00:00.999", "instant", 0),
    ("1970-01-01T00:00:00Z", "instant", 0),
    ("finance", "source", "finance"),
    ("hr.payroll/2026:a_b@c-d", "source", "hr.payroll/2026:a_b@c-d"),
    ("n" * 255, "source", "n" * 255),
    ("b", ("a", "b"), "b"),
]


@pytest.mark.parametrize(("text", "kind", "value"), LITERALS)
def test_a_literal_is_what_its_type_says(text: str, kind: str | tuple[str, ...], value: object) -> None:
    made = literal(text, kind)
    assert made == value
    assert type(made) is type(value)


BAD = [
    ("on", "flag"),
    ("1", "flag"),
    ("1.0", "number"),
    ("1_000", "number"),
    ("+1", "number"),
    ("", "number"),
    (str(2**53), "number"),
    ("9" * 5000, "number"),
    ("days", "duration"),
    ("1000000 days", "duration"),
    ("1 fortnight", "duration"),
    ("-1 days", "duration"),
    ("1.5 days", "duration"),
    ("2026-13-01", "instant"),
    ("soon", "instant"),
    ("12:00", "instant"),
    ("fin ance", "source"),
    ("", "source"),
    ("-finance", "source"),
    ("n" * 256, "source"),
    ("c", ("a", "b")),
]


@pytest.mark.parametrize(("text", "kind"), BAD)
def test_what_is_no_literal_of_its_type_is_refused(text: str, kind: str | tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="is not"):
        literal(text, kind)


def test_types_are_named_as_people_name_them() -> None:
    assert [named(kind) for kind in ("number", "instant", ("any", "all"))] == [
        "a number",
        "an instant",
        "one of any, all",
    ]


def test_the_nearest_word_is_one_that_looks_like_it() -> None:
    assert nearest("qorum", ["source", "quorum"]) == "; did you mean `quorum`?"
    assert nearest("zebra", ["source", "quorum"]) == ""


def test_seconds_are_cut_and_not_rounded() -> None:
    assert seconds(datetime(1970, 1, 1, 0, 0, 1, 999_999, tzinfo=UTC)) == 1
    assert seconds(datetime(1969, 12, 31, 23, 59, 59, 1, tzinfo=UTC)) == -1
