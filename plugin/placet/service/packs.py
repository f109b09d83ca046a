"""The rule packs in use: shipped ones put in force, pinned ones found again by their hash."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from placet.domain.errors import Unavailable
from placet.domain.events import THE_CLOCK
from placet.domain.forms import in_order
from placet.engine import Engine, PackSource, load_pack
from placet.service.offered_packs import SHIPPED, offered
from placet.storage import Session
from placet.workflow.rulebook import Rulebook


class Rulebooks:
    """Rulebooks by the hashes of their packs, each compiled once for the process."""

    def __init__(self, engine: Engine, most_facts: int) -> None:
        self._engine = engine
        self._most_facts = most_facts
        self._made: dict[tuple[str, ...], Rulebook] = {}

    def in_force(self, session: Session, names: tuple[str, ...]) -> Rulebook:
        """The rulebook a new request is pinned to."""
        hashes = session.packs.in_force()
        return self.pinned(session, {name: hashes[name] for name in names})

    def pinned(self, session: Session, hashes: Mapping[str, str]) -> Rulebook:
        """The rulebook an earlier request was pinned to, whatever is in force now."""
        key = tuple(hashes[name] for name in in_order(hashes))
        if key not in self._made:
            sources = [kept(session, hash) for hash in key]
            self._made[key] = Rulebook(load_pack(*sources), self._engine, self._most_facts)
        return self._made[key]


def kept(session: Session, hash: str) -> PackSource:
    """The pack under a hash. Raises Unavailable where it is gone, for nothing can be decided without it."""
    found = session.packs.get(hash)
    if found is None:
        raise Unavailable(f"the rule pack with the hash `{hash}` is not in the database: restore it from a backup")
    return PackSource(f"{found.name}.yaml", found.text)


def put_shipped_in_force(session: Session, at: datetime) -> None:
    """Put each shipped pack in force where no pack of its name is; one that governance chose stays."""
    in_force = session.packs.in_force()
    for pack in offered(""):
        if pack.origin == SHIPPED and pack.name not in in_force:
            hash = session.packs.put(pack.name, pack.text, at, pack.cases)
            session.packs.put_in_force(pack.name, hash, at, THE_CLOCK)
