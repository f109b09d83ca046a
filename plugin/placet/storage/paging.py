"""Pages by key: each begins after the last row of the one before, whatever was inserted in between."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from peewee import AsIs, Expression, Field, Tuple

from placet.domain.errors import Invalid
from placet.storage.fields import storable

Item = TypeVar("Item")
Other = TypeVar("Other")

Key = tuple[int | str, ...]
"""What rows are ordered by, as it is stored; its last part is unique."""

LARGEST = 500


class Named(Protocol):
    """A row of what lists show by name."""

    sort_name: Any
    id: Any


class BadCursor(Invalid):
    """A cursor that no page of this list has given."""

    code = "bad-cursor"
    title = "The cursor is not valid"


@dataclass(frozen=True)
class Page(Generic[Item]):
    """Some items in order; `next` is the cursor of the page after, or None on the last one."""

    items: tuple[Item, ...]
    next: str | None = None

    def map(self, function: Callable[[Item], Other]) -> Page[Other]:
        """The same page with another value for each item."""
        return Page(tuple(map(function, self.items)), self.next)


def by_name(row: Named) -> Key:
    """The key of a list by name."""
    return row.sort_name, row.id


def encode(key: Key) -> str:
    """A key as a cursor: opaque, and safe in an address."""
    return base64.urlsafe_b64encode(json.dumps(key).encode()).decode().rstrip("=")


def decode(cursor: str, kinds: tuple[type, ...]) -> Key:
    """The key a cursor stands for. Raises BadCursor where its parts are not of `kinds`."""
    try:
        raw = base64.b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        key = json.loads(raw)
    except (UnicodeError, binascii.Error, ValueError):
        key = None
    if not isinstance(key, list) or [type(part) for part in key] != list(kinds) or not all(map(_storable, key)):
        raise BadCursor("the cursor is not one of this list: begin again without it")
    return tuple(key)


def _storable(part: int | str) -> bool:
    if isinstance(part, int):
        return abs(part) < 2**63
    return storable(part) == part


def rows_wanted(limit: int) -> int:
    """How many rows to read for a page: one more than shown tells whether there is a next page."""
    if not 1 <= limit <= LARGEST:
        raise Invalid(f"a page of `{limit}` is not possible: ask for 1 to {LARGEST}")
    return limit + 1


def cut(rows: Sequence[Item], limit: int, key: Callable[[Item], Key]) -> Page[Item]:
    """The page out of the rows read for it."""
    shown = tuple(rows[:limit])
    return Page(shown, encode(key(shown[-1])) if len(rows) > limit else None)


def after(fields: Sequence[Field[Any]], key: Key, descending: bool = False) -> Expression:
    """The condition that a row comes after `key`; both databases read it straight from an index on `fields`."""
    return Expression(Tuple(*fields), "<" if descending else ">", Tuple(*map(AsIs, key)))
