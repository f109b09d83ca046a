"""What people are to be reminded of, and when: the end of a grant, and a request that waits for its stewards."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

WAITING = "waiting"
"""What the reminder of a pending request is called; those of a grant are called as the expiry pack calls them."""


class About(StrEnum):
    """What a reminder is about."""

    REQUEST = "request"
    GRANT = "grant"


@dataclass(frozen=True)
class Reminder:
    """That people are told of a request or grant at an instant; where `every` says so, again and again.

    `name` tells apart what one subject has: `week` and `day` before the end of a grant.
    """

    about: About
    subject: str
    name: str
    due: datetime
    every: timedelta | None = None

    def after(self, now: datetime) -> Reminder | None:
        """The same one as it is due next after `now`, however many were missed by then; None where it was the last."""
        if not self.every or self.every < timedelta(0):
            return None
        missed = max((now - self.due) // self.every, 0)
        try:
            return replace(self, due=self.due + self.every * (missed + 1))
        except OverflowError:
            return None


@dataclass(frozen=True)
class Rhythm:
    """From when on, and how often, the stewards of a pending request are reminded."""

    begins: datetime
    every: timedelta


def of_grant(grant: str, ahead: Mapping[str, datetime]) -> tuple[Reminder, ...]:
    """The reminders of the end of a grant; `ahead` has their instants by their names."""
    return tuple(Reminder(About.GRANT, grant, name, at) for name, at in sorted(ahead.items()))


def of_request(request: str, rhythm: Rhythm | None) -> tuple[Reminder, ...]:
    """The reminder of a pending request, if the rules want any."""
    return (Reminder(About.REQUEST, request, WAITING, rhythm.begins, rhythm.every),) if rhythm else ()
