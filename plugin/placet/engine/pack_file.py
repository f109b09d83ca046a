"""The frame of one pack file: its name, its types, what it reads and what it concludes.

Findings are collected, so that an author sees all of them at once; each names file, line, column and rule, says what is
wrong and suggests the nearest known word.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from placet.engine.findings import START, Finding, Severity, Spot, plain
from placet.engine.values import BUILT_IN, NAME, Type, declared, nearest
from placet.engine.yaml_text import List, Map, Node, Text, read

SECTIONS = ("pack", "about", "names", "words", "reads", "concludes", "shares", "rules", "could")
MOST_WORDS = 500  # in one list
MOST_TOLD = 100  # findings of one file; whoever has more mends those first


class Report:
    """What is wrong with one file, and what is odd about it."""

    def __init__(self, file: str) -> None:
        self.file = plain(file)
        self.rule = ""  # the one being read
        self.case = ""
        self.findings: list[Finding] = []
        self._more = 0

    def say(self, at: Spot, code: str, text: str) -> None:
        """Note a problem."""
        self._note(at, code, "error", text)

    def warn(self, at: Spot, code: str, text: str) -> None:
        """Note something odd that has a meaning all the same."""
        self._note(at, code, "warning", text)

    def _note(self, at: Spot, code: str, severity: Severity, text: str) -> None:
        if len(self.findings) < MOST_TOLD:
            rule, case = plain(self.rule), plain(self.case)
            self.findings.append(Finding(self.file, *at, rule, code, severity, plain(text), case))
        elif severity == "error":
            self._more += 1

    def told(self) -> list[Finding]:
        """Everything found, and how much more there would be."""
        if not self._more:
            return self.findings
        text = f"{self._more} more problems of this file are not listed"
        return [*self.findings, Finding(self.file, *START, "", "too-many", "error", text)]

    def nearest(self, word: str, known: Iterable[object]) -> str:
        """A hint that ends a message; none where so much is wrong that looking would take long."""
        return nearest(word, known) if len(self.findings) < MOST_TOLD else ""

    def mapping(self, node: Node | None) -> Map:
        """The node as a mapping; an empty one where it is something else."""
        if node and not isinstance(node, Map):
            found = f"`{node}`" if isinstance(node, Text) else "a list"
            self.say(node.at, "wrong-shape", f"{found} stands where `name: ..` is wanted")
        return node if isinstance(node, Map) else Map()

    def known(self, mapping: Map, words: Iterable[str]) -> None:
        """Refuse keys that mean nothing here."""
        for key in mapping:
            if key not in words:
                self.say(key.at, "unknown-word", f"unknown `{key}`{self.nearest(key, words)}")

    def words(self, node: Node | None) -> tuple[str, ...]:
        """A list of single words."""
        if node and not isinstance(node, List):
            self.say(node.at, "wrong-shape", "write a list: [one, two]")
        found = node if isinstance(node, List) else List()
        self.refuse_length(found)
        for word in found[:MOST_WORDS]:
            if not isinstance(word, Text):
                self.say(word.at, "wrong-shape", "a list of single words is wanted here")
            elif not NAME.fullmatch(word):
                self.say(word.at, "wrong-shape", f"`{word}` is not one word")
        return tuple(str(word) for word in found[:MOST_WORDS])

    def refuse_length(self, found: List) -> None:
        """Say it of a list that is too long to be compared with others."""
        if len(found) > MOST_WORDS:
            text = f"a list holds at most {MOST_WORDS} words, and this one has {len(found)}: give them as facts"
            self.say(found.at, "too-large", text)


class PackFile:
    """One pack file, read as far as its declarations."""

    def __init__(self, file: str, text: str) -> None:
        self.report = Report(file)
        self.data = self.report.mapping(read(text, self.report.say))
        self.report.known(self.data, SECTIONS)
        self.name = self._name()
        self.names = self.report.words(self.section("names"))
        self.word_types = {str(name): self.report.words(node) for name, node in self.entries("words")}
        self.spots: dict[str, Spot] = {}  # kind -> where it is declared
        self.reads: dict[str, dict[str, Type]] = {}
        self.reads = self._declared("reads")
        self.concludes = self._declared("concludes")
        self.kinds = {**self.reads, **self.concludes}
        self.shares = self._shared()

    def _name(self) -> str:
        name = self.data.get(Text("pack"), Text())
        if not isinstance(name, Text):
            self.report.say(name.at, "wrong-shape", "the name of a pack is one word")
            return self.report.file
        return str(name) or self.report.file

    def section(self, name: str) -> Node | None:
        """What stands under a top-level word."""
        return self.data.get(Text(name))

    def entries(self, name: str) -> Iterator[tuple[Text, Node]]:
        """The entries of a top-level mapping."""
        yield from self.report.mapping(self.section(name)).items()

    def _declared(self, section: str) -> dict[str, dict[str, Type]]:
        kinds = {}
        for kind, node in self.entries(section):
            properties = self.report.mapping(node)
            kinds[str(kind)] = {str(prop): self._type(prop, wanted) for prop, wanted in properties.items()}
            self.spots[str(kind)] = kind.at
            if kinds[str(kind)] != self.reads.get(str(kind), kinds[str(kind)]):
                text = f"`{kind}` is {declared(kinds[str(kind)])} here, and {declared(self.reads[str(kind)])} above"
                self.report.say(kind.at, "wrong-type", text)
            if kind == "now" and kinds["now"] != {"at": "instant"}:
                self.report.say(kind.at, "wrong-type", f"`now` is {declared({'at': 'instant'})}")
        return kinds

    def _type(self, prop: Text, wanted: Node) -> Type:
        if not prop.isidentifier():
            text = f"`{prop}` can't be the name of a property: letters, digits and _ only"
            self.report.say(prop.at, "wrong-shape", text)
        if isinstance(wanted, List):
            return self.report.words(wanted)
        if isinstance(wanted, Map):
            self.report.say(wanted.at, "wrong-shape", f"`{prop}` has one type: write `{prop}: number`")
            return "number"
        word = wanted or prop  # `{steward}` alone: its type has its own name
        known = [*self.word_types, *self.names, *BUILT_IN]
        if word not in known:
            hint = self.report.nearest(word, known)
            text = f"no type is called `{word}`{hint}; types are {', '.join(known)}"
            self.report.say(word.at, "unknown-word", text)
        return self.word_types.get(str(word), str(word))

    def _shared(self) -> tuple[str, ...]:
        node = self.section("shares")
        if not isinstance(node, List):
            return self.report.words(node)
        for word in node:
            if not isinstance(word, Text):
                self.report.say(word.at, "wrong-shape", "a list of kinds of fact is wanted here")
            elif word not in self.concludes:
                hint = self.report.nearest(str(word), self.concludes)
                self.report.say(word.at, "unknown-word", f"this pack does not conclude `{word}`{hint}")
        return tuple(str(word) for word in node)
