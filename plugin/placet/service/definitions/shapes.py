"""Shapes of what stands in a file of definitions: by them it is read, written short, and described to editors."""

from __future__ import annotations

import copy
import difflib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Protocol

from placet.domain.errors import PlacetError
from placet.engine.findings import Spot, plain
from placet.engine.yaml_text import List, Map, Node, Text

Say = Callable[[Spot, str, str], None]  # where, the path there, what is wrong
Schema = dict[str, Any]


class Left(Enum):
    """What leaving a member out means, where that is no plain value."""

    NEEDED = "it can't be left out"
    KEPT = "what is there stays as it is"


class Shape(Protocol):
    """How a value is written."""

    def read(self, node: Node, path: str, say: Say) -> Any:
        """The value as plain data; what is wrong is said, and something harmless stands in for it."""
        ...

    def short(self, value: Any) -> Any:
        """The value without what need not be written."""
        ...

    def schema(self) -> Schema:
        """A JSON Schema of it."""
        ...


@dataclass(frozen=True)
class Word:
    """A text; of some choices if there are any, and as `checked` makes it, which refuses what it can't use."""

    choices: tuple[str, ...] = ()
    checked: Callable[[str], str] = str

    def read(self, node: Node, path: str, say: Say) -> str:
        if not isinstance(node, Text):
            say(node.at, path, f"a text is needed here, and not {_called(node)}")
            return ""
        if self.choices and node not in self.choices:
            say(node.at, path, f"`{plain(node)}` is none of {', '.join(self.choices)}{nearest(node, self.choices)}")
        try:
            return self.checked(str(node))
        except PlacetError as error:
            say(node.at, path, error.detail)
            return ""

    def short(self, value: Any) -> Any:
        return value

    def schema(self) -> Schema:
        return {"type": "string", "enum": list(self.choices)} if self.choices else {"type": "string"}


@dataclass(frozen=True)
class Number:
    """A whole number."""

    def read(self, node: Node, path: str, say: Say) -> int:
        digits = node.removeprefix("-") if isinstance(node, Text) else ""
        if isinstance(node, Text) and digits.isascii() and digits.isdigit() and len(digits) < 10:
            return int(node)
        say(node.at, path, f"a whole number is needed here, and not {_called(node)}")
        return 0

    def short(self, value: Any) -> Any:
        return value

    def schema(self) -> Schema:
        return {"type": "integer"}


@dataclass(frozen=True)
class Flag:
    """`true` or `false`."""

    def read(self, node: Node, path: str, say: Say) -> bool:
        if isinstance(node, Text) and node in ("true", "false"):
            return node == "true"
        say(node.at, path, f"`true` or `false` is needed here, and not {_called(node)}")
        return False

    def short(self, value: Any) -> Any:
        return value

    def schema(self) -> Schema:
        return {"type": "boolean"}


@dataclass(frozen=True)
class Several:
    """A list; where its order says nothing it is a set, and kept sorted."""

    item: Shape
    ordered: bool = True

    def read(self, node: Node, path: str, say: Say) -> list[Any]:
        if not isinstance(node, List):
            say(node.at, path, f"a list is needed here, and not {_called(node)}")
            return []
        found = [self.item.read(one, f"{path}[{number}]", say) for number, one in enumerate(node)]
        return found if self.ordered else sorted(set(found))

    def short(self, value: Any) -> Any:
        return [self.item.short(one) for one in value]

    def schema(self) -> Schema:
        return {"type": "array", "items": self.item.schema()} | ({} if self.ordered else {"uniqueItems": True})


@dataclass(frozen=True)
class Table:
    """A mapping from names that the file chooses."""

    item: Shape

    def read(self, node: Node, path: str, say: Say) -> dict[str, Any]:
        return {str(key): self.item.read(one, f"{path}.{key}", say) for key, one in _members(node, path, say).items()}

    def short(self, value: Any) -> Any:
        return {key: self.item.short(one) for key, one in value.items()}

    def schema(self) -> Schema:
        return {"type": "object", "additionalProperties": self.item.schema()}


@dataclass(frozen=True)
class Member:
    """A member of a record, and what it is where it is left out."""

    shape: Shape
    left_out: Any = Left.NEEDED
    about: str = ""


@dataclass(frozen=True)
class Record:
    """A mapping with known members, and no others."""

    members: Mapping[str, Member] = field(hash=False)

    def read(self, node: Node, path: str, say: Say) -> dict[str, Any]:
        given, found = _members(node, path, say), {}
        for key in (key for key in given if key not in self.members):
            say(key.at, path, f"`{plain(key)}` is not known here{nearest(key, self.members)}")
        for name, member in self.members.items():
            if value := _under(given, name):
                found[name] = member.shape.read(value[0], f"{path}.{name}", say)
            elif member.left_out is Left.NEEDED:
                say(node.at, path, f"`{name}` is missing")
            elif member.left_out is not Left.KEPT:
                found[name] = copy.deepcopy(member.left_out)
        return found

    def short(self, value: Any) -> Any:
        known = ((name, member, value[name]) for name, member in self.members.items() if name in value)
        return {name: member.shape.short(own) for name, member, own in known if own != member.left_out}

    def schema(self) -> Schema:
        properties = {
            name: member.shape.schema() | ({"description": member.about} if member.about else {})
            for name, member in self.members.items()
        }
        needed = [name for name, member in self.members.items() if member.left_out is Left.NEEDED]
        whole: Schema = {"type": "object", "properties": properties, "additionalProperties": False}
        return whole | ({"required": needed} if needed else {})


@dataclass(frozen=True)
class Free:
    """Whatever `checked` takes, in the form it gives it; for what has a reader of its own."""

    checked: Callable[[object], object]

    def read(self, node: Node, path: str, say: Say) -> object:
        try:
            return self.checked(_data(node))
        except PlacetError as error:
            say(node.at, path, error.detail)
            return None

    def short(self, value: Any) -> Any:
        return value

    def schema(self) -> Schema:
        return {"type": "object"}


def nearest(word: str, known: Iterable[str]) -> str:
    """The known word that was meant, as the end of a sentence; nothing where none is near."""
    found = difflib.get_close_matches(word[:100], list(known), 1)
    return f": did you mean `{found[0]}`?" if found else ""


def _members(node: Node, path: str, say: Say) -> Map:
    if isinstance(node, Map):
        return node
    say(node.at, path, f"names with values are needed here, and not {_called(node)}")
    return Map()


def _under(given: Map, name: str) -> list[Node]:
    return [value for key, value in given.items() if key == name]


def _called(node: Node) -> str:
    if isinstance(node, Text):
        return f"`{plain(node)}`" if node else "nothing"
    return "a list" if isinstance(node, List) else "names with values"


def _data(node: Node) -> object:
    if isinstance(node, Map):
        return {str(key): _data(value) for key, value in node.items()}
    return [_data(one) for one in node] if isinstance(node, List) else str(node)
