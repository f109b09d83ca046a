"""What people are told, in their inbox."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from peewee import Field, fn

from placet.storage.event_tables import NotificationRow
from placet.storage.fields import microseconds
from placet.storage.paging import Page, after, cut, decode, rows_wanted
from placet.storage.transaction import Transaction

ORDER: list[Field[Any]] = [NotificationRow.at, NotificationRow.id]


@dataclass(frozen=True)
class Notification:
    """One message for one person about one subject."""

    id: str
    person: str
    type: str
    message: str
    at: datetime
    subject: str
    read_at: datetime | None = None


class Notifications:
    def __init__(self, transaction: Transaction) -> None:
        self._in = transaction

    def add_all(self, notifications: Iterable[Notification]) -> None:
        self._in.add_later(NotificationRow, map(vars, notifications))

    def of(self, person: str, cursor: str | None = None, limit: int = 50) -> Page[Notification]:
        """What a person was told, the newest first."""
        query = NotificationRow.select().where(NotificationRow.person == person)
        query = query.order_by(NotificationRow.at.desc(), NotificationRow.id.desc()).limit(rows_wanted(limit))
        if cursor:
            query = query.where(after(ORDER, decode(cursor, (int, str)), descending=True))
        page = cut(self._in.rows(query), limit, lambda row: (microseconds(row.at), row.id))
        return page.map(_notification)

    def told_since(self, person: str, type: str, subject: str, since: datetime) -> bool:
        """Whether a person was told this of a subject since then."""
        told = NotificationRow.select().where(NotificationRow.person == person, NotificationRow.at >= since)
        return bool(self._in.first(told.where(NotificationRow.type == type, NotificationRow.subject == subject)))

    def unread(self, person: str) -> int:
        """How many a person has not read."""
        query = NotificationRow.select(fn.COUNT(NotificationRow.id))
        [[count]] = self._in.tuples(query.where(NotificationRow.person == person, NotificationRow.read_at.is_null()))
        return int(count)

    def forget(self, person: str) -> None:
        """Delete what someone was told."""
        self._in.change(NotificationRow.delete().where(NotificationRow.person == person))

    def mark_read(self, id: str, person: str, at: datetime) -> bool:
        """Note that the person it is for has read it; False where it is not theirs or was read before."""
        theirs = (NotificationRow.id == id) & (NotificationRow.person == person) & NotificationRow.read_at.is_null()
        return self._in.change(NotificationRow.update(read_at=at).where(theirs)) == 1


def _notification(row: NotificationRow) -> Notification:
    return Notification(row.id, row.person, row.type, row.message, row.at, row.subject, row.read_at)
