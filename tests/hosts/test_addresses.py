"""Every link leads where it should, wherever the host stands."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.test import Client, TestResponse

from placet import Placet
from tests.hosts.host import KEY, bare_host, by_header, load
from tests.hosts.shops import Open
from tests.pages.browser import Page, read
from tests.pages.shop import NOW

ANN, ANNA = {"X-Person": "ann"}, {"X-Person": "anna"}
Ask = Callable[..., TestResponse]


def plain(app: Flask) -> Ask:
    return Client(app).open


def mounted(app: Flask) -> Ask:
    """Beside another app, which knows nothing of it."""
    return Client(DispatcherMiddleware(Flask("other"), {"/apps/data": app})).open


def proxied(app: Flask) -> Ask:
    """Behind a proxy that serves it below a prefix of its own, over TLS."""
    app.wsgi_app = ProxyFix(app.wsgi_app, x_proto=1, x_host=1, x_prefix=1)  # type: ignore[method-assign]
    forwarded = {
        "X-Forwarded-Proto": "https",
        "X-Forwarded-Host": "shop.example",
        "X-Forwarded-Prefix": "/apps/data",
    }

    def ask(path: str, headers: Mapping[str, str] | None = None, **options: Any) -> TestResponse:
        """The proxy takes its prefix away."""
        return Client(app).open(path.removeprefix("/apps/data"), headers={**forwarded, **(headers or {})}, **options)

    return ask


PLACES = {
    "at the root": (plain, "", ""),
    "under a prefix": (plain, "", "/market"),
    "under a longer prefix": (plain, "", "/a/b/c"),
    "mounted beside another app": (mounted, "/apps/data", "/market"),
    "mounted, without a prefix": (mounted, "/apps/data", ""),
    "behind a proxy": (proxied, "/apps/data", "/market"),
}


@pytest.fixture(scope="module", params=PLACES)
def place(request: pytest.FixtureRequest, open_shop: Open) -> tuple[Ask, str]:
    """How to ask an app with the shop in it, and below which path it is to be found."""
    serve, root, prefix = PLACES[request.param]
    app = Flask("host")
    app.config |= {"SECRET_KEY": KEY, "PLACET_DATABASE": open_shop(), "PLACET_URL_PREFIX": prefix}
    app.config["PLACET_LOGIN_URL"] = "/login"
    load(app)
    return serve(app), root + prefix


def links(answer: TestResponse) -> set[str]:
    """The paths that a page leads to."""
    assert answer.status_code == 200, answer.text
    elements = list(read(answer.text).all())
    named = [one.attributes.get(name, "") for one in elements for name in ("href", "action", "src")]
    return {path for link in named if (path := urlsplit(link).path) and not urlsplit(link).netloc}


def test_every_link_of_a_page_leads_to_a_page(place: tuple[Ask, str]) -> None:
    ask, base = place
    seen: set[str] = set()
    waiting = {f"{base}/"}
    while waiting - seen:
        path = min(waiting - seen)
        seen.add(path)
        assert path.startswith(f"{base}/")
        answer = ask(path, headers=ANN)
        posted = answer.status_code == 405 and "POST" in answer.headers["Allow"]  # where a form is only sent to
        assert posted or answer.status_code == 200, path
        if answer.mimetype == "text/html" and not posted:
            waiting |= links(answer)
    assert {f"{base}/products/orders/request-access", f"{base}/requests", f"{base}/inbox"} <= seen


def test_a_form_leads_on_to_what_it_made(place: tuple[Ask, str]) -> None:
    ask, base = place
    page = f"{base}/products/quick/request-access"
    form = Page(ask(page, headers=ANN)).form("/request-access")
    assert urlsplit(form.action).path == page
    sent = ask(form.action, method="POST", data=form.filled(), headers=ANN)
    assert sent.status_code == 303
    assert urlsplit(sent.location).path.startswith(f"{base}/requests/")
    assert ask(urlsplit(sent.location).path, headers=ANN).status_code == 200


def test_visitors_come_back_from_the_login_to_where_they_were(place: tuple[Ask, str]) -> None:
    ask, base = place
    answer = ask(f"{base}/products/orders?a=b", headers={})
    assert parse_qs(urlsplit(answer.location).query)["next"] == [f"{base}/products/orders?a=b"]


def test_the_api_says_where_what_it_made_is_to_be_found(place: tuple[Ask, str]) -> None:
    ask, base = place
    made = ask(f"{base}/api/v1/access-requests", method="POST", json={"product": "quick"}, headers=ANNA)
    assert made.status_code == 201
    path = urlsplit(made.location).path
    assert path.startswith(f"{base}/api/v1/access-requests/")
    assert ask(path, headers=ANNA).status_code == 200


def test_an_api_token_speaks_for_its_holder_wherever_the_host_stands(place: tuple[Ask, str]) -> None:
    ask, base = place
    tokens = f"{base}/api/v1/tokens"
    given = {"name": "nightly", "scopes": ["read"], "ends_at": f"{NOW + timedelta(days=9):%Y-%m-%dT%H:%M:%SZ}"}
    made = ask(tokens, method="POST", json=given, headers=ANN)
    assert made.json
    ours = {"Authorization": f"Bearer {made.json['token']}"}
    mine = ask(f"{base}/api/v1/access?person=ann", headers=ours)
    assert (mine.status_code, ask(f"{base}/api/v1/access?person=ann", headers={}).status_code) == (200, 401)
    assert ask(f"{base}/requests", headers=ours).status_code != 200, "pages take no tokens"
    assert ask(tokens, headers=ours).status_code == 403
    assert ask(f"{tokens}/{made.json['id']}/revoke", method="POST", json={}, headers=ANN).status_code == 200
    assert ask(f"{base}/api/v1/access?person=ann", headers=ours).status_code == 401


def test_the_host_may_make_the_addresses(shop_url: str) -> None:
    def address(endpoint: str, **values: object) -> str:
        return f"/lang-en/{endpoint}/{'-'.join(map(str, values.values()))}"

    app = bare_host(shop_url)
    Placet(identity=by_header, url_for=address).init_app(app)
    found = links(app.test_client().get("/placet/", headers=ANN))
    assert "/lang-en/placet.product/orders" in found
    assert all(path.startswith("/lang-en/placet.") for path in found)


def test_a_host_may_have_a_prefix_and_a_page_of_its_own_below_it(sqlite_url: str) -> None:
    app = bare_host(sqlite_url)
    app.add_url_rule("/placet/own", "own", lambda: "own")
    load(app)
    assert app.test_client().get("/placet/own").text == "own"
