"""The audit trail: one entry for each change, written in its transaction and chained to the one before by a hash.

The hash of an entry is SHA-256 over the hash of the entry before, a line feed, and the entry as canonical JSON (RFC
8785). `docs/audit.md` says the same for whoever wants to verify a trail without this code.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from placet.domain.events import Event
from placet.storage import Entry, Session
from placet.storage.fields import to_json

GENESIS = "0" * 64
"""What stands for the hash before the first entry."""

SHOWN = 100
"""Problems that a report lists; it counts all."""


@dataclass(frozen=True)
class Report:
    """What verification found: how many entries there are, the hash of the last, and what is wrong, if anything.

    `head` is what to note, somewhere the database's owner can't write, and to give to the next verification.
    """

    entries: int
    head: str
    problems: tuple[str, ...] = ()
    found: int = 0

    @property
    def intact(self) -> bool:
        return not self.found


def append(session: Session, *events: Event) -> tuple[Entry, ...]:
    """Add an entry for each event to the end of the trail, in order and in the session's transaction.

    From the first entry to the end of the transaction no other transaction appends, so that there are neither gaps nor
    forks. Lock every row before: the session refuses to afterwards. Raises ValueError for data that JSON can't hold.
    """
    if not events:
        return ()
    last = session.audit.hold()
    entries: list[Entry] = []
    for event in events:
        last = _next(last, event)
        entries.append(last)
    session.audit.add_all(entries)
    return tuple(entries)


def _next(last: Entry | None, event: Event) -> Entry:
    entry = Entry(
        sequence=last.sequence + 1 if last else 1,
        previous=last.hash if last else GENESIS,
        hash="",
        type=event.type,
        actor=event.actor,
        at=event.at,
        subject=event.subject,
        domain=event.domain,
        data=to_json(dict(event.data)),
    )
    return replace(entry, hash=hash_of(entry))


def hash_of(entry: Entry) -> str:
    """SHA-256, in hexadecimal, over the hash before and everything the entry says."""
    return hashlib.sha256(f"{entry.previous}\n{canonical(entry)}".encode()).hexdigest()


def canonical(entry: Entry) -> str:
    """What the entry says, as canonical JSON: keys sorted, no spaces; `data` stands in it as the text it is kept as."""
    says = {
        "sequence": entry.sequence,
        "type": entry.type,
        "actor": entry.actor,
        "at": instant(entry.at),
        "subject": entry.subject,
        "domain": entry.domain,
        "data": entry.data,
    }
    return json.dumps(says, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def instant(at: datetime) -> str:
    """An instant as `2027-01-31T12:00:00.000000Z`: always UTC, always six decimals."""
    return at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def verify(session: Session, head: str | None = None) -> Report:
    """Walk the whole trail; with `head`, a hash noted earlier, entries cut off its end are found as well.

    Finds entries that were edited, removed, inserted, or changed places. Reads some at a time: memory does not grow.
    """
    walk = _Walk(head)
    for entry in session.audit.entries():
        walk.step(entry)
    return walk.report()


class _Walk:
    """One pass over the trail, knowing only the entry before."""

    def __init__(self, head: str | None) -> None:
        self._wanted = head.strip().lower() if head else None
        self._last = GENESIS
        self._sequence = 0
        self._count = 0
        self._problems: list[str] = []
        self._found = 0

    def step(self, entry: Entry) -> None:
        for problem in self._wrong_with(entry):
            self._add(problem)
        self._count += 1
        self._sequence, self._last = entry.sequence, entry.hash
        if entry.hash == self._wanted:
            self._wanted = None

    def _wrong_with(self, entry: Entry) -> Iterator[str]:
        due = self._sequence + 1
        if entry.sequence > due:
            yield f"entries {due} to {entry.sequence - 1} are missing"
        if entry.sequence < due:
            yield f"entry {entry.sequence} stands before the first"
        if hash_of(entry) != entry.hash:
            yield f"entry {entry.sequence} was edited: its content does not give its hash"
        if entry.previous != self._last:
            yield f"entry {entry.sequence} does not follow the one before it: one of them was replaced or moved"

    def _add(self, problem: str) -> None:
        self._found += 1
        if self._found <= SHOWN:
            self._problems.append(problem)

    def report(self) -> Report:
        if self._wanted is not None:
            self._add(f"no entry has the hash `{self._wanted}`: the trail was cut before it, or written anew")
        return Report(self._count, self._last, tuple(self._problems), self._found)
