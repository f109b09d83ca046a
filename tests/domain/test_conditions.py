"""Conditions on people: always yes or no, bounded, and the same after a way through JSON."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from placet.domain.conditions import (
    DEEPEST,
    MOST_PARTS,
    AllOf,
    AnyOf,
    BadCondition,
    Condition,
    HasAttribute,
    HasPermission,
    InGroup,
    Not,
    from_json,
    holds,
    problem,
    to_json,
)
from placet.domain.people import GlobalPermission, Person

ANN = Person(
    "ann",
    "Ann",
    groups=frozenset({"hr"}),
    attributes={"site": frozenset({"Ulm", "Bonn"})},
    permissions=frozenset({GlobalPermission.AUDIT}),
)
HR, OPS = InGroup("hr"), InGroup("ops")

plain = st.one_of(
    st.sampled_from(["hr", "ops"]).map(InGroup),
    st.sampled_from(["Ulm", "Kiel"]).map(lambda value: HasAttribute("site", value)),
    st.sampled_from(GlobalPermission).map(HasPermission),
)
conditions = st.recursive(
    plain,
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: AllOf(tuple(parts))),
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: AnyOf(tuple(parts))),
        inner.map(Not),
    ),
    max_leaves=6,
)
people = st.builds(
    Person,
    st.just("ann"),
    st.just("Ann"),
    groups=st.frozensets(st.sampled_from(["hr", "ops"])),
    attributes=st.dictionaries(st.just("site"), st.frozensets(st.sampled_from(["Ulm", "Kiel"]))),
    permissions=st.frozensets(st.sampled_from(GlobalPermission)),
)


@pytest.mark.parametrize(
    ("condition", "answer", "words"),
    [
        (HR, True, "in group hr"),
        (OPS, False, "in group ops"),
        (HasAttribute("site", "Bonn"), True, "with site = Bonn"),
        (HasAttribute("site", "Kiel"), False, "with site = Kiel"),
        (HasAttribute("team", "Ulm"), False, "with team = Ulm"),
        (HasPermission(GlobalPermission.AUDIT), True, "with the permission AUDIT"),
        (HasPermission(GlobalPermission.GOVERNANCE), False, "with the permission GOVERNANCE"),
        (Not(OPS), True, "not in group ops"),
        (AllOf((HR, Not(OPS))), True, "in group hr and not in group ops"),
        (AllOf((HR, OPS)), False, "in group hr and in group ops"),
        (AnyOf((OPS, HR)), True, "in group ops or in group hr"),
        (AnyOf((OPS,)), False, "in group ops"),
        (Not(AnyOf((OPS, HR))), False, "not (in group ops or in group hr)"),
        (Not(AnyOf((OPS,))), True, "not in group ops"),
    ],
    ids=str,
)
def test_a_condition_holds_or_does_not_and_reads_as_a_sentence(condition: Condition, answer: bool, words: str) -> None:
    assert holds(condition, ANN) is answer
    assert str(condition) == words


@given(conditions, people)
def test_a_condition_and_its_opposite_never_agree(condition: Condition, person: Person) -> None:
    assert holds(condition, person) is not holds(Not(condition), person)


@given(conditions)
def test_json_brings_back_the_same_condition(condition: Condition) -> None:
    assert from_json(json.loads(json.dumps(to_json(condition)))) == condition


@pytest.mark.parametrize("kind", [AllOf, AnyOf])
def test_nothing_can_be_made_of_no_conditions(kind: type[AllOf | AnyOf]) -> None:
    with pytest.raises(BadCondition, match="empty"):
        kind(())


def deep(levels: int) -> Condition:
    condition: Condition = HR
    for _ in range(levels - 1):
        condition = Not(condition)
    return condition


@pytest.mark.parametrize(
    ("fine", "wrong", "told"),
    [
        (deep(DEEPEST), deep(DEEPEST + 1), "deep"),
        (AllOf((HR,) * (MOST_PARTS - 1)), AllOf((HR,) * MOST_PARTS), "more than"),
        (InGroup("g" * 255), InGroup("g" * 256), "1 to 255"),
        (HasAttribute("k", "v"), HasAttribute("k", ""), "1 to 255"),
        (InGroup("ü"), InGroup("\ud800"), "character"),
        (InGroup("a b"), Not(InGroup("a\x00b")), "character"),
    ],
)
def test_conditions_have_limits(fine: Condition, wrong: Condition, told: str) -> None:
    assert problem(fine) == ""
    assert told in problem(wrong)
    assert from_json(to_json(fine)) == fine
    with pytest.raises(BadCondition, match=told):
        from_json(to_json(wrong))


@pytest.mark.parametrize(
    ("described", "told"),
    [
        (None, "null is no condition"),
        ("hr", "`hr` is no condition"),
        ([], "a list is no condition"),
        ({}, "an object is no condition"),
        ({"group": "hr", "not": {"group": "ops"}}, "no condition"),
        ({"groups": "hr"}, "`groups` is no kind of condition: there are `group`"),
        ({"group": 3}, "has to be text"),
        ({"group": ["hr"]}, "has to be text"),
        ({"attribute": "site"}, "`key` and `value`"),
        ({"attribute": {"key": "site"}}, "`key` and `value`"),
        ({"attribute": {"key": "site", "value": 1}}, "has to be text"),
        ({"permission": "KING"}, "`KING` is no global permission: there are GOVERNANCE"),
        ({"permission": ["AUDIT"]}, "no global permission"),
        ({"all": []}, "an empty `all`"),
        ({"any": []}, "an empty `any`"),
        ({"all": {"group": "hr"}}, "a list of conditions"),
        ({"not": [{"group": "hr"}]}, "a list is no condition"),
        ({"not": {"any": [{"group": "hr"}, {"all": []}]}}, "an empty `all`"),
    ],
)
def test_what_describes_no_condition_is_refused(described: object, told: str) -> None:
    with pytest.raises(BadCondition) as refused:
        from_json(described)
    assert told in refused.value.detail
