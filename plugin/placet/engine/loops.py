"""The second engine of every verdict: each rule written out as the Python loops a person would write.

It is quick enough to check every verdict, and shares nothing with the compiler to durable-rules but the parsed pack. No
text of a pack enters the generated code: kinds and constants are reached as `c0`, `c1`, ..., facts as `f0`, `f1`, ...
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from operator import itemgetter
from typing import Any

from placet.engine.language import Fact, Program, Rule, Step, Steps, Tally
from placet.engine.loop_writing import written

Match = tuple[Any, ...]  # number of the conclusion, it, its premises, for a tally what it counts
TAKEN: dict[str, Callable[[list[Any]], Any]] = {
    "count": len,
    "lowest": lambda values: values[0],
    "earliest": lambda values: values[0],
    "highest": lambda values: values[-1],
    "latest": lambda values: values[-1],
}


class Loops:
    """A program as functions."""

    def __init__(self, program: Program) -> None:
        self.kinds = tuple(program.kinds)
        self.levels = [
            ([(rule, _function(rule)) for rule in rules], _feeds_itself(rules)) for rules in program.levels()
        ]

    def evaluate(self, facts: Iterable[Fact]) -> Steps:
        """Every conclusion that was not given, with one step that led to it."""
        held = Held(self.kinds, facts)
        steps: Steps = {}
        for rules, again in self.levels:
            new = _round(rules, held)
            while new:
                held.add(new)
                steps |= new
                new = _round(rules, held) if again else {}
        return steps


class Held:
    """The facts that hold: by kind, and by what some of their places hold."""

    few = 20  # up to here looking at all is quicker than a table

    def __init__(self, kinds: Iterable[str], facts: Iterable[Fact]) -> None:
        self.all: dict[str, dict[Fact, bool]] = {kind: {} for kind in kinds}
        self.tables: dict[str, dict[tuple[int, ...], dict[tuple[Any, ...], list[Fact]]]] = {}
        self.add(facts)

    def add(self, facts: Iterable[Fact]) -> None:
        """Take in more facts."""
        for fact in facts:
            self.all[fact[0]][fact] = True
            self.tables.pop(fact[0], None)

    def find(self, kind: str, places: tuple[int, ...], *values: Any) -> Iterable[Fact]:
        """The facts with these values at these places, and maybe others: the caller looks again."""
        facts = self.all[kind]
        if len(facts) < self.few:
            return facts
        tables = self.tables.setdefault(kind, {})
        if places not in tables:
            tables[places] = _table(facts, places)
        return tables[places].get(values, ())


def _table(facts: Iterable[Fact], places: tuple[int, ...]) -> dict[tuple[Any, ...], list[Fact]]:
    table: dict[tuple[Any, ...], list[Fact]] = {}
    for fact in facts:
        table.setdefault(tuple([fact[place] for place in places]), []).append(fact)
    return table


def _round(rules: list[tuple[Rule, Callable[..., Iterator[Match]]]], held: Held) -> Steps:
    """What the rules of one level conclude from what holds, and did not hold before."""
    new: Steps = {}
    for rule, function in rules:
        matches: Iterable[Match] = function(held.all, held.find)
        if len(rule.then) > 1:
            matches = sorted(matches, key=itemgetter(0))  # one head after the other
        if rule.tallied:
            matches = _counted(rule, matches)
        for number, fact, premises, *counted in matches:
            if fact not in held.all[fact[0]] and fact not in new:
                new[fact] = Step(rule, number, premises, *counted)
    return new


def _counted(rule: Rule, matches: Iterable[Match]) -> Iterator[Match]:
    """The conclusions of a rule that counts: one for each group of matches, with what was counted over what."""
    groups: dict[tuple[int, Fact], list[Match]] = {}
    for match in matches:
        groups.setdefault(match[:2], []).append(match)
    for (number, group), members in groups.items():
        if rule.then[number].tally():
            yield _tallied(number, group, members)
        else:
            yield number, group, members[0][2]


def _tallied(number: int, group: Fact, members: list[Match]) -> Match:
    values = sorted({counted for _, _, _, counted in members})
    fact = tuple(TAKEN[part.how](values) if isinstance(part, Tally) else part for part in group)
    over = dict.fromkeys(premise for _, _, premises, _ in members for premise in premises)
    return number, fact, members[0][2], tuple(values), tuple(over)


def _feeds_itself(rules: list[Rule]) -> bool:
    """Whether what one rule of a level concludes may be read by another of it."""
    read = {pattern.kind for rule in rules for pattern in rule.when}
    return any(head.kind in read for rule in rules for head in rule.then)


def _function(rule: Rule) -> Callable[..., Iterator[Match]]:
    text, space = written(rule)
    exec(compile(text, f"<rule {rule.number}>", "exec"), space)  # noqa: S102  # made of our own names alone
    function: Callable[..., Iterator[Match]] = space["rule"]
    return function
