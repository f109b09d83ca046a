"""The questions the workflow asks the rule packs, and their answers as plain values.

Each answer is the agreement of both rule engines and carries the proof that is stored with it. Two outcomes of one
question are no verdict.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from placet.domain.errors import FactError, PackError
from placet.domain.forms import STANDARD_PACKS, Quorum
from placet.domain.people import DomainPermission, GlobalPermission, StewardSource
from placet.domain.reminders import Rhythm
from placet.domain.requests import RequestStatus, RequiredSource
from placet.engine import NO_NAMES, Engine, Evaluation, Fact, Need, Pack, Proof, could_come, needs
from placet.workflow.change import Ruling
from placet.workflow.known import Known
from placet.workflow.refusals import ContradictoryVerdict
from placet.workflow.vocabulary import KNOWN, OPENING, STANDING, VERDICT, kept, tell

BY = ("by person", "by group", "by attribute", "by permission", "by domain")
"""What routing says of the steward sources it names."""

ASKS: Mapping[str, tuple[str, ...]] = {
    OPENING: (
        "requires",
        *BY,
        "quorum",
        "automatic",
        "unroutable",
        "outcome",
        "runs until",
        "lapses",
        "remind",
        "nudge",
    ),
    STANDING: ("stands for", "may not", "may determine"),
    VERDICT: ("outcome", "met", "unmet", "open", "runs until", "remind"),
}
"""What is asked for at each question."""

WAITING = frozenset({"lapses", "nudge"})
"""What comes of a request only while it waits: where one is decided at once, it is neither done nor told."""

SETTLED = frozenset({"requires", *BY, "quorum", "automatic", "automatic end", "unroutable", "lapses"})
"""What routing concludes once, at submission: later it is a fact, and no rule concludes it anew."""

SINGLE: Mapping[str, str] = {"outcome": "status", "quorum": "rule", "runs until": "at", "lapses": "at"}
"""The kinds of conclusion of which there may be one value only; two of them are no verdict."""

HOOKS = frozenset({"hold", "barred", "lapse after"})
"""What shipped packs read and nobody tells: packs that are added may conclude it."""

ASKED = frozenset(kind for kinds in ASKS.values() for kind in kinds)


@dataclass(frozen=True)
class Opening:
    """What the rules make of a new request: whom it asks, or the outcome that needs no one and why that is so.

    `reminds` are the instants at which the end of its access is told of, by their names; `nudge` is when its stewards
    are reminded.
    """

    sources: tuple[RequiredSource, ...]
    quorum: Quorum | None
    status: RequestStatus | None
    end: datetime | None
    lapses_at: datetime | None
    reminds: Mapping[str, datetime]
    nudge: Rhythm | None
    justification: str
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
    reminds: Mapping[str, datetime]
    reasons: tuple[str, ...]
    ruling: Ruling


class Rulebook:
    """The rule packs of one request, combined into one program.

    Raises PackError for packs that read a fact otherwise than it is told, or can't be asked what is asked of them.
    """

    def __init__(self, pack: Pack, engine: Engine = "both", most_facts: int = 5_000) -> None:
        refuse_other_types(pack)
        self._pack = pack
        self._engine = engine
        self._most_facts = most_facts
        self.parts = parts_of(pack)

    @property
    def packs(self) -> Mapping[str, str]:
        """The content hash of each pack by its name; what a request pins at submission."""
        return self._pack.hashes

    @property
    def added(self) -> tuple[str, ...]:
        """The names of the packs besides the standard ones."""
        return tuple(name for name in self._pack.hashes if name not in STANDARD_PACKS)

    def opening(self, known: Known) -> Opening:
        """Whom a new request asks, or how it is decided by itself, and until when."""
        said, ruling = self._ask(OPENING, known)
        quorum = one_value(said, "quorum", "rule")
        status = _status(said)
        return Opening(
            sources=_needed(said, known),
            quorum=Quorum(str(quorum)) if quorum else None,
            status=status,
            end=_instant(said, "runs until"),
            lapses_at=None if status else _instant(said, "lapses"),
            reminds=_reminds(said),
            nudge=None if status else _nudge(said),
            justification=_justification(said, known, status),
            ruling=ruling,
        )

    def standing(self, known: Known) -> Standing:
        """Whether the one person who is asked may determine a request at this moment, and for which sources."""
        [person] = known.asked
        said, ruling = self._ask(STANDING, known)
        return Standing(
            may_determine=_keys(said, "may determine", person=person.id),
            stands_for=_keys(said, "stands for", person=person.id),
            against=_against(said, person.id),
            ruling=ruling,
        )

    def may_determine(self, known: Known) -> frozenset[str]:
        """Who of those asked may determine a request now; nothing is told but what the rules read.

        An inbox asks it of every request in it.
        """
        part = self.parts[STANDING]
        said = self._evaluated(part, tell(known, STANDING, part.program.given))
        return frozenset(str(row["person"]) for row in said.of("may determine"))

    def verdict(self, known: Known) -> Outcome:
        """Whether the determinations so far decide the request, and when access would end."""
        said, ruling = self._ask(VERDICT, known)
        return Outcome(
            status=_status(said),
            end=_instant(said, "runs until"),
            met=_keys(said, "met"),
            unmet=_keys(said, "unmet"),
            open=_keys(said, "open"),
            reminds=_reminds(said),
            reasons=_reasons(said, "outcome"),
            ruling=ruling,
        )

    def needs(self, known: Known, names: Mapping[str, str] = NO_NAMES) -> tuple[Need, ...] | None:
        """What is still needed for an approval by those who are asked; None: it is out of reach.

        `names` has what people and steward sources are called in the reasons.
        """
        part = self._chances
        told = tell(known, STANDING, part.program.given)
        return needs(part, told, "outcome", alike="person", names=names, status=RequestStatus.APPROVED.value)

    def could(self, known: Known) -> Mapping[str, frozenset[str]]:
        """Who of those who are asked could give an approval for each steward source, now or when its turn comes."""
        part = self._chances
        found: dict[str, set[str]] = defaultdict(set)
        for row in could_come(part, tell(known, STANDING, part.program.given), "stood for", alike="person"):
            found[str(row["source"])].add(str(row["steward"]))
        return {source: frozenset(people) for source, people in found.items()}

    @property
    def _chances(self) -> Pack:
        """The part that says what may still come of a request."""
        return self._pack.only(*ASKS[VERDICT], *ASKS[STANDING], settled=SETTLED)

    def proof(self, stored: Mapping[str, Any]) -> Proof:
        """A proof as it was stored with a verdict of these packs."""
        return Proof.from_compact(self._pack, stored)

    def _ask(self, question: str, known: Known) -> tuple[Evaluation, Ruling]:
        part, told = self.parts[question], tell(known, question)
        said = self._evaluated(part, told)
        proof = said.proof(*shown(question, said)).compact()
        return said, Ruling(question, known.request.id, kept(told, question), proof, known.request.packs)

    def _evaluated(self, part: Pack, told: list[Fact]) -> Evaluation:
        relevant = tuple(fact for fact in told if fact[0] in read_by(part))
        if len(relevant) > self._most_facts:
            raise FactError(
                f"{len(relevant)} facts are more than the {self._most_facts} that one question may have: "
                "ask for a smaller product, or let `PLACET_FACTS_LIMIT` allow more"
            )
        return part.conclude(relevant, self._engine)


def shown(question: str, said: Evaluation) -> tuple[str, ...]:
    """What the proof of an answer shows: all that was asked for, and of a request decided by it nothing of waiting."""
    decided = "outcome" in ASKS[question] and bool(said.of("outcome"))
    return tuple(kind for kind in ASKS[question] if not (decided and kind in WAITING))


def read_by(part: Pack) -> frozenset[str]:
    """The kinds of fact that the rules of a part look at, of those that are told."""
    rules = part.program.rules
    return part.program.given & {pattern.kind for rule in rules for pattern in rule.when + rule.unless}


def parts_of(pack: Pack) -> dict[str, Pack]:
    """The part of the packs that each question is asked of. Raises PackError, FactError where they can't answer it."""
    return {
        question: pack.only(*kinds, settled=SETTLED if question != OPENING else frozenset())
        for question, kinds in ASKS.items()
    }


def refuse_other_types(pack: Pack) -> None:
    """Raises PackError where a pack reads what the marketplace tells with other properties or types."""
    kinds = pack.program.kinds
    wrong = [kind for kind in sorted(pack.program.given) if kind in KNOWN and dict(kinds[kind]) != dict(KNOWN[kind])]
    if wrong:
        names = ", ".join(pack.hashes)
        raise PackError(
            [f"{names}: `{kind}` is told as {dict(KNOWN[kind])}, not as {dict(kinds[kind])}" for kind in wrong]
        )


def _needed(said: Evaluation, known: Known) -> tuple[RequiredSource, ...]:
    """The steward sources that routing concluded: listed ones, and those that rules name for a source of their own."""
    listed = {needed.key: needed.source for needed in known.sources}
    named = _named(said)
    found: list[RequiredSource] = []
    for row in said.of("requires"):
        key, stage = str(row["source"]), cast(int, row["stage"])
        if key in listed:
            found.append(RequiredSource(listed[key], stage))
        found += [RequiredSource(source, stage, key) for source in named[key] if source != listed.get(key)]
        if key not in listed and not named[key]:
            found.append(RequiredSource(None, stage, key))
    return tuple(sorted(set(found), key=lambda one: (one.stage, one.key, one.label)))


def _named(said: Evaluation) -> dict[str, list[StewardSource]]:
    """The steward sources that rules name, by what the rules call them."""
    named: dict[str, list[StewardSource]] = defaultdict(list)
    for kind, made in _MADE.items():
        for row in said.of(kind):
            named[str(row["source"])].append(made(row))
    return named


_MADE: Mapping[str, Callable[[Mapping[str, Any]], StewardSource]] = {
    "by person": lambda row: StewardSource.user(row["person"]),
    "by group": lambda row: StewardSource.group(row["group"]),
    "by attribute": lambda row: StewardSource.attribute(row["key"], row["value"]),
    "by permission": lambda row: StewardSource.permission(GlobalPermission(row["permission"])),
    "by domain": lambda row: StewardSource.domain_permission(DomainPermission(row["permission"]), row["domain"]),
}


def _justification(said: Evaluation, known: Known, status: RequestStatus | None) -> str:
    """Why no one was asked: what the form says, or the reasons of the rules that decided."""
    if status is None:
        return ""
    if status is RequestStatus.APPROVED and known.form.flow.justification:
        return known.form.flow.justification
    verdict = "approve" if status is RequestStatus.APPROVED else "deny"
    return " ".join(said.because("automatic", verdict=verdict) or _reasons(said, "outcome"))


def _against(said: Evaluation, person: str) -> dict[str, str]:
    """What speaks against someone: the reason's word, and the sentence people read.

    Where an added pack bars them, that is its own sentence.
    """
    words = [str(row["reason"]) for row in said.of("may not") if row["person"] == person]
    return {word: " ".join(_why(said, person, word)) for word in words}


def _why(said: Evaluation, person: str, word: str) -> list[str]:
    barred = said.because("barred", person=person, reason=word) if "barred" in said.pack.program.kinds else []
    return barred or said.because("may not", person=person, reason=word)


def _status(said: Evaluation) -> RequestStatus | None:
    status = one_value(said, "outcome", "status")
    return RequestStatus(str(status)) if status else None


def _instant(said: Evaluation, kind: str) -> datetime | None:
    return cast("datetime | None", one_value(said, kind, "at"))


def _reminds(said: Evaluation) -> dict[str, datetime]:
    """The instants at which an end is told of, by their names; the first of several of one name."""
    rows = sorted(((str(row["ahead"]), cast("datetime", row["at"])) for row in said.of("remind")), reverse=True)
    return dict(rows)


def _nudge(said: Evaluation) -> Rhythm | None:
    """When the stewards are reminded; of several rhythms the one that begins first."""
    rhythms = (Rhythm(cast("datetime", row["from"]), cast("timedelta", row["every"])) for row in said.of("nudge"))
    return min(rhythms, key=lambda one: (one.begins, one.every), default=None)


def one_value(said: Evaluation, kind: str, property: str) -> object:
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
