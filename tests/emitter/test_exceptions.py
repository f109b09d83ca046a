"""Masking exceptions: rows for each column and at most one membership, which show values and give no access."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

import psycopg
import pytest
from psycopg import sql

from placet.domain.errors import TargetError
from placet.domain.masks import Mask, MaskKind
from placet.emitter.policy import Desired, Entitlement, TargetGroup
from placet.emitter.target import TargetRefusal
from tests.emitter.test_grants import statements
from tests.emitter.worlds import FAR_OFF, LONG_AGO, World, at, granted, masked, one_product, soon, until

VIEW = "raw__orders"
SSN, REGION = ("orders", 3), ("orders", 2)
MEMBERS = "SELECT count(*) FROM pg_auth_members a JOIN pg_roles r ON r.oid = a.roleid WHERE r.rolname = %s"


def excepted(
    login: str,
    *columns: tuple[str, int],
    grant: str = "x1",
    start: datetime = LONG_AGO,
    end: datetime | None = None,
    group: str | None = None,
) -> Entitlement:
    """An exception that has begun and has no end, unless said otherwise."""
    return Entitlement(grant, "sales", login, start, end, group, frozenset(columns or {SSN}))


@pytest.fixture
def desired(world: World, ann: str) -> Desired:
    """Ann and Bob read the orders, whose regions and numbers are masked; Cid is known and reads nothing."""
    source = masked(world.table("orders"), ssn=Mask(MaskKind.NULL), region=Mask(MaskKind.CONSTANT, text="hidden"))
    bob, cid = world.login("bob"), world.login("cid")
    desired = one_product(source, ann, bob, cid, entitlements=(granted(ann), granted(bob, grant="g2")))
    world.apply(desired)
    return desired


def first(world: World, login: str) -> tuple[object, ...] | None:
    """Region and number of the first order as the login sees them; None where permission is denied."""
    with world.connect(login) as connection:
        return seen(connection)


def seen(connection: psycopg.Connection[tuple[object, ...]]) -> tuple[object, ...] | None:
    try:
        return connection.execute(sql.SQL("SELECT region, ssn FROM {} WHERE id = 1").format(at(VIEW))).fetchone()
    except psycopg.errors.InsufficientPrivilege:
        return None


CLEAR, HIDDEN, NUMBER, PLACE = ("EU", "secret-1"), ("hidden", None), ("hidden", "secret-1"), ("EU", None)


@pytest.mark.usefixtures("desired")
def test_an_exception_shows_its_columns_to_its_login_and_gives_nobody_access(world: World, ann: str) -> None:
    for login in (ann, world.login("cid")):
        world.target.grant(excepted(login, SSN, grant=f"x {login}"))
    assert [first(world, login) for login in (ann, world.login("bob"), world.login("cid"))] == [NUMBER, HIDDEN, None]


@pytest.mark.usefixtures("desired")
def test_granting_and_revoking_an_exception_again_changes_nothing(world: World, ann: str) -> None:
    role = world.role("x_sales")
    for _ in range(2):
        world.target.grant(excepted(ann, SSN, REGION))
        assert world.ask(MEMBERS, role) == [(1,)]
        assert world.ask("SELECT count(*) FROM gov.unmask") == [(2,)]
        assert first(world, ann) == CLEAR
    for _ in range(2):
        world.target.revoke("x1", FAR_OFF)
        assert world.ask(MEMBERS, role) == [(0,)]
        assert first(world, ann) == HIDDEN
    world.target.grant(excepted(ann, SSN, REGION))
    assert first(world, ann) == HIDDEN, "what was revoked does not come back"


@pytest.mark.usefixtures("desired")
def test_overlapping_exceptions_and_grants_end_one_by_one(world: World, ann: str) -> None:
    world.target.grant(excepted(ann, SSN, REGION))
    world.target.grant(excepted(ann, SSN, grant="x2"))
    world.target.revoke("x1", FAR_OFF)
    assert first(world, ann) == NUMBER
    world.target.revoke("g1", FAR_OFF)
    assert first(world, ann) is None
    world.target.grant(granted(ann, grant="g3"))
    assert first(world, ann) == NUMBER
    world.target.revoke("x2", FAR_OFF)
    assert first(world, ann) == HIDDEN


@pytest.mark.usefixtures("desired")
def test_an_exception_of_a_group_is_its_members(world: World, ann: str) -> None:
    bob = world.login("bob")
    world.target.grant(excepted("", SSN, group="team"), (ann, bob))
    assert (first(world, ann), first(world, bob)) == (NUMBER, NUMBER)
    world.target.grant(excepted(ann, REGION, grant="x2"))
    world.target.revoke("x1", FAR_OFF)
    assert (first(world, ann), first(world, bob)) == (PLACE, HIDDEN)


def test_applying_writes_the_same_rows_and_finds_no_drift(world: World, ann: str, desired: Desired) -> None:
    own, of_group = excepted(ann, SSN), excepted("", SSN, REGION, grant="x2", group="team")
    wanted = replace(
        desired,
        entitlements=(*desired.entitlements, own, of_group),
        groups=(TargetGroup("team", (world.login("bob"),)),),
    )
    world.apply(wanted)
    assert {first(world, ann), first(world, world.login("bob"))} == {NUMBER, CLEAR}
    assert world.drift(wanted) == []
    assert set(world.target.held()) == set(wanted.entitlements)
    world.target.grant(own)
    world.target.grant(of_group, (world.login("bob"),))
    assert world.drift(wanted) == []
    world.apply(desired)
    assert (first(world, ann), first(world, world.login("bob"))) == (HIDDEN, HIDDEN)
    assert world.drift(desired) == []


@pytest.mark.usefixtures("desired")
def test_what_is_left_of_an_ended_exception_is_dropped(world: World, ann: str) -> None:
    end = soon(world, 300)
    world.target.grant(excepted(ann, SSN, end=end))
    with pytest.raises(TargetError, match="still runs"):
        world.target.drop_ended("x1")
    until(world, end)
    assert first(world, ann) == HIDDEN
    world.target.drop_ended("x1")
    assert world.ask(MEMBERS, world.role("x_sales")) == [(0,)]


@pytest.mark.parametrize(
    "changed",
    [
        lambda given: replace(given, columns=frozenset({SSN})),
        lambda given: replace(given, columns=frozenset()),
        lambda given: replace(given, group="team"),
        lambda given: replace(given, login=given.login.replace("ann", "bob")),
    ],
)
@pytest.mark.usefixtures("desired")
def test_a_grant_is_for_what_it_was_given_for(
    world: World, ann: str, changed: Callable[[Entitlement], Entitlement]
) -> None:
    world.target.grant(excepted(ann, SSN, REGION))
    with pytest.raises(TargetRefusal, match=r"the grant `x1` is for `w.*_ann` and `sales` and 2 of its columns"):
        world.target.grant(changed(excepted(ann, SSN, REGION)))
    assert (first(world, ann), first(world, world.login("bob"))) == (CLEAR, HIDDEN)


def test_a_product_without_masks_has_no_exceptions(world: World, ann: str) -> None:
    world.apply(one_product(world.table("orders"), ann))
    with pytest.raises(TargetError, match="nothing of it is masked"):
        world.target.grant(excepted(ann))


@pytest.mark.requirement("N6", clause="open transaction")
@pytest.mark.usefixtures("desired")
@pytest.mark.parametrize("level", ["READ COMMITTED", "REPEATABLE READ"])
def test_an_open_transaction_sees_no_clear_value_after_the_end(world: World, ann: str, level: str) -> None:
    end = soon(world, 600)
    world.target.grant(excepted(ann, SSN, end=end))
    with world.connect(ann, autocommit=False) as connection:
        connection.execute(f"SET TRANSACTION ISOLATION LEVEL {level}")
        assert seen(connection) == NUMBER or world.server_time() >= end
        until(world, end)
        assert seen(connection) == HIDDEN


@pytest.mark.requirement("N6", clause="open block")
@pytest.mark.usefixtures("desired")
def test_a_block_of_statements_sees_no_clear_value_after_the_end(world: World, ann: str) -> None:
    end = soon(world, 600)
    world.target.grant(excepted(ann, SSN, end=end))
    block = sql.SQL("""
        DO $$ DECLARE late text; BEGIN
            PERFORM ssn FROM {view} WHERE id = 1;
            PERFORM pg_sleep(extract(epoch FROM {end} - clock_timestamp()));
            SELECT coalesce(ssn, 'nothing') INTO late FROM {view} WHERE id = 1;
            PERFORM set_config('placet_test.late', late, false);
        END $$
    """).format(view=at(VIEW), end=sql.Literal(end))
    with world.connect(ann) as connection:
        connection.execute(block)
        assert connection.execute("SELECT current_setting('placet_test.late')").fetchone() == ("nothing",)


@pytest.mark.usefixtures("desired")
@pytest.mark.parametrize("group", [None, "team"])
def test_a_transaction_that_began_before_sees_an_exception_revoked_at_once(
    world: World, ann: str, group: str | None
) -> None:
    world.target.grant(excepted(ann, SSN, group=group), (ann,))
    with world.connect(ann, autocommit=False) as connection:
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        assert seen(connection) == NUMBER
        world.target.revoke("x1", FAR_OFF)
        assert seen(connection) == HIDDEN


@pytest.mark.usefixtures("desired")
def test_an_exception_costs_as_many_statements_for_fifty_columns_as_for_one(world: World, ann: str) -> None:
    many = [("orders", number) for number in range(1, 51)]
    costs = []
    for number, columns in enumerate(([SSN], many)):
        grant = excepted(ann, *columns, grant=f"x{number}")
        costs.append((statements(world, lambda grant=grant: world.target.grant(grant)),))  # type: ignore[misc]
        costs[-1] += (statements(world, lambda grant=grant: world.target.revoke(grant.grant, FAR_OFF)),)  # type: ignore[misc]
    assert costs[0] == costs[1]
