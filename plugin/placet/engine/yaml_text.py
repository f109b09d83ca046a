"""YAML as plain texts, lists and mappings that know their place; what YAML makes of `no` or a date plays no part.

One pass over the events of the reader: nothing is built of what stands behind `&`, `*` or `!`, so that a small text
can't become a large one, and it ends where lists stand too deep in each other, which takes the reader quadratic time.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    CollectionEndEvent,
    CollectionStartEvent,
    DocumentStartEvent,
    Event,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
)
from ruamel.yaml.reader import ReaderError

from placet.engine.findings import START, Spot

LARGEST_TEXT = 256 * 1024  # characters; a pack is written by hand
LONGEST_KEY = 200
DEEPEST = 12  # lists and mappings in each other; a rule needs six

PLAIN_TAGS = {f"tag:yaml.org,2002:{one}" for one in ("str", "int", "float", "bool", "null", "timestamp", "map", "seq")}
# What turns the direction of text makes a pack read otherwise than it is; the others are sent to terminals.
HIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x84\x86-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]")
HALF = re.compile("[\ud800-\udfff]")

Say = Callable[[Spot, str, str], None]  # where, a code, what is wrong


class Text(str):
    """A scalar, as written."""

    at = START


class List(list["Node"]):
    """A sequence."""

    at = START


class Map(dict[Text, "Node"]):
    """A mapping with texts as keys."""

    at = START


Node = Text | List | Map


class _Stop(Exception):
    """What is read so far has told enough."""


def read(
    text: str, say: Say, longest: int = LARGEST_TEXT, deepest: int = DEEPEST, longest_key: int = LONGEST_KEY
) -> Node:
    """A YAML text as plain data; what has no meaning here is said, and where it is no YAML the answer is empty."""
    if len(text) > longest:
        say(START, "too-large", f"longer than {longest} characters: split it")
        return Map()
    try:
        return _Reading(text, say, deepest, longest_key).document()
    except _Stop:
        pass
    except ReaderError as error:
        say(_spot_of(text, error.position), "not-yaml", f"the character {chr(error.character)!a} can't stand in YAML")
    except YAMLError as error:
        say(_mark(error), "not-yaml", _problem(error))
    return Map()


def first_text(text: str, key: str) -> str:
    """The text under a key of the outermost mapping, read no further than that; empty where there is none."""
    depth, wanted = 0, False
    try:
        for event in _events(text[:LARGEST_TEXT]):
            if wanted:
                return str(event.value) if isinstance(event, ScalarEvent) else ""
            wanted = depth == 1 and isinstance(event, ScalarEvent) and event.value == key
            depth += isinstance(event, CollectionStartEvent) - isinstance(event, CollectionEndEvent)
            if depth > DEEPEST:
                return ""
    except YAMLError:
        pass
    return ""


def _events(text: str) -> Iterator[Event]:
    """The events of the reader that passes over comments; the one that keeps them takes half as long again."""
    events: Iterator[Event] = YAML(typ="safe", pure=True).parse(text)
    return events


def _spot_of(text: str, position: int) -> Spot:
    before = text[:position]
    return Spot(before.count("\n") + 1, position - (before.rfind("\n") + 1) + 1)


def _mark(error: YAMLError) -> Spot:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    return Spot(mark.line + 1, mark.column + 1) if mark else START


def _problem(error: YAMLError) -> str:
    hint = "; variables are written `$name`" if "'?'" in str(error) else ""
    return f"{getattr(error, 'problem', None) or 'this is no YAML'}{hint}"


class _Reading:
    """One text, read from its first event to its last."""

    def __init__(self, text: str, say: Say, deepest: int, longest_key: int) -> None:
        self.say = say
        self.deepest = deepest
        self.longest_key = longest_key
        self.depth = 0
        self.events = self._bounded(_events(text))

    def document(self) -> Node:
        """The one document of the text."""
        made: Node | None = None
        for event in self.events:
            if isinstance(event, DocumentStartEvent) and made is not None:
                self.say(_at(event), "not-yaml", "another document begins here: a file holds one")
                raise _Stop
            if isinstance(event, NodeEvent):
                made = self._node(event)
        return made if made is not None else Map()

    def _bounded(self, events: Iterator[Event]) -> Iterator[Event]:
        for event in events:
            self.depth += isinstance(event, CollectionStartEvent) - isinstance(event, CollectionEndEvent)
            if self.depth > self.deepest:
                self.say(_at(event), "too-deep", "lists and mappings stand too deep in each other")
                raise _Stop
            yield event

    def _node(self, event: Event) -> Node:
        made = self._made(event)
        made.at = _at(event)
        return made

    def _made(self, event: Event) -> Node:
        if _means_something_else(event):
            text = "`&`, `*` and `!` mean something else in YAML: write `not` for `!=`, and repeat what is repeated"
            self.say(_at(event), "no-meaning", text)
            self._pass_over(event)
            return Text()
        if isinstance(event, MappingStartEvent):
            return self._mapping()
        if isinstance(event, ScalarEvent):
            return self._text(event)
        return List(self._items())

    def _pass_over(self, event: Event) -> None:
        if isinstance(event, CollectionStartEvent):
            within = self.depth
            while self.depth >= within:
                next(self.events)

    def _items(self) -> Iterator[Node]:
        while not isinstance(event := next(self.events), CollectionEndEvent):
            yield self._node(event)

    def _text(self, event: ScalarEvent) -> Text:
        if hidden := HIDDEN.search(event.value):
            self.say(_at(event), "hidden-character", f"the character {hidden[0]!a} can't be seen: leave it out")
        if HALF.search(event.value):
            return self._joined(event)
        return Text(event.value)

    def _joined(self, event: ScalarEvent) -> Text:
        """The text with the two halves of each character as one: JSON writes so what lies beyond 16 bits."""
        try:
            return Text(event.value.encode("utf-16-le", "surrogatepass").decode("utf-16-le"))
        except UnicodeDecodeError:
            self.say(_at(event), "not-yaml", "half of a character stands here without the other: write both, or none")
            return Text()

    def _mapping(self) -> Map:
        made = Map()
        while not isinstance(event := next(self.events), CollectionEndEvent):
            key, value = self._node(event), self._node(next(self.events))
            if problem := _problem_of_key(key, made, self.longest_key):
                self.say(key.at, *problem)
            elif isinstance(key, Text):
                made[key] = value
        return made


def _problem_of_key(key: Node, made: Map, longest: int) -> tuple[str, str] | None:
    """A code and a text."""
    if not isinstance(key, Text):
        return "wrong-shape", "a key has to be a word"
    if len(key) > longest:
        return "too-large", f"a key has at most {longest} characters, and this one has {len(key)}"
    return ("twice", f"`{key}` stands here twice") if key in made else None


def _means_something_else(event: Event) -> bool:
    tag, anchor = getattr(event, "tag", None), getattr(event, "anchor", None)
    return isinstance(event, AliasEvent) or bool(anchor) or (bool(tag) and str(tag) not in PLAIN_TAGS)


def _at(event: Event) -> Spot:
    return Spot(event.start_mark.line + 1, event.start_mark.column + 1)
