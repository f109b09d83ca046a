"""One server for the whole run, and a new world for each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from placet.demo.server import EmbeddedPostgres
from placet.emitter.policy import Desired
from tests.emitter.worlds import World, granted, one_product, world_in
from tests.servers import postgres_server


@pytest.fixture(scope="session")
def server() -> Iterator[EmbeddedPostgres]:
    with postgres_server() as server:
        yield server


@pytest.fixture(scope="session")
def database(server: EmbeddedPostgres) -> str:
    """One database that tests use in turn, since making one for each would take longer than the tests."""
    return server.create_database("in_turn")


@pytest.fixture
def world(server: EmbeddedPostgres, database: str) -> Iterator[World]:
    with world_in(server, database) as world:
        yield world


@pytest.fixture
def ann(world: World) -> str:
    """Ann's login."""
    return world.login("ann")


@pytest.fixture
def desired(world: World, ann: str) -> Desired:
    """Ann is a member of a product with the orders; not applied yet."""
    return one_product(world.table("orders"), ann, entitlements=(granted(ann),))
