"""Random packs, and random facts for any pack: what the engines are compared on."""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from placet.engine import Pack
from placet.engine.language import Constant, OneOf, Rule
from placet.engine.values import Type

TYPES = {
    "x": "thing",
    "y": "thing",
    "n": "number",
    "m": "number",
    "t": "instant",
    "at": "instant",
    "d": "duration",
    "w": "word",
    "o": "word",
    "f": "flag",
}
VARIABLES = {
    "thing": ["p", "q", "x", "y", "z"],
    "number": ["i", "j", "k", "n", "m"],
    "instant": ["s", "t", "u", "now"],
    "duration": ["d", "e"],
    "word": ["v", "w", "o"],
    "flag": ["f", "g"],
}
SIZES = ["below", "above", "at least", "at most"]
COMPARISONS = {
    "number": SIZES,
    "word": SIZES,
    "duration": SIZES,
    "instant": ["before", "after", "not before", "not after"],
    "thing": [],
    "flag": [],
}
TALLIES = {"number": ["count", "lowest", "highest"], "instant": ["earliest", "latest"]}
STEPS = {"number": "1", "instant": "2 days", "duration": "1 day"}

# Names come from hosts, and may be anything.
THINGS = ["thing1", "thing2", "thing3", "1", "{x}", 'a "b"\\', "ü ' \n\0", "thing1 ", "null"]
START = datetime(2026, 1, 1, tzinfo=UTC)

Pattern = tuple[str, dict[str, str]]


def literal(r: random.Random, kind: str) -> str:
    """A value as a pack writes it."""
    return {
        "thing": lambda: f"thing{r.randint(1, 3)}",
        "number": lambda: str(r.randint(-1, 3)),
        "word": lambda: r.choice(["low", "mid", "high"]),
        "instant": lambda: f"2026-01-0{r.randint(1, 9)}",
        "duration": lambda: f"{r.randint(1, 3)} days",
        "flag": lambda: r.choice(["yes", "no"]),
    }[kind]()


@dataclass
class RandomRule:
    """One rule while it is made up."""

    r: random.Random
    kinds: dict[str, list[str]]  # every kind -> its properties
    given: list[str]  # the kinds from outside that it may read
    made: list[str]  # the conclusions that it may read
    bound: dict[str, str] = field(default_factory=dict)  # variable -> type
    when: list[Pattern] = field(default_factory=list)
    unless: list[Pattern] = field(default_factory=list)
    then: list[Pattern] = field(default_factory=list)

    def make(self, heads: list[str]) -> None:
        """Patterns, what must not hold, and one conclusion or two."""
        for _ in range(self.r.choice([1, 1, 1, 2, 2, 3, 4])):
            self.when.append(self._looked_for(binds=True))
        for _ in range(self.r.choice([0, 0, 1, 1, 2])):
            self.unless.append(self._looked_for(binds=False))
        for kind, tests in self.when + self.unless:
            for prop, text in list(tests.items()):
                if text == "?":
                    tests[prop] = self._comparison(TYPES[prop], binds=(kind, tests) in self.when)
        self.then = [self._conclusion(head) for head in heads]

    def _looked_for(self, binds: bool) -> Pattern:
        chained = self.made and self.r.random() < 0.4
        kind, tests = self.r.choice(self.made if chained else self.given), {}
        for prop in self.kinds[kind]:
            if text := self._test(prop, binds):
                tests[prop] = text
        return kind, tests

    def _test(self, prop: str, binds: bool) -> str:
        kind, dice = TYPES[prop], self.r.random()
        if dice < 0.33:
            return self._variable(kind, binds)
        if dice < 0.38:
            return literal(self.r, kind)
        if dice < 0.43:
            return f"[{literal(self.r, kind)}, {literal(self.r, kind)}]"
        return "?" if dice < 0.55 else ""  # a comparison, chosen when all variables are known

    def _variable(self, kind: str, binds: bool) -> str:
        if binds:
            name = self.r.choice(VARIABLES[kind])
            self.bound[name] = kind
            return f"${name}"
        same = self._same(kind)
        return self.r.choice(same) if same else ""

    def _same(self, kind: str) -> list[str]:
        return [f"${name}" for name, bound in self.bound.items() if bound == kind]

    def _comparison(self, kind: str, binds: bool) -> str:
        others = self._same(kind) + ["$now"] * (kind == "instant")
        if kind in STEPS:
            others += [f"{other} {self.r.choice('+-')} {STEPS[kind]}" for other in others]
        text = f"{self._compares(kind)} {self.r.choice([*others, literal(self.r, kind)])}"
        if self.r.random() < 0.2 and others:
            text += f" and {self._compares(kind)} {self.r.choice(others)}"
        if binds and self.r.random() < 0.3 and self._same(kind):
            text = f"{self.r.choice(self._same(kind))} {text}"
        return text

    def _compares(self, kind: str) -> str:
        return self.r.choice([*COMPARISONS[kind], "not"])

    def _conclusion(self, head: str) -> Pattern:
        tally = self.r.random() < 0.25
        values = {}
        for prop in self.kinds[head]:
            text = self._tally(TYPES[prop]) if tally else ""
            tally = tally and not text
            values[prop] = text or self._result(TYPES[prop])
        return head, values

    def _tally(self, kind: str) -> str:
        if kind not in TALLIES or not self.bound:
            return ""
        how = self.r.choice(TALLIES[kind])
        pool = list(self.bound) if how == "count" else [name for name, bound in self.bound.items() if bound == kind]
        return f"{how} ${self.r.choice(pool)}" if pool else ""

    def _result(self, kind: str) -> str:
        same = self._same(kind)
        if same and kind in STEPS and self.r.random() < 0.15:
            return f"{same[0]} + {STEPS[kind]}"
        if same and kind == "thing" and self.r.random() < 0.1:
            return f'"of-{{{same[0][1:]}}}-{{{self.r.choice(same)[1:]}}}"'
        return self.r.choice(same) if same and self.r.random() < 0.8 else literal(self.r, kind)


@dataclass
class RandomPack:
    """A pack that may be written with its rules in any order."""

    declarations: str
    rules: list[str]

    def text(self) -> str:
        return self.declarations + "".join(self.rules)


def random_pack(r: random.Random) -> RandomPack:
    """Some rules over a few kinds; about one pack in five means nothing, and has to be refused."""
    given = {f"k{n}": r.sample(sorted(TYPES.keys() - {"at"}), r.randint(1, 4)) for n in range(4)}
    given |= {"k4": [], "now": ["at"]}
    made = {f"d{n}": r.sample(sorted(TYPES.keys() - {"at"}), r.randint(0, 3)) for n in range(r.randint(1, 5))}
    rules = [_random_rule(r, given, made) for _ in range(r.randint(1, 8))]
    lines = ["pack: random", "names: [thing]", "words: {word: [low, mid, high]}", "reads:", *_declared(given)]
    lines += ["concludes:", *_declared(made), "rules:\n"]
    return RandomPack("\n".join(lines), [_rule_text(number, rule) for number, rule in enumerate(rules)])


def _declared(kinds: dict[str, list[str]]) -> list[str]:
    return [f"  {_written(kind, {prop: TYPES[prop] for prop in properties})}" for kind, properties in kinds.items()]


def _rule_text(number: int, rule: RandomRule) -> str:
    lines = [f"  r{number}:", '    because: "it is so"']
    for clause, patterns in (("when", rule.when), ("unless", rule.unless), ("then", rule.then)):
        lines += [f"    {clause}:"] * bool(patterns) + [f"      - {_written(*pattern)}" for pattern in patterns]
    return "\n".join(lines) + "\n"


def _random_rule(r: random.Random, given: dict[str, list[str]], made: dict[str, list[str]]) -> RandomRule:
    """A rule that reads what is given or made before it, and now and then what it concludes itself."""
    layer = r.randint(0, len(made) - 1)
    before = list(made)[: layer + (r.random() < 0.5)]
    rule = RandomRule(r, {**given, **made}, list(given), before)
    rule.make([r.choice(list(made)[layer:]) for _ in range(r.choice([1, 1, 1, 2]))])
    return rule


def _written(kind: str, properties: dict[str, str]) -> str:
    inside = ", ".join(f"{prop}: {text}" if text else prop for prop, text in properties.items())
    return f"{kind}: {{{inside}}}"


# --- facts ---


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
        return r.randint(-1, 4)
    if kind == "instant":
        return START + timedelta(days=r.randint(0, 9), seconds=r.choice([0, 0, 0, -1, 1]))
    if kind == "duration":
        return timedelta(days=r.randint(0, 4))
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
