"""What the databases refuse, said in Placet's words."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import peewee

from placet.domain.errors import AlreadyThere, Conflict, PlacetError, Unavailable

UNIQUE = {"23505", "SQLITE_CONSTRAINT_UNIQUE", "SQLITE_CONSTRAINT_PRIMARYKEY"}
FOREIGN_KEY = {"23503", "SQLITE_CONSTRAINT_FOREIGNKEY"}
BUSY = {"40001", "40P01", "55P03", "SQLITE_BUSY", "SQLITE_BUSY_SNAPSHOT", "SQLITE_LOCKED"}
GONE = ("08", "53", "57P", "SQLITE_CANTOPEN", "SQLITE_IOERR", "SQLITE_FULL")
"""Connection lost, out of resources, the server was stopped, as classes of SQLSTATE; the same of a file."""


def error_code(error: peewee.PeeweeException) -> str:
    """The driver's own code: SQLSTATE of PostgreSQL, name of SQLite's result code; empty where it has none."""
    original = getattr(error, "orig", error)
    return getattr(original, "sqlstate", None) or getattr(original, "sqlite_errorname", None) or ""


def refusal_of(error: peewee.PeeweeException) -> PlacetError | None:
    """What a database error means to whoever asked, or None where it is a mistake of ours."""
    code = error_code(error)
    if code in UNIQUE:
        return AlreadyThere("something with this id or name is there already: choose another, or change that one")
    if code in FOREIGN_KEY:
        return Conflict("something this refers to does not exist, or something else still refers to this")
    if code in BUSY:
        return Unavailable("someone else is changing the same thing at this moment: try again")
    if code.startswith(GONE) or (not code and isinstance(error, peewee.OperationalError)):
        return Unavailable("the database does not answer: try again, and look at its log if it stays so")
    return None


@contextmanager
def translated() -> Iterator[None]:
    """Database errors inside leave as refusals where they mean one."""
    try:
        yield
    except peewee.PeeweeException as error:
        if refusal := refusal_of(error):
            raise refusal from error
        raise


@contextmanager
def one_only(detail: str) -> Iterator[None]:
    """A second row where only one may be is refused with `detail`. Raises AlreadyThere."""
    try:
        yield
    except peewee.IntegrityError as error:
        if error_code(error) in UNIQUE:
            raise AlreadyThere(detail) from error
        raise
