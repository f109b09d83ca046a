"""The newest server there is in the wheel does the same."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.emitter.differential import Stage
from tests.emitter.test_differential import EVERYTHING
from tests.emitter.worlds import World, granted, one_product, world_on
from tests.servers import postgres_server

VIEW = "raw__orders"


@pytest.fixture(scope="module")
def newest() -> Iterator[World]:
    with postgres_server(version=18) as server, world_on(server) as world:
        yield world


def test_a_grant_is_given_verified_and_taken_on_postgresql_18(newest: World) -> None:
    [(version,)] = newest.ask("SELECT current_setting('server_version_num')::int / 10000")
    assert version == 18
    ann = newest.login("reader")
    desired = one_product(newest.table("only18"), ann)
    newest.apply(desired)
    newest.target.grant(granted(ann))
    assert newest.count(ann, "raw__only18") == 3
    assert newest.drift(replace(desired, entitlements=(granted(ann),))) == []
    newest.run("ALTER VIEW marketplace.raw__only18 RESET (security_barrier)")
    assert len(newest.drift(replace(desired, entitlements=(granted(ann),)))) == 1
    newest.target.revoke("g1", newest.server_time())
    assert newest.count(ann, "raw__only18") is None


def test_postgresql_18_agrees_with_the_evaluator(newest: World) -> None:
    stage = Stage(newest)
    try:
        assert stage.differences(EVERYTHING) == []
    finally:
        stage.close()
