"""How large a program may be: what durable-rules 2.0.28 bears, with a margin.

Found by experiment and in its source. 16 joined facts stop it (error 304), so do 30 conditions of one pattern (113).
256 patterns that hang on the same condition (a kind, a level) answer wrongly without a word, or stop it (108). A fact
that leads to more than 64 different conditions stops it when it is asserted (303) and leaves memory behind that can't
be freed; a join is a condition of its own each time. 512 kinds hang its compiler. A fact has room for 255 properties.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from placet.engine.encoding import Condition, Encoding
from placet.engine.findings import START, Finding, Spot
from placet.engine.language import Pattern, Program, Rule

LIMITS = {
    "rules in all": 1000,
    "patterns in one rule": 14,
    "conditions in one pattern": 25,
    "rules on one level": 200,
    "patterns on one kind": 200,
    "different conditions on one kind": 50,
    "kinds of fact": 200,
    "properties of one kind": 100,
}
_FEWER_RULES = "let one rule speak of several values, as `[a, b]`, or of facts"
_ONCE = "conclude what they have in common once, and read that"
ADVICE = {
    "rules in all": _FEWER_RULES,
    "patterns in one rule": "conclude some of them in a rule of their own",
    "conditions in one pattern": "conclude some of them in a rule of their own",
    "rules on one level": _FEWER_RULES,
    "patterns on one kind": _ONCE,
    "different conditions on one kind": _ONCE,
    "kinds of fact": "let one kind have one property more",
    "properties of one kind": "make several kinds of it",
}

Place = tuple[str, Spot, str]  # file, line and column, rule
Size = tuple[int, str, Place]  # how much there is, of what if that has a name, and where


def beyond_counts(rules: Sequence[Rule], declared: Mapping[str, tuple[str, Spot]]) -> list[Finding]:
    """What is too large whatever the rules say; checked first, so that nothing else has to look at too many rules."""
    on_kinds = ((f" `{pattern.kind}`", place) for rule in rules for pattern, place in _patterns(rule))
    sizes = {
        "rules in all": _grouped((("", _place(rule)) for rule in rules), "rules in all"),
        "patterns in one rule": [(len(rule.when), "", _place(rule)) for rule in rules],
        "patterns on one kind": _grouped(on_kinds, "patterns on one kind"),
        "kinds of fact": _grouped((("", (*where, "")) for where in declared.values()), "kinds of fact"),
    }
    return list(_beyond(sizes))


def beyond_limits(program: Program) -> list[Finding]:
    """What of a program durable-rules would not bear, in the author's words."""
    encoding = Encoding(program)
    places = [place for rule in program.rules for _, place in _patterns(rule)]
    encoded = list(zip(encoding.conditions, places, strict=True))
    branches = {(pattern.kind, _branch(found)): place for (_, pattern, found), place in encoded if len(found) > 1}
    on_kinds = ((f" `{kind}`", place) for (kind, _), place in branches.items())
    on_levels = ((f" (the {rule.level + 1}. from below)", _place(rule)) for rule in program.rules)
    sizes = {
        "conditions in one pattern": [(len(found), f" `{one.kind}`", place) for (_, one, found), place in encoded],
        "rules on one level": _grouped(on_levels, "rules on one level"),
        "different conditions on one kind": _grouped(on_kinds, "different conditions on one kind"),
        "properties of one kind": [_properties(kind, program, encoding) for kind in program.kinds],
    }
    return list(_beyond(sizes))


def _properties(kind: str, program: Program, encoding: Encoding) -> Size:
    worked_out = len(encoding.extras[kind])
    more = f", {worked_out} of them worked out for comparisons" if worked_out else ""
    return len(program.kinds[kind]) + worked_out, f" `{kind}`{more}", (*program.declared[kind], "")


def _beyond(sizes: Mapping[str, Iterable[Size]]) -> Iterator[Finding]:
    """For each limit the largest that is beyond it."""
    for what, found in sizes.items():
        number, of, (file, at, rule) = max(found, default=(0, "", ("", START, "")))
        if number > LIMITS[what]:
            text = f"{number} {what}{of}, and the engine bears {LIMITS[what]}: {ADVICE[what]}"
            yield Finding(file, *at, rule, "limit", "error", text)


def _grouped(places: Iterable[tuple[str, Place]], what: str) -> list[Size]:
    """How many there are of each, and where the first stands that is beyond the limit."""
    groups: dict[str, list[Place]] = {}
    for of, place in places:
        groups.setdefault(of, []).append(place)
    return [(len(found), of, found[min(LIMITS[what], len(found) - 1)]) for of, found in groups.items()]


def _patterns(rule: Rule) -> Iterator[tuple[Pattern, Place]]:
    """The patterns of a rule with their places, in the order in which they are encoded."""
    spots = rule.spots.when + rule.spots.unless
    for pattern, spot in zip(rule.when + rule.unless, spots, strict=True):
        yield pattern, (rule.file, spot, rule.name)


def _place(rule: Rule) -> Place:
    return rule.file, rule.spots.rule, rule.name


def _branch(conditions: list[Condition]) -> object:
    """Where a pattern hangs in the engine: with others that ask the same of one fact, but alone where it joins."""
    return id(conditions) if any(_joins(one) for one in conditions) else str(conditions)


def _joins(condition: Condition) -> bool:
    """Whether a condition looks at another fact; `{"a1": {"p0": "a2"}}` or `{"$lt": {"a1": {"p0": "a2"}}}`."""
    ((name, value),) = condition.items()
    return isinstance(value, dict) and (not name.startswith("$") or _joins(value))
