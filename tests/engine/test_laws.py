"""The laws of decisions, as properties of the shipped packs.

Where Cedar proves the law of its own authorizer, the name of that theorem stands with it (cedar-spec,
`cedar-lean/Cedar/Thm/Authorization.lean`): an approval is its permit, a denial its forbid, `approved` its allow.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from placet.engine import Evaluation, PackSource, load_pack
from tests.engine.random_facts import random_facts
from tests.engine.small import concluded

SHIPPED = ("routing", "eligibility", "quorum", "expiry")
RULES = Path(__file__).parent.parent.parent / "rules"
START = datetime(2026, 1, 1, tzinfo=UTC)
PEOPLE, SOURCES = "abcd", ("s1", "s2", "s3")

Told = dict[str, list[dict[str, object]]]
law = settings(max_examples=60, deadline=None)


@dataclass(frozen=True)
class Decided:
    """A request on which some people have determined: who said what, what they stood for, and until when."""

    quorum: str
    required: Mapping[str, int]  # source -> stage
    verdicts: Mapping[str, str]
    stood_for: Mapping[str, frozenset[str]]
    limits: Mapping[str, datetime] = field(default_factory=dict)
    automatic: frozenset[str] = frozenset()
    held: bool = False

    def told(self) -> Told:
        """As facts."""
        return {
            "quorum": [{"rule": self.quorum}],
            "requires": [{"source": source, "stage": stage} for source, stage in self.required.items()],
            "determination": [{"steward": one, "verdict": verdict} for one, verdict in self.verdicts.items()],
            "stood for": [
                {"steward": one, "source": source} for one in self.verdicts for source in sorted(self.stood_for[one])
            ],
            "limit": [{"steward": one, "end": end} for one, end in self.limits.items() if self.approves(one)],
            "automatic": [{"verdict": verdict} for verdict in sorted(self.automatic)],
            "hold": [{"reason": "later"}] * self.held,
        }

    def approves(self, steward: str) -> bool:
        return self.verdicts.get(steward) == "approve"

    def with_verdict(self, steward: str, verdict: str) -> Decided:
        """The same, where one more or another verdict was given."""
        return replace(self, verdicts={**self.verdicts, steward: verdict})

    @property
    def met(self) -> set[str]:
        """The sources that are asked and that someone approved for."""
        return {source for one in PEOPLE if self.approves(one) for source in self.stood_for[one] & set(self.required)}

    @property
    def denied(self) -> bool:
        return "deny" in {*self.verdicts.values(), *self.automatic}

    @property
    def permitted(self) -> bool:
        """Whether enough said yes."""
        enough = bool(self.met) and (self.quorum == "any" or self.met == set(self.required))
        return enough or "approve" in self.automatic


some_sources = st.frozensets(st.sampled_from(SOURCES))
ends = st.integers(1, 400 * 86400).map(lambda seconds: START + timedelta(seconds=seconds))
verdicts = st.sampled_from(["approve", "approve", "deny"])
decided = st.builds(
    Decided,
    quorum=st.sampled_from(["any", "all"]),
    required=st.dictionaries(st.sampled_from(SOURCES), st.integers(1, 2)),
    verdicts=st.dictionaries(st.sampled_from(PEOPLE), verdicts),
    stood_for=st.fixed_dictionaries(dict.fromkeys(PEOPLE, some_sources)),
    limits=st.dictionaries(st.sampled_from(PEOPLE), ends),
    automatic=st.sampled_from([frozenset(), frozenset(), frozenset({"approve"}), frozenset({"deny"})]),
    held=st.sampled_from([False, False, False, True]),
)


def said(told: Told, *kinds: str) -> Evaluation:
    return load_pack(*SHIPPED).only(*kinds).evaluate(told)


def outcome(request: Decided) -> str | None:
    """The one outcome of a request, or None."""
    rows = said(request.told(), "outcome").of("outcome")
    assert len(rows) < 2
    return str(rows[0]["status"]) if rows else None


def end(request: Decided) -> datetime | None:
    """When access by it ends; None is never."""
    rows = said(request.told(), "runs until").of("runs until")
    assert len(rows) < 2
    return rows[0]["at"] if rows else None  # type: ignore[return-value]  # instants are datetimes


# --- yes and no ---


@law
@given(decided)
def test_default_deny(request: Decided) -> None:
    """`default_deny`: what no one approved is not approved."""
    nobody = {steward: "deny" for steward, verdict in request.verdicts.items() if verdict == "deny"}
    assert outcome(replace(request, verdicts=nobody, automatic=request.automatic - {"approve"})) != "approved"


def test_nothing_given_is_nothing_approved() -> None:
    assert said({}, "outcome").conclusions == {}


@law
@given(decided)
def test_a_denial_trumps(request: Decided) -> None:
    """`forbid_trumps_permit`, and the way back: nothing else is a denial."""
    assert (outcome(request) == "denied") == request.denied


@law
@given(decided)
def test_approved_is_what_was_permitted_and_not_denied(request: Decided) -> None:
    """`allowed_iff_explicitly_permitted_and_not_denied`; what holds a request keeps it open."""
    assert (outcome(request) == "approved") == (request.permitted and not request.denied and not request.held)


@law
@given(decided, st.sampled_from(PEOPLE))
def test_adding_a_denial_never_grants(request: Decided, steward: str) -> None:
    """`unchanged_deny_when_add_forbid`, and more: whatever it was, it is denied now."""
    assert outcome(request.with_verdict(steward, "deny")) == "denied"


@law
@given(decided)
def test_adding_an_approval_takes_no_approval_away(request: Decided) -> None:
    """`unchanged_allow_when_add_permit`."""
    before = outcome(request)
    for steward in PEOPLE:
        if steward not in request.verdicts:
            after = outcome(request.with_verdict(steward, "approve"))
            assert after == before or (before is None and after == "approved")


@law
@given(decided)
def test_an_automatic_denial_beats_an_automatic_approval(request: Decided) -> None:
    assert outcome(replace(request, automatic=frozenset({"approve", "deny"}))) == "denied"


@law
@given(decided)
def test_under_all_every_source_is_needed(request: Decided) -> None:
    """Without the approvals for any one of them it is not approved."""
    request = replace(request, quorum="all", automatic=frozenset())
    for source in request.required:
        others = {one: sources - {source} for one, sources in request.stood_for.items()}
        assert outcome(replace(request, stood_for=others)) != "approved"


@law
@given(decided, st.sampled_from(PEOPLE), some_sources)
def test_what_someone_did_not_stand_for_is_met_by_no_word_of_theirs(
    request: Decided, steward: str, sources: frozenset[str]
) -> None:
    before = replace(request, stood_for={**request.stood_for, steward: sources})
    after = before.with_verdict(steward, "approve")
    met = [concluded(said(one.told(), "met"), "met") for one in (before, after)]
    assert met[1] - met[0] <= {(source,) for source in sources}
    assert met[1] == {(source,) for source in after.met}


# --- order and doubles ---


@settings(max_examples=30, deadline=None)
@given(st.randoms(use_true_random=False))
@pytest.mark.requirement("N3", clause="order never matters")
def test_the_order_and_doubles_of_facts_never_matter(r: Random) -> None:
    """`order_and_dup_independent`, of facts."""
    pack = load_pack(*SHIPPED)
    facts = random_facts(r, pack, 3)
    shuffled = {kind: r.sample(rows * 2, 2 * len(rows)) for kind, rows in r.sample(list(facts.items()), len(facts))}
    assert pack.evaluate(shuffled).steps.keys() == pack.evaluate(facts).steps.keys()


def reordered(name: str, r: Random) -> PackSource:
    """A shipped pack with its rules in another order."""
    text = (RULES / f"{name}.yaml").read_text()
    before, _, rules = text.partition("rules:\n")
    rules, could, after = rules.partition("\ncould:\n")
    blocks = re.split(r"\n(?=  \S)", rules.strip("\n"))
    assert len(blocks) > 5
    return PackSource(f"{name}.yaml", f"{before}rules:\n" + "\n\n".join(r.sample(blocks, len(blocks))) + could + after)


@settings(max_examples=5, deadline=None)
@given(st.randoms(use_true_random=False))
@pytest.mark.requirement("N3", clause="order never matters")
def test_the_order_of_rules_and_packs_never_matters(r: Random) -> None:
    """`order_and_dup_independent`, of rules."""
    pack = load_pack(*SHIPPED)
    other = load_pack(*[reordered(name, r) for name in r.sample(SHIPPED, len(SHIPPED))])
    assert len(other.program.rules) == len(pack.program.rules)
    for _ in range(4):
        facts = random_facts(r, pack, 2)
        assert other.evaluate(facts).steps.keys() == pack.evaluate(facts).steps.keys()


# --- ends ---


@law
@given(decided, st.none() | ends)
def test_the_shortest_end_wins(request: Decided, cap: datetime | None) -> None:
    told = {**request.told(), "cap": [{"at": cap}] if cap else []}
    wanted = [*(bound for one, bound in request.limits.items() if request.approves(one)), *([cap] if cap else [])]
    assert concluded(said(told, "runs until"), "runs until") == ({(min(wanted),)} if wanted else set())


@law
@given(decided, st.sampled_from(PEOPLE), st.none() | ends)
def test_an_approval_more_is_an_end_no_later_and_one_for_good_changes_none(
    request: Decided, steward: str, limit: datetime | None
) -> None:
    others = {one: verdict for one, verdict in request.verdicts.items() if one != steward}
    limits = {one: bound for one, bound in request.limits.items() if one != steward}
    before = end(replace(request, verdicts=others))
    more = replace(request, limits=limits | ({steward: limit} if limit else {})).with_verdict(steward, "approve")
    after = end(more)
    assert after == (min(before, limit) if before and limit else before or limit)


# --- who may ---


@dataclass(frozen=True)
class Asked:
    """One person asked about a request, with all that is known about them and about others."""

    facts: Told

    def barred(self, *people: str) -> Told:
        """The same, where another pack has something against these people."""
        return {**self.facts, "barred": [{"person": one, "reason": "elsewhere"} for one in people]}


@st.composite
def asked(draw: st.DrawFn) -> Asked:
    r = draw(st.randoms(use_true_random=False))
    people, groups = list(PEOPLE), ["g", "h"]

    def some(**choices: list[str]) -> list[dict[str, object]]:
        return [{name: r.choice(values) for name, values in choices.items()} for _ in range(r.choice([0, 1, 2, 4]))]

    return Asked(
        {
            "asked": [{"person": one} for one in people],
            "active": [{"person": one} for one in people if r.random() < 0.8],
            "requires": [{"source": source, "stage": r.choice([1, 1, 2])} for source in SOURCES],
            "by person": some(source=list(SOURCES), person=people),
            "by group": some(source=list(SOURCES), group=groups),
            "member": some(person=people, group=groups),
            "owner": some(account=people, person=people) if r.random() < 0.2 else [],
            "requester": some(person=people)[:1],
            "beneficiary": some(person=people)[:1],
            "beneficiary group": some(group=groups)[:1] if r.random() < 0.2 else [],
            "determination": [{"steward": one, "verdict": "approve"} for one in people if r.random() < 0.2],
            "barred": [],
        }
    )


@law
@given(asked())
def test_who_may_not_may_not(about: Asked) -> None:
    """Of each who is asked: either something is against them, or they may determine for all that is open and theirs."""
    told = said(about.facts, "may determine", "may not", "stands for", "open")
    against = {person for person, _ in concluded(told, "may not")}
    may = concluded(told, "may determine")
    free = {(person, source) for person, source in concluded(told, "stands for") if person not in against}
    assert may == {(person, source) for person, source in free if (source,) in concluded(told, "open")}
    assert {person for person, _ in may} | against == set(PEOPLE)


@law
@given(asked(), st.sets(st.sampled_from(PEOPLE)))
def test_a_bar_only_narrows(about: Asked, people: set[str]) -> None:
    """Whatever an added pack has against someone takes their turn away, and gives no one else any."""
    before = concluded(said(about.facts, "may determine"), "may determine")
    after = concluded(said(about.barred(*people), "may determine"), "may determine")
    assert after == {(person, source) for person, source in before if person not in people}
