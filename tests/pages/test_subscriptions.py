"""The pages of subscription policies: reading, making, changing and retiring them, and what that would mean."""

from __future__ import annotations

from dataclasses import replace

import pytest
from werkzeug.datastructures import MultiDict

from placet.domain.conditions import InGroup, Not
from placet.domain.row_filters import from_json
from placet.domain.scopes import InDomain, OnSource, Tagged
from placet.domain.subscriptions import SubscriptionKind, SubscriptionPolicy
from tests.pages.browser import Browser, Page
from tests.pages.conftest import Browse
from tests.pages.shop import Shop

NEW = {"name": "Finance", "kind": "allow", "condition": '{"group": "finance"}', "on": "source", "source": "shop.orders"}
FINANCE = InGroup("finance")


def preview(browser: Browser, address: str, values: dict[str, str]) -> Page:
    """What the second button of the form at an address shows."""
    form = browser.get(address).form(address.removeprefix("/placet"))
    return Page(browser.post(form.action, MultiDict([*form.filled(**values).items(multi=True), ("do", "preview")])))


def kept(shop: Shop) -> list[SubscriptionPolicy]:
    return list(shop.marketplace.subscription_policies.list(shop.person("gov")).items)


@pytest.mark.parametrize(
    ("values", "wanted"),
    [
        ({}, (SubscriptionKind.ALLOW, OnSource("orders"), FINANCE)),
        ({"source": "orders"}, (SubscriptionKind.ALLOW, OnSource("orders"), FINANCE)),
        ({"kind": "guardrail", "on": "tag", "tag": "PII"}, (SubscriptionKind.GUARDRAIL, Tagged("PII"), FINANCE)),
        ({"on": "domain", "domain": "sales"}, (SubscriptionKind.ALLOW, InDomain("sales"), FINANCE)),
        (
            {"condition": '{"not": {"group": "finance"}}'},
            (SubscriptionKind.ALLOW, OnSource("orders"), Not(FINANCE)),
        ),
    ],
    ids=str,
)
def test_a_policy_is_made_as_it_was_filled_in_and_the_form_brings_it_back(
    shop: Shop, browse: Browse, values: dict[str, str], wanted: tuple[object, ...]
) -> None:
    gov = browse("gov")
    page = gov.follow(gov.send(gov.get("/placet/subscriptions/new").form("/subscriptions/new"), **NEW | values))
    [made] = kept(shop)
    assert (made.kind, made.scope, made.who) == wanted
    assert made.name in page.main
    assert str(made.who) in page.main
    again = gov.send(gov.get(f"/placet/subscriptions/{made.id}/change").form("/change"))
    assert again.status_code == 303
    assert kept(shop) == [replace(made, revision=2)]


def test_what_it_would_mean_is_shown_beside_what_was_filled_in(shop: Shop, browse: Browse) -> None:
    gov = browse("gov")
    page = preview(gov, "/placet/subscriptions/new", NEW)
    assert "Gain access" in page.main
    assert "shop.orders" in page.main
    assert page.form("/subscriptions/new").fields["name"] == "Finance"
    assert kept(shop) == []


def test_retiring_shows_who_loses_by_it_first(shop: Shop, browse: Browse) -> None:
    gov = browse("gov")
    gov.send(gov.get("/placet/subscriptions/new").form("/subscriptions/new"), **NEW)
    [made] = kept(shop)
    page = gov.get(f"/placet/subscriptions/{made.id}/retire")
    assert "Lose access" in page.main
    page = gov.follow(gov.send(page.form("/retire")))
    assert "retired" in page.main
    assert kept(shop) == []
    assert "Finance" in gov.get("/placet/subscriptions?retired=yes").main


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"kind": ""}, "allows, or guards"),
        ({"on": ""}, "say what it is on"),
        ({"on": "tag", "tag": "a..b"}, "no tag"),
        ({"condition": ""}, "write a condition"),
        ({"condition": "{"}, "no JSON"),
        ({"name": " "}, "1 to 255 characters"),
    ],
    ids=str,
)
def test_what_is_wrong_is_told_and_nothing_is_kept(
    shop: Shop, browse: Browse, values: dict[str, str], told: str
) -> None:
    gov = browse("gov")
    page = gov.refused(gov.send(gov.get("/placet/subscriptions/new").form("/subscriptions/new"), **NEW | values), 422)
    assert told in page.tree.one(role="alert").text
    assert kept(shop) == []


@pytest.mark.parametrize("who", ["ann", "sam", "max", "out"])
def test_policies_are_for_those_who_govern_them(shop: Shop, browse: Browse, who: str) -> None:
    for address in ("", "/new"):
        assert browse(who).get(f"/placet/subscriptions{address}", 403)


ROWS = {"name": "Rows", "mask": "rows", "whom": "all", "on": "columns", "source": "shop.orders", "columns": "customer"}


@pytest.mark.parametrize(
    ("values", "filter"),
    [
        ({"comparison": "=", "values": "EU", "type": "text"}, {"=": "EU"}),
        ({"comparison": "in", "values": "EU\r\nUS", "type": "text"}, {"in": ["EU", "US"]}),
        ({"comparison": ">=", "values": "2.5", "type": "number"}, {">=": 2.5}),
        ({"comparison": "<", "values": "2026-01-31", "type": "date"}, {"<": {"date": "2026-01-31"}}),
        ({"comparison": "=", "values": "True", "type": "true or false"}, {"=": True}),
        ({"comparison": "in", "attribute": "region"}, {"in": {"attribute": "region"}}),
    ],
    ids=str,
)
def test_a_row_filter_is_made_as_it_was_filled_in_and_the_form_brings_it_back(
    shop: Shop, browse: Browse, values: dict[str, str], filter: dict[str, object]
) -> None:
    gov = browse("gov")
    page = gov.follow(gov.send(gov.get("/placet/policies/new").form("/policies/new"), **ROWS | values))
    [made] = shop.marketplace.data_policies.list(shop.person("gov")).items
    assert (made.mask, made.filter) == (None, from_json(filter))
    assert "Filters rows by" in page.main
    gov.send(gov.get(f"/placet/policies/{made.id}/change").form("/change"))
    [same] = shop.marketplace.data_policies.list(shop.person("gov")).items
    assert same == replace(made, revision=2)


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"comparison": ""}, "choose how"),
        ({"comparison": "=", "values": "x", "type": "number"}, "is no number"),
        ({"comparison": "=", "values": "x", "type": "date"}, "is no date"),
        ({"comparison": "=", "values": "x", "type": "true or false"}, "neither true nor false"),
        ({"comparison": "=", "values": ""}, "with one value"),
    ],
    ids=str,
)
def test_what_is_wrong_with_a_row_filter_is_told_beside_it(
    shop: Shop, browse: Browse, values: dict[str, str], told: str
) -> None:
    gov = browse("gov")
    page = gov.refused(gov.send(gov.get("/placet/policies/new").form("/policies/new"), **ROWS | values), 422)
    assert told in page.tree.one(id="filter-wrong").text


def test_what_a_data_policy_would_mean_is_shown(shop: Shop, browse: Browse) -> None:
    gov = browse("gov")
    gov.send(gov.get("/placet/subscriptions/new").form("/subscriptions/new"), **NEW)
    page = preview(gov, "/placet/policies/new", ROWS | {"comparison": "in", "attribute": "region"})
    assert "See fewer rows" in page.main
    assert not shop.marketplace.data_policies.list(shop.person("gov")).items
