"""Random worlds in which policies, groups, exceptions, guardrails and filters all occur, as Hypothesis makes them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from hypothesis import strategies as st

from placet.domain.conditions import AllOf, AnyOf, Condition, HasAttribute, HasPermission, InGroup, Not
from placet.domain.masks import Mask, MaskKind
from placet.domain.people import GlobalPermission
from placet.domain.policies import DataPolicy
from placet.domain.products import Column, DataSource
from placet.domain.row_filters import Comparison, RowFilter
from placet.domain.scopes import InDomain, NamedColumns, OnSource, Tagged
from placet.domain.subscriptions import SubscriptionKind, SubscriptionPolicy
from placet.emitter.policy import Desired, Entitlement, Login, TargetGroup, TargetProduct, target_source

BASE = datetime(2200, 1, 1, tzinfo=UTC)
LOGINS, GROUPS, PRODUCTS = ("ann", "bob", "cid", "eve"), ("team", "staff", "bob"), ("p1", "p2")
REGIONS = ("EU", "US", "")

ORDERS = DataSource(
    "orders",
    "warehouse",
    "raw",
    "orders",
    (
        Column(1, "id", "int"),
        Column(2, "region", "text", frozenset({"Geo"})),
        Column(3, "ssn", "text", frozenset({"PII.SSN"})),
    ),
    frozenset({"Sales"}),
    frozenset({"web"}),
)
STAFF = DataSource(
    "staff",
    "warehouse",
    "raw",
    "staff",
    (
        Column(1, "name", "text", frozenset({"PII"})),
        Column(2, "pay", "numeric"),
        Column(3, "new", "text", confirmed=False),
    ),
    domains=frozenset({"web", "hr"}),
)
SOURCES = (ORDERS, STAFF)

atoms = st.one_of(
    st.sampled_from(GROUPS).map(InGroup),
    st.tuples(st.sampled_from(("region", "level")), st.sampled_from((*REGIONS[:2], "7"))).map(
        lambda kv: HasAttribute(*kv)
    ),
    st.just(HasPermission(GlobalPermission.AUDIT)),
)


def _joined(parts: st.SearchStrategy[Condition]) -> st.SearchStrategy[Condition]:
    several = st.lists(parts, min_size=1, max_size=3).map(tuple)
    return st.one_of(parts.map(Not), several.map(AllOf), several.map(AnyOf))


conditions: st.SearchStrategy[Condition] = st.recursive(atoms, _joined, max_leaves=4)

masks = st.one_of(
    st.sampled_from((MaskKind.NULL, MaskKind.HASH)).map(Mask),
    st.just(Mask(MaskKind.CONSTANT, text="it's")),
    st.just(Mask(MaskKind.PARTIAL, first=1, last=2)),
    st.just(Mask(MaskKind.ROUNDING, places=-2)),
)
filters = st.one_of(
    st.sampled_from(tuple(Comparison)[:6]).map(lambda one: RowFilter(one, ("EU",))),
    st.just(RowFilter(Comparison.ONE_OF, ("EU", "US"))),
    st.just(RowFilter(Comparison.AT_LEAST, (Decimal(2),))),
    st.sampled_from(("region", "level")).map(lambda key: RowFilter(Comparison.ONE_OF, attribute=key)),
)
columns = st.frozensets(st.sampled_from((1, 2, 3)), min_size=1, max_size=2)
named = st.tuples(st.sampled_from(("orders", "staff")), columns).map(lambda pair: NamedColumns(*pair))
tags = st.sampled_from(("PII", "PII.SSN", "Geo", "Sales")).map(Tagged)
domains = st.sampled_from(("web", "hr")).map(InDomain)


@st.composite
def data_policies(draw: st.DrawFn, number: int) -> DataPolicy:
    filtering = draw(st.integers(0, 3)) == 0
    scope = draw(st.one_of(named, tags) if filtering else st.one_of(named, tags, domains))
    whom, condition = draw(st.sampled_from(("all", "except", "who"))), draw(conditions)
    return DataPolicy(
        f"d{number}",
        f"Data {number}",
        None if filtering else draw(masks),
        scope,
        everyone_except=condition if whom == "except" else None,
        for_everyone_who=condition if whom == "who" else None,
        created_at=BASE - timedelta(days=draw(st.integers(1, 3))),
        filter=draw(filters) if filtering else None,
    )


@st.composite
def subscriptions(draw: st.DrawFn, number: int) -> SubscriptionPolicy:
    kind = draw(st.sampled_from(SubscriptionKind))
    scope = draw(st.one_of(st.sampled_from(("orders", "staff")).map(OnSource), tags, domains))
    return SubscriptionPolicy(f"s{number}", f"Subscription {number}", kind, scope, draw(conditions))


@st.composite
def logins(draw: st.DrawFn, name: str) -> Login:
    return Login(
        name,
        active=draw(st.integers(0, 4)) > 0,
        groups=draw(st.frozensets(st.sampled_from(GROUPS))),
        attributes={
            "region": draw(st.frozensets(st.sampled_from(REGIONS))),
            "level": draw(st.frozensets(st.sampled_from(("7", "8")))),
        },
        permissions=draw(st.frozensets(st.just(GlobalPermission.AUDIT))),
    )


@st.composite
def entitlements(draw: st.DrawFn, number: int) -> Entitlement:
    start = BASE + timedelta(hours=draw(st.integers(-2, 2)))
    end = draw(st.one_of(st.none(), st.integers(-1, 3).map(lambda hours: BASE + timedelta(hours=hours))))
    group = draw(st.one_of(st.none(), st.sampled_from(GROUPS)))
    wanted = st.frozensets(st.tuples(st.sampled_from(("orders", "staff")), st.sampled_from((1, 2, 3))), min_size=1)
    return Entitlement(
        f"g{number}",
        draw(st.sampled_from((*PRODUCTS, "suspended"))),
        "" if group else draw(st.sampled_from(LOGINS)),
        start,
        end,
        group,
        draw(st.one_of(st.just(frozenset[tuple[str, int]]()), wanted)),
    )


@st.composite
def worlds(draw: st.DrawFn) -> Desired:
    """A target with two sources; every login's groups are those that list it."""
    people = tuple(draw(logins(name)) for name in LOGINS if draw(st.integers(0, 5)) > 0)
    data = [draw(data_policies(number)) for number in range(draw(st.integers(0, 4)))]
    subscribing = [draw(subscriptions(number)) for number in range(draw(st.integers(0, 3)))]
    return Desired(
        sources=tuple(target_source(source, subscribing, data) for source in SOURCES),
        products=tuple(
            TargetProduct(name, tuple(sorted(draw(st.frozensets(st.sampled_from(("orders", "staff")))))))
            for name in PRODUCTS
        ),
        logins=people,
        entitlements=tuple(draw(entitlements(number)) for number in range(draw(st.integers(0, 6)))),
        groups=tuple(TargetGroup(group, tuple(one.name for one in people if group in one.groups)) for group in GROUPS),
    )
