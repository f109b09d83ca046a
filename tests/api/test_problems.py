"""Every refusal is a problem document, and what broke says nothing of itself but to the log."""

from __future__ import annotations

import json
import logging

import pytest
from flask import Flask, abort
from flask.testing import FlaskClient
from werkzeug.exceptions import TooManyRequests

from placet.api.resource import Resource
from placet.domain.errors import Conflict, EngineDisagreement, PlacetError, SettingError
from tests.api.client import refusal


def broken_app() -> Flask:
    """An app with one resource whose views fail in every way."""
    app = Flask("host")
    resource = Resource("broken", "Fails.", public=True)

    @resource.route("/unknown")
    def unknown() -> None:
        raise ZeroDivisionError("the password is hunter2")

    @resource.route("/setting")
    def setting() -> None:
        raise SettingError("the password is hunter2")

    @resource.route("/conflict")
    def conflict() -> None:
        raise Conflict("`x` is there", status=200, code="fine", title="nothing", other=["x"])

    @resource.route("/engines")
    def engines() -> None:
        raise EngineDisagreement("they differ", facts=[["person", "ann"]])

    @resource.route("/abort/<int:status>")
    def abort_with(status: int) -> None:
        abort(status)

    app.register_blueprint(resource)

    @app.route("/host")
    def host() -> None:
        raise ZeroDivisionError("the host's own")

    return app


@pytest.fixture
def browse() -> FlaskClient:
    return broken_app().test_client()


@pytest.mark.parametrize("path", ["/unknown", "/setting", "/abort/500"])
def test_what_no_one_foresaw_is_logged_and_not_shown(
    browse: FlaskClient, caplog: pytest.LogCaptureFixture, path: str
) -> None:
    with caplog.at_level(logging.ERROR, "placet.api"):
        answer = browse.get(path)
    assert refusal(answer) == (500, "internal-error")
    assert "hunter2" not in answer.text
    assert "Traceback" not in answer.text
    [record] = caplog.records
    assert (record.name, record.getMessage()) == ("placet.api", f"GET {path} failed")
    assert record.exc_info


def test_it_is_not_shown_either_where_the_host_debugs(caplog: pytest.LogCaptureFixture) -> None:
    app = broken_app()
    app.testing = app.debug = True
    assert refusal(app.test_client().get("/unknown")) == (500, "internal-error")


def test_facts_are_added_and_never_replace_what_every_problem_has(browse: FlaskClient) -> None:
    answer = browse.get("/conflict")
    assert refusal(answer) == (409, "conflict")
    assert json.loads(answer.text) == {
        "type": "urn:placet:problem:conflict",
        "title": Conflict.title,
        "status": 409,
        "detail": "`x` is there",
        "code": "conflict",
        "other": ["x"],
    }


def test_the_facts_of_a_failure_stay_inside(browse: FlaskClient) -> None:
    answer = browse.get("/engines")
    assert refusal(answer) == (503, "engine-disagreement")
    assert "ann" not in answer.text


def test_what_flask_refuses_on_our_routes_is_a_problem_too(browse: FlaskClient) -> None:
    assert refusal(browse.get("/abort/404")) == (404, "not-found")
    assert refusal(browse.get("/abort/418")) == (418, "i-m-a-teapot")


def test_the_headers_of_what_the_host_refuses_on_our_routes_stay() -> None:
    app = broken_app()

    @app.before_request
    def limit() -> None:
        raise TooManyRequests(retry_after=30)

    answer = app.test_client().get("/unknown")
    assert refusal(answer) == (429, "too-many-requests")
    assert answer.headers["Retry-After"] == "30"


def test_handlers_that_the_host_has_by_code_do_not_answer_for_us() -> None:
    app = broken_app()
    for status in (404, 500):
        app.register_error_handler(status, lambda error: ("the host's own page", error.code))
    app.register_error_handler(Exception, lambda _: ("the host's own page", 500))
    browse = app.test_client()
    assert refusal(browse.get("/abort/404")) == (404, "not-found")
    assert refusal(browse.get("/unknown")) == (500, "internal-error")
    assert browse.get("/nowhere").text == browse.get("/host").text == "the host's own page"


def test_nothing_is_kept_by_caches(browse: FlaskClient) -> None:
    for path in ("/unknown", "/conflict", "/abort/404"):
        assert browse.get(path).headers["Cache-Control"] == "no-store"


def test_every_refusal_is_told_apart_by_its_code_or_stands_for_the_same() -> None:
    titles: dict[tuple[str, int], set[str]] = {}
    for kind in kinds_of(PlacetError):
        titles.setdefault((kind.code, kind.status), set()).add(kind.title)
    assert {key: said for key, said in titles.items() if len(said) > 1} == {}


def kinds_of(kind: type[PlacetError]) -> set[type[PlacetError]]:
    return {kind}.union(*(kinds_of(one) for one in kind.__subclasses__()))
