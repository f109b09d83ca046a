"""Rule packs as they are shown."""

from __future__ import annotations

from dataclasses import dataclass

from placet.service.offered_packs import OfferedPack
from placet.storage import KeptPack, PackInForce

LONGEST_TEXT = 256 * 1024
"""Characters of a pack, of its cases, or of facts to try it on, that are taken over HTTP."""


@dataclass(frozen=True)
class PackCard:
    """One name of a pack: what is in force, what is on offer, and the forms that name it."""

    name: str
    in_force: PackInForce | None
    offers: tuple[OfferedPack, ...]
    forms: tuple[str, ...]

    @property
    def others(self) -> tuple[OfferedPack, ...]:
        """The offers that say something else than the pack in force, where there is one."""
        return tuple(offer for offer in self.offers if self.in_force and offer.hash != self.in_force.hash)


@dataclass(frozen=True)
class PackView:
    """One pack with its text and cases; `hash` is empty where it was never in force.

    `versions` are all that were ever in force under its name, the newest first.
    """

    card: PackCard
    hash: str
    text: str
    cases: str
    versions: tuple[KeptPack, ...]
