"""Lists that several ranges of an index give together: each gives its first rows, and those are merged.

So a page costs the same however many rows there are, where one condition over all ranges would have them sorted.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from typing import Any

from peewee import Select, SelectBase

from placet.storage.transaction import Transaction

TOGETHER = 100
"""Queries in one statement; SQLite joins 500 selects at most."""


def first_of_each(transaction: Transaction, queries: Sequence[Any], names: Sequence[str]) -> list[tuple[Any, ...]]:
    """The rows of all queries, which each select columns of these names, in order, and no more than a page of them."""
    found: list[tuple[Any, ...]] = []
    for start in range(0, len(queries), TOGETHER):
        parts = [_part(query, number, names) for number, query in enumerate(queries[start : start + TOGETHER])]
        found += transaction.tuples(reduce(lambda one, other: one.union_all(other), parts))
    return found


def _part(query: Any, number: int, names: Sequence[str]) -> SelectBase:
    """The query as one part of a union; a part of its own may not be limited."""
    part = query.alias(f"part_{number}")
    return Select([part], [getattr(part.c, name) for name in names])
