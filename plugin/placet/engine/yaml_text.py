"""YAML as plain texts, lists and mappings that know their line; what YAML makes of `no` or a date plays no part."""

from __future__ import annotations

from collections.abc import Callable

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
from ruamel.yaml.events import CollectionEndEvent, CollectionStartEvent
from ruamel.yaml.nodes import MappingNode, ScalarNode, SequenceNode

from placet.domain.errors import PackError

LARGEST_TEXT = 256 * 1024  # characters; a pack is written by hand
DEEPEST = 12  # lists and mappings in each other; a rule needs six

PLAIN_TAGS = {
    f"tag:yaml.org,2002:{one}"
    for one in ("str", "int", "float", "bool", "null", "timestamp", "merge", "value", "map", "seq")
}

Say = Callable[[int, str], None]


class Text(str):
    """A scalar, as written."""

    line = 0


class List(list["Node"]):
    """A sequence."""

    line = 0


class Map(dict[Text, "Node"]):
    """A mapping with texts as keys."""

    line = 0


Node = Text | List | Map


def read(file: str, text: str, say: Say) -> Node:
    """A YAML text as plain data; raises PackError where it is no YAML, says all else that has no meaning here."""
    if len(text) > LARGEST_TEXT:
        raise PackError([f"{file}:1: longer than {LARGEST_TEXT} characters: split it"])
    try:
        _refuse_depth(file, text)
        root = YAML().compose(text)
    except YAMLError as error:
        raise PackError([f"{file}:{_line(error)}: {_problem(error)}"]) from None
    return _plain(root, say) if root else Map()


def _refuse_depth(file: str, text: str) -> None:
    """Look at the events first and stop early: the reader takes quadratic time, and the stack, for what stands deep."""
    depth = 0
    for event in YAML().parse(text):
        depth += isinstance(event, CollectionStartEvent) - isinstance(event, CollectionEndEvent)
        if depth > DEEPEST:
            line = event.start_mark.line + 1
            raise PackError([f"{file}:{line}: lists and mappings stand too deep in each other"])


def _line(error: YAMLError) -> int:
    mark = getattr(error, "problem_mark", None)
    return mark.line + 1 if mark else 1


def _problem(error: YAMLError) -> str:
    hint = "; variables are written `$name`" if "'?'" in str(error) else ""
    return f"{getattr(error, 'problem', None) or 'this is no YAML'}{hint}"


def _plain(node: object, say: Say) -> Node:
    line = node.start_mark.line + 1  # type: ignore[attr-defined]  # ruamel's nodes carry no types
    made = _converted(node, line, say)
    made.line = line
    return made


def _converted(node: object, line: int, say: Say) -> Node:
    if _means_something_else(node):
        say(line, "`&`, `*` and `!` mean something else in YAML: write `not` for `!=`, and repeat what is repeated")
    elif isinstance(node, ScalarNode):
        return Text(node.value)
    elif isinstance(node, SequenceNode):
        return List(_plain(one, say) for one in node.value)
    elif isinstance(node, MappingNode):
        return _mapping(node, say)
    return Text()


def _means_something_else(node: object) -> bool:
    anchor, tag = getattr(node, "anchor", None), getattr(node, "tag", None)
    return bool(anchor) or (bool(tag) and tag not in PLAIN_TAGS)


def _mapping(node: MappingNode, say: Say) -> Map:
    made = Map()
    for key_node, value_node in node.value:
        key = _plain(key_node, say)
        if not isinstance(key, Text):
            say(key.line, "a key has to be a word")
        elif key in made:
            say(key.line, f"`{key}` stands here twice")
        else:
            made[key] = _plain(value_node, say)
    return made
