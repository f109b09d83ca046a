"""A data platform for a test: a database of its own, tables in it, logins, and a target that shares them.

Roles belong to the whole server, so every world has names of its own: `login("ann")` is Ann's login in this world.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, LiteralString

import psycopg
from psycopg import sql

from placet.demo.server import EmbeddedPostgres
from placet.domain.conditions import Condition
from placet.domain.masks import Mask
from placet.domain.policies import DataPolicy
from placet.domain.row_filters import RowFilter
from placet.domain.scopes import NamedColumns, OnSource
from placet.domain.subscriptions import SubscriptionKind, SubscriptionPolicy
from placet.emitter.policy import Desired, Entitlement, Login, TargetColumn, TargetProduct, TargetSource
from placet.emitter.postgres.target import PostgresTarget
from placet.emitter.settings import PostgresSettings
from placet.emitter.target import Plan, Severity, Target
from tests.servers import empty_database

_numbers = itertools.count(1)

LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
FAR_OFF = datetime(2999, 1, 1, tzinfo=UTC)


@dataclass
class World:
    """One database of a server, and the target over it; `admin` is a superuser's connection."""

    server: EmbeddedPostgres
    dsn: str
    prefix: str
    admin: psycopg.Connection[tuple[Any, ...]]
    logins: list[str] = field(default_factory=list)
    exempt: list[str] = field(default_factory=list)

    @property
    def settings(self) -> PostgresSettings:
        return PostgresSettings("warehouse", self.dsn, role_prefix=self.prefix, exempt_roles=tuple(self.exempt))

    @property
    def target(self) -> Target:
        return PostgresTarget(self.settings)

    def run(self, statement: LiteralString, *names: str) -> list[tuple[Any, ...]]:
        """Execute as the superuser, `{}` standing for quoted names; rows if there are any."""
        cursor = self.admin.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))
        return cursor.fetchall() if cursor.description else []

    def ask(self, query: LiteralString, *values: object) -> list[tuple[Any, ...]]:
        """Rows that the superuser reads, `%s` standing for values."""
        return self.admin.execute(query, values).fetchall()

    def role(self, name: str) -> str:
        """A role of the target's in this world: `owner`, or `p_` and a product, or `g_` and a group."""
        return f"{self.prefix}_{name}"

    def login(self, name: str) -> str:
        """The login of this name in this world, made when it is first asked for."""
        full = f"{self.prefix}_{name}"
        if full not in self.logins:
            self.run("CREATE ROLE {} LOGIN", full)
            self.logins.append(full)
        return full

    def connect(self, login: str, autocommit: bool = True) -> psycopg.Connection[tuple[Any, ...]]:
        """A connection as that login (a full name)."""
        dsn = psycopg.conninfo.make_conninfo(self.dsn, user=login)
        return psycopg.connect(dsn, autocommit=autocommit)

    def table(self, name: str, schema: str = "raw", rows: int = 3) -> TargetSource:
        """A table with the columns id, region, ssn; the source it is, under its own name as id."""
        self.run("CREATE SCHEMA IF NOT EXISTS {}", schema)
        self.run("CREATE TABLE {}.{} (id int, region text, ssn text)", schema, name)
        fill = sql.SQL("INSERT INTO {} SELECT n, 'EU', 'secret-' || n FROM generate_series(1, {}) n")
        self.admin.execute(fill.format(sql.Identifier(schema, name), rows))
        columns = (TargetColumn(1, "id"), TargetColumn(2, "region"), TargetColumn(3, "ssn"))
        return TargetSource(name, schema, name, columns)

    def count(self, login: str, view: str) -> int | None:
        """How many rows this login sees in a view of the marketplace; None where permission is denied."""
        with self.connect(login) as connection:
            return count(connection, view)

    def drift(self, desired: Desired) -> list[str]:
        """What `verify` finds, without the warnings, as `kind object: detail`."""
        found = self.target.verify(desired)
        return [f"{d.kind} {d.object}: {d.detail}" for d in found if d.severity is Severity.DRIFT]

    def apply(self, desired: Desired) -> Plan:
        return self.target.apply(lambda: desired)

    def server_time(self) -> datetime:
        [(now,)] = self.ask("SELECT clock_timestamp()")
        assert isinstance(now, datetime)
        return now.astimezone(UTC)


def count(connection: psycopg.Connection[tuple[Any, ...]], view: str) -> int | None:
    """How many rows the connection's login sees; None where permission is denied."""
    try:
        return connection.execute(sql.SQL("SELECT count(*) FROM {}").format(at(view))).fetchall()[0][0]
    except psycopg.errors.InsufficientPrivilege:
        return None


def at(view: str) -> sql.Identifier:
    """A view of the marketplace."""
    return sql.Identifier("marketplace", view)


@contextmanager
def world_on(server: EmbeddedPostgres) -> Iterator[World]:
    """A new world in a database of its own."""
    with empty_database(server) as dsn, world_in(server, dsn) as world:
        yield world


@contextmanager
def world_in(server: EmbeddedPostgres, dsn: str) -> Iterator[World]:
    """A new world in an empty database, which is left empty at the end; its roles are gone as well."""
    with psycopg.connect(dsn, autocommit=True) as admin:
        world = World(server, dsn, f"w{next(_numbers)}", admin)
        yield world
        _empty(world)


def _empty(world: World) -> None:
    world.run(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    for (schema,) in world.ask("SELECT nspname FROM pg_namespace WHERE nspname !~ '^(pg_|information_schema$)'"):
        world.run("DROP SCHEMA {} CASCADE", schema)
    world.run("CREATE SCHEMA public")
    for (role,) in world.ask("SELECT rolname FROM pg_roles WHERE rolname ~ %s", f"^{world.prefix}_"):
        world.run("DROP OWNED BY {0} CASCADE; DROP ROLE {0}", role)
    world.run("ALTER DATABASE {} RESET ALL", world.admin.info.dbname)


def granted(
    login: str, product: str = "sales", grant: str = "g1", start: datetime = LONG_AGO, end: datetime | None = None
) -> Entitlement:
    """An entitlement that has begun and has no end, unless said otherwise."""
    return Entitlement(grant, product, login, start, end)


def for_group(
    group: str, product: str = "sales", grant: str = "g1", start: datetime = LONG_AGO, end: datetime | None = None
) -> Entitlement:
    """The same for a group."""
    return Entitlement(grant, product, "", start, end, group)


def soon(world: World, milliseconds: int) -> datetime:
    """An instant by the server's clock."""
    return world.server_time() + timedelta(milliseconds=milliseconds)


def until(world: World, end: datetime) -> None:
    """Wait till the server's clock has reached `end`."""
    world.admin.execute("SELECT pg_sleep(extract(epoch FROM %s - clock_timestamp()))", [end])
    assert world.server_time() >= end


def masked(source: TargetSource, **masks: Mask | DataPolicy) -> TargetSource:
    """The source with a policy for everyone on some of its columns, or with the policies given."""
    columns = {column.name: column for column in source.columns}
    for name, given in masks.items():
        policy = given if isinstance(given, DataPolicy) else data_policy(name, given)
        columns[name] = replace(columns[name], masks=(*columns[name].masks, policy))
    return replace(source, columns=tuple(columns.values()))


def data_policy(name: str, does: Mask | RowFilter, **who: Condition) -> DataPolicy:
    """A policy that masks or filters, for everyone or for whom is said."""
    mask, filter = (does, None) if isinstance(does, Mask) else (None, does)
    return DataPolicy(name, name, mask, NamedColumns("", frozenset()), filter=filter, **who)


def guarded(source: TargetSource, *guardrails: Condition, allow: tuple[Condition, ...] = ()) -> TargetSource:
    """The source with guardrails, and with conditions on which people are let without a grant."""

    def subscription(kind: SubscriptionKind, who: Condition) -> SubscriptionPolicy:
        return SubscriptionPolicy(str(who), str(who), kind, OnSource(source.id), who)

    return replace(
        source,
        guardrails=tuple(subscription(SubscriptionKind.GUARDRAIL, who) for who in guardrails),
        allow=tuple(subscription(SubscriptionKind.ALLOW, who) for who in allow),
    )


def one_product(source: TargetSource, *logins: str, entitlements: tuple[Entitlement, ...] = ()) -> Desired:
    """The product `sales` on one source."""
    return Desired(
        sources=(source,),
        products=(TargetProduct("sales", (source.id,)),),
        logins=tuple(Login(login) for login in logins),
        entitlements=entitlements,
    )
