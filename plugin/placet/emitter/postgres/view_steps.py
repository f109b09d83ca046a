"""Views compared with what they should be.

The server prints a definition in its own words, so the wanted one is printed by it as well: from a temporary view that
is rolled back at once.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import LiteralString

from psycopg import sql

from placet.emitter.postgres.names import owner_role, view, view_name
from placet.emitter.postgres.sources import Found
from placet.emitter.postgres.steps import Statement, Step, Work, forget, made, record, relation_oid
from placet.emitter.postgres.views import policy_problems, select_statement

_BATCH = 100
_OPTIONS = ["security_barrier=true"]

_SHAPES = sql.SQL("""
    SELECT c.relname, c.oid, coalesce(c.reloptions, '{}'),
           CASE WHEN c.relkind = 'v' THEN pg_get_viewdef(c.oid) ELSE '' END,
           ARRAY(SELECT a.attname || ' ' || format_type(a.atttypid, a.atttypmod) FROM pg_attribute a
                 WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum)
    FROM pg_class c WHERE c.relkind IN ('r', 'v', 'm', 'f', 'p', 'S')
""")
_IN_SCHEMA = sql.SQL("AND c.relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = %s)")
_TEMPORARY = sql.SQL("AND c.relnamespace = pg_my_temp_schema() AND c.relname = ANY (%s)")


@dataclass(frozen=True)
class Shape:
    """A view as the catalog has it."""

    oid: int
    options: list[str]
    definition: str
    columns: list[str]


def view_steps(work: Work, found: Sequence[Found]) -> Iterator[Step]:
    """Views that are missing or differ; one that stands in a view's place and is not ours is left alone."""
    ours, there = made(work, "view"), _in_schema(work)
    for start in range(0, len(found), _BATCH):
        batch = found[start : start + _BATCH]
        wanted = _wanted(work, batch)
        for source in batch:
            have = there.get(source.view)
            if have is None:
                yield _step(work, source, "create the view", _create(work, source))
            elif ours.get(source.view) != have.oid:
                yield Step("view", source.view, "stands in a view's place and was not made here: drop or rename it")
            else:
                yield from _repairs(work, source, have, wanted[source.view])


def problem_steps(found: Sequence[Found]) -> Iterator[Step]:
    """What policies ask that the server can't do, so that less is seen."""
    for source in found:
        for problem in policy_problems(source):
            yield Step("policy", source.source.qualified_name, problem)


def leftover_view_steps(work: Work) -> Iterator[Step]:
    """Views of sources that are shared no more."""
    wanted = {view_name(source.schema, source.name) for source in work.desired.sources}
    there = _in_schema(work)
    for name, oid in made(work, "view").items():
        if name not in wanted:
            drop = sql.SQL("DROP VIEW {}").format(view(work.settings, name))
            ours = name in there and there[name].oid == oid
            statements = (*((drop,) if ours else ()), forget(work.settings, "view", name))
            yield Step("view", name, "drop the view, whose source is shared no more", statements)


def _repairs(work: Work, source: Found, have: Shape, want: Shape) -> Iterator[Step]:
    if have.columns != want.columns:
        statements = (sql.SQL("DROP VIEW {}").format(view(work.settings, source.view)), *_create(work, source))
        yield _step(work, source, "make the view anew with other columns", statements)
    elif have.definition != want.definition:
        yield _step(work, source, "correct the view's definition", (_replace(work, source),))
    elif have.options != _OPTIONS:
        yield _step(work, source, "restore the view's security barrier", (_replace(work, source),))


def _step(work: Work, source: Found, summary: str, statements: tuple[Statement, ...]) -> Step:
    return Step("view", f"{work.settings.view_schema}.{source.view}", summary, statements)


def _create(work: Work, source: Found) -> tuple[Statement, ...]:
    name, owner = view(work.settings, source.view), sql.Identifier(owner_role(work.settings))
    own = sql.SQL("ALTER VIEW {} OWNER TO {}").format(name, owner)
    note = record(work.settings, "view", source.view, relation_oid(work.settings.view_schema, source.view))
    return (_defined(work, "CREATE VIEW {} WITH (security_barrier = true) AS {}", source), own, note)


def _replace(work: Work, source: Found) -> sql.Composed:
    """Replacing also sets the options anew, all of them."""
    return _defined(work, "CREATE OR REPLACE VIEW {} WITH (security_barrier = true) AS {}", source)


def _defined(work: Work, statement: LiteralString, source: Found) -> sql.Composed:
    select = select_statement(work.settings, source)
    return sql.SQL(statement).format(view(work.settings, source.view), select)


def _wanted(work: Work, batch: Sequence[Found]) -> dict[str, Shape]:
    with work.connection.transaction(force_rollback=True):
        for source in batch:
            work.connection.execute(
                sql.SQL("CREATE TEMP VIEW {} AS {}").format(
                    sql.Identifier(source.view), select_statement(work.settings, source)
                )
            )
        return _shapes(work, _TEMPORARY, [source.view for source in batch])


def _in_schema(work: Work) -> dict[str, Shape]:
    return _shapes(work, _IN_SCHEMA, work.settings.view_schema)


def _shapes(work: Work, which: sql.SQL, parameter: object) -> dict[str, Shape]:
    return {name: Shape(*row) for name, *row in work.connection.execute(_SHAPES + which, [parameter])}
