"""The host stays as it is: its pages, its own API, its commands, its schemas; and several Placets in one process."""

from __future__ import annotations

import logging
from pathlib import Path
from shutil import copy

import flask_smorest
import pytest
from flask import Flask, abort
from flask.testing import FlaskClient
from flask_wtf.csrf import CSRFProtect
from marshmallow import Schema, fields
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.test import Client as WsgiClient

from tests.api.client import API, Client, refusal
from tests.api.conftest import with_placet


def host() -> Flask:
    """A host with a page that works, one that aborts and one that breaks."""
    app = Flask("host")

    @app.route("/")
    def page() -> str:
        return "the host's page"

    @app.route("/gone")
    def gone() -> None:
        abort(410)

    @app.route("/broken")
    def broken() -> None:
        raise ZeroDivisionError

    return app


def answers(app: Flask) -> list[tuple[int, str, str]]:
    """What the host answers, good and bad."""
    paths = ("/", "/gone", "/broken", "/nowhere", f"{API}/nowhere", API)
    got = [app.test_client().get(path) for path in paths]
    got += [app.test_client().post("/"), app.test_client().delete(f"{API}/data-products")]
    return [(one.status_code, one.mimetype, one.text) for one in got]


def test_the_error_pages_of_the_host_stay_html_also_for_unknown_routes_under_our_prefix(database: str) -> None:
    before, with_us = answers(host()), answers(with_placet(host(), database))
    assert with_us[:-1] == before[:-1]
    assert {mimetype for _, mimetype, _ in with_us} == {"text/html"}
    assert [status for status, _, _ in with_us] == [200, 410, 500, 404, 404, 404, 405, 405]


def test_nothing_of_the_host_is_set_or_registered(database: str) -> None:
    app = host()
    config, handlers = dict(app.config), {code: dict(found) for code, found in app.error_handler_spec[None].items()}
    before, after = list(app.before_request_funcs), list(app.after_request_funcs)
    loggers = [(logger.level, list(logger.handlers)) for logger in (logging.root, app.logger)]
    with_placet(app, database)
    ours = {"SECRET_KEY", "PLACET_DATABASE"}
    assert {name: value for name, value in app.config.items() if name not in ours} == {
        name: value for name, value in config.items() if name not in ours
    }
    assert {code: dict(found) for code, found in app.error_handler_spec[None].items()} == handlers
    assert None not in {*app.before_request_funcs, *app.after_request_funcs} - {*before, *after}
    assert [(logger.level, list(logger.handlers)) for logger in (logging.root, app.logger)] == loggers
    assert "openapi" not in app.cli.commands


class RequestSchema(Schema):
    """The host's own, of the same name as one of ours."""

    host_member = fields.String()


class Holder(Schema):
    held = fields.Nested("RequestSchema")


def smorest_host(first: bool) -> tuple[Flask, flask_smorest.Api]:
    app = Flask("host")
    app.config |= {"API_TITLE": "Host", "API_VERSION": "v1", "OPENAPI_VERSION": "3.0.3", "OPENAPI_URL_PREFIX": "/docs"}
    api = flask_smorest.Api(app) if first else flask_smorest.Api()
    return app, api


@pytest.mark.parametrize("host_first", [True, False])
def test_a_host_with_an_api_of_its_own_keeps_it_whoever_comes_first(database: str, host_first: bool) -> None:
    app, api = smorest_host(host_first)
    if host_first:
        with_placet(app, database)
    else:
        with_placet(app, database)
        api.init_app(app)
    blueprint = flask_smorest.Blueprint("data-products", __name__)

    @blueprint.route("/things", methods=["POST"])
    @blueprint.arguments(RequestSchema)
    @blueprint.response(200, Holder)
    def things(given: dict[str, str]) -> dict[str, object]:
        return {"held": given}

    api.register_blueprint(blueprint)
    browse = app.test_client()
    assert browse.post("/things", json={"host_member": "x"}).json == {"held": {"host_member": "x"}}
    refused = browse.post("/things", json={"other": "x"})
    assert (refused.status_code, refused.mimetype) == (422, "application/json")
    assert refused.json["errors"] == {"json": {"other": ["Unknown field."]}}
    assert browse.get("/nowhere").json == {"code": 404, "status": "Not Found"}
    document = browse.get("/docs/openapi.json").json
    assert (set(document["paths"]), document["openapi"]) == ({"/things"}, "3.0.3")
    assert "openapi" in app.cli.commands
    assert refusal(Client(app, "ann").get("/grants/nowhere")) == (404, "not-found")
    assert "/things" not in browse.get(f"{API}/openapi.json").json["paths"]


def test_two_placets_in_one_process_know_nothing_of_each_other(database: str, tmp_path: Path) -> None:
    other = f"sqlite:///{copy(database.removeprefix('sqlite:///'), tmp_path / 'other.db')}"
    one, two = with_placet(Flask("one"), database), with_placet(Flask("two"), other, url_prefix="/market")
    Client(one, "ann").post("/access-requests", {"product": "both"})
    assert len(Client(one, "ann").get("/access-requests").json["items"]) == 1
    assert Client(two, "ann", "/market/api/v1").get("/access-requests").json["items"] == []
    made = Client(two, "ann", "/market/api/v1").post("/access-requests", {"product": "quick"})
    assert made.headers["Location"].startswith("/market/api/v1/access-requests/")
    assert one.test_client().get(f"{API}/openapi.json").json["paths"].keys() != (
        two.test_client().get("/market/api/v1/openapi.json").json["paths"].keys()
    )


def test_addresses_hold_where_the_host_itself_is_mounted_below_a_path(database: str) -> None:
    app = with_placet(host(), database)
    browse = WsgiClient(DispatcherMiddleware(Flask("outer"), {"/data": app}))
    made = browse.post(f"/data{API}/access-requests", json={"product": "both"}, headers={"X-Person": "ann"})
    assert made.headers["Location"].startswith(f"/data{API}/access-requests/")
    browse.post(f"/data{API}/access-requests", json={"product": "quick"}, headers={"X-Person": "ann"})
    page = browse.get(f"/data{API}/access-requests?limit=1", headers={"X-Person": "ann"})
    following = page.headers["Link"].partition(">")[0].removeprefix("<")
    assert following.startswith(f"/data{API}/access-requests?")
    assert len(browse.get(following, headers={"X-Person": "ann"}).json["items"]) == 1
    assert browse.get(f"/data{API}/openapi.json").json["servers"] == [{"url": "/data"}]


def test_the_forgery_protection_of_the_host_guards_its_own_pages_and_leaves_ours_to_us(database: str) -> None:
    app = host()
    CSRFProtect(app)
    app.add_url_rule("/form", "form", lambda: "taken", methods=["POST"])
    with_placet(app, database)
    browse: FlaskClient = app.test_client()
    assert Client(app, "ann").post("/access-requests", {"product": "both"}).status_code == 201
    forged = Client(app, "ann").post(
        "/access-requests", {"product": "quick"}, headers={"Origin": "https://evil.example"}
    )
    assert refusal(forged) == (403, "cross-site")
    assert browse.post("/form").status_code == 400
