"""Data sources read from the live catalog."""

from __future__ import annotations

from dataclasses import replace

import psycopg
import pytest

from placet.emitter.policy import Desired
from placet.emitter.postgres.target import PostgresTarget
from placet.emitter.target import CatalogColumn, CatalogSource
from tests.emitter.worlds import World


@pytest.mark.requirement("D3", clause="from a PostgreSQL catalog")
def test_the_catalog_has_every_table_with_its_columns_by_number(world: World) -> None:
    world.apply(Desired())
    world.run("CREATE SCHEMA {}", 'odd "schema"')
    world.run('CREATE TABLE {}.{} (a int, gone text, "B b" numeric(8, 2)[])', 'odd "schema"', "Täble")
    world.run("ALTER TABLE {}.{} DROP gone", 'odd "schema"', "Täble")
    world.run("CREATE TABLE whole (id int) PARTITION BY LIST (id); CREATE TABLE part PARTITION OF whole DEFAULT")
    world.run("CREATE VIEW seen AS SELECT 1 AS id; CREATE TEMP TABLE passing (id int)")
    assert world.target.read_catalog() == (
        CatalogSource(
            'odd "schema"', "Täble", (CatalogColumn(1, "a", "integer"), CatalogColumn(3, "B b", "numeric(8,2)[]"))
        ),
        CatalogSource("public", "whole", (CatalogColumn(1, "id", "integer"),)),
    )


def test_a_schema_that_the_target_may_not_look_into_is_left_out(world: World) -> None:
    weak = world.login("weak")
    world.table("orders")
    settings = replace(world.settings, dsn=psycopg.conninfo.make_conninfo(world.dsn, user=weak))
    assert PostgresTarget(settings).read_catalog() == ()
