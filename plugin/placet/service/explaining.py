"""Why a request stands as it does: what the rules said at each step with its proof, and what is still missing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from placet.domain.people import Person
from placet.domain.requests import AccessRequest
from placet.engine import Need, Proof
from placet.service.context import Context
from placet.service.missing import labels, missing, named_by
from placet.service.reading import names_of, request_cards
from placet.service.request_views import readable_request
from placet.service.review import why_not
from placet.service.situations import situation_of
from placet.service.views import RequestCard
from placet.service.withholding import WITHHELD, as_shown, emptied, reads_standing, tells_of, without_reasons
from placet.storage import KeptVerdict, Session
from placet.workflow.known import Known
from placet.workflow.rulebook import Rulebook
from placet.workflow.situation import Situation

REASONS = {
    "opening": ("outcome", "automatic", "unroutable", "requires"),
    "standing": ("may determine", "may not"),
    "verdict": ("outcome", "runs until", "unmet"),
}
"""The conclusions whose reasons answer a question in short."""


@dataclass(frozen=True)
class Answer:
    """What the rules said to one question when it was asked, and why.

    `question` is `opening`, `standing` or `verdict`; `about` is the id of the person whose standing was asked.
    Of an answer that is `withheld` the proof is empty: the viewer may not read what it tells of the beneficiary.
    """

    question: str
    about: str
    at: datetime
    packs: Mapping[str, str]
    proof: Proof
    withheld: bool = False

    def reasons(self, names: Mapping[str, str]) -> tuple[str, ...]:
        """The answer in short, in the words of the rules."""
        return self.proof.reasons(*REASONS[self.question], names=names)


@dataclass(frozen=True)
class Explanation:
    """A request with every answer of the rules, the first one first.

    `needs` is what is still missing for an approval, each with who could give it: empty where nothing is, None where it
    is out of reach. `standing` proves whether the viewer may determine it; `why_not` says why they can't, and is empty
    where they can. `names` has what ids are called.
    """

    card: RequestCard
    answers: tuple[Answer, ...]
    needs: tuple[Need, ...] | None
    standing: Proof
    why_not: tuple[str, ...]
    names: Mapping[str, str]


class Explanations:
    """Read why, as far as the actor may read the request."""

    _context: Context

    def explain(self, actor: Person, id: str) -> Explanation:
        """Everything the rules said about one request, and what they would say now.

        Raises NotFound also where the actor may not read it.
        """
        with self._context.store.reading() as session:
            request = readable_request(session, id, actor)
            return self._explained(session, request, situation_of(self._context, session, request), actor)

    def _explained(self, session: Session, request: AccessRequest, situation: Situation, actor: Person) -> Explanation:
        rules = self._context.rulebooks.pinned(session, request.packs)
        answers = tuple(explained(session, request, rules))
        standing = rules.standing(Known(request, situation, (actor,)))
        needs = missing(request, situation, rules).needs
        proof = rules.proof(standing.ruling.proof)
        shown = as_shown(session, request, situation.product, actor)
        against = why_not(request, situation.product, standing, situation.now)
        if not reads_standing(session, actor, request, situation.product):
            answers = tuple(held_back(one, request.beneficiary) for one in answers)
            needs = without_reasons(needs)
            if tells_of(proof, request.beneficiary):
                proof, against = emptied(proof), against and (WITHHELD,)
        return Explanation(
            card=request_cards(session, [shown], situation.now)[0],
            answers=answers,
            needs=needs,
            standing=proof,
            why_not=against,
            names=called(session, request, answers, named_by(needs) | {actor.id}),
        )


def explained(session: Session, request: AccessRequest, rules: Rulebook) -> Iterator[Answer]:
    """Every answer of the rules that was kept with a request, the first one first."""
    for kept in session.verdicts.of(request.id):
        yield Answer(kept.question, asked_about(kept), kept.at, kept.packs, rules.proof(kept.proof))


def held_back(answer: Answer, beneficiary: str) -> Answer:
    """An answer without its proof, where that tells what the beneficiary holds."""
    if not tells_of(answer.proof, beneficiary):
        return answer
    return replace(answer, proof=emptied(answer.proof), withheld=True)


def asked_about(kept: KeptVerdict) -> str:
    """The id of the person a question was about; nothing where it was about the request as a whole."""
    return next((str(row[0]) for row in kept.told.get("asked", [])), "")


def called(session: Session, request: AccessRequest, answers: Iterable[Answer], more: Iterable[str]) -> dict[str, str]:
    """What people and steward sources are called, for everyone whom the explanation names; `more` are further ids."""
    ids = {id for answer in answers for id in answer.proof.values_of("person")}
    return names_of(session, {request.requester, request.beneficiary, *ids, *more}) | labels(request)
