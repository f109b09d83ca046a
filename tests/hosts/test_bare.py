"""Placet in an app with nothing else, from start-up to a grant."""

from __future__ import annotations

import sqlite3
import warnings
from collections.abc import Callable

import pytest
from flask import Flask

from placet import Placet
from placet.domain.errors import PlacetError, SettingError
from placet.emitter.postgres.target import PostgresTarget
from placet.engine import EngineMissing
from tests.hosts.host import API, ME, bare_host, by_header, load, post
from tests.pages.browser import Browser
from tests.pages.shop import fill


def test_a_request_becomes_a_grant(store_url: str) -> None:
    app = bare_host(store_url)
    fill(load(app).marketplace)
    client = app.test_client()
    asked = post(client, "/access-requests", {"product": "both"}, "ann")
    for steward, status in (("sam", "pending"), ("sue", "approved")):
        determination = {"verdict": "approve", "reason": "needed"}
        decided = post(client, f"/access-requests/{asked['id']}/determinations", determination, steward)
        assert decided["status"] == status
    grants = client.get(f"{API}/grants", headers={"X-Person": "ann"}).json
    assert grants
    assert [(grant["product"], grant["status"]) for grant in grants["items"]] == [("both", "active")]
    assert "Both product" in Browser(client, "ann").get("/placet/products/both").main


def test_a_new_sqlite_database_is_made_with_all_it_needs(empty_sqlite_url: str) -> None:
    app = bare_host(empty_sqlite_url)
    Placet(app, identity=by_header)
    client = app.test_client()
    assert client.get(f"{API}/health/ready").status_code == 200
    assert client.get(ME, headers={"X-Person": "ann"}).status_code == 200


@pytest.fixture
def old_sqlite_url(empty_sqlite_url: str) -> str:
    """A database file that is there, and has none of the tables."""
    sqlite3.connect(empty_sqlite_url.removeprefix("sqlite:///")).execute("CREATE TABLE other (x)").connection.close()
    return empty_sqlite_url


@pytest.mark.parametrize("url", ["empty_postgres_url", "old_sqlite_url"])
def test_a_database_that_was_not_brought_up_to_date_lets_nobody_in(url: str, request: pytest.FixtureRequest) -> None:
    app = bare_host(request.getfixturevalue(url))
    Placet(app, identity=by_header)
    client = app.test_client()
    for path in (ME, "/placet/"):
        refused = client.get(path, headers={"X-Person": "ann"})
        assert refused.status_code == 503
        assert "placet db upgrade" in refused.text
    assert client.get(ME).status_code == 401
    assert client.get(f"{API}/health/ready").status_code == 503
    assert client.get("/").text == "home of the host"

    app.extensions["placet"].marketplace.upgrade()
    assert client.get(ME, headers={"X-Person": "ann"}).status_code == 200
    assert client.get(f"{API}/health/ready").status_code == 200


def test_a_host_starts_while_the_database_is_away() -> None:
    app = bare_host("postgresql://nobody@localhost:1/nothing?connect_timeout=2")
    Placet(app, identity=by_header)
    client = app.test_client()
    assert client.get("/").text == "home of the host"
    assert client.get(f"{API}/health/live").status_code == 200
    assert client.get(ME, headers={"X-Person": "ann"}).status_code == 503


def untouched(app: Flask, load: Callable[[], object], error: type[PlacetError], match: str) -> None:
    """Loading is refused, and the app is what it was."""
    rules, blueprints, extensions = str(app.url_map), dict(app.blueprints), dict(app.extensions)
    with pytest.raises(error, match=match):
        load()
    assert (str(app.url_map), app.blueprints, app.extensions) == (rules, blueprints, extensions)


def test_a_second_time_in_one_app_is_refused(sqlite_url: str) -> None:
    app = bare_host(sqlite_url)
    placet = Placet(app, identity=by_header)
    untouched(app, lambda: placet.init_app(app), SettingError, "has Placet already")
    untouched(app, lambda: Placet(app, identity=by_header), SettingError, "has Placet already")


def test_without_an_identity_placet_is_not_loaded(sqlite_url: str) -> None:
    app = bare_host(sqlite_url)
    untouched(app, lambda: Placet(app), SettingError, "identity=")


def test_a_misspelled_setting_stops_the_start(sqlite_url: str) -> None:
    app = bare_host(sqlite_url, databse="x")
    untouched(app, lambda: Placet(app, identity=by_header), SettingError, "did you mean `PLACET_DATABASE`")


def test_without_durable_rules_the_start_fails_with_the_line_that_installs_it(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("placet.engine.installed.rete", None)
    app = bare_host(sqlite_url)
    untouched(app, lambda: Placet(app, identity=by_header), EngineMissing, r"pip install durable_rules==[\d.]+")


def test_without_durable_rules_the_reference_engine_serves_where_it_was_chosen(
    shop_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("placet.engine.installed.rete", None)
    app = bare_host(shop_url, engine="reference")
    load(app)
    asked = post(app.test_client(), "/access-requests", {"product": "quick"}, "ann")
    assert asked["status"] == "approved"


@pytest.mark.parametrize(
    ("described", "match"),
    [
        ({"kind": "oracle", "dsn_variable": "WAREHOUSE_DSN"}, "kind `oracle`"),
        ({"kind": "postgresql"}, "dsn_variable"),
        ({"kind": "postgresql", "dsn_variable": "NOT_SET"}, "`NOT_SET`"),
        ({"kind": "postgresql", "dsn_variable": "WAREHOUSE_DSN", "dsn": "x"}, "dsn"),
        ({"kind": "postgresql", "dsn_variable": "WAREHOUSE_DSN", "view_shema": "x"}, "view_shema"),
        ({"kind": "postgresql", "dsn_variable": "WAREHOUSE_DSN", "role_prefix": "Pl;"}, "`Pl;`"),
    ],
)
def test_a_data_platform_that_is_described_wrongly_stops_the_start(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch, described: dict[str, str], match: str
) -> None:
    monkeypatch.setenv("WAREHOUSE_DSN", "host=warehouse.example")
    app = bare_host(sqlite_url, targets={"warehouse": described})
    untouched(app, lambda: Placet(app, identity=by_header), SettingError, match)


def test_data_platforms_are_opened_as_the_settings_describe_them(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WAREHOUSE_DSN", "host=warehouse.example password=hush")
    described = {"kind": "postgresql", "dsn_variable": "WAREHOUSE_DSN", "view_schema": "shop"}
    app = bare_host(sqlite_url, targets={"warehouse": described})
    Placet(app, identity=by_header)
    targets = app.extensions["placet"].marketplace.context.targets
    assert isinstance(targets["warehouse"], PostgresTarget)


def test_platforms_that_are_given_take_the_place_of_those_in_the_settings(sqlite_url: str) -> None:
    app = bare_host(sqlite_url, targets={"warehouse": {"kind": "postgresql", "dsn_variable": "NOT_SET"}})
    load(app)
    assert app.extensions["placet"].marketplace.context.targets == {}


def test_what_placet_keeps_is_not_shown_with_its_secrets(sqlite_url: str) -> None:
    app = bare_host(sqlite_url, secret_key="hush")
    load(app)
    assert "hush" not in repr(app.extensions)


def test_loading_gives_no_warnings(sqlite_url: str) -> None:
    with warnings.catch_warnings(record=True) as given:
        warnings.simplefilter("always")
        Placet(bare_host(sqlite_url), identity=by_header)
    # What earlier tests left open may be noticed just now.
    assert [str(one.message) for one in given if one.category is not ResourceWarning] == []
