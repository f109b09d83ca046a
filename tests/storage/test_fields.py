"""The same values go in and come out on both databases."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as some

from placet.storage import Notification, Store
from placet.storage.fields import EPOCH, BadText, microseconds, to_json
from tests.storage.world import NOW

ON_BOTH = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
ZONES = some.integers(-23 * 60, 23 * 60).map(lambda offset: timezone(timedelta(minutes=offset)))
FIRST, LAST = datetime(2, 1, 1), datetime(9998, 12, 31)  # noqa: DTZ001 - Hypothesis adds the zone
INSTANTS = some.datetimes(FIRST, LAST, timezones=ZONES)
TEXTS = some.text(some.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=300)


def told(store: Store, *said: tuple[str, datetime]) -> tuple[Notification, ...]:
    """Tell someone new some messages at some instants, and read what they were told, the newest first."""
    person = str(uuid.uuid4())
    with store.writing() as session:
        session.notifications.add_all(
            Notification(str(uuid.uuid4()), person, "t", message, at, "s") for message, at in said
        )
    with store.reading() as session:
        return session.notifications.of(person, limit=500).items


@ON_BOTH
@given(at=INSTANTS)
@example(at=EPOCH - timedelta(microseconds=1))
@example(at=datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC))
def test_an_instant_comes_back_as_the_same_microsecond_in_utc(store: Store, at: datetime) -> None:
    [kept] = told(store, ("m", at))
    assert kept.at == at
    assert kept.at.tzinfo is UTC


@ON_BOTH
@given(instants=some.lists(INSTANTS, min_size=2, max_size=8, unique=True))
def test_instants_sort_as_time_goes(store: Store, instants: list[datetime]) -> None:
    kept = told(store, *(("m", at) for at in instants))
    assert [one.at for one in kept] == sorted(instants, reverse=True)


def test_a_time_without_a_zone_is_refused(store: Store) -> None:
    with pytest.raises(ValueError, match="has no zone"):
        told(store, ("m", NOW.replace(tzinfo=None)))


def test_a_time_without_a_zone_is_refused_in_a_question_too(store: Store) -> None:
    with store.reading() as session, pytest.raises(ValueError, match="has no zone"):
        session.outbox.due(NOW.replace(tzinfo=None))


@given(one=INSTANTS, other=INSTANTS)
def test_microseconds_keep_the_order_and_the_distance(one: datetime, other: datetime) -> None:
    assert (microseconds(one) < microseconds(other)) == (one < other)
    assert timedelta(microseconds=microseconds(one) - microseconds(other)) == one - other


@ON_BOTH
@given(message=TEXTS)
@example(message="quotes ' \" ` % %s ? \\ ; -- \u2028 ß ẞ İ é e\u0301 \U0001f600")
@example(message=" leading and trailing \n")
def test_text_comes_back_letter_by_letter(store: Store, message: str) -> None:
    [kept] = told(store, (message, NOW))
    assert kept.message == message


@pytest.mark.parametrize("text", ["a\x00b", "half \ud800 of a pair"])
def test_text_that_one_database_would_refuse_is_refused_on_both(store: Store, text: str) -> None:
    with pytest.raises(BadText, match="can't be stored"):
        told(store, (text, NOW))


@pytest.mark.parametrize("text", ["a\x00b", "half \ud800 of a pair"])
def test_a_question_with_such_text_is_refused_too(store: Store, text: str) -> None:
    with store.reading() as session, pytest.raises(BadText):
        session.people.person(text)


def test_json_is_the_same_text_for_the_same_value() -> None:
    assert to_json({"b": [1, "ä\n"], "a": None}) == to_json({"a": None, "b": [1, "ä\n"]}) == '{"a":null,"b":[1,"ä\\n"]}'


@pytest.mark.parametrize("value", [float("nan"), float("inf"), object()])
def test_what_json_can_not_hold_is_refused(value: object) -> None:
    with pytest.raises((ValueError, TypeError)):
        to_json({"a": value})
