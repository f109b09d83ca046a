"""Reading the parts of imported files strictly: what is not as it should be is refused with its place."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from typing import Any

from placet.service.people_file import BadImport


def as_json(text: str) -> Any:
    """What a JSON text says. Raises BadImport, also where Python's reader gives up on depth and endless numbers."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadImport(f"this is no JSON: {error}") from None


def mapping(value: Any, where: str) -> Mapping[str, Any]:
    """An object. Raises BadImport."""
    if not isinstance(value, dict):
        raise BadImport(f"{where}: this has to be an object")
    return value


def listing(value: Any, where: str) -> list[Any]:
    """A list; nothing is an empty one. Raises BadImport."""
    if value is None or value == "":
        return []
    if not isinstance(value, list):
        raise BadImport(f"{where}: this has to be a list")
    return value


def text_at(row: Mapping[str, Any], key: str, where: str, default: str | None = None) -> str:
    """The text under a key. Raises BadImport where it is missing, unless there is a default, or is no text."""
    value = row.get(key)
    if value is None and default is not None:
        return default
    if not isinstance(value, str) or (not value and default is None):
        raise BadImport(f"{where}: `{key}` has to be text")
    return str(value)


def words_at(row: Mapping[str, Any], key: str, where: str) -> frozenset[str]:
    """The tags under a key: a list of texts, or one text. Raises BadImport."""
    value = row.get(key)
    found = [value] if isinstance(value, str) and value else listing(value, f"{where}, `{key}`")
    if not all(isinstance(one, str) for one in found):
        raise BadImport(f"{where}: `{key}` has to be a list of texts")
    return frozenset(map(str, found))


def refuse_unknown(row: Mapping[str, Any], known: Collection[str], where: str) -> None:
    """Raises BadImport for a key that has no meaning here."""
    if unknown := sorted(set(row) - set(known)):
        raise BadImport(f"{where}: `{unknown[0]}` is unknown here: known are {', '.join(known)}")
