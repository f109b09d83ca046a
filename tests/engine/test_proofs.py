"""Proofs: what a verdict stores, what is shown of it, and that it holds."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from placet.domain.errors import FactError, PackError
from placet.engine import Evaluation, Pack, Proof, load_pack
from tests.engine.random_facts import random_facts
from tests.engine.small import pack_of

SHIPPED = ("routing", "eligibility", "quorum", "expiry")
NAMES = {"ann": "Ann Abel", "bob": "Bob Byrne", "finance": "Finance", "legal": "Legal"}


def approved() -> Evaluation:
    pack = load_pack(*SHIPPED)
    return pack.evaluate(
        {
            "quorum": [{"rule": "all"}],
            "requires": [{"source": "finance", "stage": 1}, {"source": "legal", "stage": 1}],
            "determination": [{"steward": one, "verdict": "approve"} for one in ("ann", "bob")],
            "stood for": [{"steward": "ann", "source": "finance"}, {"steward": "bob", "source": "legal"}],
            "limit": [
                {"steward": "ann", "end": datetime(2026, 12, 31, tzinfo=UTC)},
                {"steward": "bob", "end": datetime(2026, 6, 30, tzinfo=UTC)},
            ],
        }
    )


@pytest.mark.requirement("N1", clause="proof")
def test_a_stored_proof_says_the_same_when_it_is_read_again() -> None:
    said = approved()
    stored = json.dumps(said.proof("outcome").compact())
    again = Proof.from_compact(load_pack(*reversed(SHIPPED)), json.loads(stored))
    assert again.as_json(NAMES) == said.proof("outcome").as_json(NAMES)
    assert again.as_text(NAMES) == said.proof("outcome").as_text(NAMES)
    assert again.compact() == json.loads(stored)


def test_a_stored_proof_holds_every_fact_and_the_hashes_of_its_packs() -> None:
    said = approved()
    stored = said.proof("outcome").compact()
    assert stored["packs"] == dict(load_pack(*SHIPPED).hashes)
    assert len(stored["facts"]) == len(said.facts) == 9
    assert ["limit", "bob", 1782777600] in stored["facts"]
    assert len(stored["steps"]) == len(said.steps)


def test_a_proof_of_a_part_is_read_with_the_whole() -> None:
    whole = load_pack(*SHIPPED)
    part = whole.only("outcome")
    facts = whole.relevant({"automatic": [{"verdict": "deny"}]})
    stored = part.evaluate(facts).proof().compact()
    for pack in (whole, part):
        assert Proof.from_compact(pack, stored).as_text() == (
            "This is denied without asking a steward. [outcome denied]\n  automatic deny"
        )


def test_a_proof_made_by_other_packs_is_refused() -> None:
    stored = approved().proof().compact()
    with pytest.raises(PackError, match=r"the proof was made by other packs \(routing \w{12}, "):
        Proof.from_compact(load_pack("quorum"), stored)


def test_the_proof_of_an_outcome_names_every_approver() -> None:
    """What was absent carries what kept it away; without that, the proof of `all` names only one of them."""
    assert approved().proof("outcome").as_text(NAMES).splitlines() == [
        "Enough have approved, no one denied, nothing holds it. [outcome approved]",
        "  Every steward source has approved. [enough]",
        "    quorum all",
        "    Ann Abel approved for Finance. [met Finance]",
        "      requires Finance, 1",
        "      determination Ann Abel, approve",
        "      stood for Ann Abel, Finance",
        "    no unmet, since:",
        "      [met Finance], as above",
        "      Bob Byrne approved for Legal. [met Legal]",
        "        requires Legal, 1",
        "        determination Bob Byrne, approve",
        "        stood for Bob Byrne, Legal",
        "  no outcome",
        "  no hold",
    ]


def test_a_proof_as_json_names_rules_reasons_premises_and_absences() -> None:
    shown = approved().proof("outcome").as_json(NAMES)
    assert {one["kind"] for one in shown["facts"]} == {"quorum", "requires", "determination", "stood for"}
    *_, enough, outcome = shown["conclusions"]
    assert outcome == {
        "id": "c4",
        "kind": "outcome",
        "values": {"status": "approved"},
        "rule": "quorum/approved",
        "because": "Enough have approved, no one denied, nothing holds it.",
        "from": [enough["id"]],
        "without": [
            {"kind": "outcome", "tests": ["status is denied"], "since": []},
            {"kind": "hold", "tests": [], "since": []},
        ],
    }
    met = [one["id"] for one in shown["conclusions"] if one["kind"] == "met"]
    assert enough["without"] == [{"kind": "unmet", "tests": [], "since": met}]
    json.dumps(shown)


def test_a_tally_rests_on_all_that_it_counted() -> None:
    shown = approved().proof("runs until").as_json()
    ends = {one["kind"]: one for one in shown["conclusions"]}
    assert ends["ends"]["values"] == {"at": "2026-06-30T00:00:00Z"}
    assert len(ends["ends"]["from"]) == 2
    assert ends["ends"]["because"] == "The shortest approval ends it at 2026-06-30."


def test_durations_and_flags_are_told_as_json_holds_them() -> None:
    pack = pack_of(
        """
        pack: x
        reads: {a: {wait: duration, on: flag}}
        concludes: {b: {wait: duration, on: flag}}
        rules: {r: {when: [a: {wait, on}], then: [b: {wait, on}], because: "{wait} {on}"}}
        """
    )
    said = pack.evaluate({"a": [{"wait": timedelta(hours=36), "on": True}]})
    (concluded,) = said.proof().as_json()["conclusions"]
    assert concluded["values"] == {"wait": 129600, "on": True}
    assert concluded["because"] == "36 hours yes"


@settings(max_examples=100, deadline=None)
@given(st.randoms(use_true_random=False))
def test_any_proof_can_be_stored_and_read_again(r: Random) -> None:
    pack = load_pack(*SHIPPED)
    said = pack.evaluate(random_facts(r, pack, 3))
    again = Proof.from_compact(pack, json.loads(json.dumps(said.proof().compact())))
    assert again.facts == said.facts
    assert list(again.steps.items()) == list(said.steps.items())


# --- reasons ---


@pytest.fixture
def told() -> Pack:
    return pack_of(
        """
        pack: told
        names: [name]
        reads:
          n: {n: number}
          t: {at: instant}
          d: {wait: duration}
          f: {on: flag}
          p: {name}
        concludes:
          sum: {n: number}
          late: {at: instant}
          long: {wait: duration}
          lit: {on: flag}
          named: {name}
          listed: {n: number}
        rules:
          sum: {when: [n: {n: $a}], then: [sum: {n: $a + 1}], because: "{n} comes after {a}"}
          late: {when: [t: {at}], then: [late: {at}], because: "{at}"}
          long: {when: [d: {wait}], then: [long: {wait}], because: "{wait}"}
          lit: {when: [f: {on}], then: [lit: {on}], because: "{on}"}
          named: {when: [p: {name}], then: [named: {name}], because: "<{name}>"}
          listed: {when: [n: {n}], then: [listed: {n: highest $n}], because: "{n}"}
        """
    )


REASONS = [
    ("sum", {"n": [{"n": 7}]}, "8 comes after 7"),
    ("late", {"t": [{"at": datetime(2026, 1, 31, tzinfo=UTC)}]}, "2026-01-31"),
    ("late", {"t": [{"at": datetime(2026, 1, 31, 12, tzinfo=UTC)}]}, "2026-01-31 12:00 UTC"),
    ("late", {"t": [{"at": datetime(2026, 1, 31, 0, 0, 59, tzinfo=UTC)}]}, "2026-01-31 00:00:59 UTC"),
    ("long", {"d": [{"wait": timedelta(days=1)}]}, "1 day"),
    ("long", {"d": [{"wait": timedelta(days=14)}]}, "14 days"),
    ("long", {"d": [{"wait": timedelta(minutes=90)}]}, "90 minutes"),
    ("long", {"d": [{"wait": timedelta(seconds=61)}]}, "61 seconds"),
    ("long", {"d": [{"wait": timedelta(0)}]}, "0 days"),
    ("lit", {"f": [{"on": False}]}, "no"),
    ("named", {"p": [{"name": "ann"}]}, "<Ann Abel>"),
    ("named", {"p": [{"name": "{name}"}]}, "<{name}>"),
    ("named", {"p": [{"name": "<b>"}]}, "<<b>>"),
    ("listed", {"n": [{"n": 3}]}, "3"),
    ("listed", {"n": [{"n": 3}, {"n": 1}]}, "1 and 3"),
    ("listed", {"n": [{"n": 3}, {"n": 1}, {"n": 2}]}, "1, 2 and 3"),
]


@pytest.mark.parametrize(("kind", "facts", "reason"), REASONS)
def test_reasons_are_told_as_people_read_them(
    told: Pack, kind: str, facts: dict[str, list[dict[str, object]]], reason: str
) -> None:
    assert told.evaluate(facts).because(kind, names=NAMES) == [reason]


@pytest.mark.requirement("N1", clause="why one can't decide")
def test_who_can_not_decide_is_told_why_by_name() -> None:
    told = {"asked": [{"person": "ann"}], "active": [{"person": "ann"}], "requester": [{"person": "ann"}]}
    said = load_pack("eligibility").evaluate(told)
    assert said.because("may not", names=NAMES, reason="own-request") == ["Ann Abel made this request."]
    assert len(said.because("may not")) == 2


def test_conclusions_are_asked_for_by_kind_and_value() -> None:
    said = approved()
    assert said.holds("met")
    assert said.holds("met", source="finance")
    assert not said.holds("met", source="sales")
    assert said.holds("ends", at=datetime(2026, 6, 30, tzinfo=UTC))
    assert not said.holds("unmet")
    assert said.of("unmet") == ()
    for ask in (said.holds, said.because):
        with pytest.raises(FactError, match=r"no fact is called `mett`; did you mean `met`\?"):
            ask("mett")
        with pytest.raises(FactError, match=r"`met` has no `sauce`; did you mean `source`\?; it has source"):
            ask("met", sauce="finance")
        with pytest.raises(FactError, match="`at` of `ends`: `tomorrow` is not an instant"):
            ask("ends", at="tomorrow")
    for ask_kind in (said.of, said.proof):
        with pytest.raises(FactError, match="no fact is called `mett`"):
            ask_kind("mett")
