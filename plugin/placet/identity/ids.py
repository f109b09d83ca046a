"""Ids as parts of addresses: a slash, or nothing but dots, would part or shorten the path.

As in a JSON Pointer (RFC 6901): `~1` stands for a slash and `~0` for a tilde; `~2` for each dot of an id of dots alone.
Whatever stands between us and the browser may unescape `%2F`, refuse it, or make one slash of two.
"""

from __future__ import annotations

from collections.abc import Callable, MutableMapping
from typing import Any, Protocol

HOLD_IDS = ("id", "person")
"""What the parts of addresses that are ids are called in our rules."""


class Routes(Protocol):
    """What a blueprint lets one say about all of its addresses."""

    def url_defaults(self, write: Callable[[str, dict[str, Any]], None], /) -> object: ...

    def url_value_preprocessor(self, read: Callable[[str | None, dict[str, Any] | None], None], /) -> object: ...


def carry_any_id(routes: Routes) -> None:
    """Let the addresses of a blueprint carry ids whatever characters they have, in links and when they are read."""
    routes.url_defaults(lambda _, values: _change(values, as_part))
    routes.url_value_preprocessor(lambda _, values: _change(values or {}, from_part))


def as_part(id: str) -> str:
    """An id as one part of a path."""
    part = id.replace("~", "~0").replace("/", "~1")
    return part if id.strip(".") else id.replace(".", "~2")


def from_part(part: str) -> str:
    """The id that a part of a path stands for."""
    return part.replace("~2", ".").replace("~1", "/").replace("~0", "~")


def _change(values: MutableMapping[str, Any], how: Callable[[str], str]) -> None:
    for name in HOLD_IDS:
        if isinstance(values.get(name), str):
            values[name] = how(values[name])
