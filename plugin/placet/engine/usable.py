"""Which facts can play a part at all: those that fit a pattern of a rule beside the facts that its others ask for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from placet.engine.language import Fact, Pattern, Program, Rule, Variable

ByKind = Mapping[str, list[Fact]]
Values = dict[str, set[object]]


def usable(program: Program, facts: Iterable[Fact]) -> list[Fact]:
    """The facts without those that no rule can use: leaving them out changes no conclusion, whatever steps are taken.

    An attribute that no steward source asks for is such a fact.
    """
    every = list(facts)
    given: defaultdict[str, list[Fact]] = defaultdict(list)
    for fact in every:
        given[fact[0]].append(fact)
    rules = (*program.rules, *program.could)
    final = program.kinds.keys() - {head.kind for rule in rules for head in rule.then}
    used = {fact for rule in rules for fact in _used(rule, given, final)}
    return [fact for fact in every if fact in used]


def _used(rule: Rule, given: ByKind, final: Iterable[str]) -> Iterator[Fact]:
    """The facts that fit a pattern of a rule; only of kinds that are `final` it is known what may come."""
    certain = [pattern for pattern in rule.when if pattern.kind in final]
    values: Values = {}
    size = -1
    while size != (size := sum(map(len, values.values())) if values else -2):
        values = _narrowed(certain, given, values)
    for pattern in rule.when + rule.unless:
        yield from _fitting(pattern, given, values)


def _narrowed(patterns: Iterable[Pattern], given: ByKind, values: Values) -> Values:
    """What each variable may stand for, as far as these patterns say."""
    found: Values = {}
    for pattern in patterns:
        fitting = _fitting(pattern, given, values)
        for name, place in _bound(pattern):
            here = {fact[place] for fact in fitting}
            found[name] = found[name] & here if name in found else here
    return found


def _fitting(pattern: Pattern, given: ByKind, values: Values) -> list[Fact]:
    tests = [test for test in pattern.tests if not test.value.variables]
    among = [(values[name], place) for name, place in _bound(pattern) if name in values]
    return [
        fact
        for fact in given.get(pattern.kind, ())
        if all(fact[place] in known for known, place in among)
        and all(test.holds(fact[test.place], test.value.of({})) for test in tests)
    ]


def _bound(pattern: Pattern) -> Iterator[tuple[str, int]]:
    """The variables that have to be the same as a property, each with its place."""
    for test in pattern.tests:
        if test.how == "is" and isinstance(test.value, Variable):
            yield test.value.name, test.place
