"""The questions the workflow asks the rule packs, and their answers as plain values.

Each answer is the agreement of both rule engines and carries the proof that is stored with it. Two outcomes of one
question are no verdict.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from placet.domain.forms import Flow, Quorum
from placet.domain.people import Person, StewardSource
from placet.domain.products import DataProduct
from placet.domain.requests import AccessRequest, RequestStatus, RequiredSource
from placet.engine import Engine, Evaluation, Pack
from placet.workflow import facts as state
from placet.workflow.change import Ruling
from placet.workflow.refusals import ContradictoryVerdict

OPENING = ("requires", "by person", "quorum", "unroutable", "outcome", "runs until", "lapses")
STANDING = ("stands for", "may not", "may determine")
VERDICT = ("outcome", "met", "unmet", "open", "runs until")


Parties = tuple[Person, Person]
"""The requester and the beneficiary of a request."""


@dataclass(frozen=True)
class Opening:
    """What the rules make of a new request: whom it asks, or the outcome that needs no one."""

    sources: tuple[RequiredSource, ...]
    quorum: Quorum | None
    status: RequestStatus | None
    end: datetime | None
    lapses_at: datetime | None
    reasons: tuple[str, ...]
    ruling: Ruling


@dataclass(frozen=True)
class Standing:
    """How one person stands to one request: the sources they may determine for now, and what speaks against it."""

    may_determine: frozenset[str]
    stands_for: frozenset[str]
    against: Mapping[str, str]
    ruling: Ruling


@dataclass(frozen=True)
class Outcome:
    """Whether a request is decided and until when, and which steward sources (by key) are met, missing or open."""

    status: RequestStatus | None
    end: datetime | None
    met: frozenset[str]
    unmet: frozenset[str]
    open: frozenset[str]
    reasons: tuple[str, ...]
    ruling: Ruling


class Rulebook:
    """The rule packs of one request, combined into one program."""

    def __init__(self, pack: Pack, engine: Engine = "both", most_facts: int = 5_000) -> None:
        self._pack = pack
        self._engine = engine
        self._most_facts = most_facts

    @property
    def packs(self) -> Mapping[str, str]:
        """The content hash of each pack by its name; what a request pins at submission."""
        return self._pack.hashes

    def opening(
        self, request: AccessRequest, flow: Flow, product: DataProduct, people: Parties, start: datetime
    ) -> Opening:
        """Whom a new request asks, or how it is decided by itself, and until when if access begins at `start`."""
        told = state.merged(
            state.about_flow(flow, product, start),
            state.about_parties(*people),
            state.about_ends((), product, start),
            {"pending": [{"request": request.id, "since": request.created_at}]},
        )
        said, ruling = self._ask("opening", request, told, OPENING)
        quorum = _only(said, "quorum", "rule")
        return Opening(
            sources=_needed(said, flow, product),
            quorum=Quorum(str(quorum)) if quorum else None,
            status=_status(said),
            end=_instant(said, "runs until"),
            lapses_at=_instant(said, "lapses"),
            reasons=(*_reasons(said, "outcome"), *_reasons(said, "unroutable")),
            ruling=ruling,
        )

    def standing(self, person: Person, request: AccessRequest, people: Parties) -> Standing:
        """Whether `person` may determine a request at this moment, and for which sources."""
        told = state.merged(state.about_steward(person), state.about_request(request), state.about_parties(*people))
        said, ruling = self._ask("standing", request, told, STANDING)
        mine = {"person": person.id}
        return Standing(
            may_determine=_keys(said, "may determine", **mine),
            stands_for=_keys(said, "stands for", **mine),
            against=_against(said, person.id),
            ruling=ruling,
        )

    def verdict(self, request: AccessRequest, product: DataProduct, start: datetime) -> Outcome:
        """Whether the determinations so far decide the request, and when access would end if it began at `start`."""
        told = state.merged(state.about_request(request), state.about_ends(request.determinations, product, start))
        said, ruling = self._ask("verdict", request, told, VERDICT)
        return Outcome(
            status=_status(said),
            end=_instant(said, "runs until"),
            met=_keys(said, "met"),
            unmet=_keys(said, "unmet"),
            open=_keys(said, "open"),
            reasons=_reasons(said, "outcome"),
            ruling=ruling,
        )

    def _ask(
        self, question: str, request: AccessRequest, told: state.Facts, kinds: tuple[str, ...]
    ) -> tuple[Evaluation, Ruling]:
        pack = self._pack.only(*kinds)
        said = pack.evaluate(pack.relevant(told), self._engine, self._most_facts)
        return said, Ruling(question, request.id, said.proof(*kinds).compact(), request.packs)


def _needed(said: Evaluation, flow: Flow, product: DataProduct) -> tuple[RequiredSource, ...]:
    """The steward sources that routing concluded: listed ones, and people a rule names for a source of its own."""
    asked = [source.in_domain(product.domain) for source in (*flow.sources, *product.stewards)]
    named = {str(row["source"]): StewardSource.user(str(row["person"])) for row in said.of("by person")}
    known = {source.key: source for source in asked} | named
    rows = [(str(row["source"]), cast(int, row["stage"])) for row in said.of("requires")]
    if lost := [key for key, _ in rows if key not in known]:
        raise ContradictoryVerdict(f"the routing rules ask `{lost[0]}`, which names no one: conclude `by person`")
    needed = {RequiredSource(known[key], stage) for key, stage in rows}
    return tuple(sorted(needed, key=lambda one: (one.stage, one.source.key)))


def _against(said: Evaluation, person: str) -> dict[str, str]:
    """What speaks against someone: the reason's word, and the sentence people read."""
    words = [str(row["reason"]) for row in said.of("may not") if row["person"] == person]
    return {word: " ".join(said.because("may not", person=person, reason=word)) for word in words}


def _status(said: Evaluation) -> RequestStatus | None:
    status = _only(said, "outcome", "status")
    return RequestStatus(str(status)) if status else None


def _instant(said: Evaluation, kind: str) -> datetime | None:
    return cast("datetime | None", _only(said, kind, "at"))


def _only(said: Evaluation, kind: str, property: str) -> object:
    """The one value the rules concluded, or None. Raises ContradictoryVerdict for several."""
    values = {row[property] for row in said.of(kind)}
    if len(values) > 1:
        raise ContradictoryVerdict(
            f"the rules concluded `{kind}` as {' and '.join(sorted(map(str, values)))}: nothing was decided"
        )
    return next(iter(values), None)


def _keys(said: Evaluation, kind: str, **only: object) -> frozenset[str]:
    rows = [row for row in said.of(kind) if all(row[name] == value for name, value in only.items())]
    return frozenset(str(row["source"]) for row in rows)


def _reasons(said: Evaluation, kind: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(said.because(kind)))
