"""What waits for someone: pending requests that ask a source they stand for.

One index begins with the source and holds pending rows only. Each source gives its first rows straight from there, and
those are merged; so a page costs the same however many requests there are, decided or pending.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import reduce
from typing import Any

from peewee import SQL, Field, Select, SelectBase, fn

from placet.storage.paging import Key, Page, after, cut, decode, rows_wanted
from placet.storage.shapes import digests
from placet.storage.tables import DeterminationRow, RequestSourceRow
from placet.storage.transaction import Transaction

TOGETHER = 100
"""Sources in one statement; SQLite joins 500 selects at most."""

WAITING: list[Field[Any]] = [RequestSourceRow.created_at, RequestSourceRow.request]


def waiting_for(
    transaction: Transaction, source_keys: Collection[str], excluding: str, cursor: str | None, limit: int
) -> Page[str]:
    """The ids of pending requests that ask one of the sources, the oldest first, each once."""
    key = decode(cursor, (int, str)) if cursor else None
    wanted = rows_wanted(limit)
    found: set[tuple[int, str]] = set()
    sources = digests(source_keys)
    for start in range(0, len(sources), TOGETHER):
        found |= set(_first(transaction, sources[start : start + TOGETHER], excluding, key, wanted))
    page = cut(sorted(found), limit, lambda row: row)
    return page.map(lambda row: row[1])


def _first(
    transaction: Transaction, sources: Sequence[str], excluding: str, key: Key | None, wanted: int
) -> list[tuple[int, str]]:
    """The first `wanted` of each source, as microseconds and request id."""
    parts = [_selected(_of_source(source, excluding, key, wanted), number) for number, source in enumerate(sources)]
    merged = reduce(lambda one, other: one.union_all(other), parts)
    return [(at, request) for at, request in transaction.tuples(merged)]


def _of_source(source: str, excluding: str, key: Key | None, wanted: int) -> Any:
    determined = DeterminationRow.select(SQL("1")).where(
        DeterminationRow.request == RequestSourceRow.request, DeterminationRow.steward == excluding
    )
    query = RequestSourceRow.select(*WAITING).where(
        RequestSourceRow.source == source, RequestSourceRow.pending, ~fn.EXISTS(determined)
    )
    return (query.where(after(WAITING, key)) if key else query).distinct().order_by(*WAITING).limit(wanted)


def _selected(query: Any, number: int) -> SelectBase:
    """The query as one part of a union; a part of its own may not be limited."""
    part = query.alias(f"source_{number}")
    return Select([part], [part.c.created_at, part.c.request])
