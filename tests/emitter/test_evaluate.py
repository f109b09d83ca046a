"""The reference answer, by a table of cases and by laws."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from placet.emitter.evaluate import may_read
from placet.emitter.policy import Desired, Entitlement, Login, TargetColumn, TargetGroup, TargetProduct, TargetSource

START = datetime(2030, 1, 1, tzinfo=UTC)
END = datetime(2030, 2, 1, tzinfo=UTC)
TICK = timedelta(microseconds=1)

ORDERS = TargetSource("orders", "raw", "orders", (TargetColumn(1, "id"),))
STAFF = TargetSource("staff", "raw", "staff", (TargetColumn(1, "id"),))
WORLD = Desired(
    sources=(ORDERS, STAFF),
    products=(TargetProduct("sales", ("orders",)), TargetProduct("hr", ("staff",))),
    logins=(Login("ann"), Login("bob"), Login("cid"), Login("prod"), Login("gone", active=False)),
    entitlements=(
        Entitlement("g1", "sales", "ann", START, END),
        Entitlement("g2", "sales", "gone", START, None),
        Entitlement("g3", "suspended", "bob", START, None),
        Entitlement("g4", "sales", "stranger", START, None),
        Entitlement("g5", "hr", "", START, END, group="prod"),
        Entitlement("g6", "sales", "", START, END, group="prod"),
        Entitlement("g7", "sales", "", START, END, group="bob"),
        Entitlement("g8", "sales", "", START, END, group="dissolved"),
        Entitlement("g9", "hr", "prod", START, END),
    ),
    groups=(TargetGroup("prod", ("ann", "cid", "gone", "unheard")), TargetGroup("bob", ("cid",))),
)

CASES = [
    ("ann", "orders", START, True, "`ann` is a member of `sales` by grant `g1`"),
    ("ann", "orders", END, False, "`ann` has no running grant on a product with the source `orders`"),
    ("ann", "staff", START, True, "`ann` is a member of `hr` through group `prod` by grant `g5`"),
    ("ann", "staff", END, False, "`ann` has no running grant on a product with the source `staff`"),
    ("ann", "staff", END, False, "`ann` is in no group with a running grant on one"),
    ("ann", "orders", START, True, "`ann` is a member of `sales` through group `prod` by grant `g6`"),
    ("cid", "orders", START, True, "`cid` is a member of `sales` through group `bob` by grant `g7`"),
    ("prod", "staff", START, True, "`prod` is a member of `hr` by grant `g9`"),
    ("prod", "orders", START, False, "`prod` has no running grant on a product with the source `orders`"),
    ("bob", "staff", START, False, "`bob` is in no group with a running grant on one"),
    ("unheard", "orders", START, False, "`unheard` is not known on this target"),
    ("bob", "orders", START, False, "`bob` has no running grant on a product with the source `orders`"),
    ("gone", "orders", START, False, "`gone` is not active"),
    ("stranger", "orders", START, False, "`stranger` is not known on this target"),
    ("ann", "nowhere", START, False, "the source `nowhere` is not published on this target"),
]


@pytest.mark.parametrize(("login", "source", "at", "allowed", "reason"), CASES)
def test_every_answer_says_why(login: str, source: str, at: datetime, allowed: bool, reason: str) -> None:
    answer = may_read(WORLD, login, source, at)
    assert answer.allowed is allowed
    assert reason in answer.reasons


SESSIONS = [("ann", True), ("pool", True), ("bob", False), ("gone", False)]


@pytest.mark.parametrize(("session", "allowed"), SESSIONS)
def test_nobody_known_borrows_the_access_of_another(session: str, allowed: bool) -> None:
    assert may_read(WORLD, "ann", "orders", START, session=session).allowed is allowed


@pytest.mark.requirement("R7", clause="start inclusive")
@pytest.mark.requirement("R7", clause="end exclusive")
@pytest.mark.parametrize(
    ("at", "allowed"), [(START - TICK, False), (START, True), (END - TICK, True), (END, False), (END + TICK, False)]
)
def test_the_start_belongs_to_a_grant_and_the_end_does_not(at: datetime, allowed: bool) -> None:
    assert may_read(WORLD, "ann", "orders", at).allowed is allowed


INSTANTS = st.integers(0, 6).map(lambda days: START + timedelta(days=days))
GRANTS = st.lists(st.tuples(INSTANTS, INSTANTS | st.none()), max_size=4).map(
    lambda spans: tuple(Entitlement(f"g{n}", "sales", "ann", s, e) for n, (s, e) in enumerate(spans))
)


@given(GRANTS, INSTANTS)
def test_access_is_the_union_of_the_grants(grants: tuple[Entitlement, ...], at: datetime) -> None:
    together = may_read(replace(WORLD, entitlements=grants), "ann", "orders", at).allowed
    assert together == any(may_read(replace(WORLD, entitlements=(g,)), "ann", "orders", at).allowed for g in grants)


@given(GRANTS, INSTANTS, st.booleans())
def test_a_group_gives_its_members_what_a_grant_of_their_own_would(
    grants: tuple[Entitlement, ...], at: datetime, joined: bool
) -> None:
    of_group = tuple(replace(grant, login="", group="team") for grant in grants)
    team = TargetGroup("team", ("ann",) if joined else ("bob",))
    through = may_read(replace(WORLD, entitlements=of_group, groups=(team,)), "ann", "orders", at).allowed
    assert through == (joined and may_read(replace(WORLD, entitlements=grants), "ann", "orders", at).allowed)


@given(GRANTS, INSTANTS)
def test_without_a_grant_there_is_no_access_for_another(grants: tuple[Entitlement, ...], at: datetime) -> None:
    assert not may_read(replace(WORLD, entitlements=grants), "bob", "orders", at).allowed
