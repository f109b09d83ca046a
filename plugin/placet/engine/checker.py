"""Everything the checker knows about packs and their cases, in one report; nothing a pack can hold makes it raise."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from placet.engine.cases import CaseReport, run_cases
from placet.engine.contradictions import Contradiction, contradictions
from placet.engine.findings import Finding
from placet.engine.joining import Joined, joined_packs, of_kind
from placet.engine.language import Kinds, Program
from placet.engine.packs import PackSource
from placet.engine.values import declared, nearest

NONE_SINGLE: Mapping[str, str] = MappingProxyType({})
MOST_TOLD = 10  # contradictions that are told; the report holds all


@dataclass(frozen=True)
class CheckReport:
    """What was found, in the order of files and lines.

    `contradictions` has an answer for every two rules that conclude a kind which takes one value; `cases` is what came
    of the cases, where there were some and the packs are a program.
    """

    findings: tuple[Finding, ...]
    contradictions: tuple[Contradiction, ...] = ()
    cases: CaseReport | None = None
    errors: tuple[Finding, ...] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "errors", tuple(one for one in self.findings if one.severity == "error"))

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong, whatever is odd."""
        return not self.errors


def check_packs(
    *sources: PackSource,
    cases: str = "",
    asked: Collection[str] = (),
    single: Mapping[str, str] = NONE_SINGLE,
    once: Collection[str] = (),
    known: Kinds | None = None,
    hooks: Collection[str] = (),
) -> CheckReport:
    """Check packs as one program, and run cases on it.

    `cases` is the text of a file of cases; the packs that it names are looked for among the sources, then among those
    shipped. `asked` are the kinds that the host asks for: any other conclusion has to be read by a rule (not checked
    where none are given). `single` maps a kind that takes one value to the property that holds it, and `once` are the
    kinds that the host tells at most once. `known` are the kinds that the host tells, with their types, and `hooks` are
    kinds that nobody tells, and packs that are added may conclude; a pack that reads another is wrong.
    """
    joined = joined_packs((source.name, source.text) for source in sources)
    findings = [*joined.findings]
    if known is not None:
        findings += _untold(joined, known, hooks)
    program = joined.program
    if program is None:
        return CheckReport(tuple(sorted(findings)))
    findings += _unread(joined, program, asked) if asked else ()
    answers = contradictions(program, single, once, known)
    findings += _contradictory(answers)
    report = run_cases(_of_cases(sources, cases), *sources) if cases else None
    if report:
        findings += (*report.findings, *_untested(program, report))
    return CheckReport(tuple(sorted(findings)), tuple(answers), report)


def _of_cases(sources: Sequence[PackSource], cases: str) -> PackSource:
    """The cases stand beside the last pack."""
    return PackSource(f"{sources[-1].name.removesuffix('.yaml')}.cases.yaml", cases)


def _untold(joined: Joined, known: Kinds, hooks: Collection[str]) -> Iterator[Finding]:
    """What packs read and nobody tells or concludes, or tells with other types."""
    concluded = {kind for file in joined.files for kind in file.concludes}
    told = {*known, *concluded, *hooks}
    for file in joined.files:
        for kind, properties in file.reads.items():
            if kind not in told:
                text = f"nobody tells or concludes `{kind}`{nearest(kind, told)}"
                yield of_kind(file, kind, "unknown-word", "error", text)
            elif kind in known and properties != known[kind]:
                text = f"`{kind}` is {declared(properties)} here, and is told as {declared(known[kind])}"
                yield of_kind(file, kind, "wrong-type", "error", text)


def _unread(joined: Joined, program: Program, asked: Collection[str]) -> Iterator[Finding]:
    """Conclusions for which no one asks."""
    read = {pattern.kind for rule in program.rules + program.could for pattern in rule.when + rule.unless}
    wanted = {*read, *asked}
    concluded = {head.kind for rule in program.rules for head in rule.then}
    for file in joined.files:
        for kind in file.concludes:
            if kind in concluded and kind not in wanted:
                hint = nearest(kind, wanted - concluded)
                text = f"nobody reads `{kind}`: no rule does, and the marketplace does not ask for it{hint}"
                yield of_kind(file, kind, "unread-conclusion", "warning", text)


def _contradictory(answers: Sequence[Contradiction]) -> Iterator[Finding]:
    """Counterexamples are errors, what is not decided is a warning; many of a sort are summed up."""
    told: Counter[str] = Counter()
    for one in answers:
        told[one.answer] += 1
        if one.answer != "impossible" and told[one.answer] <= MOST_TOLD:
            yield _of_two(one, str(one))
        elif one.answer != "impossible" and told[one.answer] == MOST_TOLD + 1:
            number = sum(other.answer == one.answer for other in answers) - MOST_TOLD
            yield _of_two(one, f"as with these two, it is with {number} pairs of rules in all that are not listed")


def _of_two(found: Contradiction, text: str) -> Finding:
    rule = found.rules[-1]
    place = next(n for n, head in enumerate(rule.then) if head.kind == found.kind)
    if found.answer == "counterexample":
        return rule.finding("contradiction", "error", text, rule.spots.then[place])
    return rule.finding("undecided-contradiction", "warning", text, rule.spots.then[place])


def _untested(program: Program, report: CaseReport) -> Iterator[Finding]:
    """The rules of the last pack that no case hits, and those of which none expects the reason."""
    for rule in program.rules:
        if rule.pack != report.pack:
            continue
        if str(rule) in report.missed:
            yield rule.finding("untested-rule", "warning", "no case makes it apply")
        elif str(rule) not in report.told:
            text = "no case expects its reason, so one that holds for the wrong reason would not be noticed"
            yield rule.finding("untold-reason", "warning", text)
