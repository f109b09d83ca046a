"""A data steward determines an access request."""

from __future__ import annotations

from dataclasses import replace

from placet.domain.events import RequestDetermined
from placet.domain.people import Person
from placet.domain.reminders import of_grant
from placet.domain.requests import AccessRequest, Determination, Verdict
from placet.domain.terms import Term
from placet.workflow import refusals
from placet.workflow.change import Change
from placet.workflow.commands import DetermineRequest
from placet.workflow.conclude import conclude
from placet.workflow.known import Known
from placet.workflow.rulebook import Outcome, Rulebook, Standing
from placet.workflow.situation import Situation
from placet.workflow.states import RequestStep, refuse_request_step
from placet.workflow.submit import refuse_over_maximum, refuse_unless_published
from placet.workflow.telling import request_data


def determine(
    command: DetermineRequest, steward: Person, request: AccessRequest, situation: Situation, rules: Rulebook
) -> Change:
    """A data steward approves, approves for a time, or denies.

    Whether they are a steward is judged by the rules now, and the sources they stood for are recorded. Raises the
    refusals of this module and EngineDisagreement; nothing changes then.
    """
    standing = rules.standing(Known(request, situation, (steward,)))
    refuse_unless_steward(steward, standing)
    refuse_request_step(request, RequestStep.DETERMINE)
    refuse_second_determination(steward, request)
    refuse_unless_eligible(standing)
    refuse_unless_published(situation)
    refuse_if_lapsed(request, situation)
    made = Determination(
        id=command.id,
        request=request.id,
        steward=steward.id,
        verdict=command.verdict,
        reason=refusals.refuse_without_reason(command.reason),
        at=situation.now,
        term=refuse_bad_term(command, situation),
        stood_for=standing.stands_for,
    )
    request = with_determination(request, made)
    outcome = rules.verdict(Known(request, situation))
    return change_of(request, made, standing, outcome, situation, command.grant)


def change_of(
    request: AccessRequest,
    made: Determination,
    standing: Standing,
    outcome: Outcome,
    situation: Situation,
    grant_id: str,
) -> Change:
    """The determination, and where it decides the request, the outcome."""
    told = (*sorted(situation.informed - {made.steward}),)
    data = request_data(request, situation.product) | {
        "steward": made.steward,
        "verdict": made.verdict.value,
        "reason": made.reason,
    }
    determined = RequestDetermined(made.steward, situation.now, request.id, situation.product.domain, data, told)
    change = Change(events=(), requests=(request,))
    if outcome.status:
        change = conclude(request, outcome.status, outcome.end, grant_id, situation, actor=made.steward)
    return replace(
        change,
        events=(determined, *change.events),
        determination=made,
        rulings=(standing.ruling, outcome.ruling),
        reminders=of_grant(change.new_grant.id, outcome.reminds) if change.new_grant else (),
    )


def with_determination(request: AccessRequest, made: Determination) -> AccessRequest:
    """The request with one more determination; a given end that passes while it is pending will lapse it."""
    ends = [end for end in (request.lapses_at, made.term.end) if end is not None]
    return replace(request.with_determination(made), lapses_at=min(ends, default=None))


def refuse_unless_steward(steward: Person, standing: Standing) -> None:
    """Who is barred for a reason that time can't cure, or stands for nothing, may not; also on a decided request."""
    curable = {"determined-already", "not-yet"}
    if barred := {reason: why for reason, why in standing.against.items() if reason not in curable}:
        raise refusals.NotASteward(
            f"`{steward.id}` can't determine this request: {' '.join(barred.values())}", reasons=sorted(barred)
        )
    if not standing.stands_for:
        raise refusals.NotASteward(f"`{steward.id}` can't determine this request: no steward source names them")


def refuse_second_determination(steward: Person, request: AccessRequest) -> None:
    if made := request.determined_by(steward.id):
        raise refusals.AlreadyDetermined(
            f"`{steward.id}` gave the verdict `{made.verdict}` already: it can't be edited"
        )


def refuse_unless_eligible(standing: Standing) -> None:
    """Whatever else the rules hold against someone, such as an earlier stage that is not met."""
    if not standing.may_determine:
        raise refusals.NotYourTurn(" ".join(standing.against.values()) or "the rules let no one determine this now")


def refuse_if_lapsed(request: AccessRequest, situation: Situation) -> None:
    if request.lapses_at and request.lapses_at <= situation.now:
        raise refusals.RequestLapsedAlready(
            f"the end given for this request passed at {request.lapses_at:%Y-%m-%d %H:%M} UTC: ask for access anew"
        )


def refuse_bad_term(command: DetermineRequest, situation: Situation) -> Term:
    """The term of an approval. Raises TermRefused for an end that is over, TermTooLong over the product's maximum."""
    term = command.term
    if command.verdict is Verdict.DENY and term.temporary:
        raise refusals.TermRefused("a denial has no end: leave duration and end out")
    end = term.ends_at(situation.start)
    if end is not None and end <= situation.start:
        raise refusals.TermRefused(
            f"the end `{end:%Y-%m-%d %H:%M} UTC` is not after the start of access: give a later one"
        )
    refuse_over_maximum(end, situation)
    return term
