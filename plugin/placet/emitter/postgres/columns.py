"""Columns as consumers see them: clear, by a mask, or not at all."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import takewhile

from psycopg import sql

from placet.domain.masks import Mask, MaskKind
from placet.domain.policies import DataPolicy
from placet.emitter.masked import FITS, HIDDEN, Family
from placet.emitter.policy import TargetColumn
from placet.emitter.postgres.catalog import ColumnType
from placet.emitter.postgres.names import gov
from placet.emitter.postgres.once import Once
from placet.emitter.postgres.people import meets
from placet.emitter.postgres.sources import Found
from placet.emitter.settings import PostgresSettings

NUMBERS = frozenset({"smallint", "integer", "bigint", "numeric"})
"""The types of numbers that are kept exactly as they are written."""

_TYPES: Mapping[Family | None, sql.SQL] = {
    Family.TEXT: sql.SQL("{}::text"),
    Family.NUMBER: sql.SQL("{}::numeric"),
    None: sql.SQL("{}"),
}
_FOR = {Family.TEXT: "texts, in a database in UTF-8", Family.NUMBER: "whole and decimal numbers"}

# As with access, the role is asked for besides the row. Nothing here lets anyone read a view.
_CLEARED = sql.SQL(
    "ARRAY(SELECT u.column_id FROM {unmask} u "
    "JOIN {product_source} us ON us.product = u.product AND us.source = u.source "
    "JOIN {product_unmask} ur ON ur.product = u.product "
    "WHERE u.source = {source} AND u.principal = current_user "
    "AND u.valid_from <= clock_timestamp() AND clock_timestamp() < u.valid_until "
    "AND pg_has_role(current_user, ur.role, 'MEMBER') "
    "UNION ALL SELECT w.column_id FROM {group_member} wm JOIN {group_role} wg ON wg.group_id = wm.group_id "
    "JOIN {group_unmask} w ON w.group_id = wm.group_id "
    "JOIN {product_source} ws ON ws.product = w.product AND ws.source = w.source "
    "JOIN {product_unmask} wr ON wr.product = w.product "
    "WHERE w.source = {source} AND wm.principal = current_user "
    "AND w.valid_from <= clock_timestamp() AND clock_timestamp() < w.valid_until "
    "AND pg_has_role(current_user, wg.role, 'MEMBER') AND pg_has_role(wg.role, wr.role, 'MEMBER'))"
)
_CLEARED_TABLES = (
    "unmask",
    "group_unmask",
    "product_source",
    "product_unmask",
    "group_member",
    "group_role",
)


def column_expression(
    settings: PostgresSettings, found: Found, column: TargetColumn, name: str, once: Once
) -> sql.Composed:
    """A column as consumers see it, under the name it was imported with; `name` is the one it has now."""
    return sql.SQL("{} AS {}").format(_seen(settings, found, column, name, once), sql.Identifier(column.name))


def column_problems(found: Found) -> Iterator[str]:
    """Masks that don't fit the type of their column, and so show nothing of it."""
    for column, name in found.columns:
        for policy in _that_matter(column.masks):
            mask, type_ = policy.mask, found.types[column.id]
            if mask and mask.kind is not MaskKind.NULL and FITS[mask.kind] is not family(type_):
                yield (
                    f"the column `{name}` is of the type `{type_.name}`, and the data policy `{policy.name}` hides it "
                    f"altogether: its mask is for {_FOR[FITS[mask.kind] or Family.TEXT]}"
                )


def family(type_: ColumnType) -> Family:
    """What kind of values a type has, as far as masks are concerned."""
    if type_.category == "S":
        return Family.TEXT
    return Family.NUMBER if type_.name in NUMBERS else Family.OTHER


def _seen(settings: PostgresSettings, found: Found, column: TargetColumn, name: str, once: Once) -> sql.Composable:
    there = sql.SQL("source.{}").format(sql.Identifier(name))
    if column.unconfirmed:
        return sql.SQL("CASE WHEN false THEN {} END").format(there)
    policies = _that_matter(column.masks)
    if not policies:
        return there
    kind = family(found.types[column.id])
    shown = {FITS[policy.mask.kind] for policy in policies if policy.mask}
    clear = _TYPES[kind if kind in shown else None].format(there)
    cases = [
        sql.SQL("WHEN {} THEN {}").format(condition, _masked(settings, policy.mask, kind, clear))
        for policy, condition in _cases(settings, found.source.id, column, policies, once)
    ]
    return sql.SQL("CASE {} ELSE {} END").format(sql.SQL(" ").join(cases), clear)


def _that_matter(masks: Sequence[DataPolicy]) -> tuple[DataPolicy, ...]:
    """Of the policies with exceptions only the strongest counts; those that stand against approvals all do."""
    weaker = [policy for policy in masks if policy.for_everyone_who is None][1:]
    return tuple(policy for policy in masks if policy not in weaker)


def _cases(
    settings: PostgresSettings, source: str, column: TargetColumn, policies: Sequence[DataPolicy], once: Once
) -> Iterator[tuple[DataPolicy, sql.Composable]]:
    """Each policy and when its mask is shown, if that of none before it is."""
    concerned = {
        policy.id: once(meets(settings, policy.for_everyone_who)) for policy in policies if policy.for_everyone_who
    }
    before = list(takewhile(lambda policy: policy.for_everyone_who is not None, policies))
    for policy in policies:
        if policy.for_everyone_who is not None:
            yield policy, concerned[policy.id]
        else:
            against = [concerned[other.id] for other in policies[len(before) + 1 :]]
            yield policy, _for_everyone(settings, source, column, policy, against, once)


def _for_everyone(
    settings: PostgresSettings,
    source: str,
    column: TargetColumn,
    policy: DataPolicy,
    against: Sequence[sql.Composable],
    once: Once,
) -> sql.Composable:
    """Whether a policy that approvals lift masks whoever asks: it does not except them, and no approval lifts it."""
    tables = {name: gov(settings, name) for name in _CLEARED_TABLES}
    cleared = once(_CLEARED.format(source=sql.Literal(source), **tables), timed=True)
    lifted = sql.SQL("{} = ANY ({}::integer[])").format(sql.Literal(column.id), cleared)
    parts = [sql.SQL("NOT ({})").format(sql.SQL(" AND NOT ").join([lifted, *against]))]
    if policy.everyone_except is not None:
        parts.insert(0, sql.SQL("NOT {}").format(once(meets(settings, policy.everyone_except))))
    return sql.SQL(" AND ").join(parts)


def _masked(settings: PostgresSettings, mask: Mask | None, kind: Family, value: sql.Composable) -> sql.Composable:
    """What a mask makes of a value; one that does not fit makes nothing of it."""
    if mask is None or FITS[mask.kind] is not kind:
        return sql.SQL("NULL")
    return _MADE[mask.kind](settings, mask, value)


def _constant(_: PostgresSettings, mask: Mask, __: sql.Composable) -> sql.Composable:
    return sql.SQL("{}::text").format(sql.Literal(mask.text))


def _hash(settings: PostgresSettings, _: Mask, value: sql.Composable) -> sql.Composable:
    return sql.SQL("encode(sha256((SELECT y.key FROM {} y) || convert_to({}, 'UTF8')), 'hex')").format(
        gov(settings, "secret"), value
    )


def _partial(_: PostgresSettings, mask: Mask, value: sql.Composable) -> sql.Composable:
    return sql.SQL(
        "CASE WHEN length({value}) <= {both} THEN {hidden}::text "
        "ELSE left({value}, {first}) || {hidden} || right({value}, {last}) END"
    ).format(
        value=value,
        both=sql.Literal((mask.first or 0) + (mask.last or 0)),
        hidden=sql.Literal(HIDDEN),
        first=sql.Literal(mask.first or 0),
        last=sql.Literal(mask.last or 0),
    )


def _rounding(_: PostgresSettings, mask: Mask, value: sql.Composable) -> sql.Composable:
    return sql.SQL("round({}, {})").format(value, sql.Literal(mask.places or 0))


_MADE: Mapping[MaskKind, Callable[[PostgresSettings, Mask, sql.Composable], sql.Composable]] = {
    MaskKind.CONSTANT: _constant,
    MaskKind.HASH: _hash,
    MaskKind.PARTIAL: _partial,
    MaskKind.ROUNDING: _rounding,
}
