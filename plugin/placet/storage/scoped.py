"""What birthright policies are on: kept as JSON, found by a source, a tag or a domain."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from peewee import SQL, Field

from placet.domain.products import DataSource
from placet.domain.scopes import InDomain, NamedColumns, OnSource, Scope, SourceScope, Tagged
from placet.domain.tags import lineage
from placet.storage.tables import ColumnTagRow, SourceDomainRow, SourceRow, SourceTagRow
from placet.storage.transaction import Transaction, batches


def reaching(transaction: Transaction, table: Any, sources: Iterable[DataSource]) -> list[Any]:
    """The rows of active policies that could be about some sources, by id: one query for each kind of scope.

    Where there are some hundred tags, sources or domains, one for each some hundred of them.
    """
    known = list(sources)
    wanted: dict[Field[Any], set[str]] = {
        table.source: {source.id for source in known},
        table.tag: {above for source in known for tag in _tags(source) for above in lineage(tag)},
        table.domain: {domain for source in known for domain in source.domains},
    }
    rows = [
        row
        for field, values in wanted.items()
        for batch in batches(sorted(values))
        for row in transaction.rows(table.select().where(field.in_(batch)))
    ]
    return sorted(rows, key=lambda row: str(row.id))


def reached(scope: Scope | SourceScope) -> Any:
    """The ids of the sources that a scope reaches, in order and each once; of a tag, those with it on a column too."""
    match scope:
        case NamedColumns(source, _) | OnSource(source):
            return SourceRow.select(SourceRow.id).where(SourceRow.id == source)
        case InDomain(domain):
            inside = SourceDomainRow.select(SourceDomainRow.source).where(SourceDomainRow.domain == domain)
            return inside.order_by(SourceDomainRow.source)
        case Tagged(tag):
            on_sources, on_columns = (_carrying(table, tag) for table in (SourceTagRow, ColumnTagRow))
            return on_sources.union(on_columns).order_by(SQL("1"))


def opened(scope: SourceScope) -> Any:
    """The ids of the sources that a policy on this which allows is about; a tag on a column opens nothing."""
    match scope:
        case OnSource(source):
            return SourceRow.select(SourceRow.id).where(SourceRow.id == source)
        case InDomain(domain):
            return SourceDomainRow.select(SourceDomainRow.source).where(SourceDomainRow.domain == domain)
        case Tagged(tag):
            return _carrying(SourceTagRow, tag)


def _carrying(table: Any, tag: str) -> Any:
    """The sources with a tag, or one under it: those lie in one range, for `/` comes right after `.`."""
    under = (table.tag >= f"{tag}.") & (table.tag < f"{tag}/")
    return table.select(table.source).where((table.tag == tag) | under)


def _tags(source: DataSource) -> set[str]:
    """The tags on a source and on its columns."""
    return set(source.tags).union(*(column.tags for column in source.columns))


def scope_columns(scope: Scope | SourceScope, active: bool) -> dict[str, object]:
    """The columns of a row that say what its policy is on; a retired one is found by nothing."""
    kept = scope_to_json(scope)
    return {"scope": kept} | {name: kept.get(name) if active else None for name in ("source", "tag", "domain")}


def scope_to_json(scope: Scope | SourceScope) -> dict[str, object]:
    match scope:
        case NamedColumns(source, columns):
            return {"source": source, "columns": sorted(columns)}
        case OnSource(source):
            return {"source": source}
        case Tagged(tag):
            return {"tag": tag}
        case InDomain(domain):
            return {"domain": domain}


def tag_or_domain(kept: dict[str, Any]) -> Tagged | InDomain:
    """What a scope that names no source is on."""
    return Tagged(kept["tag"]) if "tag" in kept else InDomain(kept["domain"])
