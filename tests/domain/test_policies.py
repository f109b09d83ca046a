"""Data policies: which columns are masked for whom, held to a second definition and to laws."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from placet.domain.conditions import AllOf, Condition, InGroup, Not, holds
from placet.domain.masks import Mask, MaskKind
from placet.domain.people import Person
from placet.domain.policies import (
    CLEAR,
    BadPolicy,
    ColumnState,
    DataPolicy,
    column_state,
    masks_instead,
    refuse_bad_policy,
)
from placet.domain.products import Column, DataSource
from placet.domain.scopes import InDomain, NamedColumns, Scope, Tagged
from tests.domain.test_conditions import conditions, people

START = datetime(2027, 1, 1, tzinfo=UTC)
PAY = Column(1, "pay", "numeric", frozenset({"HR.Payroll"}))
NAME = Column(2, "name", "text")
FRESH = Column(3, "note", "text", confirmed=False)
SOURCE = DataSource("s", "wh", "hr", "people", (PAY, NAME, FRESH), frozenset({"Staff"}), frozenset({"hr", "pay"}))
ANN = Person("ann", "Ann", groups=frozenset({"hr"}))
BOB = Person("bob", "Bob", groups=frozenset({"ops"}))
HR, OPS = InGroup("hr"), InGroup("ops")


def policy(scope: Scope, days: int = 0, id: str = "", **changed: object) -> DataPolicy:
    """A policy that masks for everyone, made some days after the first."""
    made = DataPolicy(id or f"{scope}-{days}", "Policy", Mask(MaskKind.NULL), scope, created_at=START)
    return replace(made, created_at=START + timedelta(days=days), **changed)  # type: ignore[arg-type]  # names of the dataclass


ON_PAY, ON_TAG, ON_DEEP = NamedColumns("s", frozenset({1})), Tagged("HR"), Tagged("HR.Payroll")
ON_DOMAIN, ON_SOURCE_TAG = InDomain("hr"), Tagged("Staff")

scopes = st.one_of(
    st.builds(
        NamedColumns, st.sampled_from(["s", "t"]), st.frozensets(st.sampled_from([1, 2, 3]), min_size=1, max_size=2)
    ),
    st.sampled_from(["HR", "HR.Payroll", "HR.Pay", "Staff", "Staff.Inner", "PII"]).map(Tagged),
    st.sampled_from(["hr", "pay", "ops"]).map(InDomain),
)


@st.composite
def policies(draw: st.DrawFn) -> DataPolicy:
    condition = draw(st.none() | conditions)
    stands = condition is not None and draw(st.booleans())
    return policy(
        draw(scopes),
        draw(st.integers(0, 3)),
        draw(st.uuids().map(str)),
        active=draw(st.sampled_from([True, True, True, False])),
        everyone_except=None if stands else condition,
        for_everyone_who=condition if stands else None,
    )


several = st.lists(policies(), max_size=6)
columns = st.sampled_from(SOURCE.columns)


def below(above: str, tags: frozenset[str]) -> bool:
    return any(tag.split(".")[: len(above.split("."))] == above.split(".") for tag in tags)


def meant(policy: DataPolicy, column: Column) -> bool:
    """Whether a policy is on the column, read again from the words of its scope."""
    if isinstance(policy.scope, NamedColumns):
        return policy.scope.source == SOURCE.id and column.id in policy.scope.columns
    if isinstance(policy.scope, Tagged):
        return below(policy.scope.tag, SOURCE.tags | column.tags)
    return policy.scope.domain in SOURCE.domains


def beats(one: DataPolicy, other: DataPolicy) -> bool:
    """Source over deeper tag over domain over older, ids last."""
    kinds = [InDomain, Tagged, NamedColumns]
    kind, others = kinds.index(type(one.scope)), kinds.index(type(other.scope))
    if kind != others:
        return kind > others
    if isinstance(one.scope, Tagged) and isinstance(other.scope, Tagged):
        deep, others = one.scope.tag.count("."), other.scope.tag.count(".")
        if deep != others:
            return deep > others
    assert one.created_at
    assert other.created_at
    return one.created_at < other.created_at if one.created_at != other.created_at else one.id > other.id


def clear(given: list[DataPolicy], column: Column, person: Person, approved: bool) -> bool:
    """Straight from the sentence: no masking policy applies, or (exception of the winner or approval) and no policy
    "for everyone who ..." that matches; and what nobody has looked at is masked where there is any policy."""
    live = [one for one in given if one.active]
    on_source = [one for one in live if any(meant(one, each) for each in SOURCE.columns) or _names(one)]
    if on_source and not column.confirmed and not column.tags:
        return False
    matching = [
        one
        for one in live
        if meant(one, column) and (one.for_everyone_who is None or holds(one.for_everyone_who, person))
    ]
    if not matching:
        return True
    winner = next(one for one in matching if all(one is other or beats(one, other) for other in matching))
    excepted = winner.everyone_except is not None and holds(winner.everyone_except, person)
    return (excepted or approved) and not any(one.for_everyone_who for one in matching)


def _names(policy: DataPolicy) -> bool:
    return isinstance(policy.scope, NamedColumns) and policy.scope.source == SOURCE.id


def shown(state: ColumnState, approved: bool) -> bool:
    """Whether someone sees clear values, with an approval or without."""
    return not state.masked or (approved and state.clearable)


@pytest.mark.requirement("E2", clause="exceptions")
@given(several, columns, people, st.booleans())
def test_a_column_is_as_the_sentence_says(
    given: list[DataPolicy], column: Column, person: Person, approved: bool
) -> None:
    state = column_state(given, SOURCE, column, person)
    assert shown(state, approved) == clear(given, column, person, approved)


@pytest.mark.requirement("E2", clause="no mask")
@given(columns, people)
def test_a_column_without_policies_is_clear(column: Column, person: Person) -> None:
    assert column_state([], SOURCE, column, person) == CLEAR
    assert not CLEAR.masked
    assert not CLEAR.clearable


@given(st.data(), several, columns, people)
def test_the_order_of_policies_never_matters(
    data: st.DataObject, given: list[DataPolicy], column: Column, person: Person
) -> None:
    shuffled = data.draw(st.permutations(given))
    assert column_state(shuffled, SOURCE, column, person) == column_state(given, SOURCE, column, person)


@given(several, policies(), columns, people)
def test_one_more_policy_shows_a_column_clear_only_as_the_winner_with_this_person_excepted(
    given: list[DataPolicy], more: DataPolicy, column: Column, person: Person
) -> None:
    before = column_state(given, SOURCE, column, person)
    after = column_state([*given, more], SOURCE, column, person)
    if before.masked and not after.masked:
        assert before.masked_by is not None
        assert beats(more, before.masked_by)
        assert more.excepts(person)
    assert after.clearable <= (before.clearable or not before.masked)
    assert set(before.against) <= set(after.against)


@pytest.mark.requirement("E2", clause="for everyone who")
@given(several, scopes, conditions, columns, people)
def test_what_masks_for_everyone_who_is_so_is_never_lifted(
    given: list[DataPolicy], scope: Scope, who: Condition, column: Column, person: Person
) -> None:
    standing = policy(scope, for_everyone_who=who, id="standing")
    state = column_state([*given, standing], SOURCE, column, person)
    if meant(standing, column) and holds(who, person):
        assert state.masked
        assert not state.clearable
        assert standing in state.against
    else:
        assert standing not in state.against


@given(several, columns, people)
def test_a_masked_column_names_a_policy_on_it_or_nobody_has_looked_at_it(
    given: list[DataPolicy], column: Column, person: Person
) -> None:
    state = column_state(given, SOURCE, column, person)
    if state.masked_by:
        assert state.masked_by.active
        assert meant(state.masked_by, column)
        assert not state.masked_by.excepts(person)
    else:
        assert state.masked == state.unconfirmed


@pytest.mark.requirement("E2", clause="precedence of masks")
@pytest.mark.parametrize(
    ("stronger", "weaker"),
    [
        (policy(ON_PAY, 9), policy(ON_DEEP, 0)),
        (policy(ON_DEEP, 9), policy(ON_TAG, 0)),
        (policy(ON_TAG, 9), policy(ON_DOMAIN, 0)),
        (policy(ON_SOURCE_TAG, 9), policy(ON_DOMAIN, 0)),
        (policy(ON_PAY, 9), policy(ON_DOMAIN, 0)),
        (policy(ON_PAY, 0), policy(NamedColumns("s", frozenset({1, 2})), 1)),
        (policy(ON_TAG, 0), policy(ON_TAG, 1)),
        (policy(ON_DOMAIN, 0), policy(InDomain("pay"), 1)),
    ],
)
def test_a_stronger_policy_masks_and_its_exception_is_the_one_that_counts(
    stronger: DataPolicy, weaker: DataPolicy
) -> None:
    lenient = replace(stronger, everyone_except=HR)
    assert column_state([weaker, stronger], SOURCE, PAY, ANN).masked_by == stronger
    assert not column_state([weaker, lenient], SOURCE, PAY, ANN).masked
    assert column_state([weaker, lenient], SOURCE, PAY, BOB).masked_by == lenient
    assert column_state([replace(weaker, everyone_except=HR), stronger], SOURCE, PAY, ANN).masked_by == stronger


def test_an_exception_of_the_winner_leaves_the_mask_of_a_weaker_policy_that_stands_against_it() -> None:
    lenient, standing = policy(ON_PAY, everyone_except=HR), policy(ON_DOMAIN, for_everyone_who=HR)
    state = column_state([lenient, standing], SOURCE, PAY, ANN)
    assert state == ColumnState(standing, (standing,))
    assert column_state([lenient, standing], SOURCE, PAY, BOB) == ColumnState(lenient)


def test_policies_that_stand_against_are_listed_the_strongest_first() -> None:
    found = [policy(scope, for_everyone_who=Not(OPS)) for scope in (ON_DOMAIN, ON_PAY, ON_TAG, ON_DEEP)]
    state = column_state(found, SOURCE, PAY, ANN)
    assert [one.scope for one in state.against] == [ON_PAY, ON_DEEP, ON_TAG, ON_DOMAIN]


@pytest.mark.parametrize(
    ("scope", "masked"),
    [
        (ON_PAY, ("pay",)),
        (NamedColumns("other", frozenset({1, 2})), ()),
        (ON_DEEP, ("pay",)),
        (ON_TAG, ("pay",)),
        (Tagged("H"), ()),
        (Tagged("HR.Pay"), ()),
        (Tagged("HR.Payroll.Base"), ()),
        (ON_SOURCE_TAG, ("name", "pay")),
        (ON_DOMAIN, ("name", "pay")),
        (InDomain("ops"), ()),
    ],
    ids=str,
)
def test_a_scope_means_these_columns_and_no_others(scope: Scope, masked: tuple[str, ...]) -> None:
    known = (PAY, NAME)
    source = replace(SOURCE, columns=known)
    assert {one.name for one in known if column_state([policy(scope)], source, one, BOB).masked} == set(masked)


@pytest.mark.requirement("D3", clause="a new column is masked")
def test_a_new_column_is_masked_until_tagged_or_confirmed_where_its_source_has_any_policy() -> None:
    elsewhere = policy(ON_PAY, everyone_except=AllOf((HR,)))
    state = column_state([elsewhere], SOURCE, FRESH, ANN)
    assert state == ColumnState(unconfirmed=True)
    assert state.masked
    assert not state.clearable
    assert column_state([elsewhere], SOURCE, replace(FRESH, confirmed=True), ANN) == CLEAR
    assert column_state([elsewhere], SOURCE, replace(FRESH, tags=frozenset({"PII"})), ANN) == CLEAR
    assert column_state([policy(InDomain("ops"))], SOURCE, FRESH, ANN) == CLEAR
    assert column_state([replace(elsewhere, active=False)], SOURCE, FRESH, ANN) == CLEAR


def test_a_new_column_is_masked_even_for_those_whom_its_policy_excepts() -> None:
    state = column_state([policy(ON_DOMAIN, everyone_except=HR)], SOURCE, FRESH, ANN)
    assert state.masked
    assert not state.clearable


@pytest.mark.parametrize(
    ("mask", "told"),
    [
        (Mask(MaskKind.CONSTANT), "`text`"),
        (Mask(MaskKind.NULL, text="x"), "no parameters"),
        (Mask(MaskKind.HASH, places=1), "no parameters"),
        (Mask(MaskKind.PARTIAL, first=1), "`first` and `last`"),
        (Mask(MaskKind.PARTIAL, first=0, last=0), "at least one"),
        (Mask(MaskKind.PARTIAL, first=-1, last=4), "0 to 100"),
        (Mask(MaskKind.PARTIAL, first=1, last=101), "0 to 100"),
        (Mask(MaskKind.ROUNDING), "`places`"),
        (Mask(MaskKind.ROUNDING, places=16), "-15 to 15"),
        (Mask(MaskKind.ROUNDING, places=-16), "-15 to 15"),
        (Mask(MaskKind.CONSTANT, text="x" * 256), "255"),
    ],
    ids=str,
)
def test_a_mask_has_the_parameters_of_its_kind_and_no_others(mask: Mask, told: str) -> None:
    with pytest.raises(BadPolicy, match="nothing can be masked so") as refused:
        refuse_bad_policy(policy(ON_PAY, mask=mask))
    assert told in refused.value.detail


@pytest.mark.parametrize(
    ("mask", "words"),
    [
        (Mask(MaskKind.NULL), "nothing at all (NULL)"),
        (Mask(MaskKind.CONSTANT, text=""), "the text ``"),
        (Mask(MaskKind.HASH), "a keyed hash"),
        (Mask(MaskKind.PARTIAL, first=0, last=4), "the first 0 and the last 4 characters"),
        (Mask(MaskKind.ROUNDING, places=-3), "numbers rounded to -3 places after the point"),
    ],
)
def test_a_mask_says_what_is_seen(mask: Mask, words: str) -> None:
    refuse_bad_policy(policy(ON_PAY, mask=mask))
    assert str(mask) == words


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"name": "  "}, "1 to 255"),
        ({"name": "n" * 256}, "1 to 255"),
        ({"description": "d" * 4001}, "4000"),
        ({"scope": NamedColumns("s", frozenset())}, "1 to 500 columns"),
        ({"scope": NamedColumns("s", frozenset(range(501)))}, "1 to 500 columns"),
        ({"scope": Tagged("")}, "no tag"),
        ({"scope": Tagged("HR..Pay")}, "no tag"),
        ({"scope": Tagged("two\nlines")}, "no tag"),
        ({"everyone_except": HR, "for_everyone_who": OPS}, "one of both"),
        ({"everyone_except": InGroup("")}, "can't be used"),
        ({"for_everyone_who": InGroup("")}, "can't be used"),
    ],
    ids=str,
)
def test_a_policy_that_cannot_be_is_refused(changed: dict[str, object], told: str) -> None:
    with pytest.raises(BadPolicy, match=told):
        refuse_bad_policy(replace(policy(ON_PAY), **changed))  # type: ignore[arg-type]  # names of the dataclass


def test_a_policy_says_for_whom_it_masks() -> None:
    assert policy(ON_PAY).whom == "everyone"
    assert policy(ON_PAY, everyone_except=HR).whom == "everyone except those in group hr"
    assert policy(ON_PAY, for_everyone_who=Not(HR)).whom == "everyone not in group hr"


def test_the_policy_that_masks_instead_is_the_strongest_of_those_for_everyone() -> None:
    weak, strong, stronger = policy(ON_DOMAIN), policy(ON_TAG), policy(ON_DEEP)
    some, retired = policy(ON_PAY, for_everyone_who=HR), policy(ON_PAY, active=False, id="retired")
    known = [strong, weak, retired, some, stronger]
    assert masks_instead(known, weak, SOURCE, PAY) == stronger
    assert masks_instead(known, stronger, SOURCE, PAY) is None
    assert masks_instead(known, some, SOURCE, PAY) is None
    assert masks_instead(known, weak, SOURCE, NAME) is None
    assert masks_instead([weak, some], weak, SOURCE, PAY) is None
    assert masks_instead([], some, SOURCE, PAY) is None
