"""The rules of one pack file, read and checked one by one."""

from __future__ import annotations

from collections.abc import Iterator

from placet.engine.checking import check
from placet.engine.conditions import Conditions, place_of
from placet.engine.findings import Spot
from placet.engine.language import Constant, Head, Pattern, Rule, Spots, Tally, Test, Variable
from placet.engine.pack_file import PackFile
from placet.engine.values import Type
from placet.engine.yaml_text import List, Map, Node, Text

CLAUSES = ("when", "unless", "then", "because")
NOW = Pattern("now", (Test("at", 1, "is", Variable("now")),))


def read_rules(file: PackFile, section: str) -> list[Rule]:
    """The rules of `rules` or of `could`."""
    rules = []
    for name, node in file.entries(section):
        file.report.rule = str(name)
        rules.append(RuleReader(file, name, section).rule(file.report.mapping(node)))
    file.report.rule = ""
    return rules


class RuleReader:
    """Reads one rule; what is wrong with it goes to the report of the file."""

    def __init__(self, file: PackFile, name: Text, section: str) -> None:
        self.file, self.name, self.section = file, name, section
        self.report = file.report
        self.conditions = Conditions(file.report)
        self.types: dict[str, Type] = {}
        self.places: dict[str, tuple[int, int]] = {}
        self.spots: dict[str, list[Spot]] = {"when": [], "unless": [], "then": []}
        self.tested: dict[tuple[str, int, str], Spot] = {}

    def rule(self, body: Map) -> Rule:
        """The whole rule."""
        self.report.known(body, CLAUSES)
        when = self._patterns(body, "when")
        self._bind(when)
        unless = self._patterns(body, "unless")
        then = [self._head(kind, properties) for kind, properties in self._items(body, "then")]
        if self._speaks_of_now():
            when.append(NOW)
            self.spots["when"].append(self.name.at)
            self._bind(when)
        rule = Rule(
            pack=self.file.name,
            name=str(self.name),
            file=self.report.file,
            spots=self._spots(body),
            because=self._because(body),
            when=tuple(when),
            unless=tuple(unless),
            then=tuple(then),
            types=self.types,
            places=self.places,
        )
        self._refuse_empty(body)
        check(rule, self.conditions.uses, self.file.kinds, self.report)
        return rule

    def _spots(self, body: Map) -> Spots:
        reason = body.get(Text("because"))
        when, unless, then = (tuple(self.spots[clause]) for clause in ("when", "unless", "then"))
        return Spots(self.name.at, reason.at if reason else self.name.at, when, unless, then, self.tested)

    def _refuse_empty(self, body: Map) -> None:
        if not body.get(Text("when")):
            self.report.say(self.name.at, "no-condition", "`when` is empty: a rule starts from a fact")
        if not body.get(Text("then")):
            self.report.say(self.name.at, "no-conclusion", "concludes nothing")

    def _because(self, body: Map) -> str:
        node = body.get(Text("because"))
        if node and not isinstance(node, Text):
            self.report.say(node.at, "wrong-shape", "`because` is one text: put it in quotes")
        return str(node) if isinstance(node, Text) else ""

    def _bind(self, when: list[Pattern]) -> None:
        """A variable gets its value where it first stands alone in `when`."""
        for number, pattern in enumerate(when):
            for test in pattern.tests:
                if test.how == "is" and isinstance(test.value, Variable):
                    self.types.setdefault(test.value.name, self.file.kinds[pattern.kind][test.prop])
                    self.places.setdefault(test.value.name, (number, test.place))

    def _speaks_of_now(self) -> bool:
        """`$now` is there without a pattern where the pack knows `now`."""
        used = any("now" in use.value.variables for use in self.conditions.uses)
        return used and "now" in self.file.kinds and "now" not in self.types

    def _items(self, body: Map, clause: str) -> Iterator[tuple[str, Map]]:
        """`kind: {..}`, or the word alone, in a list or a mapping; only what is known is passed on."""
        node = body.get(Text(clause))
        for item in node if isinstance(node, List) else [node] if node else []:
            if isinstance(item, List):
                self.report.say(item.at, "wrong-shape", "a list in a list has no meaning here")
                continue
            for kind, properties in item.items() if isinstance(item, Map) else [(item, Map())]:
                if self._is_known(kind, properties):
                    self.spots[clause].append(kind.at)
                    yield str(kind), self._fitting(kind, properties if isinstance(properties, Map) else Map())

    def _is_known(self, kind: Text, properties: Node) -> bool:
        if kind not in self.file.kinds:
            hint = self.report.nearest(kind, self.file.kinds)
            self.report.say(kind.at, "unknown-word", f"this pack neither reads nor concludes `{kind}`{hint}")
            return False
        if properties and not isinstance(properties, Map):
            self.report.say(properties.at, "wrong-shape", f"write `{kind}: {{{', '.join(self.file.kinds[kind])}}}`")
            return False
        return True

    def _fitting(self, kind: Text, properties: Map) -> Map:
        """The properties without those that mean nothing."""
        kept = Map()
        for prop, node in properties.items():
            if prop not in (declared := self.file.kinds[kind]):
                hint = self.report.nearest(prop, declared)
                self.report.say(prop.at, "unknown-word", f"`{kind}` has no `{prop}`{hint}")
            elif isinstance(node, Map):
                self.report.say(node.at, "wrong-shape", f"`{prop}` takes one value")
            else:
                kept[prop] = node
        kept.at = kind.at
        return kept

    def _patterns(self, body: Map, clause: str) -> list[Pattern]:
        found: list[Pattern] = []
        for kind, properties in self._items(body, clause):
            for prop, node in properties.items():
                self.tested[clause, len(found), str(prop)] = place_of(prop, node)
            found.append(self._pattern(kind, properties))
        return found

    def _pattern(self, kind: str, properties: Map) -> Pattern:
        declared = self.file.kinds[kind]
        places = {prop: 1 + number for number, prop in enumerate(declared)}
        found = (self.conditions.tests(p, node, places[p], declared[p]) for p, node in properties.items())
        return Pattern(kind, tuple(test for tests in found for test in tests))

    def _head(self, kind: str, properties: Map) -> Head:
        declared = self.file.kinds[kind]
        if self.section == "rules" and kind not in self.file.concludes:
            hint = self.report.nearest(kind, self.file.concludes)
            self.report.say(properties.at, "not-declared", f"this pack does not conclude `{kind}`{hint}")
        if lost := [prop for prop in declared if prop not in properties]:
            self.report.say(properties.at, "missing-property", f"`{kind}` also needs {', '.join(lost)}")
        values = {str(p): self.conditions.result(p, node, declared[p]) for p, node in properties.items()}
        if self.section == "could" and any(isinstance(value, Tally) for value in values.values()):
            text = "a step is taken by itself and holds no tally: conclude it, then read it"
            self.report.say(properties.at, "wrong-shape", text)
        return Head(kind, tuple((prop, values.get(prop, Constant(0))) for prop in declared))
