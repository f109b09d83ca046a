"""Data policies, and those among them that reach some data sources."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, replace
from typing import Any

from peewee import SQL, Field, ModelSelect

from placet.domain.conditions import Condition, from_json, to_json
from placet.domain.policies import DataPolicy, InDomain, Mask, MaskKind, NamedColumns, Scope, Tagged
from placet.domain.products import DataSource
from placet.domain.tags import lineage
from placet.storage.errors import one_only
from placet.storage.paging import Page, after, by_name, cut, decode, rows_wanted
from placet.storage.revisions import update_revision
from placet.storage.tables import ColumnTagRow, DataPolicyRow, SourceDomainRow, SourceRow, SourceTagRow
from placet.storage.transaction import Transaction, batches

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

    def for_sources(self, sources: Iterable[DataSource]) -> list[DataPolicy]:
        """The active policies that could reach a column of some sources, by id: one query for each kind of scope.

        Where there are some hundred tags, sources or domains, one for each some hundred of them.
        """
        known = list(sources)
        wanted: dict[Field[Any], set[str]] = {
            DataPolicyRow.source: {source.id for source in known},
            DataPolicyRow.tag: {above for source in known for tag in _tags(source) for above in lineage(tag)},
            DataPolicyRow.domain: {domain for source in known for domain in source.domains},
        }
        rows = [
            row
            for field, values in wanted.items()
            for batch in batches(sorted(values))
            for row in self._in.rows(DataPolicyRow.select().where(field.in_(batch)))
        ]
        return sorted(map(_policy, rows), key=lambda policy: policy.id)

    def sources_of(self, scope: Scope, limit: int) -> list[str]:
        """The ids of the first sources that a scope reaches, in order."""
        return [source for (source,) in self._in.tuples(_reached(scope).limit(limit))]


def _by_id(id: str) -> ModelSelect[DataPolicyRow]:
    return DataPolicyRow.select().where(DataPolicyRow.id == id)


def _reached(scope: Scope) -> Any:
    """The ids of the sources that a scope reaches, in order and each once."""
    match scope:
        case NamedColumns(source, _):
            return SourceRow.select(SourceRow.id).where(SourceRow.id == source)
        case InDomain(domain):
            inside = SourceDomainRow.select(SourceDomainRow.source).where(SourceDomainRow.domain == domain)
            return inside.order_by(SourceDomainRow.source)
        case Tagged(tag):
            on_sources, on_columns = (_carrying(table, tag) for table in (SourceTagRow, ColumnTagRow))
            return on_sources.union(on_columns).order_by(SQL("1"))


def _carrying(table: Any, tag: str) -> Any:
    """The sources with a tag, or one under it: those lie in one range, for `/` comes right after `.`."""
    under = (table.tag >= f"{tag}.") & (table.tag < f"{tag}/")
    return table.select(table.source).where((table.tag == tag) | under)


def _tags(source: DataSource) -> set[str]:
    """The tags on a source and on its columns."""
    return set(source.tags).union(*(column.tags for column in source.columns))


def _taken(policy: DataPolicy) -> str:
    return f"there is a data policy `{policy.name}` already: choose another name"


def _columns(policy: DataPolicy) -> dict[str, object]:
    scope = _scope_to_json(policy.scope)
    return {
        "name": policy.name,
        "sort_name": policy.name.casefold(),
        "description": policy.description,
        "mask": {name: value for name, value in asdict(policy.mask).items() if value is not None},
        "scope": scope,
        "everyone_except": policy.everyone_except and to_json(policy.everyone_except),
        "for_everyone_who": policy.for_everyone_who and to_json(policy.for_everyone_who),
        "created_at": policy.created_at,
        "active": policy.active,
    } | {name: scope.get(name) if policy.active else None for name in ("source", "tag", "domain")}


def _scope_to_json(scope: Scope) -> dict[str, object]:
    match scope:
        case NamedColumns(source, columns):
            return {"source": source, "columns": sorted(columns)}
        case Tagged(tag):
            return {"tag": tag}
        case InDomain(domain):
            return {"domain": domain}


def _scope_from_json(kept: dict[str, Any]) -> Scope:
    if "source" in kept:
        return NamedColumns(kept["source"], frozenset(kept["columns"]))
    return Tagged(kept["tag"]) if "tag" in kept else InDomain(kept["domain"])


def _condition(kept: Any) -> Condition | None:
    return None if kept is None else from_json(kept)


def _policy(row: DataPolicyRow) -> DataPolicy:
    return DataPolicy(
        id=row.id,
        name=row.name,
        mask=Mask(**row.mask | {"kind": MaskKind(row.mask["kind"])}),
        scope=_scope_from_json(row.scope),
        everyone_except=_condition(row.everyone_except),
        for_everyone_who=_condition(row.for_everyone_who),
        description=row.description,
        created_at=row.created_at,
        revision=row.revision,
        active=row.active,
    )
