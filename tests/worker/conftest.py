"""Each test with `store` runs on SQLite and on PostgreSQL."""

from __future__ import annotations

from tests.databases import *  # noqa: F403 - fixtures are found by their names
