"""Effective policies compiled to views.

The gate of a view does not depend on its rows, so the server computes it once for a query, before it touches the table.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from psycopg import sql

from placet.domain.subscriptions import SubscriptionKind
from placet.emitter.policy import (
    ActsAsThemselves,
    GroupMembership,
    KnownLogin,
    Meets,
    ProductMembership,
    TargetSource,
    Term,
    effective_policy,
)
from placet.emitter.postgres.columns import column_expression, column_problems
from placet.emitter.postgres.filters import filter_expressions, filter_problems
from placet.emitter.postgres.names import gov, known_role
from placet.emitter.postgres.once import MOST_APART, Once
from placet.emitter.postgres.people import asks, meets, told
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


# Who is let without a grant has no product's role; in this one is whoever is known and active, and by it alone a
# transaction that began before a deactivation learns of it.
_AMONG_THE_KNOWN = sql.SQL(
    "EXISTS (SELECT FROM {made} n WHERE n.kind = 'role' AND n.name = {role} "
    "AND pg_has_role(current_user, n.oid, 'MEMBER'))"
)


def select_statement(settings: PostgresSettings, found: Found) -> sql.Composed:
    """The query that a source's view stands for."""
    once = Once()
    statement = _select(settings, found, once)
    return statement if once.times <= MOST_APART else _select(settings, found, Once(shared=True))


def policy_problems(found: Found) -> Iterator[str]:
    """What the policies about a source ask that can't be had on this server, so that it shows less instead."""
    yield from column_problems(found)
    yield from filter_problems(found)


def gate(settings: PostgresSettings, source: TargetSource) -> sql.Composed:
    """The condition of access: one of the terms that allow, and every guardrail. It is never NULL."""

    def compiled(term: Term) -> sql.Composable:
        return _COMPILERS[type(term)](settings, source, term)

    policy = effective_policy(source)
    conditions = [any_of(map(compiled, policy.allow)), *map(compiled, policy.guardrails)]
    if asks(source):
        conditions.append(told(settings, source))
    return sql.SQL("(SELECT {})").format(sql.SQL(" AND ").join(conditions))


def any_of(conditions: Iterable[sql.Composable]) -> sql.Composed:
    """At least one of the conditions; of none, none holds."""
    return sql.SQL("({})").format(sql.SQL(" OR ").join([*conditions] or [sql.SQL("false")]))


def _select(settings: PostgresSettings, found: Found, once: Once) -> sql.Composed:
    columns = [column_expression(settings, found, column, name, once) for column, name in found.columns]
    conditions = [gate(settings, found.source), *filter_expressions(settings, found, once)]
    return sql.SQL("{context}SELECT {columns} FROM {table} source WHERE {conditions}").format(
        context=once.context,
        columns=sql.SQL(", ").join(columns),
        table=sql.Identifier(found.relation.schema, found.relation.name),
        conditions=sql.SQL(" AND ").join(conditions),
    )


def _membership(settings: PostgresSettings, source: TargetSource, _: Term) -> sql.Composed:
    tables = {name: gov(settings, name) for name in ("entitlement", "product_source")}
    return _MEMBERSHIP.format(source=sql.Literal(source.id), **tables)


def _through_groups(settings: PostgresSettings, source: TargetSource, _: Term) -> sql.Composed:
    names = ("group_member", "group_role", "group_entitlement", "product_source")
    return _THROUGH_GROUPS.format(source=sql.Literal(source.id), **{name: gov(settings, name) for name in names})


def _known(settings: PostgresSettings, _: TargetSource, __: Term) -> sql.Composed:
    return _KNOWN.format(principal=gov(settings, "principal"))


def _themselves(settings: PostgresSettings, _: TargetSource, __: Term) -> sql.Composed:
    return _THEMSELVES.format(principal=gov(settings, "principal"))


def _meets(settings: PostgresSettings, _: TargetSource, term: Term) -> sql.Composable:
    assert isinstance(term, Meets)
    condition = meets(settings, term.policy.who)
    if term.policy.kind is SubscriptionKind.GUARDRAIL:
        return condition
    known = _AMONG_THE_KNOWN.format(made=gov(settings, "made"), role=sql.Literal(known_role(settings)))
    return sql.SQL("({} AND {})").format(known, condition)


_COMPILERS: dict[type[Term], Callable[[PostgresSettings, TargetSource, Term], sql.Composable]] = {
    ProductMembership: _membership,
    GroupMembership: _through_groups,
    KnownLogin: _known,
    ActsAsThemselves: _themselves,
    Meets: _meets,
}
