"""The entries of the audit trail as rows; how they are chained stands in `placet.outbox.audit`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from placet.storage.event_tables import AuditRow
from placet.storage.paging import Page, cut, decode, rows_wanted
from placet.storage.prepared import Prepared
from placet.storage.transaction import Transaction, batches

AT_ONCE = 1_000
"""Rows read together."""

_LAST = Prepared(AuditRow, lambda: AuditRow.select().order_by(AuditRow.sequence.desc()))


@dataclass(frozen=True)
class Entry:
    """One change: who (`actor`) did what (`type`) to what (`subject`), in which domain, when.

    `data` is JSON as text, kept exactly as it was hashed. `hash` and `previous` are SHA-256 in hexadecimal.
    """

    sequence: int
    previous: str
    hash: str
    type: str
    actor: str
    at: datetime
    subject: str
    domain: str
    data: str


class Audit:
    """Grows at its end only; the database refuses any other change."""

    def __init__(self, transaction: Transaction) -> None:
        self._in = transaction

    def hold(self) -> Entry | None:
        """Be the only one who appends until the transaction ends; the last entry, which stays the last until then."""
        row = self._in.hold_trail(_LAST())
        return _entry(row) if row else None

    def last(self) -> Entry | None:
        row = self._in.first(_LAST())
        return _entry(row) if row else None

    def add_all(self, entries: Iterable[Entry]) -> None:
        for batch in batches(list(entries)):
            self._in.add_later(AuditRow, map(vars, batch))
            self._in.finish()  # the database looks whether each follows the last one: never two parts at once

    def entries(self) -> Iterator[Entry]:
        """All entries in order, also any that were slipped in before the first; some at a time to spare memory."""
        query = AuditRow.select().order_by(AuditRow.sequence).limit(AT_ONCE)
        rows = self._in.rows(query)
        while rows:
            yield from map(_entry, rows)
            rows = self._in.rows(query.where(AuditRow.sequence > rows[-1].sequence))

    def page(self, domain: str | None = None, cursor: str | None = None, limit: int = 50) -> Page[Entry]:
        """Entries, the newest first, those of one domain if given."""
        query = AuditRow.select().order_by(AuditRow.sequence.desc()).limit(rows_wanted(limit))
        if domain is not None:
            query = query.where(AuditRow.domain == domain)
        if cursor:
            query = query.where(AuditRow.sequence < decode(cursor, (int,))[0])
        return cut(self._in.rows(query), limit, lambda row: (row.sequence,)).map(_entry)


def _entry(row: AuditRow) -> Entry:
    return Entry(**row.__data__)
