"""Managing data products on pages that run no script."""

from __future__ import annotations

import pytest
from werkzeug.test import TestResponse

from placet.domain.products import ProductState
from placet.domain.terms import Duration
from placet.pages.product_form import steward, written
from tests.pages.browser import form_of
from tests.pages.conftest import Browse
from tests.pages.shop import Shop


def new(browse: Browse, **values: str | list[str]) -> TestResponse:
    """What comes of a new product described so."""
    form = browse("max").get("/placet/manage/new-product?domain=sales").form("/new-product")
    said: dict[str, str | list[str]] = {
        "name": "Refunds",
        "form": "both:1",
        "sight": "everyone",
    }
    return browse("max").post(form.action, form.filled(**(said | values)))


@pytest.mark.requirement("P4", clause="products")
def test_only_those_who_manage_find_and_open_the_pages(shop: Shop, browse: Browse) -> None:
    assert "Manage products" in browse("max").get("/placet/").tree.one("nav").text
    assert "Manage products" not in browse("ann").get("/placet/").tree.one("nav").text
    assert "no such data product" in browse("ann").get("/placet/manage/products").main
    for path in ("new-product?domain=sales", "products/both", "products/both/delete"):
        browse("ann").get(f"/placet/manage/{path}", 403)
    browse("max").get("/placet/manage/new-product?domain=web", 403)
    browse("max").get(f"/placet/manage/products/{shop.quick}", 403)


@pytest.mark.requirement("M1", clause="what a product has")
def test_a_product_is_described_with_every_field_and_published(shop: Shop, browse: Browse) -> None:
    page = browse("max").follow(
        new(
            browse,
            description="What was paid back.",
            expert="max",
            masking_form="both:1",
            maximum="90 days",
            sight="groups",
            groups="finance\nprivacy",
            links="https://docs.example/a\n https://docs.example/b",
        )
    )
    browse("max").follow(browse("max").send(form_of(page.tree.one("form", method="post")), chosen=["refunds"]))
    found = shop.marketplace.products.managed(shop.person("max"), state=ProductState.DRAFT).items[0]
    assert (found.name, found.sources, found.masking_form) == ("Refunds", ("refunds",), "both")
    assert "Max Manager" in browse("max").get(f"/placet/products/{found.id}").main
    assert (found.maximum, found.visible_to) == (Duration.parse("90 days"), {"finance", "privacy"})
    assert found.links == ("https://docs.example/a", "https://docs.example/b")
    confirm = browse("max").get(f"/placet/manage/products/{found.id}/publish").form("/publish")
    assert "Refunds" in browse("max").follow(browse("max").send(confirm)).main
    assert "Refunds" in browse("sam").get("/placet/").main
    assert "Refunds" not in browse("ann").get("/placet/").main


@pytest.mark.parametrize(
    ("wrong", "status", "said"),
    [
        ({"name": "BOTH product"}, 409, "choose another name"),
        ({"sight": "groups"}, 422, "name at least one"),
        ({"groups": "finance"}, 422, "name no group"),
        ({"sight": "groups", "groups": "nobody"}, 422, "no group"),
        ({"maximum": "for ever"}, 422, "for ever"),
        ({"links": "ftp://a"}, 422, "ftp://a"),
        ({"stewards": "sam"}, 422, "no line of stewards"),
        ({"stewards": "user: sam"}, 422, "no form of it asks them"),
    ],
)
def test_what_can_not_be_comes_back_as_it_was_written(
    shop: Shop, browse: Browse, wrong: dict[str, str], status: int, said: str
) -> None:
    page = browse("max").refused(new(browse, **wrong), status)
    assert said in page.main
    fields = page.form("/new-product").fields
    assert {name: fields[name] for name in wrong} == wrong


def test_who_has_not_seen_the_latest_change_overwrites_nothing(shop: Shop, browse: Browse) -> None:
    form = browse("max").get("/placet/manage/products/both").form("/both")
    step = browse("max").get("/placet/manage/products/both/suspend").form("/suspend")
    assert browse("max").send(form, description="first").status_code == 303
    page = browse("max").refused(browse("max").send(form, description="second"), 409)
    assert page.form("/both").fields["description"] == "second"
    browse("max").refused(browse("max").send(step), 409)
    assert shop.marketplace.products.get(shop.person("max"), "both").card.product.description == "first"


def test_a_step_says_what_follows_before_it_is_taken(shop: Shop, browse: Browse) -> None:
    shop.ask("ann")
    page = browse("max").get("/placet/manage/products/both/delete")
    assert "0 grants will be revoked and 1 request canceled" in page.main
    browse("max").follow(browse("max").send(page.form("/delete")))
    assert "Both product" in browse("max").get("/placet/manage/products?state=deleted").main
    assert "no such step" in browse("max").get("/placet/manage/products/both/publish").main


@pytest.mark.parametrize(
    "line",
    [
        "user: sam",
        "group: finance",
        "attribute: team = pay",
        "global-permission: GOVERNANCE",
        "domain-permission: manage-data-products",
        "domain-permission: manage-tags = web",
    ],
)
def test_every_kind_of_steward_source_has_a_line(line: str) -> None:
    assert written(steward(line)) == line
    assert not steward(line).problem
