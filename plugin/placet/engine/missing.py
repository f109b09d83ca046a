"""What is missing for a conclusion, and who could give it.

A pack says under `could` what people may still do; the first conclusion of such a rule names the step. What is missing
is found by asking the evaluator and not by reading the rules, so it holds for every pack: of each clause one step has
to be taken, since without all of them the goal stays out of reach even if everything else happens.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice

from placet.engine import reference
from placet.engine.language import Fact, Program, Rule, Step
from placet.engine.loops import Loops
from placet.engine.reasons import NO_NAMES, Names, reason
from placet.engine.values import Outward

MOST_TRIES = 200  # of choices of one step from each clause, before the clauses are taken to be all

Goal = Callable[[Fact], bool]
Clause = frozenset[Fact]  # steps, of which one has to be taken


@dataclass(frozen=True)
class Chance:
    """A step that someone may still take: a fact that would come, and why it may."""

    kind: str
    values: Mapping[str, Outward]
    because: tuple[str, ...]


Missing = list[list[Chance]] | None


@dataclass
class Possible:
    """What comes of a step that someone may take, and why they may."""

    brings: dict[Fact, bool]
    because: dict[str, bool]


class Outlook:
    """Facts, and what may still happen to them."""

    def __init__(self, program: Program, facts: Iterable[Fact], goal: Goal, names: Names = NO_NAMES) -> None:
        self.program, self.goal, self.names = program, goal, names
        self.facts = dict.fromkeys(facts)
        self.evaluate = Loops(program).evaluate

    def missing(self) -> list[dict[Fact, list[str]]] | None:
        """The clauses, each with its steps and why they may be taken; None where the goal is out of reach."""
        chances = self._take_all()
        if not self._reached(chances):
            return None
        clauses: list[Clause] = []
        while (chosen := self._not_enough(clauses)) is not None:
            rest = [step for step in chances if step not in chosen]
            clauses.append(frozenset(chances) - self._most_in_vain(chosen, rest))
        return [{step: list(chances[step].because) for step in chances if step in clause} for clause in clauses]

    def could_come(self) -> list[Fact]:
        """Every fact that would come of the steps that may be taken at some time if all are."""
        return list(dict.fromkeys(fact for step in self._take_all().values() for fact in step.brings))

    def _reached(self, allowed: Collection[Fact]) -> bool:
        """Whether the goal is reached by these steps, each taken as soon as it may be."""
        return any(any(map(self.goal, concluded)) for concluded, _ in self._rounds(allowed))

    def _take_all(self) -> dict[Fact, Possible]:
        """Every step that may be taken at some time if all are."""
        *_, (_, chances) = self._rounds(None)
        return chances

    def _rounds(self, allowed: Collection[Fact] | None) -> Iterator[tuple[Iterable[Fact], dict[Fact, Possible]]]:
        """What is concluded, and the steps that were open so far, while the allowed ones are taken as they open."""
        facts, seen = dict(self.facts), dict[Fact, Possible]()
        while True:
            concluded = self.evaluate(facts)
            new = {step: one for step, one in self._chances([*facts, *concluded]).items() if step not in seen}
            seen |= new
            yield concluded, seen
            taken = [one for step, one in new.items() if allowed is None or step in allowed]
            if not taken:
                return
            for one in taken:
                facts |= one.brings

    def _chances(self, every: Iterable[Fact]) -> dict[Fact, Possible]:
        held: reference.Held = {kind: {} for kind in self.program.kinds}
        for fact in every:
            held[fact[0]][fact] = True
        found: dict[Fact, Possible] = {}
        for rule in self.program.could:
            for brings, why in self._ways(rule, held):
                chance = found.setdefault(brings[0], Possible({}, {}))
                chance.brings |= dict.fromkeys(brings, True)
                chance.because[why] = True
        return found

    def _ways(self, rule: Rule, held: reference.Held) -> Iterator[tuple[tuple[Fact, ...], str]]:
        for env, premises in reference.matches(rule.when, held):
            if not any(reference.is_met(pattern, held, env) for pattern in rule.unless):
                step = Step(rule, 0, premises)
                brings = tuple(Step(rule, number, premises).conclusion() for number in range(len(rule.then)))
                yield brings, reason(self.program.kinds, brings[0], step, self.names)

    def _not_enough(self, clauses: list[Clause]) -> Clause | None:
        """One step from each clause that together do not reach the goal; None where every such choice does."""
        choices = islice(_choices(clauses), MOST_TRIES)
        return next((chosen for chosen in choices if not self._reached(chosen)), None)

    def _most_in_vain(self, chosen: Clause, rest: list[Fact]) -> Clause:
        """As many steps as leave the goal out of reach, whole halves at once where that goes."""
        if not rest or not self._reached(chosen | set(rest)):
            return chosen.union(rest)
        if len(rest) == 1:
            return chosen
        middle = len(rest) // 2
        return self._most_in_vain(self._most_in_vain(chosen, rest[:middle]), rest[middle:])


def _choices(clauses: list[Clause], chosen: Clause = frozenset()) -> Iterator[Clause]:
    """Choices of one step from each clause, those steps first that stand in most of them."""
    left = [clause for clause in clauses if not clause & chosen]
    if not left:
        yield chosen
        return
    smallest = min(left, key=lambda clause: len(clause))
    for step in sorted(smallest, key=lambda one: (-sum(one in clause for clause in left), str(one))):
        yield from _choices(left, chosen | {step})
