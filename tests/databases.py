"""Fixtures by which one test runs on SQLite and on PostgreSQL: import `postgres` and `store` into a `conftest.py`."""

from __future__ import annotations

import itertools
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlencode

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from placet.demo.server import EmbeddedPostgres
from placet.storage import Store
from placet.storage.migrator import HISTORY
from tests.servers import postgres_server

_numbers = itertools.count(1)


def url_of(dsn: str) -> str:
    """A libpq connection string as the address that a store takes."""
    return "postgresql:///?" + urlencode(conninfo_to_dict(dsn))


@pytest.fixture(scope="session")
def postgres() -> Iterator[EmbeddedPostgres]:
    """One server for all tests of the process."""
    with postgres_server() as server:
        yield server


@pytest.fixture(scope="session")
def postgres_database(postgres: EmbeddedPostgres) -> str:
    """The connection string of one database with all tables, which tests use in turn."""
    dsn = postgres.create_database("placet_in_turn")
    _migrated(url_of(dsn))
    return dsn


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with all tables, which new ones are copied from."""
    file = tmp_path_factory.mktemp("template") / "placet.db"
    _migrated(f"sqlite:///{file}")
    return file


def _migrated(url: str) -> None:
    store = Store(url)
    store.migrate()
    store.close()


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """The address of a new SQLite database with all tables and no rows."""
    return f"sqlite:///{shutil.copy(sqlite_template, tmp_path / 'placet.db')}"


@pytest.fixture
def postgres_url(postgres_database: str) -> Iterator[str]:
    """The address of a PostgreSQL database with all tables and no rows."""
    yield url_of(postgres_database)
    _empty(postgres_database)


def _empty(dsn: str) -> None:
    """Delete all rows: many times faster than a database for each test."""
    with psycopg.connect(dsn) as connection:
        connection.execute("SET session_replication_role = replica")
        tables = connection.execute("SELECT tablename FROM pg_tables WHERE starts_with(tablename, 'placet_')")
        for [table] in tables.fetchall():
            if table != HISTORY:
                connection.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(table)))
        connection.execute("ALTER TABLE placet_audit ENABLE TRIGGER ALL")


@pytest.fixture
def empty_sqlite_url(tmp_path: Path) -> str:
    """The address of a SQLite database that does not exist yet."""
    return f"sqlite:///{tmp_path / 'empty.db'}"


@pytest.fixture
def empty_postgres_url(postgres: EmbeddedPostgres) -> Iterator[str]:
    """The address of a PostgreSQL database without tables."""
    name = f"placet_{os.getpid()}_{next(_numbers)}"
    yield url_of(postgres.create_database(name))
    postgres.drop_database(name)


@pytest.fixture(params=["sqlite", "postgres"])
def store_url(request: pytest.FixtureRequest) -> str:
    """The address of a new database with all tables and no rows, on each kind in turn."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


@pytest.fixture(params=["sqlite", "postgres"])
def empty_url(request: pytest.FixtureRequest) -> str:
    """The address of a database without tables, on each kind in turn."""
    url: str = request.getfixturevalue(f"empty_{request.param}_url")
    return url


@pytest.fixture
def open_store() -> Iterator[Callable[[str], Store]]:
    """Opens stores that are closed at the end of the test."""
    opened: list[Store] = []

    def open_one(url: str) -> Store:
        opened.append(Store(url))
        return opened[-1]

    yield open_one
    for store in opened:
        store.close()


@pytest.fixture
def store(store_url: str, open_store: Callable[[str], Store]) -> Store:
    """A store with all tables and no rows; each test that asks for it runs on SQLite and on PostgreSQL."""
    return open_store(store_url)


__all__ = [
    "empty_postgres_url",
    "empty_sqlite_url",
    "empty_url",
    "open_store",
    "postgres",
    "postgres_database",
    "postgres_url",
    "sqlite_template",
    "sqlite_url",
    "store",
    "store_url",
    "url_of",
]
