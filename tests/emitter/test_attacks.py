"""Ways past the views that someone would try, each on the real server."""

from __future__ import annotations

from dataclasses import replace
from typing import LiteralString

import psycopg
import pytest
from psycopg import sql

from placet.emitter.policy import Login, TargetColumn, TargetSource
from placet.emitter.postgres.names import view_name
from tests.emitter.worlds import World, at, count, granted, one_product

VIEW = "raw__orders"


@pytest.fixture
def shared(world: World) -> World:
    """Ann reads the orders; Bob's grant has run out, which leaves him the role; Cid is a stranger."""
    ann, bob, cid = world.login("ann"), world.login("bob"), world.login("cid")
    world.apply(one_product(world.table("orders"), ann, bob, cid, entitlements=(granted(ann),)))
    world.target.grant(granted(bob, grant="g2"))
    world.run("UPDATE gov.entitlement SET valid_until = clock_timestamp() WHERE grant_id = 'g2'")
    return world


def test_a_member_reads_an_ended_member_sees_nothing_and_a_stranger_is_denied(shared: World) -> None:
    assert [shared.count(shared.login(name), VIEW) for name in ("ann", "bob", "cid")] == [3, 0, None]


BEHIND: list[LiteralString] = [
    "SELECT ssn FROM raw.orders",
    "SELECT count(*) FROM ONLY raw.orders",
    "COPY raw.orders TO STDOUT",
    "TABLE gov.entitlement",
    "TABLE gov.principal",
    "SET ROLE {owner}",
    "SET ROLE {product}",
    "SET SESSION AUTHORIZATION {owner}",
    "SELECT * FROM pg_statistic",
    "ALTER VIEW marketplace.raw__orders RESET (security_barrier)",
    "CREATE VIEW marketplace.mine AS SELECT 1",
    "GRANT {product} TO {cid}",
]


@pytest.mark.parametrize("statement", BEHIND)
def test_not_even_a_member_reaches_what_is_behind_the_view(shared: World, statement: LiteralString) -> None:
    names = {"owner": sql.Identifier(shared.role("owner")), "cid": sql.Identifier(shared.login("cid"))}
    query = sql.SQL(statement).format(product=sql.Identifier(shared.role("p_sales")), **names)
    with (
        shared.connect(shared.login("ann")) as connection,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        connection.execute(query)


WRITES: list[LiteralString] = [
    "INSERT INTO {} (id) VALUES (9)",
    "UPDATE {} SET ssn = 'x'",
    "DELETE FROM {}",
    "TRUNCATE {}",
    "SELECT * FROM {} FOR UPDATE",
]


@pytest.mark.parametrize("statement", WRITES)
def test_nobody_writes_through_a_view(shared: World, statement: LiteralString) -> None:
    with (
        shared.connect(shared.login("ann")) as connection,
        pytest.raises((psycopg.errors.InsufficientPrivilege, psycopg.errors.WrongObjectType)),
    ):
        connection.execute(sql.SQL(statement).format(at(VIEW)))


def test_whoever_could_read_the_table_before_reads_it_no_more(shared: World) -> None:
    cid, owner = shared.login("cid"), shared.login("loader")
    shared.run("GRANT USAGE ON SCHEMA raw TO {}, {}", cid, owner)
    shared.run("GRANT SELECT ON raw.orders TO {}", cid)
    shared.run("ALTER TABLE raw.orders OWNER TO {}", owner)
    for login in (cid, owner):
        with shared.connect(login) as connection:
            assert connection.execute("SELECT * FROM raw.orders").fetchall() == []


def test_reading_all_data_does_not_read_the_tables(shared: World) -> None:
    cid = shared.login("cid")
    shared.run("GRANT pg_read_all_data TO {}", cid)
    with shared.connect(cid) as connection:
        assert connection.execute("SELECT count(*) FROM raw.orders").fetchone() == (0,)
        assert count(connection, VIEW) == 0
        connection.execute("SET row_security = off")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("SELECT count(*) FROM raw.orders")


def test_a_cheap_function_that_tells_what_it_is_given_learns_nothing(shared: World) -> None:
    bob = shared.login("bob")
    shared.run("CREATE SCHEMA {0} AUTHORIZATION {0}", bob)
    told: list[str | None] = []
    with shared.connect(bob) as connection:
        connection.add_notice_handler(lambda notice: told.append(notice.message_primary))
        connection.execute(
            "CREATE FUNCTION tell(t text) RETURNS bool LANGUAGE plpgsql COST 0.0000001 "
            "AS $$ BEGIN RAISE NOTICE 'told %', t; RETURN true; END $$"
        )
        assert connection.execute("SELECT tell('it works')").fetchone() == (True,)
        assert connection.execute(sql.SQL("SELECT * FROM {} WHERE tell(ssn)").format(at(VIEW))).fetchall() == []
    assert told == ["told it works"]


def test_a_division_by_zero_says_nothing_about_hidden_rows(shared: World) -> None:
    query = sql.SQL("SELECT count(*) FROM {} WHERE 1 / (id - 2) > 0").format(at(VIEW))
    with shared.connect(shared.login("bob")) as connection:
        assert connection.execute(query).fetchone() == (0,)
    with shared.connect(shared.login("ann")) as connection, pytest.raises(psycopg.errors.DivisionByZero):
        connection.execute(query)


def test_statistics_say_nothing_about_hidden_rows(shared: World) -> None:
    shared.run("ANALYZE raw.orders")
    assert shared.run("SELECT count(*) > 0 FROM pg_stats WHERE tablename = 'orders'") == [(True,)]
    for name in ("ann", "bob"):
        with shared.connect(shared.login(name)) as connection:
            assert connection.execute("SELECT * FROM pg_stats WHERE schemaname = 'raw'").fetchall() == []


def test_a_denied_query_never_touches_the_table(shared: World) -> None:
    explain = sql.SQL("EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) SELECT * FROM {}").format(at(VIEW))
    with shared.connect(shared.login("bob")) as connection:
        lines = [line for (line,) in connection.execute(explain)]
    assert [line for line in lines if "Scan on orders" in line] == ["  ->  Seq Scan on orders source (never executed)"]


def test_an_own_view_or_function_lends_nobody_ones_access(shared: World) -> None:
    ann, cid = shared.login("ann"), shared.login("cid")
    shared.run("CREATE SCHEMA {0} AUTHORIZATION {0}", ann)
    with shared.connect(ann) as connection:
        connection.execute(sql.SQL("CREATE VIEW lent AS SELECT * FROM {}").format(at(VIEW)))
        connection.execute(
            "CREATE FUNCTION lend() RETURNS bigint LANGUAGE sql SECURITY DEFINER "
            "AS $$ SELECT count(*) FROM marketplace.raw__orders $$"
        )
        connection.execute(sql.SQL("GRANT USAGE ON SCHEMA {} TO PUBLIC").format(sql.Identifier(ann)))
        connection.execute("GRANT SELECT ON lent TO PUBLIC")
        assert connection.execute("SELECT count(*), lend() FROM lent").fetchone() == (3, 3)
    with shared.connect(cid) as connection:
        lent = sql.SQL("SELECT count(*), {0}.lend() FROM {0}.lent").format(sql.Identifier(ann))
        assert connection.execute(lent).fetchone() == (0, 0)


def test_taking_on_anothers_role_neither_sheds_nor_borrows_anything(shared: World) -> None:
    ann, bob, pool = shared.login("ann"), shared.login("bob"), shared.login("pool")
    shared.run("GRANT {} TO {}, {}", ann, bob, pool)
    seen = {}
    for login in (bob, pool):
        with shared.connect(login) as connection:
            connection.execute(sql.SQL("SET ROLE {}").format(sql.Identifier(ann)))
            seen[login] = count(connection, VIEW)
    assert seen == {bob: 0, pool: 3}, "a login that is known acts for itself; a connection pool for whom it serves"


def test_a_login_dropped_and_made_anew_inherits_nothing(shared: World) -> None:
    ann = shared.login("ann")
    shared.run("DROP ROLE {}", ann)
    shared.run("CREATE ROLE {} LOGIN", ann)
    shared.run("GRANT {} TO {}", shared.role("p_sales"), ann)
    assert shared.count(ann, VIEW) == 0


def test_a_login_made_anew_gets_nothing_from_applying_until_it_is_confirmed(world: World) -> None:
    ann, source = world.login("ann"), world.table("orders")
    desired = one_product(source, ann, entitlements=(granted(ann),))
    world.apply(desired)
    world.run("DROP ROLE {}", ann)
    world.run("CREATE ROLE {} LOGIN", ann)
    assert [f"login {ann}: is not there, or was made anew: no access until it is there and confirmed"] == [
        line for line in world.drift(desired) if line.startswith("login")
    ]
    world.apply(desired)
    assert world.count(ann, VIEW) is None
    [(oid,)] = world.ask("SELECT oid FROM pg_roles WHERE rolname = %s", ann)
    world.apply(replace(desired, logins=(Login(ann, native_id=oid),)))
    assert world.count(ann, VIEW) == 3


ODD = [
    'a"b',
    "it's",
    "per%cent %s {} $1",
    "Groß und Straße",
    "select",
    "semi; DROP TABLE x --",
    "new\nline",
    "back\\slash",
    "x" * 63,
    "é" * 31,
    "日本語のテーブル名前",
    "__",
    " ",
]


@pytest.mark.parametrize("odd", ODD)
def test_any_name_a_server_can_have_is_the_name_that_is_meant(world: World, odd: str) -> None:
    """Schema, table, column and login of the same odd name, beside neighbours that a cut or folded name would hit."""
    login = world.login("x") if len(odd.encode()) > 50 else world.login(odd)
    world.run("CREATE SCHEMA {}", odd)
    world.run("CREATE TABLE {}.{} ({} int, secret text)", odd, odd, odd)
    world.run("INSERT INTO {}.{} VALUES (7, 'hidden')", odd, odd)
    source = TargetSource(f"id {odd}", odd, odd, (TargetColumn(1, odd),))
    desired = one_product(source, login, entitlements=(granted(login, grant=f"grant {odd}"),))
    world.apply(desired)
    with world.connect(login) as connection:
        cursor = connection.execute(f"SELECT * FROM {world.target.address(odd, odd)}".encode())
        assert cursor.description is not None
        assert [column.name for column in cursor.description] == [odd]
        assert cursor.fetchall() == [(7,)]
    assert world.drift(desired) == []
    world.target.revoke(f"grant {odd}", world.server_time())
    assert world.count(login, view_name(odd, odd)) is None


@pytest.mark.parametrize("login", ["-", "123", 'q"q', "UPPER", "public "])
def test_a_login_of_a_name_that_sql_could_misread_has_its_own_access_only(world: World, login: str) -> None:
    other = world.login("other")
    world.run("CREATE ROLE {} LOGIN", login)
    try:
        world.apply(one_product(world.table("orders"), login, other, entitlements=(granted(login),)))
        assert (world.count(login, VIEW), world.count(other, VIEW)) == (3, None)
    finally:
        world.run("DROP ROLE {}", login)


def test_a_login_too_long_for_the_server_is_not_cut_to_anothers(world: World) -> None:
    victim, source = "v" * 63, world.table("orders")
    world.run("CREATE ROLE {} LOGIN", victim)
    try:
        desired = one_product(source, victim + "x", entitlements=(granted(victim + "x"),))
        assert [p.summary for p in world.apply(desired).problems] == [
            "is no possible login on PostgreSQL (1 to 63 bytes): no access"
        ]
        assert world.count(victim, VIEW) is None
        assert world.run("SELECT count(*) FROM gov.entitlement") == [(0,)]
    finally:
        world.run("DROP ROLE {}", victim)
