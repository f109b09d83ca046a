"""The data products that each person has put into their basket."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from placet.storage.tables import BasketRow
from placet.storage.transaction import Transaction, batches


class Baskets:
    def __init__(self, transaction: Transaction) -> None:
        self._in = transaction

    def hold(self, person: str) -> None:
        """Be the only one to put something into someone's basket until the transaction ends."""
        self._in.hold_queue(f"basket of {person}")

    def of(self, person: str) -> list[str]:
        """The ids of the products in someone's basket, in the order in which they were put there."""
        query = BasketRow.select().where(BasketRow.person == person).order_by(BasketRow.added_at, BasketRow.product)
        return [row.product for row in self._in.rows(query)]

    def add(self, person: str, product: str, at: datetime) -> None:
        """Put a product into a basket, where it is not there already."""
        self._in.change(BasketRow.insert(person=person, product=product, added_at=at).on_conflict_ignore())

    def remove(self, person: str, products: Iterable[str]) -> None:
        """Take these products out of a basket, as far as they are in it."""
        for batch in batches(sorted(products)):
            self._in.change(BasketRow.delete().where(BasketRow.person == person, BasketRow.product.in_(batch)))
