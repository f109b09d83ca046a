"""The names of data sources that someone asked for and no product holds."""

from __future__ import annotations

from datetime import datetime

from placet.storage.event_tables import UnknownSourceRow
from placet.storage.transaction import Transaction


class UnknownSources:
    def __init__(self, transaction: Transaction) -> None:
        self._in = transaction

    def has(self, name: str) -> bool:
        """Whether the name was asked for before."""
        return self._in.first(UnknownSourceRow.select().where(UnknownSourceRow.name == name)) is not None

    def add(self, name: str, at: datetime) -> bool:
        """Note that the name was asked for; False where that is noted already."""
        return self._in.change(UnknownSourceRow.insert(name=name, asked_at=at).on_conflict_ignore()) == 1

    def remove(self, name: str) -> None:
        """Forget a name that has become known."""
        self._in.change(UnknownSourceRow.delete().where(UnknownSourceRow.name == name))
