"""Answering a form: what a request keeps of it, what is refused, and the agreement that is accepted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from placet.domain.answers import BadAnswers
from placet.domain.requests import Acceptance, RequestStatus, Whom
from placet.domain.terms import Duration
from placet.workflow.refusals import AgreementMissing
from tests.service.office import AUTOMATIC, Office
from tests.service.test_forms import AGREEMENT, ANSWERS, QUESTIONS, made, product_under


@pytest.mark.requirement("F1", clause="question types")
@pytest.mark.requirement("R1", clause="answers are checked")
def test_a_request_keeps_what_was_answered_to_each_kind_of_question(office: Office) -> None:
    product = product_under(office, made(office, questions=QUESTIONS))
    request = office.marketplace.requests.submit(office.person("rita"), product.id, answers=ANSWERS)
    kept = office.marketplace.requests.get(office.person("rita"), request.id).request.answers
    assert kept == ANSWERS | {"several": ["a", "c"], "number": 7, "yes": True}


FIT: Mapping[str, dict[str, object]] = {
    "only what is required": {"short": "x"},
    "not what is not shown": {"short": "x", "yes": "no", "where": "here"},
}
UNFIT: Mapping[str, tuple[dict[str, object], set[str]]] = {
    "nothing": ({}, {"short"}),
    "shown and required": ({"short": "x", "yes": "yes"}, {"where"}),
    "of no such kind": (
        {"short": "x" * 256, "one": "c", "number": "many", "date": "soon"},
        {"short", "one", "number", "date"},
    ),
    "to no such question": ({"short": "x", "duration": "a while", "other": "?"}, {"duration", "other"}),
}


@pytest.mark.requirement("F1", clause="required or not")
@pytest.mark.parametrize("answers", FIT.values(), ids=FIT)
def test_what_is_not_shown_needs_no_answer_and_keeps_none(office: Office, answers: dict[str, object]) -> None:
    product = product_under(office, made(office, questions=QUESTIONS))
    request = office.marketplace.requests.submit(office.person("rita"), product.id, answers=answers)
    assert "where" not in request.answers


@pytest.mark.requirement("F1", clause="required or not")
@pytest.mark.requirement("R1", clause="answers are checked")
@pytest.mark.parametrize(("answers", "wrong"), UNFIT.values(), ids=UNFIT)
def test_answers_that_do_not_fit_the_form_are_refused_all_at_once(
    office: Office, answers: dict[str, object], wrong: set[str]
) -> None:
    product = product_under(office, made(office, questions=QUESTIONS))
    before = office.trail()
    with pytest.raises(BadAnswers) as refused:
        office.marketplace.requests.submit(office.person("rita"), product.id, answers=answers)
    assert set(refused.value.facts["problems"]) == wrong  # type: ignore[call-overload]  # a mapping
    assert office.trail() == before


@pytest.mark.requirement("F1", clause="agreement")
@pytest.mark.requirement("F1", clause="accepting")
@pytest.mark.requirement("F1", clause="acceptance is recorded")
def test_an_agreement_is_accepted_and_by_whom_for_whom_when_and_which_is_kept(office: Office) -> None:
    product = product_under(office, made(office, agreement=AGREEMENT))
    submit = office.marketplace.requests.submit
    with pytest.raises(AgreementMissing):
        submit(office.person("rita"), product.id)
    own = submit(office.person("rita"), product.id, accepts_agreement=True)
    other = submit(office.person("rita"), product.id, whom=Whom("tom"), accepts_agreement=True)
    now = office.clock.now()
    kept = [office.marketplace.requests.get(office.person("rita"), one.id).request.acceptance for one in (own, other)]
    accepted = Acceptance("rules", 1, "Rules of use", now)
    assert kept == [accepted, replace(accepted, on_behalf_of="tom")]


@pytest.mark.requirement("F2", clause="automatic")
@pytest.mark.requirement("R13", clause="still asked and audited")
def test_an_automatic_form_still_asks_and_is_audited(office: Office) -> None:
    flow = replace(AUTOMATIC, duration=Duration.parse("10 days"))
    product = product_under(office, made(office, flow=flow, questions=QUESTIONS[:1], agreement=AGREEMENT))
    submit = office.marketplace.requests.submit
    with pytest.raises(BadAnswers):
        submit(office.person("rita"), product.id, accepts_agreement=True)
    with pytest.raises(AgreementMissing):
        submit(office.person("rita"), product.id, answers={"short": "x"})
    before = len(office.trail())
    request = submit(office.person("rita"), product.id, answers={"short": "x"}, accepts_agreement=True)
    assert (request.status, request.justification) == (RequestStatus.APPROVED, AUTOMATIC.justification)
    assert (request.answers, request.acceptance is not None) == ({"short": "x"}, True)
    assert office.trail()[before:] == ["access_request.created", "access_request.approved", "grant.started"]
    [held] = office.marketplace.grants.list(office.person("rita")).items
    assert held.grant.end == Duration.parse("10 days").after(office.clock.now())


@pytest.mark.requirement("R13", clause="once at submission")
def test_a_request_that_waits_is_not_approved_by_a_form_that_becomes_automatic(office: Office) -> None:
    form = made(office)
    product = product_under(office, form)
    waiting = office.ask(product=product)
    office.marketplace.forms.edit(office.person("gus"), replace(form, flow=AUTOMATIC))
    office.marketplace.products.take_up_form(office.person("mia"), product.id)
    assert office.ask("tom", product).status is RequestStatus.APPROVED
    office.clock.advance(days=1)
    office.marketplace.work.sweep()
    kept = office.marketplace.requests.get(office.person("rita"), waiting.id).request
    assert kept.status is RequestStatus.PENDING
    assert office.say("ann", kept).status is RequestStatus.APPROVED
