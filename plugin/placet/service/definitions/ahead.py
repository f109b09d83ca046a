"""Reading what stands there for many things at once, as long as that is the same as one after the other."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import takewhile

from placet.service.definitions.kind import AT_ONCE, Standing
from placet.service.definitions.text import Wanted
from placet.storage import Session


class ReadingAhead:
    """What stands there of things that are asked for in their order.

    What is written may change others, so nothing that was read before counts after it. Each time nothing was written
    in between twice as many are read as the time before: no file is read slower than one by one by much.
    """

    def __init__(self, session: Session, wanted: Sequence[Wanted]) -> None:
        self._session = session
        self._wanted = wanted
        self._next = 0
        self._many = 1
        self._known: dict[str, Standing | None] = {}

    def standing(self, wanted: Wanted) -> Standing | None:
        """The next of the things as it is, or None where it never was."""
        if wanted.path not in self._known:
            self._read(wanted)
        self._next += 1
        return self._known.pop(wanted.path)

    def forget(self) -> None:
        """Something is written now."""
        self._known.clear()
        self._many = 1

    def _read(self, wanted: Wanted) -> None:
        coming = self._wanted[self._next : self._next + self._many]
        same = list(takewhile(lambda one: one.kind is wanted.kind, coming))
        found = wanted.kind.standing(self._session, [one.id for one in same])
        self._known = {one.path: found.get(one.id) for one in same}
        self._many = min(2 * self._many, AT_ONCE)
