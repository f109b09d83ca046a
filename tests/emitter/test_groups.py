"""A group as a beneficiary: one entitlement, and whoever is in the group at the moment has the access."""

from __future__ import annotations

from dataclasses import replace

import psycopg
import pytest
from psycopg import sql

from placet.domain.errors import TargetError
from placet.emitter.policy import Desired, Login, TargetGroup, TargetProduct
from placet.emitter.target import TargetRefusal
from tests.emitter.test_attacks import ODD
from tests.emitter.test_grants import MEASURE, statements
from tests.emitter.worlds import FAR_OFF, LONG_AGO, World, at, count, for_group, granted, one_product, soon, until

VIEW = "raw__orders"


@pytest.fixture
def desired(world: World) -> Desired:
    """Ann and Bob are in the team, which has nothing yet; Cid is known."""
    ann, bob, cid = (world.login(name) for name in ("ann", "bob", "cid"))
    desired = one_product(world.table("orders"), ann, bob, cid)
    world.apply(desired)
    return desired


def team(world: World, *names: str) -> TargetGroup:
    return TargetGroup("team", tuple(world.login(name) for name in names))


def given(world: World, desired: Desired, *names: str) -> Desired:
    """The team of these has the product."""
    return replace(desired, groups=(team(world, *names),), entitlements=(for_group("team"),))


def seen(world: World, *names: str) -> list[int | None]:
    return [world.count(world.login(name), VIEW) for name in names]


@pytest.mark.requirement("R14", clause="one entitlement")
def test_a_grant_for_a_group_lets_its_members_read(world: World, desired: Desired) -> None:
    oid = world.target.grant(for_group("team"), team(world, "ann", "bob").members)
    assert seen(world, "ann", "bob", "cid") == [3, 3, None]
    assert world.ask("SELECT oid FROM pg_roles WHERE rolname = %s", world.role("g_team")) == [(oid,)]
    assert world.target.held() == (for_group("team"),)
    assert world.drift(given(world, desired, "ann", "bob")) == []


@pytest.mark.requirement("R14", clause="one entitlement")
@pytest.mark.requirement("E3", clause="one row for each grant")
@pytest.mark.requirement("E3", clause="one role membership at most")
def test_an_approval_for_a_group_costs_the_same_however_large_it_is(world: World, desired: Desired) -> None:
    """The first approval makes the group's role; another is one row and one membership for all of them."""
    world.apply(replace(desired, products=(*desired.products, TargetProduct("other", ("orders",)))))
    costs = set()
    for size in (1, 30):
        members = tuple(world.login(f"m{n}") for n in range(size))
        first, second = for_group(f"of {size}", grant=f"a{size}"), for_group(f"of {size}", "other", grant=f"b{size}")
        cost = statements(world, lambda first=first, members=members: world.target.grant(first, members))
        [before] = world.ask(MEASURE)
        again = statements(world, lambda second=second, members=members: world.target.grant(second, members))
        [after] = world.ask(MEASURE)
        costs.add((cost, again))
        assert [now - was for was, now in zip(before, after, strict=True)] == [0, 1, 0, 0, 0, 0, 0, 0]
        assert world.ask("SELECT count(*) FROM gov.group_entitlement WHERE group_id = %s", f"of {size}") == [(2,)]
        assert {world.count(member, VIEW) for member in members} == {3}
    assert len(costs) == 1
    assert min(costs.pop()) > 0


@pytest.mark.requirement("R14", clause="membership is live")
def test_who_joins_the_group_has_the_access_and_who_leaves_it_has_not(world: World, desired: Desired) -> None:
    world.apply(given(world, desired, "ann", "bob"))
    query = "SELECT (SELECT count(*) FROM gov.group_member), (SELECT count(*) FROM pg_auth_members)"
    [before] = world.ask(query)
    plan = world.apply(given(world, desired, "ann", "bob", "cid"))
    assert [change.kind for change in plan.changes] == ["group_member", "membership"]
    assert seen(world, "ann", "bob", "cid") == [3, 3, 3]
    [after] = world.ask(query)
    assert [now - was for was, now in zip(before, after, strict=True)] == [1, 1], "one row, and one membership"
    world.apply(given(world, desired, "bob", "cid"))
    assert seen(world, "ann", "bob", "cid") == [None, 3, 3]
    world.apply(given(world, desired))
    assert seen(world, "ann", "bob", "cid") == [None, None, None]
    assert world.drift(given(world, desired)) == []


def test_leaving_takes_access_before_anything_else_is_tried(world: World, desired: Desired) -> None:
    world.apply(given(world, desired, "ann", "bob"))
    world.run("DELETE FROM gov.made WHERE kind = 'schema'")
    with pytest.raises(TargetRefusal, match="schema `marketplace` exists"):
        world.apply(given(world, desired, "bob", "cid"))
    assert seen(world, "ann", "bob", "cid") == [None, 3, None]


def test_who_left_the_group_reads_no_more_in_a_transaction_that_began_before(world: World, desired: Desired) -> None:
    """Though Ann keeps the product's role, for a grant of her own that is still to come."""
    to_come = granted(world.login("ann"), grant="later", start=FAR_OFF)
    wanted = given(world, desired, "ann", "bob")
    world.apply(replace(wanted, entitlements=(*wanted.entitlements, to_come)))
    with world.connect(world.login("ann"), autocommit=False) as opened:
        opened.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        assert count(opened, VIEW) == 3
        left = given(world, desired, "bob")
        world.apply(replace(left, entitlements=(*left.entitlements, to_come)))
        assert count(opened, VIEW) == 0


@pytest.mark.requirement("R9", clause="other ways in stay")
def test_a_grant_of_ones_own_and_one_of_the_group_do_not_end_each_other(world: World, desired: Desired) -> None:
    ann = world.login("ann")
    for first, second in (("own", "group's"), ("group's", "own")):
        grants = {"own": f"{first} 1", "group's": f"{first} 2"}
        world.target.grant(granted(ann, grant=grants["own"]))
        world.target.grant(for_group("team", grant=grants["group's"]), (ann,))
        world.target.revoke(grants[first], world.server_time())
        assert world.count(ann, VIEW) == 3
        world.target.revoke(grants[second], world.server_time())
        assert world.count(ann, VIEW) is None


def test_the_role_goes_only_with_the_last_live_or_scheduled_entitlement_of_the_group(
    world: World, desired: Desired
) -> None:
    ann = world.login("ann")
    for entitlement in (for_group("team"), for_group("team", grant="g2"), for_group("team", grant="g3", start=FAR_OFF)):
        world.target.grant(entitlement, (ann,))
    for grant, left in (("g1", 3), ("g2", 0), ("g3", None)):
        world.target.revoke(grant, world.server_time())
        assert world.count(ann, VIEW) == left
        world.target.revoke(grant, world.server_time())
    assert world.target.held() == ()


def test_a_groups_grant_ends_by_itself_and_what_it_leaves_behind_is_no_drift(world: World, desired: Desired) -> None:
    end = soon(world, 700)
    ann, role = world.login("ann"), world.role("g_team")
    world.target.grant(for_group("team", end=end), (ann,))
    assert world.count(ann, VIEW) == 3
    with pytest.raises(TargetError, match="still runs"):
        world.target.drop_ended("g1")
    until(world, end)
    assert world.count(ann, VIEW) == 0
    assert world.drift(desired) == []
    world.target.drop_ended("g1")
    assert world.count(ann, VIEW) is None
    assert world.drift(desired) == []
    world.apply(desired)
    assert world.ask("SELECT FROM pg_roles WHERE rolname = %s", role) == []
    assert world.ask("SELECT FROM gov.group_role UNION ALL SELECT FROM gov.group_member") == []


def test_a_revocation_that_comes_before_its_grant_stands(world: World, desired: Desired) -> None:
    world.target.revoke("g1", world.server_time())
    world.target.grant(for_group("team"), (world.login("ann"),))
    assert (seen(world, "ann"), world.target.held()) == ([None], ())


def test_granting_again_lets_in_who_is_in_the_group_now(world: World, desired: Desired) -> None:
    """Nobody told of who left while the group had nothing."""
    world.target.grant(for_group("team"), team(world, "ann", "bob").members)
    world.target.revoke("g1", world.server_time())
    world.target.grant(for_group("team", grant="g2"), team(world, "bob", "cid").members)
    assert seen(world, "ann", "bob", "cid") == [None, 3, 3]
    assert world.run("SELECT count(*) FROM gov.group_member") == [(2,)]


def test_members_that_the_server_does_not_know_keep_nobody_waiting(world: World, desired: Desired) -> None:
    absent, later = "nobody_of_that_name", f"{world.prefix}_later"
    world.target.grant(for_group("team"), (world.login("ann"), absent, "x" * 64, "", later))
    assert seen(world, "ann") == [3]
    wanted = replace(
        desired,
        logins=(*desired.logins, Login(later)),
        groups=(TargetGroup("team", (world.login("ann"), absent, later)),),
        entitlements=(for_group("team"),),
    )
    assert [problem.object for problem in world.apply(wanted).problems] == [later]
    world.login("later")
    world.apply(wanted)
    assert world.count(later, VIEW) == 3


def test_a_member_who_is_inactive_or_made_anew_stays_out(world: World, desired: Desired) -> None:
    ann, bob = world.login("ann"), world.login("bob")
    logins = (Login(ann, active=False), *desired.logins[1:])
    wanted = replace(given(world, desired, "ann", "bob"), logins=logins)
    world.apply(wanted)
    assert seen(world, "ann", "bob") == [None, 3]
    world.run("DROP ROLE {0}; CREATE ROLE {0} LOGIN", bob)
    world.target.grant(for_group("team", grant="g2"), (ann, bob))
    assert seen(world, "ann", "bob") == [None, None]
    world.run("GRANT {} TO {}, {}", world.role("g_team"), ann, bob)
    assert seen(world, "ann", "bob") == [0, 0]


def test_a_group_called_like_a_login_gives_that_login_nothing(world: World, desired: Desired) -> None:
    ann, bob = world.login("ann"), world.login("bob")
    world.target.grant(for_group(bob), (ann,))
    assert seen(world, "ann", "bob") == [3, None]
    world.target.grant(granted(bob, grant="g2"))
    world.target.revoke("g1", world.server_time())
    assert seen(world, "ann", "bob") == [None, 3]
    with pytest.raises(TargetRefusal, match=f"the grant `g2` is for `{bob}` and `sales` on the target"):
        world.target.grant(for_group(bob, grant="g2"), (ann,))
    with pytest.raises(TargetRefusal, match=f"the grant `g1` is for group `{bob}` and `sales` on the target"):
        world.target.grant(granted(bob))


def test_a_group_that_is_not_wanted_gives_nothing(world: World, desired: Desired) -> None:
    world.apply(given(world, desired, "ann"))
    world.apply(replace(given(world, desired, "ann"), groups=()))
    assert seen(world, "ann") == [None]
    assert world.ask("SELECT FROM pg_roles WHERE rolname = %s", world.role("g_team")) == []


def test_becoming_the_group_gives_nothing_by_itself(world: World, desired: Desired) -> None:
    """Neither to a member, who may not, nor to a known login or a pool that somebody else lets."""
    role, cid, pool = world.role("g_team"), world.login("cid"), world.login("pool")
    world.apply(given(world, desired, "ann"))
    become = sql.SQL("SET ROLE {}").format(sql.Identifier(role))
    with world.connect(world.login("ann")) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute(become)
    world.run("GRANT {} TO {}, {} WITH SET TRUE", role, cid, pool)
    for login in (cid, pool):
        with world.connect(login) as connection:
            assert count(connection, VIEW) == 0
            connection.execute(become)
            assert count(connection, VIEW) == 0


def test_a_role_of_ours_is_nobodys_login(world: World, desired: Desired) -> None:
    """Else a directory that names one would let whoever becomes it read, or make a circle of roles."""
    role, product = world.role("g_team"), world.role("p_sales")
    world.apply(given(world, desired, "ann"))
    wanted = replace(
        desired,
        logins=(*desired.logins, Login(role), Login(product)),
        groups=(TargetGroup("team", (world.login("ann"), role, product)),),
        entitlements=(for_group("team"), granted(role, grant="g2"), granted(product, grant="g3")),
    )
    for _ in range(2):
        problems = [(problem.object, problem.summary.split(":")[0]) for problem in world.apply(wanted).problems]
        assert problems == [(name, "is a role that was made here, and nobody's login") for name in (role, product)]
        world.target.grant(for_group("team", grant="g4"), (world.login("ann"), role, product))
    pool = world.login("pool")
    world.run("GRANT {} TO {} WITH SET TRUE", role, pool)
    with world.connect(pool) as connection:
        connection.execute(sql.SQL("SET ROLE {}").format(sql.Identifier(role)))
        assert count(connection, VIEW) == 0
    assert seen(world, "ann") == [3]


def test_a_role_of_the_groups_name_that_is_not_ours_gives_nothing(world: World, desired: Desired) -> None:
    role, cid = world.role("g_team"), world.login("cid")
    world.run("CREATE ROLE {0}; GRANT {0} TO {1}", role, cid)
    with pytest.raises(TargetRefusal, match=f"role `{role}` exists"):
        world.target.grant(for_group("team"), (world.login("ann"),))
    [problem] = world.apply(given(world, desired, "ann", "cid")).problems
    assert (problem.object, "not made here" in problem.summary) == (role, True)
    assert seen(world, "ann", "cid") == [None, None]


def test_a_denied_member_of_a_group_never_touches_the_table(world: World, desired: Desired) -> None:
    world.apply(given(world, desired, "ann", "bob"))
    world.run("UPDATE gov.group_entitlement SET valid_until = clock_timestamp()")
    explain = sql.SQL("EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) SELECT * FROM {}").format(at(VIEW))
    with world.connect(world.login("bob")) as connection:
        lines = [line for (line,) in connection.execute(explain)]
    assert [line for line in lines if "Scan on orders" in line] == ["  ->  Seq Scan on orders source (never executed)"]


def test_a_groups_grant_ends_inside_an_open_transaction(world: World, desired: Desired) -> None:
    end = soon(world, 700)
    world.target.grant(for_group("team", end=end), (world.login("ann"),))
    with world.connect(world.login("ann"), autocommit=False) as opened:
        assert count(opened, VIEW) == 3
        until(world, end)
        assert count(opened, VIEW) == 0


@pytest.mark.parametrize("odd", [*ODD, "", "x" * 500, "owner"])
def test_any_id_of_a_group_is_the_group_that_is_meant(world: World, desired: Desired, odd: str) -> None:
    ann, cid = world.login("ann"), world.login("cid")
    groups = (TargetGroup(odd, (ann,)), TargetGroup(odd + "x", (cid,)))
    wanted = replace(
        desired, groups=groups, entitlements=(for_group(odd), for_group(odd + "x", grant="g2", end=LONG_AGO))
    )
    world.apply(wanted)
    assert seen(world, "ann", "cid") == [3, None]
    assert world.drift(wanted) == []
    world.target.revoke("g1", world.server_time())
    world.target.grant(for_group(odd, grant="g3"), (ann,))
    assert seen(world, "ann", "cid") == [3, None]


def test_a_group_that_the_server_cannot_write_down_is_left_out_and_told(world: World, desired: Desired) -> None:
    wanted = replace(desired, groups=(TargetGroup("a\0b", (world.login("ann"),)),), entitlements=(for_group("a\0b"),))
    [problem] = world.apply(wanted).problems
    assert (problem.kind, problem.object) == ("group", "a\0b")
    assert seen(world, "ann") == [None]
