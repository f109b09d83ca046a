"""One server for the whole run, and a world of its own for each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from placet.demo.server import EmbeddedPostgres
from tests.emitter.worlds import World, world_on
from tests.servers import postgres_server


@pytest.fixture(scope="session")
def server() -> Iterator[EmbeddedPostgres]:
    with postgres_server() as server:
        yield server


@pytest.fixture
def world(server: EmbeddedPostgres) -> Iterator[World]:
    with world_on(server) as world:
        yield world
