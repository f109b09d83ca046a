"""A step is one difference found on the server, with the statements that put it right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from psycopg import sql

from placet.emitter.policy import Desired
from placet.emitter.postgres.connection import Connection
from placet.emitter.postgres.names import gov
from placet.emitter.settings import PostgresSettings
from placet.emitter.target import Change

Statement = sql.SQL | sql.Composed

_MOST_NAMED = 20


@dataclass(frozen=True)
class Step:
    """A difference and its repair; without statements it needs a person.

    `tidying` marks what is left behind by something that ended by itself: to be cleared away, but no drift.
    """

    kind: str
    object: str
    summary: str
    statements: tuple[Statement, ...] = ()
    tidying: bool = False

    def change(self, connection: Connection) -> Change:
        """The step with its statements as text."""
        texts = tuple(statement.as_string(connection) for statement in self.statements)
        return Change(self.kind, self.object, self.summary, texts)


@dataclass(frozen=True)
class Work:
    """What every stage works with: the connection, the target's settings, and the state it should be in."""

    connection: Connection
    settings: PostgresSettings
    desired: Desired


def listed(names: Sequence[str]) -> str:
    """Names in a sentence; of many, the first twenty and how many more."""
    quoted = ", ".join(f"`{name}`" for name in names[:_MOST_NAMED])
    more = len(names) - _MOST_NAMED
    return f"{quoted} and {more} more" if more > 0 else quoted


def record(settings: PostgresSettings, kind: str, name: str, oid: sql.Composable) -> sql.Composed:
    """The statement that notes down an object as made by us; only such objects are ever removed."""
    return sql.SQL(
        "INSERT INTO {made} (kind, name, oid) VALUES ({kind}, {name}, {oid}) "
        "ON CONFLICT (kind, name) DO UPDATE SET oid = excluded.oid"
    ).format(made=gov(settings, "made"), kind=sql.Literal(kind), name=sql.Literal(name), oid=oid)


def forget(settings: PostgresSettings, kind: str, name: str) -> sql.Composed:
    """The statement that strikes an object off again."""
    return sql.SQL("DELETE FROM {made} WHERE kind = {kind} AND name = {name}").format(
        made=gov(settings, "made"), kind=sql.Literal(kind), name=sql.Literal(name)
    )


def made(work: Work, kind: str) -> dict[str, int]:
    """The objects of one kind that we have made: their oids by name."""
    query = sql.SQL("SELECT name, oid FROM {} WHERE kind = %s").format(gov(work.settings, "made"))
    return dict(work.connection.execute(query, [kind]).fetchall())


def role_oid(name: str) -> sql.Composed:
    """The oid of a role as an expression."""
    return sql.SQL("(SELECT oid FROM pg_roles WHERE rolname = {})").format(sql.Literal(name))


def relation_oid(schema: str, name: str) -> sql.Composed:
    """The oid of a table or view as an expression."""
    return sql.SQL(
        "(SELECT c.oid FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
        "WHERE n.nspname = {schema} AND c.relname = {name})"
    ).format(schema=sql.Literal(schema), name=sql.Literal(name))
