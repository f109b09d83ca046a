"""SQLite: one writer at a time, readers never wait."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path
from typing import Any

from peewee import SqliteDatabase

from placet.domain.errors import SettingError

PREFIX = "sqlite:///"

WAIT = 30
"""Seconds a writer waits for the one before."""

PRAGMAS = {"journal_mode": "wal", "foreign_keys": 1, "synchronous": "full"}


class Sqlite:
    """A database file; each thread opens a connection of its own, and none outlives its session.

    A write transaction begins IMMEDIATE: one that began as a reader and then writes fails when someone else wrote in
    between, however long it would have waited.
    """

    locks_rows = False

    def __init__(self, url: str) -> None:
        self.path = _path(url)
        self.database: Any = SqliteDatabase(str(self.path), pragmas=PRAGMAS, timeout=WAIT, autoconnect=False)

    def prepare(self) -> None:
        """Make the file so that no one else can read it: it holds the secrets of webhooks.

        It is there only once it keeps a log (WAL): where two connections change to that at once, SQLite refuses one of
        them without waiting.
        """
        if not self.path.exists():
            with self._alone():
                if not self.path.exists():
                    _make(self.path)

    def reading(self) -> AbstractContextManager[Any]:
        manager: AbstractContextManager[Any] = self.database.atomic("DEFERRED")
        return manager

    def writing(self) -> AbstractContextManager[Any]:
        manager: AbstractContextManager[Any] = self.database.atomic("IMMEDIATE")
        return manager

    def hold(self, name: str, shared: bool = False) -> None:
        """Nothing: there is one writer at a time."""

    def migrating(self) -> AbstractContextManager[None]:
        return self._alone()

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """One process at a time; the lock ends with the process that holds it."""
        import fcntl

        with open(f"{self.path}.lock", "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def close(self) -> None:
        """Nothing: each session has closed its connection."""


def _make(path: Path) -> None:
    new = Path(f"{path}.new")
    new.touch(mode=0o600)
    with closing(sqlite3.connect(new)) as connection:
        connection.execute("PRAGMA journal_mode = wal")
    new.rename(path)


def _path(url: str) -> Path:
    name = url.removeprefix(PREFIX).partition("?")[0]
    if not name or name == ":memory:":
        raise SettingError("Placet needs a database file: write `sqlite:////folder/placet.db`")
    path = Path(name)
    if not path.parent.is_dir():
        raise SettingError(f"the folder `{path.parent}` for the database does not exist: make it first")
    return path
