"""Durations, ends and the calendar between them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given, settings
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


@pytest.mark.requirement("R7", clause="end as a date")
@pytest.mark.parametrize(
    ("day", "zone", "end"),
    [
        ("2026-03-29", "Europe/Berlin", "2026-03-29T22:00"),  # a day of 23 hours
        ("2026-10-25", "Europe/Berlin", "2026-10-25T23:00"),  # a day of 25 hours
        ("2028-02-28", "UTC", "2028-02-29T00:00"),
        ("2028-02-29", "UTC", "2028-03-01T00:00"),
        ("2026-12-31", "Asia/Tokyo", "2026-12-31T15:00"),
        ("2018-11-03", "America/Sao_Paulo", "2018-11-04T03:00"),  # 00:00 does not exist: clocks go on to 01:00
        ("2023-04-27", "Africa/Cairo", "2023-04-27T22:00"),  # the same
        ("2018-02-17", "America/Sao_Paulo", "2018-02-18T03:00"),  # its last hour exists twice
        ("2026-10-24", "Atlantic/Azores", "2026-10-25T00:00"),  # 00:00 exists twice, both of the day after
        ("2026-10-31", "America/Havana", "2026-11-01T04:00"),  # the same
        ("2010-11-06", "America/St_Johns", "2010-11-07T03:30"),  # back from 00:01 to 23:01 of the day itself
        ("2011-12-29", "Pacific/Apia", "2011-12-30T10:00"),  # the day after does not exist
        ("2011-12-30", "Pacific/Apia", "2011-12-30T10:00"),
    ],
)
def test_a_day_ends_when_it_is_over_however_clocks_change(day: str, zone: str, end: str) -> None:
    assert end_of_day(date.fromisoformat(day), zone) == datetime.fromisoformat(end + "+00:00")


ZONES = sorted(available_timezones() - {"localtime", "Factory"})
moments = st.integers(0, 7 * 10**9).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))
moments_anywhere = st.builds(lambda at, zone: at.astimezone(ZoneInfo(zone)), moments, st.sampled_from(ZONES))


@settings(deadline=None)
@given(st.dates(date(1970, 1, 2), date(2100, 1, 1)), st.sampled_from(ZONES))
def test_no_day_goes_on_after_its_end_and_none_ends_before_its_last_moment(day: date, zone: str) -> None:
    end = end_of_day(day, zone)
    tick, there = timedelta(microseconds=1), ZoneInfo(zone)
    assert (end - tick).astimezone(there).date() <= day < end.astimezone(there).date()
    assert all((end + timedelta(minutes=15 * step)).astimezone(there).date() > day for step in range(100))
    assert end_of_day(day - timedelta(days=1), zone) <= end


@given(moments, st.integers(1, 600))
@pytest.mark.requirement("R7", clause="last day of the month")
def test_months_end_on_the_same_day_or_on_the_last_there_is(start: datetime, months: int) -> None:
    end = Duration(months, Unit.MONTHS).after(start)
    assert (end.year * 12 + end.month) - (start.year * 12 + start.month) == months
    assert end.timetz() == start.timetz()
    assert end.day == start.day or (end.day < start.day and (end + timedelta(days=1)).day == 1)
    if months % 12 == 0:
        assert Duration(months // 12, Unit.YEARS).after(start) == end


@settings(deadline=None)
@given(moments_anywhere, st.integers(1, 48))
@pytest.mark.requirement("R7", clause="calendar in UTC")
def test_a_duration_is_as_long_whatever_clocks_do_where_it_was_given(start: datetime, amount: int) -> None:
    for unit, hours in ((Unit.HOURS, 1), (Unit.DAYS, 24), (Unit.WEEKS, 7 * 24)):
        assert Duration(amount, unit).after(start) - start.astimezone(UTC) == timedelta(hours=hours * amount)
    for unit in Unit:
        assert Duration(amount, unit).after(start) == Duration(amount, unit).after(start.astimezone(UTC))


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
