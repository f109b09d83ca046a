"""Cases beside the packs, as data: `given` these facts, `expect` these conclusions, `because` of these reasons.

    packs: [quorum]                       # given, beside the file, or shipped; the rules of the last have to be hit
    background: {quorum: all}             # given in every case
    cases:
      one denial denies:
        given: {determination: [[ann, approve], [bob, deny]]}
        expect: {outcome: denied, ends: none}
        because: [bob denied the request.]

A row is a mapping, a list in the order of the properties, or a value alone; `none` is no row. Of a kind under `expect`
exactly those rows have to be concluded; of other kinds there may be any.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from placet.domain.errors import EngineDisagreement, FactError, PackError
from placet.engine import reference
from placet.engine.case_file import CaseFile
from placet.engine.evaluation import Evaluation
from placet.engine.findings import START, Finding, Spot
from placet.engine.installed import missing_engine
from placet.engine.joining import joined_packs
from placet.engine.language import Fact
from placet.engine.packs import Engine, Pack, PackSource, load_pack, shipped, source_of
from placet.engine.reasons import reason, told
from placet.engine.values import nearest
from placet.engine.yaml_text import Map, Text, first_text

MOST_TRIES = 1_000_000  # of facts against patterns, in all cases of one file


@dataclass
class CaseReport:
    """What came of the cases of one file."""

    file: str
    pack: str = ""  # the last one named
    cases: int = 0
    findings: list[Finding] = field(default_factory=list)  # what went otherwise, or is wrong with the file or its packs
    hit: set[str] = field(default_factory=set)  # rules (`pack/name`) that concluded something
    told: set[str] = field(default_factory=set)  # those of them whose reason a case expects
    missed: tuple[str, ...] = ()  # rules of the last pack that no case hits

    @property
    def problems(self) -> list[str]:
        """The findings as lines."""
        return [str(finding) for finding in self.findings]


def run_cases(cases: str | Path | PackSource, *sources: PackSource) -> CaseReport:
    """Run every case of a file, given by its path or as a text, on all engines.

    The packs that it names are looked for among `sources`, then beside the file, then among those shipped; a file that
    names none is about all sources. Whatever is wrong with the file or its packs is a finding; raises PackError only
    where a path can't be read.
    """
    text = cases if isinstance(cases, PackSource) else source_of(Path(cases))
    folder = None if isinstance(cases, PackSource) else Path(cases).parent
    file = CaseFile(text.name, text.text)
    report = CaseReport(text.name)
    pack = _pack(file, _found(file, sources, folder), report)
    report.findings += file.report.told()
    if pack and not report.findings:
        _Cases(file, pack, report).run()
    return report


def _found(file: CaseFile, sources: Sequence[PackSource], folder: Path | None) -> list[PackSource]:
    """The packs that a file names."""
    if not file.packs:
        return list(sources)
    given = {first_text(source.text, "pack") or source.name: source for source in sources}
    found = []
    for name in file.packs:
        try:
            found.append(given.get(str(name)) or _elsewhere(name, folder))
        except PackError as error:
            file.report.say(name.at, "unknown-word", error.detail + nearest(name, given))
    return found


def _elsewhere(name: Text, folder: Path | None) -> PackSource:
    """Beside the file, or shipped: a text names no files, since it may come from anyone."""
    beside = folder / f"{name}.yaml" if folder else None
    return source_of(beside) if beside and beside.exists() else shipped(str(name))


def _pack(file: CaseFile, sources: Sequence[PackSource], report: CaseReport) -> Pack | None:
    if not sources and not file.report.findings:
        file.report.say(START, "unknown-word", "says nothing about packs: begin with `packs: [quorum]`")
    if not sources:
        return None
    try:
        return load_pack(*sources)
    except PackError:
        report.findings += joined_packs((one.name, one.text) for one in sources).errors
        return None


class _Cases:
    """The cases of one file, run on one program."""

    def __init__(self, file: CaseFile, pack: Pack, report: CaseReport) -> None:
        self.file, self.pack, self.report = file, pack, report
        self.tries = reference.Tries(MOST_TRIES)
        self.engines: tuple[Engine, ...] = ("reference",) if missing_engine() else ("reference", "both")

    def run(self) -> None:
        """All of them."""
        background = self.file.background(self.pack.program)
        for name, case in self.file.cases.items():
            self.report.cases += 1
            self.file.report.case = str(name)
            try:
                self._run(case, background)
            except (FactError, EngineDisagreement) as error:
                self.file.report.say(name.at, "failed-case", error.detail)
        self.file.report.case = ""
        self.report.findings += self.file.report.told()
        self.report.pack = self.pack.program.packs[-1]
        mine = [str(rule) for rule in self.pack.program.rules if rule.pack == self.report.pack]
        self.report.missed = tuple(rule for rule in mine if rule not in self.report.hit)

    def _run(self, case: Map, background: list[Fact]) -> None:
        program = self.pack.program
        given = tuple(dict.fromkeys((*background, *self.file.given(case, program))))
        expected = self.file.expected(case, program)
        reference.evaluate(program, given, self.tries)  # stops where the quicker engines would not
        told: dict[tuple[Spot, str], bool] = {}  # once, though each engine is asked
        for engine in self.engines:
            said = self.pack.conclude(given, engine)
            self.report.hit |= {str(step.rule) for step in said.steps.values()}
            differences = (*self._compared(said, expected), *self._untold(said, self.file.because(case)))
            told |= dict.fromkeys(differences, True)
        for at, text in told:
            self.file.report.say(at, "failed-case", text)

    def _compared(self, said: Evaluation, expected: Mapping[Text, set[Fact]]) -> Iterator[tuple[Spot, str]]:
        kinds = self.pack.program.kinds
        for kind, wanted in expected.items():
            got = {fact for fact in said.steps if fact[0] == kind}
            if got != wanted:
                shown = [", ".join(sorted(told(kinds, f) for f in one)) or "nothing" for one in (got, wanted)]
                yield kind.at, f"{shown[0]} is concluded, where {shown[1]} is expected"

    def _untold(self, said: Evaluation, expected: list[Text]) -> Iterator[tuple[Spot, str]]:
        rules = {reason(said.pack.program.kinds, fact, step): str(step.rule) for fact, step in said.steps.items()}
        for text in expected:
            if text in rules:
                self.report.told.add(rules[text])
            else:
                hint = self.file.report.nearest(text, rules)
                yield text.at, f"no reason given is `{text}`{hint}"
