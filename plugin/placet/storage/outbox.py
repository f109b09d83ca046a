"""The outbox: events written with the change that made them, until their signal has gone out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from placet.storage.event_tables import OutboxRow
from placet.storage.transaction import Transaction


@dataclass(frozen=True)
class OutboxItem:
    """An event on its way out; `id` stays the same however often it is delivered."""

    id: str
    type: str
    at: datetime
    body: Mapping[str, object] = field(hash=False)


class Outbox:
    def __init__(self, transaction: Transaction) -> None:
        self._in = transaction

    def add_all(self, items: Iterable[OutboxItem]) -> None:
        self._in.add_later(OutboxRow, ({**vars(item), "body": dict(item.body), "dispatched": False} for item in items))

    def due(self, now: datetime, limit: int = 100) -> list[OutboxItem]:
        """What happened until `now` and has not gone out, the oldest first."""
        waiting = OutboxRow.select().where(~OutboxRow.dispatched, OutboxRow.at <= now)
        rows = self._in.rows(waiting.order_by(OutboxRow.at, OutboxRow.id).limit(limit))
        return [OutboxItem(row.id, row.type, row.at, row.body) for row in rows]

    def mark_dispatched(self, id: str) -> bool:
        """Note that it went out; False where that was noted before."""
        waiting = (OutboxRow.id == id) & ~OutboxRow.dispatched
        return self._in.change(OutboxRow.update(dispatched=True).where(waiting)) == 1
