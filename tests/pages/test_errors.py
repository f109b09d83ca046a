from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask, Response, abort, request
from werkzeug.datastructures import WWWAuthenticate

from placet.domain.errors import NotFound
from tests.pages.browser import Browser, Page
from tests.pages.conftest import Browse, MakeApp
from tests.pages.shop import Shop

HOSTS = "the host's own page"


def host() -> Flask:
    """A host with error pages of its own, by class and by code."""
    app = Flask("host")
    app.register_error_handler(404, lambda error: (HOSTS, 404))
    app.register_error_handler(403, lambda error: (HOSTS, 403))
    app.register_error_handler(500, lambda error: (HOSTS, 500))
    app.register_error_handler(Exception, lambda error: (HOSTS, getattr(error, "code", 500)))
    app.add_url_rule("/fails/<int:code>", "fails", abort)
    app.add_url_rule("/breaks", "breaks", lambda: 1 / 0)
    return app


@pytest.fixture
def ann(make_app: MakeApp) -> Browser:
    return Browser(make_app(host()).test_client(), "ann")


@pytest.mark.parametrize("address", ["/fails/404", "/fails/403", "/fails/409", "/breaks", "/none", "/placetx/"])
def test_the_hosts_error_pages_stay_its_own(ann: Browser, address: str) -> None:
    response = ann.client.get(address, headers=ann.headers)
    assert response.get_data(as_text=True) == HOSTS
    assert "Content-Security-Policy" not in response.headers
    assert "Cache-Control" not in response.headers


def test_an_address_below_the_prefix_that_is_no_page_is_the_hosts(ann: Browser) -> None:
    assert ann.client.get("/placet/none", headers=ann.headers).get_data(as_text=True) == HOSTS


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/placet/products/none", 404),
        ("/placet/products/none/request-access", 404),
        ("/placet/requests/none", 404),
        ("/placet/review/none", 404),
        ("/placet/grants/none/revoke", 404),
        ("/placet/assets/none.css", 404),
        ("/placet/requests?status=none", 422),
        ("/placet/?cursor=none", 422),
    ],
)
def test_what_goes_wrong_on_our_pages_is_shown_on_a_page_of_ours(ann: Browser, address: str, status: int) -> None:
    page = ann.get(address, status)
    assert page.tree.one("nav")
    assert page.tree.one("h1").text


def test_what_nobody_foresaw_is_logged_and_nothing_of_it_shown(
    make_app: MakeApp, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    app = make_app(host())
    monkeypatch.setattr(app.extensions["placet"].marketplace.products, "catalog", lambda *_, **__: 1 / 0)
    page = Browser(app.test_client(), "ann").get("/placet/", 500)
    assert page.tree.one("nav")
    assert "division" not in page.html
    assert "ZeroDivisionError" in caplog.text


def test_a_host_that_refuses_before_us_keeps_what_it_says(make_app: MakeApp) -> None:
    app = make_app(host())
    app.before_request(lambda: abort(401, www_authenticate=WWWAuthenticate("basic")) if request.args else None)
    page = Browser(app.test_client(), "ann").get("/placet/?a=b", 401)
    assert page.response.headers["WWW-Authenticate"] == "Basic"
    assert page.response.mimetype == "text/html"
    assert page.tree.one("nav")


def test_a_host_that_answers_before_us_is_not_talked_over(make_app: MakeApp) -> None:
    app = make_app(host())
    app.before_request(lambda: abort(Response("closed for today", 503)))
    response = app.test_client().get("/placet/")
    assert (response.status_code, response.get_data(as_text=True)) == (503, "closed for today")
    assert "Content-Security-Policy" not in response.headers


def test_a_form_that_is_too_large_is_refused_on_our_page(make_app: MakeApp) -> None:
    app = make_app(host())
    app.config["MAX_CONTENT_LENGTH"] = 1_000
    ann = Browser(app.test_client(), "ann")
    form = ann.get("/placet/products/orders/request-access").form("/request-access")
    assert Page(ann.send(form, **{"answer:why": "x" * 2_000})).status == 413


def test_an_error_names_its_code_words_as_code_and_escapes_the_rest(ann: Browser) -> None:
    page = ann.get("/placet/requests/%3Cb%3E`x`", 404)
    assert "<b>" not in page.html


def test_visitors_are_sent_to_the_login_and_back_to_the_same_address(make_app: MakeApp) -> None:
    app = make_app(login_url="https://login.example/in?realm=a")
    visitor = Browser(app.test_client(), "")
    for address in ("/placet/", "/placet/products/orders?a=b&c=%2F%2Fevil.example", "/placet/request?type=x"):
        response = visitor.client.get(address)
        assert response.status_code == 302
        leads = urlsplit(response.headers["Location"])
        assert leads.netloc == "login.example"
        query = parse_qs(leads.query)
        assert query["realm"] == ["a"]
        assert query["next"] == [f"http://localhost{address}"]


def test_a_login_on_this_server_gets_the_path_below_where_the_host_is_mounted(make_app: MakeApp) -> None:
    app = make_app(login_url="/login")
    response = app.test_client().get("/placet/inbox", environ_overrides={"SCRIPT_NAME": "/app"})
    assert parse_qs(urlsplit(response.headers["Location"]).query)["next"] == ["/app/placet/inbox"]


def test_a_form_of_nobody_is_not_sent_on_but_leads_to_the_login(make_app: MakeApp) -> None:
    app = make_app(login_url="/login")
    page = Page(app.test_client().post("/placet/review/none", data={"reason": "x"}))
    assert page.status == 401
    (link,) = (one.attributes["href"] for one in page.tree.one("main").all("a") if one.text == "Sign in")
    assert link == "/login?next=%2Fplacet%2F"


def test_where_no_login_is_known_the_page_says_to_sign_in(app: Flask) -> None:
    page = Page(app.test_client().get("/placet/"))
    assert page.status == 401
    assert "Sign in" not in [link.text for link in page.tree.all("a")]


def test_a_refusal_of_the_hosts_own_code_in_our_view_is_shown_as_ours(
    shop: Shop, browse: Browse, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(*_: object, **__: object) -> None:
        raise NotFound("`it` is gone: look elsewhere")

    monkeypatch.setattr(shop.marketplace.products, "catalog", gone)
    page = browse("ann").get("/placet/", 404)
    assert page.tree.one("code").text == "it"
