"""The names of data sources that someone asked for and no product holds."""

from __future__ import annotations

from datetime import datetime

from peewee import fn

from placet.storage.event_tables import UnknownSourceRow
from placet.storage.transaction import Transaction


class UnknownSources:
    def __init__(self, transaction: Transaction) -> None:
        self._in = transaction

    def has(self, name: str) -> bool:
        """Whether the name was asked for before."""
        return self._in.first(UnknownSourceRow.select().where(UnknownSourceRow.name == name)) is not None

    def add(self, name: str, at: datetime, by: str) -> bool:
        """Note that someone asked for the name; False where it is noted already."""
        row = UnknownSourceRow.insert(name=name, asked_at=at, asked_by=by)
        return self._in.change(row.on_conflict_ignore()) == 1

    def asked_by(self, person: str, since: datetime) -> int:
        """How many of the names that are noted someone was the first to ask for since an instant."""
        mine = (UnknownSourceRow.asked_by == person) & (UnknownSourceRow.asked_at >= since)
        [[count]] = self._in.tuples(UnknownSourceRow.select(fn.COUNT(UnknownSourceRow.name)).where(mine))
        return int(count)

    def remove(self, name: str) -> None:
        """Forget a name that has become known."""
        self._in.change(UnknownSourceRow.delete().where(UnknownSourceRow.name == name))
