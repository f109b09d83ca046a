from __future__ import annotations

from dataclasses import replace

import pytest
from flask import Flask

from placet.domain.agreements import Agreement
from placet.domain.requests import AccessRequest, RequestStatus
from tests.pages.browser import Browser, Form, Page
from tests.pages.conftest import Browse
from tests.pages.shop import Shop

GOOD = {"answer:why": "Forecasts", "answer:tool": "SQL", "answer:export": "no", "agreement": "accepted"}
ADDRESS = "/placet/products/orders/request-access"


def form(browser: Browser, address: str = ADDRESS) -> Form:
    return browser.get(address).form("/request-access")


def requests(shop: Shop) -> list[AccessRequest]:
    return [card.request for card in shop.marketplace.requests.list(shop.person("gov")).items]


def problems(page: Page) -> dict[str, str]:
    """What the summary says, by the field it leads to; each is an element of the page."""
    links = page.tree.one(role="alert").all("a")
    found = {link.attributes["href"].removeprefix("#"): link.text for link in links}
    for field, told in found.items():
        assert page.tree.one(id=field)
        assert page.tree.one(id=f"{field}-wrong").text == told
    return found


def test_a_consumer_asks_for_access_with_every_kind_of_answer(shop: Shop, browse: Browse) -> None:
    ann = browse("ann")
    answers = GOOD | {
        "answer:team": "Forecasting",
        "answer:rows": "1e3",
        "answer:start": "2026-04-01",
        "answer:export": "yes",
        "answer:where": "The board",
        "answer:long": "2",
        "unit:long": "months",
    }
    page = ann.follow(ann.send(form(ann), **answers, **{"answer:parts": ["visits", "orders"]}))
    (made,) = requests(shop)
    assert (made.requester, made.beneficiary, made.product) == ("ann", "ann", "orders")
    assert made.answers == {
        "why": "Forecasts",
        "team": "Forecasting",
        "tool": "SQL",
        "parts": ["orders", "visits"],
        "rows": 1000,
        "start": "2026-04-01",
        "export": True,
        "where": "The board",
        "long": "2 months",
    }
    assert made.acceptance
    assert (made.acceptance.name, made.acceptance.version) == ("Rules of use", 1)
    assert "Orders product pending" in page.main
    assert "How long do you need access? 2 months" in page.main


def test_loading_the_page_after_it_again_asks_for_nothing_more(shop: Shop, browse: Browse) -> None:
    ann = browse("ann")
    sent = ann.send(form(ann), **GOOD)
    ann.follow(sent)
    ann.follow(sent)
    assert len(requests(shop)) == 1


def test_an_automatic_form_is_approved_at_once(shop: Shop, browse: Browse) -> None:
    ann = browse("ann")
    page = ann.follow(ann.send(form(ann, "/placet/products/quick/request-access")))
    assert "Quick product approved" in page.main
    assert "It is public anyway." in page.main


@pytest.mark.requirement("F1", clause="help and conditions")
def test_help_and_conditions_are_said_in_words(shop: Shop, browse: Browse) -> None:
    page = browse("ann").get(ADDRESS)
    assert page.tree.one(id="answer-1-help").text == "One sentence is enough."
    help = page.tree.one(id="answer-8-help").text
    assert help == "Answer this only if you answered “Will you export it?” with “Yes”."
    assert "required" not in page.tree.one(id="answer-8").attributes
    assert "required" in page.tree.one(id="answer-1").attributes


def test_an_answer_to_a_question_that_is_not_shown_is_dropped(shop: Shop, browse: Browse) -> None:
    ann = browse("ann")
    ann.follow(ann.send(form(ann), **GOOD, **{"answer:where": "Nowhere"}))
    assert "where" not in requests(shop)[0].answers


def test_an_answer_to_a_question_that_is_shown_is_required(shop: Shop, browse: Browse) -> None:
    ann = browse("ann")
    page = ann.refused(ann.send(form(ann), **GOOD | {"answer:export": "yes"}), 422)
    assert problems(page) == {"answer-8": "Where to?: an answer is required"}
    assert requests(shop) == []


def test_every_wrong_answer_is_named_beside_its_field_and_all_input_is_kept(shop: Shop, browse: Browse) -> None:
    ann = browse("ann")
    sent = {
        "answer:team": 'Team <A> & "B"',
        "answer:rows": "many",
        "answer:start": "soon",
        "answer:long": "forever",
        "unit:long": "weeks",
        "agreement": "accepted",
    }
    page = ann.refused(ann.send(form(ann), **sent, **{"answer:parts": ["refunds"]}), 422)
    assert set(problems(page)) == {f"answer-{place}" for place in (1, 3, 5, 6, 7, 9)}
    kept = page.form("/request-access").fields
    assert {name: kept[name] for name in sent} == sent
    assert kept.getlist("answer:parts") == ["refunds"]
    assert requests(shop) == []


def test_an_answer_with_new_lines_comes_back_as_it_was(shop: Shop, browse: Browse) -> None:
    ann = browse("ann")
    text = "\n\n first\n\nlast </textarea><script>"
    page = ann.refused(ann.send(form(ann), **{"answer:why": text}), 422)
    assert page.form("/request-access").fields["answer:why"] == text


@pytest.mark.requirement("F1", clause="accepting")
def test_the_agreement_is_read_and_has_to_be_accepted(shop: Shop, browse: Browse) -> None:
    ann = browse("ann")
    page = ann.get(ADDRESS)
    assert page.tree.one(class_="agreement").one("strong").text == "not"
    assert "on their behalf" in page.main
    sent = {name: value for name, value in GOOD.items() if name != "agreement"}
    refused = ann.refused(ann.send(page.form("/request-access"), **sent), 422)
    assert set(problems(refused)) == {"agreement"}
    assert requests(shop) == []


def test_an_agreement_that_has_changed_meanwhile_is_read_again_before_it_counts(shop: Shop, browse: Browse) -> None:
    ann, gov, marketplace = browse("ann"), shop.person("gov"), shop.marketplace
    opened = form(ann)
    old = marketplace.forms.get(gov, "orders")
    rules = marketplace.agreements.get(gov, "rules")
    marketplace.agreements.edit(gov, replace(rules, body="Other rules"))
    made = marketplace.forms.edit(gov, replace(old, agreement=Agreement("rules")))
    page = ann.refused(ann.send(opened, **GOOD), 409)
    assert "Other rules" in page.main
    assert requests(shop) == []
    ann.follow(ann.send(page.form("/request-access")))
    assert requests(shop)[0].form_version == made.version


@pytest.mark.parametrize("written", ["anna", "ANNA@example.org", "Anna Berg"])
def test_someone_else_is_named_in_full(shop: Shop, browse: Browse, written: str) -> None:
    sam = browse("sam")
    sam.follow(sam.send(form(sam), **GOOD, **{"for": "other", "other": written}))
    (made,) = requests(shop)
    assert made.beneficiary == "anna"
    assert made.acceptance
    assert made.acceptance.on_behalf_of == "anna"


def test_whom_a_name_may_mean_is_chosen_and_never_guessed(shop: Shop, browse: Browse) -> None:
    sam = browse("sam")
    page = sam.refused(sam.send(form(sam), **GOOD, **{"for": "other", "other": "an"}), 422)
    assert set(problems(page)) == {"for-other"}
    shown = [one.text for one in page.tree.all("label", class_="choice")]
    assert "Ann Lee (ann, ann@example.org)" in shown
    assert "Anna Berg (anna, anna@example.org)" in shown
    assert requests(shop) == []
    sam.follow(sam.send(page.form("/request-access"), **{"for": "person:anna"}))
    assert requests(shop)[0].beneficiary == "anna"


@pytest.mark.parametrize(
    ("choice", "told"),
    [
        ({"for": "other", "other": "nobody"}, "nobody is called"),
        ({"for": "other", "other": " "}, "write whom it is for"),
        ({"for": "other", "other": "gwen"}, "nobody is called"),
        ({"for": "me", "other": "anna"}, "but chose yourself"),
        ({"for": "", "other": "anna"}, "but chose yourself"),
    ],
)
def test_an_unclear_beneficiary_is_refused(shop: Shop, browse: Browse, choice: dict[str, str], told: str) -> None:
    sam = browse("sam")
    page = sam.refused(sam.send(form(sam), **GOOD, **choice), 422)
    assert told in problems(page)["for-other"]
    assert requests(shop) == []


def test_two_people_of_one_name_are_told_apart(shop: Shop, browse: Browse) -> None:
    shop.marketplace.people.import_people(shop.person("gov"), "id,name\nann2,Ann Lee\n")
    sam = browse("sam")
    page = sam.refused(sam.send(form(sam), **GOOD, **{"for": "other", "other": "Ann Lee"}), 422)
    values = [one.attributes["value"] for one in page.tree.all("input", name="for")]
    assert values == ["me", "group:finance", "person:ann", "person:ann2", "other"]


def test_a_person_who_does_not_exist_is_not_found(shop: Shop, browse: Browse) -> None:
    sam = browse("sam")
    sam.refused(sam.send(form(sam), **GOOD, **{"for": "person:none"}), 404)
    assert requests(shop) == []


def test_who_has_asked_already_is_told_and_refused(shop: Shop, browse: Browse) -> None:
    ann = browse("ann")
    ann.follow(ann.send(form(ann), **GOOD))
    page = ann.get(ADDRESS)
    assert "your request is open" in page.main
    assert "is still open" in ann.refused(ann.send(page.form("/request-access"), **GOOD), 409).main
    assert len(requests(shop)) == 1


@pytest.mark.requirement("R1", clause="a grant with no end is enough")
def test_who_has_access_with_no_end_is_told_and_refused(shop: Shop, browse: Browse) -> None:
    ann = browse("ann")
    ann.follow(ann.send(form(ann, "/placet/products/quick/request-access")))
    page = ann.get("/placet/products/quick/request-access")
    assert "You have access already" in page.main
    refused = ann.refused(ann.send(page.form("/request-access")), 409)
    assert "there is nothing to ask for" in refused.main
    assert [one.status for one in requests(shop)] == [RequestStatus.APPROVED]


def test_a_product_suspended_meanwhile_refuses(shop: Shop, browse: Browse) -> None:
    ann = browse("ann")
    opened = form(ann)
    shop.marketplace.products.suspend(shop.person("gov"), "orders")
    assert "suspended" in ann.refused(ann.send(opened, **GOOD), 409).main
    assert requests(shop) == []


def test_only_known_types_can_be_asked_for(shop: Shop, browse: Browse) -> None:
    ann = browse("ann")
    assert form(ann, f"{ADDRESS}?type=data-access")
    assert "`" not in ann.get(f"{ADDRESS}?type=other", 422).main
    ann.get("/placet/request?fullyQualifiedName=shop.visits&type=other", 422)
    assert ann.post(f"{ADDRESS}?type=other", form(ann).filled(**GOOD)).status_code == 422
    assert requests(shop) == []


def test_a_catalog_leads_from_a_source_to_the_one_form(shop: Shop, browse: Browse) -> None:
    for name in ("shop.visits", "warehouse.shop.visits", "service.database.shop.visits"):
        response = browse("ann").client.get(
            f"/placet/request?fullyQualifiedName={name}&type=data-access", headers={"X-Person": "ann"}
        )
        assert response.status_code == 303
        assert response.headers["Location"] == "/placet/products/quick/request-access?type=data-access"


def test_a_catalog_leads_to_a_choice_where_several_products_hold_the_source(shop: Shop, browse: Browse) -> None:
    page = browse("ann").get("/placet/request?fullyQualifiedName=shop.orders")
    links = [link.attributes["href"] for link in page.tree.one(class_="cards").all("a")]
    assert links == [f"/placet/products/{id}/request-access?type=data-access" for id in ("both", "orders")]


@pytest.mark.parametrize("name", ["shop.none", "a.b.c.d", "shop.%3Cb%3E"])
def test_a_source_that_no_product_holds_is_unknown(shop: Shop, browse: Browse, name: str) -> None:
    assert "Unknown data source" in browse("ann").get(f"/placet/request?fullyQualifiedName={name}", 404).main


def test_a_source_only_in_products_out_of_sight_is_unknown(shop: Shop, browse: Browse) -> None:
    gov, products = shop.person("gov"), shop.marketplace.products
    for id in (shop.orders, shop.both):
        product = products.get(gov, id).card.product
        products.change(gov, replace(product, visible_to=frozenset({"privacy"})))
    assert "Unknown data source" in browse("ann").get("/placet/request?fullyQualifiedName=shop.orders", 404).main


@pytest.mark.parametrize("query", ["", "?fullyQualifiedName=", "?type=data-access"])
def test_a_catalog_that_names_no_source_is_told(shop: Shop, browse: Browse, query: str) -> None:
    assert "fullyQualifiedName" in browse("ann").get(f"/placet/request{query}", 422).main


BACK = "https%3A%2F%2Fcatalog.example%2Ftable"


def back_links(page: Page) -> list[str]:
    return [link.attributes["href"] for link in page.tree.all("a") if "Back to the catalog you" in link.text]


def test_the_way_back_to_a_listed_catalog_is_kept_to_the_end(shop: Shop, browse: Browse) -> None:
    ann = browse("ann")
    for name in ("shop.orders", "shop.none"):
        page = Page(ann.client.get(f"/placet/request?fullyQualifiedName={name}&return_to={BACK}", headers=ann.headers))
        assert back_links(page) == ["https://catalog.example/table"]
    led = ann.client.get(f"/placet/request?fullyQualifiedName=shop.visits&return_to={BACK}", headers=ann.headers)
    page = ann.get(led.headers["Location"])
    assert back_links(page) == ["https://catalog.example/table"]
    refused = ann.refused(ann.send(page.form("/request-access"), **{"for": "other"}), 422)
    assert back_links(refused) == ["https://catalog.example/table"]
    page = ann.follow(ann.send(refused.form("/request-access"), **{"for": "me"}))
    assert back_links(page) == ["https://catalog.example/table"]


@pytest.mark.parametrize(
    "elsewhere", ["https://evil.example/", "//evil.example", "javascript:alert(1)", "/\\evil.example"]
)
def test_no_page_leads_to_an_origin_that_is_not_listed(shop: Shop, browse: Browse, elsewhere: str, app: Flask) -> None:
    ann = browse("ann")
    asked = shop.ask("ann")
    for address in (
        f"{ADDRESS}?",
        f"/placet/requests/{asked}?",
        "/placet/request?fullyQualifiedName=shop.orders&",
        "/placet/request?fullyQualifiedName=shop.visits&",
        "/placet/request?fullyQualifiedName=shop.none&",
        "/placet/products/quick/request-access?",
    ):
        response = ann.client.get(address, query_string=None, headers=ann.headers)
        response = ann.client.get(f"{address}return_to={elsewhere}", headers=ann.headers)
        assert "evil" not in response.headers.get("Location", "")
        if response.status_code != 302:
            assert back_links(Page(response)) == []
    sent = form(ann, "/placet/products/quick/request-access")
    response = ann.post(f"{sent.action}&return_to={elsewhere}", sent.fields)
    assert response.headers["Location"].startswith("/placet/requests/")
    assert "evil" not in response.headers["Location"]
    assert "alert" not in response.headers["Location"]
