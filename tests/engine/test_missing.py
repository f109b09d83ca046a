"""What is missing for an approval, and who could give it."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from placet.domain.errors import FactError
from placet.engine import load_pack

Told = dict[str, list[dict[str, object]]]
SHIPPED = ("routing", "eligibility", "quorum", "expiry")


def request(
    quorum: str, stewards: dict[str, list[str]], stages: dict[str, int], **more: list[dict[str, object]]
) -> Told:
    """A request of rita's: who is named for which sources, and in which stage each source is asked."""
    told: Told = {
        "quorum": [{"rule": quorum}],
        "requires": [{"source": source, "stage": stage} for source, stage in stages.items()],
        "by person": [{"source": source, "person": one} for one, sources in stewards.items() for source in sources],
        "asked": [{"person": one} for one in stewards],
        "active": [{"person": one} for one in stewards],
        "requester": [{"person": "rita"}],
        "beneficiary": [{"person": "rita"}],
    }
    return {**told, **{kind.replace("_", " "): rows for kind, rows in more.items()}}


def missing(told: Told) -> list[set[object]] | None:
    """The clauses of an approval: the people of whom one has to approve."""
    clauses = load_pack(*SHIPPED).missing(told, "outcome", status="approved")
    return clauses and [{chance.values["steward"] for chance in clause} for clause in clauses]


ONE = {"finance": 1}
TWO = {"finance": 1, "legal": 1}


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        (request("any", {"ann": ["finance"], "bob": ["legal"]}, TWO), [{"ann", "bob"}]),
        (request("all", {"ann": ["finance"], "bob": ["legal"]}, TWO), [{"ann"}, {"bob"}]),
        (request("all", {"ann": ["finance", "legal"]}, TWO), [{"ann"}]),
        (request("all", {"ann": ["finance"], "bob": ["finance", "legal"]}, TWO), [{"bob"}]),
        (request("all", {"ann": ["finance"], "bob": ["finance"], "cid": ["legal"]}, TWO), [{"cid"}, {"ann", "bob"}]),
        (request("all", {"ann": ["finance"], "bob": ["legal"]}, {"finance": 1, "legal": 2}), [{"ann"}, {"bob"}]),
        (request("any", {"rita": ["finance"]}, ONE), None),
        (request("all", {"ann": ["finance"]}, TWO), None),
        (request("any", {"ann": ["finance"]}, ONE, active=[]), None),
        (request("any", {"ann": ["finance"]}, ONE, determination=[{"steward": "bob", "verdict": "deny"}]), None),
        (
            request(
                "any",
                {"ann": ["finance"]},
                ONE,
                determination=[{"steward": "bob", "verdict": "approve"}],
                stood_for=[{"steward": "bob", "source": "finance"}],
            ),
            [],
        ),
    ],
)
@pytest.mark.requirement("N1", clause="what is missing and who can give it")
def test_what_is_missing_is_told_by_who_could_give_it(told: Told, expected: list[set[object]] | None) -> None:
    found = missing(told)
    assert found == expected or (found and expected and sorted(map(sorted, found)) == sorted(map(sorted, expected)))


def test_a_chance_is_told_with_its_reason() -> None:
    told = request("any", {"ann": ["finance", "legal"]}, TWO)
    (clause,) = load_pack(*SHIPPED).missing(told, "outcome", names={"ann": "Ann Abel"}, status="approved") or []
    (chance,) = clause
    assert (chance.kind, chance.values) == ("determination", {"steward": "ann", "verdict": "approve"})
    assert set(chance.because) == {"Ann Abel could approve for finance.", "Ann Abel could approve for legal."}


def test_what_is_asked_for_has_to_exist() -> None:
    with pytest.raises(FactError, match="no fact is called `outcom`"):
        load_pack("quorum").missing({}, "outcom")
    with pytest.raises(FactError, match="`status` of `outcome`: `aproved` is not one of"):
        load_pack("quorum").missing({}, "outcome", status="aproved")


people = st.dictionaries(
    st.sampled_from("abcdef"), st.lists(st.sampled_from(["s1", "s2", "s3"]), max_size=3), max_size=5
)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(["any", "all"]), people, st.sets(st.sampled_from(["s1", "s2", "s3"]), min_size=1))
def test_one_step_of_each_clause_is_enough_and_without_a_clause_nothing_is(
    quorum: str, stewards: dict[str, list[str]], sources: set[str]
) -> None:
    told = request(quorum, stewards, dict.fromkeys(sources, 1))
    clauses = missing(told)
    everyone = approved_by(told, stewards, set(stewards))
    assert (clauses is None) != everyone
    for clause in clauses or []:
        assert not approved_by(told, stewards, set(stewards) - clause)
    assert clauses is None or approved_by(told, stewards, {sorted(map(str, clause))[0] for clause in clauses})


def approved_by(told: Told, stewards: dict[str, list[str]], approvers: set[object]) -> bool:
    """Whether the approvals of these people, each for what they are named for, approve the request."""
    verdicts = [{"steward": one, "verdict": "approve"} for one in approvers]
    stood = [{"steward": one, "source": source} for one in approvers for source in stewards[str(one)]]
    said = load_pack(*SHIPPED).evaluate({**told, "determination": verdicts, "stood for": stood})
    return said.holds("outcome", status="approved")
