"""Random facts for any pack."""

from __future__ import annotations

import random
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from placet.engine import Pack
from placet.engine.language import Constant, OneOf, Rule
from placet.engine.values import Type

# Names come from hosts, and may be anything.
THINGS = ["thing1", "thing2", "thing3", "1", "{x}", 'a "b"\\', "ü ' \n\0", "thing1 ", "null"]
START = datetime(2026, 1, 1, tzinfo=UTC)


def random_facts(r: random.Random, pack: Pack, most: int) -> dict[str, list[dict[str, object]]]:
    """Facts of the kinds that a pack reads, with the values that it speaks of, and at their borders."""
    spoken_of = _constants(pack)
    facts = {}
    for kind in sorted(pack.program.given):
        properties = pack.program.kinds[kind].items()
        rows = r.choice([1, 2, 3, most])
        facts[kind] = [{p: _value(r, t, spoken_of) for p, t in properties} for _ in range(rows)]
    return facts


def _value(r: random.Random, kind: Type, spoken_of: dict[Type, list[str]]) -> object:
    if isinstance(kind, tuple):
        return r.choice(kind)
    if kind == "number":
        return r.choice([-1, 0, 1, 1, 2, 2, 3, 4])
    if kind == "instant":
        return START + timedelta(days=r.randint(0, 4), seconds=r.choice([0, 0, 0, 0, 0, 0, -1, 1]))
    if kind == "duration":
        return timedelta(days=r.randint(0, 3))
    if kind == "flag":
        return r.random() < 0.5
    return r.choice([*spoken_of.get(kind, []), *r.sample(THINGS, 2)])


def _constants(pack: Pack) -> dict[Type, list[str]]:
    """The names that the rules speak of, by type."""
    found: dict[Type, set[str]] = {}
    for rule in pack.program.rules:
        for kind, name in _names(rule, pack):
            found.setdefault(kind, set()).add(name)
    return {kind: sorted(names) for kind, names in found.items()}


def _names(rule: Rule, pack: Pack) -> Iterable[tuple[Type, str]]:
    for pattern in rule.when + rule.unless:
        for test in pattern.tests:
            values = test.value.values if isinstance(test.value, OneOf) else ()
            if isinstance(test.value, Constant):
                values = (test.value.value,)
            for value in values:
                if isinstance(value, str):
                    yield pack.program.kinds[pattern.kind][test.prop], value
