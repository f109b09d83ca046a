"""The pages stand wherever the host puts them, and beside whatever it has."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from flask import Flask, Response
from flask_wtf import CSRFProtect
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.test import Client

from placet.domain.clock import SetClock
from tests.pages.addresses import every_address
from tests.pages.browser import Browser
from tests.pages.conftest import MakeApp, host_at
from tests.pages.shop import Shop

GOOD = {"answer:why": "Forecasts", "answer:tool": "SQL", "answer:export": "no", "agreement": "accepted"}


def links(browser: Browser, address: str) -> set[str]:
    """Where the page leads or loads from."""
    tree = browser.get(address).tree
    found = {one.attributes[name] for one in tree.all() for name in ("href", "action") if name in one.attributes}
    return {link for link in found if not link.startswith(("#", "https://"))}


@pytest.mark.parametrize("prefix", ["", "/governance/data"])
def test_all_links_stay_below_the_prefix(make_app: MakeApp, prefix: str) -> None:
    app = make_app(url_prefix=prefix)
    ann = Browser(app.test_client(), "ann")
    shop = Shop(app.extensions["placet"].marketplace)
    for address in every_address(app, shop, prefix):
        if app.url_map.bind("localhost").test(address):
            for link in links(ann, address) if ann.client.get(address, headers=ann.headers).status_code == 200 else ():
                assert link.startswith(f"{prefix}/")
                path, routes = link.partition("?")[0], app.url_map.bind("localhost")
                assert routes.test(path) or routes.test(path, method="POST")


def test_all_links_stay_below_where_the_host_itself_is_mounted(make_app: MakeApp) -> None:
    app = make_app()
    outer = DispatcherMiddleware(Response("outer", 404), {"/apps/host": app})
    client = Client(outer, app.response_class)
    page = client.get("/apps/host/placet/", headers={"X-Person": "ann"})
    text = page.get_data(as_text=True)
    assert page.status_code == 200
    assert 'href="/apps/host/placet/products/orders"' in text
    assert 'href="/apps/host/placet/assets/placet.css"' in text
    assert 'href="/placet' not in text


def test_two_apps_in_one_process_keep_to_themselves(make_app: MakeApp, tmp_path: Path, clock: SetClock) -> None:
    first, second = make_app(url_prefix="/one"), host_at(tmp_path / "other.db", clock, url_prefix="/two")
    assert "Orders product" in Browser(first.test_client(), "ann").get("/one/").main
    page = Browser(second.test_client(), "ann").get("/two/")
    assert "no data product here yet" in page.main
    assert "/one/" not in page.html


def test_forms_pass_the_hosts_own_check_as_well(make_app: MakeApp) -> None:
    host = Flask("host")
    CSRFProtect(host)
    ann = Browser(make_app(host).test_client(), "ann")
    form = ann.get("/placet/products/orders/request-access").form("/request-access")
    assert {"csrf_token", "placet_csrf"} <= form.names
    assert "Orders product pending" in ann.follow(ann.send(form, **GOOD)).main
    form.fields.pop("csrf_token")
    assert ann.send(form, **GOOD).status_code == 400


def test_the_hosts_check_does_not_stand_in_for_ours(make_app: MakeApp) -> None:
    host = Flask("host")
    CSRFProtect(host)
    ann = Browser(make_app(host).test_client(), "ann")
    form = ann.get("/placet/products/orders/request-access").form("/request-access")
    form.fields.pop("placet_csrf")
    assert ann.send(form, **GOOD).status_code == 403


def test_the_hosts_templates_and_their_settings_do_not_reach_ours(make_app: MakeApp, tmp_path: Path) -> None:
    for name in ("layout.html", "placet/layout.html", "placet/catalog.html", "catalog.html"):
        (tmp_path / "templates" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "templates" / name).write_text("of the host")
    host = Flask("host", root_path=str(tmp_path))
    host.select_jinja_autoescape = lambda _: False
    host.context_processor(lambda: {"found": None, "person": None, "url_for": None})
    before = set(host.jinja_env.filters), set(host.jinja_env.globals), set(host.jinja_env.loader.list_templates())
    page = Browser(make_app(host).test_client(), "ann").get("/placet/?search=<b>")
    assert "Catalog" in page.main
    assert "&lt;b&gt;" in page.html
    after = set(host.jinja_env.filters), set(host.jinja_env.globals), set(host.jinja_env.loader.list_templates())
    assert after == before


def test_the_stylesheet_is_served_and_may_be_cached(make_app: MakeApp) -> None:
    response = make_app().test_client().get("/placet/assets/placet.css")
    assert response.status_code == 200
    assert response.mimetype == "text/css"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Cache-Control"] != "no-store"
    assert response.headers["ETag"]


@pytest.mark.parametrize(
    "file", ["../templates/placet/layout.html", "..%2f__init__.py", "/etc/passwd", "%2e%2e/__init__.py"]
)
def test_nothing_else_is_served(make_app: MakeApp, file: str) -> None:
    assert make_app().test_client().get(f"/placet/assets/{file}").status_code in (404, 308)


def test_every_rule_of_the_stylesheet_is_scoped(make_app: MakeApp) -> None:
    text = make_app().test_client().get("/placet/assets/placet.css").get_data(as_text=True)
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
    assert "url(" not in text
    assert "@import" not in text
    for selectors in re.findall(r"([^{}]+)\{", text):
        if not selectors.strip().startswith("@"):
            for selector in re.split(r",(?![^(]*\))", selectors):
                assert selector.strip().startswith(".placet"), selector


def test_the_app_may_put_a_bar_above_each_page(make_app: MakeApp) -> None:
    app = make_app()
    state = app.extensions["placet"]
    ann = Browser(app.test_client(), "ann")
    state.bar = lambda: None
    without = ann.get("/placet/").html
    people = {"ann": "consumer", "<b>": "nobody"}
    context = {"people": people, "chosen": "ann", "action": "/switch"}
    state.bar = lambda: ("placet/parts/demo_bar.html", context)
    for address, status in (("/placet/", 200), ("/placet/products/none", 404)):
        page = ann.get(address, status)
        assert [one.text for one in page.tree.one(class_="bar").all("button")] == ["ann consumer", "<b> nobody"]
    assert "consumer" not in without
