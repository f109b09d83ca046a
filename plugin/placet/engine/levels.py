"""Which rules have to wait for which: the levels of a program, and the circles that leave it without a meaning.

A rule waits for all of another where it reads its conclusions through `unless` or counts over them. Levels are the
stratification of Datalog with negation (Apt, Blair and Walker 1988): within one level the order of rules plays no part.
Rules are looked up by the kinds that they conclude, and rules that read each other are found once (Tarjan 1972), so
that a program of many rules is put into levels in about the time that it takes to read it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from placet.engine.findings import Finding
from placet.engine.language import Constant, Head, Joined, OneOf, Pattern, Rule, Sum

Edges = Mapping[Rule, Mapping[Rule, bool]]  # reader -> what it reads of -> whether it has to wait for all of it


def may_meet(head: Head, pattern: Pattern) -> bool:
    """Whether a conclusion can be what a pattern asks for: `status: denied` never meets `status: approved`."""
    if head.kind != pattern.kind:
        return False
    for test in pattern.tests:
        value = head.values[test.place - 1][1]
        if isinstance(value, Constant) and isinstance(test.value, Constant | OneOf):
            other = test.value.value if isinstance(test.value, Constant) else test.value.values
            if not test.holds(value.value, other):
                return False
    return True


class Order:
    """What reads what in some rules."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        self.rules = rules
        self.edges = _edges(rules)
        self.rings = _Rings(rules, self.edges).found  # each is a number of rules that all read each other, lowest first
        self._ring_of = {rule: number for number, ring in enumerate(self.rings) for rule in ring}

    def circles(self) -> list[Finding]:
        """What gives a program no meaning, each circle told by the names of its rules."""
        return list(dict.fromkeys(finding for rule in self.rules for finding in self._circles_of(rule)))

    def endless(self) -> list[Finding]:
        """The rules, and the steps people may take, that could compute new values from their own for ever."""
        text = "computes a value from its own conclusions, which might never end"
        circular = (rule for rule in self.rules if _computes(rule) and self._feeds_itself(rule))
        return [rule.finding("endless", "error", text) for rule in circular]

    def levelled(self) -> tuple[Rule, ...]:
        """The rules with their levels; there must be no circle."""
        level: dict[Rule, int] = {}
        for ring in self.rings:
            outside = [(other, waits) for rule in ring for other, waits in self.edges[rule].items() if other in level]
            lowest = max((level[other] + waits for other, waits in outside), default=0)
            level |= dict.fromkeys(ring, lowest)
        return tuple(replace(rule, level=level[rule]) for rule in self.rules)

    def _feeds_itself(self, rule: Rule) -> bool:
        return rule in self.edges[rule] or len(self.rings[self._ring_of[rule]]) > 1

    def _circles_of(self, rule: Rule) -> Iterator[Finding]:
        """The circles that go through an edge on which `rule` has to wait."""
        for writer, waits in self.edges[rule].items():
            if waits and self._ring_of[writer] == self._ring_of[rule]:
                back = [writer] if writer is rule else _path(writer, rule, self.edges)
                told = ", ".join(self._told(a, b) for a, b in zip([rule, *back], back, strict=False))
                yield rule.finding("circle", "error", f"a circle through `unless` or a tally has no meaning: {told}")
                return

    def _told(self, reader: Rule, writer: Rule) -> str:
        does = "has to wait for all of" if self.edges[reader][writer] else "reads"
        return f"`{reader.name}` {does} `{writer.name}`"


def _edges(rules: Sequence[Rule]) -> Edges:
    writers: dict[str, list[tuple[Rule, Head]]] = defaultdict(list)
    for rule in rules:
        for head in rule.then:
            writers[head.kind].append((rule, head))
    edges: dict[Rule, dict[Rule, bool]] = {rule: {} for rule in rules}
    for reader, found in edges.items():
        for patterns, waits in ((reader.unless, True), (reader.when, reader.tallied)):
            for pattern in patterns:
                for writer, head in writers[pattern.kind]:
                    if not found.get(writer) and may_meet(head, pattern):
                        found[writer] = waits
    return edges


class _Rings:
    """The rules that read each other, together, after all that they read; without recursion, since chains are long."""

    def __init__(self, rules: Sequence[Rule], edges: Edges) -> None:
        self.edges = edges
        self.found: list[list[Rule]] = []
        self.index: dict[Rule, int] = {}
        self.low: dict[Rule, int] = {}
        self.open: dict[Rule, bool] = {}
        self.way: list[tuple[Rule, Iterator[Rule]]] = []  # from the root to where we are, each with what is left to see
        for root in rules:
            if root not in self.index:
                self._enter(root)
            while self.way:
                self._go_on()

    def _enter(self, rule: Rule) -> None:
        self.index[rule] = self.low[rule] = len(self.index)
        self.open[rule] = True
        self.way.append((rule, iter(self.edges[rule])))

    def _go_on(self) -> None:
        rule, left = self.way[-1]
        for other in left:
            if other not in self.index:
                self._enter(other)
                return
            if other in self.open:
                self.low[rule] = min(self.low[rule], self.index[other])
        self._leave(rule)

    def _leave(self, rule: Rule) -> None:
        self.way.pop()
        if self.way:
            before = self.way[-1][0]
            self.low[before] = min(self.low[before], self.low[rule])
        if self.low[rule] == self.index[rule]:
            ring: list[Rule] = []
            while not ring or ring[-1] is not rule:
                ring.append(self.open.popitem()[0])
            self.found.append(ring)


def _path(start: Rule, end: Rule, edges: Edges) -> list[Rule]:
    """The shortest way from one rule to another along what reads what; there has to be one."""
    before: dict[Rule, Rule] = {}
    reached = [start]
    for rule in reached:  # grows while it is walked
        for following in edges[rule]:
            if following not in before:
                before[following] = rule
                reached.append(following)
        if end in before:
            break
    way = [end]
    while way[-1] is not start:
        way.append(before[way[-1]])
    return way[::-1]


def _computes(rule: Rule) -> bool:
    return any(isinstance(value, Sum | Joined) for head in rule.then for _, value in head.values)
