"""The page on which clear values of masked columns are asked for."""

from __future__ import annotations

from dataclasses import replace

import pytest

from placet.domain.masks import Mask, MaskKind
from placet.domain.policies import DataPolicy
from placet.domain.requests import ColumnRef, RequestType
from placet.domain.scopes import NamedColumns
from tests.pages.conftest import Browse
from tests.pages.shop import Shop

PAGE = "/placet/products/both/request-access?type=masking-exception"


@pytest.fixture
def masked(shop: Shop) -> Shop:
    """The product `both` with a form for exceptions, and one column of its first source masked."""
    gov = shop.person("gov")
    view = shop.marketplace.products.get(gov, "both")
    shop.marketplace.products.change(gov, replace(view.card.product, masking_form="both"))
    source = view.sources[0]
    scope = NamedColumns(source.id, frozenset({source.columns[0].id}))
    shop.marketplace.data_policies.create(gov, DataPolicy("", "Secret", Mask(MaskKind.NULL), scope))
    return shop


def ticked(shop: Shop, number: int) -> str:
    source = shop.marketplace.products.get(shop.person("gov"), "both").sources[0]
    return f"{source.id}:{source.columns[number].id}"


def test_each_column_says_how_one_sees_it(masked: Shop, browse: Browse) -> None:
    page = browse("sam").get(PAGE)
    values = [one.attributes["value"] for one in page.tree.all("input", name="columns")]
    assert ticked(masked, 0) in values
    assert "not masked" in page.main
    assert "It gives clear values, never access to the table itself." in page.main


def test_what_was_ticked_is_asked_for(masked: Shop, browse: Browse) -> None:
    sam = browse("sam")
    page = sam.follow(sam.send(sam.get(PAGE).form("/request-access"), columns=ticked(masked, 0)))
    [card] = masked.marketplace.requests.list(masked.person("sam"), type=RequestType.MASKING_EXCEPTION).items
    [column] = card.request.columns
    assert f"{column.source}:{column.column}" == ticked(masked, 0)
    assert column.name in page.main


@pytest.mark.requirement("R10", clause="columns of an exception")
def test_the_review_shows_each_column_with_tags_and_what_masks_it(masked: Shop, browse: Browse) -> None:
    source, _, number = ticked(masked, 0).partition(":")
    made = masked.marketplace.requests.submit(
        masked.person("ann"), "both", type=RequestType.MASKING_EXCEPTION, columns=[ColumnRef(source, int(number))]
    )
    row = browse("sam").get(f"/placet/review/{made.id}").tree.one(id="columns").one("tbody").text
    assert f"shop.{source}.id" in row
    assert "Finance" in row
    assert "Secret: nothing at all (NULL)" in row


def test_a_column_that_is_not_masked_comes_back_with_the_reason(masked: Shop, browse: Browse) -> None:
    sam = browse("sam")
    page = sam.refused(sam.send(sam.get(PAGE).form("/request-access"), columns=ticked(masked, 1)), 422)
    assert "is not masked" in page.main
    assert "checked" in page.tree.one("input", name="columns", value=ticked(masked, 1)).attributes


def test_where_nobody_can_ask_the_page_says_so(shop: Shop, browse: Browse) -> None:
    assert "Nobody can ask" in browse("sam").get(PAGE.replace("both", "orders"), 404).main


@pytest.mark.requirement("M5", clause="tabs")
def test_a_product_shows_details_sources_columns_as_one_sees_them_members_requests_and_who_decides(
    masked: Shop, browse: Browse
) -> None:
    gov = masked.person("gov")
    masked.ask("sam", "both")
    source = masked.marketplace.products.get(gov, "both").sources[0]
    masked.marketplace.sources.set_tags(
        gov, source.id, frozenset({"HR.Pay"}), {source.columns[0].name: frozenset({"PII"})}
    )
    page = browse("gov").get("/placet/products/both")
    titles = [one.text for one in page.tree.all("h2")]
    assert {"Details", "Data sources", "Requests you may read", "Members"} <= set(titles)
    view = masked.marketplace.products.get(gov, "both")
    assert {"Who decides", "Who decides about clear values"} <= {one.text for one in page.tree.all("dt")}
    assert all(one.label in page.main for one in view.form.questions)
    table = next(one for one in page.tree.all("table") if source.columns[0].name in one.text)
    row = next(one for one in table.all("tr") if source.columns[0].name in one.text)
    assert "PII" in row.text
    assert row.text.endswith("masked")
    assert "Sam" in page.main
