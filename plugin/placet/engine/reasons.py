"""`because` with its variables filled in: the reason as people read it."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from placet.engine.language import HOLE, Fact, Kinds, Step
from placet.engine.values import shown

Names = Mapping[str, str]  # id -> what people call it
NO_NAMES: Names = MappingProxyType({})


def reason(kinds: Kinds, fact: Fact, step: Step, names: Names = NO_NAMES) -> str:
    """Why a conclusion holds. Names and ids stand in it as they are: whoever shows it in a page escapes it."""
    env, types = step.env(), step.rule.types
    concluded = dict(zip(kinds[fact[0]], fact[1:], strict=True))
    parts = HOLE.split(step.rule.because)
    for place in range(1, len(parts), 2):
        name = parts[place]
        if name in env:
            parts[place] = shown(env[name], types[name], names)
        else:
            parts[place] = shown(concluded[name], kinds[fact[0]][name], names)
    return "".join(parts)


def told(kinds: Kinds, fact: Fact, names: Names = NO_NAMES) -> str:
    """A fact in one line: `requires finance, 1`."""
    values = [shown(value, kind, names) for value, kind in zip(fact[1:], kinds[fact[0]].values(), strict=True)]
    return f"{fact[0]} {', '.join(values)}".strip()
