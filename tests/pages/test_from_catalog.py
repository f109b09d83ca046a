"""The way from a catalog to the form, in the words of each catalog."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.pages.conftest import Browse

GUIDE = Path(__file__).parents[2] / "docs" / "catalogs.md"
EXAMPLES = re.findall(r"https://server\.example(/placet/request\?\S+)", GUIDE.read_text())


def test_each_example_of_the_guide_leads_to_the_form(browse: Browse) -> None:
    assert len(EXAMPLES) >= 5
    for address in EXAMPLES:
        led = browse("ann").client.get(address, headers={"X-Person": "ann"})
        assert (led.status_code, urlsplit(led.headers["Location"]).path) == (
            303,
            "/placet/products/quick/request-access",
        ), address


def test_type_columns_and_way_back_are_kept(browse: Browse) -> None:
    back = "https://catalog.example/table"
    query = f"fullyQualifiedName=shop.{{}}&type=data-access&columns=a&columns=b%26c&return_to={back}"
    kept = {"type": ["data-access"], "columns": ["a", "b&c"], "return_to": [back]}
    led = browse("ann").client.get(f"/placet/request?{query.format('visits')}", headers={"X-Person": "ann"})
    assert parse_qs(urlsplit(led.headers["Location"]).query) == kept
    choice = browse("ann").get(f"/placet/request?{query.format('orders')}")
    for link in choice.tree.one(class_="cards").all("a"):
        assert parse_qs(urlsplit(link.attributes["href"]).query) == kept


@pytest.mark.parametrize(
    "evil", ["https://evil.example", "//evil.example", "javascript:alert(1)", "https:\\\\evil.example"]
)
def test_no_redirect_leads_elsewhere(browse: Browse, evil: str) -> None:
    address = f"/placet/request?fullyQualifiedName=shop.visits&return_to={evil}"
    led = browse("ann").client.get(address, headers={"X-Person": "ann"})
    assert led.headers["Location"] == "/placet/products/quick/request-access?type=data-access"


def test_a_product_shows_the_link_to_its_form_to_copy(browse: Browse) -> None:
    field = browse("ann").get("/placet/products/quick").tree.one("input", id="link")
    assert "readonly" in field.attributes
    assert field.attributes["value"] == "http://localhost/placet/products/quick/request-access?type=data-access"
