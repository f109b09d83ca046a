"""The columns of a masking exception as a data steward has to know them."""

from __future__ import annotations

from dataclasses import dataclass

from placet.domain.products import DataSource
from placet.domain.requests import AccessRequest
from placet.storage import Session


@dataclass(frozen=True)
class AskedColumn:
    """A column of which clear values are asked for: what it is called now, and the tags on it and on its source.

    `asked_as` is what it was called when it was asked for. A column that is gone by now has no `source`.
    """

    asked_as: str
    source: str = ""
    name: str = ""
    tags: frozenset[str] = frozenset()
    source_tags: frozenset[str] = frozenset()


def asked_columns(session: Session, request: AccessRequest) -> tuple[AskedColumn, ...]:
    """The columns of a request in its order; none of one for data access."""
    sources = {source.id: source for source in session.sources.many(one.source for one in request.columns)}
    return tuple(_asked(sources.get(one.source), one.column, one.name) for one in request.columns)


def _asked(source: DataSource | None, number: int, asked_as: str) -> AskedColumn:
    column = next((one for one in source.columns if one.id == number), None) if source else None
    if source is None or column is None:
        return AskedColumn(asked_as)
    return AskedColumn(asked_as, source.qualified_name, column.name, column.tags, source.tags)
