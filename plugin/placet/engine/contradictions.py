"""Whether two rules can conclude contradictory values of a kind that takes one: proved impossible, shown, or left open.

Both rules are taken to apply, and what they rest on is unfolded backwards to given facts, in every way. A way ends
where what is asked of the values excludes itself, or where something under an `unless` surely holds; where all ways end
so, it is impossible. Where a way reaches given facts, values are chosen for what is not known, the facts are evaluated,
and if both conclusions hold they are a counterexample. All is counted in steps, and left open when they run out.
"""

from __future__ import annotations

import heapq
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import combinations, combinations_with_replacement, product
from typing import Literal

from placet.domain.errors import FactError
from placet.engine import reference
from placet.engine.case_writing import case_text
from placet.engine.constraints import Store
from placet.engine.language import Constant, Fact, OneOf, Program, Rule, Steps, Test
from placet.engine.reasons import told
from placet.engine.solving import Values, solutions
from placet.engine.unfolding import Atom, ask, new_atom
from placet.engine.values import Scalar
from placet.engine.ways import Against, Backwards, Side, Way, lost

Answer = Literal["impossible", "counterexample", "undecided"]

STEPS = 6000  # ways and evaluations for one program
STEPS_FOR_TWO = 200  # for two rules at most
FEWEST_STEPS = 4
MOST_TRIES = 5_000  # of facts against patterns in one evaluation
MOST_CONCLUSIONS = 100  # pairs of them, of two rules
MOST_SHOWN = 10  # counterexamples for one kind
MOST_COUNTED = 6
MOST_MENDED = 2
MOST_ALIKE = 10


@dataclass(frozen=True)
class Contradiction:
    """What is known about two rules (or one, twice) that conclude a kind which takes one value.

    For `impossible` `why` says so, for `counterexample` `facts` make both conclude and `case` is a case to paste, and
    `undecided` was looked into up to so many given facts.
    """

    kind: str
    prop: str
    rules: tuple[Rule, Rule]
    answer: Answer
    why: str = ""
    facts: tuple[Fact, ...] = ()
    conclusions: tuple[Fact, ...] = ()
    case: str = ""
    up_to: int = 0

    def __str__(self) -> str:
        one, other = self.rules
        who = f"`{one.name}` and `{other.name}`" if one is not other else f"`{one.name}`, applied twice,"
        what = f"conclude two values of `{self.prop}` in `{self.kind}`"
        if self.answer == "impossible":
            return f"{who} can't {what}: {self.why}"
        if self.answer == "counterexample":
            return f"{who} can {what}, and then nothing is decided: {self.why}"
        return f"{who} may be able to {what}: that is not decided up to {self.up_to} facts{self.why}"


def contradictions(
    program: Program, single: Mapping[str, str], once: Collection[str] = (), told: Collection[str] | None = None
) -> list[Contradiction]:
    """An answer for every two rules that conclude a kind which takes one value in one property.

    `single` maps such kinds to that property, of kinds in `once` no two facts are given together, and `told` are the
    kinds that are given at all.
    """
    given = program.given if told is None else program.given & frozenset(told)
    found, left = [], STEPS
    for kind, prop in single.items():
        if prop in program.kinds.get(kind, ()):
            part = replace(program, rules=program.needed_for([kind]))
            search = _Search(part, Backwards(part, given, once), kind, prop, left)
            found += search.answers(_Concluders(program, kind, prop))
            left = search.left
    return found


Pairs = list[tuple[Side, Side]]


class _Concluders:
    """The rules that conclude one kind, with what each of them concludes."""

    def __init__(self, program: Program, kind: str, prop: str) -> None:
        self.place = list(program.kinds[kind]).index(prop)
        self.sides: dict[Rule, list[Side]] = {}
        for rule in program.rules:
            for head in rule.then:
                if head.kind == kind:
                    self.sides.setdefault(rule, []).append(Side(rule, head, self.place))
        self.constants = {rule: self._constants_of(sides) for rule, sides in self.sides.items()}

    def pairs(self) -> Iterator[tuple[Rule, Rule]]:
        """Every two rules that do not always conclude the same constant."""
        for one, other in combinations_with_replacement(self.sides, 2):
            first, second = self.constants[one], self.constants[other]
            if first is None or second is None or len(first | second) > 1:
                yield one, other

    def many(self, one: Rule, other: Rule) -> bool:
        """Whether two rules conclude too much to look at each two conclusions."""
        return len(self.sides[one]) * len(self.sides[other]) > MOST_CONCLUSIONS

    def conclusions(self, one: Rule, other: Rule) -> Pairs:
        """Each two conclusions of two rules that are not the same constant."""
        both = combinations_with_replacement(self.sides[one], 2) if one is other else None
        every = both or product(self.sides[one], self.sides[other])
        return [(first, second) for first, second in every if not self._one(first, second)]

    def _constants_of(self, sides: list[Side]) -> frozenset[Scalar] | None:
        values = [side.head.values[self.place][1] for side in sides]
        constants = [value.value for value in values if isinstance(value, Constant)]
        return frozenset(constants) if len(constants) == len(values) else None

    def _one(self, first: Side, second: Side) -> bool:
        one, other = (side.head.values[self.place][1] for side in (first, second))
        return isinstance(one, Constant) and one == other


class _Search:
    """The search for contradictory conclusions of one kind."""

    def __init__(self, program: Program, backwards: Backwards, kind: str, prop: str, left: int) -> None:
        self.program, self.backwards, self.kind, self.prop = program, backwards, kind, prop
        self.left = left
        self.cost = 1 + len(program.rules) // 50  # of one evaluation, in steps
        self.place = 1 + list(program.kinds[kind]).index(prop)
        self.constants = _constants(program)
        self.budget = 0

    def answers(self, concluders: _Concluders) -> list[Contradiction]:
        """An answer for each two rules, until there are counterexamples enough, or no steps are left."""
        found: list[Contradiction] = []
        shown = 0
        more = len(concluders.sides) * (len(concluders.sides) + 1) // 2
        pairs = concluders.pairs()
        for rules in pairs:
            made = Contradiction(self.kind, self.prop, rules, "undecided")
            if shown == MOST_SHOWN or self.left <= 0:
                return [*found, replace(made, why=f", nor of {sum(1 for _ in pairs)} more pairs")]
            if concluders.many(*rules):
                self.left -= FEWEST_STEPS
                found.append(made)
            else:
                found.append(self.answer(made, concluders.conclusions(*rules), more))
            shown += found[-1].answer == "counterexample"
            more -= 1
        return found

    def answer(self, made: Contradiction, pairs: Pairs, more: int) -> Contradiction:
        """Whether two rules can conclude different values at once, in a fair part of the steps that are left."""
        fair = max(self.left // more, (FEWEST_STEPS + len(pairs)) * self.cost)
        self.budget = granted = min(STEPS_FOR_TWO, fair)
        answered = self._answered(made, [self.backwards.start(one, other) for one, other in pairs])
        self.left -= granted - self.budget
        return answered

    def _answered(self, made: Contradiction, ways: list[Way]) -> Contradiction:
        queue = [(way.size, number, way) for number, way in enumerate(ways)]
        open_, reasons, size = False, dict[str, bool](), 0
        serial = len(queue)
        while queue and self.budget > 0:
            size, _, way = heapq.heappop(queue)
            self.budget -= 1 + len(way.store.parents) // 60  # what is asked of many values takes longer
            if why := self.backwards.ended(way):
                reasons |= {} if way.extra else {why: True}
                continue
            if lost(way):
                open_ = True
                continue
            if way.goals:
                following = list(self.backwards.unfolded(way))
                if not following:
                    reasons |= {} if way.extra else {f"nothing concludes `{way.goals[0].atom.kind}`": True}
            else:
                open_ = True
                if facts := self._counterexample(way):
                    return self._shown(made, facts)
                following = self.more
            for one in following:
                serial += 1
                heapq.heappush(queue, (one.size, serial, one))
        if queue or open_:
            return replace(made, up_to=max(size - bool(queue), 0))
        return replace(made, answer="impossible", why="; ".join(reasons))

    # --- facts for a way that rests on given facts only ---

    def _counterexample(self, way: Way) -> tuple[Fact, ...]:
        """Facts from which two values follow; what else to look into is noted."""
        self.more: list[Way] = []
        for number, store in enumerate(self._variants(way)):
            for values in solutions(store, self.constants_taken):
                self.budget -= self.cost
                if self.budget < 0:
                    return ()
                facts = tuple(dict.fromkeys(_fact(atom, store, values) for atom in way.given))
                steps = self._evaluated(facts)
                if self._two(steps):
                    return self._minimised(facts)
                if number == 0:
                    self.more += [*self._counted(way, store, values), *self._mended(way, store, values, facts, steps)]
        return ()

    @property
    def constants_taken(self) -> frozenset[Scalar]:
        return frozenset(value for values in self.constants.values() for value in values)

    def _variants(self, way: Way) -> Iterator[Store]:
        """The store of a way, with names as different as may be, and then alike or as the pack writes them out."""
        yield way.store
        names: dict[str, list[int]] = {}
        for atom in way.given:
            for node in dict.fromkeys(map(way.store.root, atom.nodes)):
                kind = way.store.kinds[node]
                if isinstance(kind, str) and kind in self.constants and way.store.value(node) is None:
                    names.setdefault(kind, []).append(node)
        alike = [nodes for nodes in names.values() if len(nodes) > 1]
        alike += [list(two) for nodes in names.values() if len(nodes) > 2 for two in combinations(nodes, 2)]
        for nodes in alike[:MOST_ALIKE]:
            yield from _possible(way.store, [(nodes[0], other) for other in nodes[1:]])
        for kind, nodes in names.items():
            for node in nodes[:3]:
                for value in self.constants[kind][:3]:
                    yield from _possible(way.store, [(node, value)])

    def _counted(self, way: Way, store: Store, values: Values) -> Iterator[Way]:
        for count in way.counts:
            number = values[store.root(count.node)]
            if isinstance(number, int) and 1 < number <= MOST_COUNTED and not way.mended:
                yield replace(self.backwards.again(way, count, number), mended=1)

    def _mended(self, way: Way, store: Store, values: Values, facts: tuple[Fact, ...], steps: Steps) -> Iterator[Way]:
        """The way with more facts, so that what stands under an `unless` and holds does not."""
        if way.mended >= MOST_MENDED:
            return
        held = [*facts, *steps]
        for against in way.against:
            for fact in _in_the_way(against, store, values, held):
                if fact in steps:
                    yield from self._without(way, values, steps, fact)

    def _without(self, way: Way, values: Values, steps: Steps, fact: Fact) -> Iterator[Way]:
        step = steps[fact]
        for pattern in step.rule.unless:
            store = way.store.copy()
            for root, value in values.items():
                store.allow(root, frozenset((value,)))
            known = step.rule.env(step.premises)
            env = {name: store.constant(value, step.rule.types[name]) for name, value in known.items()}
            atom = new_atom(pattern.kind, self.program.kinds, store)
            ask(pattern, atom, env, store)
            yield replace(self.backwards.also(replace(way, store=store), atom), mended=way.mended + 1)

    # --- evaluating ---

    def _evaluated(self, facts: tuple[Fact, ...]) -> Steps:
        try:
            return reference.evaluate(self.program, facts, reference.Tries(MOST_TRIES))
        except FactError:
            return {}

    def _two(self, steps: Steps) -> list[Fact]:
        """Two conclusions with different values, if there are two."""
        found: dict[Scalar, Fact] = {}
        for fact in steps:
            if fact[0] == self.kind:
                found.setdefault(fact[self.place], fact)
        return list(found.values()) if len(found) > 1 else []

    def _minimised(self, facts: tuple[Fact, ...]) -> tuple[Fact, ...]:
        """As few of the facts as do."""
        for fact in facts:
            fewer = tuple(one for one in facts if one != fact)
            if self._two(self._evaluated(fewer)):
                facts = fewer
        return facts

    def _shown(self, made: Contradiction, facts: tuple[Fact, ...]) -> Contradiction:
        kinds, steps = self.program.kinds, self._evaluated(facts)
        both = tuple(fact for fact in steps if fact[0] == self.kind)
        given = ", ".join(f"`{told(kinds, fact)}`" for fact in facts)
        concluded = " and ".join(f"`{told(kinds, fact)}`" for fact in self._two(steps))
        case = case_text(f"two values of {self.kind}", facts, both, kinds)
        why = f"given {given} there is {concluded}"
        return replace(made, answer="counterexample", why=why, facts=facts, conclusions=both, case=case)


def _constants(program: Program) -> dict[str, list[Scalar]]:
    """The names that the rules write out, by their kinds; of every kind of names."""
    found: dict[str, list[Scalar]] = {
        kind: [] for properties in program.kinds.values() for kind in properties.values() if isinstance(kind, str)
    }
    for counted in ("number", "instant", "duration", "flag"):
        found.pop(counted, None)
    for rule in program.rules:
        for pattern in rule.when + rule.unless:
            for test in pattern.tests:
                kind = program.kinds[pattern.kind][test.prop]
                if isinstance(kind, str) and kind in found:
                    found[kind] += [value for value in _written_out(test) if value not in found[kind]]
    return found


def _written_out(test: Test) -> Collection[Scalar]:
    if isinstance(test.value, OneOf):
        return sorted(test.value.values, key=str)
    return [test.value.value] if isinstance(test.value, Constant) else []


def _possible(store: Store, equal: list[tuple[int, Scalar]]) -> Iterator[Store]:
    """The store with a node that is another (a number), or a name, if it can be."""
    made = store.copy()
    for node, other in equal:
        if isinstance(other, str):
            made.allow(node, frozenset((other,)))
        else:
            made.join(node, other)
    if made.possible():
        yield made


def _fact(atom: Atom, store: Store, values: Values) -> Fact:
    return (atom.kind, *[values[store.root(node)] for node in atom.nodes])


def _in_the_way(against: Against, store: Store, values: Values, held: list[Fact]) -> list[Fact]:
    """The facts that meet a pattern of an `unless`."""
    env = {name: values[store.root(node)] for name, node in against.env.items()}
    return [f for f in held if f[0] == against.pattern.kind and reference.bind(against.pattern, f, env) is not None]
