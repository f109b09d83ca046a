"""Domains."""

from __future__ import annotations

from placet.domain.products import Domain
from placet.storage.tables import DomainRow
from placet.storage.transaction import Transaction


class Domains:
    def __init__(self, transaction: Transaction) -> None:
        self._in = transaction

    def get(self, id: str) -> Domain | None:
        row = self._in.first(DomainRow.select().where(DomainRow.id == id))
        return _domain(row) if row else None

    def all(self) -> list[Domain]:
        """All domains, by id."""
        return [_domain(row) for row in self._in.rows(DomainRow.select().order_by(DomainRow.id))]

    def save(self, domain: Domain) -> None:
        """Keep a domain, in place of the one with this id."""
        columns = {"id": domain.id, "name": domain.name, "description": domain.description}
        self._in.change(DomainRow.insert(columns).on_conflict(conflict_target=[DomainRow.id], update=columns))


def _domain(row: DomainRow) -> Domain:
    return Domain(row.id, row.name, row.description)
