"""Several packs as one program: what one concludes another may read, and conclude as well where the first shares it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from placet.domain.errors import PackError
from placet.engine.findings import START, Finding, Severity
from placet.engine.language import Kinds, Program, Rule
from placet.engine.levels import Order
from placet.engine.limits import beyond_counts, beyond_limits
from placet.engine.pack_file import PackFile
from placet.engine.reaching import unreachable
from placet.engine.rule_reading import read_rules
from placet.engine.values import Type, declared


@dataclass(frozen=True)
class Joined:
    """What came of some packs: the program, unless something is wrong with them, and all that was found."""

    files: tuple[PackFile, ...]  # in the order in which they were given
    findings: tuple[Finding, ...]
    program: Program | None = None

    @property
    def errors(self) -> list[Finding]:
        """What keeps the packs from being a program."""
        return [finding for finding in self.findings if finding.severity == "error"]


def join(texts: Iterable[tuple[str, str]]) -> Program:
    """One program from packs given as (file name, text); raises PackError with every problem found."""
    joined = joined_packs(texts)
    if joined.program is None:
        raise PackError([str(finding) for finding in joined.errors])
    return joined.program


def joined_packs(texts: Iterable[tuple[str, str]]) -> Joined:
    """Packs given as (file name, text), read and put together as far as they go.

    The pack given first owns what it concludes. Rules are numbered in the order of the packs' names, so that a stored
    proof can be read whatever the order in which its packs are loaded again.
    """
    given = tuple(PackFile(name, text) for name, text in texts)
    kinds = _kinds(given)
    files = sorted(given, key=lambda file: file.name)
    rules = _numbered(rule for file in files for rule in read_rules(file, "rules"))
    could = _numbered(rule for file in files for rule in read_rules(file, "could"))
    found = [finding for file in files for finding in file.report.told()]
    places = {kind: (file.report.file, spot) for file in reversed(given) for kind, spot in file.spots.items()}
    found += () if _wrong(found) else beyond_counts(rules, places)
    if _wrong(found):
        return Joined(given, tuple(found))
    order = Order(rules)
    if wrong := [*order.circles(), *Order([*rules, *could]).endless()]:
        return Joined(given, (*found, *wrong))
    program = Program(
        kinds=kinds,
        given=frozenset(kind for file in files for kind in file.reads),
        rules=order.levelled(),
        could=could,
        packs=tuple(file.name for file in given),
        declared=places,
    )
    found += beyond_limits(program)
    if _wrong(found):
        return Joined(given, tuple(found))
    found += (*_unused(files, program), *unreachable(program))
    return Joined(given, tuple(found), replace(program, warnings=tuple(sorted(found))))


def _wrong(found: Sequence[Finding]) -> bool:
    return any(finding.severity == "error" for finding in found)


def _numbered(rules: Iterable[Rule]) -> tuple[Rule, ...]:
    return tuple(replace(rule, number=number) for number, rule in enumerate(rules))


def _kinds(files: Sequence[PackFile]) -> Kinds:
    """Every kind of fact: declared alike everywhere, concluded by the pack that declares it first or as it shares."""
    kinds: dict[str, Mapping[str, Type]] = {}
    owners: dict[str, PackFile] = {}
    names: dict[str, PackFile] = {}
    for file in files:
        if names.setdefault(file.name, file) is not file:
            file.report.say(START, "twice", f"two packs are called `{file.name}`: give one another name")
        for kind in file.concludes:
            _check_owner(kind, file, owners.setdefault(kind, file))
        for kind, properties in file.kinds.items():
            if kinds.setdefault(kind, properties) != properties:
                text = f"`{kind}` is {declared(properties)} here, and {declared(kinds[kind])} in another pack"
                file.report.say(file.spots[kind], "wrong-type", text)
    return kinds


def _check_owner(kind: str, file: PackFile, owner: PackFile) -> None:
    if owner is not file and kind not in owner.shares:
        shared = ", ".join(owner.shares) or "nothing"
        text = f"`{kind}` is for {owner.name} alone to conclude; it shares {shared}"
        file.report.say(file.spots[kind], "not-shared", text)


def _unused(files: Iterable[PackFile], program: Program) -> Iterator[Finding]:
    every = program.rules + program.could
    spoken_of = {pattern.kind for rule in every for pattern in rule.when + rule.unless}
    spoken_of |= {head.kind for rule in every for head in rule.then}
    concluded = {head.kind for rule in program.rules for head in rule.then}
    for file in files:
        for kind in file.kinds:
            if kind not in spoken_of:
                yield of_kind(file, kind, "unused-kind", "warning", f"`{kind}` is used by no rule")
            elif kind not in program.given and kind not in concluded:
                yield of_kind(file, kind, "never-concluded", "warning", f"nothing concludes `{kind}`")


def of_kind(file: PackFile, kind: str, code: str, severity: Severity, text: str) -> Finding:
    """Something to say about the declaration of a kind."""
    return Finding(file.report.file, *file.spots[kind], "", code, severity, text)
