"""What is missing, held to what it means, on random packs: by the reference evaluator alone, and by trying."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator
from contextlib import suppress
from random import Random

import pytest

from placet.domain.errors import FactError, PackError
from placet.engine import Pack, reference
from placet.engine.facts import take_in
from placet.engine.language import Fact, Step
from placet.engine.missing import Outlook
from tests.engine.random_facts import random_facts
from tests.engine.random_packs import load, random_packs

PACKS = 200  # that are made up

Goal = Callable[[Fact], bool]


class Trying:
    """What comes of steps, each taken as soon as a rule under `could` allows it."""

    def __init__(self, pack: Pack, facts: tuple[Fact, ...], goal: Goal) -> None:
        self.pack, self.facts, self.goal = pack, facts, goal

    def reached(self, allowed: Collection[Fact] | None) -> bool:
        """Whether the goal is ever concluded while these steps, or all, are taken."""
        held, taken = set(self.facts), set[Fact]()
        while True:
            concluded = reference.evaluate(self.pack.program, sorted(held, key=str))
            if any(map(self.goal, concluded)):
                return True
            open_now = self._open([*held, *concluded])
            new = {step for step in open_now if step not in taken and (allowed is None or step in allowed)}
            if not new:
                return False
            taken |= new
            held |= {fact for step in new for fact in open_now[step]}

    def _open(self, every: list[Fact]) -> dict[Fact, set[Fact]]:
        """Each step that may be taken now, with all that it brings."""
        held: reference.Held = {kind: {} for kind in self.pack.program.kinds}
        for fact in every:
            held[fact[0]][fact] = True
        found: dict[Fact, set[Fact]] = {}
        for rule in self.pack.program.could:
            for env, premises in reference.matches(rule.when, held):
                if not any(reference.is_met(pattern, held, env) for pattern in rule.unless):
                    brought = [Step(rule, number, premises).conclusion() for number in range(len(rule.then))]
                    found.setdefault(brought[0], set()).update(brought)
        return found


def questions() -> Iterator[tuple[Pack, tuple[Fact, ...], str]]:
    """Random packs with steps that people may take, facts for each, and a kind of conclusion to be reached."""
    for seed in range(PACKS):
        r = Random(seed)
        with suppress(PackError, FactError):
            packs = random_packs(r)
            if packs[0].could:
                pack = load(packs)
                for kind in sorted({head.kind for rule in pack.program.rules for head in rule.then}):
                    facts = take_in(random_facts(r, pack, 3), pack.program.kinds, pack.program.given)
                    for share in (0.3, 0.6, 0.8):
                        yield pack, tuple(fact for fact in facts if fact[0] == "now" or r.random() < share), kind


@pytest.mark.requirement("N1", clause="what is missing and who can give it")
def test_without_a_clause_nothing_is_reached_and_one_step_of_each_is_enough() -> None:
    seen: Counter[str] = Counter()
    for pack, facts, kind in questions():
        trying = Trying(pack, facts, lambda fact, kind=kind: fact[0] == kind)
        with suppress(FactError):  # a step may bring a number too large to go on from
            clauses = Outlook(pack.program, facts, trying.goal).missing()
            assert (clauses is None) != trying.reached(None)
            seen["out of reach" if clauses is None else "missing" if clauses else "nothing is missing"] += 1
            steps = {step for clause in clauses or [] for step in clause}
            for clause in clauses or []:
                assert not trying.reached(steps - clause.keys())
            assert clauses is None or trying.reached({next(iter(clause)) for clause in clauses})
    assert min(seen["out of reach"], seen["missing"], seen["nothing is missing"]) >= 10, seen
