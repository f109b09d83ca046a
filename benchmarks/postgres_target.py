"""The PostgreSQL target: an approval among few and many, a plan of everything, and queries through views."""

from __future__ import annotations

import re
import statistics
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import psycopg
from psycopg import sql

from placet.demo.server import EmbeddedPostgres
from placet.domain.conditions import HasAttribute, InGroup, Not
from placet.domain.masks import Mask, MaskKind
from placet.domain.policies import DataPolicy
from placet.domain.row_filters import Comparison, RowFilter
from placet.domain.scopes import NamedColumns, OnSource
from placet.domain.subscriptions import SubscriptionKind, SubscriptionPolicy
from placet.emitter.policy import Desired, Entitlement, Login, TargetColumn, TargetProduct, TargetSource
from placet.emitter.postgres.target import PostgresTarget
from placet.emitter.settings import PostgresSettings
from placet.emitter.target import Target

SIZES = ((10, 10), (10_000, 10), (10, 1_000))
ROWS, ROUNDS, POINTS = 100_000, 11, 300
START, END = datetime(2000, 1, 1, tzinfo=UTC), datetime(2999, 1, 1, tzinfo=UTC)
COLUMNS = {"id": "int PRIMARY KEY", "region": "text", "ssn": "text", "salary": "bigint"}


def table() -> str:
    """The tables for docs/performance.md."""
    with EmbeddedPostgres(settings={"fsync": "off", "synchronous_commit": "off"}) as server:
        queries = _queries(server)
        rows = [_grown(server, people, tables) for people, tables in SIZES]
    return "\n\n".join((_approvals(rows), queries))


@contextmanager
def _platform(server: EmbeddedPostgres, name: str) -> Iterator[tuple[Target, psycopg.Connection[tuple[Any, ...]]]]:
    dsn = server.create_database(name)
    with psycopg.connect(dsn, autocommit=True) as admin:
        yield PostgresTarget(PostgresSettings(name, dsn, role_prefix=name)), admin
    server.drop_database(name)


def _grown(server: EmbeddedPostgres, people: int, tables: int) -> dict[str, float]:
    """What one approval more costs on a platform of this size, and a plan of all of it."""
    name = f"p{people}_{tables}"
    with _platform(server, name) as (target, admin):
        logins = [f"{name}_{number}" for number in range(people + 1)]
        with admin.transaction():
            admin.execute("CREATE SCHEMA raw")
            for login in logins:
                admin.execute(sql.SQL("CREATE ROLE {} LOGIN").format(sql.Identifier(login)))
        for number in range(tables):
            admin.execute(_create(f"t{number}", 1))
        sources = tuple(_ruled(f"t{number}") for number in range(tables))
        desired = Desired(
            sources,
            (TargetProduct("sales", tuple(source.id for source in sources)),),
            tuple(map(Login, logins)),
            tuple(Entitlement(f"of {login}", "sales", login, START) for login in logins[:-1]),
        )
        target.apply(lambda: desired)
        newcomer = Entitlement("new", "sales", logins[-1], START)
        exception = replace(newcomer, grant="clear", columns=frozenset({("t0", 3)}))
        return {
            "people": people,
            "tables": tables,
            "grant": _statements(server, admin, lambda: target.grant(newcomer)),
            "revoke": _statements(server, admin, lambda: target.revoke("new", END)),
            "exception": _statements(server, admin, lambda: target.grant(exception)),
            "effect": _effect(server, target, replace(newcomer, grant="again")),
            "plan": _seconds(lambda: target.plan(desired)),
        }


def _create(name: str, rows: int) -> sql.Composed:
    columns = sql.SQL(", ").join(
        sql.SQL("{} {}").format(sql.Identifier(column), sql.SQL(type_))  # type: ignore[arg-type]
        for column, type_ in COLUMNS.items()
    )
    fill = sql.SQL(
        "INSERT INTO {} SELECT n, (ARRAY['EU', 'US'])[n % 2 + 1], 'secret-' || n, n FROM generate_series(1, {}) n"
    )
    relation = sql.Identifier("raw", name)
    return sql.SQL("CREATE TABLE {} ({}); {}").format(relation, columns, fill.format(relation, rows))


def _plain(name: str) -> TargetSource:
    return TargetSource(name, "raw", name, tuple(TargetColumn(n, column) for n, column in enumerate(COLUMNS, 1)))


def _ruled(name: str) -> TargetSource:
    """A source with a guardrail, two masks and a row filter."""
    source, scope = _plain(name), NamedColumns(name, frozenset())
    fraud, contractors = HasAttribute("level", "fraud"), Not(InGroup("contractors"))
    masks = {
        "ssn": DataPolicy("m1", "m1", Mask(MaskKind.HASH), scope, everyone_except=fraud),
        "salary": DataPolicy("m2", "m2", Mask(MaskKind.ROUNDING, places=-3), scope, everyone_except=fraud),
    }
    rows = DataPolicy("f1", "f1", None, scope, filter=RowFilter(Comparison.ONE_OF, attribute="region"))
    return replace(
        source,
        columns=tuple(replace(one, masks=(masks[one.name],) if one.name in masks else ()) for one in source.columns),
        guardrails=(SubscriptionPolicy("s1", "s1", SubscriptionKind.GUARDRAIL, OnSource(name), contractors),),
        filters=((rows, frozenset({2})),),
    )


def _statements(
    server: EmbeddedPostgres, admin: psycopg.Connection[tuple[Any, ...]], work: Callable[[], object]
) -> int:
    """How many statements the server's own log has of this work."""
    log, database = server.socket_folder / "log", sql.Identifier(admin.info.dbname)
    admin.execute(sql.SQL("ALTER DATABASE {} SET log_statement = 'all'").format(database))
    start = log.stat().st_size
    work()
    admin.execute(sql.SQL("ALTER DATABASE {} RESET log_statement").format(database))
    with log.open() as lines:
        lines.seek(start)
        return sum(1 for line in lines if re.search("LOG:  (statement|execute [^:]*):", line))


def _effect(server: EmbeddedPostgres, target: Target, grant: Entitlement) -> float:
    """Milliseconds from an approval to the first query that its login is not refused."""
    with psycopg.connect(server.dsn(grant.login.rsplit("_", 1)[0], grant.login), autocommit=True) as connection:
        start = time.perf_counter()
        target.grant(grant)
        connection.execute("SELECT count(*) FROM marketplace.raw__t0")
        return (time.perf_counter() - start) * 1000


def _seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def _queries(server: EmbeddedPostgres) -> str:
    """Queries of the table itself, of its view, and of its view with policies, in turns over three connections."""
    with _platform(server, "queries") as (target, admin):
        admin.execute("CREATE SCHEMA raw")
        for name in ("plain", "ruled"):
            admin.execute(_create(name, ROWS))
        admin.execute("CREATE ROLE queries_ann LOGIN; CREATE ROLE queries_bob LOGIN")
        admin.execute("VACUUM ANALYZE")
        regions = {"region": frozenset({"EU", "US"})}
        target.apply(
            lambda: Desired(
                (_plain("plain"), _ruled("ruled")),
                (TargetProduct("sales", ("plain", "ruled")),),
                (Login("queries_ann", attributes=regions), Login("queries_bob", attributes=regions)),
                (Entitlement("g1", "sales", "queries_ann", START), Entitlement("g2", "sales", "queries_bob", START)),
            )
        )
        admin.execute("UPDATE gov.entitlement SET valid_until = now() WHERE grant_id = 'g2'")
        names = {
            "the table itself": ("postgres", "raw.plain"),
            "the view": ("queries_ann", "marketplace.raw__plain"),
            "the view with policies": ("queries_ann", "marketplace.raw__ruled"),
            "the view with policies, denied": ("queries_bob", "marketplace.raw__ruled"),
        }
        with _connections(server, names) as connections:
            full = _taken(connections, names, "SELECT count(*), count(region), max(id) FROM {}", 1)
            masked = _taken(connections, names, "SELECT count(ssn), max(salary) FROM {}", 1)
            point = _taken(connections, names, "SELECT * FROM {} WHERE id = 500", POINTS)
    lines = [f"| {n} | {full[n]:.2f} | {masked[n]:.2f} | {point[n]:.3f} |" for n in names]
    head = (
        f"| ms for | all {ROWS:,} rows | and their masked columns | a row by its key, prepared |\n|---|---:|---:|---:|"
    )
    return "\n".join([head, *lines])


@contextmanager
def _connections(
    server: EmbeddedPostgres, names: Mapping[str, tuple[str, str]]
) -> Iterator[dict[str, psycopg.Connection[tuple[Any, ...]]]]:
    opened = {n: psycopg.connect(server.dsn("queries", user), autocommit=True) for n, (user, _) in names.items()}
    try:
        yield opened
    finally:
        for connection in opened.values():
            connection.close()


def _taken(
    connections: Mapping[str, psycopg.Connection[tuple[Any, ...]]],
    names: Mapping[str, tuple[str, str]],
    query: str,
    times: int,
) -> dict[str, float]:
    """Milliseconds of each: the median over rounds in which they take turns."""
    found: dict[str, list[float]] = {name: [] for name in names}
    for number in range(ROUNDS + 1):
        for name, (_, relation) in names.items():
            statement = query.format(relation).encode()
            start = time.perf_counter()
            for _ in range(times):
                connections[name].execute(statement, prepare=True).fetchall()
            if number:
                found[name].append((time.perf_counter() - start) * 1000 / times)
    return {name: statistics.median(times) for name, times in found.items()}


def _approvals(rows: list[dict[str, float]]) -> str:
    head = (
        "| people | tables | statements of a grant | of a revocation | of a masking exception "
        "| approval to first row, ms | plan of all, s |\n|---:|---:|---:|---:|---:|---:|---:|"
    )
    lines = [
        f"| {row['people']:,} | {row['tables']:,} | {row['grant']} | {row['revoke']} | {row['exception']} "
        f"| {row['effect']:.0f} | {row['plan']:.1f} |"
        for row in rows
    ]
    return "\n".join([head, *lines])
