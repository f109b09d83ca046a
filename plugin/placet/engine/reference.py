"""What the language means, as short as it can be said: try each rule on all combinations of facts until nothing is new.

Written from the definition of the language. It knows nothing of durable-rules and shares nothing with the compiler but
the parsed pack; it is what both quicker engines are held to.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from math import inf
from typing import Any

from placet.domain.errors import FactError
from placet.engine.language import TALLIES, Env, Fact, Head, Pattern, Program, Rule, Step, Steps, Tally, Test, Variable
from placet.engine.values import safe

Held = dict[str, dict[Fact, bool]]  # the facts that hold, by kind
Way = tuple[Env, tuple[Fact, ...]]  # what the variables stand for, and by which facts


class Tries:
    """How often a fact may still be held against a pattern; without end where nobody gives a number."""

    def __init__(self, left: float = inf) -> None:
        self.left = left

    def take(self, number: int) -> None:
        """Count so many tries. Raises FactError where none are left."""
        self.left -= number
        if self.left < 0:
            raise FactError("too many ways to meet the patterns of a rule: let them share variables")


def evaluate(program: Program, facts: Iterable[Fact], tries: Tries | None = None) -> Steps:
    """Every conclusion that was not given, with one step that led to it; raises FactError beyond so many tries."""
    tries = tries or Tries()
    held: Held = {kind: {} for kind in program.kinds}
    steps: Steps = {}
    _hold(held, facts)
    for rules in program.levels():
        while new := _new_conclusions(rules, held, tries):
            _hold(held, new)
            steps |= new
    return steps


def _hold(held: Held, facts: Iterable[Fact]) -> None:
    for fact in facts:
        held[fact[0]][fact] = True


def _new_conclusions(rules: list[Rule], held: Held, tries: Tries) -> Steps:
    new: Steps = {}
    for rule in rules:
        for fact, step in _conclusions(rule, held, tries):
            if fact not in held[fact[0]]:
                new.setdefault(fact, step)
    return new


def _conclusions(rule: Rule, held: Held, tries: Tries) -> Iterator[tuple[Fact, Step]]:
    ways = matches(rule.when, held, tries)
    tries.take(len(ways) * sum(len(held[pattern.kind]) for pattern in rule.unless))
    ways = [way for way in ways if not any(is_met(pattern, held, way[0]) for pattern in rule.unless)]
    for number, head in enumerate(rule.then):
        if tally := head.tally():
            yield from _counted(rule, number, tally, ways)
            continue
        for env, premises in ways:
            yield _concluded(head, env), Step(rule, number, premises)


def _concluded(head: Head, env: Env, counted: Any = None) -> Fact:
    values = (counted if isinstance(value, Tally) else safe(value.of(env)) for _, value in head.values)
    return (head.kind, *values)


def _counted(rule: Rule, number: int, tally: Tally, ways: list[Way]) -> Iterator[tuple[Fact, Step]]:
    """One conclusion for each group of matches that agree in the other properties."""
    head = rule.then[number]
    groups: dict[Fact, list[Way]] = {}
    for env, premises in ways:
        groups.setdefault(_concluded(head, env), []).append((env, premises))
    for members in groups.values():
        values = {env[tally.variable] for env, _ in members}
        env, premises = members[0]
        over = dict.fromkeys(fact for _, facts in members for fact in facts)
        step = Step(rule, number, premises, tuple(sorted(values)), tuple(over))
        yield _concluded(head, env, TALLIES[tally.how](values)), step


def matches(patterns: Iterable[Pattern], held: Held, tries: Tries | None = None) -> list[Way]:
    """Each way to meet all patterns. Tests on variables that get their value later wait until the end."""
    tries = tries or Tries()
    ways: list[Way] = [({}, ())]
    waiting: list[tuple[int, Test]] = []
    for number, pattern in enumerate(patterns):
        tries.take(len(ways) * len(held[pattern.kind]))
        ways = [
            (bound, (*facts, fact))
            for env, facts in ways
            for fact in held[pattern.kind]
            if (bound := bind(pattern, fact, env)) is not None
        ]
        waiting += [(number, test) for test in pattern.tests if ways and not _is_bound(test, ways[0][0])]
    return [(env, facts) for env, facts in ways if all(_passes(test, facts[n], env) for n, test in waiting)]


def bind(pattern: Pattern, fact: Fact, env: Env) -> Env | None:
    """What the variables stand for once `fact` meets `pattern`; None if it does not."""
    for test in pattern.tests:
        if test.how == "is" and isinstance(test.value, Variable) and test.value.name not in env:
            env = {**env, test.value.name: fact[test.place]}
    return env if all(_passes(test, fact, env) for test in pattern.tests if _is_bound(test, env)) else None


def is_met(pattern: Pattern, held: Held, env: Env) -> bool:
    """Whether any fact meets a pattern of `unless`."""
    return any(bind(pattern, fact, env) is not None for fact in held[pattern.kind])


def _passes(test: Test, fact: Fact, env: Env) -> bool:
    return test.holds(fact[test.place], test.value.of(env))


def _is_bound(test: Test, env: Env) -> bool:
    return test.value.variables <= env.keys()
