"""Subscription policies, and those among them that could be about some data sources."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from peewee import Field, ModelSelect

from placet.domain.conditions import from_json, to_json
from placet.domain.products import DataSource
from placet.domain.scopes import OnSource, SourceScope
from placet.domain.subscriptions import SubscriptionKind, SubscriptionPolicy
from placet.storage.errors import one_only
from placet.storage.paging import Key, Page, after, cut, decode, rows_wanted
from placet.storage.revisions import update_revision
from placet.storage.scoped import reaching, scope_columns, tag_or_domain
from placet.storage.tables import SubscriptionPolicyRow
from placet.storage.transaction import Transaction

ORDER: list[Field[str]] = [SubscriptionPolicyRow.sort_name, SubscriptionPolicyRow.id]


class Subscriptions:
    def __init__(self, transaction: Transaction) -> None:
        self._in = transaction

    def get(self, id: str) -> SubscriptionPolicy | None:
        row = self._in.first(_by_id(id))
        return _policy(row) if row else None

    def lock(self, id: str) -> SubscriptionPolicy | None:
        """The policy, kept from other writers until the transaction ends."""
        row = self._in.locked(_by_id(id))
        return _policy(row) if row else None

    def add(self, policy: SubscriptionPolicy) -> None:
        """Keep a new policy.

        Raises AlreadyThere for an id that is taken, or the name of an active one, Conflict for an unknown source or
        domain.
        """
        with one_only(_taken(policy)):
            self._in.add(SubscriptionPolicyRow(id=policy.id, revision=policy.revision, **_columns(policy)))

    def save(self, policy: SubscriptionPolicy) -> SubscriptionPolicy:
        """Keep a changed policy; it comes back with its new revision.

        Raises StaleRevision where it was changed since it was read, AlreadyThere for the name of another active one.
        """
        with one_only(_taken(policy)):
            update_revision(self._in, SubscriptionPolicyRow, policy.id, policy.revision, _columns(policy))
        return replace(policy, revision=policy.revision + 1)

    def page(self, active: bool = True, cursor: str | None = None, limit: int = 50) -> Page[SubscriptionPolicy]:
        """The policies in force, or those that are retired, by name."""
        query = SubscriptionPolicyRow.select().where(SubscriptionPolicyRow.active == active)
        query = query.order_by(*ORDER).limit(rows_wanted(limit))
        if cursor:
            query = query.where(after(ORDER, decode(cursor, (str, str))))
        return cut(self._in.rows(query), limit, _key).map(_policy)

    def in_force(self) -> list[SubscriptionPolicy]:
        """Every active policy, by id."""
        return [
            _policy(row)
            for row in self._in.rows(
                SubscriptionPolicyRow.select().where(SubscriptionPolicyRow.active).order_by(SubscriptionPolicyRow.id)
            )
        ]

    def for_sources(self, sources: Iterable[DataSource]) -> list[SubscriptionPolicy]:
        """The active policies that could be about some sources, by id."""
        return [_policy(row) for row in reaching(self._in, SubscriptionPolicyRow, sources)]


def _by_id(id: str) -> ModelSelect[SubscriptionPolicyRow]:
    return SubscriptionPolicyRow.select().where(SubscriptionPolicyRow.id == id)


def _taken(policy: SubscriptionPolicy) -> str:
    return f"there is a subscription policy `{policy.name}` already: choose another name"


def _key(row: SubscriptionPolicyRow) -> Key:
    return row.sort_name, row.id


def _columns(policy: SubscriptionPolicy) -> dict[str, object]:
    return {
        "name": policy.name,
        "sort_name": policy.name.casefold(),
        "description": policy.description,
        "kind": policy.kind.value,
        "who": to_json(policy.who),
        "created_at": policy.created_at,
        "active": policy.active,
    } | scope_columns(policy.scope, policy.active)


def _scope(kept: dict[str, Any]) -> SourceScope:
    return OnSource(kept["source"]) if "source" in kept else tag_or_domain(kept)


def _policy(row: SubscriptionPolicyRow) -> SubscriptionPolicy:
    return SubscriptionPolicy(
        id=row.id,
        name=row.name,
        kind=SubscriptionKind(row.kind),
        scope=_scope(row.scope),
        who=from_json(row.who),
        description=row.description,
        created_at=row.created_at,
        revision=row.revision,
        active=row.active,
    )
