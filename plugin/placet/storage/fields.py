"""The column types of Placet's tables: the same values go in and come out on SQLite and on PostgreSQL.

Each stores plain text or integers, so no driver converts anything on the way.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from peewee import Field, Node

from placet.domain.errors import Invalid

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


class BadText(Invalid):
    """Text that no database of ours can keep."""

    code = "bad-text"
    title = "The text holds characters that can't be stored"


def microseconds(at: datetime) -> int:
    """Whole microseconds since 1970-01-01 UTC. Raises ValueError for a time without a zone."""
    if at.tzinfo is None:
        raise ValueError(f"the time `{at}` has no zone")
    return (at - EPOCH) // MICROSECOND


class Utc(Field):
    """An aware instant, exact to the microsecond, kept as microseconds since 1970 so that it sorts everywhere."""

    field_type = "BIGINT"

    def db_value(self, value: datetime | Node | None) -> int | Node | None:
        return microseconds(value) if isinstance(value, datetime) else value

    def python_value(self, value: int | None) -> datetime | None:
        return None if value is None else EPOCH + value * MICROSECOND


class Text(Field):
    """Text of any length, compared byte by byte."""

    field_type = "TEXT"

    def db_value(self, value: Any) -> Any:
        return storable(str(value)) if isinstance(value, str) else value


class Json(Field):
    """A value that JSON can hold, kept as text with sorted keys: the same text for the same value."""

    field_type = "TEXT"

    def db_value(self, value: Any) -> Any:
        return value if value is None or isinstance(value, Node) else to_json(value)

    def python_value(self, value: str | None) -> Any:
        return None if value is None else json.loads(value)


_ENCODER = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def to_json(value: object) -> str:
    """Compact JSON with sorted keys. Raises BadText, and ValueError for numbers that are not finite."""
    return storable(_ENCODER.encode(value))


def storable(text: str) -> str:
    """The text itself. Raises BadText for NUL, which PostgreSQL refuses, and for halves of surrogate pairs."""
    if "\x00" in text or not _encodes(text):
        raise BadText("the text holds a character that can't be stored: leave out NUL and unpaired surrogates")
    return text


def _encodes(text: str) -> bool:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True
