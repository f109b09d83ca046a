"""What a pack would have made of the past: every stored request run again before the pack is in force."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from placet.domain.errors import EngineDisagreement, FactError, PackError
from placet.domain.forms import in_order
from placet.domain.people import Person
from placet.domain.permissions import Action, refuse_unless_may
from placet.domain.requests import AccessRequest, Grant, RequestStatus
from placet.engine import PackSource, load_pack
from placet.service.combining import name_of, source_of
from placet.service.context import Context
from placet.service.packs import kept
from placet.storage import KeptVerdict, Session
from placet.workflow.refusals import ContradictoryVerdict
from placet.workflow.replay import PENDING, CannotTell, Ending, Question, Replay

BATCH = 100
MOST_AT_ONCE = 500
"""Requests of one replay while someone waits for an answer over HTTP."""
MOST = 10_000
"""Requests of one replay, where no other number is asked for."""


@dataclass(frozen=True)
class Different:
    """A request that would have ended differently; `was` is how it ended, in the words the rules gave it then."""

    request: AccessRequest
    was: Ending
    would_be: Ending


@dataclass(frozen=True)
class Untold:
    """A request of which the facts that were kept don't say how it would have ended, and what they lack."""

    request: AccessRequest
    why: str


@dataclass(frozen=True)
class Replayed:
    """What a replay found; `cut` says that there are more requests than were looked at."""

    pack: str
    since: datetime
    requests: int
    different: tuple[Different, ...]
    untold: tuple[Untold, ...]
    cut: bool

    @property
    def same(self) -> int:
        return self.requests - len(self.different) - len(self.untold)


class Replays:
    """Run the past again under another pack; for GOVERNANCE."""

    _context: Context

    def replay(
        self,
        actor: Person,
        text: str,
        since: datetime,
        *,
        most: int = MOST,
        progress: Callable[[int], None] = lambda _: None,
    ) -> Replayed:
        """Every request submitted since an instant, each with the packs it was submitted with but for this one.

        A pack of a name that a request does not have is added to its packs. `progress` is told the number of requests
        so far; one whose packs this one can't be joined with is untold. Raises PackError where the pack can't be read.
        """
        refuse_unless_may(actor, Action.RULE_PACKS)
        name = name_of(text)
        run = _Run(self._context, name, text)
        different: list[Different] = []
        untold: list[Untold] = []
        number = 0
        for number, found in enumerate(run.all(since, most), 1):
            different += [found] if isinstance(found, Different) else []
            untold += [found] if isinstance(found, Untold) else []
            progress(number)
        return Replayed(name, since, number, tuple(different), tuple(untold), run.cut)


class _Run:
    """One replay, with the programs it has put together so far."""

    def __init__(self, context: Context, name: str, text: str) -> None:
        self._context = context
        self._name, self._pack = name, source_of(name, text)
        self._made: dict[tuple[PackSource, ...], Replay] = {}
        self.cut = False

    def all(self, since: datetime, most: int) -> Iterator[Different | Untold | None]:
        """What became of each request, the oldest first, in sessions of some hundred."""
        cursor: str | None = ""
        left = most
        while cursor is not None and left:
            with self._context.store.reading() as session:
                page = session.requests.submitted_since(since, cursor or None, min(BATCH, left))
                grants = {grant.request: grant for grant in session.grants.for_requests([one.id for one in page.items])}
                found = [self._one(session, request, grants.get(request.id)) for request in page.items]
            yield from found
            cursor, left = page.next, left - len(found)
        self.cut = cursor is not None

    def _one(self, session: Session, request: AccessRequest, grant: Grant | None) -> Different | Untold | None:
        past = session.verdicts.of(request.id)
        try:
            would_be = self._replay(session, request).ending([Question(one.question, one.told) for one in past])
        except CannotTell as untold:
            return Untold(request, f"these facts were not kept: {untold}")
        except (ContradictoryVerdict, EngineDisagreement, FactError, PackError) as torn:
            return Untold(request, torn.detail)
        was = self._ending(session, request, grant, past[-1])
        same = (was.status, was.end) == (would_be.status, would_be.end)
        return None if same else Different(request, was, would_be)

    def _replay(self, session: Session, request: AccessRequest) -> Replay:
        """The program of a request's packs with the new one among them; made once for all that have the same."""
        pinned = {name: kept(session, hash) for name, hash in request.packs.items() if name != self._name}
        names = in_order([*request.packs, self._name])
        sources = tuple(self._pack if name == self._name else pinned[name] for name in names)
        if sources not in self._made:
            self._made[sources] = Replay(load_pack(*sources), self._context.settings.engine)
        return self._made[sources]

    def _ending(self, session: Session, request: AccessRequest, grant: Grant | None, last: KeptVerdict) -> Ending:
        """How a request ended, in the words that the rules gave it then; canceled or lapsed, it was left undecided."""
        proof = self._context.rulebooks.pinned(session, request.packs).proof(last.proof)
        decided = request.status in (RequestStatus.APPROVED, RequestStatus.DENIED)
        status = request.status.value if decided else PENDING
        return Ending(
            status, grant.end if grant else None, len(request.determinations), proof.reasons("outcome"), proof
        )
