"""A file of cases, read: its facts typed by the packs that it names."""

from __future__ import annotations

from collections.abc import Iterator

from placet.engine.findings import Spot
from placet.engine.language import Fact, Program
from placet.engine.pack_file import Report
from placet.engine.values import declared, literal
from placet.engine.yaml_text import List, Map, Node, Text, read

SECTIONS = ("packs", "background", "cases")
CLAUSES = ("given", "expect", "because")

Row = tuple[Fact, Spot]


class CaseFile:
    """One file of cases; what is wrong with it is in its report."""

    def __init__(self, name: str, text: str) -> None:
        self.name = name
        self.report = Report(name)
        self.data = self.report.mapping(read(text, self.report.say))
        self.report.known(self.data, SECTIONS)
        self.packs = self._packs()
        self._background = self.report.mapping(self.data.get(Text("background")))
        cases = self.report.mapping(self.data.get(Text("cases")))
        self.cases = {name: self._clauses(name, node) for name, node in cases.items()}

    def _packs(self) -> list[Text]:
        node = self.data.get(Text("packs"))
        self.report.words(node)
        return [word for word in node if isinstance(word, Text)] if isinstance(node, List) else []

    def _clauses(self, name: Text, node: Node) -> Map:
        self.report.case = str(name)
        case = self.report.mapping(node)
        self.report.known(case, CLAUSES)
        for clause in ("given", "expect"):
            self.report.mapping(case.get(Text(clause)))
        because = case.get(Text("because"), List())
        for one in because if isinstance(because, List) else [because]:
            if not isinstance(one, Text):
                self.report.say(one.at, "wrong-shape", "a reason is one text: put it in quotes")
        self.report.case = ""
        return case

    def background(self, program: Program) -> list[Fact]:
        """What is given in every case."""
        return [fact for fact, _ in self._rows(self._background, program)]

    def given(self, case: Map, program: Program) -> list[Fact]:
        """What is given in one case."""
        found = []
        for fact, at in self._rows(case.get(Text("given")), program):
            if fact[0] in program.given:
                found.append(fact)
            else:
                self.report.say(at, "bad-fact", f"`{fact[0]}` is what the rules conclude, and can't be given")
        return found

    def expected(self, case: Map, program: Program) -> dict[Text, set[Fact]]:
        """What has to be concluded, by kind."""
        node = case.get(Text("expect"))
        kinds = node.items() if isinstance(node, Map) else ()
        return {kind: {fact for fact, _ in self._rows(Map({kind: rows}), program)} for kind, rows in kinds}

    def because(self, case: Map) -> list[Text]:
        """The reasons that have to be given."""
        node = case.get(Text("because"))
        texts = node if isinstance(node, List) else [node]
        return [text for text in texts if isinstance(text, Text)]

    def _rows(self, node: Node | None, program: Program) -> Iterator[Row]:
        for kind, rows in node.items() if isinstance(node, Map) else ():
            if kind not in program.kinds:
                hint = self.report.nearest(kind, program.kinds)
                self.report.say(kind.at, "unknown-word", f"no fact is called `{kind}`{hint}")
            elif rows != "none":
                yield from self._of_kind(kind, rows, program)

    def _of_kind(self, kind: Text, rows: Node, program: Program) -> Iterator[Row]:
        for row in rows if isinstance(rows, List) else [rows]:
            at = row.at if row else kind.at
            if (fact := self._fact(kind, row, at, program)) is not None:
                yield fact, at

    def _fact(self, kind: Text, row: Node, at: Spot, program: Program) -> Fact | None:
        properties = program.kinds[kind]
        texts = _texts(row, list(properties))
        if texts is None:
            text = f"`{kind}` is {declared(properties)}, and `{_written(row)}` does not fit"
            self.report.say(at, "bad-fact", text)
            return None
        try:
            values = [literal(text, wanted) for text, wanted in zip(texts, properties.values(), strict=True)]
        except ValueError as error:
            self.report.say(at, "bad-fact", f"`{kind}`: {error}")
            return None
        return (str(kind), *values)


def _texts(row: Node, properties: list[str]) -> list[str] | None:
    """The values of a row in the order of the properties; None where they are others."""
    if isinstance(row, Map):
        return [str(row[Text(prop)]) for prop in properties] if set(row) == set(properties) else None
    values = [str(one) for one in row] if isinstance(row, List) else [str(row)] if properties else []
    return values if len(values) == len(properties) else None


def _written(row: Node) -> str:
    """A row as it stands in the file, or nearly."""
    if isinstance(row, Map):
        return "{" + ", ".join(f"{key}: {_written(value)}" for key, value in row.items()) + "}"
    return "[" + ", ".join(map(_written, row)) + "]" if isinstance(row, List) else str(row)
