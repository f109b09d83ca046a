"""Subscription policies: which sources they are about, and what they can't be."""

from __future__ import annotations

from dataclasses import replace

import pytest

from placet.domain.conditions import InGroup
from placet.domain.people import Person
from placet.domain.policies import BadPolicy
from placet.domain.products import Column, DataSource
from placet.domain.scopes import InDomain, OnSource, SourceScope, Tagged
from placet.domain.subscriptions import SubscriptionKind, SubscriptionPolicy, refuse_bad_subscription

SOURCE = DataSource(
    "s", "warehouse", "hr", "pay", (Column(1, "name", "text", frozenset({"PII.Name"})),), frozenset({"HR.Pay"}),
    frozenset({"people"}),
)  # fmt: skip
ALLOW, GUARDRAIL = SubscriptionKind.ALLOW, SubscriptionKind.GUARDRAIL


def policy(scope: SourceScope, kind: SubscriptionKind = ALLOW, name: str = "P") -> SubscriptionPolicy:
    return SubscriptionPolicy("p", name, kind, scope, InGroup("staff"))


@pytest.mark.parametrize(
    ("scope", "allows", "guards"),
    [
        (OnSource("s"), True, True),
        (OnSource("t"), False, False),
        (InDomain("people"), True, True),
        (InDomain("other"), False, False),
        (Tagged("HR"), True, True),
        (Tagged("HR.Pay"), True, True),
        (Tagged("HR.Pay.Top"), False, False),
        (Tagged("PII"), False, True),
        (Tagged("PII.Name"), False, True),
        (Tagged("PI"), False, False),
    ],
    ids=str,
)
def test_a_tag_on_a_column_guards_the_source_and_does_not_open_it(
    scope: SourceScope, allows: bool, guards: bool
) -> None:
    assert policy(scope, ALLOW).reaches(SOURCE) is allows
    assert policy(scope, GUARDRAIL).reaches(SOURCE) is guards


def test_it_lets_those_who_meet_its_condition() -> None:
    assert policy(OnSource("s")).lets(Person("a", "A", groups=frozenset({"staff"})))
    assert not policy(OnSource("s")).lets(Person("a", "A"))


@pytest.mark.parametrize(
    ("changed", "about"),
    [
        ({"name": " "}, "name"),
        ({"name": "x" * 256}, "name"),
        ({"description": "x" * 4001}, "description"),
        ({"scope": Tagged("a..b")}, "scope"),
        ({"who": InGroup("")}, "who"),
    ],
    ids=str,
)
def test_what_can_not_be_a_policy_is_refused_with_the_part(changed: dict[str, object], about: str) -> None:
    with pytest.raises(BadPolicy) as caught:
        refuse_bad_subscription(replace(policy(OnSource("s")), **changed))  # type: ignore[arg-type]  # names of the dataclass
    assert caught.value.facts["about"] == about
