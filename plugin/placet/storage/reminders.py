"""What people are to be reminded of, found by when it is due."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from placet.domain.reminders import About, Reminder
from placet.storage.prepared import Prepared
from placet.storage.tables import ReminderRow
from placet.storage.transaction import Transaction

SECOND = timedelta(seconds=1)

_END = Prepared(
    ReminderRow,
    lambda about, subject: ReminderRow.delete().where(ReminderRow.about == about, ReminderRow.subject == subject),
)


class Reminders:
    def __init__(self, transaction: Transaction) -> None:
        self._in = transaction

    def add_all(self, reminders: Iterable[Reminder]) -> None:
        """Keep new reminders."""
        self._in.add_later(ReminderRow, map(_columns, reminders))

    def remove(self, reminders: Iterable[Reminder]) -> None:
        """Forget what was told."""
        for one in reminders:
            named = (ReminderRow.subject == one.subject) & (ReminderRow.name == one.name)
            self._in.change(ReminderRow.delete().where(ReminderRow.about == one.about.value, named))

    def end(self, about: About, subject: str) -> None:
        """Forget all reminders of one subject."""
        self._in.change_later(_END.change(about.value, subject))

    def of(self, about: About, subject: str) -> list[Reminder]:
        """The reminders of one subject, the next due first."""
        query = ReminderRow.select().where(ReminderRow.about == about.value, ReminderRow.subject == subject)
        return [_reminder(row) for row in self._in.rows(query.order_by(ReminderRow.due, ReminderRow.name))]

    def due(self, now: datetime, limit: int = 100) -> list[Reminder]:
        """The reminders whose time has come, the longest due first."""
        order = ReminderRow.due, ReminderRow.about, ReminderRow.subject, ReminderRow.name
        query = ReminderRow.select().where(ReminderRow.due <= now).order_by(*order).limit(limit)
        return [_reminder(row) for row in self._in.rows(query)]

    def put_off(self, about: About, subject: str, now: datetime, until: datetime) -> None:
        """Let what is due of one subject be due later; what someone else told meanwhile is not due and stays."""
        theirs = (ReminderRow.about == about.value) & (ReminderRow.subject == subject) & (ReminderRow.due <= now)
        self._in.change(ReminderRow.update(due=until).where(theirs))


def _columns(reminder: Reminder) -> dict[str, object]:
    return {
        "about": reminder.about.value,
        "subject": reminder.subject,
        "name": reminder.name,
        "due": reminder.due,
        "every": None if reminder.every is None else reminder.every // SECOND,
    }


def _reminder(row: ReminderRow) -> Reminder:
    every = None if row.every is None else timedelta(seconds=row.every)
    return Reminder(About(row.about), row.subject, row.name, row.due, every)
