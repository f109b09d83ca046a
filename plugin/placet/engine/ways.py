"""The ways in which two conclusions can come about, unfolded backwards to facts that are given."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from typing import NamedTuple

from placet.engine.constraints import Apart, Env, Store
from placet.engine.language import Constant, Head, Pattern, Program, Rule, Tally
from placet.engine.unfolding import Applied, Atom, applied, concluded, forced, surely_meets
from placet.engine.values import written

DEEPEST = 8  # rules on top of each other
LARGEST = 12  # given facts


class Goal(NamedTuple):
    """A fact that has still to come from somewhere."""

    atom: Atom
    depth: int


class Against(NamedTuple):
    """A pattern of an `unless` that must not be met."""

    rule: Rule
    pattern: Pattern
    env: Env


class Count(NamedTuple):
    """A number that a rule counts: so many different values of one variable, alike in the rest."""

    node: int
    made: Applied
    head: Head


class Side(NamedTuple):
    """One of the two conclusions: which head of which rule, and the place of the value that must differ."""

    rule: Rule
    head: Head
    place: int


@dataclass
class Way:
    """One way, as far as it is unfolded."""

    store: Store
    goals: tuple[Goal, ...] = ()
    given: tuple[Atom, ...] = ()
    sure: tuple[Atom, ...] = ()  # what holds if both conclusions do
    against: tuple[Against, ...] = ()
    counts: tuple[Count, ...] = ()
    values: tuple[int, ...] = ()  # the two that must differ
    groups: tuple[tuple[int, int], ...] | None = None  # alike in all of these, one tally has one value
    extra: bool = False  # more than what has to be: proves nothing where it ends
    mended: int = 0

    @property
    def size(self) -> int:
        """How many given facts it takes at least."""
        return len(self.given) + len(self.goals)


class Backwards:
    """A program read from its conclusions to its facts."""

    def __init__(self, program: Program, told: Collection[str], once: Collection[str]) -> None:
        self.program, self.kinds = program, program.kinds
        self.told, self.once = frozenset(told), frozenset(once)
        self.writers: dict[str, list[tuple[Rule, Head]]] = defaultdict(list)
        for rule in program.rules:
            for head in rule.then:
                self.writers[head.kind].append((rule, head))

    def start(self, one: Side, other: Side) -> Way:
        """Both conclusions hold, with different values."""
        way = Way(Store())
        atoms = []
        for side in (one, other):
            atom, way = self._apply(way, side.rule, side.head, 0)
            atoms.append(atom)
            way = replace(way, sure=(*way.sure, atom), values=(*way.values, atom.nodes[side.place]))
        way.store.apart.append(Apart(*way.values))
        if one == other and isinstance(one.head.values[one.place][1], Tally):
            pairs = zip(*(atom.nodes for atom in atoms), strict=True)
            groups = tuple(pair for place, pair in enumerate(pairs) if place != one.place)
            way = replace(way, groups=groups)
        return way

    def ended(self, way: Way) -> str:
        """Why a way leads nowhere; empty where it may lead on."""
        if way.groups is not None and all(way.store.same(*pair) for pair in way.groups):
            return "it is taken over all that is alike, and so has one value"
        if not way.store.possible():
            same = way.store.same(*way.values)
            return "the two values are one and the same" if same else "what they ask for excludes each other"
        for rule, pattern, env in way.against:
            if any(surely_meets(atom, pattern, env, way.store) for atom in way.sure):
                return f"`{rule.name}` has `unless {self._spelled(pattern)}`, which holds then"
            writers = dict.fromkeys(rule for rule, _ in self.writers[pattern.kind])
            if by := forced(pattern, env, way.sure, writers, way.store):
                return f"`{rule.name}` has `unless {self._spelled(pattern)}`, which `{by.name}` concludes then"
        return ""

    def unfolded(self, way: Way) -> Iterator[Way]:
        """The ways in which one of its goals can come about; its kind is the one that leaves the fewest."""
        goal = min(way.goals, key=lambda one: len(self.writers[one.atom.kind]))
        rest = replace(way, goals=tuple(one for one in way.goals if one is not goal))
        if goal.atom.kind in self.told:
            yield self._given(rest, goal.atom)
        for rule, head in self.writers[goal.atom.kind]:
            atom, made = self._apply(rest, rule, head, goal.depth + 1)
            for here, there in zip(atom.nodes, goal.atom.nodes, strict=True):
                made.store.join(here, there)
            yield made

    def also(self, way: Way, atom: Atom) -> Way:
        """The way, with one more fact that has to hold."""
        return self._need(replace(way, extra=True), atom, 0)

    def again(self, way: Way, count: Count, number: int) -> Way:
        """The way, with as many matches of a counted rule as make the number."""
        made = replace(way, store=way.store.copy(), extra=True)
        tally = count.head.tally()
        assert tally is not None
        made.store.allow(count.node, frozenset((number,)))
        seen = [count.made.env[tally.variable]]
        shared = {v for _, value in count.head.values if not isinstance(value, Tally) for v in value.variables}
        for _ in range(number - 1):
            one = applied(count.made.rule, self.kinds, made.store)
            for name in shared:
                made.store.join(one.env[name], count.made.env[name])
            made.store.apart.extend(Apart(one.env[tally.variable], other) for other in seen)
            seen.append(one.env[tally.variable])
            made = self._rest_on(made, one, 1)
        return made

    def _apply(self, way: Way, rule: Rule, head: Head, depth: int) -> tuple[Atom, Way]:
        way = replace(way, store=way.store.copy())
        made = applied(rule, self.kinds, way.store)
        atom = concluded(made, head, self.kinds, way.store)
        tally = head.tally()
        if tally and tally.how == "count":
            place = next(place for place, (_, value) in enumerate(head.values) if value is tally)
            way = replace(way, counts=(*way.counts, Count(atom.nodes[place], made, head)))
        return atom, self._rest_on(way, made, depth)

    def _rest_on(self, way: Way, made: Applied, depth: int) -> Way:
        against = tuple(Against(made.rule, pattern, made.env) for pattern in made.rule.unless)
        way = replace(way, against=(*way.against, *against))
        for atom in made.premises:
            way = self._need(way, atom, depth)
        return way

    def _need(self, way: Way, atom: Atom, depth: int) -> Way:
        if any(_alike(atom, other, way.store) for other in way.sure):
            return way
        way = replace(way, sure=(*way.sure, atom))
        if atom.kind in self.told and not self.writers[atom.kind]:
            return self._given(way, atom)
        return replace(way, goals=(*way.goals, Goal(atom, depth)))

    def _given(self, way: Way, atom: Atom) -> Way:
        """The fact is given; where one of its kind is all there is, it is that one."""
        way = replace(way, store=way.store.copy())
        before = [other for other in way.given if other.kind == atom.kind]
        if before and atom.kind in self.once:
            for here, there in zip(before[0].nodes, atom.nodes, strict=True):
                way.store.join(here, there)
            return way
        return replace(way, given=(*way.given, atom))

    def _spelled(self, pattern: Pattern) -> str:
        """A pattern as a pack has it, as far as it names values."""
        types = self.kinds[pattern.kind]
        asked = [
            f"{test.prop}: {written(test.value.value, types[test.prop])}"
            for test in pattern.tests
            if test.how == "is" and isinstance(test.value, Constant)
        ]
        return f"{pattern.kind}: {{{', '.join(asked)}}}" if asked else pattern.kind


def _alike(one: Atom, other: Atom, store: Store) -> bool:
    return one.kind == other.kind and all(map(store.same, one.nodes, other.nodes))


def lost(way: Way) -> bool:
    """Whether a way rests on more facts, or a goal on more rules, than are looked through."""
    return way.size > LARGEST or any(goal.depth > DEEPEST for goal in way.goals)
