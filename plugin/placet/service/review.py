"""The steward's view of one request: all that is needed to decide, on one screen."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime

from placet.domain.agreements import Agreement
from placet.domain.forms import QuestionKind, RequestForm
from placet.domain.people import Group, Person
from placet.domain.permissions import Action, may
from placet.domain.products import DataProduct, ProductState
from placet.domain.requests import AccessRequest, ColumnRef, RequestStatus
from placet.emitter.evaluate import Birthright, birthright_of
from placet.service.access import ways_to
from placet.service.asked_columns import asked_columns
from placet.service.desired import target_sources
from placet.service.exceptions import as_person
from placet.service.held_then import held_by_parties
from placet.service.missing import MOST_AT_ONCE, Missing, labels, missing, named_by
from placet.service.reading import answers_in_words, may_revoke, names_of, request_cards, request_place
from placet.service.review_values import Precedent, Review, SourceState
from placet.service.withholding import WITHHELD, as_shown, only_named, reads_standing, tells_of, without_reasons
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
    against, reasons, needs = why_not(request, product, standing, now), final_reasons(outcome, request), lacks.needs
    told = reads_standing(session, viewer, request, product)
    if not told:
        needs = without_reasons(needs)
        against, reasons = withheld(session, request, rules, (standing, against), (outcome, reasons))
    return Review(
        card=request_cards(session, [as_shown(session, request, product, viewer)], now)[0],
        product=product,
        form=form,
        requester=situation.requester,
        beneficiary=situation.beneficiary if told else only_named(situation.beneficiary),
        told=told,
        answers=answers_in_words(((one.id, one.label) for one in form.questions), request.answers),
        sources=tuple(session.sources.many(product.sources)),
        states=states,
        determinations=request.determinations,
        approvals=approvals,
        denials=denials,
        may_determine=not why_not(request, product, standing, now),
        why_not=against,
        may_cancel=not request.final and may(viewer, Action.CANCEL_REQUEST, situation.place(viewer)),
        may_revoke=may_revoke(session, viewer, product),
        latest_end=product.maximum.after(situation.start) if product.maximum else None,
        requested_duration=requested_duration(form, request),
        names=names_of(session, named_in(request, states, (*approvals, *denials)) | named_by(lacks.needs)),
        labels=column_labels(session, request),
        reasons=reasons,
        needs=needs,
        held=held_by_parties(session, request, situation, told),
        agreement=accepted_agreement(session, request),
        ways=ways_to(session, product, request.whom, now, viewer) if told else {},
        birthrights=birthrights_of(session, product, situation.beneficiary) if told else {},
        columns=asked_columns(session, request, situation.beneficiary, told),
    )


def birthrights_of(session: Session, product: DataProduct, beneficiary: Person | Group) -> Mapping[str, Birthright]:
    """What the policies about each source of a product say of a beneficiary, by the id of the source.

    Of a group it is what they say of someone who is in it and holds nothing besides.
    """
    someone, sources = as_person(session, beneficiary), session.sources.many(product.sources)
    return {target.id: birthright_of(target, someone) for target in target_sources(session, sources)}


def withheld(
    session: Session,
    request: AccessRequest,
    rules: Rulebook,
    against: tuple[Standing, tuple[str, ...]],
    reasons: tuple[Outcome, tuple[str, ...]],
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Why the viewer can't determine and why it ended so, where neither tells what the beneficiary holds."""
    (standing, why_not), (outcome, why_so) = against, reasons
    if tells_of(rules.proof(standing.ruling.proof), request.beneficiary):
        why_not = why_not and (WITHHELD,)
    if rests_on_beneficiary(session, request, outcome, rules):
        why_so = why_so and (WITHHELD,)
    return why_not, why_so


def accepted_agreement(session: Session, request: AccessRequest) -> Agreement | None:
    """The agreement in the version that was accepted with a request, or None where none was."""
    accepted = request.acceptance
    return session.agreements.get(accepted.agreement, accepted.version) if accepted else None


def reads_as_other(viewer: Person, request: AccessRequest, product: DataProduct) -> bool:
    """Whether someone may read a request for more than being its requester or beneficiary.

    Only they are shown what was decided on the requests of others, with names and reasons.
    """
    place = replace(request_place(request, product, viewer, ()), requester="", beneficiary="", member=False)
    return may(viewer, Action.READ_REQUEST, place)


def rests_on_beneficiary(session: Session, request: AccessRequest, outcome: Outcome, rules: Rulebook) -> bool:
    """Whether why a request ended as it did tells what its beneficiary holds: by the verdict, or from the beginning."""
    begun = () if request.determinations else session.verdicts.of(request.id)
    proofs = (outcome.ruling.proof, *(kept.proof for kept in begun))
    return any(tells_of(rules.proof(proof), request.beneficiary) for proof in proofs)


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


def column_labels(session: Session, request: AccessRequest) -> dict[ColumnRef, str]:
    """What the columns that are asked for are called, with their data sources, as `schema.table.column`."""
    sources = {one.id: one.qualified_name for one in session.sources.many({one.source for one in request.columns})}
    return {one: f"{sources.get(one.source, one.source)}.{one.name}" for one in request.columns}


def final_reasons(outcome: Outcome, request: AccessRequest) -> tuple[str, ...]:
    """Why the request ended as it did, in the words of the rules; for an automatic decision its justification."""
    if request.justification and not request.determinations:
        return (request.justification,)
    return outcome.reasons if request.final else ()
