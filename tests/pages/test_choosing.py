"""Choosing the data sources of a data product: searched on the server, confirmed where people gain or lose access."""

from __future__ import annotations

import pytest
from werkzeug.datastructures import MultiDict

from placet.domain.products import Column, DataSource
from placet.domain.requests import Verdict
from tests.pages.browser import Browser, Form, Page, form_of
from tests.pages.conftest import Browse
from tests.pages.shop import Shop

ADDRESS = "/placet/manage/products/both/sources"
MANY = 130


@pytest.fixture
def many(shop: Shop) -> None:
    """More sources in the domain than a page shows; every tenth is tagged."""
    with shop.marketplace.context.store.writing() as session:
        for number in range(MANY):
            tags = frozenset({"Old"}) if number % 10 == 0 else frozenset()
            name, columns = f"year_{number:03}", (Column(1, "id", "bigint"),)
            session.sources.save(DataSource(name, "lake", "archive", name, columns, tags, frozenset({"sales"})))


def picker(page: Page) -> Form:
    """The form that is sent, not the one that searches."""
    return form_of(page.tree.one("form", method="post"))


def shown(page: Page) -> list[str]:
    return picker(page).fields.getlist("shown")


def send(browser: Browser, page: Page, **values: str | list[str]) -> Page:
    """What comes of sending the form of a page with other fields, names of buttons among them."""
    form = picker(page)
    sent: MultiDict[str, str] = form.fields.copy()
    for name, value in values.items():
        sent.setlist(name, value if isinstance(value, list) else [value])
    response = browser.post(form.action, sent)
    return browser.follow(response) if response.status_code == 303 else Page(response)


def sources_of(shop: Shop, product: str = "both") -> set[str]:
    return set(shop.marketplace.products.get(shop.person("gov"), product).card.product.sources)


@pytest.mark.usefixtures("many")
def test_sources_are_searched_filtered_and_paged_on_the_server(browse: Browse) -> None:
    browser = browse("max")
    page = browser.get(ADDRESS)
    assert len(shown(page)) == 50
    pages = [set(shown(page))]
    while onward := [link for link in page.tree.all("a") if link.text == "Next page"]:
        page = browser.get(onward[0].attributes["href"])
        pages.append(set(shown(page)))
    assert sum(map(len, pages)) == len(set().union(*pages)) == MANY + 2
    assert shown(browser.get(f"{ADDRESS}?search=year_007")) == ["year_007"]
    assert len(shown(browser.get(f"{ADDRESS}?tag=Old"))) == MANY / 10
    assert set(shown(browser.get(f"{ADDRESS}?held=in"))) == {"orders", "refunds"}
    assert "no such data source" in browser.get(f"{ADDRESS}?held=out&target=warehouse").main
    browser.get(f"{ADDRESS}?held=sideways", 422)


def give(shop: Shop, *people: str) -> None:
    """Access for each of these people, approved by both stewards."""
    for person in people:
        request = shop.ask(person)
        for steward in ("sam", "sue"):
            shop.marketplace.requests.determine(shop.person(steward), request, verdict=Verdict.APPROVE, reason="Yes")


def test_a_published_product_changes_after_it_was_shown_who_gains_and_loses_what(shop: Shop, browse: Browse) -> None:
    give(shop, "ann", "anna")
    browser = browse("max")
    page = send(browser, browser.get(ADDRESS), chosen=["orders"])
    assert "1 data source is taken out: 2 people lose access" in page.main
    assert "shop.refunds" in page.tree.one("tbody").text
    assert sources_of(shop) == {"orders", "refunds"}
    page = send(browser, page)
    assert sources_of(shop) == {"orders"}
    page = send(browser, page, chosen=["orders", "refunds"])
    assert "1 data source is put in: 2 people gain access" in page.main
    send(browser, page)
    assert sources_of(shop) == {"orders", "refunds"}


@pytest.mark.usefixtures("many")
def test_all_that_were_found_are_put_in_and_taken_out_at_once(shop: Shop, browse: Browse) -> None:
    browser = browse("max")
    page = send(browser, browser.get(f"{ADDRESS}?search=year"), whole="in")
    assert f"{MANY} data sources are put in: 0 people gain" in page.main
    send(browser, page)
    assert len(sources_of(shop)) == MANY + 2
    send(browser, send(browser, browser.get(f"{ADDRESS}?held=in&target=lake"), whole="out"))
    assert sources_of(shop) == {"orders", "refunds"}


@pytest.mark.usefixtures("many")
def test_what_was_not_looked_at_is_not_confirmed(shop: Shop, browse: Browse) -> None:
    browser = browse("max")
    page = send(browser, browser.get(f"{ADDRESS}?search=year"), whole="in")
    with shop.marketplace.context.store.writing() as session:
        session.sources.save(DataSource("late", "lake", "archive", "year_late", domains=frozenset({"sales"})))
    page = send(browser, page)
    assert page.status == 409
    assert f"{MANY + 1} data sources are put in" in page.main
    assert sources_of(shop) == {"orders", "refunds"}


def test_who_has_not_seen_the_latest_change_changes_nothing(shop: Shop, browse: Browse) -> None:
    browser = browse("max")
    early = browser.get(ADDRESS)
    first = send(browser, early, chosen=["orders"])
    send(browser, send(browser, early, chosen=["refunds"]))
    refused = send(browser, first)
    assert refused.status == 409
    assert sources_of(shop) == {"refunds"}


def test_the_last_source_of_a_published_product_stays(shop: Shop, browse: Browse) -> None:
    browser = browse("max")
    page = send(browser, send(browser, browser.get(ADDRESS), chosen=[]))
    assert page.status == 422
    assert "add at least one" in page.main
    assert sources_of(shop) == {"orders", "refunds"}


def test_what_has_left_the_domain_is_shown_as_that_and_may_be_taken_out(shop: Shop, browse: Browse) -> None:
    give(shop, "ann")
    with shop.marketplace.context.store.writing() as session:
        session.sources.save(DataSource("refunds", "warehouse", "shop", "refunds", domains=frozenset({"web"})))
    browser = browse("max")
    page = browser.get(f"{ADDRESS}?held=in")
    assert "left the domain" in page.main
    page = send(browser, page, chosen=["orders"])
    assert "0 people lose" in page.main
    send(browser, page)
    assert sources_of(shop) == {"orders"}


def test_only_who_manages_the_product_chooses(browse: Browse) -> None:
    browse("ann").get(ADDRESS, 403)
    browse("max").get("/placet/manage/products/quick/sources", 403)
