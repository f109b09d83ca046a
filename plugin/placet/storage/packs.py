"""Rule packs, kept by the hash of their text, and which of them are in force."""

from __future__ import annotations

import hashlib

from placet.storage.prepared import Prepared
from placet.storage.tables import PackInForceRow, PackRow
from placet.storage.transaction import Transaction

_IN_FORCE = Prepared(PackInForceRow, lambda: PackInForceRow.select().order_by(PackInForceRow.name))


class Packs:
    def __init__(self, transaction: Transaction) -> None:
        self._in = transaction

    def put(self, name: str, text: str) -> str:
        """Keep the text of a pack for good and return its hash: SHA-256 in hexadecimal, of the text in UTF-8."""
        hash = hashlib.sha256(text.encode()).hexdigest()
        self._in.change(PackRow.insert(hash=hash, name=name, text=text).on_conflict_ignore())
        return hash

    def get(self, hash: str) -> tuple[str, str] | None:
        """The name and the text kept under a hash."""
        row = self._in.first(PackRow.select().where(PackRow.hash == hash))
        return (row.name, row.text) if row else None

    def in_force(self) -> dict[str, str]:
        """The hash of the pack in force under each name."""
        return {row.name: row.hash for row in self._in.rows(_IN_FORCE())}

    def put_in_force(self, name: str, hash: str) -> None:
        """Let new requests be decided by this pack. Raises Conflict where nothing is kept under the hash."""
        upsert = PackInForceRow.insert(name=name, hash=hash)
        self._in.change(upsert.on_conflict(conflict_target=[PackInForceRow.name], update={"hash": hash}))
