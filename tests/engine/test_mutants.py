"""A wrong engine is noticed: every mutant of either engine makes the other disagree, and no verdict comes of it."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from datetime import UTC, datetime
from random import Random
from typing import Any

import pytest

from placet.domain.errors import EngineDisagreement, PackError, SettingError
from placet.engine import Evaluation, Pack, PackSource, load_pack
from placet.engine import encoding as compiling
from placet.engine import loop_writing as writing
from placet.engine import loops as looping
from placet.engine.durable import Durable
from placet.engine.encoding import Encoding
from placet.engine.loops import Loops
from tests.engine.random_facts import random_facts
from tests.engine.random_packs import load, random_packs
from tests.engine.small import pack_of

BORDERS = """\
pack: borders
names: [name]
words: {size: [small, medium, large]}
reads:
  limit: {n: number}
  number: {n: number}
  sized: {size}
  named: {name}
  stop: {name}
concludes:
  less: {n: number}
  more: {n: number}
  no less: {n: number}
  no more: {n: number}
  other: {n: number}
  same: {n: number}
  next: {n: number}
  big: {size}
  listed: {name}
  free: {name}
  count: {n: number}
  lowest: {n: number}
  highest: {n: number}
rules:
  less: {when: [limit: {n: $m}, number: {n: $n below $m}], then: [less: {n}], because: so}
  more: {when: [limit: {n: $m}, number: {n: $n above $m}], then: [more: {n}], because: so}
  no less: {when: [limit: {n: $m}, number: {n: $n at least $m}], then: [no less: {n}], because: so}
  no more: {when: [limit: {n: $m}, number: {n: $n at most $m}], then: [no more: {n}], because: so}
  other: {when: [limit: {n: $m}, number: {n: $n not $m}], then: [other: {n}], because: so}
  same: {when: [limit: {n: $m}, number: {n: $m}], then: [same: {n: $m}], because: so}
  next: {when: [limit: {n: $m}, number: {n: $n at least $m + 1}], then: [next: {n: $n + 1}], because: so}
  big: {when: [sized: {size: $size above small}], then: [big: {size}], because: so}
  listed: {when: [number: {n: [7, 8]}], then: [listed: {name: seven}], because: so}
  free: {when: [named: {name}], unless: [stop: {name}], then: [free: {name}], because: so}
  count: {when: [number: {n}], then: [count: {n: count $n}], because: so}
  lowest: {when: [number: {n}], then: [lowest: {n: lowest $n}], because: so}
  highest: {when: [number: {n}], then: [highest: {n: highest $n}], because: so}
"""

FACTS: dict[str, list[dict[str, object]]] = {
    "limit": [{"n": 5}],
    "number": [{"n": number} for number in (4, 5, 6, 9, 11)],
    "sized": [{"size": size} for size in ("small", "medium", "large")],
    "named": [{"name": name} for name in ("ann", "cid")],
    "stop": [{"name": "ann"}],
}


calls = itertools.count()


def borders() -> Pack:
    """The pack of all borders, compiled anew: packs are kept by name and text."""
    return load_pack(PackSource(f"borders-{next(calls)}.yaml", BORDERS))


def test_the_borders_are_where_they_are_meant_to_be() -> None:
    said = borders().evaluate(FACTS)
    assert {kind: [next(iter(row.values())) for row in rows] for kind, rows in said.conclusions.items()} == {
        "less": [4],
        "more": [6, 9, 11],
        "no less": [5, 6, 9, 11],
        "no more": [4, 5],
        "other": [4, 6, 9, 11],
        "same": [5],
        "next": [7, 10, 12],
        "big": ["medium", "large"],
        "free": ["cid"],
        "count": [5],
        "lowest": [4],
        "highest": [11],
    }


Patch = Callable[[pytest.MonkeyPatch], None]


def operator(how: str, other: str) -> Patch:
    """durable-rules compares otherwise."""
    return lambda patch: patch.setitem(compiling.OPERATORS, how, other)


def flipped(how: str, other: str) -> Patch:
    """A comparison with a variable that is bound later is turned round wrongly."""
    return lambda patch: patch.setitem(compiling.FLIPPED, how, other)


def sign(how: str, other: str) -> Patch:
    """The loops compare otherwise."""
    return lambda patch: patch.setitem(writing.SIGNS, how, other)


def taken(how: str, other: str) -> Patch:
    """The loops tally otherwise."""
    return lambda patch: patch.setitem(looping.TAKEN, how, looping.TAKEN[other])


def without(part: str) -> Patch:
    """The compiler leaves out the patterns or conditions whose text holds `part`."""
    compiled = Encoding._patterns

    def mutant(self: Encoding, rule: Any) -> list[dict[str, Any]]:
        return [one for one in compiled(self, rule) if part not in str(one)]

    return lambda patch: patch.setattr(Encoding, "_patterns", mutant)


def with_blind_joins(patch: pytest.MonkeyPatch) -> None:
    """The compiler drops every condition that joins two facts."""
    add = Encoding._add

    def mutant(self: Encoding, rule: Any, number: int, test: Any, conditions: Any, joined: set[int]) -> None:
        before = [list(one) for one in conditions]
        add(self, rule, number, test, conditions, joined)
        if joined:
            joined.clear()
            conditions[:] = before

    patch.setattr(Encoding, "_add", mutant)


def with_one_level(patch: pytest.MonkeyPatch) -> None:
    """Every rule waits for the first level only."""
    compiled = Encoding._patterns

    def mutant(self: Encoding, rule: Any) -> list[dict[str, Any]]:
        _, *others = compiled(self, rule)
        return [{"go": {"$and": [{"k": 0}, {"l": 0}]}}, *others]

    patch.setattr(Encoding, "_patterns", mutant)


def with_late_facts(patch: pytest.MonkeyPatch) -> None:
    """The loops do not see what they concluded."""
    patch.setattr(looping.Held, "add", lambda self, facts: None)


MUTANTS: dict[str, Patch] = {
    "durable: < is <=": operator("below", "$lte"),
    "durable: > is >=": operator("above", "$gte"),
    "durable: <= is <": operator("at most", "$lt"),
    "durable: >= is >": operator("at least", "$gt"),
    "durable: != is <": operator("not", "$lt"),
    "durable: no negation": without("$not"),
    "durable: no joins": with_blind_joins,
    "loops: < is <=": sign("below", "<="),
    "loops: > is >=": sign("above", ">="),
    "loops: <= is <": sign("at most", "<"),
    "loops: >= is >": sign("at least", ">"),
    "loops: != is ==": sign("not", "=="),
    "loops: == is !=": sign("is", "!="),
    "loops: in is not in": sign("in", "not in"),
    "loops: lowest is highest": taken("lowest", "highest"),
    "loops: highest is lowest": taken("highest", "lowest"),
    "loops: count is lowest": taken("count", "lowest"),
}


@pytest.mark.parametrize("name", MUTANTS)
@pytest.mark.requirement("N4", clause="a difference decides nothing")
def test_a_mutant_of_either_engine_is_a_disagreement(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    MUTANTS[name](monkeypatch)
    with pytest.raises(EngineDisagreement):
        borders().evaluate(FACTS)


DEEP_MUTANTS: dict[str, Patch] = {
    "durable: one level": with_one_level,
    "durable: flipped < is <": flipped("below", "below"),
    "durable: flipped >= is >=": flipped("at least", "at least"),
    "loops: conclusions unseen": with_late_facts,
}


@pytest.mark.parametrize("name", MUTANTS | DEEP_MUTANTS)
def test_the_comparison_on_random_packs_finds_every_mutant(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    (MUTANTS | DEEP_MUTANTS)[name](monkeypatch)
    with pytest.raises(EngineDisagreement):
        compare_random_packs(name, 3000)


def compare_random_packs(name: str, number: int) -> None:
    """What the differential test does, on packs that no other test has compiled."""
    for seed in range(number):
        r = Random(seed)
        try:
            pack = load(random_packs(r), name)
        except PackError:
            continue
        for _ in range(3):
            pack.evaluate(random_facts(r, pack, 5))


# --- the questions that decide something ---

T = datetime(2026, 1, 31, tzinfo=UTC)
QUESTIONS: dict[str, tuple[str, dict[str, list[dict[str, object]]]]] = {
    "who may determine": (
        "may determine",
        {
            "asked": [{"person": "ann"}],
            "active": [{"person": "ann"}],
            "by person": [{"source": "s", "person": "ann"}],
            "requires": [{"source": "s", "stage": 1}],
        },
    ),
    "what the outcome is": (
        "outcome",
        {
            "requires": [{"source": "s", "stage": 1}],
            "quorum": [{"rule": "any"}],
            "determination": [{"steward": "ann", "verdict": "approve"}],
            "stood for": [{"steward": "ann", "source": "s"}],
        },
    ),
    "when access ends": ("runs until", {"limit": [{"steward": "ann", "end": T}]}),
    "what is decided at submission": (
        "automatic",
        {"form": [{"stewards": "automatic", "quorum": "any"}], "justified": [{}]},
    ),
}


def forgetful(kind: str, evaluate: Callable[..., Any]) -> Callable[..., Any]:
    """An engine that never concludes this kind."""

    def mutant(self: Any, facts: Any) -> Any:
        return {fact: step for fact, step in evaluate(self, facts).items() if fact[0] != kind}

    return mutant


@pytest.mark.parametrize("question", QUESTIONS)
@pytest.mark.parametrize("engine", ["durable", "loops"])
@pytest.mark.requirement("N4", clause="both are asked")
def test_each_question_is_asked_of_both_engines(question: str, engine: str, monkeypatch: pytest.MonkeyPatch) -> None:
    kind, facts = QUESTIONS[question]
    pack = load_pack("routing", "eligibility", "quorum", "expiry").only(kind)
    assert pack.evaluate(facts).of(kind)
    broken = {"durable": Durable, "loops": Loops}[engine]
    monkeypatch.setattr(broken, "evaluate", forgetful(kind, broken.evaluate))
    with pytest.raises(EngineDisagreement) as refused:
        pack.evaluate(facts)
    seen, lost = ("loops only", "durable only") if engine == "durable" else ("durable only", "loops only")
    assert [fact[0] for fact in refused.value.facts["difference"][seen]] == [kind]
    assert refused.value.facts["difference"][lost] == []
    assert len(refused.value.facts["facts"]) == sum(map(len, facts.values()))


def test_a_disagreement_is_told_with_facts_that_json_can_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    MUTANTS["loops: < is <="](monkeypatch)
    with pytest.raises(EngineDisagreement) as refused:
        borders().evaluate({"limit": [{"n": 5}], "number": [{"n": 5}]})
    assert json.loads(json.dumps(refused.value.facts)) == {
        "facts": [["limit", 5], ["number", 5]],
        "difference": {"durable only": [], "loops only": [["less", 5]]},
    }


def test_one_engine_alone_is_asked_where_that_is_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    MUTANTS["loops: < is <="](monkeypatch)
    pack = borders()
    said: list[Evaluation] = [pack.evaluate(FACTS, engine=engine) for engine in ("durable", "reference")]
    assert said[0].steps == said[1].steps


def test_an_engine_that_does_not_exist_is_refused() -> None:
    with pytest.raises(SettingError, match="no engine is called `durabel`; did you mean `durable`"):
        pack_of("pack: x").evaluate({}, engine="durabel")
