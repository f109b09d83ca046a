"""The store: where everything Placet knows is kept, on SQLite or on PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol

import peewee

from placet.domain.errors import SettingError
from placet.storage import postgres, sqlite
from placet.storage.errors import translated
from placet.storage.migrator import migrate, pending
from placet.storage.session import Session
from placet.storage.transaction import Question, Transaction


class Backend(Protocol):
    """What the two databases do each in its own way."""

    database: peewee.Database
    locks_rows: bool

    def prepare(self) -> None: ...
    def reading(self) -> AbstractContextManager[object]: ...
    def writing(self) -> AbstractContextManager[object]: ...
    def hold(self, name: str, shared: bool = False) -> None: ...
    def migrating(self) -> AbstractContextManager[None]: ...
    def close(self) -> None: ...


class Store:
    """One database; threads and processes may use it at once, each with sessions of its own.

    `url` is `sqlite:////folder/placet.db` or `postgresql://user:password@host/name`, with whatever libpq understands.
    Raises SettingError for any other.
    """

    def __init__(self, url: str) -> None:
        self._backend = backend_for(url)

    def migrate(self) -> list[str]:
        """Bring the tables up to date; the names of the migrations that ran, none where it was so already."""
        with self.connected(), translated(), self._backend.migrating():
            return migrate(self._backend.database)

    def pending_migrations(self) -> list[str]:
        """The names of the migrations that have not run. Raises SettingError where a newer Placet made the tables."""
        with self.connected(), translated():
            return pending(self._backend.database)

    @contextmanager
    def connected(self) -> Iterator[None]:
        """Keep this thread's connection open over several sessions; closed at the end only if it was opened here."""
        self._backend.prepare()
        with translated():
            opened = self._backend.database.connect(reuse_if_open=True)
        try:
            yield
        finally:
            if opened:
                self._backend.database.close()

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session that sees one state of the database and changes nothing. Raises Unavailable, and as `writing`."""
        with self.connected(), translated():
            self._refuse_nesting()
            with self._backend.reading():
                yield Session(self._transaction(writes=False))

    @contextmanager
    def asking(self) -> Iterator[Session]:
        """A session for one statement that reads; it saves the database a transaction. Raises as `reading`."""
        with self.connected(), translated():
            self._refuse_nesting()
            yield Session(Question(self._backend.database, False, self._backend.locks_rows, self._backend.hold))

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """A session whose changes are kept all together at the end, or none of them when an error leaves it.

        Raises AlreadyThere, StaleRevision and Conflict where the database refuses, Unavailable where it is too busy or
        gone, and RuntimeError inside another session of the same thread.
        """
        with self.connected(), translated():
            self._refuse_nesting()
            with self._backend.writing():
                transaction = self._transaction(writes=True)
                yield Session(transaction)
                transaction.finish()
                if transaction.failed:
                    raise RuntimeError("a statement failed and the session went on: let the error leave the session")

    def close(self) -> None:
        """Close what waits in the pool; sessions still open in other threads end with an error."""
        self._backend.close()

    def _transaction(self, writes: bool) -> Transaction:
        return Transaction(self._backend.database, writes, self._backend.locks_rows, self._backend.hold)

    def _refuse_nesting(self) -> None:
        if self._backend.database.in_transaction():
            raise RuntimeError("this thread is in a session already: use that one")


def backend_for(url: str) -> Backend:
    """The database an address names. Raises SettingError, which never shows a password."""
    if url.startswith(sqlite.PREFIX):
        return sqlite.Sqlite(url)
    if url.startswith(postgres.PREFIXES):
        return postgres.Postgres(url)
    raise SettingError(
        f"`{url.partition(':')[0][:20]}` is no kind of database Placet knows: "
        "write `sqlite:////folder/placet.db` or `postgresql://user@host/name`"
    )
