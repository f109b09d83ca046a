"""A target that can't be reached or changed says what to do, and tells no secrets."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from typing import LiteralString

import psycopg
import pytest
from psycopg import sql

from placet.domain.errors import SettingError, TargetError
from placet.emitter.policy import Desired
from placet.emitter.postgres import connection
from placet.emitter.postgres.target import PostgresTarget
from placet.emitter.settings import PostgresSettings
from placet.emitter.target import Target, TargetRefusal
from placet.emitter.targets import open_targets
from tests.emitter.worlds import LONG_AGO, World, granted, one_product

VIEW = "raw__orders"


def test_a_server_that_is_down_is_named() -> None:
    target = PostgresTarget(PostgresSettings("warehouse", "host=127.0.0.1 port=1 password=hunter2"))
    with pytest.raises(TargetError, match="the server of target `warehouse` does not let us in") as refused:
        target.held()
    assert (refused.value.status, refused.value.code) == (503, "target-unavailable")
    assert "hunter2" not in refused.value.detail


def test_a_broken_connection_string_is_not_repeated() -> None:
    with pytest.raises(TargetError, match="is not valid; correct it") as refused:
        PostgresTarget(PostgresSettings("warehouse", "hunter2")).held()
    assert "hunter2" not in str(refused.value)
    assert refused.value.__cause__ is None


def test_a_target_never_applied_to_says_so_by_the_servers_words(world: World) -> None:
    with pytest.raises(TargetError, match=r'target `warehouse` answers: relation "gov\.entitlement" does not exist'):
        world.target.held()


def test_a_missing_privilege_is_named(world: World) -> None:
    weak = world.login("weak")
    settings = replace(world.settings, dsn=psycopg.conninfo.make_conninfo(world.dsn, user=weak))
    with pytest.raises(TargetError, match=r"lacks a privilege .*permission denied to create role"):
        PostgresTarget(settings).apply(Desired)


CHANGES: dict[str, Callable[[Target], object]] = {
    "apply": lambda target: target.apply(Desired),
    "grant": lambda target: target.grant(granted("anyone")),
    "revoke": lambda target: target.revoke("g1", LONG_AGO),
}


@pytest.mark.parametrize("change", CHANGES)
def test_one_change_at_a_time_and_a_busy_target_is_tried_again(
    world: World, monkeypatch: pytest.MonkeyPatch, change: str
) -> None:
    monkeypatch.setattr(connection, "LOCK_WAIT", "50ms")
    with (
        connection.locked(world.settings),
        pytest.raises(TargetError, match=r"target `warehouse` is busy .* it is tried again"),
    ):
        CHANGES[change](world.target)


def test_an_old_server_is_refused(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "OLDEST", 990000)
    with pytest.raises(TargetRefusal, match="upgrade it"):
        world.target.held()


def test_a_missing_driver_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in [name for name in sys.modules if name.startswith(("psycopg", "placet.emitter.postgres"))]:
        monkeypatch.delitem(sys.modules, module)
    monkeypatch.setitem(sys.modules, "psycopg", None)
    monkeypatch.setenv("WAREHOUSE", "host=nowhere")
    with pytest.raises(SettingError, match=r"run `pip install 'placet\[postgres\]'`"):
        open_targets({"warehouse": {"dsn_variable": "WAREHOUSE"}})


SETTINGS: list[LiteralString] = [
    "ALTER DATABASE {} SET search_path = evil, pg_catalog",
    "ALTER DATABASE {} SET timezone = 'Pacific/Kiritimati'",
    "ALTER DATABASE {} SET default_transaction_isolation = 'repeatable read'",
    "ALTER DATABASE {} SET datestyle = 'SQL, DMY'",
    "ALTER DATABASE {} SET standard_conforming_strings = off",
    "ALTER DATABASE {} SET default_transaction_read_only = on",
]


@pytest.mark.parametrize("statement", SETTINGS)
def test_what_others_set_on_the_database_changes_nothing(world: World, statement: LiteralString) -> None:
    """A function of the system's name lies first on the path: it would let everyone in."""
    world.run("CREATE SCHEMA evil; GRANT USAGE ON SCHEMA evil TO PUBLIC")
    world.run("CREATE FUNCTION evil.pg_has_role(name, oid, text) RETURNS bool LANGUAGE sql AS 'SELECT true'")
    [(database,)] = world.ask("SELECT current_database()")
    source = world.table("orders")
    world.run(statement, database)
    ann, bob = world.login("ann"), world.login("bob")
    desired = one_product(source, ann, bob, entitlements=(granted(ann),))
    world.apply(desired)
    assert world.drift(desired) == []
    assert world.ask("SELECT viewname FROM pg_views WHERE definition ~ 'evil'") == []
    world.target.grant(granted(bob, grant="g2"))
    world.target.revoke("g2", world.server_time())
    assert (world.count(ann, VIEW), world.count(bob, VIEW)) == (3, None)
    assert world.target.held() == (granted(ann),)


def test_a_login_that_is_no_superuser_can_do_all_of_it(world: World) -> None:
    """What docs/postgresql.md lists: CREATEROLE, CREATE on the database, and belonging to the tables' owner."""
    keeper, keys, ann = world.login("keeper"), world.login("keys"), world.login("ann")
    source = world.table("orders")
    [(database,)] = world.ask("SELECT current_database()")
    world.run("ALTER SCHEMA raw OWNER TO {0}; ALTER TABLE raw.orders OWNER TO {0}", keeper)
    world.run("ALTER ROLE {} CREATEROLE", keys)
    world.run("GRANT CREATE ON DATABASE {} TO {}", database, keys)
    world.run("GRANT {} TO {}", keeper, keys)
    target = PostgresTarget(replace(world.settings, dsn=psycopg.conninfo.make_conninfo(world.dsn, user=keys)))
    desired = one_product(source, ann, entitlements=(granted(ann),))

    planned = target.plan(desired)
    assert target.apply(lambda: desired).changes == planned.changes
    assert target.plan(desired).empty
    assert world.count(ann, VIEW) == 3

    target.grant(granted(ann, grant="g2"))
    target.revoke("g1", world.server_time())
    assert world.count(ann, VIEW) == 3
    target.revoke("g2", world.server_time())
    assert world.count(ann, VIEW) is None

    target.apply(Desired)
    assert world.ask("SELECT viewname FROM pg_views WHERE schemaname = 'marketplace'") == []
    with world.connect(keys) as opened:
        assert opened.execute("SELECT count(*) FROM raw.orders").fetchone() == (0,)
        opened.execute(sql.SQL("DROP OWNED BY {} CASCADE").format(sql.Identifier(world.role("owner"))))
