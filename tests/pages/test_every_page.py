"""What holds for each page, also for those that will be added: these tests find the pages in the app's own table."""

from __future__ import annotations

import shutil
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from placet.domain.clock import SetClock
from placet.pages.headers import CONTENT_SECURITY_POLICY
from tests.pages.addresses import every_address, rules
from tests.pages.browser import Browser, Element, Form, Page, form_of
from tests.pages.conftest import host_at
from tests.pages.shop import NOW, Shop

PEOPLE = ("ann", "sam", "gov", "")
LABELLED = ("input", "select", "textarea")


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory, stocked: Path) -> Flask:
    """One host for all tests here."""
    database = tmp_path_factory.mktemp("looked-at") / "placet.db"
    shutil.copy(stocked, database)
    return host_at(database, SetClock(NOW))


@pytest.fixture(scope="module")
def addresses(app: Flask) -> list[str]:
    found = every_address(app, Shop(app.extensions["placet"].marketplace))
    assert len(found) > 20
    return found


@pytest.fixture(scope="module")
def answers(app: Flask, addresses: list[str]) -> list[TestResponse]:
    """What each address answers each person, asked and posted to without a token."""
    client = app.test_client()
    return [
        client.open(address, method=method, headers={"X-Person": person} if person else {})
        for address in addresses
        for person in PEOPLE
        for method in ("GET", "POST")
        if answers_to(app, address, method)
    ]


def answers_to(app: Flask, address: str, method: str) -> bool:
    return app.url_map.bind("localhost").test(address, method=method)


def pages(answers: list[TestResponse]) -> list[Page]:
    found = [Page(response) for response in answers if not response.headers.get("Location")]
    assert {200, 401, 403, 404} <= {page.status for page in found}
    return found


def test_every_answer_has_our_headers(answers: list[TestResponse]) -> None:
    for response in answers:
        assert response.headers["Content-Security-Policy"] == CONTENT_SECURITY_POLICY
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert response.headers["X-Frame-Options"] == "DENY"
        assert response.headers["Referrer-Policy"] == "same-origin"
        assert response.headers["Cache-Control"] == "no-store"


def test_no_answer_is_a_failure_or_sets_a_cookie(answers: list[TestResponse]) -> None:
    for response in answers:
        assert response.status_code < 500
        assert "Set-Cookie" not in response.headers


def test_the_policy_allows_no_script_and_nothing_from_elsewhere() -> None:
    assert CONTENT_SECURITY_POLICY == (
        "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; "
        "frame-ancestors 'none'; base-uri 'none'"
    )


def test_no_page_needs_what_the_policy_forbids(answers: list[TestResponse]) -> None:
    for page in pages(answers):
        for element in page.tree.all():
            assert element.tag not in ("script", "style", "iframe", "object", "embed", "base", "img")
            assert not [name for name in element.attributes if name.startswith("on") or name == "style"]
        for link in page.tree.all("link"):
            assert link.attributes["href"].startswith("/placet/assets/")


def test_every_page_has_its_landmarks_and_a_way_past_the_navigation(answers: list[TestResponse]) -> None:
    for page in pages(answers):
        assert page.tree.one("html").attributes["lang"] == "en"
        assert page.tree.one("title").text
        assert page.tree.one("header")
        assert page.tree.one("nav").attributes["aria-label"]
        assert page.tree.one("main").attributes["id"] == "main"
        assert next(iter(page.tree.one("body").all("a"))).attributes["href"] == "#main"
        assert len(list(page.tree.all("h1"))) == 1


def test_every_id_on_a_page_is_there_once_and_every_reference_finds_its_own(answers: list[TestResponse]) -> None:
    for page in pages(answers):
        ids = [element.attributes["id"] for element in page.tree.all() if "id" in element.attributes]
        assert len(set(ids)) == len(ids), page.main
        for element in page.tree.all():
            for name in ("for", "aria-labelledby", "aria-describedby"):
                assert set(element.attributes.get(name, "").split()) <= set(ids)
            href = element.attributes.get("href", "")
            assert not href.startswith("#") or href[1:] in ids


def test_every_field_has_a_label_and_every_group_a_legend(answers: list[TestResponse]) -> None:
    for page in pages(answers):
        inside = {id(field) for label in page.tree.all("label") for tag in LABELLED for field in label.all(tag)}
        named = {label.attributes.get("for") for label in page.tree.all("label")}
        for tag in LABELLED:
            for field in page.tree.all(tag):
                hidden = field.attributes.get("type") == "hidden"
                by_name = field.attributes.get("id") in named or field.attributes.get("aria-label")
                assert hidden or id(field) in inside or by_name, field
        for group in page.tree.all("fieldset"):
            assert first(group).tag == "legend"


def first(element: Element) -> Element:
    return next(child for child in element.children if isinstance(child, Element))


def test_every_table_says_what_its_columns_and_rows_are(answers: list[TestResponse]) -> None:
    tables = [table for page in pages(answers) for table in page.tree.all("table")]
    assert tables
    for table in tables:
        columns = list(table.one("thead").all("th", scope="col"))
        assert columns
        for row in table.one("tbody").all("tr"):
            assert next(iter(row.all("th"))).attributes["scope"] == "row"
            assert len([child for child in row.children if isinstance(child, Element)]) == len(columns)


def test_buttons_and_links_say_where_they_lead(answers: list[TestResponse]) -> None:
    for page in pages(answers):
        for element in (*page.tree.all("a"), *page.tree.all("button")):
            assert element.text


def test_every_post_carries_its_tokens(answers: list[TestResponse]) -> None:
    forms = [form for page in pages(answers) for form in page.tree.all("form", method="post")]
    assert forms
    for form in forms:
        assert form.one("input", name="placet_csrf").attributes["type"] == "hidden"


def test_every_address_that_takes_a_form_has_one_on_some_page(app: Flask, addresses: list[str]) -> None:
    """And what is sent from there gets past the fences: it is taken, answered, or refused for what is missing."""
    browsers = [Browser(app.test_client(), person) for person in PEOPLE if person]
    found = [(browser, form) for browser in browsers for address in addresses for form in forms_on(browser, address)]
    taken = set()
    for browser, form in found:
        taken.add(app.url_map.bind("localhost").match(urlsplit(form.action).path, method="POST")[0])
        assert browser.send(form).status_code in (200, 303, 409, 422)
    assert taken == {rule.endpoint for rule in rules(app, "POST")}


def forms_on(browser: Browser, address: str) -> list[Form]:
    """The forms that a page shows, if there is one."""
    response = browser.client.get(address, headers=browser.headers)
    elements = Page(response).tree.all("form", method="post") if response.status_code == 200 else ()
    return [form_of(element) for element in elements]


def test_nobody_sees_any_page_without_signing_in(app: Flask, addresses: list[str]) -> None:
    for address in addresses:
        if answers_to(app, address, "GET"):
            page = Browser(app.test_client(), "").get(address, 401)
            assert "Sign in first" in page.main


def test_who_is_not_active_sees_no_page(app: Flask, addresses: list[str]) -> None:
    for address in addresses:
        if answers_to(app, address, "GET"):
            assert "Not allowed" in Browser(app.test_client(), "gone").get(address, 403).main
