"""The reference answer, by a table of cases and by laws."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from placet.emitter.evaluate import may_read
from placet.emitter.policy import Desired, Entitlement, Login, TargetColumn, TargetProduct, TargetSource

START = datetime(2030, 1, 1, tzinfo=UTC)
END = datetime(2030, 2, 1, tzinfo=UTC)
TICK = timedelta(microseconds=1)

ORDERS = TargetSource("orders", "raw", "orders", (TargetColumn(1, "id"),))
STAFF = TargetSource("staff", "raw", "staff", (TargetColumn(1, "id"),))
WORLD = Desired(
    sources=(ORDERS, STAFF),
    products=(TargetProduct("sales", ("orders",)), TargetProduct("hr", ("staff",))),
    logins=(Login("ann"), Login("bob"), Login("gone", active=False)),
    entitlements=(
        Entitlement("g1", "sales", "ann", START, END),
        Entitlement("g2", "sales", "gone", START, None),
        Entitlement("g3", "suspended", "bob", START, None),
        Entitlement("g4", "sales", "stranger", START, None),
    ),
)

CASES = [
    ("ann", "orders", START, True, "`ann` is a member of `sales` by grant `g1`"),
    ("ann", "orders", END, False, "`ann` has no running grant on a product with the source `orders`"),
    ("ann", "staff", START, False, "`ann` has no running grant on a product with the source `staff`"),
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


@given(GRANTS, INSTANTS)
def test_without_a_grant_there_is_no_access_for_another(grants: tuple[Entitlement, ...], at: datetime) -> None:
    assert not may_read(replace(WORLD, entitlements=grants), "bob", "orders", at).allowed
