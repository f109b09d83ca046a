"""The names by which catalogs call a table, read by rule."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from urllib.parse import unquote

from placet.domain.errors import NotFound

SAME_TECHNOLOGY = {"postgres": "postgresql"}
"""Other names of a kind of data platform."""


@dataclass(frozen=True)
class SourceName:
    """Schema and table, and what else is known of where they are; empty where nothing is."""

    schema: str
    table: str
    technology: str = ""
    host: str = ""

    def narrowed(self, technology: str, host: str) -> SourceName:
        """The same with what was said beside the name, which counts before what the name says itself."""
        return replace(self, technology=same(technology) or self.technology, host=host.casefold() or self.host)

    def __str__(self) -> str:
        name = ".".join(f'"{part}"' if "." in part else part for part in (self.schema, self.table))
        where = ", ".join(filter(None, (self.technology, self.host)))
        return f"{name} ({where})" if where else name


_DATAHUB = re.compile(r"urn:li:dataset:\(urn:li:dataPlatform:([^,()]+),(.+),[A-Za-z_]+\)")
_AMUNDSEN = re.compile(r"([a-z][a-z0-9_+-]*)://(?:[^/]*\.)?([^./]+)/([^/]+)", re.IGNORECASE)
_PART = re.compile(r'"((?:[^"]|"")+)"|([^".]+)')


def read_name(text: str) -> SourceName:
    """The table that a catalog names. Raises NotFound for what names none.

    Dots part a name, and the last two parts are schema and table; a part that holds dots stands in double quotes.
    A URN of DataHub and a key of Amundsen are read as well, and say which kind of platform it is.
    """
    if urn := _DATAHUB.fullmatch(text):
        return replace(_dotted(unquote(urn[2]), text), technology=same(urn[1]))
    if key := _AMUNDSEN.fullmatch(text):
        return SourceName(key[2], key[3], same(key[1]))
    return _dotted(text, text)


def same(technology: str) -> str:
    """One name for each kind of platform."""
    return SAME_TECHNOLOGY.get(technology.casefold(), technology.casefold())


def _dotted(name: str, whole: str) -> SourceName:
    parts = list(_parts(name))
    if len(parts) < 2 or not all(parts[-2:]):
        raise NotFound(f"`{whole}` names no data source: write it as `schema.table`")
    return SourceName(parts[-2], parts[-1])


def _parts(name: str) -> list[str]:
    """The parts of a name with dots; none where quotes don't close or stand inside a part. Empty ones stay empty."""
    parts, at = [], 0
    while True:
        found = _PART.match(name, at)
        parts.append((found[1].replace('""', '"') if found[1] else found[2]) if found else "")
        at = found.end() if found else at
        if at == len(name):
            return parts
        if name[at] != ".":
            return []
        at += 1
