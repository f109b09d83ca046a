"""Domains, and the tags that bring data sources into dynamic ones."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace

from peewee import Field

from placet.domain.products import Domain
from placet.storage.paging import Page, after, cut, decode, rows_wanted
from placet.storage.prepared import Prepared
from placet.storage.tables import DomainRow, DomainTagRow, SourceDomainRow
from placet.storage.transaction import Transaction, batches

ORDER: list[Field[str]] = [DomainRow.sort_name, DomainRow.id]

_BY_IDS = Prepared(DomainRow, lambda ids: DomainRow.select().where(DomainRow.id.in_(ids)).order_by(DomainRow.id))
_TAGS = Prepared(DomainTagRow, lambda ids: DomainTagRow.select().where(DomainTagRow.domain.in_(ids)))
_TAGGED = DomainTagRow.select(DomainTagRow.domain)
_DYNAMIC = Prepared(DomainRow, lambda: DomainRow.select().where(DomainRow.id.in_(_TAGGED)).order_by(DomainRow.id))


class Domains:
    def __init__(self, transaction: Transaction) -> None:
        self._in = transaction

    def get(self, id: str) -> Domain | None:
        return next(iter(self.many([id])), None)

    def many(self, ids: Iterable[str]) -> list[Domain]:
        """Those of the domains that exist, by id."""
        found = (self._in.rows(_BY_IDS(list(batch))) for batch in batches(sorted(set(ids))))
        return [domain for rows in found for domain in self._with_tags(rows)]

    def all(self) -> list[Domain]:
        """All domains, by id."""
        return self._with_tags(self._in.rows(DomainRow.select().order_by(DomainRow.id)))

    def dynamic(self) -> list[Domain]:
        """The domains with tags, by id."""
        return self._with_tags(self._in.rows(_DYNAMIC()))

    def page(self, cursor: str | None = None, limit: int = 50) -> Page[Domain]:
        """The domains, by name."""
        query = DomainRow.select().order_by(*ORDER).limit(rows_wanted(limit))
        if cursor:
            query = query.where(after(ORDER, decode(cursor, (str, str))))
        page = cut(self._in.rows(query), limit, lambda row: (row.sort_name, row.id))
        return Page(tuple(self._with_tags(page.items)), page.next)

    def save(self, domain: Domain) -> None:
        """Keep a domain, in place of the one with this id; its revision grows."""
        columns = {
            "id": domain.id,
            "name": domain.name,
            "sort_name": domain.name.casefold(),
            "description": domain.description,
        }
        kept = DomainRow.insert({**columns, "revision": 1})
        self._in.change(
            kept.on_conflict(
                conflict_target=[DomainRow.id], update={**columns, DomainRow.revision: DomainRow.revision + 1}
            )
        )
        self._in.change(DomainTagRow.delete().where(DomainTagRow.domain == domain.id))
        self._in.add_all(DomainTagRow, ({"domain": domain.id, "tag": tag} for tag in sorted(domain.tags)))

    def delete(self, id: str) -> None:
        """Remove a domain; its sources stay, outside it. Raises Conflict where a product is of it."""
        self._in.change(DomainTagRow.delete().where(DomainTagRow.domain == id))
        self._in.change(SourceDomainRow.delete().where(SourceDomainRow.domain == id))
        self._in.change(DomainRow.delete().where(DomainRow.id == id))

    def _with_tags(self, rows: Iterable[DomainRow]) -> list[Domain]:
        domains = [_domain(row) for row in rows]
        tags: dict[str, set[str]] = defaultdict(set)
        for batch in batches([domain.id for domain in domains]):
            for row in self._in.rows(_TAGS(list(batch))):
                tags[row.domain].add(row.tag)
        return [replace(domain, tags=frozenset(tags[domain.id])) for domain in domains]


def _domain(row: DomainRow) -> Domain:
    return Domain(row.id, row.name, row.description, revision=row.revision)
