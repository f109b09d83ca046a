"""An app with Placet, a small marketplace in it, and a browser that never runs a script."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask, request

from placet import Placet, Principal
from placet.domain.clock import SetClock
from tests.pages.browser import Browser
from tests.pages.shop import NOW, Shop, fill

MakeApp = Callable[..., Flask]
Browse = Callable[[str], Browser]


def by_header() -> Principal | None:
    """Whoever the header names; nobody without it."""
    name = request.headers.get("X-Person")
    return Principal(name) if name else None


def host_at(database: Path, clock: SetClock, host: Flask | None = None, **settings: object) -> Flask:
    app = host or Flask("host")
    app.config |= {"SECRET_KEY": "of the host", "PLACET_DATABASE": f"sqlite:///{database}"}
    app.config |= {f"PLACET_{name.upper()}": value for name, value in settings.items()}
    Placet(identity=by_header).init_app(app, clock=clock)
    return app


@pytest.fixture
def clock() -> SetClock:
    return SetClock(NOW)


@pytest.fixture(scope="session")
def stocked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of a database that holds the shop; to be copied, never used."""
    file = tmp_path_factory.mktemp("stocked") / "placet.db"
    fill(host_at(file, SetClock(NOW)).extensions["placet"].marketplace)
    return file


@pytest.fixture
def make_app(tmp_path: Path, clock: SetClock, stocked: Path) -> MakeApp:
    """Makes hosts that have Placet over one shop; `host` may be an app with routes of its own."""
    database = tmp_path / "placet.db"
    shutil.copy(stocked, database)
    return lambda host=None, **settings: host_at(database, clock, host, **settings)


@pytest.fixture
def app(make_app: MakeApp) -> Flask:
    return make_app(catalog_origins=("https://catalog.example",))


@pytest.fixture
def shop(app: Flask) -> Shop:
    return Shop(app.extensions["placet"].marketplace)


@pytest.fixture
def browse(app: Flask) -> Browse:
    """A browser in which the person of that id is signed in."""
    return lambda person: Browser(app.test_client(), person)
