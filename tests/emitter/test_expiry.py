"""A grant ends at its end, on the server itself, whatever a consumer has opened, begun or prepared before.

Nothing of Placet runs while these tests wait: the rows were written before, and the server's own clock decides. A look
that should come before the end tells nothing where the machine was so slow that it came after it.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import psycopg
import pytest
from psycopg import sql

from placet.emitter.policy import Desired, TargetProduct
from tests.emitter.worlds import LONG_AGO, World, at, count, granted, one_product, soon, until

VIEW = "raw__orders"


def opened(world: World, milliseconds: int = 600) -> tuple[str, datetime]:
    """A login with access to the orders that ends in a moment, and the end."""
    ann = world.login("ann")
    world.apply(one_product(world.table("orders"), ann))
    end = soon(world, milliseconds)
    world.target.grant(granted(ann, end=end))
    return ann, end


def phases(world: World, ann: str, grant: str, milliseconds: int) -> set[str]:
    """Ask all through a grant's life; each answer has to fit one of the instants it can be from."""
    start = soon(world, milliseconds)
    end = start + timedelta(milliseconds=milliseconds)
    world.target.grant(granted(ann, grant=grant, start=start, end=end))
    seen = set()
    with world.connect(ann) as connection:
        while "after" not in seen:
            asked, rows, answered = clock(connection), count(connection, VIEW), clock(connection)
            assert rows == 0 or (answered >= start and asked < end)
            assert rows == 3 or answered >= end or asked < start
            seen.add("before" if answered < start else "after" if asked >= end else f"{rows} rows")
    return seen


@pytest.mark.requirement("N6", clause="rows before the end")
@pytest.mark.requirement("N6", clause="none from the end on")
@pytest.mark.requirement("N6", clause="nothing runs")
@pytest.mark.requirement("R7", clause="start inclusive")
@pytest.mark.requirement("R7", clause="end exclusive")
@pytest.mark.requirement("R7", clause="no sweep needed")
def test_access_begins_and_ends_to_the_microsecond_of_the_servers_clock(world: World) -> None:
    """Two looks at the server's clock frame each answer. A machine too busy for a short grant tries a longer one."""
    ann = world.login("ann")
    world.apply(one_product(world.table("orders"), ann))
    lives = (phases(world, ann, f"g{longer}", longer) for longer in (200, 800, 3200))
    assert any(seen >= {"before", "3 rows", "after"} for seen in lives)


@pytest.mark.requirement("N6", clause="open transaction")
@pytest.mark.parametrize("level", ["READ COMMITTED", "REPEATABLE READ", "SERIALIZABLE"])
def test_an_open_transaction_reads_nothing_after_the_end(world: World, level: str) -> None:
    ann, end = opened(world)
    with world.connect(ann, autocommit=False) as connection:
        connection.execute(f"SET TRANSACTION ISOLATION LEVEL {level}")
        began = connection.execute("SELECT now()").fetchone()
        assert count(connection, VIEW) == 3 or clock(connection) >= end
        until(world, end)
        assert count(connection, VIEW) == 0
        assert connection.execute("SELECT now()").fetchone() == began


@pytest.mark.requirement("N6", clause="open block")
def test_a_block_of_statements_reads_nothing_after_the_end(world: World) -> None:
    ann, end = opened(world)
    block = sql.SQL("""
        DO $$ DECLARE early int; late int; BEGIN
            SELECT count(*) INTO early FROM {view};
            IF clock_timestamp() >= {end} THEN early := 3; END IF;
            PERFORM pg_sleep(extract(epoch FROM {end} - clock_timestamp()));
            SELECT count(*) INTO late FROM {view};
            RAISE NOTICE '% then %', early, late;
        END $$""")
    said: list[str | None] = []
    with world.connect(ann) as connection:
        connection.add_notice_handler(lambda notice: said.append(notice.message_primary))
        connection.execute(block.format(view=at(VIEW), end=sql.Literal(end)))
    assert said == ["3 then 0"]


def test_a_cursor_opened_before_the_end_and_read_after_it_is_empty(world: World) -> None:
    ann, end = opened(world)
    with world.connect(ann, autocommit=False) as connection:
        connection.execute(sql.SQL("DECLARE late CURSOR FOR SELECT * FROM {}").format(at(VIEW)))
        until(world, end)
        assert connection.execute("FETCH ALL FROM late").fetchall() == []


@pytest.mark.parametrize("mode", ["force_generic_plan", "force_custom_plan"])
def test_a_prepared_statement_reads_nothing_after_the_end(world: World, mode: str) -> None:
    ann, end = opened(world)
    with world.connect(ann) as connection:
        connection.execute(f"SET plan_cache_mode = {mode}")
        connection.execute(sql.SQL("PREPARE again AS SELECT count(*) FROM {}").format(at(VIEW)))
        assert connection.execute("EXECUTE again").fetchone() == (3,) or clock(connection) >= end
        until(world, end)
        assert connection.execute("EXECUTE again").fetchone() == (0,)


def test_a_consumers_own_time_settings_shift_nothing(world: World) -> None:
    ann, end = opened(world)
    with world.connect(ann) as connection:
        connection.execute("SET timezone TO 'Pacific/Kiritimati'")
        assert count(connection, VIEW) == 3 or clock(connection) >= end
        until(world, end)
        for zone in ("Pacific/Kiritimati", "Etc/GMT+12"):
            connection.execute(sql.SQL("SET timezone TO {}").format(zone))
            assert count(connection, VIEW) == 0


def revoked_in_an_old_snapshot(world: World, desired: Desired, ann: str) -> int | None:
    """What a transaction sees that took its snapshot before the grant `g1` was revoked."""
    world.apply(desired)
    with world.connect(ann, autocommit=False) as connection:
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        assert count(connection, VIEW) == 3
        world.target.revoke("g1", world.server_time())
        return count(connection, VIEW)


def test_a_revocation_reaches_into_an_older_snapshot(world: World) -> None:
    ann = world.login("ann")
    desired = one_product(world.table("orders"), ann, entitlements=(granted(ann),))
    assert revoked_in_an_old_snapshot(world, desired, ann) is None


def test_the_role_is_asked_for_even_where_another_product_opens_the_view(world: World) -> None:
    """The row of the old snapshot still stands and the view may be read: only the lost role denies."""
    ann, source = world.login("ann"), world.table("orders")
    other = granted(ann, product="other", grant="g2", end=LONG_AGO)
    desired = one_product(source, ann, entitlements=(granted(ann), other))
    desired = replace(desired, products=(*desired.products, TargetProduct("other", (source.id,))))
    world.apply(desired)
    world.run("GRANT {} TO {}", world.role("p_other"), ann)
    with world.connect(ann, autocommit=False) as connection:
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        assert count(connection, VIEW) == 3
        world.target.revoke("g1", world.server_time())
        assert count(connection, VIEW) == 0


def clock(connection: psycopg.Connection[tuple[object, ...]]) -> datetime:
    """The server's time."""
    row = connection.execute("SELECT clock_timestamp()").fetchone()
    assert row is not None
    assert isinstance(row[0], datetime)
    return row[0]
