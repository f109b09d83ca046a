"""The rules of one pack file, read and checked one by one."""

from __future__ import annotations

from collections.abc import Iterator

from placet.engine.checking import check
from placet.engine.conditions import Conditions
from placet.engine.language import Constant, Head, Pattern, Rule, Tally, Test, Variable
from placet.engine.pack_file import PackFile
from placet.engine.values import Type, nearest
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

    def rule(self, body: Map) -> Rule:
        """The whole rule."""
        self.report.known(body, CLAUSES)
        when = [self._pattern(kind, properties) for kind, properties in self._items(body, "when")]
        self._bind(when)
        unless = [self._pattern(kind, properties) for kind, properties in self._items(body, "unless")]
        then = [self._head(kind, properties) for kind, properties in self._items(body, "then")]
        if self._speaks_of_now():
            when.append(NOW)
            self._bind(when)
        rule = Rule(
            pack=self.file.name,
            name=str(self.name),
            where=f"{self.report.file}:{self.name.line}",
            because=str(body.get(Text("because"), "")),
            when=tuple(when),
            unless=tuple(unless),
            then=tuple(then),
            types=self.types,
            places=self.places,
        )
        check(rule, self.name.line, self.conditions.uses, self.file.kinds, self.report)
        return rule

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
                self.report.say(item.line, "a list in a list has no meaning here")
                continue
            for kind, properties in item.items() if isinstance(item, Map) else [(item, Map())]:
                if self._is_known(kind, properties):
                    yield str(kind), self._fitting(kind, properties if isinstance(properties, Map) else Map())

    def _is_known(self, kind: Text, properties: Node) -> bool:
        if kind not in self.file.kinds:
            hint = nearest(kind, self.file.kinds)
            self.report.say(kind.line, f"this pack neither reads nor concludes `{kind}`{hint}")
            return False
        if properties and not isinstance(properties, Map):
            self.report.say(kind.line, f"write `{kind}: {{{', '.join(self.file.kinds[kind])}}}`")
            return False
        return True

    def _fitting(self, kind: Text, properties: Map) -> Map:
        """The properties without those that mean nothing."""
        kept = Map()
        for prop, node in properties.items():
            if prop not in (declared := self.file.kinds[kind]):
                self.report.say(prop.line, f"`{kind}` has no `{prop}`{nearest(prop, declared)}")
            elif isinstance(node, Map):
                self.report.say(prop.line, f"`{prop}` takes one value")
            else:
                kept[prop] = node
        kept.line = kind.line
        return kept

    def _pattern(self, kind: str, properties: Map) -> Pattern:
        declared = self.file.kinds[kind]
        places = {prop: 1 + number for number, prop in enumerate(declared)}
        found = (self.conditions.tests(p, node, places[p], declared[p]) for p, node in properties.items())
        return Pattern(kind, tuple(test for tests in found for test in tests))

    def _head(self, kind: str, properties: Map) -> Head:
        declared = self.file.kinds[kind]
        if self.section == "rules" and kind not in self.file.concludes:
            hint = nearest(kind, self.file.concludes)
            self.report.say(properties.line, f"this pack does not conclude `{kind}`{hint}")
        if lost := [prop for prop in declared if prop not in properties]:
            self.report.say(properties.line, f"`{kind}` also needs {', '.join(lost)}")
        values = {str(p): self.conditions.result(p, node, declared[p]) for p, node in properties.items()}
        if self.section == "could" and any(isinstance(value, Tally) for value in values.values()):
            self.report.say(properties.line, "a step is taken by itself and holds no tally: conclude it, then read it")
        return Head(kind, tuple((prop, values.get(prop, Constant(0))) for prop in declared))
