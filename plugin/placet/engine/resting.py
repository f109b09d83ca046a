"""What a conclusion rests on: the facts it follows from, and those that kept away what had to be absent."""

from __future__ import annotations

from collections.abc import Iterable

from placet.engine import reference
from placet.engine.language import Env, Fact, Head, Pattern, Program, Steps, Tally
from placet.engine.levels import may_meet


class Resting:
    """The facts and the steps of one evaluation, to be asked what rests on what."""

    def __init__(self, program: Program, facts: Iterable[Fact], steps: Steps) -> None:
        self.rules, self.steps = program.rules, steps
        self.held: reference.Held = {kind: {} for kind in program.kinds}
        for fact in (*facts, *steps):
            self.held[fact[0]][fact] = True

    def stopped(self, pattern: Pattern, env: Env) -> list[Fact]:
        """Why nothing meets a pattern of `unless`: the facts that kept each rule from concluding it."""
        found: dict[Fact, bool] = {}
        for rule in self.rules:
            heads = [head for head in rule.then if may_meet(head, pattern)]
            if rule.unless and heads and not rule.tallied:
                for way, _ in reference.matches(rule.when, self.held):
                    if any(_would_meet(head, way, pattern, env) for head in heads):
                        found |= dict.fromkeys(self._meeting(rule.unless, way))
        return list(found)

    def _meeting(self, patterns: Iterable[Pattern], env: Env) -> list[Fact]:
        every = ((pattern, fact) for pattern in patterns for fact in self.held[pattern.kind])
        return [fact for pattern, fact in every if reference.bind(pattern, fact, env) is not None]

    def rests_on(self, fact: Fact) -> list[Fact]:
        """What a conclusion follows from, and what kept away the facts that had to be absent."""
        step = self.steps.get(fact)
        if not step:
            return []
        env = step.rule.env(step.premises)
        return [*step.rests_on, *(one for pattern in step.rule.unless for one in self.stopped(pattern, env))]

    def below(self, asked_for: Iterable[Fact]) -> set[Fact]:
        """These conclusions and whatever they rest on."""
        kept: set[Fact] = set()
        todo = list(asked_for)
        while todo:
            fact = todo.pop()
            if fact not in kept:
                kept.add(fact)
                todo += self.rests_on(fact)
        return kept


def _would_meet(head: Head, way: Env, pattern: Pattern, env: Env) -> bool:
    """Whether what a rule would conclude meets a pattern of its kind."""
    fact = (head.kind, *[value.of(way) for _, value in head.values if not isinstance(value, Tally)])
    return reference.bind(pattern, fact, env) is not None
