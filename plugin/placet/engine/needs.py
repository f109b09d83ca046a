"""What is still needed for a conclusion, told by who could give it, with people who are alike told together."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from placet.engine.facts import placed, row_of
from placet.engine.language import Fact
from placet.engine.likeness import Likeness
from placet.engine.missing import Chance, Outlook
from placet.engine.packs import Pack
from placet.engine.reasons import NO_NAMES, Names
from placet.engine.usable import usable
from placet.engine.values import Outward

AT_A_TIME = (1, 2, 3, 5, 8, 13, 20)
"""How many of those who are alike are looked at: the fewest with whom the conclusion can be reached at all."""


FEW = 3
"""How many of those who are alike are looked at where only what they could do is asked."""


@dataclass(frozen=True)
class Need:
    """So many of these steps have to be taken, at least; `alike` names who else may take the step of a person."""

    number: int
    chances: tuple[Chance, ...]
    alike: Mapping[str, tuple[str, ...]]


def needs(
    pack: Pack, facts: Iterable[Fact], kind: str, /, alike: str, names: Names = NO_NAMES, **properties: object
) -> tuple[Need, ...] | None:
    """What still has to happen before something of this kind is concluded with these values; None: it is out of reach.

    All needs have to be met, and none are left where it is concluded already. The facts hold all the people who may be
    asked, and are typed; `alike` is the type of their ids. Raises FactError for values that do not fit the kind.
    """
    wanted = placed(kind, pack.declared(kind), properties)
    every = usable(pack.program, facts)
    likeness = Likeness(pack.program, every, alike)

    def goal(fact: Fact) -> bool:
        return fact[0] == kind and all(fact[place] == value for place, value in wanted.items())

    for most in (*AT_A_TIME, len(every)):
        kept, behind = likeness.without(most)
        clauses = Outlook(pack.program, kept, goal, names).missing()
        if clauses is not None:
            return tuple(_gathered(pack, clauses, likeness, behind))
        if not any(behind.values()):
            return None
    return None


def could_come(pack: Pack, facts: Iterable[Fact], kind: str, /, alike: str) -> tuple[Mapping[str, Outward], ...]:
    """The facts of a kind that would come of the steps people may still take, also of those who are alike."""
    likeness = Likeness(pack.program, usable(pack.program, facts), alike)
    kept, behind = likeness.without(FEW)
    brought = [fact for fact in Outlook(pack.program, kept, lambda _: False).could_come() if fact[0] == kind]
    every = {one: True for fact in brought for one in (fact, *_alike(fact, behind))}
    return tuple(row_of(fact, pack.program.kinds) for fact in every)


def _alike(fact: Fact, behind: Mapping[str, tuple[str, ...]]) -> Iterator[Fact]:
    """A fact told of those who stand behind the one it is about."""
    for value in fact[1:]:
        for other in behind.get(value, ()):
            yield tuple(other if one == value else one for one in fact)


def _gathered(
    pack: Pack, clauses: list[dict[Fact, list[str]]], likeness: Likeness, behind: Mapping[str, tuple[str, ...]]
) -> list[Need]:
    """Clauses that differ only by who of those that are alike takes a step, as one need."""
    first = {name: group[0] for group in likeness.groups for name in group}
    alike: dict[frozenset[Fact], list[dict[Fact, list[str]]]] = defaultdict(list)
    for clause in clauses:
        alike[frozenset(tuple(first.get(value, value) for value in step) for step in clause)].append(clause)
    return [_need(pack, same, behind) for same in alike.values()]


def _need(pack: Pack, same: list[dict[Fact, list[str]]], behind: Mapping[str, tuple[str, ...]]) -> Need:
    every = {step: why for clause in same for step, why in clause.items()}
    chances = tuple(Chance(step[0], row_of(step, pack.program.kinds), tuple(why)) for step, why in every.items())
    named = {value for step in every for value in step[1:]}
    others = {name: like for name, like in behind.items() if like and name in named}
    return Need(len(every) - min(map(len, same)) + 1, chances, others)
