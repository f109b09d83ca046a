"""What birthright policies and masking exceptions make of the reference answer."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from placet.domain.conditions import HasAttribute, InGroup, Not
from placet.domain.masks import Mask, MaskKind
from placet.domain.people import Person
from placet.domain.policies import DataPolicy, column_state
from placet.domain.products import Column, DataSource
from placet.domain.row_filters import Comparison, RowFilter
from placet.domain.scopes import InDomain, NamedColumns, OnSource, Tagged
from placet.domain.subscriptions import SubscriptionKind, SubscriptionPolicy
from placet.emitter.evaluate import filters_on, may_read, sees_row, sight_of
from placet.emitter.policy import Desired, Entitlement, Login, TargetGroup, TargetProduct, facts_of, target_source
from tests.emitter.randoms import BASE, LOGINS, SOURCES, worlds

START, END = datetime(2030, 1, 1, tzinfo=UTC), datetime(2030, 2, 1, tzinfo=UTC)
TICK = timedelta(microseconds=1)
COLUMNS = (Column(1, "id", "int"), Column(2, "region", "text"), Column(3, "ssn", "text", frozenset({"PII"})))
ORDERS = DataSource("orders", "warehouse", "raw", "orders", COLUMNS, frozenset({"Sales"}), frozenset({"web"}))
ALLOW, GUARDRAIL = SubscriptionKind.ALLOW, SubscriptionKind.GUARDRAIL
STAFF_READ = SubscriptionPolicy("a", "Staff read", ALLOW, OnSource("orders"), InGroup("staff"))
NO_CONTRACTORS = SubscriptionPolicy("g", "No contractors", GUARDRAIL, Tagged("PII"), Not(InGroup("contractors")))
HIDDEN = DataPolicy("m", "Hide SSN", Mask(MaskKind.HASH), Tagged("PII"), InGroup("payroll"), created_at=START)
NEVER = DataPolicy(
    "n", "Never outside", Mask(MaskKind.NULL), InDomain("web"), for_everyone_who=InGroup("outside"), created_at=START
)
OWN_REGION = DataPolicy(
    "f",
    "Own region",
    None,
    NamedColumns("orders", frozenset({2})),
    everyone_except=HasAttribute("level", "7"),
    created_at=START,
    filter=RowFilter(Comparison.ONE_OF, attribute="region"),
)


def world(*policies: SubscriptionPolicy | DataPolicy, groups: frozenset[str] = frozenset(), **more: object) -> Desired:
    """Ann, who is in some groups, and whose grants are in `more`."""
    subscriptions = [one for one in policies if isinstance(one, SubscriptionPolicy)]
    data = [one for one in policies if isinstance(one, DataPolicy)]
    plain = Desired(
        sources=(target_source(ORDERS, subscriptions, data),),
        products=(TargetProduct("sales", ("orders",)),),
        logins=(Login("ann", groups=groups, attributes={"region": frozenset({"EU"})}),),
        groups=tuple(TargetGroup(group, ("ann",)) for group in groups),
    )
    return replace(plain, **more)  # type: ignore[arg-type]  # names of the dataclass


MEMBER = Entitlement("g1", "sales", "ann", START, END)
EXCEPTION = Entitlement("x1", "sales", "ann", START, END, columns=frozenset({("orders", 3)}))
THROUGH_STAFF = Entitlement("x2", "sales", "", START, END, group="staff", columns=frozenset({("orders", 3)}))


@pytest.mark.requirement("E1", clause="allowed or granted")
@pytest.mark.requirement("E1", clause="every guardrail")
@pytest.mark.parametrize(
    ("policies", "groups", "grants", "allowed", "reason"),
    [
        ((STAFF_READ,), {"staff"}, (), True, "`ann` meets the allow policy `Staff read`: in group staff"),
        ((STAFF_READ,), set(), (), False, "`ann` does not meet the allow policy `Staff read`: in group staff"),
        ((STAFF_READ,), set(), (MEMBER,), True, "`ann` is a member of `sales` by grant `g1`"),
        ((NO_CONTRACTORS,), set(), (MEMBER,), True, "`ann` is a member of `sales` by grant `g1`"),
        ((NO_CONTRACTORS,), set(), (), False, "`ann` has no running grant on a product with the source `orders`"),
        (
            (STAFF_READ, NO_CONTRACTORS),
            {"staff", "contractors"},
            (MEMBER,),
            False,
            "`ann` does not meet the guardrail policy `No contractors`: not in group contractors",
        ),
        ((STAFF_READ,), set(), (EXCEPTION,), False, "`ann` has no running grant on a product with the source `orders`"),
    ],
)
def test_access_is_one_way_in_and_every_guardrail(
    policies: tuple[SubscriptionPolicy, ...],
    groups: set[str],
    grants: tuple[Entitlement, ...],
    allowed: bool,
    reason: str,
) -> None:
    answer = may_read(world(*policies, groups=frozenset(groups), entitlements=grants), "ann", "orders", START)
    assert answer.allowed is allowed
    assert reason in answer.reasons


def test_what_a_policy_allows_ends_with_activity() -> None:
    here = world(STAFF_READ, groups=frozenset({"staff"}))
    gone = replace(here, logins=(replace(here.logins[0], active=False),))
    assert may_read(here, "ann", "orders", START).allowed
    assert not may_read(gone, "ann", "orders", START).allowed
    assert not may_read(replace(here, logins=()), "ann", "orders", START).allowed


@pytest.mark.requirement("E2", clause="exceptions")
@pytest.mark.requirement("E2", clause="for everyone who")
@pytest.mark.parametrize(
    ("policies", "groups", "grants", "clear", "reason"),
    [
        ((), set(), (), True, "no data policy masks it for them"),
        ((HIDDEN,), set(), (), False, "the data policy `Hide SSN` masks it for everyone except those in group payroll"),
        ((HIDDEN,), {"payroll"}, (), True, "`ann` is excepted by the data policy `Hide SSN`"),
        ((HIDDEN,), set(), (EXCEPTION,), True, "`ann` sees it clear by grant `x1`"),
        ((HIDDEN,), {"staff"}, (THROUGH_STAFF,), True, "`ann` sees it clear by grant `x2`"),
        ((HIDDEN,), set(), (THROUGH_STAFF,), False, "the data policy `Hide SSN` masks it for everyone"),
        ((HIDDEN, NEVER), {"outside"}, (EXCEPTION,), False, "the data policy `Hide SSN` masks it for everyone"),
        ((HIDDEN, NEVER), {"outside", "payroll"}, (EXCEPTION,), False, "the data policy `Never outside` masks it"),
        ((HIDDEN,), set(), (MEMBER,), False, "the data policy `Hide SSN` masks it for everyone"),
    ],
)
def test_a_column_is_clear_where_nothing_masks_it_or_something_lifts_that(
    policies: tuple[DataPolicy, ...],
    groups: set[str],
    grants: tuple[Entitlement, ...],
    clear: bool,
    reason: str,
) -> None:
    sight = sight_of(world(*policies, groups=frozenset(groups), entitlements=grants), "ann", "orders", 3, START)
    assert sight.clear is clear
    assert any(one.startswith(reason) for one in sight.reasons)
    assert (sight.mask is None) is clear


def test_an_exception_holds_from_its_start_up_to_its_end_and_while_its_product_holds_the_source() -> None:
    here = world(HIDDEN, entitlements=(EXCEPTION,))
    for at, clear in ((START - TICK, False), (START, True), (END - TICK, True), (END, False)):
        assert sight_of(here, "ann", "orders", 3, at).clear is clear
    for products in ((), (TargetProduct("sales", ()),), (TargetProduct("other", ("orders",)),)):
        assert not sight_of(replace(here, products=products), "ann", "orders", 3, START).clear


def test_of_the_columns_of_an_exception_only_those_are_clear() -> None:
    whole = replace(HIDDEN, scope=InDomain("web"))
    here = world(whole, entitlements=(EXCEPTION,))
    assert [sight_of(here, "ann", "orders", column, START).clear for column in (1, 2, 3)] == [False, False, True]


def test_a_column_nobody_has_looked_at_is_seen_by_nobody_whatever_was_approved() -> None:
    new = replace(ORDERS, columns=(*COLUMNS, Column(4, "new", "text", confirmed=False)))
    covers_it = replace(EXCEPTION, columns=frozenset({("orders", 4)}))
    source = target_source(new, (), (HIDDEN,))
    here = replace(world(), sources=(source,), entitlements=(covers_it,))
    assert not sight_of(here, "ann", "orders", 4, START).clear
    assert sight_of(replace(here, sources=(target_source(new),)), "ann", "orders", 4, START).clear


ROW = {1: 5, 2: "EU", 3: "123"}


@pytest.mark.requirement("E2", clause="row filters")
def test_row_filters_let_through_what_is_a_persons_and_are_lifted_by_no_approval() -> None:
    here = world(OWN_REGION, entitlements=(MEMBER, EXCEPTION))
    assert sees_row(here, "ann", "orders", ROW)
    assert not sees_row(here, "ann", "orders", ROW | {2: "US"})
    assert not sees_row(here, "ann", "orders", ROW | {2: None})
    assert not sees_row(here, "stranger", "orders", ROW)
    assert filters_on(here, "ann", "orders") == (OWN_REGION,)


def test_every_row_filter_has_to_let_a_row_through_but_for_whom_it_excepts() -> None:
    big = replace(
        OWN_REGION, id="h", scope=NamedColumns("orders", frozenset({1})),
        filter=RowFilter(Comparison.GREATER, (Decimal(4),)),
    )  # fmt: skip
    assert sees_row(world(OWN_REGION, big), "ann", "orders", ROW)
    assert not sees_row(world(OWN_REGION, big), "ann", "orders", ROW | {1: 4})
    excepted = Login("ann", attributes={"level": frozenset({"7"})})
    assert sees_row(world(OWN_REGION, big, logins=(excepted,)), "ann", "orders", {1: 0, 2: None})


def test_a_filter_on_columns_that_are_gone_lets_nothing_through() -> None:
    gone = replace(OWN_REGION, scope=NamedColumns("orders", frozenset({9})))
    assert not sees_row(world(gone), "ann", "orders", ROW)


def as_person(login: Login) -> Person:
    return Person(login.name, "", groups=login.groups, attributes=login.attributes, permissions=login.permissions)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(worlds(), st.integers(-2, 3))
def test_the_evaluator_and_what_requests_are_judged_by_agree_on_every_column(world: Desired, hours: int) -> None:
    """The workflow looks at people without logins and grants; with no exception both see the same."""
    at = BASE + timedelta(hours=hours)
    plain = replace(world, entitlements=())
    for source, described in zip(plain.sources, SOURCES, strict=True):
        policies = {one.id: one for column in source.columns for one in column.masks}
        policies |= {one.id: one for one, _ in source.filters}
        for login in plain.logins:
            person = as_person(login)
            for column in described.columns:
                state = column_state(policies.values(), described, column, person)
                sight = sight_of(plain, login.name, source.id, column.id, at)
                assert sight.clear is not state.masked
                assert sight.against == state.against


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(worlds())
def test_facts_that_are_not_asked_for_make_no_difference(world: Desired) -> None:
    asked = world.asked
    less = tuple(
        Login(
            one.name,
            active=one.active,
            groups=one.groups & asked.groups,
            attributes={
                key: frozenset(v for v in values if (key, v) in asked.attributes or key in asked.values)
                for key, values in one.attributes.items()
            },
            permissions=one.permissions & asked.permissions,
        )
        for one in world.logins
    )
    told = replace(world, logins=less)
    for source in world.sources:
        for login in LOGINS:
            assert may_read(world, login, source.id, BASE) == may_read(told, login, source.id, BASE)
            for column in source.columns:
                asking = (login, source.id, column.id, BASE)
                assert sight_of(world, *asking) == sight_of(told, *asking)
    assert all(facts_of(one, asked) == facts_of(other, asked) for one, other in zip(world.logins, less, strict=True))
