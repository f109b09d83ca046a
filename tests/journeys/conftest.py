"""An office as the service tests have it, with a real PostgreSQL as its data platform and consumers with logins."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import cast

import psycopg
import pytest
from psycopg import sql

from placet.demo.server import EmbeddedPostgres
from placet.domain.clock import SetClock, SystemClock
from placet.emitter.postgres.target import PostgresTarget
from placet.emitter.settings import PostgresSettings
from placet.service import Marketplace
from placet.settings import Settings
from placet.storage import Login, Store
from tests.databases import *  # noqa: F403 - fixtures
from tests.journeys.host import make_app
from tests.journeys.journey import Journey
from tests.journeys.platform import LOGINS, TABLES, Platform
from tests.service.office import Office

PREFIX = f"journey{os.getpid()}"
"""Roles belong to the whole server, and other tests of this process may make some too."""


@pytest.fixture
def platform_dsn(postgres: EmbeddedPostgres) -> Iterator[str]:
    """A database with two tables, and logins that may do nothing; all of it gone afterwards."""
    dsn = postgres.create_database("journey")
    with psycopg.connect(dsn, autocommit=True) as admin:
        admin.execute("CREATE SCHEMA pay")
        for table in TABLES:
            name = sql.Identifier("pay", table)
            admin.execute(sql.SQL("CREATE TABLE {} (id integer, amount numeric)").format(name))
            admin.execute(sql.SQL("INSERT INTO {} VALUES (1, 10), (2, 20)").format(name))
        for login in LOGINS:
            admin.execute(sql.SQL("CREATE ROLE {} LOGIN").format(sql.Identifier(login)))
    yield dsn
    postgres.drop_database("journey")
    with psycopg.connect(postgres.dsn(), autocommit=True) as admin:
        made = admin.execute("SELECT rolname FROM pg_roles WHERE rolname LIKE %s", [f"{PREFIX}%"]).fetchall()
        for (role,) in [*made, *((login,) for login in LOGINS)]:
            admin.execute(sql.SQL("DROP ROLE {}").format(sql.Identifier(role)))


@pytest.fixture
def platform(store: Store, platform_dsn: str) -> Platform:
    """The platform of an office whose product `Salaries` holds the table of that name; rita and tom have logins."""
    settings = PostgresSettings("warehouse", platform_dsn, role_prefix=PREFIX)
    marketplace = Marketplace(Settings(), store, targets={"warehouse": PostgresTarget(settings)})
    marketplace.upgrade()
    office = Office(marketplace, cast(SetClock, SystemClock()))
    with store.writing() as session:
        for number, table in enumerate(TABLES, 1):
            session.sources.save(office.source(f"s{number}", table))
        for person in ("rita", "tom"):
            session.logins.save(Login(person, "warehouse", f"{person}_db"))
    marketplace.work.provision()
    return Platform(office, platform_dsn)


@pytest.fixture
def journey_env(platform_dsn: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Sets the environment that `tests.journeys.host` makes its app from, over a database."""

    def set_for(url: str) -> None:
        named = {"DATABASE": url, "DSN": platform_dsn, "PREFIX": PREFIX, "QUEUE": str(tmp_path / "queue.db")}
        for name, value in named.items():
            monkeypatch.setenv(f"JOURNEY_{name}", value)

    return set_for


@pytest.fixture
def journey_on(journey_env: Callable[[str], None], platform_dsn: str) -> Iterator[Callable[[str], Journey]]:
    """Begins a journey over a database, with a worker at work."""
    begun: list[Journey] = []

    def begin(url: str) -> Journey:
        journey_env(url)
        begun.append(Journey(make_app(), platform_dsn))
        begun[-1].worker.start_thread()
        begun[-1].settled()
        return begun[-1]

    yield begin
    for one in begun:
        one.worker.stop()
        one.marketplace.context.store.close()


@pytest.fixture
def journey(journey_on: Callable[[str], Journey], sqlite_url: str) -> Journey:
    """On SQLite; a test that is about the database takes `any_journey`."""
    return journey_on(sqlite_url)


@pytest.fixture
def any_journey(journey_on: Callable[[str], Journey], store_url: str) -> Journey:
    """On SQLite and on PostgreSQL, in turn."""
    return journey_on(store_url)


@pytest.fixture
def outage(platform_dsn: str) -> Iterator[Callable[[bool], None]]:
    """Lets the data platform answer nobody, and answer again."""
    name = psycopg.conninfo.conninfo_to_dict(platform_dsn)["dbname"]
    elsewhere = psycopg.conninfo.make_conninfo(platform_dsn, dbname="postgres")

    def let_in(everyone: bool) -> None:
        with psycopg.connect(elsewhere, autocommit=True) as admin:
            admin.execute(
                sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS {}").format(
                    sql.Identifier(str(name)), sql.SQL("true" if everyone else "false")
                )
            )

    yield lambda down: let_in(not down)
    let_in(True)
