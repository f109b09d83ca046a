"""What other rules would have made of a request: its submission and every determination again, from the facts of then.

Nothing is asked of the present: people, products and forms may have changed since. What the rules settled at submission
they settle anew; who was asked under the one and not under the other is heard only where the new rules let them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from placet.domain.requests import RequestStatus
from placet.engine import Engine, Evaluation, Pack, Proof
from placet.workflow.rulebook import SETTLED, one_value, parts_of
from placet.workflow.vocabulary import KNOWN, OPENING, STANDING, VERDICT, VOCABULARY

Told = Mapping[str, Sequence[Sequence[Any]]]
"""Facts as they are kept with a verdict: kind -> rows of values, in the order of the properties."""

Facts = dict[str, list[tuple[Any, ...]]]

PENDING = "pending"


@dataclass(frozen=True)
class Question:
    """One question as it was asked of the rules: `opening`, `standing` or `verdict`, and what was told with it."""

    name: str
    told: Told


@dataclass(frozen=True)
class Ending:
    """How a request ends under some rules, or that it still waits; `reasons` and `proof` say why.

    `heard` counts the determinations it took.
    """

    status: str
    end: datetime | None
    heard: int
    reasons: tuple[str, ...]
    proof: Proof


class CannotTell(Exception):
    """The facts that were kept don't answer what the rules ask; `kinds` are those that were not told at the time."""

    def __init__(self, kinds: Iterable[str]) -> None:
        self.kinds = tuple(kinds)
        super().__init__(", ".join(self.kinds))


class Replay:
    """Runs one request again under the packs it is made with."""

    def __init__(self, pack: Pack, engine: Engine = "both") -> None:
        self._engine = engine
        self._parts = parts_of(pack)

    def ending(self, questions: Sequence[Question]) -> Ending:
        """How the request ends. Raises CannotTell, and ContradictoryVerdict where these rules contradict themselves."""
        opening, *later = questions
        listed = _facts(opening.told)
        said = self._asked(OPENING, listed)
        if ending := _ended(said, 0):
            return ending
        settled = {kind: [*listed.get(kind, []), *_rows(said, kind)] for kind in SETTLED & KNOWN.keys()}
        heard: Facts = {"determination": [], "stood for": []}
        for standing, verdict in zip(later[::2], later[1::2], strict=True):
            person = standing.told["asked"][0][0]
            may = self._asked(STANDING, {**_facts(standing.told), **settled, **heard})
            if not any(row[0] == person for row in _rows(may, "may determine")):
                continue
            stood_for = [row for row in _rows(may, "stands for") if row[0] == person]
            heard = _with(heard, _made(verdict.told, person), stood_for)
            said = self._asked(VERDICT, {**_facts(verdict.told), **settled, **heard, **_limits(verdict.told, heard)})
            if ending := _ended(said, len(heard["determination"])):
                return ending
        return _waiting(said, len(heard["determination"]))

    def _asked(self, question: str, facts: Facts) -> Evaluation:
        part = self._parts[question]
        read = {pattern.kind for rule in part.program.rules for pattern in rule.when + rule.unless}
        asked = {kind for kind in read & KNOWN.keys() if question in VOCABULARY[kind].told_at}
        if lost := sorted(kind for kind in asked if not _fits(kind, facts)):
            raise CannotTell(lost)
        given = [(kind, *row) for kind, rows in facts.items() if kind in part.program.given for row in rows]
        return part.conclude(tuple(dict.fromkeys(given)), self._engine)


def _fits(kind: str, facts: Mapping[str, Sequence[Sequence[Any]]]) -> bool:
    """Whether a kind was told at all, and in the properties it has now."""
    return kind in facts and all(len(row) == len(KNOWN[kind]) for row in facts[kind])


def _facts(told: Told) -> Facts:
    return {kind: [tuple(row) for row in rows] for kind, rows in told.items()}


def _rows(said: Evaluation, kind: str) -> list[tuple[Any, ...]]:
    """What was concluded of a kind, as facts are kept."""
    return [fact[1:] for fact in said.steps if fact[0] == kind]


def _made(told: Told, person: str) -> list[tuple[Any, ...]]:
    """The determination of a person, as it was told with the verdict that followed it."""
    return [tuple(row) for row in told["determination"] if row[0] == person]


def _with(heard: Facts, made: list[tuple[Any, ...]], stood_for: list[tuple[Any, ...]]) -> Facts:
    return {
        "determination": [*heard["determination"], *made],
        "stood for": [*heard["stood for"], *stood_for],
    }


def _limits(told: Told, heard: Facts) -> Facts:
    """The ends of those approvals that were heard."""
    stewards = {row[0] for row in heard["determination"]}
    return {"limit": [tuple(row) for row in told["limit"] if row[0] in stewards]}


def _ended(said: Evaluation, heard: int) -> Ending | None:
    """How the request ends by this answer, or None where it goes on."""
    status = one_value(said, "outcome", "status")
    if not status:
        return None
    end = cast("datetime | None", one_value(said, "runs until", "at")) if status == RequestStatus.APPROVED else None
    return Ending(str(status), end, heard, _reasons(said, "outcome"), said.proof("outcome", "runs until"))


def _waiting(said: Evaluation, heard: int) -> Ending:
    """A request that no determination has ended; what holds it or is unmet says why."""
    return Ending(PENDING, None, heard, _reasons(said, "hold", "unmet", "unroutable"), said.proof())


def _reasons(said: Evaluation, *kinds: str) -> tuple[str, ...]:
    known = said.pack.program.kinds
    return tuple(dict.fromkeys(text for kind in kinds if kind in known for text in said.because(kind)))
