"""Which rules have to wait for which: the levels of a program, and the circles that leave it without a meaning.

A rule waits for all of another where it reads its conclusions through `unless` or counts over them. Levels are the
stratification of Datalog with negation (Apt, Blair and Walker 1988): within one level the order of rules plays no part.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from placet.engine.language import Constant, Head, Joined, OneOf, Pattern, Rule, Sum

Edges = Mapping[Rule, Mapping[Rule, bool]]  # reader -> what it reads of -> whether it has to wait for all of it


def may_meet(head: Head, pattern: Pattern) -> bool:
    """Whether a conclusion can be what a pattern asks for: `status: denied` never meets `status: approved`."""
    if head.kind != pattern.kind:
        return False
    values = dict(head.values)
    for test in pattern.tests:
        value = values[test.prop]
        if isinstance(value, Constant) and isinstance(test.value, Constant | OneOf):
            other = test.value.value if isinstance(test.value, Constant) else test.value.values
            if not test.holds(value.value, other):
                return False
    return True


def circles(rules: Sequence[Rule]) -> list[str]:
    """What gives a program no meaning, each circle told by the names of its rules."""
    edges = _edges(rules)
    return list(dict.fromkeys(text for rule in rules for text in _circles_of(rule, edges)))


def endless(rules: Sequence[Rule]) -> list[str]:
    """The rules, and the steps people may take, that could compute new values from their own conclusions for ever."""
    edges = _edges(rules)
    circular = (rule for rule in rules if _computes(rule) and _path(rule, rule, edges))
    return [f"{_at(rule)} computes a value from its own conclusions, which might never end" for rule in circular]


def levelled(rules: Sequence[Rule]) -> tuple[Rule, ...]:
    """The rules with their levels; the program must hold no circle."""
    edges = _edges(rules)
    level = dict.fromkeys(rules, 0)
    rising = True
    while rising:
        rising = False
        for rule in rules:
            lowest = max((level[other] + waits for other, waits in edges[rule].items()), default=0)
            if lowest > level[rule]:
                level[rule], rising = lowest, True
    return tuple(replace(rule, level=level[rule]) for rule in rules)


def _edges(rules: Sequence[Rule]) -> Edges:
    edges: dict[Rule, dict[Rule, bool]] = {}
    for reader in rules:
        edges[reader] = {}
        for writer in rules:
            waits = _waits(reader, writer)
            if waits is not None:
                edges[reader][writer] = waits
    return edges


def _waits(reader: Rule, writer: Rule) -> bool | None:
    """None: `reader` reads nothing of `writer`; else whether it must not look before `writer` has come to its end."""
    if any(may_meet(head, pattern) for pattern in reader.unless for head in writer.then):
        return True
    if any(may_meet(head, pattern) for pattern in reader.when for head in writer.then):
        return reader.tallied
    return None


def _path(start: Rule, end: Rule, edges: Edges) -> list[Rule] | None:
    """The shortest way from one rule to another along what reads what."""
    ways, seen = [[start]], {start}
    for way in ways:  # grows while it is walked
        for following in edges[way[-1]]:
            if following is end:
                return [*way, end]
            if following not in seen:
                seen.add(following)
                ways.append([*way, following])
    return None


def _circles_of(rule: Rule, edges: Edges) -> list[str]:
    """The circles that go through an edge on which `rule` has to wait."""
    problems = []
    for writer, waits in edges[rule].items():
        back = [writer] if writer is rule else _path(writer, rule, edges)
        if waits and back:
            told = ", ".join(_told(a, b, edges) for a, b in zip([rule, *back], back, strict=False))
            problems.append(f"{_at(rule)} a circle through `unless` or a tally has no meaning: {told}")
    return problems


def _told(reader: Rule, writer: Rule, edges: Edges) -> str:
    does = "has to wait for all of" if edges[reader][writer] else "reads"
    return f"`{reader.name}` {does} `{writer.name}`"


def _at(rule: Rule) -> str:
    return f"{rule.where}: rule `{rule.name}`:"


def _computes(rule: Rule) -> bool:
    return any(isinstance(value, Sum | Joined) for head in rule.then for _, value in head.values)
