"""The steward's view of one request: all that is needed to decide, on one screen."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from placet.domain.agreements import Agreement
from placet.domain.forms import QuestionKind, RequestForm
from placet.domain.people import Person
from placet.domain.permissions import Action, may
from placet.domain.products import DataProduct, ProductState
from placet.domain.requests import AccessRequest, RequestStatus
from placet.service.access import ways_to
from placet.service.asked_columns import asked_columns
from placet.service.held_then import held_by_parties
from placet.service.missing import MOST_AT_ONCE, Missing, labels, missing, named_by
from placet.service.reading import answers_in_words, may_revoke, names_of, request_cards, request_place
from placet.service.review_values import Precedent, Review, SourceState
from placet.storage import Session
from placet.workflow.known import Known
from placet.workflow.rulebook import Outcome, Rulebook, Standing
from placet.workflow.situation import Situation

PRECEDENTS = 5


def review_of(
    session: Session, request: AccessRequest, viewer: Person, rules: Rulebook, situation: Situation
) -> Review:
    """Put the screen together; what the rules are asked here changes nothing and is not stored."""
    product, now, known = situation.product, situation.now, Known(request, situation)
    form = known.form
    outcome = rules.verdict(known)
    lacks = missing(request, situation, rules, MOST_AT_ONCE)
    standing = rules.standing(replace(known, asked=(viewer,)))
    decides = reads_as_other(viewer, request, product)
    approvals = precedents(session, product, RequestStatus.APPROVED, request, now) if decides else ()
    denials = precedents(session, product, RequestStatus.DENIED, request, now) if decides else ()
    states = tuple(source_states(session, request, outcome, lacks))
    sees_ways = decides or request.whom.person == viewer.id
    return Review(
        card=request_cards(session, [request], now)[0],
        product=product,
        form=form,
        requester=situation.requester,
        beneficiary=situation.beneficiary,
        answers=answers_in_words(((one.id, one.label) for one in form.questions), request.answers),
        sources=tuple(session.sources.many(product.sources)),
        states=states,
        determinations=request.determinations,
        approvals=approvals,
        denials=denials,
        may_determine=not why_not(request, product, standing, now),
        why_not=why_not(request, product, standing, now),
        may_cancel=not request.final and may(viewer, Action.CANCEL_REQUEST, request_place(request, product, viewer)),
        may_revoke=may_revoke(session, viewer, product),
        latest_end=product.maximum.after(situation.start) if product.maximum else None,
        requested_duration=requested_duration(form, request),
        names=names_of(session, named_in(request, states, (*approvals, *denials)) | named_by(lacks.needs)),
        reasons=final_reasons(outcome, request),
        needs=lacks.needs,
        held=held_by_parties(session, request, situation),
        agreement=accepted_agreement(session, request),
        ways=ways_to(session, product, request.whom, now) if sees_ways else {},
        sees_ways=sees_ways,
        columns=asked_columns(session, request),
    )


def accepted_agreement(session: Session, request: AccessRequest) -> Agreement | None:
    """The agreement in the version that was accepted with a request, or None where none was."""
    accepted = request.acceptance
    return session.agreements.get(accepted.agreement, accepted.version) if accepted else None


def reads_as_other(viewer: Person, request: AccessRequest, product: DataProduct) -> bool:
    """Whether someone may read a request for more than being its requester or beneficiary.

    Only they are shown what was decided on the requests of others, with names and reasons.
    """
    place = replace(request_place(request, product, viewer), requester="", beneficiary="", member=False)
    return may(viewer, Action.READ_REQUEST, place)


def why_not(request: AccessRequest, product: DataProduct, standing: Standing, now: datetime) -> tuple[str, ...]:
    """Why the viewer can't determine the request now; empty if they can."""
    if request.final:
        return (f"The request was {request.status}.",)
    if product.state is not ProductState.PUBLISHED:
        return (f"The data product is {product.state}: its requests wait.",)
    if request.lapses_at and request.lapses_at <= now:
        return ("An end that was given for the request has passed.",)
    if not standing.may_determine:
        return tuple(standing.against.values()) or ("No steward source of this request names you.",)
    return ()


def source_states(session: Session, request: AccessRequest, outcome: Outcome, lacks: Missing) -> Iterable[SourceState]:
    """Each steward source with who met it, and who else could by the rules."""
    for key, label in labels(request).items():
        met_by = [made.steward for made in request.determinations if key in made.stood_for and key in outcome.met]
        could = () if key in outcome.met else sorted(lacks.could.get(key, ()))
        yield SourceState(
            key=key,
            label=label,
            met=key in outcome.met,
            open=key in outcome.open,
            met_by=tuple(session.people.many(met_by)),
            could=tuple(lacks.people[id] for id in could),
        )


def precedents(
    session: Session, product: DataProduct, status: RequestStatus, request: AccessRequest, now: datetime
) -> tuple[Precedent, ...]:
    """The last decisions of one kind on the product, without the request itself."""
    decided = session.requests.decided_on(product.id, status, PRECEDENTS + 1)
    earlier = [one for one in decided if one.id != request.id][:PRECEDENTS]
    cards = request_cards(session, earlier, now)
    return tuple(Precedent(card.request, card.beneficiary_name, card.request.determinations) for card in cards)


def requested_duration(form: RequestForm, request: AccessRequest) -> str:
    """What was answered to the question how long access is needed."""
    asked = [one.id for one in form.questions if one.kind is QuestionKind.ACCESS_DURATION]
    return next((str(request.answers[id]) for id in asked if id in request.answers), "")


def named_in(request: AccessRequest, states: Iterable[SourceState], earlier: Iterable[Precedent]) -> set[str]:
    """The ids of everyone the screen names."""
    made = [*request.determinations, *(one for precedent in earlier for one in precedent.determinations)]
    people = {person.id for state in states for person in (*state.met_by, *state.could)}
    return {request.requester, *(one.steward for one in made), *people}


def final_reasons(outcome: Outcome, request: AccessRequest) -> tuple[str, ...]:
    """Why the request ended as it did, in the words of the rules; for an automatic decision its justification."""
    if request.justification and not request.determinations:
        return (request.justification,)
    return outcome.reasons if request.final else ()
