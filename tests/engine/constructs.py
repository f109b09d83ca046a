"""The constructs of the language that a program holds, and the same program with one of them taken out.

A construct is named by its clause, its test or result, and the type it stands for: `unless: below instant sum`. The
names that a program could have are written out as well, so that none is forgotten.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from typing import Any

from placet.engine.language import (
    Constant,
    Head,
    Joined,
    OneOf,
    Pattern,
    Program,
    Result,
    Rule,
    Sum,
    Tally,
    Test,
    Variable,
)
from placet.engine.levels import Order
from placet.engine.values import BUILT_IN, Type, literal

CLAUSES = ("when", "unless")
SIZES = ("below", "above", "at most", "at least")
SIZED = ("number", "duration", "instant", "words")
ADDED = ("number", "duration", "instant")
EVERY_TYPE = ("name", "flag", *SIZED)
OTHER = {"lowest": "highest", "highest": "lowest", "earliest": "latest", "latest": "earliest"}

Occurrence = tuple[str, Program]  # the name of a construct, and the program without it


def every_test() -> set[str]:
    """The name of each test that a pattern may hold."""
    same = {f"{how} {kind}" for how, kind in product(("literal", "list", "variable"), EVERY_TYPE)}
    sizes = {f"{how} {kind} {what}" for how, kind, what in product(SIZES, SIZED, ("literal", "variable"))}
    sums = {f"{how} {kind} sum" for how, kind in product((*SIZES, "not"), ADDED)}
    differs = {f"not {kind} {what}" for kind, what in product(EVERY_TYPE, ("literal", "variable"))}
    return {f"{clause}: {test}" for clause in CLAUSES for test in (same | sizes | sums | differs)}


def every_other() -> set[str]:
    """The name of each construct that is no test of one property."""
    results = {f"then: {what}" for what in ("literal", "variable", "joined", *OTHER, "count")}
    sums = {f"then: sum {kind}" for kind in ADDED}
    clauses = {"unless: a pattern", "then: another conclusion", "when: another pattern"}
    return results | sums | clauses | {"when: before it is bound", "when: bound and compared", "when: now"}


def pairs(name: str) -> set[str]:
    """A test with its type, and with its clause and what it compares with; other constructs as they are."""
    clause, _, test = name.partition(": ")
    if name in every_other():
        return {name}
    how, kind, *what = re.fullmatch(r"(.+?) (name|flag|number|duration|instant|words)(?: (.+))?", test).groups()
    return {f"{how} {kind}", f"{clause}: {' '.join([how, *filter(None, what)])}"}


def occurrences(program: Program) -> Iterator[Occurrence]:
    """Each construct of each rule, and the program without it wherever that still has a meaning."""
    for rule in program.rules:
        for name, other in _of_rule(program, rule):
            rules = [other if one is rule else one for one in program.rules]
            kept = [one for one in rules if one and one.then]
            order = Order(kept)
            if not [*order.circles(), *order.endless()]:
                yield name, replace(program, rules=order.levelled())


def _of_rule(program: Program, rule: Rule) -> Iterator[tuple[str, Rule | None]]:
    yield from _tests(program, rule)
    for number in range(len(rule.unless)):
        yield "unless: a pattern", replace(rule, unless=_without(rule.unless, number))
    for number in range(1, len(rule.then)):
        yield "then: another conclusion", replace(rule, then=_without(rule.then, number))
    if len(rule.when) > 1:
        yield "when: another pattern", None
    for number, head in enumerate(rule.then):
        for place, (prop, value) in enumerate(head.values):
            for name, other in _results(value, program.kinds[head.kind][prop]):
                values = (*head.values[:place], (prop, other), *head.values[place + 1 :])
                heads = (*rule.then[:number], Head(head.kind, values), *rule.then[number + 1 :])
                yield f"then: {name}", replace(rule, then=heads)


def _tests(program: Program, rule: Rule) -> Iterator[tuple[str, Rule]]:
    for clause in CLAUSES:
        patterns: tuple[Pattern, ...] = getattr(rule, clause)
        for number, pattern in enumerate(patterns):
            for place, test in enumerate(pattern.tests):
                if clause == "when" and _binds(rule, number, test):
                    continue
                less = Pattern(pattern.kind, _without(pattern.tests, place))
                other = replace(rule, **{clause: (*patterns[:number], less, *patterns[number + 1 :])})
                kind = _type(program.kinds[pattern.kind][test.prop])
                for name in (_test(test, kind), *_ways(rule, number if clause == "when" else -1, test)):
                    yield f"{clause}: {name}", other


def _ways(rule: Rule, number: int, test: Test) -> Iterator[str]:
    """What else is worth a name about a test of `when`: it is compared before, or where, its variable gets a value."""
    if number < 0:
        return
    if any(rule.places[name][0] > number for name in test.value.variables):
        yield "before it is bound"
    if "now" in test.value.variables:
        yield "now"
    others = rule.when[number].tests
    if test.how != "is" and any(_binds(rule, number, one) and one.prop == test.prop for one in others):
        yield "bound and compared"


def _binds(rule: Rule, number: int, test: Test) -> bool:
    """Whether this is the test from which its variable has its value."""
    alone = test.how == "is" and isinstance(test.value, Variable)
    return alone and all(rule.places[name] == (number, test.place) for name in test.value.variables)


def _test(test: Test, kind: str) -> str:
    if isinstance(test.value, OneOf):
        return f"list {kind}"
    what = {Constant: "literal", Variable: "variable", Sum: "sum"}[type(test.value)]
    return f"{what} {kind}" if test.how == "is" else f"{test.how} {kind} {what}"


def _results(value: Result, kind: Type) -> Iterator[tuple[str, Result]]:
    """The name of what a conclusion holds, and something else in its place."""
    if isinstance(value, Tally):
        other = OTHER.get(value.how)
        yield value.how, Tally(other, value.variable) if other else Constant(1)
    elif isinstance(value, Sum):
        yield f"sum {_type(kind)}", Sum(value.base + 1, value.terms)
    elif isinstance(value, Joined):
        yield "joined", Joined((f"{value.parts[0]}-", *value.parts[1:]))
    else:
        yield ("literal" if isinstance(value, Constant) else "variable"), Constant(_any(kind))


def _any(kind: Type) -> str | int:
    """A value that no random fact has, or seldom."""
    written = {"number": "77", "instant": "2033-03-03", "duration": "77 days", "flag": "yes"}
    return kind[-1] if isinstance(kind, tuple) else literal(written.get(kind, "elsewhere"), kind)


def _type(kind: Type) -> str:
    if isinstance(kind, tuple):
        return "words"
    return kind if kind in BUILT_IN else "name"


def _without(values: tuple[Any, ...], number: int) -> tuple[Any, ...]:
    return tuple(value for place, value in enumerate(values) if place != number)
