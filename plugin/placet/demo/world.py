"""The demo's world: an embedded data platform with real data, a host with Placet, and its worker."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from flask import Flask

from placet.demo import baseball
from placet.demo.app import make_app
from placet.demo.office import TARGET, furnish, people
from placet.demo.server import EmbeddedPostgres
from placet.domain.people import Person
from placet.emitter.target import Target
from placet.identity.state import State
from placet.service import Marketplace
from placet.worker import Worker, make_queue

PLATFORM = "lahman"


@dataclass
class World:
    """Everything that runs while the demo does; `rows` counts what was loaded, nothing for a folder that was kept."""

    app: Flask
    server: EmbeddedPostgres
    worker: Worker
    rows: dict[str, int]

    @property
    def marketplace(self) -> Marketplace:
        state: State = self.app.extensions["placet"]
        return state.marketplace

    @property
    def target(self) -> Target:
        """The data platform, as Placet sees it."""
        return self.marketplace.context.targets[TARGET]

    def person(self, id: str) -> Person:
        """Someone of the office."""
        with self.marketplace.context.store.reading() as session:
            found = session.people.person(id)
        assert found
        return found

    def login_dsn(self, login: str) -> str:
        """How a consumer reaches the data platform, as themselves."""
        return self.server.dsn(PLATFORM, login)


@contextmanager
def world(folder: Path | None) -> Iterator[World]:
    """Set the world up, and take it down at the end; with a folder it is there again the next time."""
    with ExitStack() as stack:
        home = folder or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="placet-demo-")))
        home.mkdir(parents=True, exist_ok=True)
        server = stack.enter_context(EmbeddedPostgres(home / "platform" if folder else None))
        rows = _load(server)
        app = make_app(f"sqlite:///{home / 'placet.db'}", server.dsn(PLATFORM))
        state: State = app.extensions["placet"]
        state.marketplace.upgrade()
        furnish(state.marketplace)
        worker = Worker(state.marketplace, make_queue(state.settings))
        stack.callback(worker.stop)
        yield World(app, server, worker, rows)


def _load(server: EmbeddedPostgres) -> dict[str, int]:
    """Make and fill the platform's database, unless the folder has it from the last time."""
    if server.has_database(PLATFORM):
        return {}
    dsn = server.create_database(PLATFORM)
    rows = baseball.load(dsn)
    baseball.create_logins(dsn, sorted({login.login for login in people().logins}))
    return rows
