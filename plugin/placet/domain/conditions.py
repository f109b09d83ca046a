"""Conditions on people: who they are for is always a plain yes or no, whatever is known of a person.

As JSON: `{"group": "x"}`, `{"attribute": {"key": "k", "value": "v"}}`, `{"permission": "AUDIT"}`, `{"all": [...]}`,
`{"any": [...]}` and `{"not": ...}`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from placet.domain.errors import Invalid
from placet.domain.people import LONGEST_WORD, GlobalPermission

DEEPEST = 10
"""How many conditions may stand inside each other."""

MOST_PARTS = 100
"""How many conditions one may be made of, itself among them."""


class Holder(Protocol):
    """Whoever a condition can be about: a person, or a person's login on a data platform."""

    @property
    def groups(self) -> frozenset[str]: ...

    @property
    def attributes(self) -> Mapping[str, frozenset[str]]: ...

    @property
    def permissions(self) -> frozenset[GlobalPermission]: ...


class BadCondition(Invalid):
    """A condition that can't be as it is described."""

    code = "bad-condition"
    title = "The condition is not valid"


@dataclass(frozen=True)
class InGroup:
    """Holds for the members of a group."""

    group: str

    def __str__(self) -> str:
        return f"in group {self.group}"


@dataclass(frozen=True)
class HasAttribute:
    """Holds for those who have a value among those of an attribute."""

    key: str
    value: str

    def __str__(self) -> str:
        return f"with {self.key} = {self.value}"


@dataclass(frozen=True)
class HasPermission:
    """Holds for those who have a global permission."""

    permission: GlobalPermission

    def __str__(self) -> str:
        return f"with the permission {self.permission}"


@dataclass(frozen=True)
class AllOf:
    """Holds where every one of its parts does."""

    parts: tuple[Condition, ...]

    def __post_init__(self) -> None:
        _refuse_empty("all", self.parts)

    def __str__(self) -> str:
        return _joined(" and ", self.parts)


@dataclass(frozen=True)
class AnyOf:
    """Holds where one of its parts does."""

    parts: tuple[Condition, ...]

    def __post_init__(self) -> None:
        _refuse_empty("any", self.parts)

    def __str__(self) -> str:
        return _joined(" or ", self.parts)


@dataclass(frozen=True)
class Not:
    """Holds where its part does not."""

    part: Condition

    def __str__(self) -> str:
        return f"not {_within(self.part)}"


Condition = InGroup | HasAttribute | HasPermission | AllOf | AnyOf | Not

_HOLDS: dict[type[Condition], Callable[[Any, Holder], bool]] = {
    InGroup: lambda asked, person: asked.group in person.groups,
    HasAttribute: lambda asked, person: asked.value in person.attributes.get(asked.key, frozenset()),
    HasPermission: lambda asked, person: asked.permission in person.permissions,
    AllOf: lambda asked, person: all(holds(part, person) for part in asked.parts),
    AnyOf: lambda asked, person: any(holds(part, person) for part in asked.parts),
    Not: lambda asked, person: not holds(asked.part, person),
}


def holds(condition: Condition, person: Holder) -> bool:
    """Whether a condition holds for a person; what is not known of them, they do not have."""
    return _HOLDS[type(condition)](condition, person)


def problem(condition: Condition) -> str:
    """Why a condition can't be used, in words, or nothing where it can."""
    return next(_problems(condition), "")


def _problems(condition: Condition) -> Iterator[str]:
    found = list(_parts_of(condition, 1))
    if any(depth > DEEPEST for _, depth in found):
        yield f"conditions stand more than {DEEPEST} deep inside each other"
    if len(found) > MOST_PARTS:
        yield f"it is made of more than {MOST_PARTS} conditions"
    yield from (told for part, _ in found for told in _word_problems(part))


def _word_problems(part: Condition) -> Iterator[str]:
    """What is wrong with the words of one part; they are the names that a directory can hold."""
    for word in _words_of(part):
        if not 1 <= len(word) <= LONGEST_WORD:
            yield f"`{word[:40]}` can't be a name: it has to have 1 to {LONGEST_WORD} characters"
        elif any(character == "\x00" or "\ud800" <= character <= "\udfff" for character in word):
            yield f"`{word[:40]!a}` holds a character that no name has"


def _words_of(part: Condition) -> tuple[str, ...]:
    match part:
        case InGroup(group):
            return (group,)
        case HasAttribute(key, value):
            return (key, value)
        case _:
            return ()


def _parts_of(condition: Condition, depth: int) -> Iterator[tuple[Condition, int]]:
    """The condition and everything in it with how deep it stands, no further than is needed to refuse it."""
    yield condition, depth
    if depth <= DEEPEST:
        for part in inside(condition):
            yield from _parts_of(part, depth + 1)


def inside(condition: Condition) -> tuple[Condition, ...]:
    """The conditions that one is made of, or none."""
    match condition:
        case AllOf(parts) | AnyOf(parts):
            return parts
        case Not(part):
            return (part,)
        case _:
            return ()


def to_json(condition: Condition) -> dict[str, object]:
    """A condition as JSON holds it."""
    match condition:
        case InGroup(group):
            return {"group": group}
        case HasAttribute(key, value):
            return {"attribute": {"key": key, "value": value}}
        case HasPermission(permission):
            return {"permission": permission.value}
        case AllOf(parts):
            return {"all": [to_json(part) for part in parts]}
        case AnyOf(parts):
            return {"any": [to_json(part) for part in parts]}
        case Not(part):
            return {"not": to_json(part)}


def from_json(given: object) -> Condition:
    """The condition that JSON describes. Raises BadCondition, naming what is wrong."""
    condition = _read(given, 1)
    if told := problem(condition):
        raise BadCondition(f"the condition can't be used: {told}")
    return condition


def _read(given: object, depth: int) -> Condition:
    if depth > DEEPEST:
        raise BadCondition(f"the condition can't be used: conditions stand more than {DEEPEST} deep inside each other")
    if not isinstance(given, dict) or len(given) != 1:
        raise BadCondition(f"{_shown(given)} is no condition: give an object with one of {_KINDS}")
    kind, value = next(iter(given.items()))
    if kind not in _READERS:
        raise BadCondition(f"`{str(kind)[:40]}` is no kind of condition: there are {_KINDS}")
    return _READERS[kind](value, depth)


def _read_group(given: object, _: int) -> Condition:
    return InGroup(_text(given, "group"))


def _read_attribute(given: object, _: int) -> Condition:
    if not isinstance(given, dict) or set(given) != {"key", "value"}:
        raise BadCondition(f"an `attribute` is an object with `key` and `value`, and not {_shown(given)}")
    return HasAttribute(_text(given["key"], "key"), _text(given["value"], "value"))


def _read_permission(given: object, _: int) -> Condition:
    if not isinstance(given, str) or given not in list(GlobalPermission):
        raise BadCondition(f"{_shown(given)} is no global permission: there are {', '.join(GlobalPermission)}")
    return HasPermission(GlobalPermission(given))


def _read_parts(given: object, depth: int, kind: str) -> tuple[Condition, ...]:
    if not isinstance(given, list):
        raise BadCondition(f"`{kind}` holds a list of conditions, and not {_shown(given)}")
    if len(given) > MOST_PARTS:
        raise BadCondition(f"the condition can't be used: it is made of more than {MOST_PARTS} conditions")
    return tuple(_read(part, depth + 1) for part in given)


_READERS: dict[object, Callable[[object, int], Condition]] = {
    "group": _read_group,
    "attribute": _read_attribute,
    "permission": _read_permission,
    "all": lambda given, depth: AllOf(_read_parts(given, depth, "all")),
    "any": lambda given, depth: AnyOf(_read_parts(given, depth, "any")),
    "not": lambda given, depth: Not(_read(given, depth + 1)),
}
_KINDS = ", ".join(f"`{kind}`" for kind in _READERS)


def _text(given: object, what: str) -> str:
    if not isinstance(given, str):
        raise BadCondition(f"the `{what}` has to be text, and not {_shown(given)}")
    return given


def _shown(given: object) -> str:
    """What someone wrote, in so far as it is short."""
    return f"`{str(given)[:40]}`" if isinstance(given, str | int | float) else _CALLED.get(type(given), "a value")


_CALLED: dict[type, str] = {dict: "an object", list: "a list", type(None): "null"}


def _refuse_empty(kind: str, parts: tuple[Condition, ...]) -> None:
    if not parts:
        raise BadCondition(f"an empty `{kind}` says nothing about anyone: put a condition into it, or leave it out")


def _joined(word: str, parts: tuple[Condition, ...]) -> str:
    return word.join(map(_within, parts)) if len(parts) > 1 else str(parts[0])


def _within(part: Condition) -> str:
    """A part as it stands in a sentence: in brackets where it is several itself."""
    return f"({part})" if isinstance(part, AllOf | AnyOf) and len(part.parts) > 1 else str(part)
