"""From which site a request comes, by what the browser says."""

from __future__ import annotations

import pytest
from flask import Flask, request

from placet.identity.origin import from_elsewhere


@pytest.mark.parametrize(
    ("headers", "elsewhere"),
    [
        ({}, False),
        ({"Sec-Fetch-Site": "same-origin"}, False),
        ({"Sec-Fetch-Site": "none"}, False),
        ({"Sec-Fetch-Site": "same-site"}, True),
        ({"Sec-Fetch-Site": "cross-site"}, True),
        ({"Sec-Fetch-Site": "something new"}, True),
        ({"Sec-Fetch-Site": "", "Origin": "https://evil.example"}, True),
        ({"Sec-Fetch-Site": "same-origin", "Origin": "https://behind-a-proxy.example"}, False),
        ({"Sec-Fetch-Site": "cross-site", "Origin": "http://market.example"}, True),
        ({"Origin": "http://market.example"}, False),
        ({"Origin": "https://market.example"}, False),
        ({"Origin": "http://market.example:81"}, True),
        ({"Origin": "http://market.example.evil.example"}, True),
        ({"Origin": "null"}, True),
        ({"Origin": ""}, True),
    ],
)
def test_another_site_is_one_that_the_browser_calls_so_or_else_one_of_another_name(
    headers: dict[str, str], elsewhere: bool
) -> None:
    with Flask("host").test_request_context(base_url="http://market.example", headers=headers):
        assert from_elsewhere(request) is elsewhere
