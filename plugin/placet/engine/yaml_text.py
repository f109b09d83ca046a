"""YAML as plain texts, lists and mappings that know their line; what YAML makes of `no` or a date plays no part."""

from __future__ import annotations

from collections.abc import Callable

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
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
        root = YAML().compose(text)
    except YAMLError as error:
        raise PackError([f"{file}:{_line(error)}: {_problem(error)}"]) from None
    except RecursionError:
        raise PackError([f"{file}:1: lists and mappings stand too deep in each other"]) from None
    return _plain(root, say, 0) if root else Map()


def _line(error: YAMLError) -> int:
    mark = getattr(error, "problem_mark", None)
    return mark.line + 1 if mark else 1


def _problem(error: YAMLError) -> str:
    hint = "; variables are written `$name`" if "'?'" in str(error) else ""
    return f"{getattr(error, 'problem', None) or 'this is no YAML'}{hint}"


def _plain(node: object, say: Say, depth: int) -> Node:
    line = node.start_mark.line + 1  # type: ignore[attr-defined]  # ruamel's nodes carry no types
    made = _converted(node, line, say, depth)
    made.line = line
    return made


def _converted(node: object, line: int, say: Say, depth: int) -> Node:
    if _means_something_else(node):
        say(line, "`&`, `*` and `!` mean something else in YAML: write `not` for `!=`, and repeat what is repeated")
    elif depth > DEEPEST:
        say(line, "lists and mappings stand too deep in each other")
    elif isinstance(node, ScalarNode):
        return Text(node.value)
    elif isinstance(node, SequenceNode):
        return List(_plain(one, say, depth + 1) for one in node.value)
    elif isinstance(node, MappingNode):
        return _mapping(node, say, depth)
    return Text()


def _means_something_else(node: object) -> bool:
    anchor, tag = getattr(node, "anchor", None), getattr(node, "tag", None)
    return bool(anchor) or (bool(tag) and tag not in PLAIN_TAGS)


def _mapping(node: MappingNode, say: Say, depth: int) -> Map:
    made = Map()
    for key_node, value_node in node.value:
        key = _plain(key_node, say, depth + 1)
        if not isinstance(key, Text):
            say(key.line, "a key has to be a word")
        elif key in made:
            say(key.line, f"`{key}` stands here twice")
        else:
            made[key] = _plain(value_node, say, depth + 1)
    return made
