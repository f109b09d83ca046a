"""Durations, ends and the calendar between them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from placet.domain.terms import BadTerm, Duration, Term, Unit, end_of_day
from placet.service.terms import term_from

NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)


@pytest.mark.requirement("R7", clause="duration units")
@pytest.mark.parametrize(
    ("text", "end"),
    [
        ("1 hour", "2026-01-31T13:00"),
        ("36 hours", "2026-02-02T00:00"),
        ("1 day", "2026-02-01T12:00"),
        ("2 weeks", "2026-02-14T12:00"),
        ("3 months", "2026-04-30T12:00"),
        ("1 year", "2027-01-31T12:00"),
    ],
)
def test_a_duration_counts_hours_days_weeks_months_or_years(text: str, end: str) -> None:
    assert Duration.parse(text).after(NOON) == datetime.fromisoformat(end + "+00:00")


@pytest.mark.requirement("R7", clause="last day of the month")
@pytest.mark.parametrize(
    ("start", "text", "end"),
    [
        ("2026-01-31", "1 month", "2026-02-28"),
        ("2028-01-31", "1 month", "2028-02-29"),
        ("2026-03-31", "1 month", "2026-04-30"),
        ("2028-02-29", "1 year", "2029-02-28"),
        ("2026-12-31", "2 months", "2027-02-28"),
        ("2026-01-30", "1 month", "2026-02-28"),
    ],
)
def test_a_month_has_no_more_days_than_it_has(start: str, text: str, end: str) -> None:
    began = datetime.fromisoformat(start + "T23:59:59+00:00")
    assert Duration.parse(text).after(began) == datetime.fromisoformat(end + "T23:59:59+00:00")


@pytest.mark.requirement("R7", clause="calendar in UTC")
def test_months_are_counted_on_the_calendar_of_utc() -> None:
    still_january_there = datetime(2026, 1, 31, 20, tzinfo=timezone(timedelta(hours=-8)))
    assert Duration.parse("1 month").after(still_january_there) == datetime(2026, 3, 1, 4, tzinfo=UTC)


@given(st.integers(1, 9_999), st.sampled_from(list(Unit)))
def test_what_is_written_is_read_again(amount: int, unit: Unit) -> None:
    made = Duration(amount, unit)
    assert Duration.parse(str(made)) == made


@given(st.integers(1, 48), st.sampled_from(list(Unit)), st.integers(0, 4 * 10**9))
def test_a_longer_duration_never_ends_earlier(amount: int, unit: Unit, start: int) -> None:
    aware = datetime.fromtimestamp(start, UTC)
    assert aware < Duration(amount, unit).after(aware) <= Duration(amount + 1, unit).after(aware)


@pytest.mark.parametrize(
    "text", ["", "soon", "0 days", "-1 days", "1.5 days", "1 fortnight", "10000 days", "1 day 2 hours", "١ day", "1day"]
)
def test_what_is_no_duration_is_refused_with_how_to_write_one(text: str) -> None:
    with pytest.raises(BadTerm):
        Duration.parse(text)


def test_a_duration_past_the_calendar_is_refused() -> None:
    with pytest.raises(BadTerm, match="calendar"):
        Duration.parse("9999 years").after(NOON)


@pytest.mark.requirement("R7", clause="end as a date")
@pytest.mark.parametrize(
    ("zone", "end"),
    [
        ("UTC", "2026-08-01T00:00+00:00"),
        ("Europe/Berlin", "2026-07-31T22:00+00:00"),
        ("America/Los_Angeles", "2026-08-01T07:00+00:00"),
        ("Asia/Kolkata", "2026-07-31T18:30+00:00"),
    ],
)
def test_a_date_ends_with_its_day_in_the_zone_of_the_chooser(zone: str, end: str) -> None:
    assert end_of_day(date(2026, 7, 31), zone) == datetime.fromisoformat(end)
    assert term_from(date="2026-07-31", zone=zone) == Term(end=datetime.fromisoformat(end))


def test_the_day_of_a_change_of_clocks_ends_at_midnight_too() -> None:
    assert end_of_day(date(2026, 3, 29), "Europe/Berlin") == datetime(2026, 3, 29, 22, tzinfo=UTC)


@pytest.mark.requirement("R7", clause="instants in UTC")
@pytest.mark.requirement("R7", clause="end as an instant")
def test_an_instant_is_kept_in_utc_in_whatever_zone_it_was_given() -> None:
    end = term_from(end="2027-01-31T12:00:00+02:00").end
    assert end
    assert (end.isoformat(), end.tzinfo) == ("2027-01-31T10:00:00+00:00", UTC)


@pytest.mark.parametrize(
    "given_term",
    [
        {"duration": "1 day", "end": "2027-01-31T12:00:00Z"},
        {"end": "2027-01-31T12:00:00Z", "date": "2027-01-31"},
        {"end": "2027-01-31T12:00:00"},
        {"end": "tomorrow"},
        {"date": "31.1.2027"},
        {"date": "2027-02-30"},
        {"date": "2027-01-31", "zone": "Europe/Nowhere"},
        {"date": "2027-01-31", "zone": "../../etc/passwd"},
        {"date": "9999-12-31", "zone": "UTC"},
    ],
)
def test_an_end_that_can_not_be_read_is_refused(given_term: dict[str, str]) -> None:
    with pytest.raises(BadTerm):
        term_from(**given_term)


def test_nothing_given_is_for_good() -> None:
    assert not term_from().temporary
    assert term_from().ends_at(NOON) is None


def test_a_term_is_a_duration_or_an_end() -> None:
    with pytest.raises(BadTerm):
        Term(Duration.parse("1 day"), NOON)
    with pytest.raises(BadTerm):
        Term(end=datetime(2027, 1, 31))  # noqa: DTZ001 - that is what is refused
