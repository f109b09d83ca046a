"""Conditions on people compiled to predicates over `gov.attr`, which are never NULL.

None of them depends on a row of a source, so each is computed once for a query.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from hashlib import sha256
from typing import Any

from psycopg import sql

from placet.domain.conditions import AllOf, AnyOf, Condition, HasAttribute, HasPermission, InGroup, Not
from placet.emitter.policy import Asked, Desired, TargetSource, asked_by
from placet.emitter.postgres.names import gov
from placet.emitter.settings import PostgresSettings

_HAS = sql.SQL(
    "EXISTS (SELECT FROM {attr} a WHERE a.principal = current_user "
    "AND a.kind = {kind} AND a.key = {key} AND a.value = {value})"
)
_VALUES = sql.SQL(
    "ARRAY(SELECT a.value FROM {attr} a WHERE a.principal = current_user AND a.kind = 'attribute' AND a.key = {key})"
)
# What is not known of someone would speak for them where a policy is for those who are not so: who they are, and what
# this version of the policies asks, has to have been told.
_TOLD = sql.SQL(
    "EXISTS (SELECT FROM {attr} k WHERE k.principal = current_user AND k.kind = 'told') "
    "AND EXISTS (SELECT FROM {asked} v WHERE v.kind = 'source' AND v.key = {source} AND v.value = {version})"
)


def meets(settings: PostgresSettings, condition: Condition) -> sql.Composable:
    """Whether whoever asks meets the condition."""
    return _COMPILERS[type(condition)](settings, condition)


def values_of(settings: PostgresSettings, attribute: str) -> sql.Composed:
    """The values that whoever asks has of an attribute, as an array."""
    return _VALUES.format(attr=gov(settings, "attr"), key=sql.Literal(attribute))


def told(settings: PostgresSettings, source: TargetSource) -> sql.Composed:
    """Whether all that the policies about a source ask is known of whoever asks."""
    return _TOLD.format(
        attr=gov(settings, "attr"),
        asked=gov(settings, "asked"),
        source=sql.Literal(source.id),
        version=sql.Literal(version_of(source)),
    )


def asks(source: TargetSource) -> bool:
    """Whether the policies about a source ask anything of people."""
    return asked_by(source) != Asked()


def asked_rows(desired: Desired) -> set[tuple[str, str, str]]:
    """What is asked of people, as `facts_of` says it, and for which version of which source's policies."""
    asked = desired.asked
    return {
        *(("group", "", group) for group in asked.groups),
        *(("attribute", *pair) for pair in asked.attributes),
        *(("permission", "", one.value) for one in asked.permissions),
        *(("values", key, "") for key in asked.values),
        *(("source", source.id, version_of(source)) for source in desired.sources if asks(source)),
    }


def version_of(source: TargetSource) -> str:
    """A word that is another one whenever the policies about a source mean something else."""
    subscriptions = [[one.who for one in policies] for policies in (source.allow, source.guardrails)]
    masks = [
        (c.id, c.unconfirmed, [(p.mask, p.everyone_except, p.for_everyone_who) for p in c.masks])
        for c in source.columns
    ]
    filters = [(p.filter, sorted(ids), p.everyone_except, p.for_everyone_who) for p, ids in source.filters]
    return sha256(repr((subscriptions, masks, filters)).encode("utf-8", "backslashreplace")).hexdigest()[:16]


def _has(kind: str, key: Callable[[Any], str], value: Callable[[Any], str]) -> Callable[..., sql.Composed]:
    def compiled(settings: PostgresSettings, condition: Condition) -> sql.Composed:
        return _HAS.format(
            attr=gov(settings, "attr"),
            kind=sql.Literal(kind),
            key=sql.Literal(key(condition)),
            value=sql.Literal(value(condition)),
        )

    return compiled


def _joined(word: sql.SQL) -> Callable[..., sql.Composed]:
    def compiled(settings: PostgresSettings, condition: AllOf | AnyOf) -> sql.Composed:
        parts: Sequence[sql.Composable] = [meets(settings, part) for part in condition.parts]
        return sql.SQL("({})").format(word.join(parts))

    return compiled


def _not(settings: PostgresSettings, condition: Not) -> sql.Composed:
    return sql.SQL("(NOT {})").format(meets(settings, condition.part))


_COMPILERS: dict[type[Condition], Callable[..., sql.Composable]] = {
    InGroup: _has("group", lambda _: "", lambda asked: asked.group),
    HasAttribute: _has("attribute", lambda asked: asked.key, lambda asked: asked.value),
    HasPermission: _has("permission", lambda _: "", lambda asked: asked.permission.value),
    AllOf: _joined(sql.SQL(" AND ")),
    AnyOf: _joined(sql.SQL(" OR ")),
    Not: _not,
}
