"""Request forms: made and edited version by version, and what is asked by them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from placet.domain.agreements import Agreement
from placet.domain.errors import AlreadyThere, Forbidden, NotFound, StaleRevision
from placet.domain.forms import (
    DURATION_LABEL,
    STANDARD_FORM,
    STANDARD_PACKS,
    BadForm,
    FlowKind,
    FormInUse,
    Question,
    QuestionKind,
    RequestForm,
)
from placet.domain.people import DomainPermission, StewardSource
from placet.domain.products import DataProduct
from placet.domain.requests import RequestStatus
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
AGREEMENT = Agreement("rules", 0, "Rules of use", "Do **not** pass it on.")


def made(office: Office, who: str = "gus", **described: object) -> RequestForm:
    form = replace(RequestForm("", 1, "Form", ANY), **described)  # type: ignore[arg-type]  # names of the dataclass
    if form.agreement and form.agreement.name and not office.marketplace.agreements.list(office.person("gus")).items:
        office.marketplace.agreements.create(office.person("gus"), form.agreement)
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


@pytest.mark.requirement("P4", clause="editing forms")
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
    form = office.marketplace.forms.get(office.person(who), STANDARD_FORM)
    question = replace(form.questions[0], help="Be brief.")
    for changed in (replace(form, name="Ours"), replace(form, questions=(question, *form.questions[1:]))):
        with pytest.raises(Forbidden, match="standard form"):
            office.marketplace.forms.edit(office.person(who), replace(changed, builtin=False, created_by=who))
    with pytest.raises(Forbidden):
        office.marketplace.forms.delete(office.person(who), STANDARD_FORM)
    assert office.marketplace.forms.get(office.person(who), STANDARD_FORM) == form


STEWARDS_WORDS = {"label": "Why, in a word?", "help": "One is enough."}


@pytest.mark.requirement("P4", clause="editing forms")
def test_stewards_of_a_form_change_the_wording_of_its_questions_and_nothing_else(office: Office) -> None:
    form = made(office, questions=QUESTIONS, agreement=AGREEMENT)
    reworded = replace(form, questions=(replace(QUESTIONS[0], **STEWARDS_WORDS), *QUESTIONS[1:]))  # type: ignore[arg-type]  # names of the dataclass
    forms = office.marketplace.forms
    for changed in (
        {"name": "Mine"},
        {"flow": replace(ANY, sources=ANY.sources[:1])},
        {"agreement": None},
        {"packs": tuple(reversed(STANDARD_PACKS))[:3]},
        {"questions": QUESTIONS[1:]},
        {"questions": (replace(QUESTIONS[0], required=False), *QUESTIONS[1:])},
        {"questions": (*QUESTIONS[:2], replace(QUESTIONS[2], options=("a", "c")), *QUESTIONS[3:])},
    ):
        with pytest.raises(Forbidden, match="labels of its questions"):
            forms.edit(office.person("ann"), replace(reworded, **changed))  # type: ignore[arg-type]  # as above
    for stranger in ("rita", "mia", "ada"):
        with pytest.raises(Forbidden):
            forms.edit(office.person(stranger), reworded)
    second = forms.edit(office.person("ann"), reworded)
    assert (second.version, second.questions[0].label, second.created_by) == (2, "Why, in a word?", "gus")
    with pytest.raises(Forbidden):
        forms.delete(office.person("ann"), form.id)


@pytest.mark.requirement("P4", clause="editing forms")
def test_who_manages_a_domain_is_a_steward_of_the_forms_that_ask_there(office: Office) -> None:
    open_source = StewardSource.domain_permission(DomainPermission.MANAGE_DATA_PRODUCTS)
    form = made(office, flow=replace(ANY, sources=(open_source,)), questions=QUESTIONS[:1])
    reworded = replace(form, questions=(replace(QUESTIONS[0], help="Be brief."),))
    with pytest.raises(Forbidden):
        office.marketplace.forms.edit(office.person("mia"), reworded)
    product_under(office, form)
    assert office.marketplace.forms.view(office.person("mia"), form.id).may_reword
    assert not office.marketplace.forms.view(office.person("mia"), form.id).may_edit
    assert office.marketplace.forms.edit(office.person("mia"), reworded).version == 2


@pytest.mark.requirement("F5", clause="standard form")
def test_the_standard_form_is_there_from_the_first_start_and_its_managers_decide(office: Office) -> None:
    [standard] = office.marketplace.forms.list(office.person("rita"), "standard").items
    assert (standard.id, standard.version, standard.builtin) == (STANDARD_FORM, 1, True)
    office.marketplace.upgrade()
    assert office.marketplace.forms.versions(office.person("rita"), STANDARD_FORM).items == (standard,)
    product = product_under(office, standard)
    request = office.marketplace.requests.submit(office.person("rita"), product.id, answers={"reason": "Forecasts"})
    assert office.say("mia", request).status is RequestStatus.APPROVED


@pytest.mark.requirement("F5", clause="a form in use stays")
def test_a_form_that_products_ask_by_is_not_deleted_and_the_refusal_names_them(office: Office) -> None:
    form = made(office, "mia")
    product = product_under(office, form)
    hidden = product_under(office, made(office))
    hidden = replace(hidden, name="Hidden", form=form.id, visible_to=frozenset({"legal"}))
    office.marketplace.products.change(office.person("gus"), hidden)
    office.change_person("mia", domain_permissions=frozenset())
    with pytest.raises(FormInUse) as refused:
        office.marketplace.forms.delete(office.person("mia"), form.id)
    assert f"`{product.name}`, 1 that you may not see" in refused.value.detail
    with pytest.raises(FormInUse, match="Hidden"):
        office.marketplace.forms.delete(office.person("gus"), form.id)
    assert office.marketplace.forms.get(office.person("rita"), form.id) == form


@pytest.mark.requirement("F5", clause="a form in use stays")
def test_a_form_that_masking_exceptions_are_asked_by_is_in_use_too(office: Office) -> None:
    form = made(office)
    masked = replace(office.product, masking_form=form.id)
    office.marketplace.products.change(office.person("gus"), masked)
    with pytest.raises(FormInUse, match="Salaries"):
        office.marketplace.forms.delete(office.person("gus"), form.id)


@pytest.mark.requirement("F5", clause="a form in use stays")
def test_a_form_that_nothing_was_asked_by_goes_with_all_versions(office: Office) -> None:
    form = made(office, "mia", agreement=AGREEMENT)
    office.marketplace.forms.edit(office.person("mia"), form)
    with pytest.raises(StaleRevision):
        office.marketplace.forms.delete(office.person("mia"), form.id, version=1)
    for stranger in ("rita", "ann"):
        with pytest.raises(Forbidden):
            office.marketplace.forms.delete(office.person(stranger), form.id)
    office.marketplace.forms.delete(office.person("mia"), form.id, version=2)
    for version in (None, 1, 2):
        with pytest.raises(NotFound):
            office.marketplace.forms.get(office.person("gus"), form.id, version)
    assert office.trail()[-1] == "request_form.deleted"
    office.marketplace.agreements.delete(office.person("gus"), "rules")


def test_a_form_that_was_asked_by_is_offered_no_more_and_stays_readable(office: Office) -> None:
    form = made(office, agreement=AGREEMENT)
    product = product_under(office, form)
    request = office.marketplace.requests.submit(office.person("rita"), product.id, accepts_agreement=True)
    office.marketplace.products.delete(office.person("gus"), product.id)
    forms, governor = office.marketplace.forms, office.person("gus")
    forms.delete(governor, form.id)
    assert forms.get(office.person("rita"), form.id).retired
    assert form.id not in [one.id for one in forms.list(governor).items]
    for act in (
        lambda: forms.edit(governor, form),
        lambda: forms.delete(governor, form.id),
        lambda: product_under(office, form),
        lambda: office.marketplace.products.change(
            governor, replace(office.product, form=form.id, form_version=form.version)
        ),
    ):
        with pytest.raises(NotFound, match="was deleted"):
            act()
    office.marketplace.agreements.delete(governor, "rules")
    accepted = office.marketplace.requests.get(office.person("rita"), request.id).request.acceptance
    assert accepted
    text = office.marketplace.agreements.get(office.person("rita"), accepted.agreement, accepted.version)
    assert (text.body, text.retired) == (AGREEMENT.body, True)
    with pytest.raises(BadForm, match="no data use agreement"):
        made(office, agreement=Agreement("rules"))


@pytest.mark.parametrize(
    "source",
    [
        StewardSource.user("nobody"),
        StewardSource.group("nobodies"),
        StewardSource.domain_permission(DomainPermission.MANAGE_TAGS, "nowhere"),
    ],
    ids=str,
)
def test_a_form_names_only_people_groups_and_domains_that_exist(office: Office, source: StewardSource) -> None:
    flow = replace(ANY, sources=(*ANY.sources, source))
    with pytest.raises(BadForm, match="does not exist"):
        made(office, flow=flow)
    form = made(office)
    with pytest.raises(BadForm, match="does not exist"):
        office.marketplace.forms.edit(office.person("gus"), replace(form, flow=flow))


@pytest.mark.requirement("F3", clause="editing makes a version")
def test_an_edit_is_a_new_version_and_leaves_the_others_as_they_were(office: Office) -> None:
    first = made(office, questions=QUESTIONS, agreement=AGREEMENT)
    office.clock.advance(hours=1)
    second = office.marketplace.forms.edit(office.person("gus"), replace(first, name="Second", questions=(), flow=ALL))
    forms = office.marketplace.forms
    assert forms.get(office.person("rita"), first.id, 1) == first
    assert forms.get(office.person("rita"), first.id) == forms.get(office.person("rita"), first.id, 2) == second
    assert (second.version, second.created_at) == (2, office.clock.now())
    assert [form.version for form in forms.list(office.person("rita")).items if form.id == first.id] == [2]
    assert forms.versions(office.person("rita"), first.id).items == (second, first)
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
