from __future__ import annotations

from collections.abc import Callable
from urllib.parse import parse_qs, quote, urlsplit

import pytest
from flask import Flask

from placet.identity import Principal
from tests.hosts.host import ME, bare_host, load

PAGE = "/placet/products/1/request-access?type=data-access&x=a%26b"


class Nobody:
    """An identity whose host has a login of its own."""

    def __call__(self) -> Principal | None:
        return None

    def login_url(self, next: str) -> str | None:
        return f"/enter?back={quote(next, safe='')}"


def redirected(app: Flask, page: str = PAGE) -> tuple[str, dict[str, list[str]]]:
    """Where a visitor is sent, without and with what is asked there."""
    answer = app.test_client().get(page)
    assert answer.status_code == 302
    parts = urlsplit(answer.headers["Location"])
    return parts._replace(query="").geturl(), parse_qs(parts.query)


@pytest.fixture
def make_app(sqlite_url: str) -> Callable[..., Flask]:
    def make(identity: Callable[[], Principal | None], login_url: str = "") -> Flask:
        app = bare_host(sqlite_url, login_url=login_url)
        load(app, identity)
        return app

    return make


def test_a_page_sends_visitors_to_the_login_of_the_host_and_back(make_app: Callable[..., Flask]) -> None:
    assert redirected(make_app(Nobody())) == ("/enter", {"back": [PAGE]})


@pytest.mark.parametrize(
    ("setting", "place", "asked"),
    [
        ("/login", "/login", {"next": [PAGE]}),
        ("/login?realm=a%20b", "/login", {"realm": ["a b"], "next": [PAGE]}),
        ("https://login.example/in", "https://login.example/in", {"next": [f"http://localhost{PAGE}"]}),
    ],
)
def test_the_setting_comes_before_what_the_identity_says(
    make_app: Callable[..., Flask], setting: str, place: str, asked: dict[str, list[str]]
) -> None:
    assert redirected(make_app(Nobody(), setting)) == (place, asked)


def test_without_a_login_a_page_says_that_nobody_is_signed_in(make_app: Callable[..., Flask]) -> None:
    assert make_app(lambda: None).test_client().get(PAGE).status_code == 401


def test_the_api_sends_nobody_anywhere(make_app: Callable[..., Flask]) -> None:
    answer = make_app(Nobody(), "/login").test_client().get(ME)
    assert answer.status_code == 401
    assert answer.json
    assert answer.json["code"] == "unauthenticated"
