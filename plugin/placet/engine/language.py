"""What a program is made of: typed facts, patterns, rules, and the steps of a proof.

What is worked out from these values is worked out when they are made: `functools.cached_property` takes a lock on
Python 3.11, and a fork in another thread would leave it locked.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from placet.engine.findings import Finding, Severity, Spot
from placet.engine.values import Scalar, Type

Fact = tuple[Any, ...]  # (kind, value, value, ...), the values in the order in which the kind declares its properties
Env = Mapping[str, Any]  # what each variable stands for
Kinds = Mapping[str, Mapping[str, Type]]  # kind of fact -> property -> type

HOLE = re.compile(r"\{(\w+)\}")

COMPARISONS: Mapping[str, Callable[[Any, Any], bool]] = {
    "is": operator.eq,
    "not": operator.ne,
    "below": operator.lt,
    "above": operator.gt,
    "at most": operator.le,
    "at least": operator.ge,
    "in": lambda value, among: value in among,
}
TALLIES: Mapping[str, Callable[[Any], Any]] = {
    "count": len,
    "lowest": min,
    "highest": max,
    "earliest": min,
    "latest": max,
}
NOTHING: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Constant:
    """A word, a name or a number that the pack writes out."""

    value: Scalar
    variables = NOTHING

    def of(self, _: Env) -> Scalar:
        return self.value


@dataclass(frozen=True)
class OneOf:
    """A list of constants, of which one has to be met."""

    values: frozenset[Scalar]
    variables = NOTHING

    def of(self, _: Env) -> frozenset[Scalar]:
        return self.values


@dataclass(frozen=True)
class Variable:
    """`$steward`, standing alone."""

    name: str
    variables: frozenset[str] = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "variables", frozenset((self.name,)))

    def of(self, env: Env) -> Any:
        return env[self.name]


@dataclass(frozen=True)
class Sum:
    """`$end - 7 days`: a number plus and minus variables."""

    base: int
    terms: tuple[tuple[int, str], ...]  # (+1 or -1, variable)
    variables: frozenset[str] = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "variables", frozenset((name for _, name in self.terms)))

    def of(self, env: Env) -> int:
        return self.base + sum(sign * int(env[name]) for sign, name in self.terms)


@dataclass(frozen=True)
class Joined:
    """`owner-of-{dataset}`: a name made from variables; text and variables take turns, text first."""

    parts: tuple[str, ...]
    variables: frozenset[str] = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "variables", frozenset(self.parts[1::2]))

    def of(self, env: Env) -> str:
        return "".join(str(env[part]) if n % 2 else part for n, part in enumerate(self.parts))


@dataclass(frozen=True)
class Tally:
    """`earliest $end`: taken over all matches that agree in the other properties of the conclusion."""

    how: str
    variable: str
    variables: frozenset[str] = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "variables", frozenset((self.variable,)))


Operand = Constant | OneOf | Variable | Sum  # what a test compares with
Result = Constant | Variable | Sum | Joined | Tally  # what a conclusion holds


class Test(NamedTuple):
    """One condition on one property of a fact."""

    prop: str
    place: int  # of the property in the fact
    how: str  # one of COMPARISONS
    value: Operand
    order: tuple[str, ...] = ()  # for words compared by size: the words, lowest first

    def holds(self, value: Scalar, other: Any) -> bool:
        """Whether `value` compares with `other` as the test says."""
        if self.order:
            return COMPARISONS[self.how](self.order.index(str(value)), self.order.index(other))
        return COMPARISONS[self.how](value, other)


class Pattern(NamedTuple):
    """A fact that a rule looks for."""

    kind: str
    tests: tuple[Test, ...]


class Head(NamedTuple):
    """A fact that a rule concludes."""

    kind: str
    values: tuple[tuple[str, Result], ...]  # (property, what it holds), in the order of the kind

    def tally(self) -> Tally | None:
        """The one value that is counted over all matches, if there is one."""
        return next((value for _, value in self.values if isinstance(value, Tally)), None)


class Spots(NamedTuple):
    """Where the parts of a rule stand in its file."""

    rule: Spot
    because: Spot
    when: tuple[Spot, ...]
    unless: tuple[Spot, ...]
    then: tuple[Spot, ...]
    tested: Mapping[tuple[str, int, str], Spot]  # clause, number of the pattern in it, property


@dataclass(frozen=True, eq=False)
class Rule:
    """One rule of a pack, checked."""

    pack: str
    name: str
    file: str
    spots: Spots
    because: str
    when: tuple[Pattern, ...]
    unless: tuple[Pattern, ...]
    then: tuple[Head, ...]
    types: Mapping[str, Type]  # of each variable
    places: Mapping[str, tuple[int, int]]  # variable -> (pattern of `when`, place in it) where it gets its value
    level: int = 0  # all of lower levels is concluded before it is tried
    number: int = 0  # in the whole program
    tallied: bool = field(init=False)  # whether it counts over all its matches, and so has to wait for all of them

    def __post_init__(self) -> None:
        object.__setattr__(self, "tallied", any(head.tally() for head in self.then))

    def __str__(self) -> str:
        return f"{self.pack}/{self.name}"

    def finding(self, code: str, severity: Severity, text: str, at: Spot | None = None) -> Finding:
        """Something to say about this rule, or about a part of it."""
        return Finding(self.file, *(at or self.spots.rule), self.name, code, severity, text)

    def env(self, premises: tuple[Fact, ...]) -> dict[str, Any]:
        """What each variable stands for, given the facts that met `when`."""
        return {name: premises[pattern][place] for name, (pattern, place) in self.places.items()}


class Step(NamedTuple):
    """Why a conclusion holds: the rule and the facts that met its `when`; for a tally what it counted over what."""

    rule: Rule
    head: int  # which conclusion of the rule
    premises: tuple[Fact, ...]
    counted: tuple[Scalar, ...] = ()
    over: tuple[Fact, ...] = ()

    @property
    def rests_on(self) -> tuple[Fact, ...]:
        """The facts that it follows from."""
        return self.over or self.premises

    def conclusion(self) -> Fact:
        """What is concluded, worked out again from what it rests on."""
        head = self.rule.then[self.head]
        env = self.rule.env(self.premises)
        values = (self._tallied(v) if isinstance(v, Tally) else v.of(env) for _, v in head.values)
        return (head.kind, *values)

    def _tallied(self, tally: Tally) -> Any:
        return TALLIES[tally.how](self.counted)

    def env(self) -> dict[str, Any]:
        """What each variable stands for; the one that was counted stands for all its values."""
        env = self.rule.env(self.premises)
        tally = self.rule.then[self.head].tally()
        return {**env, tally.variable: self.counted} if tally else env


Steps = dict[Fact, Step]


@dataclass(frozen=True)
class Program:
    """Packs joined, checked and put into levels."""

    kinds: Kinds
    given: frozenset[str]  # kinds that come from outside
    rules: tuple[Rule, ...]
    could: tuple[Rule, ...]
    packs: tuple[str, ...]
    declared: Mapping[str, tuple[str, Spot]]  # kind -> the file and the place that declare it first
    warnings: tuple[Finding, ...] = field(default=())

    def levels(self) -> list[list[Rule]]:
        """The rules by level, lowest first."""
        highest = max((rule.level for rule in self.rules), default=-1)
        return [[rule for rule in self.rules if rule.level == level] for level in range(highest + 1)]

    def needed_for(self, kinds: Iterable[str], settled: Collection[str] = ()) -> tuple[Rule, ...]:
        """The rules that can play a part in concluding these kinds; none that concludes what is settled."""
        rules = [rule for rule in self.rules if not any(head.kind in settled for head in rule.then)]
        wanted, found = list(kinds), set()
        for kind in wanted:  # grows while it is walked
            for rule in rules:
                if rule not in found and any(head.kind == kind for head in rule.then):
                    found.add(rule)
                    wanted += [p.kind for p in rule.when + rule.unless if p.kind not in wanted]
        return tuple(rule for rule in rules if rule in found)

    def torn_by(self, settled: Collection[str]) -> tuple[Rule, ...]:
        """The rules that conclude something settled and something that is not, and so can't be left out alone."""
        concluded = ((rule, [head.kind in settled for head in rule.then]) for rule in self.rules)
        return tuple(rule for rule, among in concluded if any(among) and not all(among))
