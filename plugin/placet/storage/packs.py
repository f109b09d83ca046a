"""Rule packs, kept by the hash of their text, and which of them are in force."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

from placet.storage.prepared import Prepared
from placet.storage.tables import PackInForceRow, PackRow
from placet.storage.transaction import Transaction

_IN_FORCE = Prepared(PackInForceRow, lambda: PackInForceRow.select().order_by(PackInForceRow.name))


@dataclass(frozen=True)
class KeptPack:
    """The text of a pack with its cases; `hash` is the SHA-256 of the text in UTF-8, in hexadecimal."""

    hash: str
    name: str
    text: str
    cases: str
    kept_at: datetime


@dataclass(frozen=True)
class PackInForce:
    """Which pack decides new requests under a name, since when, and who put it in force."""

    name: str
    hash: str
    since: datetime
    by: str


class Packs:
    def __init__(self, transaction: Transaction) -> None:
        self._in = transaction

    def put(self, name: str, text: str, at: datetime, cases: str = "") -> str:
        """Keep the text of a pack for good and return its hash; cases given later replace those it had."""
        hash = hashlib.sha256(text.encode()).hexdigest()
        insert = PackRow.insert(hash=hash, name=name, text=text, cases=cases, kept_at=at)
        self._in.change(insert.on_conflict(conflict_target=[PackRow.hash], update={PackRow.cases: cases}))
        return hash

    def get(self, hash: str) -> KeptPack | None:
        """The pack kept under a hash."""
        row = self._in.first(PackRow.select().where(PackRow.hash == hash))
        return _kept(row) if row else None

    def kept_as(self, name: str) -> list[KeptPack]:
        """Every pack that was ever kept under a name, the newest first."""
        query = PackRow.select().where(PackRow.name == name).order_by(PackRow.kept_at.desc(), PackRow.hash)
        return [_kept(row) for row in self._in.rows(query)]

    def in_force(self) -> dict[str, str]:
        """The hash of the pack in force under each name."""
        return {row.name: row.hash for row in self._in.rows(_IN_FORCE())}

    def all_in_force(self) -> list[PackInForce]:
        """The packs in force, by name."""
        return [PackInForce(row.name, row.hash, row.since, row.by) for row in self._in.rows(_IN_FORCE())]

    def hold(self) -> None:
        """Be the only one to change which packs decide together, from now to the end of the transaction."""
        self._in.hold_queue("packs")

    def lock(self, name: str) -> str:
        """The hash of the pack in force under a name, which no one changes until the end; empty where there is none."""
        row = self._in.locked(PackInForceRow.select().where(PackInForceRow.name == name))
        return row.hash if row else ""

    def put_in_force(self, name: str, hash: str, at: datetime, by: str) -> None:
        """Let new requests be decided by this pack. Raises Conflict where nothing is kept under the hash."""
        changed = {"hash": hash, "since": at, "by": by}
        upsert = PackInForceRow.insert(name=name, **changed)
        self._in.change(upsert.on_conflict(conflict_target=[PackInForceRow.name], update=changed))


def _kept(row: PackRow) -> KeptPack:
    return KeptPack(row.hash, row.name, row.text, row.cases, row.kept_at)
