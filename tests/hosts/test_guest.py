"""A guest changes nothing: the host answers, and is, what it would without Placet."""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
import warnings
from collections.abc import Callable, Mapping
from typing import Any

import flask.signals
import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_smorest import Api
from werkzeug.test import TestResponse

from placet import Placet
from placet.identity import flask_login_identity
from tests.hosts.full_host import full_host
from tests.hosts.host import API, bare_host, by_header, load
from tests.hosts.shops import Open
from tests.pages.browser import Page

REQUESTS: dict[str, dict[str, Any]] = {
    "home": {"path": "/"},
    "a page with a value in its address": {"path": "/de/here"},
    "json": {"path": "/json"},
    "head": {"path": "/json", "method": "HEAD"},
    "options": {"path": "/json", "method": "OPTIONS"},
    "someone to sign in": {"path": "/private"},
    "a form without a token": {"path": "/save", "method": "POST", "data": {"what": "x"}},
    "an address that is not there": {"path": "/nowhere"},
    "a method that is not there": {"path": "/json", "method": "DELETE"},
    "the api": {"path": "/items/"},
    "the api, posting": {"path": "/items/", "method": "POST", "json": {"name": "two"}},
    "the api, posting nonsense": {"path": "/items/", "method": "POST", "json": {"nmae": "two"}},
    "the api, where nothing is": {"path": "/items/9"},
    "the document of the api": {"path": "/docs/openapi.json"},
    "a path that begins as ours": {"path": "/placetx"},
    **{f"failing with {code}": {"path": f"/fail/{code}"} for code in (400, 401, 403, 404, 409, 418, 422, 500, 503)},
    **{f"crashing by {kind}": {"path": f"/crash/{kind}"} for kind in ("key", "value", "os", "placet")},
}


def seen(answer: TestResponse) -> tuple[int, list[tuple[str, str]], str]:
    return answer.status_code, sorted(answer.headers.items()), answer.text


@pytest.fixture
def host(shop_url: str) -> Flask:
    """The host with Placet in it, and the shop."""
    app = full_host(shop_url)
    load(app, flask_login_identity())
    return app


@pytest.fixture(scope="module")
def both(open_shop: Open) -> tuple[Flask, Flask]:
    """The host alone, and the host with Placet in it."""
    app = full_host(open_shop())
    load(app, flask_login_identity())
    return full_host(), app


@pytest.mark.parametrize("request_", REQUESTS.values(), ids=REQUESTS)
def test_the_host_answers_as_it_would_alone(both: tuple[Flask, Flask], request_: dict[str, Any]) -> None:
    without, having = (app.test_client() for app in both)
    assert seen(having.open(**request_)) == seen(without.open(**request_))


def session_of(client: FlaskClient) -> dict[str, Any]:
    with client.session_transaction() as session:
        return dict(session)


def visit(app: Flask) -> list[object]:
    """One visitor's way through the host: what was answered, and what the session held at the end."""
    client = app.test_client()
    token = client.get("/token").text
    steps: list[dict[str, Any]] = [
        {"path": "/private"},
        {"path": "/login", "method": "POST", "data": {"name": "ann", "csrf_token": token}},
        {"path": "/private"},
        {"path": "/"},
        {"path": "/save", "method": "POST", "data": {"what": "x", "csrf_token": token}},
        {"path": "/save", "method": "POST", "data": {"what": "x", "csrf_token": "forged"}},
        *[{"path": "/rare"}] * 3,
    ]
    answers = [client.open(**step) for step in steps]
    session = {name: value for name, value in session_of(client).items() if name != "csrf_token"}
    return [*((answer.status_code, answer.text) for answer in answers), session]


def test_a_visit_with_login_forms_and_limits_goes_as_it_would_alone(host: Flask) -> None:
    assert visit(host) == visit(full_host())


def own(names: Mapping[Any, object]) -> dict[Any, object]:
    """What is not ours by its name; flask-smorest, where the host has none, counts as ours."""
    ours = ("placet", "PLACET", "flask-smorest")
    return {name: value for name, value in names.items() if not str(name).startswith(ours)}


def state_of(app: Flask) -> dict[str, object]:
    """Everything of an app, and of its process, that an extension could change."""
    hooks = ("before_request_funcs", "after_request_funcs", "teardown_request_funcs", "template_context_processors")
    hooks += ("url_value_preprocessors", "url_default_functions", "error_handler_spec")
    values = {name: list(map(str, getattr(app, name)[None])) for name in hooks}
    rules = [rule for rule in app.url_map.iter_rules() if not rule.rule.startswith("/placet/")]
    return values | {
        "config": own(app.config),
        "extensions": own(app.extensions),
        "apis": own(app.extensions.get("flask-smorest", {"apis": {}})["apis"]),
        "blueprints": own(app.blueprints),
        "views": own(app.view_functions),
        "rules": [(str(rule), rule.endpoint, sorted(rule.methods or ())) for rule in rules],
        "jinja": (dict(app.jinja_env.globals), dict(app.jinja_env.filters), dict(app.jinja_env.tests)),
        "jinja loader": (app.jinja_loader, list(app.jinja_env.extensions)),
        "commands": dict(app.cli.commands),
        "json": app.json,
        "session": app.session_interface,
        "server": app.wsgi_app,
        "classes": (app.request_class, app.response_class, app.test_client_class, app.url_map.converters.copy()),
        "contexts": (list(app.teardown_appcontext_funcs), list(app.shell_context_processors)),
        "url errors": list(app.url_build_error_handlers),
        "logger": (app.logger.level, list(app.logger.handlers), list(app.logger.filters), app.logger.propagate),
    }


def state_of_process() -> dict[str, object]:
    root = logging.getLogger()
    ours = logging.getLogger("placet")
    named = [getattr(flask.signals, name) for name in dir(flask.signals)]
    listening = [len(one.receivers) for one in named if hasattr(one, "receivers")]
    return {
        "logging": (root.level, list(root.handlers), list(root.filters), logging.root.manager.disable),
        "our logging": (ours.level, list(ours.handlers), ours.propagate),
        "receivers": listening,
        "signals": [signal.getsignal(one) for one in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)],
        "hooks": (sys.excepthook, sys.unraisablehook, threading.excepthook),
        "warnings": list(warnings.filters),
        "environment": dict(os.environ),
    }


@pytest.mark.parametrize("make_host", [full_host, bare_host])
def test_loading_changes_nothing_but_what_is_ours(sqlite_url: str, make_host: Callable[[str], Flask]) -> None:
    app = make_host(sqlite_url)
    before, process, threads = state_of(app), state_of_process(), set(threading.enumerate())
    Placet(app, identity=flask_login_identity())
    assert state_of(app) == before
    assert state_of_process() == process
    assert set(threading.enumerate()) <= threads


def test_serving_changes_nothing_either(host: Flask) -> None:
    before, process, threads = state_of(host), state_of_process(), set(threading.enumerate())
    client = host.test_client()
    token = client.get("/token").text
    client.post("/login", data={"name": "ann", "csrf_token": token})
    for path in ("/placet/", "/placet/products/orders", "/placet/nothing", f"{API}/data-products", f"{API}/nothing"):
        client.get(path)
    client.post(f"{API}/access-requests", json={"product": "quick"})
    assert state_of(host) == before
    assert state_of_process() == process
    assert set(threading.enumerate()) <= threads


@pytest.mark.parametrize("path", ["/nowhere", "/placet/nowhere", f"{API}/nowhere"])
def test_a_host_without_error_pages_keeps_those_of_flask(shop_url: str, path: str) -> None:
    alone, having = bare_host(""), bare_host(shop_url)
    load(having)
    for method in ("GET", "POST"):
        answers = [app.test_client().open(path, method=method) for app in (alone, having)]
        assert seen(answers[1]) == seen(answers[0])


def test_an_api_that_the_host_makes_later_is_not_disturbed(sqlite_url: str) -> None:
    def with_api(app: Flask) -> FlaskClient:
        app.config |= {"API_TITLE": "Of the host", "API_VERSION": "7", "OPENAPI_VERSION": "3.0.3"}
        app.config["OPENAPI_URL_PREFIX"] = "/docs"
        Api(app)
        return app.test_client()

    bare, having = Flask("bare"), Flask("bare")
    having.config["PLACET_DATABASE"] = sqlite_url
    Placet(having, identity=by_header)
    without, beside = with_api(bare), with_api(having)
    for path in ("/docs/openapi.json", "/nowhere"):
        assert seen(beside.get(path)) == seen(without.get(path))


Enter = Callable[[str], FlaskClient]


@pytest.fixture
def enter(host: Flask) -> Enter:
    """A client in which someone is signed in to the host."""

    def signed_in(name: str) -> FlaskClient:
        client = host.test_client()
        client.post("/login", data={"name": name, "csrf_token": client.get("/token").text})
        return client

    return signed_in


def test_pages_of_ours_work_under_the_csrf_protection_of_the_host(enter: Enter) -> None:
    ann = enter("ann")
    form = Page(ann.get("/placet/products/quick/request-access")).form("/request-access")
    assert {"placet_csrf", "csrf_token"} <= form.names
    assert ann.post(form.action, data=form.filled()).status_code == 303


@pytest.mark.parametrize("left_out", ["placet_csrf", "csrf_token"])
def test_neither_protection_stands_in_for_the_other(enter: Enter, left_out: str) -> None:
    ann = enter("ann")
    form = Page(ann.get("/placet/products/quick/request-access")).form("/request-access")
    sent = form.filled()
    del sent[left_out]
    assert ann.post(form.action, data=sent).status_code in (400, 403)
    grants = ann.get(f"{API}/grants").json
    assert grants
    assert grants["items"] == []


def test_the_api_asks_for_no_token_of_a_form_but_refuses_other_sites(enter: Enter) -> None:
    ann = enter("ann")
    asked = {"product": "quick"}
    crossing = {"Sec-Fetch-Site": "cross-site"}
    assert ann.post(f"{API}/access-requests", json=asked, headers=crossing).status_code == 403
    assert ann.post(f"{API}/access-requests", data=asked).status_code == 415
    assert ann.post(f"{API}/access-requests", json=asked).status_code == 201


@pytest.mark.parametrize("path", ["/placet/products/nothing", "/placet/review/nothing"])
def test_errors_of_ours_have_our_pages_whatever_handlers_the_host_has(enter: Enter, path: str) -> None:
    answer = enter("ann").get(path)
    assert answer.status_code == 404
    assert "says the host" not in answer.text


@pytest.mark.parametrize(
    ("path", "options", "status"),
    [
        (f"{API}/data-products/nothing", {}, 404),
        (f"{API}/data-products", {"method": "DELETE"}, 405),
        (f"{API}/access-requests", {"method": "POST", "data": "{", "content_type": "application/json"}, 400),
        (f"{API}/access-requests", {"method": "POST", "json": {"prodcut": "quick"}}, 422),
    ],
)
def test_the_api_answers_with_problems_whatever_handlers_the_host_has(
    enter: Enter, path: str, options: dict[str, Any], status: int
) -> None:
    answer = enter("ann").open(path, **options)
    assert answer.status_code == status
    if status != 405:  # Flask finds no blueprint for a method that no route has
        assert answer.mimetype == "application/problem+json"


@pytest.mark.parametrize("path", ["/placet/", f"{API}/data-products"])
def test_what_breaks_in_ours_is_no_page_of_the_host(host: Flask, enter: Enter, path: str) -> None:
    def broken(*_: object) -> None:
        raise KeyError("inside")

    ann = enter("ann")
    host.extensions["placet"].marketplace.products.catalog = broken
    answer = ann.get(path)
    assert answer.status_code == 500
    assert "says the host" not in answer.text
    assert "inside" not in answer.text
