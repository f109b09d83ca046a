"""Several commands in one transaction: each runs as it does alone, and all of them are kept, or none."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from placet.domain.clock import Clock
from placet.domain.events import Event
from placet.emitter.target import CatalogSource
from placet.service.context import Context, Transaction
from placet.storage import Session, Store

Catalogs = Mapping[str, Mapping[tuple[str, str], CatalogSource]]
"""What is on the platforms that we are connected to, by the name of the platform, then by schema and name."""


@dataclass
class Gathering(Transaction):
    """A transaction of several commands: what they tell is recorded at its end, as the trail is written last."""

    told: list[Event] = field(default_factory=list)

    def tell(self, events: Iterable[Event]) -> None:
        self.told.extend(events)

    def record_all(self) -> None:
        super().tell(self.told)


class JoinedContext(Context):
    """What services need, where each command is a part of one transaction that is under way."""

    def __init__(self, outer: Context, transaction: Gathering, catalogs: Catalogs) -> None:
        super().__init__(
            _JoinedStore(transaction.session),
            _Ticking(outer.clock),
            outer.settings,
            outer.rulebooks,
            outer.targets,
            outer.announce,
            outer.directory,
        )
        self._transaction = transaction
        self._catalogs = catalogs

    def catalog(self, target: str) -> Mapping[tuple[str, str], CatalogSource]:
        """As it was before the transaction began: no platform is asked in there."""
        return self._catalogs[target]

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """The transaction that is under way; whoever began it ends it."""
        yield self._transaction


class _JoinedStore(Store):
    """A store with one session, which is open."""

    def __init__(self, session: Session) -> None:
        self._session = session

    @contextmanager
    def reading(self) -> Iterator[Session]:
        yield self._session

    asking = writing = reading


class _Ticking:
    """A clock that never says the same instant twice, so that of things made together the first is the oldest."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._last: datetime | None = None

    def now(self) -> datetime:
        now = self._clock.now()
        self._last = max(now, self._last + timedelta(microseconds=1)) if self._last else now
        return self._last
