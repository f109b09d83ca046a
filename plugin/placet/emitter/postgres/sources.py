"""The desired sources as they are found on the server, and what keeps one from being shared."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from placet.emitter.policy import TargetColumn, TargetSource
from placet.emitter.postgres.catalog import ColumnType, Relation, column_types, named_relations
from placet.emitter.postgres.names import view_name
from placet.emitter.postgres.steps import Step, Work, made


@dataclass(frozen=True)
class Found:
    """A source, the table it is, and its columns that exist, each with the name it has there now.

    `types` are those of the columns by number, as far as policies ask for them.
    """

    source: TargetSource
    relation: Relation
    columns: tuple[tuple[TargetColumn, str], ...]
    types: Mapping[int, ColumnType]

    @property
    def names(self) -> dict[int, str]:
        """The name that each column has now, by its number."""
        return {column.id: name for column, name in self.columns}

    @property
    def view(self) -> str:
        return view_name(self.source.schema, self.source.name)


@dataclass(frozen=True)
class Sources:
    """The sources that can be shared as they are, and what a person has to see to in the others."""

    found: tuple[Found, ...]
    problems: tuple[Step, ...]


def find_sources(work: Work) -> Sources:
    """Look every desired source up by its name, and its columns by their numbers."""
    relations = named_relations(work.connection, ((s.schema, s.name) for s in work.desired.sources))
    seen = made(work, "source")
    types = _types(work, relations)
    views = Counter(view_name(source.schema, source.name) for source in work.desired.sources)
    found, problems = [], []
    for source in work.desired.sources:
        relation = relations.get((source.schema, source.name))
        trouble = _trouble(source, relation, seen.get(source.id))
        view = view_name(source.schema, source.name)
        if views[view] > 1:
            trouble = f"another source would have the same view `{view}`: rename one of the tables"
        if trouble or relation is None:
            problems.append(Step("source", source.qualified_name, trouble))
            continue
        found.append(Found(source, relation, _columns(source, relation), types.get(relation.oid, {})))
        problems += _gone(source, relation)
    return Sources(tuple(found), tuple(problems))


def _types(work: Work, relations: Mapping[tuple[str, str], Relation]) -> dict[int, dict[int, ColumnType]]:
    shaped = (source for source in work.desired.sources if source.filters or any(c.masks for c in source.columns))
    names = ((source.schema, source.name) for source in shaped)
    return column_types(work.connection, [relations[name].oid for name in names if name in relations])


def _trouble(source: TargetSource, relation: Relation | None, seen: int | None) -> str:
    """Why a source can't be shared, or nothing."""
    if relation is None:
        return "is not there: import the sources again"
    if relation.kind not in ("r", "p"):
        return "is no table, and only a table can be kept from being read directly: share the tables it reads"
    if relation.is_child:
        return "is a part of another table and can be read through that one: share the whole table"
    if not _columns(source, relation):
        return "has none of the imported columns: import it again"
    if relation.oid != seen and _renamed(source, relation):
        return f"was made anew with other columns ({_renamed(source, relation)}): import it again"
    return ""


def _columns(source: TargetSource, relation: Relation) -> tuple[tuple[TargetColumn, str], ...]:
    return tuple((c, relation.columns[c.id]) for c in source.columns if c.id in relation.columns)


def _renamed(source: TargetSource, relation: Relation) -> str:
    """Numbers that stand for a column of another name; in a table not seen before, that is another column."""
    pairs = [(column.name, now) for column, now in _columns(source, relation) if column.name != now]
    return ", ".join(f"`{was}` is `{now}`" for was, now in pairs)


def _gone(source: TargetSource, relation: Relation) -> list[Step]:
    gone = [column.name for column in source.columns if column.id not in relation.columns]
    return [
        Step("source", source.qualified_name, f"the column `{name}` is gone: import the source again") for name in gone
    ]
