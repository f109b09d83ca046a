"""What the server's catalog says about tables."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from psycopg import sql

from placet.emitter.postgres.connection import Connection
from placet.emitter.settings import PostgresSettings
from placet.emitter.target import CatalogColumn, CatalogSource

_RELATIONS = sql.SQL("""
    SELECT n.nspname, c.relname, c.oid, c.relkind::text, pg_get_userbyid(c.relowner),
           c.relrowsecurity, c.relforcerowsecurity, EXISTS (SELECT FROM pg_inherits i WHERE i.inhrelid = c.oid),
           ARRAY(SELECT a.attnum FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
                 ORDER BY a.attnum),
           ARRAY(SELECT a.attname FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
                 ORDER BY a.attnum)::text[]
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
""")

_NAMED = sql.SQL("""
    JOIN unnest(%s::text[], %s::text[]) AS wanted (schema, name)
      ON n.nspname = wanted.schema AND c.relname = wanted.name
""")

_BELOW = sql.SQL("""
    WITH RECURSIVE below (oid) AS (
        SELECT unnest(%s::oid[])
        UNION SELECT i.inhrelid FROM pg_inherits i JOIN below ON below.oid = i.inhparent)
""")

# A domain has the values of the type that it stands on.
_TYPES = """
    WITH RECURSIVE standing (relation, number, type) AS (
        SELECT a.attrelid, a.attnum, a.atttypid FROM pg_attribute a
        WHERE a.attrelid = ANY (%s) AND a.attnum > 0 AND NOT a.attisdropped
        UNION ALL SELECT s.relation, s.number, t.typbasetype
        FROM standing s JOIN pg_type t ON t.oid = s.type WHERE t.typbasetype <> 0)
    SELECT s.relation, s.number, format_type(t.oid, NULL), t.typcategory::text
    FROM standing s JOIN pg_type t ON t.oid = s.type WHERE t.typbasetype = 0
"""

_IMPORTABLE = """
    SELECT n.nspname, c.relname, a.attnum, a.attname, format_type(a.atttypid, a.atttypmod)
    FROM pg_class c
    JOIN pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    WHERE c.relkind IN ('r', 'p') AND c.relpersistence = 'p'
      AND NOT EXISTS (SELECT FROM pg_inherits i WHERE i.inhrelid = c.oid)
      AND n.nspname <> ALL (%s) AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
      AND has_schema_privilege(n.oid, 'USAGE')
    ORDER BY n.nspname, c.relname, a.attnum
"""


@dataclass(frozen=True)
class ColumnType:
    """What type the values of a column have, by name, and the server's letter for its kind (`S` for texts)."""

    name: str
    category: str


@dataclass(frozen=True)
class Relation:
    """A table: its oid, kind (`r` table, `p` partitioned), owner, row security, and columns by number."""

    schema: str
    name: str
    oid: int
    kind: str
    owner: str
    row_security: bool
    forced: bool
    is_child: bool
    columns: dict[int, str]


def named_relations(connection: Connection, names: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Relation]:
    """The relations there are of those with these schemas and names."""
    wanted = list(names)
    parameters = [[schema for schema, _ in wanted], [name for _, name in wanted]]
    found = [_relation(row) for row in connection.execute(_RELATIONS + _NAMED, parameters)]
    return {(relation.schema, relation.name): relation for relation in found}


def relations_below(connection: Connection, oids: Iterable[int]) -> list[Relation]:
    """These relations, and all partitions and children below them, which can be read past their parent's security."""
    query = _BELOW + _RELATIONS + sql.SQL("WHERE c.oid IN (SELECT oid FROM below) ORDER BY 1, 2")
    return [_relation(row) for row in connection.execute(query, [list(oids)])]


def column_types(connection: Connection, oids: Iterable[int]) -> dict[int, dict[int, ColumnType]]:
    """The types of the columns of some relations, by the relations' oids and the columns' numbers."""
    found: dict[int, dict[int, ColumnType]] = {}
    for oid, number, name, category in connection.execute(_TYPES, [list(oids)]):
        found.setdefault(oid, {})[number] = ColumnType(name, category)
    return found


def importable_sources(connection: Connection, settings: PostgresSettings) -> tuple[CatalogSource, ...]:
    """Every table outside the system's schemas and ours; parts of another table come with it."""
    columns: dict[tuple[str, str], list[CatalogColumn]] = {}
    ours = [settings.view_schema, settings.policy_schema]
    for schema, name, number, column, type_ in connection.execute(_IMPORTABLE, [ours]):
        columns.setdefault((schema, name), []).append(CatalogColumn(number, column, type_))
    return tuple(CatalogSource(schema, name, tuple(found)) for (schema, name), found in columns.items())


def _relation(row: tuple[Any, ...]) -> Relation:
    *head, numbers, names = row
    fields = [*head, dict(zip(numbers, names, strict=True))]
    return Relation(*fields)
