from __future__ import annotations

import pytest

from placet.pages.return_to import allowed_return, origin_of

LISTED = ("https://catalog.example", "http://localhost:8585/", "https://ünicode.example")


@pytest.mark.parametrize(
    "address",
    [
        "https://catalog.example",
        "https://catalog.example/table/shop.orders?tab=schema#columns",
        "https://catalog.example:443/",
        "HTTPS://Catalog.Example/",
        "http://localhost:8585/explore",
        "https://ünicode.example/",
    ],
)
def test_addresses_of_listed_catalogs_lead_back(address: str) -> None:
    assert allowed_return(address, LISTED) == address


@pytest.mark.parametrize(
    "address",
    [
        "",
        "/placet/",
        "//catalog.example/",
        "//evil.example/",
        "///evil.example/",
        "https:evil.example",
        "https:/evil.example",
        "https:///evil.example",
        "https://evil.example/",
        "https://evil.example/https://catalog.example",
        "https://evil.example?https://catalog.example",
        "https://evil.example#https://catalog.example",
        "https://evil.example\\@catalog.example/",
        "https://evil.example\\.catalog.example/",
        "https:\\\\evil.example",
        "https://catalog.example.evil.example/",
        "https://notcatalog.example/",
        "https://sub.catalog.example/",
        "https://catalog.example@evil.example/",
        "https://catalog.example:x@evil.example/",
        "https://user@catalog.example/",
        "https://catalog.example:8443/",
        "https://catalog.example:0/",
        "https://catalog.example:443443/",
        "https://catalog.example:port/",
        "https://catalog.example%2eevil.example/",
        "https://catalog.example./",
        "http://catalog.example/",
        "http://localhost/",
        "ftp://catalog.example/",
        "javascript:alert(1)//https://catalog.example",
        "data:text/html,<script>alert(1)</script>",
        " https://evil.example/",
        "https://catalog.example\t.evil.example/",
        "https://catalog.example\n/",
        "https://catalog.example /",
        "\x00https://catalog.example/",
        "https://catalog.example\u00a0.evil.example/",
        "HTTPS://EVIL.example/https://CATALOG.example",
        "JaVaScRiPt://catalog.example/%0aalert(1)",
        "https://catalog.example。evil.example/",
        "https://catalog。example/",
        "https://ⓒatalog.example/",
        "https://cаtalog.example/",
        "https://xn--ctalog-4nf.example/",
        "https://catalog.example:443@evil.example/",
        "https://catalog.example\u2028.evil.example/",
        "blob:https://catalog.example/x",
        "view-source:https://catalog.example/",
        "https://[::1",
        "https://[catalog.example]/",
    ],
)
def test_no_other_address_does(address: str) -> None:
    assert allowed_return(address, LISTED) == ""


def test_no_address_is_allowed_where_none_is_listed() -> None:
    assert allowed_return("https://catalog.example/", ()) == ""


def test_a_listed_origin_that_is_none_allows_nothing() -> None:
    assert allowed_return("https://catalog.example/", ("", "catalog.example", "null", "*")) == ""
    assert allowed_return("", ("",)) == ""


def test_an_origin_has_its_port_said() -> None:
    assert origin_of("https://catalog.example/a") == "https://catalog.example:443"
    assert origin_of("http://catalog.example:81") == "http://catalog.example:81"
