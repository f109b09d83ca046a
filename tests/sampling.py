"""Which tests run on PostgreSQL in the ordinary run: a fixed sample of those that run on SQLite as well.

Tests of the storage, and of what goes on at once, run on both always: there the databases really differ.
"""

from __future__ import annotations

from collections.abc import Iterable
from zlib import crc32

import pytest

ONE_IN = 4
ALWAYS = ("tests/storage/", "two_at_once", "concurren", "at_once", "same_time", "queue")
"""Parts of the names of those that run on both."""


def left_out(items: Iterable[pytest.Item]) -> list[pytest.Item]:
    """The tests that this run leaves to the one with every database."""
    return [item for item in items if _runs_on_postgres(item) and not _is_sampled(item.nodeid)]


def _runs_on_postgres(item: pytest.Item) -> bool:
    """Whether the test is the PostgreSQL variant of one that runs on SQLite too."""
    callspec = getattr(item, "callspec", None)
    return callspec is not None and any(value in ("postgres", "on_postgres") for value in callspec.params.values())


def _is_sampled(nodeid: str) -> bool:
    """By the name of the test, so that the sample is the same wherever and however it runs."""
    return any(part in nodeid for part in ALWAYS) or crc32(nodeid.encode()) % ONE_IN == 0
