"""A file of cases, read: its facts typed by the packs that it names."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from placet.domain.errors import FactError, PackError
from placet.engine.language import Fact, Program
from placet.engine.pack_file import Report
from placet.engine.values import literal, nearest
from placet.engine.yaml_text import List, Map, Node, Text, read

SECTIONS = ("packs", "background", "cases")
CLAUSES = ("given", "expect", "because")


class CaseFile:
    """One file; raises PackError where it is no file of cases, FactError where a row does not fit its kind."""

    def __init__(self, path: Path) -> None:
        self.path = path
        report = Report(path.name)
        self.data = report.mapping(read(path.name, _text(path), report.say))
        report.known(self.data, SECTIONS)
        self.packs = report.words(self.data.get(Text("packs")))
        self._background = report.mapping(self.data.get(Text("background")))
        cases = report.mapping(self.data.get(Text("cases")))
        self._cases = {name: report.mapping(node) for name, node in cases.items()}
        for case in self._cases.values():
            report.known(case, CLAUSES)
            for clause in ("given", "expect"):
                report.mapping(case.get(Text(clause)))
        if report.problems:
            raise PackError(report.problems)

    def cases(self) -> Iterator[tuple[Text, Map]]:
        """Each case with its name."""
        yield from self._cases.items()

    def background(self, program: Program) -> list[Fact]:
        """What is given in every case."""
        return _facts(self._background, program)

    def given(self, case: Map, program: Program) -> list[Fact]:
        """What is given in one case."""
        facts = _facts(case.get(Text("given")), program)
        for fact in facts:
            if fact[0] not in program.given:
                raise FactError(f"`{fact[0]}` is what the rules conclude, and can't be given")
        return facts

    def expected(self, case: Map, program: Program) -> dict[str, set[tuple[object, ...]]]:
        """What has to be concluded, by kind."""
        node = case.get(Text("expect"))
        kinds = node.items() if isinstance(node, Map) else ()
        return {str(kind): set(_rows(kind, rows, program)) for kind, rows in kinds}

    def because(self, case: Map) -> list[str]:
        """The reasons that have to be given."""
        node = case.get(Text("because"))
        return [str(text) for text in node] if isinstance(node, List) else [str(node)] if node else []


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        raise PackError([f"{path.name}:1: can't be read: give the path of a file of cases"]) from None


def _facts(node: Node | None, program: Program) -> list[Fact]:
    kinds = node.items() if isinstance(node, Map) else ()
    return [fact for kind, rows in kinds for fact in _rows(kind, rows, program)]


def _rows(kind: Text, node: Node, program: Program) -> Iterator[Fact]:
    if kind not in program.kinds:
        raise FactError(f"no fact is called `{kind}`{nearest(kind, program.kinds)}")
    if node == "none":
        return
    for row in node if isinstance(node, List) else [node]:
        yield _fact(kind, row, program)


def _fact(kind: Text, row: Node, program: Program) -> Fact:
    properties = program.kinds[kind]
    texts = _texts(row, list(properties))
    if texts is None:
        raise FactError(f"`{kind}` has {', '.join(properties) or 'no properties'}, and `{row}` does not fit")
    try:
        return (str(kind), *[literal(text, wanted) for text, wanted in zip(texts, properties.values(), strict=True)])
    except ValueError as error:
        raise FactError(f"`{kind}`: {error}") from None


def _texts(row: Node, properties: list[str]) -> list[str] | None:
    """The values of a row in the order of the properties; None where they are others."""
    if isinstance(row, Map):
        return [str(row[Text(prop)]) for prop in properties] if set(row) == set(properties) else None
    values = [str(one) for one in row] if isinstance(row, List) else [str(row)] if properties else []
    return values if len(values) == len(properties) else None
