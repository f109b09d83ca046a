"""What is described, held against the platforms that we are connected to: there the catalog says what there is.

A column's id is the platform's number, and what consumers see is made by it: a number of our own would show them
another column than the one that was meant.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from placet.domain.sources import BadSource, Described, DescribedColumn
from placet.emitter.target import CatalogSource
from placet.service.context import Context


def described_by(found: CatalogSource) -> Described:
    """A table of the catalog as a description."""
    columns = tuple(DescribedColumn(one.name, one.type, number=one.id) for one in found.columns)
    return Described(found.schema, found.name, columns)


def as_on_platform(context: Context, target: str, described: Described) -> Described:
    """The description with the catalog's columns, where we are connected. Raises BadSource for what is not there."""
    found, missing = all_on_platform(context, target, [described])
    if missing:
        raise BadSource(f"the platform `{target}` has no {', '.join(f'`{name}`' for name in missing)}")
    return found[0]


def all_on_platform(
    context: Context, target: str, described: Iterable[Described]
) -> tuple[list[Described], tuple[str, ...]]:
    """The descriptions with the catalog's columns, and the names of tables and columns that the platform has not.

    Raises TargetError where it can't be asked. On a platform that we are not connected to they are as they were given.
    """
    if target not in context.targets:
        return list(described), ()
    there = context.catalog(target)
    found, missing = [], list[str]()
    for one in described:
        if on_platform := there.get((one.schema, one.name)):
            found.append(_numbered(one, on_platform))
            names = {column.name for column in on_platform.columns}
            missing += (f"{one.qualified_name}.{own.name}" for own in one.columns if own.name not in names)
        else:
            missing.append(one.qualified_name)
    return found, tuple(missing)


def _numbered(described: Described, found: CatalogSource) -> Described:
    known = {column.name: column for column in described.columns}
    columns = (_as_described(one, known.get(one.name)) for one in described_by(found).columns)
    return replace(described, columns=tuple(columns))


def _as_described(column: DescribedColumn, known: DescribedColumn | None) -> DescribedColumn:
    return replace(column, tags=known.tags, confirmed=known.confirmed) if known else column
