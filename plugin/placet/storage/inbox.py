"""What waits for someone: pending requests that ask a source they stand for.

One index begins with the source and holds pending rows only. Each source gives its first rows straight from there, and
those are merged; so a page costs the same however many requests there are, decided or pending.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from peewee import SQL, Field, fn

from placet.storage.merging import first_of_each
from placet.storage.paging import Key, Page, after, cut, decode, rows_wanted
from placet.storage.shapes import digests
from placet.storage.tables import DeterminationRow, RequestSourceRow
from placet.storage.transaction import Transaction

WAITING: list[Field[Any]] = [RequestSourceRow.created_at, RequestSourceRow.request]


def waiting_for(
    transaction: Transaction, source_keys: Collection[str], excluding: str, cursor: str | None, limit: int
) -> Page[str]:
    """The ids of pending requests that ask one of the sources, the oldest first, each once."""
    key = decode(cursor, (int, str)) if cursor else None
    wanted = rows_wanted(limit)
    queries = [_of_source(source, excluding, key, wanted) for source in digests(source_keys)]
    found = set(first_of_each(transaction, queries, ("created_at", "request")))
    page: Page[tuple[int, str]] = cut(sorted(found), limit, lambda row: row)
    return page.map(lambda row: row[1])


def _of_source(source: str, excluding: str, key: Key | None, wanted: int) -> Any:
    determined = DeterminationRow.select(SQL("1")).where(
        DeterminationRow.request == RequestSourceRow.request, DeterminationRow.steward == excluding
    )
    query = RequestSourceRow.select(*WAITING).where(
        RequestSourceRow.source == source, RequestSourceRow.pending, ~fn.EXISTS(determined)
    )
    return (query.where(after(WAITING, key)) if key else query).distinct().order_by(*WAITING).limit(wanted)
