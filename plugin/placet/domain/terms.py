"""How long access lasts: durations, ends and the calendar arithmetic between them, all in UTC."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from placet.domain.errors import Invalid

LARGEST_AMOUNT = 9_999


class Unit(StrEnum):
    """What a duration is counted in."""

    HOURS = "hours"
    DAYS = "days"
    WEEKS = "weeks"
    MONTHS = "months"
    YEARS = "years"


@dataclass(frozen=True)
class Duration:
    """A length of access such as 3 months; it has no fixed number of seconds until it has a start."""

    amount: int
    unit: Unit

    def __post_init__(self) -> None:
        if not 1 <= self.amount <= LARGEST_AMOUNT:
            raise BadTerm(f"a duration of `{self.amount}` {self.unit} is not possible: give 1 to {LARGEST_AMOUNT}")

    @classmethod
    def parse(cls, text: str) -> Duration:
        """Read `30 days`, `1 month`, `2 years`. Raises BadTerm."""
        match = re.fullmatch(r"\s*([0-9]{1,4})\s+([a-z]+)\s*", text.lower())
        unit = match and next((unit for unit in Unit if match[2] in (unit.value, unit.value[:-1])), None)
        if not match or not unit:
            raise BadTerm(f"`{text}` is no duration: write a number and {', '.join(Unit)}, as in `30 days`")
        return cls(int(match[1]), unit)

    def __str__(self) -> str:
        return f"{self.amount} {self.unit.value if self.amount != 1 else self.unit.value[:-1]}"

    def after(self, start: datetime) -> datetime:
        """The instant this duration after `start`; a month on from 31 January is the last day of February."""
        try:
            if self.unit in (Unit.MONTHS, Unit.YEARS):
                return _months_after(start.astimezone(UTC), self.amount * (12 if self.unit is Unit.YEARS else 1))
            return start.astimezone(UTC) + timedelta(**{self.unit.value: self.amount})
        except (OverflowError, ValueError):
            raise BadTerm(f"`{self}` reaches past the calendar: give a shorter duration") from None


def _months_after(start: datetime, months: int) -> datetime:
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return start.replace(year=year, month=month + 1, day=min(start.day, last))


_TICK = timedelta(microseconds=1)


def end_of_day(day: date, zone: str) -> datetime:
    """The instant at which `day` is over in the IANA time zone `zone`, in UTC. Raises BadTerm for an unknown zone.

    Where clocks skip midnight, that is when they do. Where they come to it twice, it is the last time that the day goes
    before it, so that an hour which the clocks repeat belongs to the day it is called by.
    """
    try:
        midnight = datetime.combine(day + timedelta(days=1), time(), tzinfo=ZoneInfo(zone))
        instants = (midnight.replace(fold=fold).astimezone(UTC) for fold in (0, 1))
        return max(one for one in instants if (one - _TICK).astimezone(midnight.tzinfo).date() <= day)
    except (OverflowError, ValueError, OSError, KeyError):
        raise BadTerm(
            f"`{day}` in zone `{zone}` is no date we can use: give a date and a zone as `Europe/Berlin`"
        ) from None


@dataclass(frozen=True)
class Term:
    """What one steward said about the end: nothing (for good), a duration from the start, or an instant."""

    duration: Duration | None = None
    end: datetime | None = None

    def __post_init__(self) -> None:
        if self.duration and self.end:
            raise BadTerm("give either a duration or an end, not both")
        if self.end and self.end.tzinfo is None:
            raise BadTerm(f"the end `{self.end}` has no time zone: write it with one, as in `2027-01-31T12:00:00Z`")

    @property
    def temporary(self) -> bool:
        return bool(self.duration or self.end)

    def ends_at(self, start: datetime) -> datetime | None:
        """The instant access would end if it began at `start`; None is for good."""
        return self.duration.after(start) if self.duration else self.end


FOR_GOOD = Term()


class BadTerm(Invalid):
    """A duration, date or end that can't be used."""

    code = "bad-term"
    title = "This duration or end can't be used"
