"""What a rule concludes once durable-rules says which facts met it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from placet.engine.language import TALLIES, Constant, Fact, Result, Rule, Step, Tally, Variable
from placet.engine.values import safe

Premises = tuple[Fact, ...]


class Conclude:
    """One head of a rule, as functions from the facts that met `when`."""

    def __init__(self, rule: Rule, number: int) -> None:
        head = rule.then[number]
        self.rule, self.number, self.kind = rule, number, head.kind
        self.makers = [_maker(rule, value) for _, value in head.values]
        self.tally = head.tally()

    def conclusions(self, matches: list[Premises]) -> Iterator[tuple[Fact, Step]]:
        """A conclusion for each match, or for each group of matches that are counted."""
        if self.tally:
            yield from self._counted(matches, self.tally)
            return
        for premises in matches:
            yield self._fact(premises), Step(self.rule, self.number, premises)

    def _fact(self, premises: Premises) -> Fact:
        return (self.kind, *[make(premises) for make in self.makers])

    def _counted(self, matches: list[Premises], tally: Tally) -> Iterator[tuple[Fact, Step]]:
        groups: dict[Fact, list[Premises]] = {}
        for premises in matches:
            groups.setdefault(self._fact(premises), []).append(premises)
        counted = _maker(self.rule, Variable(tally.variable))
        for group, members in groups.items():
            values = sorted({counted(premises) for premises in members})
            over = dict.fromkeys(fact for premises in members for fact in premises)
            fact = tuple(TALLIES[tally.how](values) if part is tally else part for part in group)
            yield fact, Step(self.rule, self.number, members[0], tuple(values), tuple(over))


def concluders(rule: Rule) -> list[Conclude]:
    """All heads of a rule."""
    return [Conclude(rule, number) for number in range(len(rule.then))]


def _maker(rule: Rule, value: Result) -> Callable[[Premises], Any]:
    """A function to one value of a conclusion; a tally stands for itself until its group is whole."""
    if isinstance(value, Tally):
        return lambda _: value
    if isinstance(value, Constant):
        return lambda _: value.value
    if isinstance(value, Variable):
        pattern, place = rule.places[value.name]
        return lambda premises: premises[pattern][place]
    return lambda premises: safe(value.of(rule.env(premises)))
