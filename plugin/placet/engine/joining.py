"""Several packs as one program: what one concludes another may read, and conclude as well where the first shares it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from placet.domain.errors import PackError
from placet.engine.language import Kinds, Program, Rule
from placet.engine.levels import circles, endless, levelled, may_meet
from placet.engine.limits import beyond_limits
from placet.engine.pack_file import PackFile
from placet.engine.rule_reading import read_rules
from placet.engine.values import Type


def join(texts: Iterable[tuple[str, str]]) -> Program:
    """One program from packs given as (file name, text); raises PackError with every problem found.

    The pack given first owns what it concludes. Rules are numbered in the order of the packs' names, so that a stored
    proof can be read whatever the order in which its packs are loaded again.
    """
    given = [PackFile(name, text) for name, text in texts]
    kinds = _kinds(given)
    files = sorted(given, key=lambda file: file.name)
    rules = _numbered(rule for file in files for rule in read_rules(file, "rules"))
    could = _numbered(rule for file in files for rule in read_rules(file, "could"))
    _refuse([problem for file in files for problem in file.report.problems])
    _refuse([*circles(rules), *endless([*rules, *could])])
    program = Program(
        kinds=kinds,
        given=frozenset(kind for file in files for kind in file.reads),
        rules=levelled(rules),
        could=could,
        packs=tuple(file.name for file in given),
    )
    _refuse(beyond_limits(program))
    return replace(program, warnings=tuple(_warnings(files, program)))


def _refuse(problems: list[str]) -> None:
    if problems:
        raise PackError(problems)


def _numbered(rules: Iterable[Rule]) -> tuple[Rule, ...]:
    return tuple(replace(rule, number=number) for number, rule in enumerate(rules))


def _kinds(files: list[PackFile]) -> Kinds:
    """Every kind of fact: declared alike everywhere, concluded by the pack that declares it first or as it shares."""
    kinds: dict[str, Mapping[str, Type]] = {}
    owners: dict[str, PackFile] = {}
    names: dict[str, PackFile] = {}
    for file in files:
        if names.setdefault(file.name, file) is not file:
            file.report.say(1, f"two packs are called `{file.name}`: give one another name")
        for kind in file.concludes:
            _check_owner(kind, file, owners.setdefault(kind, file))
        for kind, properties in file.kinds.items():
            if kinds.setdefault(kind, properties) != properties:
                file.report.say(file.lines[kind], f"`{kind}` is {properties} here, and {kinds[kind]} in another pack")
    return kinds


def _check_owner(kind: str, file: PackFile, owner: PackFile) -> None:
    if owner is not file and kind not in owner.shares:
        shared = ", ".join(owner.shares) or "nothing"
        file.report.say(file.lines[kind], f"`{kind}` is for {owner.name} alone to conclude; it shares {shared}")


def _warnings(files: list[PackFile], program: Program) -> Iterator[str]:
    for file in files:
        yield from file.report.warnings
        yield from _unused(file, program)
    for rule in program.rules:
        for pattern in rule.when:
            met = any(may_meet(head, pattern) for other in program.rules for head in other.then)
            if pattern.kind not in program.given and not met:
                text = f"can never apply, since nothing concludes such a `{pattern.kind}`"
                yield f"{rule.where}: rule `{rule.name}`: {text}"


def _unused(file: PackFile, program: Program) -> Iterator[str]:
    every = program.rules + program.could
    spoken_of = {pattern.kind for rule in every for pattern in rule.when + rule.unless}
    spoken_of |= {head.kind for rule in every for head in rule.then}
    concluded = {head.kind for rule in program.rules for head in rule.then}
    for kind in file.kinds:
        if kind not in spoken_of:
            yield f"{file.report.file}:{file.lines[kind]}: `{kind}` is used by no rule"
        elif kind not in program.given and kind not in concluded:
            yield f"{file.report.file}:{file.lines[kind]}: nothing concludes `{kind}`"
