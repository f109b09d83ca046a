"""Random packs with every construct of the language: what the engines are compared on, with random facts."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field

from placet.engine import Pack, PackSource, load_pack

PROPERTIES = {
    "thing": ["x", "y", "z"],
    "number": ["n", "m", "l"],
    "instant": ["t", "u"],
    "duration": ["d", "e"],
    "word": ["w", "o"],
    "grade": ["a"],
    "pair": ["b"],
    "flag": ["f", "g", "h"],
}
THEMES = [["thing"], ["number"], ["instant", "duration"], ["duration", "number"], ["word", "grade", "pair"], ["flag"]]
TYPES = {prop: kind for kind, properties in PROPERTIES.items() for prop in properties} | {"at": "instant"}
WORDS = {"word": ["low", "mid", "high"], "grade": ["mid", "high", "top"], "pair": ["mid", "high"]}
VARIABLES = {
    "thing": ["p", "q", "x", "y", "z"],
    "number": ["i", "j", "n", "m", "l"],
    "instant": ["s", "t", "u", "now"],
    "duration": ["c", "d", "e"],
    "word": ["v", "w", "o"],
    "grade": ["a"],
    "pair": ["b"],
    "flag": ["f", "g", "h"],
}
SIZES = ["below", "above", "at least", "at most"]
COMPARISONS = {
    "number": SIZES,
    "word": SIZES,
    "grade": SIZES,
    "pair": SIZES,
    "duration": SIZES,
    "instant": ["before", "after", "not before", "not after"],
    "thing": [],
    "flag": [],
}
TALLIES = {"number": ["count", "lowest", "highest"], "instant": ["earliest", "latest"]}
STEPS = {"number": "1", "instant": "1 day", "duration": "1 day"}

Pattern = tuple[str, dict[str, str]]


def literal(r: random.Random, kind: str) -> str:
    """A value as a pack writes it."""
    if kind in WORDS:
        return r.choice(WORDS[kind])
    return {
        "thing": lambda: f"thing{r.randint(1, 3)}",
        "number": lambda: str(r.randint(0, 3)),
        "instant": lambda: f"2026-01-0{r.randint(1, 5)}",
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
    whole: list[str]  # those that it may read through `unless`
    tallies: float = 0.3  # how often it counts
    bound: dict[str, str] = field(default_factory=dict)  # variable -> type
    when: list[Pattern] = field(default_factory=list)
    unless: list[Pattern] = field(default_factory=list)
    then: list[Pattern] = field(default_factory=list)

    def make(self, heads: list[str], patterns: Sequence[int] = (1, 1, 2, 2, 2, 3)) -> RandomRule:
        """Patterns, what must not hold, and these conclusions."""
        for _ in range(self.r.choice(patterns)):
            self.when.append(self._looked_for(self.made, binds=True))
        for _ in range(self.r.choice([0, 0, 1, 1, 2])):
            self.unless.append(self._looked_for(self.whole, binds=False))
        for patterns, binds in ((self.when, True), (self.unless, False)):
            for _, tests in patterns:
                for prop in [prop for prop, text in tests.items() if text == "?"]:
                    tests[prop] = self._comparison(TYPES[prop], binds)
        self.then = [self._conclusion(head) for head in heads]
        return self

    def _looked_for(self, made: list[str], binds: bool) -> Pattern:
        chained = made and self.r.random() < 0.3
        kind, tests = self.r.choice(made if chained else self.given), {}
        for prop in self.kinds[kind]:
            text = self._test(prop, binds)
            if text is not None:
                tests[prop] = text
        return kind, tests

    def _test(self, prop: str, binds: bool) -> str | None:
        """What is asked of a property: `?` is a comparison, chosen when all variables are known; None is nothing."""
        kind, dice = TYPES[prop], self.r.random()
        if dice < 0.08 and (binds or self.bound.get(prop) == kind):
            self.bound[prop] = kind
            return ""  # `{x}`: the variable of that name
        if dice < (0.4 if binds else 0.2):
            return self._variable(kind, binds)
        if dice < 0.43:
            return literal(self.r, kind)
        if dice < 0.46:
            return f"[{literal(self.r, kind)}, {literal(self.r, kind)}]"
        return "?" if dice < (0.7 if binds else 0.9) else None

    def _variable(self, kind: str, binds: bool) -> str | None:
        if binds and self.r.random() < 0.85:
            name = self.r.choice(VARIABLES[kind])
            self.bound[name] = kind
            return f"${name}"
        same = self._overlapping(kind)
        return self.r.choice(same) if same else None

    def _same(self, kind: str) -> list[str]:
        return [f"${name}" for name, bound in self.bound.items() if bound == kind]

    def _overlapping(self, kind: str) -> list[str]:
        """The variables that may be equal to something of this type: words of another type are so too."""
        return [f"${name}" for name, bound in self.bound.items() if bound == kind or {bound, kind} <= WORDS.keys()]

    def _within(self, kind: str) -> list[str]:
        """The variables all of whose values are of this type."""
        narrow = ["pair"] if kind in WORDS else []
        return [f"${name}" for name, bound in self.bound.items() if bound in [kind, *narrow]]

    def _comparison(self, kind: str, binds: bool) -> str:
        if binds and not self._same(kind) and self.r.random() < 0.6:
            return self._variable(kind, binds=True) or literal(self.r, kind)  # what others can be compared with
        text = self._compared(kind)
        if self.r.random() < 0.2:
            text += f" and {self._compared(kind)}"
        if self.r.random() < 0.3 and (binds or self._same(kind)):
            name = self.r.choice([name[1:] for name in self._same(kind)] if not binds else VARIABLES[kind])
            self.bound[name] = kind
            text = f"${name} {text}"
        return text

    def _compared(self, kind: str) -> str:
        how = self.r.choice([*COMPARISONS[kind], "not", "not"])
        others = (self._overlapping(kind) if how == "not" else self._same(kind)) + ["$now"] * (kind == "instant")
        other = self.r.choice(others) if others and self.r.random() < 0.75 else literal(self.r, kind)
        added = f" {self.r.choice('+-')} {STEPS[kind]}" if kind in STEPS and "$" in other else ""
        return f"{how} {other}{added if self.r.random() < 0.6 else ''}"

    def _conclusion(self, head: str) -> Pattern:
        tally = self.r.random() < self.tallies
        values = {}
        for prop in self.kinds[head]:
            text = self._tally(TYPES[prop]) if tally else ""
            tally = tally and not text
            values[prop] = text or self._result(prop)
        return head, values

    def _tally(self, kind: str) -> str:
        if kind not in TALLIES or not self.bound:
            return ""
        how = self.r.choice(TALLIES[kind])
        pool = list(self.bound) if how == "count" else [name for name, bound in self.bound.items() if bound == kind]
        return f"{how} ${self.r.choice(pool)}" if pool else ""

    def _result(self, prop: str) -> str:
        kind = TYPES[prop]
        if self.bound.get(prop) == kind and self.r.random() < 0.3:
            return ""  # `{x}`: the variable of that name
        if kind in STEPS and self.r.random() < 0.2 and (text := self._sum(kind)):
            return text
        if kind == "thing" and self.bound and self.r.random() < 0.15:
            return f'"of-{{{self.r.choice(list(self.bound))}}}-{{{self.r.choice(list(self.bound))}}}"'
        fitting = self._within(kind)
        return self.r.choice(fitting) if fitting and self.r.random() < 0.8 else literal(self.r, kind)

    def _sum(self, kind: str) -> str:
        """Numbers and numbers, instants and durations, or how long it is from one instant to another."""
        sign, same = self.r.choice("+-"), self._same(kind)
        more = self._same("number" if kind == "number" else "duration")
        instants = self._same("instant")
        if kind == "duration" and len(instants) > 1 and self.r.random() < 0.5:
            return " - ".join(self.r.sample(instants, 2))
        if not same:
            return ""
        return f"{self.r.choice(same)} {sign} {self.r.choice([*more, STEPS[kind]])}"


@dataclass
class RandomPack:
    """A pack that may be written with its rules in any order."""

    name: str
    declarations: str
    rules: list[str]
    could: list[str] = field(default_factory=list)

    def text(self) -> str:
        """As a file holds it."""
        could = ["could:\n", *self.could] if self.could else []
        return "".join([self.declarations, "rules:\n", *self.rules, *could])

    def source(self, folder: str = "random") -> PackSource:
        """Its text under a name."""
        return PackSource(f"{folder}/{self.name}.yaml", self.text())


def load(packs: list[RandomPack], folder: str = "random") -> Pack:
    """The packs as one program, raises PackError where they mean nothing; in another folder they are others."""
    return load_pack(*[pack.source(folder) for pack in packs])


def random_packs(r: random.Random) -> list[RandomPack]:
    """A pack, or two that are joined; about one in five means nothing, and has to be refused."""
    themes = r.sample(THEMES, r.choice([1, 2]))
    theme = sorted({prop for kinds in themes for kind in kinds for prop in PROPERTIES[kind]})
    given = {f"k{n}": r.sample(theme, r.randint(1, min(4, len(theme)))) for n in range(4)}
    given |= {"k4": [], "now": ["at"]}
    made = {f"d{n}": r.sample(theme, r.choice([0, 1, 2, 2, 3])) for n in range(r.randint(1, 5))}
    rules = [_random_rule(r, given, made) for _ in range(r.randint(1, 8))]
    could = [_random_step(r, given, made) for _ in range(r.choice([0, 1, 2, 3]))]
    shared = r.sample(list(made), r.randint(0, len(made)))
    declarations = _declarations("random", given, made, shared)
    first = RandomPack("random", declarations, _texts("r", rules), _texts("c", could))
    return [first, _added(r, given, made, shared)] if r.random() < 0.3 else [first]


def _added(r: random.Random, given: dict[str, list[str]], made: dict[str, list[str]], shared: list[str]) -> RandomPack:
    """A pack that concludes what the first shares, what the first only reads, and something of its own."""
    own = {"e0": r.choice(list(given.values()))}
    concluded = {kind: made[kind] for kind in shared} | {"k3": given["k3"]} | own
    reads = {kind: given[kind] for kind in given if kind != "k3"} | {k: made[k] for k in made if k not in shared}
    rules = []
    for _ in range(r.randint(1, 4)):
        readable = r.sample(sorted(made), r.randint(0, len(made)))
        rule = RandomRule(r, {**given, **made, **own}, sorted(set(given) - {"k3"}), readable, readable)
        rules.append(rule.make(r.choices(list(concluded), k=r.choice([1, 1, 1, 2]))))
    return RandomPack("added", _declarations("added", reads, concluded, []), _texts("r", rules))


def _declarations(name: str, reads: dict[str, list[str]], concludes: dict[str, list[str]], shares: list[str]) -> str:
    words = ", ".join(f"{kind}: [{', '.join(words)}]" for kind, words in WORDS.items())
    lines = [f"pack: {name}", "names: [thing]", f"words: {{{words}}}", "reads:", *_declared(reads)]
    lines += ["concludes:", *_declared(concludes), f"shares: [{', '.join(shares)}]"]
    return "\n".join(lines) + "\n"


def _declared(kinds: dict[str, list[str]]) -> list[str]:
    return [f"  {_written(kind, {prop: TYPES[prop] for prop in properties})}" for kind, properties in kinds.items()]


def _texts(prefix: str, rules: list[RandomRule]) -> list[str]:
    return [_rule_text(f"{prefix}{number}", rule) for number, rule in enumerate(rules)]


def _rule_text(name: str, rule: RandomRule) -> str:
    lines = [f"  {name}:", '    because: "it is so"']
    for clause, patterns in (("when", rule.when), ("unless", rule.unless), ("then", rule.then)):
        lines += [f"    {clause}:"] * bool(patterns) + [f"      - {_written(*pattern)}" for pattern in patterns]
    return "\n".join(lines) + "\n"


def _random_rule(r: random.Random, given: dict[str, list[str]], made: dict[str, list[str]]) -> RandomRule:
    """A rule that reads what is given or made before it, and now and then what it concludes itself."""
    layer = r.randint(0, len(made) - 1)
    before, itself = list(made)[:layer], r.random() < 0.5
    heads = [r.choice(list(made)[layer:]) for _ in range(r.choice([1, 1, 1, 2]))]
    readable = [*before, *(heads * 2 if itself else [])]
    rule = RandomRule(r, {**given, **made}, list(given), readable, before, tallies=0.1 if itself else 0.5)
    return rule.make(heads)


def _random_step(r: random.Random, given: dict[str, list[str]], made: dict[str, list[str]]) -> RandomRule:
    """What people may still do: it brings facts that are otherwise given."""
    rule = RandomRule(r, {**given, **made}, list(given), list(made), list(made), tallies=0)
    return rule.make(r.choices(sorted(given.keys() - {"now", "k4"}), k=r.choice([1, 1, 2])), patterns=(1, 2))


def _written(kind: str, properties: dict[str, str]) -> str:
    inside = ", ".join(f"{prop}: {text}" if text else prop for prop, text in properties.items())
    return f"{kind}: {{{inside}}}"
