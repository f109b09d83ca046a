"""Connections to the target, its lock, and what its errors mean."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from typing import Any

import psycopg
from psycopg import errors

from placet.domain.errors import TargetDown, TargetError
from placet.emitter.settings import PostgresSettings
from placet.emitter.target import TargetRefusal

Connection = psycopg.Connection[tuple[Any, ...]]

OLDEST = 160000
_CONNECT_SECONDS = 10
# A connection that dies without a word would hold up every other job for as long as the system waits: two hours.
_NOTICES_SILENCE: dict[str, Any] = {
    "keepalives": 1,
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 60_000,
}
LOCK_WAIT = "10s"
_SETTINGS = {
    "search_path": "pg_catalog, pg_temp",
    "timezone": "UTC",
    "datestyle": "ISO",
    "standard_conforming_strings": "on",
    "default_transaction_read_only": "off",
}
_BUSY = (errors.LockNotAvailable, errors.DeadlockDetected, errors.SerializationFailure, errors.QueryCanceled)


@contextmanager
def session(settings: PostgresSettings) -> Iterator[Connection]:
    """A connection of our own, each statement its own transaction unless one is opened.

    Nothing that is set for the login, the database or the server bends what our statements mean.
    """
    with translated(settings), _connect(settings) as connection:
        _refuse_old_server(settings, connection)
        for name, value in {**_SETTINGS, "lock_timeout": LOCK_WAIT}.items():
            connection.execute("SELECT set_config(%s, %s, false)", [name, value])
        yield connection


@contextmanager
def locked(settings: PostgresSettings) -> Iterator[Connection]:
    """A session that changes the target: one at a time over all workers, for as long as the block lasts."""
    with session(settings) as connection:
        connection.execute("SELECT pg_advisory_lock(%s)", [_lock_key(settings)])
        yield connection


@contextmanager
def translated(settings: PostgresSettings) -> Iterator[None]:
    """Turn the server's errors into ours, each saying what to do."""
    try:
        yield
    except _BUSY as error:
        raise TargetError(f"target `{settings.name}` is busy ({_said(error)}); it is tried again") from error
    except errors.InsufficientPrivilege as error:
        raise TargetError(
            f"the login of target `{settings.name}` lacks a privilege ({_said(error)}); give it what "
            "docs/postgresql.md lists"
        ) from error
    except psycopg.Error as error:
        raise TargetError(f"target `{settings.name}` answers: {_said(error)}") from error


def _connect(settings: PostgresSettings) -> Connection:
    try:
        return psycopg.connect(
            settings.dsn,
            autocommit=True,
            connect_timeout=_CONNECT_SECONDS,
            application_name="placet",
            **_NOTICES_SILENCE,
        )
    except psycopg.ProgrammingError:
        # The message would repeat a part of the connection string, and that may be the password.
        raise TargetError(f"the connection string of target `{settings.name}` is not valid; correct it") from None
    except psycopg.OperationalError as error:
        raise TargetDown(
            f"the server of target `{settings.name}` does not let us in ({_said(error)}); check that it runs, and its "
            "connection string"
        ) from error


def _refuse_old_server(settings: PostgresSettings, connection: Connection) -> None:
    if connection.info.server_version < OLDEST:
        raise TargetRefusal(f"target `{settings.name}` runs PostgreSQL before 16; upgrade it to 16 or newer")


def _lock_key(settings: PostgresSettings) -> int:
    digest = sha256(f"placet {settings.policy_schema}".encode()).digest()
    return int.from_bytes(digest[:8], signed=True)


def _said(error: psycopg.Error) -> str:
    return error.diag.message_primary or str(error).strip()
