"""The policy rows: what differs from the wanted ones, and the set-wise statements that put it right."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from psycopg import sql

from placet.emitter.postgres.names import gov
from placet.emitter.postgres.steps import Statement, Step, Work, listed

_TRUE = sql.SQL("true")
_LIVE = sql.SQL("clock_timestamp() < {}.valid_until")


@dataclass(frozen=True)
class Rows:
    """A policy table, its key, and which of its rows matter: an ended entitlement is history and left as it is.

    Rows that `rest` are of a group: with its last grant they come to nothing by themselves.
    """

    table: str
    key: tuple[str, ...]
    columns: tuple[str, ...]
    ends: bool = False
    rest: bool = False

    @property
    def same(self) -> sql.Composed:
        return sql.SQL("({})").format(
            sql.SQL(" AND ").join(sql.SQL("h.{0} = w.{0}").format(sql.Identifier(c)) for c in self.key)
        )

    @property
    def have(self) -> sql.Composable:
        return _LIVE.format(sql.SQL("h")) if self.ends else _TRUE

    @property
    def want(self) -> sql.Composable:
        return _LIVE.format(sql.SQL("w")) if self.ends else _TRUE


_PRINCIPAL = Rows("principal", ("name",), ("name", "oid", "active"))
_PRODUCT_SOURCE = Rows("product_source", ("source", "product"), ("source", "product", "role"))
_ENTITLEMENT = Rows(
    "entitlement", ("grant_id",), ("grant_id", "principal", "product", "valid_from", "valid_until"), ends=True
)
_GROUP_ROLE = Rows("group_role", ("group_id",), ("group_id", "role"), rest=True)
_GROUP_MEMBER = Rows("group_member", ("group_id", "principal"), ("group_id", "principal"), rest=True)
_GROUP_ENTITLEMENT = Rows(
    "group_entitlement", ("grant_id",), ("grant_id", "group_id", "product", "valid_from", "valid_until"), ends=True
)
_EXCEPTION = ("grant_id", "source", "column_id")
_PRODUCT_UNMASK = Rows("product_unmask", ("product",), ("product", "role"))
_UNMASK = Rows("unmask", _EXCEPTION, (*_EXCEPTION, "principal", "product", "valid_from", "valid_until"), ends=True)
_GROUP_UNMASK = Rows(
    "group_unmask", _EXCEPTION, (*_EXCEPTION, "group_id", "product", "valid_from", "valid_until"), ends=True
)
_ALL = (
    _PRINCIPAL,
    _PRODUCT_SOURCE,
    _ENTITLEMENT,
    _GROUP_ROLE,
    _GROUP_MEMBER,
    _GROUP_ENTITLEMENT,
    _PRODUCT_UNMASK,
    _UNMASK,
    _GROUP_UNMASK,
)

_SURPLUS = sql.SQL("FROM {table} h WHERE {have} AND NOT EXISTS (SELECT FROM {wanted} w WHERE {same})")
_WRONG = sql.SQL("{wanted} w WHERE {same} AND ({have} OR {want}) AND ({h}) IS DISTINCT FROM ({w})")
# Whether a group that is wanted no more has had grants here, and all have ended.
_RESTS = sql.SQL(
    "(NOT EXISTS (SELECT FROM pg_temp.wanted_group w WHERE w.group_id = h.group_id) "
    "AND coalesce((SELECT max(e.valid_until) <= clock_timestamp() FROM (SELECT group_id, valid_until FROM {} "
    "UNION ALL SELECT group_id, valid_until FROM {}) e WHERE e.group_id = h.group_id), false))"
)
_MISSING = sql.SQL("FROM {wanted} w WHERE {want} AND NOT EXISTS (SELECT FROM {table} h WHERE {same})")


def narrowing_steps(work: Work) -> Iterator[Step]:
    """Rows to remove and rows to correct."""
    yield from _revocation_steps(work)
    for rows in _ALL:
        yield from _surplus(work, rows)
        yield from _wrong(work, rows)


def widening_steps(work: Work) -> Iterator[Step]:
    """Rows to add."""
    for rows in _ALL:
        condition = _filled(work, rows, _MISSING)
        columns = sql.SQL(", ").join(map(sql.Identifier, rows.columns))
        statement = sql.SQL("INSERT INTO {} ({}) SELECT {} {}").format(
            gov(work.settings, rows.table), columns, columns, condition
        )
        yield from _step(work, rows, "w", condition, "add", statement)


def resting_roles(work: Work) -> set[str]:
    """The roles of groups that are wanted no more since all their grants here have ended."""
    query = sql.SQL("SELECT r.rolname FROM {} h JOIN pg_roles r ON r.oid = h.role WHERE {}").format(
        gov(work.settings, "group_role"), _rests(work)
    )
    return {name for (name,) in work.connection.execute(query)}


def _rests(work: Work) -> sql.Composed:
    return _RESTS.format(gov(work.settings, "group_entitlement"), gov(work.settings, "group_unmask"))


def _surplus(work: Work, rows: Rows) -> Iterator[Step]:
    condition = _filled(work, rows, _SURPLUS)
    if rows.rest:
        resting = condition + sql.SQL(" AND ") + _rests(work)
        condition += sql.SQL(" AND NOT ") + _rests(work)
        yield from _step(work, rows, "h", resting, "clear away", sql.SQL("DELETE {}").format(resting), tidying=True)
    yield from _step(work, rows, "h", condition, "remove", sql.SQL("DELETE {}").format(condition))


def _wrong(work: Work, rows: Rows) -> Iterator[Step]:
    condition, table = _filled(work, rows, _WRONG), gov(work.settings, rows.table)
    values = sql.SQL(", ").join(
        sql.SQL("{0} = w.{0}").format(sql.Identifier(c)) for c in rows.columns if c not in rows.key
    )
    statement = sql.SQL("UPDATE {} h SET {} FROM {}").format(table, values, condition)
    yield from _step(work, rows, "h", sql.SQL("FROM {} h, {}").format(table, condition), "correct", statement)


def _revocation_steps(work: Work) -> Iterator[Step]:
    """A grant that should run is not kept from it by a note that it was revoked; nobody here has made that note."""
    rows = Rows("revocation", ("grant_id",), ("grant_id", "at"))
    condition = sql.SQL(
        "FROM {} h WHERE EXISTS (SELECT FROM (SELECT grant_id, valid_until FROM pg_temp.wanted_entitlement "
        "UNION ALL SELECT grant_id, valid_until FROM pg_temp.wanted_group_entitlement "
        "UNION ALL SELECT grant_id, valid_until FROM pg_temp.wanted_unmask "
        "UNION ALL SELECT grant_id, valid_until FROM pg_temp.wanted_group_unmask) w "
        "WHERE {} AND w.valid_until > h.at)"
    ).format(gov(work.settings, rows.table), rows.same)
    yield from _step(work, rows, "h", condition, "remove", sql.SQL("DELETE {}").format(condition))


def _filled(work: Work, rows: Rows, template: sql.SQL) -> sql.Composed:
    return template.format(
        table=gov(work.settings, rows.table),
        wanted=sql.Identifier("pg_temp", f"wanted_{rows.table}"),
        have=rows.have,
        want=rows.want,
        same=rows.same,
        h=_row("h", rows),
        w=_row("w", rows),
    )


def _row(alias: str, rows: Rows) -> sql.Composed:
    return sql.SQL(", ").join(sql.Identifier(alias, column) for column in rows.columns)


def _step(
    work: Work,
    rows: Rows,
    alias: str,
    condition: sql.Composable,
    verb: str,
    statement: Statement,
    tidying: bool = False,
) -> Iterator[Step]:
    """One step for all rows of a kind that need the same, if there are any."""
    parts = sql.SQL(", ").join(sql.Identifier(alias, column) for column in rows.key)
    query = sql.SQL(
        "SELECT count(*), coalesce((array_agg(name ORDER BY name))[1:20], '{{}}') "
        "FROM (SELECT concat_ws(' ', {}) AS name {}) AS found"
    ).format(parts, condition)
    count, names = work.connection.execute(query).fetchall()[0]
    if count:
        more = f" and {count - len(names)} more" if count > len(names) else ""
        summary = f"{verb} {count} of its rows: {listed(names)}{more}"
        yield Step(rows.table, f"{work.settings.policy_schema}.{rows.table}", summary, (statement,), tidying)
