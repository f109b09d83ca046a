"""Subscription policies: kept whole, found by what they are on, and listed by name."""

from __future__ import annotations

from dataclasses import replace

import pytest

from placet.domain.conditions import AllOf, HasAttribute, InGroup, Not
from placet.domain.errors import AlreadyThere, Conflict, StaleRevision
from placet.domain.scopes import InDomain, OnSource, SourceScope, Tagged
from placet.domain.subscriptions import SubscriptionKind, SubscriptionPolicy
from placet.storage import Store
from tests.storage.world import NOW, furnish

WHO = AllOf((Not(InGroup("x")), HasAttribute("k", "v")))


def policy(id: str, scope: SourceScope, **changed: object) -> SubscriptionPolicy:
    plain = SubscriptionPolicy(id, f"Policy {id}", SubscriptionKind.ALLOW, scope, WHO, created_at=NOW)
    return replace(plain, **changed)  # type: ignore[arg-type]  # names of the dataclass


ALL = [
    policy("p1", OnSource("table")),
    policy("p2", Tagged("HR.Payroll"), kind=SubscriptionKind.GUARDRAIL),
    policy("p3", InDomain("hr"), description="Why"),
    policy("p4", Tagged("PII"), active=False),
]


@pytest.fixture
def kept(store: Store) -> Store:
    furnish(store)
    with store.writing() as session:
        for one in ALL:
            session.subscriptions.add(one)
    return store


@pytest.mark.parametrize("one", ALL, ids=lambda one: one.id)
def test_a_policy_comes_back_as_it_was_kept(kept: Store, one: SubscriptionPolicy) -> None:
    with kept.reading() as session:
        assert session.subscriptions.get(one.id) == one
        assert session.subscriptions.get("none") is None


def test_a_change_counts_the_revision(kept: Store) -> None:
    changed = replace(ALL[0], scope=Tagged("PII"), kind=SubscriptionKind.GUARDRAIL)
    with kept.writing() as session:
        assert session.subscriptions.save(changed) == replace(changed, revision=2)
    with kept.writing() as session:
        assert session.subscriptions.lock("p1") == replace(changed, revision=2)
        with pytest.raises(StaleRevision):
            session.subscriptions.save(changed)


def test_active_policies_have_different_names(kept: Store) -> None:
    with pytest.raises(AlreadyThere), kept.writing() as session:
        session.subscriptions.add(replace(ALL[0], id="p9"))
    with kept.writing() as session:
        session.subscriptions.add(replace(ALL[3], id="p9", active=True))


def test_a_policy_on_what_is_not_there_is_refused(kept: Store) -> None:
    with pytest.raises(Conflict), kept.writing() as session:
        session.subscriptions.add(policy("p9", OnSource("none")))


def test_those_in_force_are_found_by_their_sources_and_listed_by_name(kept: Store) -> None:
    with kept.reading() as session:
        [table] = session.sources.many(["table"])
        tagged = replace(table, tags=frozenset({"HR.Payroll.Top"}), domains=frozenset({"hr"}))
        assert {one.id for one in session.subscriptions.for_sources([tagged])} == {"p1", "p2", "p3"}
        assert [one.id for one in session.subscriptions.for_sources([])] == []
        assert [one.id for one in session.subscriptions.in_force()] == ["p1", "p2", "p3"]
        first = session.subscriptions.page(limit=2)
        rest = session.subscriptions.page(cursor=first.next, limit=2)
        assert [one.id for one in (*first.items, *rest.items)] == ["p1", "p2", "p3"]
        assert [one.id for one in session.subscriptions.page(active=False).items] == ["p4"]
