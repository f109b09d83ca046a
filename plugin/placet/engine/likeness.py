"""Which people are alike: the facts, and the rules, tell them apart by nothing but their names.

A question about a hundred members of one group is answered for a few of them: what holds for those holds for the
others, since exchanging two that are alike leaves the facts as they are.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

from placet.engine.language import Constant, Fact, Joined, OneOf, Program, Rule

SELF = object()


class Likeness:
    """The names of one type (`person`) that facts mention, in groups of those that are alike; the first come first."""

    def __init__(self, program: Program, facts: Iterable[Fact], type: str) -> None:
        self._places = {
            kind: [place for place, (_, one) in enumerate(properties.items(), 1) if one == type]
            for kind, properties in program.kinds.items()
        }
        self._facts = list(facts)
        self.groups = self._groups(None if _makes_names(program, type) else _written_out(program))

    def without(self, most: int) -> tuple[list[Fact], dict[str, tuple[str, ...]]]:
        """The facts of `most` of each group, and who of the others stands behind the first of them."""
        left_out = {name for group in self.groups for name in group[most:]}
        kept = [fact for fact in self._facts if not left_out & self._mentioned(fact)]
        return kept, {name: tuple(group[most:]) for group in self.groups for name in group[:most]}

    def _groups(self, apart: set[str] | None) -> list[list[str]]:
        """The names in groups; those `apart` are like no one, and with None no one is like anyone."""
        about: dict[str, set[tuple[object, ...]]] = defaultdict(set)
        for fact in self._facts:
            mentioned = self._mentioned(fact)
            for name in mentioned:
                about[name].add(fact if len(mentioned) > 1 else self._without_name(fact))
        groups: dict[object, list[str]] = defaultdict(list)
        for name, facts in about.items():
            alone = apart is None or name in apart
            groups[name if alone else frozenset(facts)].append(name)
        return list(groups.values())

    def _mentioned(self, fact: Fact) -> set[str]:
        return {fact[place] for place in self._places[fact[0]]}

    def _without_name(self, fact: Fact) -> tuple[object, ...]:
        places = self._places[fact[0]]
        return tuple(SELF if place in places else value for place, value in enumerate(fact))


def _makes_names(program: Program, type: str) -> bool:
    """Whether a rule makes names from such names: then they may meet others, and no one is alike."""
    rules = (*program.rules, *program.could)
    made = (value for rule in rules for head in rule.then for _, value in head.values if isinstance(value, Joined))
    return any(type in {rule.types.get(name) for rule in rules for name in value.variables} for value in made)


def _written_out(program: Program) -> set[str]:
    """Every word and name that the rules write out."""
    return {str(value) for rule in (*program.rules, *program.could) for value in _constants(rule)}


def _constants(rule: Rule) -> Iterator[object]:
    for pattern in rule.when + rule.unless:
        for test in pattern.tests:
            if isinstance(test.value, OneOf):
                yield from test.value.values
            elif isinstance(test.value, Constant):
                yield test.value.value
    for head in rule.then:
        yield from (value.value for _, value in head.values if isinstance(value, Constant))
