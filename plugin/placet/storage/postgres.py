"""PostgreSQL, through psycopg 3: many writers, rows locked one by one."""

from __future__ import annotations

import hashlib
import importlib.util
import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from playhouse.pool import PooledPostgresqlDatabase

from placet.domain.errors import SettingError

PREFIXES = ("postgresql://", "postgres://")

KEPT = 300
"""Seconds after which a pooled connection is replaced."""

WAIT = 30_000
"""Milliseconds that a writer waits for a row someone else has locked."""


class Postgres:
    """A database on a server; connections are pooled in each process, one for each thread that is at work."""

    locks_rows = True

    def __init__(self, url: str) -> None:
        if importlib.util.find_spec("psycopg") is None:
            raise SettingError("the PostgreSQL driver is not installed: run `pip install 'placet[postgres]'`")
        self.database: Any = PooledPostgresqlDatabase(
            "postgresql://" + url.partition("://")[2],
            max_connections=None,
            stale_timeout=KEPT,
            prefer_psycopg3=True,
            autoconnect=False,
            options=_options(url),
            fallback_application_name="placet",
        )
        self._process = os.getpid()

    def prepare(self) -> None:
        """In a forked process, leave the parent's connections alone: two processes on one socket garble both."""
        if self._process != os.getpid():
            self.database.dispose()
            self._process = os.getpid()

    def reading(self) -> AbstractContextManager[Any]:
        """One snapshot for all reads."""
        manager: AbstractContextManager[Any] = self.database.atomic("REPEATABLE READ READ ONLY")
        return manager

    def writing(self) -> AbstractContextManager[Any]:
        manager: AbstractContextManager[Any] = self.database.atomic("READ COMMITTED")
        return manager

    def hold(self, name: str, shared: bool = False) -> None:
        """Wait for the lock of this name, which ends with the transaction."""
        function = "pg_advisory_xact_lock_shared" if shared else "pg_advisory_xact_lock"
        self.database.execute_sql(f"SELECT {function}(%s)", (_lock(name),))

    @contextmanager
    def migrating(self) -> Iterator[None]:
        """One process at a time, however long it takes; the lock ends with the connection that holds it."""
        self.database.execute_sql("SET lock_timeout = 0")
        self.database.execute_sql("SELECT pg_advisory_lock(%s)", (_lock("migrations"),))
        try:
            yield
        finally:
            self.database.execute_sql("SELECT pg_advisory_unlock(%s)", (_lock("migrations"),))
            self.database.execute_sql("RESET lock_timeout")

    def close(self) -> None:
        """Close the connections that wait in the pool."""
        self.database.close_all()


def _options(url: str) -> str:
    """Settings of the server for our connections; what the address says comes later and so counts."""
    from psycopg import ProgrammingError
    from psycopg.conninfo import conninfo_to_dict

    try:
        said = conninfo_to_dict(url).get("options") or ""
    except ProgrammingError as error:
        raise SettingError(
            "the address of the PostgreSQL database can't be read: see `libpq` on how to write it"
        ) from error
    return f"-c lock_timeout={WAIT} {said}"


def _lock(name: str) -> int:
    """The number of a lock: 64 bits out of its name, so that a host's own advisory locks are not met by chance."""
    return int.from_bytes(hashlib.sha256(f"placet {name}".encode()).digest()[:8], signed=True)
