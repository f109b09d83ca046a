"""A program in the form in which durable-rules 2.0.28 is right about it.

Nothing an author or a person wrote enters the engine: facts are integers under names made here.

- `go` stands first in every rule and is asserted last, once for each level: negation is not looked at again once an
  action is queued, so what is negated has to be complete by then.
- Every `$and` that holds a join ends with a join that is always true (`one`): the engine reads past its buffer where
  the last one is false.
- What one fact alone decides (membership in a list, two of its own properties, end - 7 days, the rank of a word) is
  worked out in Python and asserted with the fact, so that the engine only compares two integers.
- `dist: 0`: several patterns of one rule may be met by the same fact.
- One rule fires on every `go`: a state in which no action ever ran can't be deleted safely.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from placet.engine.language import Constant, Fact, OneOf, Pattern, Program, Rule, Sum, Test, Variable
from placet.engine.values import Scalar

OPERATORS = {"not": "$neq", "below": "$lt", "above": "$gt", "at most": "$lte", "at least": "$gte"}
FLIPPED = {
    "is": "is",
    "not": "not",
    "below": "above",
    "above": "below",
    "at most": "at least",
    "at least": "at most",
}
TRUE = {"one": {"go": "one"}}
OPENED = "_"  # the rule that fires on every `go`
GO = 0  # the kind of the fact that opens a level; kinds of facts start at 1

Condition = dict[str, Any]


class Extra(NamedTuple):
    """What is worked out from one fact and asserted with it."""

    how: str  # among, plus, rank or own
    place: int
    test: Test | None = None
    base: int = 0
    order: tuple[str, ...] = ()
    other: int = 0  # the place that `own` compares with

    def of(self, fact: Fact) -> int:
        """The integer that stands for it."""
        if self.how == "plus":
            return int(fact[self.place]) + self.base
        if self.how == "rank":
            return self.order.index(fact[self.place])
        assert self.test is not None
        value = self.test.value
        env = dict.fromkeys(value.variables, fact[self.other])
        return int(self.test.holds(fact[self.place], value.of(env)))


class Encoding:
    """The rules of a program as durable-rules takes them, and how facts are told to it."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.tokens = Tokens()  # words and names that the pack writes out, as integers
        self.kind_numbers = {kind: number + 1 for number, kind in enumerate(program.kinds)}
        self.read = {pattern.kind for rule in program.rules for pattern in rule.when + rule.unless}
        self.extras: dict[str, dict[Extra, str]] = {kind: {} for kind in program.kinds}
        self.conditions: list[tuple[Rule, Pattern, list[Condition]]] = []  # as encoded, for the limits
        self.rules: dict[str, Any] = {
            f"r{n}": {"all": self._patterns(rule), "dist": 0} for n, rule in enumerate(program.rules)
        }
        self.rules[f"r{OPENED}"] = {"all": [{"go": {"k": GO}}]}

    def _patterns(self, rule: Rule) -> list[Condition]:
        every = rule.when + rule.unless
        conditions: list[list[Condition]] = [[{"k": self.kind_numbers[pattern.kind]}] for pattern in every]
        joined: set[int] = set()
        for number, pattern in enumerate(every):
            for test in pattern.tests:
                self._add(rule, number, test, conditions, joined)
        for number in joined:
            conditions[number].append(TRUE)
        self.conditions += [(rule, pattern, found) for pattern, found in zip(every, conditions, strict=True)]
        names = [f"p{n}" for n in range(len(rule.when))] + [f"n{n}$not" for n in range(len(rule.unless))]
        opened = {"go": {"$and": [{"k": GO}, {"l": rule.level}]}}
        return [opened, *({name: _all(found)} for name, found in zip(names, conditions, strict=True))]

    def _add(self, rule: Rule, number: int, test: Test, conditions: list[list[Condition]], joined: set[int]) -> None:
        """One test as a condition of its own pattern, or of the later of the two patterns that it joins."""
        kind = (rule.when + rule.unless)[number].kind
        if isinstance(test.value, Constant | OneOf):
            conditions[number].append(self._against_constant(kind, test))
            return
        home, place = rule.places[_variable(test)]
        if home == number:
            if not _gives_value(test, place):
                own = Extra("own", test.place, test=test, other=place)
                conditions[number].append({self._extra(kind, own): 1})
            return
        here = self._operand(kind, test.place, test, 0)
        there = self._operand(rule.when[home].kind, place, test, test.value.base if isinstance(test.value, Sum) else 0)
        later = max(home, number)
        if home < number:
            conditions[later].append(_compare(test.how, here, {f"p{home}": there}))
        else:
            conditions[later].append(_compare(FLIPPED[test.how], there, {f"p{number}": here}))
        joined.add(later)

    def _against_constant(self, kind: str, test: Test) -> Condition:
        if isinstance(test.value, Constant) and not test.order:
            return _compare(test.how, f"a{test.place}", self._number(test.value.value))
        return {self._extra(kind, Extra("among", test.place, test=test)): 1}

    def _operand(self, kind: str, place: int, test: Test, base: int) -> str:
        """The name of the integer that is compared: the property itself, its rank, or it with something added."""
        if test.order:
            return self._extra(kind, Extra("rank", place, order=test.order))
        return self._extra(kind, Extra("plus", place, base=base)) if base else f"a{place}"

    def _extra(self, kind: str, extra: Extra) -> str:
        return self.extras[kind].setdefault(extra, f"s{len(self.extras[kind])}")

    def _number(self, value: Scalar) -> int:
        return value if isinstance(value, int) else self.tokens[value]

    def writer(self, kind: str) -> Callable[[Fact, int, str, Tokens], str]:
        """A function that writes a fact as JSON: the fact, its number, the state, and the tokens of this evaluation."""
        extras = list(self.extras[kind])
        names = [f"a{1 + n}" for n in range(len(self.program.kinds[kind]))] + list(self.extras[kind].values())
        values = "".join(f',"{name}":%d' for name in names)
        text = '{"id":"%d","sid":"%s","one":1,"k":' + str(self.kind_numbers[kind]) + values + "}"

        def write(fact: Fact, number: int, sid: str, tokens: Tokens) -> str:
            plain = [v if v.__class__ is int else tokens[v] for v in fact[1:]]
            if extras:
                plain += [extra.of(fact) for extra in extras]
            return text % (number, sid, *plain)

        return write


class Tokens(dict[str, int]):
    """Words and names as integers; one that is new gets the next."""

    def __missing__(self, text: str) -> int:
        self[text] = token = len(self) + 1
        return token


def go(level: int, sid: str) -> str:
    """The fact that opens a level."""
    return f'{{"id":"g{level}","sid":"{sid}","one":1,"k":{GO},"l":{level}}}'


def _variable(test: Test) -> str:
    assert isinstance(test.value, Variable | Sum)
    return next(iter(test.value.variables))


def _gives_value(test: Test, place: int) -> bool:
    """Whether this is the test from which the variable has its value."""
    return test.how == "is" and test.place == place and isinstance(test.value, Variable)


def _compare(how: str, name: str, value: object) -> Condition:
    return {name: value} if how == "is" else {OPERATORS[how]: {name: value}}


def _all(conditions: list[Condition]) -> Condition:
    return {"$and": conditions} if len(conditions) > 1 else conditions[0]
