"""The random packs hold the whole language, and all of it decides something: else comparing on them shows little."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from functools import cache
from random import Random

import pytest

from placet.domain.errors import FactError, PackError
from placet.engine import Pack, reference
from placet.engine.facts import take_in
from placet.engine.language import Fact, Steps
from tests.engine.constructs import every_other, every_test, occurrences, pairs
from tests.engine.random_facts import random_facts
from tests.engine.random_packs import load, random_packs

PACKS = 600  # that are made up, at most
QUESTIONS = 8  # that are asked of each
TIMES = 2  # that a construct has to change a conclusion

STRUCTURES = {"recursion", "waiting", "a conclusion of another pack", "what another pack reads", "facts of its own"}


def made_up() -> Iterator[tuple[Pack, list[tuple[Fact, ...]]]]:
    """Random packs that mean something, each with the facts of some questions."""
    for seed in range(PACKS):
        r = Random(seed)
        try:
            pack = load(random_packs(r))
        except PackError:
            continue
        kinds, given = pack.program.kinds, pack.program.given
        yield pack, [take_in(random_facts(r, pack, 6), kinds, given) for _ in range(QUESTIONS)]


@cache
def counted() -> tuple[Counter[str], Counter[str]]:
    """How often each construct occurs, and how often it changes a conclusion, until all did so often enough."""
    occur: Counter[str] = Counter()
    matter: Counter[str] = Counter()
    wanted = {pair for name in every_test() | every_other() for pair in pairs(name)} | STRUCTURES
    for pack, asked in made_up():
        before = [(facts, concluded(pack, facts)) for facts in asked]
        for name, other in occurrences(pack.program):
            occur[name] += 1
            if any(matter[pair] < TIMES for pair in pairs(name)) and any(
                reference.evaluate(other, facts).keys() != steps.keys() for facts, steps in before if steps
            ):
                matter.update(pairs(name))
        matter.update(structure for _, steps in before for structure in structures(steps))
        if all(matter[pair] >= TIMES for pair in wanted) and occur.keys() >= every_test() | every_other():
            break
    return occur, matter


def concluded(pack: Pack, facts: tuple[Fact, ...]) -> Steps:
    """What follows; nothing where a number that would be computed is refused."""
    try:
        return reference.evaluate(pack.program, facts)
    except FactError:
        return {}


def structures(steps: Steps) -> set[str]:
    """What the proofs of one evaluation need beyond single rules."""
    found = set()
    for fact, step in steps.items():
        read = {premise: steps[premise].rule for premise in step.rests_on if premise in steps}
        found |= {"recursion"} if _rests_on_its_rule(fact, steps) else set()
        found |= {"waiting"} if step.rule.level else set()
        if step.rule.pack == "added":
            found.add("a conclusion of another pack" if fact[0].startswith("d") else "facts of its own")
        elif any(rule.pack == "added" for rule in read.values()):
            found.add("what another pack reads")
    return found


def _rests_on_its_rule(fact: Fact, steps: Steps) -> bool:
    """Whether a conclusion rests on another of the same rule."""
    todo = list(steps[fact].rests_on)
    while todo:
        premise = todo.pop()
        if premise in steps:
            if steps[premise].rule is steps[fact].rule:
                return True
            todo += steps[premise].rests_on
    return False


def test_every_construct_occurs_in_random_packs() -> None:
    occur, _ = counted()
    assert occur.keys() == every_test() | every_other()


@pytest.mark.parametrize("clause", ["when", "unless", "then", ""])
def test_every_construct_changes_a_conclusion_of_random_packs(clause: str) -> None:
    _, matter = counted()
    names = {pair for name in every_test() | every_other() for pair in pairs(name)} | STRUCTURES
    wanted = {name for name in names if name.partition(": ")[0] == clause or not (clause or ": " in name)}
    assert len(wanted) > 8
    assert {name: matter[name] for name in wanted if matter[name] < TIMES} == {}
