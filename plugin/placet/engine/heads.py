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
        self.tally = head.tally()
        self.makers = [_maker(rule, value) for _, value in head.values]
        self.place = 1 + next((n for n, (_, value) in enumerate(head.values) if value is self.tally), 0)
        self.counted = _maker(rule, Variable(self.tally.variable)) if self.tally else None

    def fact(self, premises: Premises) -> Fact:
        """What is concluded; where it holds a tally, None stands in its place."""
        return (self.kind, *[make(premises) for make in self.makers])


def concluders(rule: Rule) -> list[Conclude]:
    """All heads of a rule."""
    return [Conclude(rule, number) for number in range(len(rule.then))]


def _maker(rule: Rule, value: Result) -> Callable[[Premises], Any]:
    if isinstance(value, Tally):
        return lambda _: None
    if isinstance(value, Constant):
        return lambda _: value.value
    if isinstance(value, Variable):
        pattern, place = rule.places[value.name]
        return lambda premises: premises[pattern][place]
    return lambda premises: safe(value.of(rule.env(premises)))


class Tallies:
    """The matches of one level that are counted, by what they agree in."""

    def __init__(self) -> None:
        self.groups: dict[tuple[Conclude, Fact], list[Premises]] = {}

    def add(self, head: Conclude, group: Fact, premises: Premises) -> None:
        """One more match for a group."""
        self.groups.setdefault((head, group), []).append(premises)

    def conclusions(self) -> Iterator[tuple[Fact, Step]]:
        """One conclusion for each group."""
        for (head, group), members in self.groups.items():
            assert head.tally
            assert head.counted
            values = sorted({head.counted(premises) for premises in members})
            fact = (*group[: head.place], TALLIES[head.tally.how](values), *group[head.place + 1 :])
            over = dict.fromkeys(fact for premises in members for fact in premises)
            yield fact, Step(head.rule, head.number, members[0], tuple(values), tuple(over))
