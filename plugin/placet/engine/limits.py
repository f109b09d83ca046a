"""How large a program may be: what durable-rules 2.0.28 bears, with a margin.

Found by experiment and in its source. 16 joined facts stop it (error 304), so do 30 conditions of one pattern (113).
256 patterns that hang on the same condition (a kind, a level) answer wrongly without a word, or stop it (108). A fact
that leads to more than 64 different conditions stops it when it is asserted (303) and leaves memory behind that can't
be freed; a join is a condition of its own each time. 512 kinds hang its compiler. A fact has room for 255 properties.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from placet.engine.encoding import Condition, Encoding
from placet.engine.language import Program

LIMITS = {
    "patterns in one rule": 14,
    "conditions in one pattern": 25,
    "rules on one level": 200,
    "patterns on one kind": 200,
    "different conditions on one kind": 50,
    "kinds of fact": 200,
    "properties of one kind": 100,
}


def beyond_limits(program: Program) -> list[str]:
    """What of a program durable-rules would not bear, in the author's words."""
    return [
        f"{size} {what} ({where}), and the engine bears {LIMITS[what]}: split the pack"
        for what, (size, where) in _sizes(program).items()
        if size > LIMITS[what]
    ]


def _sizes(program: Program) -> dict[str, tuple[int, str]]:
    """The largest of each, and where it is found."""
    encoding = Encoding(program)
    encoded = encoding.conditions
    branches = {(pattern.kind, _branch(found)) for _, pattern, found in encoded if len(found) > 1}
    return {
        "patterns in one rule": _largest((f"rule `{rule.name}`", len(rule.when)) for rule in program.rules),
        "conditions in one pattern": _largest((f"rule `{rule.name}`", len(found)) for rule, _, found in encoded),
        "rules on one level": _most(f"level {rule.level}" for rule in program.rules),
        "patterns on one kind": _most(f"`{pattern.kind}`" for _, pattern, _ in encoded),
        "different conditions on one kind": _most(f"`{kind}`" for kind, _ in branches),
        "kinds of fact": (len(program.kinds), "in all packs together"),
        "properties of one kind": _largest(
            (f"`{kind}`, with what is worked out from them", len(properties) + len(encoding.extras[kind]))
            for kind, properties in program.kinds.items()
        ),
    }


def _branch(conditions: list[Condition]) -> object:
    """Where a pattern hangs in the engine: with others that ask the same of one fact, but alone where it joins."""
    return id(conditions) if any(_joins(one) for one in conditions) else str(conditions)


def _joins(condition: Condition) -> bool:
    """Whether a condition looks at another fact; `{"a1": {"p0": "a2"}}` or `{"$lt": {"a1": {"p0": "a2"}}}`."""
    ((name, value),) = condition.items()
    return isinstance(value, dict) and (not name.startswith("$") or _joins(value))


def _most(names: Iterable[str]) -> tuple[int, str]:
    return _largest(Counter(names).items())


def _largest(sizes: Iterable[tuple[str, int]]) -> tuple[int, str]:
    return max(((size, where) for where, size in sizes), default=(0, ""))
