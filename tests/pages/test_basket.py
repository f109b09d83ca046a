from __future__ import annotations

from dataclasses import replace

import pytest

from placet.domain.requests import AccessRequest, Whom
from tests.pages.browser import Browser, Page
from tests.pages.conftest import Browse
from tests.pages.shop import Shop

ORDERS = {
    "6:orders:answer:why": "Forecasts",
    "6:orders:answer:tool": "SQL",
    "6:orders:answer:export": "no",
    "6:orders:agreement:": "accepted",
}


def requests(shop: Shop) -> list[AccessRequest]:
    return [card.request for card in shop.marketplace.requests.list(shop.person("gov")).items]


def put(browser: Browser, *products: str) -> Page:
    """Put products into the basket from their own pages; the basket."""
    for product in products:
        browser.follow(browser.send(browser.get(f"/placet/products/{product}").form(f"/products/{product}/basket")))
    return browser.get("/placet/basket")


@pytest.mark.requirement("R1", clause="several at once")
def test_all_of_the_basket_is_sent_with_one_form_each_with_its_own_answers(shop: Shop, browse: Browse) -> None:
    ann = browse("ann")
    page = put(ann, "orders", "both", "quick")
    assert [link.text for link in page.tree.one(id="all").all("h2")] == [
        "Both product",
        "Orders product",
        "Quick product",
    ]
    ann.follow(ann.send(page.form("/basket"), **ORDERS))
    made = {one.product: one for one in requests(shop)}
    assert sorted(made) == ["both", "orders", "quick"]
    assert made["orders"].answers["why"] == "Forecasts"
    assert made["orders"].acceptance
    assert "There is nothing in it" in ann.get("/placet/basket").main


def test_what_is_wrong_is_said_at_its_product_and_nothing_is_sent(shop: Shop, browse: Browse) -> None:
    ann = browse("ann")
    form = put(ann, "quick", "orders").form("/basket")
    page = ann.refused(ann.send(form, **ORDERS | {"6:orders:answer:tool": ""}), 422)
    assert requests(shop) == []
    (link,) = page.tree.one(role="alert").all("a")
    field = link.attributes["href"].removeprefix("#")
    assert link.text.startswith("Orders product: Which tool?")
    assert page.tree.one(id=field)
    assert page.tree.one(id=f"{field}-wrong").text == link.text
    assert page.form("/basket").fields["6:orders:answer:why"] == "Forecasts"
    page = ann.refused(ann.send(form, **ORDERS | {"6:orders:agreement:": ""}), 422)
    assert page.tree.one(id="item-1-agreement-wrong").text.startswith("Orders product: accept the agreement")


def test_a_basket_is_sent_for_another_person_and_for_a_group(shop: Shop, browse: Browse) -> None:
    ann = browse("ann")
    ann.follow(ann.send(put(ann, "both").form("/basket"), **{"for": "other", "other": "Anna Berg"}))
    ann.follow(ann.send(put(ann, "both").form("/basket"), **{"for": "group:analysts"}))
    assert [one.whom.id for one in requests(shop)] in (["analysts", "anna"], ["anna", "analysts"])
    page = ann.refused(ann.send(put(ann, "both").form("/basket"), **{"for": "other", "other": "nobody at all"}), 422)
    assert page.tree.one(id="for-other-wrong").text


def test_one_product_that_was_asked_for_holds_all_of_them_and_is_named(shop: Shop, browse: Browse) -> None:
    ann = browse("ann")
    form = put(ann, "quick", "both").form("/basket")
    asked = shop.ask("ann")
    page = ann.refused(ann.send(form), 409)
    assert page.tree.one(id="item-1-title-wrong").text.startswith("Both product: request")
    assert [one.id for one in requests(shop)] == [asked]
    ann.follow(ann.send(page.form("/products/both/out-of-basket")))
    ann.follow(ann.send(ann.get("/placet/basket").form("/basket")))
    assert {one.product for one in requests(shop)} == {"both", "quick"}


def test_what_can_not_be_asked_for_any_more_is_shown_and_not_sent(shop: Shop, browse: Browse) -> None:
    ann = browse("ann")
    form = put(ann, "quick", "both").form("/basket")
    shop.marketplace.products.suspend(shop.person("gov"), "both")
    page = ann.refused(ann.send(form), 409)
    assert "Both product can't be asked for: Both product is suspended" in page.main
    ann.follow(ann.send(page.form("/basket")))
    assert [one.product for one in requests(shop)] == ["quick"]


def test_what_left_the_basket_since_the_page_was_opened_is_not_asked_for(shop: Shop, browse: Browse) -> None:
    ann = browse("ann")
    form = put(ann, "quick", "both").form("/basket")
    shop.marketplace.baskets.remove(shop.person("ann"), "both")
    assert "the basket has changed" in ann.refused(ann.send(form), 404).main
    assert requests(shop) == []


def test_a_basket_is_nobody_elses(shop: Shop, browse: Browse) -> None:
    put(browse("ann"), "both")
    assert "There is nothing in it" in browse("anna").get("/placet/basket").main


@pytest.mark.requirement("R9", clause="by what someone has access")
def test_my_access_names_each_way_in(shop: Shop, browse: Browse) -> None:
    assert "There is nothing here" in browse("ann").get("/placet/access").main
    shop.ask("ann", "quick")
    page = browse("ann").get("/placet/access")
    row = page.tree.one("tbody").one("tr").text
    assert "shop.visits" in row
    assert "Quick product" in row
    assert "directly" in row
    assert "Access of Ann Lee" in browse("gov").get("/placet/access?person=ann").main
    assert "Not allowed" in browse("max").get("/placet/access?person=ann", 403).main


@pytest.mark.requirement("R9", clause="by what someone has access")
def test_the_page_that_revokes_says_what_is_kept(shop: Shop, browse: Browse) -> None:
    shop.ask("ann", "quick")
    (view,) = shop.marketplace.grants.list(shop.person("ann")).items
    address = f"/placet/grants/{view.grant.id}/revoke"
    assert "Nothing else gives Ann Lee access to the data sources of Quick product" in browse("gov").get(address).main
    more = shop.marketplace.products
    with shop.marketplace.context.store.reading() as session:
        product = session.products.get("quick")
    assert product
    again = replace(product, id="again", name="Again product", revision=1)
    more.create(shop.person("gov"), again)
    more.publish(shop.person("gov"), "again")
    shop.marketplace.requests.submit(shop.person("ann"), "again", whom=Whom("ann"))
    page = browse("gov").get(address).main
    assert "These other ways in to the same data stay" in page
    assert "Again product" in page
