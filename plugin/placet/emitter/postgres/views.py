"""Effective policies compiled to views.

The gate of a view does not depend on its rows, so the server computes it once for a query, before it touches the table.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from psycopg import sql

from placet.emitter.policy import (
    ActsAsThemselves,
    EffectivePolicy,
    GroupMembership,
    KnownLogin,
    ProductMembership,
    TargetColumn,
    Term,
    effective_policy,
)
from placet.emitter.postgres.names import gov
from placet.emitter.postgres.sources import Found
from placet.emitter.settings import PostgresSettings

# clock_timestamp() is the time of the moment; now() stands still from the beginning of the transaction on.
# The role is asked for besides the row, since a transaction that began before a revocation still sees the old row.
_MEMBERSHIP = sql.SQL(
    "EXISTS (SELECT FROM {entitlement} e JOIN {product_source} s ON s.product = e.product "
    "WHERE s.source = {source} AND e.principal = current_user "
    "AND e.valid_from <= clock_timestamp() AND clock_timestamp() < e.valid_until "
    "AND pg_has_role(current_user, s.role, 'MEMBER'))"
)
# By a group, two roles are asked for: whoever left has no longer the group's, and what ended is no longer the group's.
_THROUGH_GROUPS = sql.SQL(
    "EXISTS (SELECT FROM {group_member} m JOIN {group_role} g ON g.group_id = m.group_id "
    "JOIN {group_entitlement} h ON h.group_id = m.group_id JOIN {product_source} t ON t.product = h.product "
    "WHERE t.source = {source} AND m.principal = current_user "
    "AND h.valid_from <= clock_timestamp() AND clock_timestamp() < h.valid_until "
    "AND pg_has_role(current_user, g.role, 'MEMBER') AND pg_has_role(g.role, t.role, 'MEMBER'))"
)
_KNOWN = sql.SQL(
    "EXISTS (SELECT FROM {principal} p "
    "WHERE p.name = current_user AND p.active AND p.oid = quote_ident(current_user)::regrole::oid)"
)
_THEMSELVES = sql.SQL(
    "(session_user = current_user OR NOT EXISTS (SELECT FROM {principal} o WHERE o.name = session_user))"
)


def select_statement(settings: PostgresSettings, found: Found) -> sql.Composed:
    """The query that a source's view stands for."""
    columns = sql.SQL(", ").join(column_expression(column, name) for column, name in found.columns)
    return sql.SQL("SELECT {columns} FROM {table} source WHERE {gate}").format(
        columns=columns,
        table=sql.Identifier(found.relation.schema, found.relation.name),
        gate=gate(settings, effective_policy(found.source)),
    )


def column_expression(column: TargetColumn, name: str) -> sql.Composed:
    """A column as consumers see it, under the name it was imported with; `name` is the one it has now."""
    return sql.SQL("source.{} AS {}").format(sql.Identifier(name), sql.Identifier(column.name))


def gate(settings: PostgresSettings, policy: EffectivePolicy) -> sql.Composed:
    """The condition of access: one of the terms that allow, and every guardrail. It is never NULL."""

    def compiled(term: Term) -> sql.Composable:
        return _COMPILERS[type(term)](settings, policy)

    conditions = [any_of(map(compiled, policy.allow)), *map(compiled, policy.guardrails)]
    return sql.SQL("(SELECT {})").format(sql.SQL(" AND ").join(conditions))


def any_of(conditions: Iterable[sql.Composable]) -> sql.Composed:
    """At least one of the conditions; of none, none holds."""
    return sql.SQL("({})").format(sql.SQL(" OR ").join([*conditions] or [sql.SQL("false")]))


def _membership(settings: PostgresSettings, policy: EffectivePolicy) -> sql.Composed:
    tables = {name: gov(settings, name) for name in ("entitlement", "product_source")}
    return _MEMBERSHIP.format(source=sql.Literal(policy.source), **tables)


def _through_groups(settings: PostgresSettings, policy: EffectivePolicy) -> sql.Composed:
    names = ("group_member", "group_role", "group_entitlement", "product_source")
    return _THROUGH_GROUPS.format(source=sql.Literal(policy.source), **{name: gov(settings, name) for name in names})


def _known(settings: PostgresSettings, _: EffectivePolicy) -> sql.Composed:
    return _KNOWN.format(principal=gov(settings, "principal"))


def _themselves(settings: PostgresSettings, _: EffectivePolicy) -> sql.Composed:
    return _THEMSELVES.format(principal=gov(settings, "principal"))


_COMPILERS: dict[type[Term], Callable[[PostgresSettings, EffectivePolicy], sql.Composed]] = {
    ProductMembership: _membership,
    GroupMembership: _through_groups,
    KnownLogin: _known,
    ActsAsThemselves: _themselves,
}
