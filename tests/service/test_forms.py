"""Request forms: made and edited version by version, and what is asked by them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from placet.domain.errors import AlreadyThere, Forbidden, NotFound, StaleRevision
from placet.domain.forms import (
    DURATION_LABEL,
    STANDARD_PACKS,
    Agreement,
    BadAnswers,
    BadForm,
    FlowKind,
    Question,
    QuestionKind,
    RequestForm,
)
from placet.domain.people import DomainPermission
from placet.domain.products import DataProduct
from placet.domain.requests import Acceptance, RequestStatus, Whom
from placet.domain.terms import Duration
from placet.workflow.refusals import AgreementMissing
from tests.service.office import ALL, ANY, AUTOMATIC, Office

QUESTIONS = (
    Question("short", QuestionKind.SHORT_ANSWER, "In a word?", required=True),
    Question("long", QuestionKind.LONG_ANSWER, "At length?", help="As long as you like."),
    Question("one", QuestionKind.ONE_OF, "Which?", options=("a", "b")),
    Question("several", QuestionKind.SEVERAL_OF, "Which ones?", options=("a", "b", "c")),
    Question("number", QuestionKind.NUMBER, "How many?"),
    Question("date", QuestionKind.DATE, "From when?"),
    Question("yes", QuestionKind.YES_NO, "Is it so?"),
    Question("where", QuestionKind.SHORT_ANSWER, "Where?", required=True, shown_when=("yes", "yes")),
    Question("duration", QuestionKind.ACCESS_DURATION, DURATION_LABEL),
)
ANSWERS: dict[str, object] = {
    "short": "pay",
    "long": "x" * 10_000,
    "one": "b",
    "several": ["c", "a"],
    "number": "7",
    "date": "2026-02-28",
    "yes": "yes",
    "where": "here",
    "duration": "2 weeks",
}
AGREEMENT = Agreement("Rules of use", "Do **not** pass it on.", 3)


def made(office: Office, who: str = "gus", **described: object) -> RequestForm:
    form = replace(RequestForm("", 1, "Form", ANY), **described)  # type: ignore[arg-type]  # names of the dataclass
    return office.marketplace.forms.create(office.person(who), form)


def product_under(office: Office, form: RequestForm) -> DataProduct:
    governor = office.person("gus")
    draft = DataProduct("", f"Under {form.id}", "pay", form.id, form.version, ("s1",))
    return office.marketplace.products.publish(governor, office.marketplace.products.create(governor, draft).id)


@pytest.mark.requirement("P4", clause="creating forms")
def test_forms_are_made_by_governance_and_managers_of_any_domain(office: Office) -> None:
    for who in ("gus", "mia"):
        assert made(office, who).created_by == who
    office.change_person("tom", domain_permissions=frozenset({("pay", DomainPermission.MANAGE_TAGS)}))
    before = office.trail()
    for stranger in ("rita", "ann", "ada", "uma", "tom"):
        with pytest.raises(Forbidden):
            made(office, stranger)
    assert office.trail() == before


def test_forms_are_edited_by_who_made_them_and_by_governance(office: Office) -> None:
    form = made(office, "mia")
    office.change_person("tom", domain_permissions=frozenset({("pay", DomainPermission.MANAGE_DATA_PRODUCTS)}))
    for stranger in ("rita", "ann", "tom"):
        with pytest.raises(Forbidden):
            office.marketplace.forms.edit(office.person(stranger), replace(form, name="Mine"))
    second = office.marketplace.forms.edit(office.person("mia"), replace(form, name="Second"))
    third = office.marketplace.forms.edit(office.person("gus"), replace(second, name="Third", created_by="gus"))
    assert (third.version, third.created_by) == (3, "mia")


@pytest.mark.requirement("P4", clause="the standard form is fixed")
@pytest.mark.parametrize("who", ["gus", "mia"])
def test_nobody_edits_a_form_that_came_with_placet(office: Office, who: str) -> None:
    form = replace(made(office, "mia"), id="standard", builtin=True)
    with office.marketplace.context.store.writing() as session:
        session.forms.save(form)
    with pytest.raises(Forbidden, match="standard form"):
        office.marketplace.forms.edit(office.person(who), replace(form, name="Ours", builtin=False))
    assert office.marketplace.forms.get(office.person(who), "standard") == form


@pytest.mark.requirement("F3", clause="editing makes a version")
def test_an_edit_is_a_new_version_and_leaves_the_others_as_they_were(office: Office) -> None:
    first = made(office, questions=QUESTIONS, agreement=AGREEMENT)
    office.clock.advance(hours=1)
    second = office.marketplace.forms.edit(office.person("gus"), replace(first, name="Second", questions=(), flow=ALL))
    forms = office.marketplace.forms
    assert forms.get(office.person("rita"), first.id, 1) == first
    assert forms.get(office.person("rita"), first.id) == forms.get(office.person("rita"), first.id, 2) == second
    assert (second.version, second.created_at) == (2, office.clock.now())
    assert [form.version for form in forms.latest(office.person("rita")) if form.id == first.id] == [2]
    assert office.trail()[-2:] == ["request_form.saved", "request_form.saved"]
    with pytest.raises(NotFound):
        forms.get(office.person("rita"), first.id, 3)


def test_who_has_not_seen_the_latest_version_edits_nothing(office: Office) -> None:
    first = made(office)
    office.marketplace.forms.edit(office.person("gus"), first)
    with pytest.raises(StaleRevision):
        office.marketplace.forms.edit(office.person("gus"), replace(first, name="Late"))
    with pytest.raises(AlreadyThere):
        made(office, id=first.id)


@pytest.mark.requirement("F3", clause="only packs in force")
def test_a_form_names_packs_in_force_and_all_of_the_standard_ones(office: Office) -> None:
    with pytest.raises(BadForm, match="not in force"):
        made(office, packs=(*STANDARD_PACKS, "house"))
    office.force("house", "pack: house\nabout: Rules of the house.\nnames: []\nreads: {}\nconcludes: {}\nrules: {}\n")
    assert made(office, packs=(*STANDARD_PACKS, "house")).packs == (*STANDARD_PACKS, "house")
    for missing in STANDARD_PACKS:
        with pytest.raises(BadForm, match=missing):
            made(office, packs=tuple(name for name in STANDARD_PACKS if name != missing))


@pytest.mark.requirement("F1", clause="the duration label is fixed")
@pytest.mark.parametrize(
    "wrong",
    [
        {"name": ""},
        {"flow": replace(ANY, sources=())},
        {"flow": replace(AUTOMATIC, justification="")},
        {"flow": replace(ANY, kind=FlowKind.DELEGATED)},
        {"questions": (QUESTIONS[0], QUESTIONS[0])},
        {"questions": (replace(QUESTIONS[-1], label="How long?"),)},
        {"questions": (QUESTIONS[7],)},
    ],
    ids=["no name", "no sources", "no justification", "two flows", "twice", "label", "condition"],
)
def test_a_form_that_can_not_be_is_refused(office: Office, wrong: dict[str, object]) -> None:
    before = office.trail()
    with pytest.raises(BadForm):
        made(office, **wrong)
    form = made(office)
    with pytest.raises(BadForm):
        office.marketplace.forms.edit(office.person("gus"), replace(form, **wrong))  # type: ignore[arg-type]  # names of the dataclass
    assert office.trail() == [*before, "request_form.saved"]


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
    assert kept == [Acceptance("Rules of use", 3, now), Acceptance("Rules of use", 3, now, on_behalf_of="tom")]


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
    edited = office.marketplace.forms.edit(office.person("gus"), replace(form, flow=AUTOMATIC))
    now = office.marketplace.products.get(office.person("mia"), product.id).card.product
    office.marketplace.products.change(office.person("mia"), replace(now, form_version=edited.version))
    assert office.ask("tom", product).status is RequestStatus.APPROVED
    office.clock.advance(days=1)
    office.marketplace.work.sweep()
    kept = office.marketplace.requests.get(office.person("rita"), waiting.id).request
    assert kept.status is RequestStatus.PENDING
    assert office.say("ann", kept).status is RequestStatus.APPROVED


OWN = """\
pack: again
reads: {now: {at: instant}}
concludes: {enough: {}}
rules: {never: {when: [now: {at: before 2000-01-01}], then: [enough], because: "It is long ago."}}
"""


@pytest.mark.parametrize("packs", [("again", *STANDARD_PACKS), (*STANDARD_PACKS, "again")])
def test_a_pack_adds_to_what_another_shares_wherever_a_form_lists_it(office: Office, packs: tuple[str, ...]) -> None:
    office.force("again", OWN)
    product = product_under(office, made(office, flow=ALL, packs=packs))
    request = office.ask("rita", product)
    assert office.say("ann", request).status is RequestStatus.PENDING
    assert office.say("bob", request).status is RequestStatus.APPROVED
    replayed = office.marketplace.rule_packs.replay(office.person("gus"), OWN, request.created_at)
    assert (replayed.requests, replayed.different, replayed.untold) == (1, (), ())
