"""Rules over values that are not known yet: one rule as it would apply, and what it would rest on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from placet.engine.constraints import ZERO, Env, Store
from placet.engine.language import Constant, Head, Joined, Kinds, Pattern, Result, Rule, Sum, Variable
from placet.engine.values import Type


class Atom(NamedTuple):
    """A fact with nodes in place of values."""

    kind: str
    nodes: tuple[int, ...]


class Applied(NamedTuple):
    """A rule that applies: what it rests on, and what its variables stand for."""

    rule: Rule
    premises: tuple[Atom, ...]
    env: Env


def new_atom(kind: str, kinds: Kinds, store: Store) -> Atom:
    """A fact of which nothing is known."""
    return Atom(kind, tuple(store.new(wanted) for wanted in kinds[kind].values()))


def applied(rule: Rule, kinds: Kinds, store: Store) -> Applied:
    """A rule that applies, with new nodes; the store may turn out to be impossible."""
    premises = tuple(new_atom(pattern.kind, kinds, store) for pattern in rule.when)
    env = {name: premises[number].nodes[place - 1] for name, (number, place) in rule.places.items()}
    for pattern, atom in zip(rule.when, premises, strict=True):
        ask(pattern, atom, env, store)
    return Applied(rule, premises, env)


def ask(pattern: Pattern, atom: Atom, env: Env, store: Store) -> None:
    """The fact meets the pattern."""
    for test in pattern.tests:
        store.ask(atom.nodes[test.place - 1], test, env)


def surely_meets(atom: Atom, pattern: Pattern, env: Env, store: Store) -> bool:
    """Whether the fact meets the pattern whatever the values are."""
    if atom.kind != pattern.kind:
        return False
    return all(store.holds(atom.nodes[test.place - 1], test, env) for test in pattern.tests)


def concluded(applied: Applied, head: Head, kinds: Kinds, store: Store) -> Atom:
    """What a rule that applies concludes; of what is counted some number that is at least 1."""
    types = kinds[head.kind].values()
    values = zip(head.values, types, strict=True)
    return Atom(head.kind, tuple(_node(value, kind, applied.env, store) for (_, value), kind in values))


def _node(value: Result, kind: Type, env: Env, store: Store) -> int:
    if isinstance(value, Constant):
        return store.constant(value.value, kind)
    if isinstance(value, Variable):
        return env[value.name]
    if isinstance(value, Sum | Joined):
        return store.make(value, env, kind)
    if value.how != "count":
        return env[value.variable]  # of one of the matches that are counted over
    node = store.new("number")
    store.gap(ZERO, node, -1)
    return node


def forced(pattern: Pattern, env: Env, sure: Sequence[Atom], rules: Iterable[Rule], store: Store) -> Rule | None:
    """A rule that surely concludes what meets the pattern from facts that surely hold; one that nothing can stop."""
    for rule in rules:
        if rule.unless or rule.tallied or not any(head.kind == pattern.kind for head in rule.then):
            continue
        for found in _ways(rule.when, {}, sure, store):
            if any(_forced(head, found, pattern, env, store) for head in rule.then):
                return rule
    return None


def _ways(patterns: Sequence[Pattern], env: Env, sure: Sequence[Atom], store: Store) -> Iterator[Env]:
    """What the variables of patterns may stand for, so that facts that hold surely meet them."""
    if not patterns:
        yield env
        return
    for atom in sure:
        if atom.kind == patterns[0].kind:
            bound = _bound(patterns[0], atom, env)
            known = [test for test in patterns[0].tests if test.value.variables <= bound.keys()]
            if len(known) == len(patterns[0].tests) and surely_meets(atom, patterns[0], bound, store):
                yield from _ways(patterns[1:], bound, sure, store)


def _bound(pattern: Pattern, atom: Atom, env: Env) -> Env:
    first = {
        test.value.name: atom.nodes[test.place - 1]
        for test in reversed(pattern.tests)
        if test.how == "is" and isinstance(test.value, Variable)
    }
    return {**first, **env}


def _forced(head: Head, found: Env, pattern: Pattern, env: Env, store: Store) -> bool:
    if head.kind != pattern.kind:
        return False
    within = store.copy()
    for test in pattern.tests:
        value = head.values[test.place - 1][1]
        if not isinstance(value, Constant | Variable):
            return False
        kind = within.kinds[found[value.name]] if isinstance(value, Variable) else "number"
        node = within.constant(value.value, kind) if isinstance(value, Constant) else found[value.name]
        if not within.holds(node, test, env):
            return False
    return True
