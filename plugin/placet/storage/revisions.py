"""Changing a row only where it still is as it was read."""

from __future__ import annotations

from collections.abc import Mapping

from peewee import Model

from placet.domain.errors import StaleRevision
from placet.storage.prepared import revision_update
from placet.storage.transaction import Transaction


def update_revision(
    transaction: Transaction, table: type[Model], id: str, revision: int, columns: Mapping[str, object]
) -> None:
    """Set the columns of a row and count its revision up. Raises StaleRevision where it has another one by now."""
    if not transaction.change(revision_update(table, id, revision, columns)):
        raise StaleRevision(f"`{id}` was changed by someone else meanwhile: look at it again, then repeat your change")
