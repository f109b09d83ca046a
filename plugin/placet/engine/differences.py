"""What two versions of a pack say otherwise: rule by rule, whatever their order and layout."""

from __future__ import annotations

import difflib
from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise

from placet.engine.language import Rule
from placet.engine.packs import Pack, PackSource, load_pack

ADDED, REMOVED, CHANGED, REWORDED = "added", "removed", "changed", "reworded"


@dataclass(frozen=True)
class Difference:
    """One thing that differs: a rule, or a kind of fact that is declared.

    `how` is `added`, `removed`, `changed`, or `reworded` where only `because` differs; `lines` are those of a unified
    diff of its text, without a heading.
    """

    what: str
    name: str
    how: str
    lines: tuple[str, ...] = ()


def differences(old: PackSource, new: PackSource) -> tuple[Difference, ...]:
    """What `new` says otherwise than `old`, kinds first. Raises PackError where one of them can't be read."""
    before, after = load_pack(old), load_pack(new)
    return (*_kinds(before, after), *_rules(_Rules(before, old), _Rules(after, new)))


def _kinds(before: Pack, after: Pack) -> Iterator[Difference]:
    old, new = _declared(before), _declared(after)
    for kind in sorted(old.keys() | new.keys()):
        if old.get(kind) != new.get(kind):
            yield Difference("fact", kind, _how(kind, old, new), _lines(old.get(kind, ""), new.get(kind, "")))


def _declared(pack: Pack) -> dict[str, str]:
    """Each kind as a line: what is read or concluded, and of which properties."""
    program = pack.program
    concluded = {head.kind for rule in program.rules for head in rule.then}
    return {
        kind: f"{'concludes' if kind in concluded else 'reads'} {kind}: {_typed(properties)}"
        for kind, properties in program.kinds.items()
    }


def _typed(properties: Mapping[str, object]) -> str:
    shown = (f"{name}: {' or '.join(kind) if isinstance(kind, tuple) else kind}" for name, kind in properties.items())
    return "{" + ", ".join(shown) + "}"


class _Rules:
    """The rules of a pack by section and name, with their texts."""

    def __init__(self, pack: Pack, source: PackSource) -> None:
        every = [("rule", rule) for rule in pack.program.rules] + [("could", rule) for rule in pack.program.could]
        self.rules = {(section, rule.name): rule for section, rule in every}
        lines = source.text.splitlines()
        starts = sorted(_line(rule) for _, rule in every)
        ends = dict(pairwise([*starts, len(lines) + 1]))
        self.texts = {
            key: "\n".join(_own(lines[_line(rule) - 1 : ends[_line(rule)] - 1])) for key, rule in self.rules.items()
        }


def _line(rule: Rule) -> int:
    return rule.spots.rule.line


def _own(lines: list[str]) -> Iterator[str]:
    """The lines of a rule as far as they are indented deeper than its name; comments and blank lines aside."""
    depth = len(lines[0]) - len(lines[0].lstrip())
    for number, line in enumerate(lines):
        text = line.strip()
        if text and number and len(line) - len(line.lstrip()) <= depth:
            return
        if text and not text.startswith("#"):
            yield line[depth:]


def _rules(old: _Rules, new: _Rules) -> Iterator[Difference]:
    for key in (*old.rules, *(key for key in new.rules if key not in old.rules)):
        before, after = old.rules.get(key), new.rules.get(key)
        lines = _lines(old.texts.get(key, ""), new.texts.get(key, ""))
        if before is None or after is None or _meaning(before) != _meaning(after):
            yield Difference(*key, _how(key, old.rules, new.rules), lines)
        elif before.because != after.because:
            yield Difference(*key, REWORDED, lines)


def _meaning(rule: Rule) -> tuple[object, ...]:
    return frozenset(rule.when), frozenset(rule.unless), frozenset(rule.then)


def _how(key: object, old: Container[object], new: Container[object]) -> str:
    if key not in old:
        return ADDED
    return CHANGED if key in new else REMOVED


def _lines(old: str, new: str) -> tuple[str, ...]:
    return tuple(difflib.unified_diff(old.splitlines(), new.splitlines(), lineterm="", n=99))[3:]
