"""What people write about an end, as a term."""

from __future__ import annotations

from datetime import UTC, datetime
from datetime import date as day

from placet.domain.terms import FOR_GOOD, BadTerm, Duration, Term, end_of_day


def term_from(duration: str = "", end: str = "", date: str = "", zone: str = "UTC") -> Term:
    """The term out of a duration (`30 days`), an instant (`2027-01-31T12:00:00Z`) or a date in a time zone.

    Nothing given is for good. Raises BadTerm for more than one, and for what can't be read.
    """
    given = [text for text in (duration, end, date) if text]
    if len(given) > 1:
        raise BadTerm("give one of a duration, an end and a date")
    if duration:
        return Term(duration=Duration.parse(duration))
    if end:
        return Term(end=instant(end))
    return Term(end=end_of_day(date_of(date), zone)) if date else FOR_GOOD


def instant(text: str) -> datetime:
    """An instant with its zone. Raises BadTerm."""
    try:
        read = datetime.fromisoformat(text)
        in_utc = read.astimezone(UTC)
    except (ValueError, OverflowError):
        raise BadTerm(f"`{text}` is no instant: write it as `2027-01-31T12:00:00Z`") from None
    if read.tzinfo is None:
        raise BadTerm(f"`{text}` has no time zone: write it as `2027-01-31T12:00:00Z`")
    return in_utc


def date_of(text: str) -> day:
    try:
        return day.fromisoformat(text)
    except ValueError:
        raise BadTerm(f"`{text}` is no date: write it as `2027-01-31`") from None
