"""The frame of one pack file: its name, its types, what it reads and what it concludes.

Problems are collected, so that an author sees all of them at once; each names file, line and rule, says what is wrong
and suggests the nearest known word.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from placet.engine.values import BUILT_IN, NAME, Type, nearest
from placet.engine.yaml_text import List, Map, Node, Text, read

SECTIONS = ("pack", "about", "names", "words", "reads", "concludes", "shares", "rules", "could")


class Report:
    """What is wrong with one file, and what is odd about it."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.rule = ""  # the one being read
        self.problems: list[str] = []
        self.warnings: list[str] = []

    def say(self, line: int, text: str) -> None:
        """Note a problem."""
        self.problems.append(f"{self._at(line)}{text}")

    def warn(self, line: int, text: str) -> None:
        """Note something odd that has a meaning all the same."""
        self.warnings.append(f"{self._at(line)}{text}")

    def _at(self, line: int) -> str:
        return f"{self.file}:{line}: " + (f"rule `{self.rule}`: " if self.rule else "")

    def mapping(self, node: Node | None) -> Map:
        """The node as a mapping; an empty one where it is something else."""
        if node and not isinstance(node, Map):
            found = f"`{node}`" if isinstance(node, Text) else "a list"
            self.say(node.line, f"{found} stands where `name: ..` is wanted")
        return node if isinstance(node, Map) else Map()

    def known(self, mapping: Map, words: Iterable[str]) -> None:
        """Refuse keys that mean nothing here."""
        for key in mapping:
            if key not in words:
                self.say(key.line, f"unknown `{key}`{nearest(key, words)}")

    def words(self, node: Node | None) -> tuple[str, ...]:
        """A list of single words."""
        if node and not isinstance(node, List):
            self.say(node.line, "write a list: [one, two]")
        found = node if isinstance(node, List) else List()
        for word in found:
            if not isinstance(word, Text):
                self.say(word.line, "a list of single words is wanted here")
            elif not NAME.fullmatch(word):
                self.say(word.line, f"`{word}` is not one word")
        return tuple(str(word) for word in found)


class PackFile:
    """One pack file, read as far as its declarations."""

    def __init__(self, file: str, text: str) -> None:
        self.report = Report(file)
        self.data = self.report.mapping(read(file, text, self.report.say))
        self.report.known(self.data, SECTIONS)
        self.name = str(self.data.get(Text("pack"), file))
        self.names = self.report.words(self.section("names"))
        self.word_types = {str(name): self.report.words(node) for name, node in self.entries("words")}
        self.lines: dict[str, int] = {}  # kind -> where it is declared
        self.reads = self._declared("reads")
        self.concludes = self._declared("concludes")
        self.kinds = {**self.reads, **self.concludes}
        self.shares = self._shared()

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
            self.lines[str(kind)] = kind.line
            if kind == "now" and kinds["now"] != {"at": "instant"}:
                self.report.say(kind.line, "`now` is {at: instant}")
        return kinds

    def _type(self, prop: Text, wanted: Node) -> Type:
        if not prop.isidentifier():
            self.report.say(prop.line, f"`{prop}` can't be the name of a property: letters, digits and _ only")
        if isinstance(wanted, List):
            return self.report.words(wanted)
        word = wanted or prop  # `{steward}` alone: its type has its own name
        known = [*self.word_types, *self.names, *BUILT_IN]
        if word not in known:
            hint = nearest(word, known)
            self.report.say(prop.line, f"no type is called `{word}`{hint}; types are {', '.join(known)}")
        return self.word_types.get(str(word), str(word))

    def _shared(self) -> tuple[str, ...]:
        node = self.section("shares")
        for word in node if isinstance(node, List) else ():
            if word not in self.concludes:
                self.report.say(word.line, f"this pack does not conclude `{word}`{nearest(word, self.concludes)}")
        return self.report.words(node) if not isinstance(node, List) else tuple(str(word) for word in node)
