"""Request forms on pages: built without scripts, previewed, reworded, deleted, and taken up by products."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from werkzeug.datastructures import MultiDict

from placet.domain.answers import BadAnswers, check_answers
from placet.domain.answers import Field as Asked
from placet.domain.forms import DURATION_LABEL, FlowKind, Question, QuestionKind, Quorum, RequestForm
from placet.domain.people import DomainPermission, GlobalPermission, StewardSource
from placet.domain.terms import Duration
from placet.pages import answers
from placet.pages.form_draft import draft_of, form_of, read_draft
from placet.pages.refused import NOTHING
from placet.pages.rendering import environment
from tests.domain.random_forms import answered, forms
from tests.pages.browser import Browser, Form, Page, read
from tests.pages.browser import form_of as html_form_of
from tests.pages.conftest import Browse
from tests.pages.shop import QUESTIONS, Shop

SOURCES = (
    StewardSource.user("sam"),
    StewardSource.group("privacy"),
    StewardSource.attribute("country", "DE"),
    StewardSource.permission(GlobalPermission.GOVERNANCE),
    StewardSource.domain_permission(DomainPermission.MANAGE_DATA_PRODUCTS),
)
FINANCE = {"source-0-kind": "group", "source-0-name": "finance"}


def kept(shop: Shop, id: str, version: int | None = None) -> RequestForm:
    return shop.marketplace.forms.get(shop.person("gov"), id, version)


def press(browser: Browser, page: Page, do: str, **fields: str) -> Page:
    """The builder after a button was pressed, once the fields were filled in."""
    ending = "/edit" if any(one.attributes["action"].endswith("/edit") for one in page.tree.all("form")) else "/new"
    form = page.form(ending)
    response = browser.post(form.action, MultiDict([*form.filled(**fields).items(multi=True), ("do", do)]))
    assert response.status_code == 200, response.get_data(as_text=True)
    return Page(response)


def save(browser: Browser, page: Page, **fields: str) -> Page:
    form = next(one for one in map(html_form_of, page.tree.all("form", class_="builder")))
    return browser.follow(
        browser.post(form.action, MultiDict([*form.filled(**fields).items(multi=True), ("do", "save")]))
    )


@pytest.mark.requirement("F1", clause="question types")
@pytest.mark.requirement("F1", clause="help and conditions")
@pytest.mark.requirement("F2", clause="every kind of steward source")
def test_a_form_is_built_with_every_kind_of_question_and_steward_source(shop: Shop, browse: Browse) -> None:
    builder = browse("max")
    page = builder.get("/placet/forms/new")
    for kind in QuestionKind:
        page = press(builder, page, "add-question", **{"new-kind": kind.value})
    for _ in range(4):
        page = press(builder, page, "add-source")
    fields = {"name": "Everything", "quorum": "all", "agreement": "0@rules"}
    for number, source in enumerate(SOURCES):
        said = {"kind": source.kind.value, "name": source.name, "value": source.value}
        fields |= {f"source-{number}-{part}": text for part, text in said.items()}
    for number, kind in enumerate(QuestionKind):
        if kind is not QuestionKind.ACCESS_DURATION:
            fields[f"question-{number}-label"] = f"About {kind}?"
    fields |= {"question-2-options": "red\n blue \n\n", "question-3-options": "one\ntwo", "question-0-required": "yes"}
    fields |= {"question-4-depends_on": "question-3", "question-4-answer": "red", "question-5-help": "A day."}
    page = press(builder, page, "preview", **fields)
    shown = save(builder, page)
    made = kept(shop, shown.response.request.path.rpartition("/")[2])
    assert (made.name, made.created_by, made.flow.quorum, made.agreement and made.agreement.id) == (
        "Everything",
        "max",
        Quorum.ALL,
        "rules",
    )
    assert made.flow.sources == SOURCES
    assert [question.kind for question in made.questions] == list(QuestionKind)
    assert made.questions[0].required
    assert (made.questions[2].options, made.questions[3].options) == (("red", "blue"), ("one", "two"))
    assert made.questions[4].shown_when == ("question-3", "red")
    assert (made.questions[5].help, made.questions[7].label) == ("A day.", DURATION_LABEL)


def test_questions_and_sources_are_moved_and_removed_and_nothing_is_lost_on_the_way(shop: Shop, browse: Browse) -> None:
    gov = browse("gov")
    page = gov.get("/placet/forms/orders/edit")
    page = press(gov, page, "up-question:1", name="Renamed")
    page = press(gov, page, "down-question:7")
    page = press(gov, page, "remove-question:3")
    page = press(gov, page, "remove-source:1")
    save(gov, page)
    made, before = kept(shop, "orders"), [question.id for question in QUESTIONS]
    before[0], before[1], before[7], before[8] = before[1], before[0], before[8], before[7]
    before.remove("parts")
    assert ([question.id for question in made.questions], made.name) == (before, "Renamed")
    assert made.flow.sources == (StewardSource.group("finance"),)
    assert {one.id: one for one in made.questions} == {one.id: one for one in QUESTIONS if one.id != "parts"}


def test_a_condition_or_an_agreement_is_not_lost_because_what_it_names_is_gone(shop: Shop, browse: Browse) -> None:
    gov = browse("gov")
    page = press(gov, gov.get("/placet/forms/orders/edit"), "remove-question:6", agreement="0@rules")
    form = page.form("/edit")
    gone = MultiDict([*form.fields.items(multi=True), ("do", "save")])
    refused = gov.refused(gov.post(form.action, gone), 422)
    assert "depends on export" in refused.tree.one(role="alert").text
    assert refused.form("/edit").fields["question-6-depends_on"] == "export"
    gone.setlist("agreement", ["7@none"])
    assert gov.refused(gov.post(form.action, gone), 422).form("/edit").fields["agreement"] == "7@none"
    assert kept(shop, "orders").version == 1


@pytest.mark.requirement("F2", clause="exactly one flow")
@pytest.mark.requirement("F2", clause="automatic")
def test_of_the_flows_only_the_chosen_one_is_kept(shop: Shop, browse: Browse) -> None:
    max_, filled = browse("max"), {"justification": "Public.", "duration": "30 days"} | FINANCE
    for flow, sources, justification, duration in (
        ("listed", (StewardSource.group("finance"),), "", None),
        ("delegated", (), "", None),
        ("automatic", (), "Public.", Duration.parse("30 days")),
    ):
        shown = save(max_, max_.get("/placet/forms/new"), name=flow, flow=flow, **filled)
        made = kept(shop, shown.response.request.path.rpartition("/")[2]).flow
        assert (made.kind, made.sources) == (FlowKind(flow), sources)
        assert (made.justification, made.duration) == (justification, duration)


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"name": ""}, "the name of the form has to have"),
        ({"name": "X", "flow": "listed", "source-0-name": "nobody"}, "does not exist"),
        ({"name": "X", "flow": "automatic"}, "needs a justification"),
        ({"name": "X", "flow": "automatic", "justification": "y", "duration": "a while"}, "is no duration"),
        ({"name": "X", "flow": "voting"}, "there is not"),
        ({"name": "X", "agreement": "0@none", **FINANCE}, "no data use agreement"),
    ],
)
def test_what_can_not_be_kept_comes_back_as_it_was_filled_in(
    shop: Shop, browse: Browse, fields: dict[str, str], told: str
) -> None:
    max_, before = browse("max"), shop.marketplace.forms.list(shop.person("gov"))
    form = max_.get("/placet/forms/new").form("/new")
    sent = MultiDict([*form.filled(**fields).items(multi=True), ("do", "save")])
    page = max_.refused(max_.post(form.action, sent), 422)
    assert told in page.tree.one(role="alert").text
    shown = page.form("/new").fields
    assert all(shown.get(name) == said for name, said in fields.items() if name not in ("flow", "agreement"))
    assert shop.marketplace.forms.list(shop.person("gov")) == before


def test_no_more_is_added_than_a_form_can_have(browse: Browse) -> None:
    max_ = browse("max")
    form = max_.get("/placet/forms/new").form("/new")
    full = {**form.fields.to_dict(), "questions": "200", "sources": "100"}
    for do, told in {"add-question": "200 questions already", "add-source": "100 steward sources already"}.items():
        page = max_.refused(max_.post(form.action, full | {"do": do}), 422)
        assert told in page.tree.one(role="alert").text


@pytest.mark.parametrize("do", ["", "remove-question:9", "up-question:x", "remove-source:7", "explode"])
def test_a_button_that_there_is_not_does_nothing(browse: Browse, do: str) -> None:
    max_ = browse("max")
    form = max_.get("/placet/forms/new").form("/new")
    max_.refused(max_.post(form.action, MultiDict([*form.fields.items(multi=True), ("do", do)])), 422)


@pytest.mark.requirement("F3", clause="a change of deciders is taken up")
@pytest.mark.requirement("P4", clause="taking up a form version")
def test_the_builder_says_what_changes_and_the_manager_takes_it_up(shop: Shop, browse: Browse) -> None:
    gov, max_ = browse("gov"), browse("max")
    page = press(gov, gov.get("/placet/forms/both/edit"), "preview", quorum="any")
    assert "It changes who decides" in page.main
    save(gov, page)
    assert shop.marketplace.products.get(shop.person("max"), "both").card.product.form_version == 1
    link = "Version 2 of the form for data-access waits to be taken up"
    assert link not in browse("ann").get("/placet/products/both").main
    assert link in max_.get("/placet/products/both").main
    assert "Not allowed" in browse("ann").get("/placet/products/both/take-up-form", 403).main
    waiting = max_.get("/placet/products/both/take-up-form")
    assert "who decides all of group finance, group privacy any of group finance, group privacy" in waiting.main
    shown = max_.follow(max_.send(waiting.form("/take-up-form")))
    assert "one of: group finance, group privacy" in shown.main
    assert link not in shown.main
    max_.refused(max_.send(waiting.form("/take-up-form")), 409)
    assert "nothing to take up" in max_.get("/placet/products/both/take-up-form").main


def test_an_edit_of_an_earlier_version_is_refused_and_kept_in_the_fields(shop: Shop, browse: Browse) -> None:
    gov = browse("gov")
    page = gov.get("/placet/forms/orders/edit")
    shop.marketplace.forms.edit(shop.person("gov"), replace(kept(shop, "orders"), name="Faster"))
    form = page.form("/edit")
    refused = gov.refused(
        gov.post(form.action, MultiDict([*form.filled(name="Late").items(multi=True), ("do", "save")])), 409
    )
    assert refused.form("/edit").fields["name"] == "Late"
    assert kept(shop, "orders").name == "Faster"


@pytest.mark.requirement("P4", clause="editing forms")
def test_a_steward_of_a_form_changes_its_wording_on_a_page_of_their_own(shop: Shop, browse: Browse) -> None:
    sam = browse("sam")
    assert "its creator" in sam.get("/placet/forms/orders/edit", 403).main
    assert "Change the wording" in sam.get("/placet/forms/orders").main
    form = sam.get("/placet/forms/orders/wording").form("/wording")
    page = sam.follow(sam.send(form, **{"label-0": "What for?", "help-1": "Its name."}))
    assert "What for?" in page.main
    made = kept(shop, "orders")
    assert (made.questions[0].label, made.questions[1].help, made.version) == ("What for?", "Its name.", 2)
    sam.refused(sam.send(form), 409)
    assert "its stewards" in browse("ann").get("/placet/forms/orders/wording", 403).main


def test_the_page_of_a_form_shows_its_preview_its_products_and_what_changed(shop: Shop, browse: Browse) -> None:
    gov = browse("gov")
    save(gov, gov.get("/placet/forms/orders/edit"), name="Second")
    page = gov.get("/placet/forms/orders")
    preview = page.tree.one(class_="preview")
    assert "disabled" in next(iter(preview.all("fieldset"))).attributes
    assert len(list(preview.all(class_="conditional"))) == 1
    assert preview.one(class_="agreement").one("strong").text == "not"
    assert "name Orders form Second" in page.main
    assert "Orders product data-access 2" in page.main
    assert "This is an earlier version" in gov.get("/placet/forms/orders?version=1").main
    assert "Hidden product" not in browse("ann").get("/placet/forms/both").main


@pytest.mark.requirement("F5", clause="a form in use stays")
def test_a_form_is_deleted_on_its_page_unless_products_ask_by_it(shop: Shop, browse: Browse) -> None:
    gov = browse("gov")
    page = gov.refused(gov.send(gov.get("/placet/forms/orders").form("/delete")), 409)
    assert "Orders product" in page.tree.one(role="alert").text
    made = shop.marketplace.forms.create(shop.person("max"), replace(kept(shop, "both"), id="free", name="Free"))
    listed = gov.follow(gov.send(gov.get(f"/placet/forms/{made.id}").form("/delete")))
    assert "Make a request form" in listed.main
    gov.get("/placet/forms/free", 404)
    standard = gov.get("/placet/forms/standard")
    assert "never changed" in standard.main
    assert list(standard.tree.all("form")) == []


def test_who_makes_forms_finds_them_in_the_navigation_and_by_words(browse: Browse) -> None:
    for person, finds in {"max": True, "gov": True, "ann": False, "sam": False}.items():
        links = [link.text for link in browse(person).get("/placet/").tree.one("nav").all("a")]
        assert ("Forms" in links) is finds, person
    found = browse("ann").get("/placet/forms?search=two+have")
    assert [row.one("a").text for row in found.tree.one("tbody").all("tr")] == ["Two have to agree"]
    assert "Not allowed" in browse("ann").get("/placet/forms/new", 403).main


@settings(max_examples=60, deadline=None)
@given(form=forms())
def test_what_the_builder_shows_of_a_form_is_that_form_again(form: RequestForm) -> None:
    """As far as fields can hold it: text without space around it."""
    trimmed = replace(form, name=form.name.strip(), questions=tuple(map(_trimmed, form.questions)))
    draft = draft_of(trimmed)
    sent = MultiDict({"name": draft.name, "flow": draft.flow, "quorum": draft.quorum, "version": "1"})
    for number, question in enumerate(draft.questions):
        sent.update({f"question-{number}-{part}": str(said) for part, said in vars(question).items()})
        sent.setlist(f"question-{number}-required", ["yes"] if question.required else [])
    for number, source in enumerate(draft.sources):
        sent.update({f"source-{number}-{part}": said for part, said in vars(source).items()})
    sent.update({"questions": str(len(draft.questions)), "sources": str(len(draft.sources))})
    assert form_of(read_draft(sent), form.id) == trimmed


def _trimmed(question: Question) -> Question:
    """The same question with no space around its texts, and no line breaks in its options."""
    options = tuple(f"option {number}" for number, _ in enumerate(question.options))
    return replace(question, label=question.label.strip(), help=question.help.strip(), options=options, shown_when=None)


@pytest.mark.requirement("R1", clause="answers are checked")
@settings(max_examples=60, deadline=None)
@given(pair=answered())
def test_what_a_page_sends_for_answers_that_fit_is_taken(pair: tuple[RequestForm, dict[str, object]]) -> None:
    """The fields of a form, filled in and sent as they stand, bring the same answers."""
    form = pair[0]
    try:
        fit = check_answers(form, {id: sendable(said) for id, said in pair[1].items()})
    except BadAnswers:
        fit = {}
    sent = MultiDict[str, str]()
    for field in answers.fields_of(form):
        for name, said in posted(field, fit.get(field.question.id)):
            sent.add(name, said)
    assert filled(form, sent).fields == sent
    if fit:
        assert check_answers(form, answers.read(form, sent)) == fit


def sendable(said: object) -> object:
    """An answer that a field can hold: no space around it, one line where the field is one."""
    return " ".join(said.split()) if isinstance(said, str) else said


def posted(field: answers.Field, said: object) -> list[tuple[str, str]]:
    """What a browser sends for an answer; nothing for an empty choice, empty text for an empty field."""
    if field.asked is Asked.CHOICES:
        return [(field.name, one) for one in said] if isinstance(said, list) else []
    if field.asked is Asked.DURATION:
        amount, _, unit = str(said or " days").partition(" ")
        return [(field.name, amount), (field.unit, unit if unit.endswith("s") else f"{unit}s")]
    text = {True: "yes", False: "no"}[said] if isinstance(said, bool) else "" if said is None else str(said)
    unanswered = field.asked is Asked.CHOICE and said is None and field.question.required
    return [] if unanswered else [(field.name, text)]


def filled(form: RequestForm, sent: MultiDict[str, str]) -> Form:
    """The fields of a form as a page shows them with these answers."""
    macros = environment().get_template("placet/parts/forms.html").module
    html = "".join(
        str(macros.question(field, sent, NOTHING, answers.UNITS))  # type: ignore[attr-defined]  # a macro
        for field in answers.fields_of(form)
    )
    return html_form_of(next(iter(read(f'<form action="" method="post">{html}</form>').all("form"))))
