"""Planning, applying, and what becomes of objects that are renamed, dropped, or somebody else's."""

from __future__ import annotations

from dataclasses import replace
from typing import LiteralString

import psycopg
import pytest

from placet.emitter.policy import Desired, Login, TargetProduct
from placet.emitter.target import TargetRefusal
from tests.emitter.worlds import LONG_AGO, World, granted, one_product

VIEW = "raw__orders"
EVERYTHING = """
    SELECT 'role', rolname::text, '' FROM pg_roles
    UNION ALL SELECT c.relkind::text, c.oid::regclass::text, coalesce(c.relacl::text, '') FROM pg_class c
        WHERE c.relnamespace::regnamespace::text IN ('raw', 'gov', 'marketplace')
    UNION ALL SELECT 'policy', polname, polrelid::regclass::text FROM pg_policy
    ORDER BY 1, 2, 3
"""


@pytest.mark.requirement("E4", clause="plan")
def test_planning_changes_nothing_and_applying_does_what_was_planned(world: World, desired: Desired) -> None:
    before = world.run(EVERYTHING)
    plan = world.target.plan(desired)
    assert world.run(EVERYTHING) == before
    assert plan.changes
    assert world.apply(desired).changes == plan.changes


@pytest.mark.requirement("E4", clause="apply")
def test_applying_twice_has_nothing_left_to_do(world: World, ann: str, desired: Desired) -> None:
    world.apply(desired)
    assert world.count(ann, VIEW) == 3
    assert world.target.plan(desired).empty
    state = world.run(EVERYTHING)
    assert world.apply(desired).empty
    assert world.run(EVERYTHING) == state


def test_the_state_is_read_when_it_is_this_workers_turn(world: World, ann: str, desired: Desired) -> None:
    world.apply(desired)
    seen = []

    def wanted() -> Desired:
        with pytest.raises(psycopg.errors.LockNotAvailable):
            world.run(
                "SET lock_timeout = 1; SELECT pg_advisory_lock((classid::bigint << 32) | objid::bigint) "
                "FROM pg_locks WHERE locktype = 'advisory' AND granted"
            )
        seen.append(True)
        return desired

    world.target.apply(wanted)
    assert seen


@pytest.mark.requirement("M3", clause="a source added is reached")
@pytest.mark.requirement("M3", clause="a source removed is not")
def test_members_follow_the_sources_of_their_product(world: World, ann: str, desired: Desired) -> None:
    staff = world.table("staff")
    both = replace(desired, sources=(*desired.sources, staff))
    world.apply(replace(both, products=(TargetProduct("sales", ("orders", "staff")),)))
    assert (world.count(ann, VIEW), world.count(ann, "raw__staff")) == (3, 3)
    world.apply(replace(both, products=(TargetProduct("sales", ("staff",)),)))
    assert (world.count(ann, VIEW), world.count(ann, "raw__staff")) == (None, 3)


def test_a_source_that_leaves_a_product_is_closed_even_to_who_reads_it_by_another(
    world: World, ann: str, desired: Desired
) -> None:
    """Ann may still read the view by a product of which she is no longer a member: the gate alone denies."""
    products = (TargetProduct("sales", ("orders",)), TargetProduct("other", ("orders",)))
    world.apply(replace(desired, products=products))
    world.run("GRANT {} TO {}", world.role("p_other"), ann)
    assert world.count(ann, VIEW) == 3
    world.run("DELETE FROM gov.product_source WHERE product = 'sales'")
    assert world.count(ann, VIEW) == 0


@pytest.mark.requirement("M4", clause="republishing gives access back")
def test_a_product_taken_back_and_published_again_gives_its_members_access_again(
    world: World, ann: str, desired: Desired
) -> None:
    world.apply(desired)
    world.apply(replace(desired, products=()))
    assert world.count(ann, VIEW) is None
    assert world.ask("SELECT FROM pg_roles WHERE rolname = %s", world.role("p_sales")) == []
    world.apply(desired)
    assert world.count(ann, VIEW) == 3


@pytest.mark.requirement("R12", clause="grants are suspended")
@pytest.mark.requirement("R12", clause="grants resume")
@pytest.mark.parametrize("left_out", [True, False])
def test_a_deactivated_persons_login_has_no_access_until_it_is_active_again(
    world: World, ann: str, desired: Desired, left_out: bool
) -> None:
    world.apply(desired)
    world.apply(replace(desired, logins=() if left_out else (Login(ann, active=False),)))
    assert world.count(ann, VIEW) is None
    world.run("GRANT {} TO {}", world.role("p_sales"), ann)
    assert world.count(ann, VIEW) == 0
    world.apply(desired)
    assert world.count(ann, VIEW) == 3


def test_a_grant_for_a_login_known_to_be_inactive_waits(world: World, ann: str, desired: Desired) -> None:
    world.apply(replace(desired, logins=(Login(ann, active=False),), entitlements=()))
    world.target.grant(desired.entitlements[0])
    assert world.count(ann, VIEW) is None
    world.apply(desired)
    assert world.count(ann, VIEW) == 3


FOREIGN: list[tuple[LiteralString, str]] = [
    ("CREATE ROLE {}", "role `.*_owner` exists"),
    ("CREATE SCHEMA gov", "schema `gov` exists"),
    ("CREATE SCHEMA gov; CREATE TABLE gov.principal (name text)", "schema `gov` exists"),
    ("CREATE SCHEMA marketplace", "schema `marketplace` exists"),
    (
        "CREATE SCHEMA gov; CREATE TABLE gov.made (kind text, name text, oid oid); "
        "INSERT INTO gov.made SELECT 'role', rolname, oid FROM pg_roles",
        "the schema `gov` of target `warehouse` belongs to `postgres`",
    ),
]


@pytest.mark.parametrize(("statement", "reason"), FOREIGN)
def test_what_stands_where_ours_should_stand_is_refused_and_left_alone(
    world: World, desired: Desired, statement: LiteralString, reason: str
) -> None:
    world.run(statement, world.role("owner"))
    before = world.run(EVERYTHING)
    for ask in (world.target.plan, world.apply):
        with pytest.raises(TargetRefusal, match=reason):
            ask(desired)
    if "marketplace" not in statement:
        assert world.run(EVERYTHING) == before


def test_a_role_of_a_products_name_that_is_not_ours_gives_nothing(world: World, ann: str, desired: Desired) -> None:
    role = world.role("p_sales")
    world.run("CREATE ROLE {}", role)
    world.run("GRANT {} TO {}", role, ann)
    [problem] = world.apply(desired).problems
    assert (problem.object, "not made here" in problem.summary) == (role, True)
    assert world.count(ann, VIEW) is None


def test_a_role_that_others_have_given_more_stays_without_members(world: World, ann: str, desired: Desired) -> None:
    role = world.role("p_sales")
    world.apply(desired)
    world.run("GRANT USAGE ON SCHEMA raw TO {}", role)
    [problem] = world.apply(Desired()).problems
    assert (problem.object, problem.summary) == (role, "is needed no more, but others gave it privileges: revoke them")
    assert world.ask("SELECT pg_has_role(%s, %s, 'MEMBER')", ann, role) == [(False,)]
    world.run("REVOKE USAGE ON SCHEMA raw FROM {}", role)
    world.apply(Desired())
    assert world.ask("SELECT FROM pg_roles WHERE rolname = %s", role) == []


def test_what_is_gone_already_is_forgotten(world: World, desired: Desired) -> None:
    world.apply(desired)
    world.run("DROP SCHEMA raw CASCADE; DROP OWNED BY {0}; DROP ROLE {0}", world.role("p_sales"))
    world.apply(Desired())
    assert world.ask("SELECT kind, name FROM gov.made ORDER BY 1") == [
        ("role", world.role("owner")),
        ("schema", "marketplace"),
    ]


def test_a_view_that_is_not_ours_is_left_alone(world: World, desired: Desired) -> None:
    world.apply(Desired())
    world.run("CREATE VIEW marketplace.raw__orders AS SELECT 'theirs' AS whose")
    [problem] = world.apply(desired).problems
    assert "not made here" in problem.summary
    assert world.run("SELECT whose FROM marketplace.raw__orders") == [("theirs",)]
    world.apply(Desired())
    assert world.run("SELECT whose FROM marketplace.raw__orders") == [("theirs",)]


def test_what_others_have_built_on_a_view_is_not_torn_down_and_keeps_nothing_else_waiting(
    world: World, ann: str, desired: Desired
) -> None:
    world.apply(desired)
    world.run("CREATE VIEW raw.theirs AS SELECT id FROM marketplace.raw__orders")
    with pytest.raises(TargetRefusal, match=r"view raw\.theirs depends on view marketplace\.raw__orders"):
        world.apply(one_product(world.table("staff"), ann, entitlements=(granted(ann),)))
    assert world.count(ann, "raw__staff") == 3
    assert world.count(ann, VIEW) is None
    assert world.run("SELECT count(*) FROM pg_views WHERE viewname IN ('theirs', 'raw__orders')") == [(2,)]


def test_access_is_taken_before_anything_else_is_tried(world: World, ann: str, desired: Desired) -> None:
    """The foreign schema makes a later stage fail; the entitlement is gone all the same."""
    world.apply(desired)
    world.run("DELETE FROM gov.made WHERE kind = 'schema'")
    with pytest.raises(TargetRefusal, match="schema `marketplace` exists"):
        world.apply(replace(desired, entitlements=()))
    assert world.count(ann, VIEW) is None


def test_a_login_that_does_not_exist_yet_keeps_nothing_waiting(world: World, ann: str, desired: Desired) -> None:
    later = f"{world.prefix}_later"
    extra = granted(later, grant="g2")
    wider = replace(desired, logins=(*desired.logins, Login(later)), entitlements=(*desired.entitlements, extra))
    [problem] = world.apply(wider).problems
    assert (problem.kind, problem.object) == ("login", later)
    assert world.count(ann, VIEW) == 3
    world.login("later")
    assert world.apply(wider).problems == ()
    assert world.count(later, VIEW) == 3


def test_another_role_prefix_later_is_refused(world: World, desired: Desired) -> None:
    world.apply(desired)
    other = replace(world, prefix=world.prefix + "x")
    with pytest.raises(TargetRefusal, match="set the role prefix it was set up with"):
        other.apply(desired)


def test_ended_members_are_cleared_away_and_are_no_drift(world: World, ann: str, desired: Desired) -> None:
    world.apply(desired)
    world.run("UPDATE gov.entitlement SET valid_until = clock_timestamp()")
    ended = replace(desired, entitlements=(granted(ann, end=LONG_AGO),))
    assert world.drift(ended) == []
    [change] = world.apply(ended).changes
    assert change.summary == f"`{ann}` leaves the role: their grants have ended"


def test_it_can_be_taken_out_and_set_up_again(world: World, ann: str, desired: Desired) -> None:
    """The statements of docs/postgresql.md."""
    world.apply(desired)
    world.run("DROP SCHEMA marketplace, gov CASCADE")
    for role in ("owner", "p_sales"):
        world.run("DROP OWNED BY {0}; DROP ROLE {0}", world.role(role))
    world.run("ALTER TABLE raw.orders NO FORCE ROW LEVEL SECURITY, DISABLE ROW LEVEL SECURITY")
    assert world.ask("SELECT FROM pg_policy") == []
    world.apply(desired)
    assert world.count(ann, VIEW) == 3
    assert world.drift(desired) == []


def test_thousands_of_rows_are_one_statement_of_each_kind(world: World, ann: str, desired: Desired) -> None:
    many = tuple(granted(ann, grant=f"g{n:05}") for n in range(3000))
    plan = world.target.plan(replace(desired, entitlements=many))
    [change] = [change for change in plan.changes if change.kind == "entitlement"]
    assert change.summary.startswith("add 3000 of its rows: `g00000`, `g00001`")
    assert change.summary.endswith("`g00019` and 2980 more")
    assert len(change.statements) == 1
