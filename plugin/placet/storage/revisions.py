"""Changing a row only where it still is as it was read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from placet.domain.errors import StaleRevision
from placet.storage.transaction import Transaction


def update_revision(
    transaction: Transaction, table: Any, id: str, revision: int, columns: Mapping[str, object]
) -> None:
    """Set the columns of a row and count its revision up. Raises StaleRevision where it has another one by now."""
    as_read = (table.id == id) & (table.revision == revision)
    if not transaction.change(table.update({**columns, "revision": revision + 1}).where(as_read)):
        raise StaleRevision(f"`{id}` was changed by someone else meanwhile: look at it again, then repeat your change")
