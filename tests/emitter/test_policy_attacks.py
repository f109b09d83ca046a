"""Ways past masks, row filters and guardrails that someone would try, each on the real server."""

from __future__ import annotations

from dataclasses import replace
from typing import LiteralString

import psycopg
import pytest
from psycopg import sql

from placet.domain.conditions import Condition, HasAttribute, InGroup, Not
from placet.domain.masks import Mask, MaskKind
from placet.domain.row_filters import Comparison, RowFilter
from placet.emitter.policy import Desired, Entitlement, Login, TargetColumn, TargetGroup, TargetProduct, TargetSource
from placet.emitter.postgres.foundation import TABLES
from placet.emitter.postgres.names import view_name
from tests.emitter.worlds import LONG_AGO, World, at, count, data_policy, granted, guarded, masked, one_product

VIEW = "raw__orders"
FIRST_ONLY = data_policy("first", RowFilter(Comparison.ONE_OF, (1,)), everyone_except=InGroup("staff"))  # type: ignore[arg-type]


def ruled(world: World, *guardrails: Condition) -> Desired:
    """Ann sees the first order only, its number hashed and its region not at all; Cid is of the staff and sees all."""
    source = masked(world.table("orders"), ssn=Mask(MaskKind.HASH), region=Mask(MaskKind.NULL))
    source = guarded(replace(source, filters=((FIRST_ONLY, frozenset({1})),)), *guardrails)
    ann, bob, cid = (world.login(name) for name in ("ann", "bob", "cid"))
    desired = one_product(source, entitlements=tuple(granted(name, grant=f"of {name}") for name in (ann, bob, cid)))
    staff = frozenset({"staff"})
    return replace(desired, logins=(Login(ann), Login(bob, groups=frozenset({"barred"})), Login(cid, groups=staff)))


@pytest.fixture
def shared(world: World) -> World:
    world.apply(ruled(world))
    return world


def test_a_leaky_function_is_told_neither_hidden_rows_nor_masked_values(shared: World) -> None:
    ann, told = shared.login("ann"), list[str | None]()
    shared.run("CREATE SCHEMA {0} AUTHORIZATION {0}", ann)
    with shared.connect(ann) as connection:
        connection.add_notice_handler(lambda notice: told.append(notice.message_primary))
        connection.execute(
            "CREATE FUNCTION tell(t text) RETURNS bool LANGUAGE plpgsql COST 0.0000001 "
            "AS $$ BEGIN RAISE NOTICE 'told %', t; RETURN true; END $$"
        )
        query = sql.SQL("SELECT * FROM {} WHERE tell(ssn) AND tell(region) AND tell(id::text)").format(at(VIEW))
        assert len(connection.execute(query).fetchall()) == 1
    assert len(told) == 3
    assert not [line for line in told if line and ("secret" in line or "EU" in line or line in ("told 2", "told 3"))]


@pytest.mark.parametrize(
    "condition", ["1 / (id - 2) > 0", "1 / (length(ssn) - 8) > 0", "1 / CASE WHEN region = 'EU' THEN 0 ELSE 1 END = 1"]
)
def test_an_error_says_nothing_about_hidden_rows_or_masked_values(shared: World, condition: LiteralString) -> None:
    query = sql.SQL("SELECT count(*) FROM {} WHERE {}").format(at(VIEW), sql.SQL(condition))
    with shared.connect(shared.login("ann")) as connection:
        assert connection.execute(query).fetchone() in [(0,), (1,)]
    shared.run("UPDATE raw.orders SET ssn = '12345678' || id")
    with shared.connect(shared.login("cid")) as connection, pytest.raises(psycopg.errors.DivisionByZero):
        connection.execute(sql.SQL("SELECT count(*) FROM {} WHERE 1 / (id - 2) > 0").format(at(VIEW)))


def test_a_masked_column_can_be_asked_for_its_masked_values_only(shared: World) -> None:
    query = sql.SQL("SELECT count(*) FROM {} WHERE ssn = 'secret-1' OR region = 'EU'").format(at(VIEW))
    with shared.connect(shared.login("ann")) as connection:
        assert connection.execute(query).fetchone() == (0,)


def test_a_hash_is_not_that_of_the_value_alone(shared: World) -> None:
    query = sql.SQL("SELECT ssn = encode(sha256('secret-1'), 'hex') FROM {}").format(at(VIEW))
    with shared.connect(shared.login("ann")) as connection:
        assert connection.execute(query).fetchall() == [(False,)]


def test_nobody_reads_what_views_look_up_not_even_who_reads_all_tables(shared: World) -> None:
    ann, cid = shared.login("ann"), shared.login("cid")
    shared.run("GRANT pg_read_all_data TO {}", cid)
    for table in TABLES:
        query = sql.SQL("TABLE {}").format(sql.Identifier("gov", table))
        with shared.connect(ann) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute(query)
        with shared.connect(cid) as connection:
            assert connection.execute(query).fetchall() == []


OWN: list[LiteralString] = [
    "CREATE FUNCTION {own}.pg_has_role(name, oid, text) RETURNS bool LANGUAGE sql AS 'SELECT true'",
    "CREATE FUNCTION {own}.clock_timestamp() RETURNS timestamptz LANGUAGE sql AS 'SELECT now()'",
    "CREATE FUNCTION {own}.sha256(bytea) RETURNS bytea LANGUAGE sql AS 'SELECT $1'",
    "CREATE TABLE {own}.attr (principal name, kind text, key text, value text)",
    "CREATE TEMP TABLE attr (principal name, kind text, key text, value text)",
    "CREATE TEMP TABLE context (c1 bool, c2 bool)",
]
SETTINGS: list[LiteralString] = [
    "SET datestyle = 'SQL, DMY'",
    "SET timezone = 'Pacific/Kiritimati'",
    "SET extra_float_digits = -15",
    "SET search_path = {own}, pg_catalog",
    "SET quote_all_identifiers = on",
    "SET bytea_output = 'escape'",
    "SET standard_conforming_strings = off",
    "SET intervalstyle = 'sql_standard'",
    "SET enable_material = off; SET enable_hashjoin = off; SET enable_seqscan = off",
    "SET plan_cache_mode = force_generic_plan",
    "SET client_encoding = 'LATIN1'",
    "SET lc_numeric = 'C'; SET transform_null_equals = on",
    "SET row_security = on; SET check_function_bodies = off",
]


def test_no_setting_of_a_session_changes_what_is_seen(shared: World) -> None:
    """Ann also has functions, operators and tables of her own by the names that the views use."""
    ann = shared.login("ann")
    shared.run("CREATE SCHEMA IF NOT EXISTS {0} AUTHORIZATION {0}", ann)
    own = sql.Identifier(ann)
    query = sql.SQL("SELECT * FROM {}").format(at(VIEW))
    with shared.connect(ann) as connection:
        before = connection.execute(query).fetchall()
        for body in OWN:
            connection.execute(sql.SQL(body).format(own=own))
        seen = {}
        for setting in SETTINGS:
            connection.execute(sql.SQL(setting).format(own=own))
            seen[setting] = connection.execute(query).fetchall()
    assert seen == dict.fromkeys(SETTINGS, before)


def test_taking_on_a_role_sheds_nothing_that_a_guardrail_is_about(world: World) -> None:
    """Bob is barred. He may take on Ann's role, and the roles that data products and groups have."""
    world.apply(ruled(world, Not(InGroup("barred"))))
    ann, bob = world.login("ann"), world.login("bob")
    world.run("GRANT {} TO {}", ann, bob)
    with world.connect(bob) as connection:
        seen = [count(connection, VIEW)]
        connection.execute(sql.SQL("SET ROLE {}").format(sql.Identifier(ann)))
        seen.append(count(connection, VIEW))
    assert (world.count(ann, VIEW), seen) == (1, [0, 0])
    world.run("GRANT {} TO {} WITH SET TRUE", world.role("p_sales"), bob)
    with world.connect(bob) as connection:
        connection.execute(sql.SQL("SET ROLE {}").format(sql.Identifier(world.role("p_sales"))))
        assert count(connection, VIEW) == 0


def test_pg_read_all_data_reads_no_row_that_a_filter_hides(shared: World) -> None:
    ann = shared.login("ann")
    shared.run("GRANT pg_read_all_data TO {}", ann)
    assert shared.count(ann, VIEW) == 1
    with shared.connect(ann) as connection:
        assert connection.execute("SELECT count(*) FROM raw.orders").fetchone() == (0,)


def test_a_login_made_anew_has_neither_the_facts_nor_the_exceptions_of_the_one_before(world: World) -> None:
    desired = ruled(world)
    cid, ann = world.login("cid"), world.login("ann")
    exception = Entitlement("x1", "sales", ann, LONG_AGO, columns=frozenset({("orders", 3)}))
    world.apply(replace(desired, entitlements=(*desired.entitlements, exception)))
    for login in (ann, cid):
        world.run("DROP ROLE {}", login)
        world.run("CREATE ROLE {} LOGIN", login)
        for role in ("p_sales", "x_sales"):
            world.run("GRANT {} TO {}", world.role(role), login)
        assert world.count(login, VIEW) == 0


ODD = [
    'a"b',
    "it's",
    "per%cent %s {} $1",
    "select",
    "semi; DROP TABLE x --",
    "back\\slash",
    "x" * 63,
    "é" * 31,
    "日本語",
]


@pytest.mark.parametrize("odd", ODD)
def test_any_name_and_value_is_the_one_that_is_meant(world: World, odd: str) -> None:
    """Column, group, attribute, its value, mask and exception of the same odd name, beside others."""
    login, other = world.login("one"), world.login("other")
    world.run("CREATE SCHEMA {}", odd)
    world.run("CREATE TABLE {}.{} (id int, {} text)", odd, odd, odd)
    world.admin.execute(
        sql.SQL("INSERT INTO {} VALUES (1, {}), (2, {}), (3, 'clear')").format(
            sql.Identifier(odd, odd), odd, odd.upper() + "x"
        )
    )
    plain = TargetSource(f"id {odd}", odd, odd, (TargetColumn(1, "id"), TargetColumn(2, odd)))
    policy = data_policy("p", Mask(MaskKind.CONSTANT, text=odd), everyone_except=HasAttribute(odd, odd))
    rows = data_policy("r", RowFilter(Comparison.ONE_OF, attribute=odd), everyone_except=Not(InGroup(odd)))
    source = replace(masked(plain, **{odd: policy}), filters=((rows, frozenset({2})),))
    source = guarded(source, Not(InGroup(odd + "x")))
    product = f"p{odd}"
    desired = Desired(
        (source,),
        (TargetProduct(product, (source.id,)),),
        (
            Login(login, groups=frozenset({odd}), attributes={odd: frozenset({odd, "b"})}),
            Login(other, attributes={odd: frozenset({odd + "y"})}),
        ),
        (
            granted(login, product, "g1"),
            granted(other, product, "g2"),
            Entitlement("x1", product, "", LONG_AGO, None, odd, frozenset({(source.id, 2)})),
        ),
        (TargetGroup(odd, (other,)),),
    )

    def values(who: str) -> list[str]:
        with world.connect(who) as connection:
            address = sql.Identifier("marketplace", view_name(odd, odd))
            query = sql.SQL("SELECT {} FROM {} ORDER BY id").format(sql.Identifier(odd), address)
            return [value for (value,) in connection.execute(query)]

    world.apply(desired)
    assert (values(login), values(other)) == ([odd], [odd, odd.upper() + "x", "clear"])
    assert world.drift(desired) == []
    world.target.revoke("x1", world.server_time())
    assert values(other) == [odd] * 3


def test_a_policy_table_that_was_opened_is_found_and_closed(world: World) -> None:
    desired = ruled(world)
    world.apply(desired)
    world.run("ALTER TABLE gov.secret DISABLE ROW LEVEL SECURITY")
    assert world.drift(desired) == ["table gov.secret: close the policy table"]
    world.apply(desired)
    assert world.drift(desired) == []
