"""The targets that can't be reached, each with when that was noticed first."""

from __future__ import annotations

from datetime import datetime

from placet.storage.event_tables import OutageRow
from placet.storage.transaction import Transaction


class Outages:
    def __init__(self, transaction: Transaction) -> None:
        self._in = transaction

    def begin(self, target: str, at: datetime) -> bool:
        """Note that a target can't be reached; False where that is known already."""
        return self._in.change(OutageRow.insert(target=target, since=at).on_conflict_ignore()) == 1

    def since(self) -> dict[str, datetime]:
        """The targets that can't be reached, each with when that was noticed first."""
        return {row.target: row.since for row in self._in.rows(OutageRow.select())}

    def end(self, target: str) -> None:
        """Note that a target was reached."""
        self._in.change(OutageRow.delete().where(OutageRow.target == target))
