"""Files of definitions: read strictly, with all that is wrong told at once, and written so that they read the same."""

from __future__ import annotations

import io
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from ruamel.yaml import YAML
from ruamel.yaml.scalarstring import LiteralScalarString

from placet.domain.errors import Invalid
from placet.domain.people import LONGEST_WORD
from placet.engine.findings import Spot, plain
from placet.engine.yaml_text import Map, read
from placet.service.definitions.kind import Kind, Plain
from placet.service.definitions.kinds import KINDS
from placet.service.definitions.shapes import Schema, nearest

LARGEST_FILE = 20_000_000
"""Characters of a file."""

DEEPEST = 32
"""Lists and mappings in each other: conditions of policies stand ten deep."""

MOST_TOLD = 100


class BadDefinitions(Invalid):
    """Files that can't be read as definitions; `problems` lists what is wrong, each with its file and line."""

    code = "bad-definitions"
    title = "The definitions are not valid"


class File(NamedTuple):
    """A file by the name people know, with its text."""

    name: str
    text: str


@dataclass(frozen=True)
class Wanted:
    """A thing that a file describes, and where."""

    kind: Kind
    id: str
    plain: Plain
    where: str

    @property
    def path(self) -> str:
        return f"{self.kind.section}.{self.id}"


class _Problems:
    """What is wrong with one file."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.found: list[tuple[Spot, str]] = []

    def say(self, at: Spot, path: str, text: str) -> None:
        self.found.append((at, f"{plain(path)}: {text}" if path else text))

    def lines(self) -> list[str]:
        return [f"{self.file}:{at.line}:{at.column}: {text}" for at, text in sorted(self.found, key=lambda one: one[0])]


def read_files(files: Sequence[File]) -> list[Wanted]:
    """Everything that the files describe, in the order it is to be made. Raises BadDefinitions with all problems."""
    wanted: list[Wanted] = []
    lines: list[str] = []
    for file in files:
        problems = _Problems(file.name)
        wanted += _things(file, problems)
        lines += problems.lines()
    places: dict[str, str] = {}
    for one in wanted:
        if (first := places.setdefault(one.path, one.where)) is not one.where:
            lines.append(f"{one.where}: `{one.path}` is described at {first} too: describe it once")
    if lines:
        more = f"\nand {len(lines) - MOST_TOLD} more" if len(lines) > MOST_TOLD else ""
        raise BadDefinitions("\n".join(lines[:MOST_TOLD]) + more, problems=lines[:MOST_TOLD])
    return sorted(wanted, key=lambda one: (KINDS.index(one.kind), one.kind.turn(one.plain)))


def _things(file: File, problems: _Problems) -> Iterable[Wanted]:
    node = read(file.text, lambda at, _, text: problems.say(at, "", text), LARGEST_FILE, DEEPEST, LONGEST_WORD)
    if problems.found:
        return
    if not isinstance(node, Map):
        problems.say(node.at, "", f"a file of definitions has sections: {', '.join(SECTIONS)}")
        return
    for section, things in node.items():
        if section not in SECTIONS:
            problems.say(section.at, "", f"there is no section `{plain(section)}`{nearest(section, SECTIONS)}")
        elif not isinstance(things, Map):
            problems.say(things.at, section, "each thing stands under its id here")
        else:
            for id, thing in things.items():
                found = SECTIONS[section].shape.read(thing, f"{section}.{id}", problems.say)
                if not id:
                    problems.say(id.at, section, "an id has at least one character")
                if not problems.found:
                    yield Wanted(SECTIONS[section], str(id), found, f"{file.name}:{id.at.line}:{id.at.column}")


SECTIONS: Mapping[str, Kind] = {kind.section: kind for kind in KINDS}


def written(sections: Mapping[str, Mapping[str, Plain]]) -> str:
    """Sections of things as YAML, without what need not be written; empty sections are left out."""
    short = {
        section: {id: SECTIONS[section].shape.short(thing) for id, thing in things.items()}
        for section, things in sections.items()
        if things
    }
    yaml = YAML()
    yaml.width = 120
    yaml.allow_unicode = True
    yaml.representer.ignore_aliases = lambda *_: True
    stream = io.StringIO()
    yaml.dump(_legible(short), stream)
    return stream.getvalue()


def _legible(value: Any) -> Any:
    """Texts of several lines as such, where they can be read back that way."""
    if isinstance(value, dict):
        return {key: _legible(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_legible(one) for one in value]
    if isinstance(value, str) and "\n" in value and _literal(value):
        return LiteralScalarString(value)
    return value


def _literal(text: str) -> bool:
    lines = text.split("\n")
    return lines[0] == lines[0].strip() != "" and all(line == line.rstrip() and line.isprintable() for line in lines)


def schema() -> Schema:
    """A JSON Schema of a file, for editors."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Definitions of a Placet marketplace",
        "type": "object",
        "additionalProperties": False,
        "properties": {
            kind.section: {
                "type": "object",
                "description": (kind.__doc__ or "").strip(),
                "propertyNames": {"minLength": 1},
                "additionalProperties": kind.shape.schema(),
            }
            for kind in KINDS
        },
    }


def in_json(value: object) -> str:
    """A value on one line."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True)
