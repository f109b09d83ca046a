"""A host with Placet and a small marketplace in it, and clients that speak as whom they are told to."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask, request

from placet import Placet, Principal
from placet.domain.clock import SetClock
from placet.service import Marketplace
from tests.api.client import Client
from tests.api.market import NOW, fill
from tests.databases import *  # noqa: F403 - fixtures are found by their names

Speak = Callable[..., Client]


def by_header() -> Principal | None:
    """Whoever the header names; nobody without it."""
    name = request.headers.get("X-Person")
    return Principal(name) if name else None


def with_placet(app: Flask, database: str, clock: SetClock | None = None, **settings: object) -> Flask:
    """The app with Placet in it."""
    app.config |= {"SECRET_KEY": "of the host", "PLACET_DATABASE": database}
    app.config |= {f"PLACET_{name.upper()}": value for name, value in settings.items()}
    Placet(identity=by_header).init_app(app, clock=clock)
    return app


def filled(database: str) -> None:
    """Put the marketplace into a database with empty tables."""
    marketplace = with_placet(Flask("filling"), database, SetClock(NOW)).extensions["placet"].marketplace
    marketplace.upgrade()
    fill(marketplace)
    marketplace.context.store.close()


@pytest.fixture(scope="session")
def sqlite_market(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with the marketplace, which new ones are copied from."""
    file = Path(shutil.copy(sqlite_template, tmp_path_factory.mktemp("market") / "placet.db"))
    filled(f"sqlite:///{file}")
    return file


@pytest.fixture
def clock() -> SetClock:
    return SetClock(NOW)


@pytest.fixture
def database(sqlite_market: Path, tmp_path: Path) -> str:
    """The address of an SQLite database with the marketplace."""
    return f"sqlite:///{shutil.copy(sqlite_market, tmp_path / 'placet.db')}"


@pytest.fixture
def on_postgres(postgres_url: str, clock: SetClock) -> Iterator[Flask]:
    """On PostgreSQL, with the marketplace."""
    filled(postgres_url)
    app = with_placet(Flask("host"), postgres_url, clock)
    yield app
    app.extensions["placet"].store.close()


@pytest.fixture
def app(database: str, clock: SetClock) -> Flask:
    """On SQLite; a test that is about the database takes `any_app`."""
    return with_placet(Flask("host"), database, clock)


@pytest.fixture(params=["app", "on_postgres"])
def any_app(request: pytest.FixtureRequest) -> Flask:
    """On SQLite and on PostgreSQL, in turn."""
    app: Flask = request.getfixturevalue(request.param)
    return app


@pytest.fixture
def speak(app: Flask) -> Speak:
    """A client that speaks as the person of that id; as nobody without one."""
    return lambda person="": Client(app, person)


@pytest.fixture
def marketplace(app: Flask) -> Marketplace:
    return app.extensions["placet"].marketplace
