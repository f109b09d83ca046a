"""What birthright policies make of the views: the product page, the steward's view, and masking exceptions."""

from __future__ import annotations

from dataclasses import replace

import pytest

from placet.domain.conditions import Condition, InGroup, Not
from placet.domain.people import Group
from placet.domain.products import ProductState
from placet.domain.scopes import OnSource
from placet.domain.subscriptions import SubscriptionKind, SubscriptionPolicy
from placet.service.views import Reach, SourceReach
from tests.service.office import Office

STAFF = InGroup("staff")


@pytest.fixture
def office(office: Office) -> Office:
    """Rita and Tom are staff."""
    with office.marketplace.context.store.writing() as session:
        session.people.save_group(Group("staff", "Staff"))
    for one in ("rita", "tom"):
        office.change_person(one, groups=frozenset({"staff"}))
    return office


def policy(office: Office, name: str, kind: SubscriptionKind, who: Condition) -> SubscriptionPolicy:
    made = SubscriptionPolicy("", name, kind, OnSource("s1"), who)
    return office.marketplace.subscription_policies.create(office.person("gus"), made)


def reach(office: Office, person: str = "rita") -> SourceReach:
    return office.marketplace.products.get(office.person(person), office.product.id).reach["s1"]


@pytest.mark.requirement("M5", clause="one's own status")
def test_each_source_shows_by_what_policy_one_has_access_and_by_which_guardrail_one_can_not(office: Office) -> None:
    assert reach(office) == SourceReach(Reach.WOULD_GAIN)
    policy(office, "Staff read", SubscriptionKind.ALLOW, STAFF)
    assert reach(office) == SourceReach(Reach.HAS_ACCESS, (), ("Staff read",))
    guard = policy(office, "No staff", SubscriptionKind.GUARDRAIL, Not(STAFF))
    assert reach(office) == SourceReach(Reach.PREVENTED, (), ("Staff read",), ("No staff",))
    assert reach(office, "ada").reach is Reach.WOULD_GAIN
    office.marketplace.subscription_policies.retire(office.person("gus"), guard.id, 1)
    office.approved()
    assert reach(office) == SourceReach(Reach.HAS_ACCESS, ("Salaries",), ("Staff read",))


@pytest.mark.requirement("R10", clause="access to each source")
def test_the_stewards_see_access_by_birthright_and_which_guardrail_prevents_it(office: Office) -> None:
    request = office.ask()
    policy(office, "Staff read", SubscriptionKind.ALLOW, STAFF)
    policy(office, "No staff", SubscriptionKind.GUARDRAIL, Not(STAFF))
    found = office.marketplace.requests.review(office.person("ann"), request.id).birthrights["s1"]
    assert [one.name for one in found.allowing] == ["Staff read"]
    assert [one.name for one in found.preventing] == ["No staff"]


def test_what_the_product_page_says_is_what_is_decided(office: Office) -> None:
    """Of each person, with and without policies that allow, guard, and an approval."""
    kinds = (SubscriptionKind.ALLOW, SubscriptionKind.GUARDRAIL)
    for number, (kind, who) in enumerate([(kinds[0], STAFF), (kinds[1], Not(InGroup("other"))), (kinds[1], STAFF)]):
        policy(office, f"P{number}", kind, who)
        for person in ("rita", "tom", "ada"):
            allowed = office.marketplace.decisions.decide(office.person(person), person, "s1").allowed
            assert allowed is (reach(office, person).reach is Reach.HAS_ACCESS)


def test_a_suspended_product_takes_no_access_that_a_policy_allows(office: Office) -> None:
    policy(office, "Staff read", SubscriptionKind.ALLOW, STAFF)
    with office.marketplace.context.store.writing() as session:
        held = session.products.get(office.product.id)
        assert held
        session.products.save(replace(held, state=ProductState.SUSPENDED))
    assert office.marketplace.decisions.decide(office.person("rita"), "rita", "s1").allowed
    assert reach(office).reach is Reach.HAS_ACCESS
