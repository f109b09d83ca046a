"""Submitting an access request."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from placet.domain.answers import check_answers
from placet.domain.errors import Conflict, Forbidden
from placet.domain.events import Event, RequestSubmitted, RequestUnroutable
from placet.domain.forms import QuestionKind, RequestForm
from placet.domain.people import Group, PersonKind
from placet.domain.permissions import Action, Place, may, refuse_unless_may
from placet.domain.products import ProductState
from placet.domain.reminders import of_grant, of_request
from placet.domain.requests import Acceptance, AccessRequest
from placet.domain.terms import Duration
from placet.workflow import refusals
from placet.workflow.change import Change
from placet.workflow.columns import refuse_bad_columns
from placet.workflow.commands import SubmitRequest
from placet.workflow.conclude import conclude
from placet.workflow.known import Known
from placet.workflow.reach import unreachable
from placet.workflow.rulebook import Opening, Rulebook
from placet.workflow.situation import Situation
from placet.workflow.standing import reads_standing
from placet.workflow.telling import asked_for, request_data


def submit(command: SubmitRequest, form: RequestForm, situation: Situation, rules: Rulebook) -> Change:
    """A consumer asks for a data product, or for clear values of some of its columns.

    Routing decides once, here, whom the request asks, or that no one has to be asked. Raises Forbidden, BadAnswers,
    BadColumns and the refusals of this module.
    """
    refuse_unless_may(situation.requester, Action.SEE_PRODUCT, situation.place(situation.requester))
    refuse_unless_published(situation)
    refuse_for_others(situation)
    refuse_not_for_them(situation, form)
    columns = refuse_bad_columns(command, situation, form)
    refuse_other_form(command, form)
    answers = check_answers(form, command.answers)
    refuse_too_long(form, answers, situation)
    blank = AccessRequest(
        id=command.id,
        type=command.type,
        product=situation.product.id,
        requester=situation.requester.id,
        beneficiary=situation.whom.id,
        beneficiary_kind=situation.whom.kind,
        columns=columns,
        form=form.id,
        form_version=form.version,
        created_at=situation.now,
        answers=answers,
        acceptance=accept_agreement(form, command, situation),
        packs=rules.packs,
        renews=next((grant.id for grant in situation.grants if grant.end == situation.start), None),
    )
    opening = rules.opening(Known(blank, situation, new=True))
    return open_request(blank, opening, command, situation, rules)


def open_request(
    blank: AccessRequest, opening: Opening, command: SubmitRequest, situation: Situation, rules: Rulebook
) -> Change:
    """The request as routing leaves it: decided by itself, waiting for its stewards, or waiting and flagged."""
    request = replace(blank, sources=opening.sources, quorum=opening.quorum, lapses_at=opening.lapses_at)
    if opening.status:
        automatic = replace(request, justification=opening.justification)
        change = conclude(automatic, opening.status, opening.end, command.grant, situation)
        return replace(
            change,
            events=(submitted(replace(automatic, sources=()), situation), *change.events),  # no steward is asked
            new_request=change.requests[0],
            requests=(),
            rulings=(opening.ruling,),
            reminders=of_grant(change.new_grant.id, opening.reminds) if change.new_grant else (),
        )
    why = unreachable(request, situation, rules)
    request = replace(request, unroutable=bool(why))
    events: tuple[Event, ...] = (submitted(request, situation), *unroutable(request, why, situation))
    reminders = of_request(request.id, opening.nudge)
    return Change(events=events, new_request=request, rulings=(opening.ruling,), reminders=reminders)


def submitted(request: AccessRequest, situation: Situation) -> RequestSubmitted:
    others = situation.informed - {situation.requester.id}
    return RequestSubmitted(**common(request, situation), tells=(*situation.asked(request), *sorted(others)))


def unroutable(request: AccessRequest, why: str, situation: Situation) -> tuple[Event, ...]:
    """What tells the managers that no one can decide a request, if that is so."""
    if not why:
        return ()
    told = common(request, situation)
    return (RequestUnroutable(**told | {"data": told["data"] | {"why": why}}, tells=tuple(sorted(situation.managers))),)


def common(request: AccessRequest, situation: Situation) -> dict[str, Any]:
    """What every event of a submission says."""
    return {
        "actor": situation.requester.id,
        "at": situation.now,
        "subject": request.id,
        "domain": situation.product.domain,
        "data": request_data(request, situation.product),
    }


def refuse_unless_published(situation: Situation) -> None:
    product = situation.product
    if product.state is not ProductState.PUBLISHED:
        raise refusals.ProductNotPublished(f"`{product.name}` is {product.state}: it can't be requested or decided now")


def refuse_for_others(situation: Situation) -> None:
    """Anyone may ask for another person; for a group only a member, for a service account only its owner."""
    requester, beneficiary = situation.requester, situation.beneficiary
    if isinstance(beneficiary, Group):
        return refuse_unless_may(requester, Action.REQUEST_FOR_GROUP, situation.place(requester))
    if not beneficiary.active:
        raise Forbidden(f"`{beneficiary.id}` is not active: no access can be requested for them")
    if beneficiary.kind is PersonKind.SERVICE_ACCOUNT:
        place = Place(beneficiary=beneficiary.id, owner=beneficiary.owner or "")
        refuse_unless_may(requester, Action.REQUEST_FOR_ACCOUNT, place)
    return None


def refuse_not_for_them(situation: Situation, form: RequestForm) -> None:
    """Refuse what is asked for or had already, or out of the beneficiary's sight.

    Who may not learn how the beneficiary stands is told nothing of it, but of a request they have made themselves.
    """
    if not (why := _against_asking(situation)):
        return
    if reads_standing(situation, form) or (situation.open_request and situation.asked_by == situation.requester.id):
        raise why
    who, what = situation.whom, situation.product.name
    raise refusals.NotForThem(f"`{what}` can't be asked for on behalf of `{who}` now: ask them to look themselves")


def _against_asking(situation: Situation) -> Conflict | None:
    """One open request of a type for each beneficiary and product; none at all for what is had with no end."""
    who, what = situation.whom, situation.product.name
    if not _in_their_sight(situation):
        return refusals.NotForThem(f"`{who}` may not see `{what}`: nobody asks for it on their behalf")
    if situation.open_request:
        return refusals.RequestOpen(
            f"request `{situation.open_request}` for `{what}` by or for `{who}` is still open: cancel it first",
            request=situation.open_request,
        )
    if lasting := [grant for grant in situation.grants if grant.end is None]:
        return refusals.AlreadyGranted(
            f"`{who}` has {asked_for(lasting[0], situation.product)} with no end: there is nothing to ask for",
            grant=lasting[0].id,
        )
    return None


def _in_their_sight(situation: Situation) -> bool:
    """Whether the beneficiary sees what is asked for; a group, where that is visible to everyone or to it."""
    beneficiary, product = situation.beneficiary, situation.product
    if isinstance(beneficiary, Group):
        return not product.visible_to or beneficiary.id in product.visible_to
    return may(beneficiary, Action.SEE_PRODUCT, situation.place(beneficiary))


def refuse_other_form(command: SubmitRequest, form: RequestForm) -> None:
    """What was answered and accepted is what is asked now, where it is said which version that was."""
    if command.read not in (None, (form.id, form.version)):
        raise refusals.FormChanged(f"`{form.name}` has version {form.version} by now: read it, then send the request")


def accept_agreement(form: RequestForm, command: SubmitRequest, situation: Situation) -> Acceptance | None:
    """The acceptance that is kept, with version and time. Raises AgreementMissing where it was not given."""
    agreement = form.agreement
    if not agreement:
        return None
    if not command.accepts_agreement:
        raise refusals.AgreementMissing(f"accept the agreement `{agreement.name}` to ask for this product")
    other = str(situation.whom) if situation.whom.person != situation.requester.id else ""
    return Acceptance(agreement.id, agreement.version, agreement.name, situation.now, other)


def refuse_too_long(form: RequestForm, answers: Mapping[str, object], situation: Situation) -> None:
    """Nobody asks for longer than the product allows: no steward could give it."""
    for question in form.questions:
        if question.kind is QuestionKind.ACCESS_DURATION and (asked := answers.get(question.id)):
            refuse_over_maximum(Duration.parse(str(asked)).after(situation.start), situation)


def refuse_over_maximum(end: datetime | None, situation: Situation) -> None:
    """Refuse an end after the product's maximum; with no end given, the rules put the maximum there themselves."""
    product = situation.product
    latest = product.maximum.after(situation.start) if product.maximum else None
    if end and latest and end > latest:
        raise refusals.TermTooLong(
            f"`{product.name}` is granted for {product.maximum} at most, counted from the start of access",
            maximum=str(product.maximum),
        )
