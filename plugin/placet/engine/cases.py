"""Cases beside the packs, as data: `given` these facts, `expect` these conclusions, `because` of these reasons.

    packs: [quorum]                       # beside the file, or shipped; the rules of the last one have to be hit
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

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from placet.domain.errors import EngineDisagreement, FactError, PackError
from placet.engine.case_file import CaseFile
from placet.engine.evaluation import Evaluation
from placet.engine.packs import Engine, Pack, load_pack
from placet.engine.reasons import reason, told
from placet.engine.values import nearest
from placet.engine.yaml_text import Map

ENGINES: tuple[Engine, ...] = ("reference", "both")


@dataclass
class CaseReport:
    """What came of the cases of one file."""

    path: Path
    cases: int = 0
    problems: list[str] = field(default_factory=list)  # file:line: case: what went otherwise
    hit: set[str] = field(default_factory=set)  # rules (`pack/name`) that concluded something
    told: set[str] = field(default_factory=set)  # those of them whose reason a case expects
    missed: tuple[str, ...] = ()  # rules of the last pack that no case hits


def run_cases(path: str | Path) -> CaseReport:
    """Run every case of a file on all engines; raises PackError where the file or its packs can't be read."""
    file = CaseFile(Path(path))
    report = CaseReport(file.path)
    pack = load_pack(*[_found(file.path, name) for name in file.packs])
    for name, case in file.cases():
        report.cases += 1
        at = f"{file.path.name}:{name.line}: case `{name}`: "
        report.problems += [at + problem for problem in _run(pack, file, case, report)]
    last = pack.program.packs[-1]
    report.missed = tuple(str(r) for r in pack.program.rules if r.pack == last and str(r) not in report.hit)
    return report


def _found(path: Path, name: str) -> str | Path:
    beside = path.parent / f"{name}.yaml"
    return beside if beside.exists() else name


def _run(pack: Pack, file: CaseFile, case: Map, report: CaseReport) -> Iterator[str]:
    """What goes otherwise than one case expects."""
    try:
        given = tuple(dict.fromkeys((*file.background(pack.program), *file.given(case, pack.program))))
        expected = file.expected(case, pack.program)
        for engine in ENGINES:
            said = pack.conclude(given, engine)
            report.hit |= {str(step.rule) for step in said.steps.values()}
            for kind, wanted in expected.items():
                yield from _differs(said, kind, wanted, engine)
            yield from _untold(said, file.because(case), engine, report)
    except (FactError, EngineDisagreement, PackError) as error:
        yield error.detail


def _differs(said: Evaluation, kind: str, wanted: set[tuple[object, ...]], engine: Engine) -> Iterator[str]:
    got = {fact for fact in said.steps if fact[0] == kind}
    if got != wanted:
        shown = [", ".join(sorted(told(said.pack.program.kinds, f) for f in one)) or "nothing" for one in (got, wanted)]
        yield f"{engine} concludes {shown[0]}, where {shown[1]} is expected"


def _untold(said: Evaluation, expected: list[str], engine: Engine, report: CaseReport) -> Iterator[str]:
    kinds = said.pack.program.kinds
    rules = {reason(kinds, fact, step): str(step.rule) for fact, step in said.steps.items()}
    for text in expected:
        if text in rules:
            report.told.add(rules[text])
        else:
            yield f"{engine} gives no reason `{text}`{nearest(text, rules)}"
