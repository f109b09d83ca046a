"""What the worker does: bring jobs into effect, end what time has ended, send what is due."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from placet.domain.errors import PlacetError
from placet.domain.tokens import ENDING_TOLD_BEFORE
from placet.outbox.webhooks import Counts, Deliverer
from placet.service.context import Context
from placet.service.enforcement import Enforcement
from placet.service.grants import GrantCommands
from placet.service.host_directory import mirror_if_due
from placet.service.provisioning import Provisioning
from placet.service.reminding import Reminding
from placet.service.requests import RequestCommands
from placet.service.tokens import Tokens

log = logging.getLogger("placet.service")

BATCH = 100


@dataclass(frozen=True)
class Swept:
    """How many requests lapsed, and how many grants were told as expired.

    `ending` counts the tokens of which it was told that they end soon, `reminded` the requests and grants of
    which people were reminded.
    """

    lapsed: int
    expired: int
    ending: int = 0
    reminded: int = 0


class Work:
    """Safe to run twice and by several workers at once: everything is claimed or judged anew in its transaction."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._provisioning = Provisioning(context)
        self._deliverer = Deliverer(context.store, context.clock, context.settings)
        self._requests = RequestCommands(context)
        self._grants = GrantCommands(context)
        self._reminding = Reminding(context)
        self._tokens = Tokens(context)

    def provision(self) -> int:
        """Run every provisioning job that is due; how many took effect."""
        return self._provisioning.run_all()

    def enforcement(self, target: str) -> Enforcement:
        """A data platform and what it should enforce. Raises NotFound."""
        return Enforcement(self._context, target)

    def deliver(self) -> Counts:
        """Send every webhook that is due, also of events whose signal was lost."""
        return self._deliverer.run()

    def sweep(self) -> Swept:
        """Lapse the requests and tell of the grants whose time has passed, and remind of what comes.

        Access itself ended by then. The host's directory is read first, where that is due.
        """
        mirror_if_due(self._context)
        now = self._context.clock.now()
        with self._context.store.reading() as session:
            lapsing = [request.id for request in session.requests.due_to_lapse(now, BATCH)]
            ended = [grant.id for grant in session.grants.ended_untold(now, BATCH)]
            ending = session.tokens.ending_untold(now + ENDING_TOLD_BEFORE, BATCH)
        return Swept(
            _each(self._requests.lapse, lapsing),
            _each(self._grants.expire, ended),
            _each(self._tokens.tell_ending, ending),
            self._reminding.run(),
        )


def _each(act: Callable[[str], object], ids: Iterable[str]) -> int:
    """Act on each; what someone else was quicker with is passed over."""
    done = 0
    for id in ids:
        try:
            act(id)
            done += 1
        except PlacetError as error:
            log.info("sweep passed over %s: %s", id, error.detail)
    return done
