"""The PostgreSQL servers that tests run on: one for each test process and version, started when first asked for."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator
from contextlib import contextmanager

from placet.demo.server import EmbeddedPostgres

FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}

_names = itertools.count(1)


@contextmanager
def postgres_server(version: int = 16) -> Iterator[EmbeddedPostgres]:
    """A server with no data, stopped and removed at the end; its `dsn` and `create_database` are what tests need."""
    with EmbeddedPostgres(version=version, settings=FAST) as server:
        yield server


@contextmanager
def empty_database(server: EmbeddedPostgres) -> Iterator[str]:
    """The superuser's connection string for a new database, removed at the end."""
    name = f"test_{os.getpid()}_{next(_names)}"
    dsn = server.create_database(name)
    try:
        yield dsn
    finally:
        server.drop_database(name)
