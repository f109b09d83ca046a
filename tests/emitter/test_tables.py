"""Tables are shared column by column and closed as a whole, whatever becomes of them afterwards."""

from __future__ import annotations

from dataclasses import replace
from typing import LiteralString

import psycopg
import pytest
from psycopg import sql

from placet.emitter.policy import Desired, TargetColumn, TargetProduct, TargetSource
from placet.emitter.target import Loss, Plan
from tests.emitter.worlds import World, at, granted, one_product

VIEW = "raw__orders"


def test_who_loses_direct_access_is_listed_before_it_happens(world: World, desired: Desired) -> None:
    reader, writer, owner, reads_all, spared = (world.login(n) for n in ("reader", "writer", "keeper", "all", "spared"))
    world.exempt.append(spared)
    world.run("ALTER TABLE raw.orders OWNER TO {}", owner)
    world.run("GRANT SELECT (id) ON raw.orders TO {}", reader)
    world.run("GRANT INSERT, UPDATE ON raw.orders TO {}", writer)
    world.run("GRANT SELECT ON raw.orders TO {}", spared)
    world.run("GRANT pg_read_all_data TO {}", reads_all)
    lost = world.target.plan(desired).losses
    assert set(lost) == {
        Loss(reader, "raw.orders", ("SELECT",)),
        Loss(writer, "raw.orders", ("INSERT", "UPDATE")),
        Loss(owner, "raw.orders", ("DELETE", "INSERT", "SELECT", "UPDATE")),
        Loss(reads_all, "raw.orders", ("SELECT",)),
    }
    world.apply(desired)
    assert world.target.plan(desired).losses == ()


def test_exempt_roles_go_on_reading_and_writing_the_table(world: World, desired: Desired) -> None:
    loader = world.login("loader")
    world.run("GRANT USAGE ON SCHEMA raw TO {0}; GRANT SELECT, INSERT ON raw.orders TO {0}", loader)
    world.exempt.append(loader)
    world.apply(desired)
    with world.connect(loader) as connection:
        connection.execute("INSERT INTO raw.orders VALUES (4, 'US', 'x')")
        assert connection.execute("SELECT count(*) FROM raw.orders").fetchone() == (4,)
    world.exempt.clear()
    world.apply(desired)
    with world.connect(loader) as connection:
        assert connection.execute("SELECT count(*) FROM raw.orders").fetchone() == (0,)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("INSERT INTO raw.orders VALUES (5, 'US', 'x')")


@pytest.mark.parametrize("name", ["public", "nobody_of_that_name"])
def test_an_exempt_role_that_is_none_opens_nothing(world: World, desired: Desired, name: str) -> None:
    cid = world.login("cid")
    world.run("GRANT USAGE ON SCHEMA raw TO {0}; GRANT SELECT ON raw.orders TO {0}", cid)
    world.exempt.append(name)
    [problem] = world.apply(desired).problems
    assert problem.object == name
    with world.connect(cid) as connection:
        assert connection.execute("SELECT * FROM raw.orders").fetchall() == []


def columns(world: World, login: str) -> dict[str, object]:
    """The first row a login sees, by column."""
    with world.connect(login) as connection:
        cursor = connection.execute(sql.SQL("SELECT * FROM {} ORDER BY 1 LIMIT 1").format(at(VIEW)))
        assert cursor.description is not None
        return dict(zip([c.name for c in cursor.description], cursor.fetchall()[0], strict=True))


@pytest.mark.requirement("D3", clause="a new column waits")
def test_a_new_column_stays_out_until_it_is_imported(world: World, ann: str, desired: Desired) -> None:
    world.apply(desired)
    world.run("ALTER TABLE raw.orders ADD salary int DEFAULT 100")
    assert world.apply(desired).empty
    assert "salary" not in columns(world, ann)
    [source] = desired.sources
    wider = replace(source, columns=(*source.columns, TargetColumn(4, "salary")))
    world.apply(replace(desired, sources=(wider,)))
    assert columns(world, ann)["salary"] == 100


def test_a_renamed_column_is_still_the_one_that_was_imported(world: World, ann: str, desired: Desired) -> None:
    world.apply(desired)
    world.run("ALTER TABLE raw.orders RENAME region TO place; ALTER TABLE raw.orders RENAME ssn TO region")
    assert world.apply(desired) == Plan()
    assert columns(world, ann) == {"id": 1, "region": "EU", "ssn": "secret-1"}


def test_a_dropped_column_leaves_the_view_and_is_reported(world: World, ann: str, desired: Desired) -> None:
    world.apply(desired)
    world.run("ALTER TABLE raw.orders DROP ssn CASCADE")
    [problem] = world.apply(desired).problems
    assert problem.summary == "the column `ssn` is gone: import the source again"
    assert columns(world, ann) == {"id": 1, "region": "EU"}


def test_a_table_made_anew_with_other_columns_is_not_shared_under_the_old_names(
    world: World, ann: str, desired: Desired
) -> None:
    world.apply(desired)
    world.run("DROP TABLE raw.orders CASCADE; CREATE TABLE raw.orders (ssn text, id int, region text)")
    [problem] = world.apply(desired).problems
    assert "`id` is `ssn`" in problem.summary
    assert world.run("SELECT count(*) FROM pg_views WHERE schemaname = 'marketplace'") == [(0,)]


UNSHARED: list[tuple[LiteralString, str]] = [
    ("CREATE VIEW raw.thing AS SELECT 1 AS id", "is no table"),
    ("CREATE MATERIALIZED VIEW raw.thing AS SELECT 1 AS id", "is no table"),
    ("CREATE TABLE raw.whole (id int); CREATE TABLE raw.thing () INHERITS (raw.whole)", "is a part of another table"),
    ("SELECT 1", "is not there"),
    ("CREATE TABLE raw.thing (other int)", "was made anew with other columns (`id` is `other`)"),
    ("CREATE TABLE raw.thing ()", "has none of the imported columns"),
]


@pytest.mark.parametrize(("statement", "reason"), UNSHARED)
def test_what_cannot_be_kept_from_being_read_directly_is_not_shared(
    world: World, desired: Desired, ann: str, statement: LiteralString, reason: str
) -> None:
    world.run(statement)
    thing = TargetSource("thing", "raw", "thing", (TargetColumn(1, "id"),))
    product = TargetProduct("sales", ("orders", "thing"))
    [problem] = world.apply(replace(desired, sources=(*desired.sources, thing), products=(product,))).problems
    assert reason in problem.summary
    assert world.count(ann, VIEW) == 3, "the others are shared all the same"


def test_the_parts_of_a_table_are_closed_as_well(world: World, ann: str) -> None:
    world.run("CREATE SCHEMA raw; CREATE TABLE raw.orders (id int, region text) PARTITION BY LIST (region)")
    world.run(
        "CREATE TABLE raw.eu PARTITION OF raw.orders FOR VALUES IN ('EU'); INSERT INTO raw.orders VALUES (1, 'EU')"
    )
    cid = world.login("cid")
    world.run("GRANT USAGE ON SCHEMA raw TO {0}; GRANT SELECT ON ALL TABLES IN SCHEMA raw TO {0}", cid)
    source = TargetSource("orders", "raw", "orders", (TargetColumn(1, "id"),))
    world.apply(one_product(source, ann, entitlements=(granted(ann),)))
    assert world.count(ann, VIEW) == 1
    with world.connect(cid) as connection:
        assert connection.execute("SELECT * FROM raw.orders UNION SELECT * FROM raw.eu").fetchall() == []


def test_a_source_shared_no_more_stays_closed_and_loses_its_view(world: World, ann: str, desired: Desired) -> None:
    world.apply(desired)
    world.apply(Desired())
    assert world.run("SELECT viewname FROM pg_views WHERE schemaname = 'marketplace'") == []
    assert world.run(
        "SELECT relrowsecurity, relforcerowsecurity, polname FROM pg_class c LEFT JOIN pg_policy p "
        "ON p.polrelid = c.oid WHERE c.oid = 'raw.orders'::regclass"
    ) == [(True, True, None)]
    reads = "SELECT has_table_privilege(%s, 'raw.orders', 'SELECT')"
    assert world.ask(reads, world.role("owner")) == [(False,)]
    assert world.target.plan(Desired()).empty


def test_a_source_imported_anew_under_another_id_stays_shared(world: World, ann: str, desired: Desired) -> None:
    world.apply(desired)
    [source] = desired.sources
    anew = replace(desired, sources=(replace(source, id="new"),), products=(TargetProduct("sales", ("new",)),))
    world.apply(anew)
    assert world.count(ann, VIEW) == 3
    assert world.drift(anew) == []


def test_a_renamed_table_is_still_read_by_its_view_and_reported(world: World, ann: str, desired: Desired) -> None:
    world.apply(desired)
    world.run("ALTER TABLE raw.orders RENAME TO sold")
    [problem] = world.apply(desired).problems
    assert problem.summary == "is not there: import the sources again"
    assert world.count(ann, VIEW) == 3


def test_a_source_of_another_view_s_name_is_refused(world: World, ann: str, desired: Desired) -> None:
    [source] = desired.sources
    twin = replace(source, id="twin")
    problems = world.apply(replace(desired, sources=(source, twin))).problems
    assert {problem.summary for problem in problems} == {
        "another source would have the same view `raw__orders`: rename one of the tables"
    }
