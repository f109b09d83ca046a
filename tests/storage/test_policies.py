"""Data policies: kept whole, found by what they are on, and listed by name."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from placet.domain.conditions import AllOf, HasAttribute, HasPermission, InGroup, Not
from placet.domain.errors import AlreadyThere, Conflict, StaleRevision
from placet.domain.masks import Mask, MaskKind
from placet.domain.people import GlobalPermission, Person
from placet.domain.policies import DataPolicy, column_state
from placet.domain.products import Column, DataSource
from placet.domain.scopes import InDomain, NamedColumns, Scope, Tagged
from placet.storage import Session, Store
from placet.storage.tables import DataPolicyRow
from tests.storage.world import NOW, furnish

EVERY_KIND = AllOf((Not(InGroup("x")), HasAttribute("k", "v"), HasPermission(GlobalPermission.AUDIT)))


def policy(id: str, scope: Scope | None = None, **changed: object) -> DataPolicy:
    plain = DataPolicy(id, f"Policy {id}", Mask(MaskKind.NULL), scope or InDomain("hr"), created_at=NOW)
    return replace(plain, **changed)  # type: ignore[arg-type]  # names of the dataclass


ALL = [
    policy("p1", NamedColumns("table", frozenset({3, 1})), mask=Mask(MaskKind.PARTIAL, first=0, last=4)),
    policy("p2", Tagged("HR.Payroll"), mask=Mask(MaskKind.CONSTANT, text=""), everyone_except=EVERY_KIND),
    policy("p3", InDomain("hr"), mask=Mask(MaskKind.ROUNDING, places=-3), for_everyone_who=InGroup("ops")),
    policy("p4", Tagged("PII"), mask=Mask(MaskKind.HASH), description="Why", active=False),
]


@pytest.fixture
def kept(store: Store) -> Store:
    furnish(store)
    with store.writing() as session:
        for one in ALL:
            session.policies.add(one)
    return store


@pytest.mark.parametrize("one", ALL, ids=lambda one: one.id)
def test_a_policy_comes_back_as_it_was_kept(kept: Store, one: DataPolicy) -> None:
    with kept.reading() as session:
        assert session.policies.get(one.id) == one
        assert session.policies.get("none") is None


def test_a_change_counts_the_revision_and_replaces_everything(kept: Store) -> None:
    changed = replace(ALL[0], scope=Tagged("PII"), everyone_except=InGroup("x"), description="Now for the tag")
    with kept.writing() as session:
        assert session.policies.save(changed) == replace(changed, revision=2)
    with kept.writing() as session:
        assert session.policies.lock("p1") == replace(changed, revision=2)
        with pytest.raises(StaleRevision):
            session.policies.save(changed)


def test_one_name_is_for_one_active_policy(kept: Store) -> None:
    with pytest.raises(AlreadyThere, match="Policy p1"), kept.writing() as session:
        session.policies.add(policy("p5", name="Policy p1"))
    with pytest.raises(AlreadyThere, match="Policy p1"), kept.writing() as session:
        session.policies.save(replace(ALL[1], name="Policy p1"))
    with kept.writing() as session:
        session.policies.add(policy("p6", name="Policy p4"))
    with pytest.raises(AlreadyThere, match="Policy p4"), kept.writing() as session:
        session.policies.save(replace(ALL[3], active=True))


@pytest.mark.parametrize("scope", [InDomain("none"), NamedColumns("none", frozenset({1}))])
def test_a_policy_is_on_something_that_exists(kept: Store, scope: Scope) -> None:
    with pytest.raises(Conflict), kept.writing() as session:
        session.policies.add(policy("p9", scope))


def test_policies_are_listed_by_name_page_by_page(kept: Store) -> None:
    with kept.writing() as session:
        for name in ("beta", "Alpha", "gamma", "ALPHA 2"):
            session.policies.add(policy(name, name=name))
    with kept.reading() as session:
        listed = names(session)
        assert listed == ["Alpha", "ALPHA 2", "beta", "gamma", "Policy p1", "Policy p2", "Policy p3"]
        assert [one.name for one in session.policies.page(active=False).items] == ["Policy p4"]


def names(session: Session) -> list[str]:
    listed: list[str] = []
    page = session.policies.page(limit=2)
    while True:
        listed += [one.name for one in page.items]
        if page.next is None:
            return listed
        page = session.policies.page(cursor=page.next, limit=2)


PAY = Column(1, "pay", "numeric", frozenset({"HR.Payroll.Base"}))


@pytest.mark.parametrize(
    ("source", "found"),
    [
        (DataSource("table", "wh", "a", "b"), ["p1"]),
        (DataSource("other", "wh", "a", "b", domains=frozenset({"hr", "ops"})), ["p3"]),
        (DataSource("other", "wh", "a", "b", (PAY,)), ["p2"]),
        (DataSource("other", "wh", "a", "b", tags=frozenset({"HR.Payroll"})), ["p2"]),
        (DataSource("other", "wh", "a", "b", tags=frozenset({"HR", "PII", "HR.Payrolls"})), []),
        (DataSource("table", "wh", "a", "b", (PAY,), frozenset({"HR.Payroll"}), frozenset({"hr"})), ["p1", "p2", "p3"]),
    ],
)
def test_the_policies_of_a_source_are_those_that_could_reach_it(
    kept: Store, source: DataSource, found: list[str]
) -> None:
    with kept.reading() as session:
        policies = session.policies.for_sources([source])
    assert [one.id for one in policies] == found
    assert found == [one.id for one in ALL if one.active and one.scope.reaches(source)]


def test_the_policies_of_many_sources_come_in_few_queries_and_each_once(kept: Store) -> None:
    sources = [DataSource(f"s{at}", "wh", "a", f"t{at}", (PAY,), domains=frozenset({"hr"})) for at in range(300)]
    asked: list[str] = []
    kept._backend.database.query_hooks.append(lambda query: asked.append(query.sql))
    with kept.reading() as session:
        asked.clear()
        found = session.policies.for_sources(sources)
    kept._backend.database.query_hooks.clear()
    assert [one.id for one in found] == ["p2", "p3"]
    assert len([sql for sql in asked if "placet_data_policy" in sql]) == 3


def test_policies_of_no_source_are_none(kept: Store) -> None:
    with kept.reading() as session:
        assert session.policies.for_sources([]) == []


def test_the_older_of_two_that_are_kept_still_wins(kept: Store) -> None:
    source = DataSource("other", "wh", "a", "b", (PAY,), domains=frozenset({"hr"}))
    with kept.writing() as session:
        session.policies.add(policy("p0", created_at=NOW + timedelta(microseconds=1)))
    with kept.reading() as session:
        policies = [one for one in session.policies.for_sources([source]) if isinstance(one.scope, InDomain)]
    state = column_state(policies, source, PAY, Person("b", "Bob", groups=frozenset({"ops"})))
    assert state.masked_by == ALL[2]


@pytest.mark.parametrize(
    ("scope", "found"),
    [
        (NamedColumns("b", frozenset({1})), ["b"]),
        (NamedColumns("none", frozenset({1})), []),
        (InDomain("hr"), ["a", "b", "table"]),
        (InDomain("ops"), []),
        (Tagged("HR"), ["a", "b", "c"]),
        (Tagged("HR.Payroll"), ["a", "c"]),
        (Tagged("HR.Pay"), []),
    ],
    ids=str,
)
def test_the_sources_that_a_scope_reaches_are_found_in_order(kept: Store, scope: Scope, found: list[str]) -> None:
    sources = [
        DataSource("a", "wh", "x", "a", (PAY,), frozenset({"HR.Payroll"}), frozenset({"hr"})),
        DataSource("b", "wh", "x", "b", (), frozenset({"HR"}), frozenset({"hr"})),
        DataSource("c", "wh", "x", "c", (PAY,), frozenset({"HRX"})),
    ]
    with kept.writing() as session:
        for source in sources:
            session.sources.save(source)
    with kept.reading() as session:
        assert session.policies.sources_of(scope, 10) == found
        assert session.policies.sources_of(scope, 2) == found[:2]
        assert {one.id for one in session.sources.all() if scope.reaches(one)} == set(found)


def test_what_a_retired_policy_was_on_may_go(kept: Store) -> None:
    with kept.writing() as session:
        session.policies.save(replace(ALL[0], active=False))
    with kept.reading() as session:
        assert session.policies.get("p1") == replace(ALL[0], active=False, revision=2)
        row = session.policies._in.tuples(DataPolicyRow.select(DataPolicyRow.source).where(DataPolicyRow.id == "p1"))
    assert row == [(None,)]
