"""Each test with `store` runs on SQLite and on PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from placet.storage import Store
from tests.databases import *  # noqa: F403 - fixtures are found by their names


@pytest.fixture
def sqlite(sqlite_url: str, open_store: Callable[[str], Store]) -> Store:
    """A store with all tables and no rows, for what no database can do in its own way."""
    return open_store(sqlite_url)
