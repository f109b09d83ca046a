"""Data policies, and those among them that reach some data sources."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, replace
from typing import Any

from peewee import Field, ModelSelect

from placet.domain.conditions import Condition, from_json, to_json
from placet.domain.masks import Mask, MaskKind
from placet.domain.policies import DataPolicy
from placet.domain.products import DataSource
from placet.domain.row_filters import from_json as filter_from_json
from placet.domain.row_filters import to_json as filter_to_json
from placet.domain.scopes import NamedColumns, Scope, SourceScope
from placet.storage.errors import one_only
from placet.storage.paging import Page, after, by_name, cut, decode, rows_wanted
from placet.storage.revisions import update_revision
from placet.storage.scoped import reached, reaching, scope_columns, tag_or_domain
from placet.storage.tables import DataPolicyRow, SourceRow
from placet.storage.transaction import Transaction

ORDER: list[Field[str]] = [DataPolicyRow.sort_name, DataPolicyRow.id]


class Policies:
    def __init__(self, transaction: Transaction) -> None:
        self._in = transaction

    def get(self, id: str) -> DataPolicy | None:
        row = self._in.first(_by_id(id))
        return _policy(row) if row else None

    def lock(self, id: str) -> DataPolicy | None:
        """The policy, kept from other writers until the transaction ends."""
        row = self._in.locked(_by_id(id))
        return _policy(row) if row else None

    def add(self, policy: DataPolicy) -> None:
        """Keep a new policy.

        Raises AlreadyThere for an id that is taken, or the name of an active one, Conflict for an unknown source or
        domain.
        """
        with one_only(_taken(policy)):
            self._in.add(DataPolicyRow(id=policy.id, revision=policy.revision, **_columns(policy)))

    def save(self, policy: DataPolicy) -> DataPolicy:
        """Keep a changed policy; it comes back with its new revision.

        Raises StaleRevision where it was changed since it was read, AlreadyThere for the name of another active one.
        """
        with one_only(_taken(policy)):
            update_revision(self._in, DataPolicyRow, policy.id, policy.revision, _columns(policy))
        return replace(policy, revision=policy.revision + 1)

    def page(self, active: bool = True, cursor: str | None = None, limit: int = 50) -> Page[DataPolicy]:
        """The policies in force, or those that are retired, by name."""
        query = DataPolicyRow.select().where(DataPolicyRow.active == active)
        query = query.order_by(*ORDER).limit(rows_wanted(limit))
        if cursor:
            query = query.where(after(ORDER, decode(cursor, (str, str))))
        return cut(self._in.rows(query), limit, by_name).map(_policy)

    def in_force(self) -> list[DataPolicy]:
        """Every active policy, by id."""
        return [
            _policy(row)
            for row in self._in.rows(DataPolicyRow.select().where(DataPolicyRow.active).order_by(DataPolicyRow.id))
        ]

    def for_sources(self, sources: Iterable[DataSource]) -> list[DataPolicy]:
        """The active policies that could reach a column of some sources, by id."""
        return [_policy(row) for row in reaching(self._in, DataPolicyRow, sources)]

    def targets_of(self, *scopes: Scope | SourceScope) -> list[str]:
        """The data platforms with a source that one of the scopes reaches, in order."""
        found = {
            target
            for scope in scopes
            for (target,) in self._in.tuples(
                SourceRow.select(SourceRow.target).where(SourceRow.id.in_(reached(scope))).distinct()
            )
        }
        return sorted(found)

    def sources_of(self, scope: Scope | SourceScope, limit: int) -> list[str]:
        """The ids of the first sources that a scope reaches, in order."""
        return [source for (source,) in self._in.tuples(reached(scope).limit(limit))]


def _by_id(id: str) -> ModelSelect[DataPolicyRow]:
    return DataPolicyRow.select().where(DataPolicyRow.id == id)


def _taken(policy: DataPolicy) -> str:
    return f"there is a data policy `{policy.name}` already: choose another name"


def _columns(policy: DataPolicy) -> dict[str, object]:
    return {
        "name": policy.name,
        "sort_name": policy.name.casefold(),
        "description": policy.description,
        "mask": policy.mask and {name: value for name, value in asdict(policy.mask).items() if value is not None},
        "filter": policy.filter and filter_to_json(policy.filter),
        "everyone_except": policy.everyone_except and to_json(policy.everyone_except),
        "for_everyone_who": policy.for_everyone_who and to_json(policy.for_everyone_who),
        "created_at": policy.created_at,
        "active": policy.active,
    } | scope_columns(policy.scope, policy.active)


def _scope_from_json(kept: dict[str, Any]) -> Scope:
    if "source" in kept:
        return NamedColumns(kept["source"], frozenset(kept["columns"]))
    return tag_or_domain(kept)


def _condition(kept: Any) -> Condition | None:
    return None if kept is None else from_json(kept)


def _policy(row: DataPolicyRow) -> DataPolicy:
    return DataPolicy(
        id=row.id,
        name=row.name,
        mask=row.mask and Mask(**row.mask | {"kind": MaskKind(row.mask["kind"])}),
        scope=_scope_from_json(row.scope),
        everyone_except=_condition(row.everyone_except),
        for_everyone_who=_condition(row.for_everyone_who),
        filter=row.filter and filter_from_json(row.filter),
        description=row.description,
        created_at=row.created_at,
        revision=row.revision,
        active=row.active,
    )
