"""What the rules said, kept with everything it rested on, so that each verdict can be explained and replayed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from placet.storage.tables import VerdictRow
from placet.storage.transaction import Transaction


@dataclass(frozen=True)
class KeptVerdict:
    """The answer to one question about a request.

    `told` is the vocabulary as it was told: kind -> rows of values. `proof` holds the facts that packs read, what they
    concluded, and why; `packs` the hashes.
    """

    id: str
    request: str
    at: datetime
    question: str
    told: Mapping[str, Any] = field(hash=False)
    proof: Mapping[str, object] = field(hash=False)
    packs: Mapping[str, str] = field(hash=False)


class Verdicts:
    def __init__(self, transaction: Transaction) -> None:
        self._in = transaction

    def add_all(self, verdicts: Iterable[KeptVerdict]) -> None:
        """Keep answers for good, in the order in which they are read again."""
        rows = (
            {**vars(one), "told": dict(one.told), "proof": dict(one.proof), "packs": dict(one.packs)}
            for one in verdicts
        )
        self._in.add_later(VerdictRow, rows)

    def of(self, request: str) -> list[KeptVerdict]:
        """Everything the rules said about a request, in the order in which it was said, whatever clocks said."""
        query = VerdictRow.select().where(VerdictRow.request == request).order_by(VerdictRow.number)
        return [_kept(row) for row in self._in.rows(query)]


def _kept(row: VerdictRow) -> KeptVerdict:
    return KeptVerdict(row.id, row.request, row.at, row.question, row.told, row.proof, row.packs)
