"""What is still needed, with people who are alike told together."""

from __future__ import annotations

import pytest

from placet.engine import PackSource, load_pack
from placet.engine.needs import Need, needs
from placet.engine.usable import usable
from tests.engine.test_missing import ONE, TWO, Told, missing, request

SHIPPED = ("routing", "eligibility", "quorum", "expiry")

TWO_PEOPLE = """\
pack: two people
names: [person, reason]
reads:
  determination: {steward: person, verdict: [approve, deny]}
concludes:
  approvals: {number: number}
  hold: {reason}
rules:
  how many:
    when: [determination: {steward, verdict: approve}]
    then: [approvals: {number: count $steward}]
    because: "{steward} approved."
  two:
    when: [determination]
    unless: [approvals: {number: at least 2}]
    then: [hold: {reason: second-person}]
    because: "Two people are needed."
"""


def crowd(name: str, number: int) -> list[str]:
    return [f"{name}{one:03}" for one in range(number)]


def needed(told: Told, *packs: PackSource) -> list[tuple[int, list[str], int]] | None:
    """Each need: how many, of whom by name, and of how many more who are like one of them."""
    pack = load_pack(*SHIPPED, *packs)
    found = needs(pack, pack.typed(told), "outcome", alike="person", status="approved")
    return None if found is None else [_shown(one) for one in found]


def _shown(need: Need) -> tuple[int, list[str], int]:
    named = sorted(str(chance.values["steward"]) for chance in need.chances)
    return need.number, named, sum(len(others) for others in need.alike.values())


def test_one_of_a_crowd_is_named_and_the_others_stand_behind() -> None:
    told = request("any", {one: ["finance"] for one in crowd("f", 300)}, ONE)
    assert needed(told) == [(1, ["f000"], 299)]


def test_each_source_has_its_own_crowd() -> None:
    stewards = {one: ["finance"] for one in crowd("f", 30)} | {one: ["legal"] for one in crowd("l", 20)}
    assert sorted(needed(request("all", stewards, TWO)) or []) == [(1, ["f000"], 29), (1, ["l000"], 19)]
    assert needed(request("any", stewards, TWO)) == [(1, ["f000", "l000"], 48)]


def test_of_a_crowd_two_are_needed_where_the_rules_want_two() -> None:
    told = request("any", {one: ["finance"] for one in crowd("f", 50)}, ONE)
    assert needed(told, PackSource("two.yaml", TWO_PEOPLE)) == [(2, ["f000", "f001"], 96)]


def test_two_are_out_of_reach_of_one() -> None:
    told = request("any", {"ann": ["finance"]}, ONE)
    assert needed(told, PackSource("two.yaml", TWO_PEOPLE)) is None


def test_who_is_told_apart_by_a_fact_is_not_alike() -> None:
    told = request("any", {"ann": ["finance"], "bob": ["finance"], "cid": ["finance"]}, ONE, active=[{"person": "bob"}])
    assert needed(told) == [(1, ["bob"], 0)]


def test_who_is_written_out_in_a_rule_is_like_no_one() -> None:
    text = TWO_PEOPLE.replace("approvals: {number: at least 2}", "determination: {steward: ann, verdict: approve}")
    told = request("any", {one: ["finance"] for one in ["ann", *crowd("f", 50)]}, ONE)
    assert needed(told, PackSource("two.yaml", text)) == [(1, ["ann"], 0)]


def test_nothing_is_needed_for_what_is_concluded() -> None:
    approved: list[dict[str, object]] = [{"steward": "bob", "verdict": "approve"}]
    stood: list[dict[str, object]] = [{"steward": "bob", "source": "finance"}]
    told = request("any", {"ann": ["finance"]}, ONE, determination=approved, stood_for=stood)
    assert needed(told) == []


@pytest.mark.parametrize("quorum", ["any", "all"])
def test_it_says_the_same_as_asking_about_everyone(quorum: str) -> None:
    stewards = {"ann": ["finance"], "bob": ["finance"], "cid": ["legal"], "dan": ["finance", "legal"], "eve": ["legal"]}
    told = request(quorum, stewards, TWO)
    whole = missing(told) or []
    pack = load_pack(*SHIPPED)
    found = needs(pack, pack.typed(told), "outcome", alike="person", status="approved") or ()
    spread = [
        {str(chance.values["steward"]) for chance in need.chances}
        | {like for more in need.alike.values() for like in more}
        for need in found
    ]
    assert sorted(map(sorted, spread)) == sorted(sorted(map(str, clause)) for clause in whole)


def test_a_fact_that_no_rule_can_use_tells_no_one_apart() -> None:
    """As a number that the directory has for everyone: with it, asking about a crowd would take minutes."""
    people = crowd("f", 300)
    numbers = [{"person": one, "key": "number", "value": one} for one in people]
    told = request("any", {one: ["finance"] for one in people}, ONE, attribute=numbers)
    assert needed(told) == [(1, ["f000"], 299)]


def test_a_fact_that_some_rule_can_use_is_kept() -> None:
    pack = load_pack(*SHIPPED)
    attributes = [{"person": one, "key": "region", "value": one} for one in ("ann", "bob")]
    asked = [{"source": "s", "key": "region", "value": "ann"}]
    told = request("any", {"ann": [], "bob": []}, {"s": 1}, attribute=attributes, by_attribute=asked)
    left = {fact for fact in usable(pack.program, pack.typed(told)) if fact[0] == "attribute"}
    assert left == {("attribute", "ann", "region", "ann")}
    assert needed(told) == [(1, ["ann"], 0)]
