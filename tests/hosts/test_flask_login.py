"""Hosts that sign people in with Flask-Login."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask
from flask_login import AnonymousUserMixin, LoginManager, UserMixin, login_user, logout_user

from placet import Principal
from placet.domain.people import Person
from placet.identity import flask_login_identity
from placet.identity.principal import Identity
from tests.hosts.host import ME, bare_host, load


class User(UserMixin):  # type: ignore[misc] # flask-login brings no types
    """Someone the host knows; `blocked` is not active there."""

    def __init__(self, id: str) -> None:
        self.id = id
        self.name = f"{id.title()} of the host"
        self.email = None
        self.team = "night"

    @property
    def is_active(self) -> bool:
        return self.id != "blocked"

    @property
    def is_authenticated(self) -> bool:
        return True


class Passer(AnonymousUserMixin):  # type: ignore[misc] # flask-login brings no types
    """What a host may take visitors for who have not signed in."""

    is_active = True

    def get_id(self) -> str:
        return "passer"


@pytest.fixture
def make_app(shop_url: str) -> Callable[..., Flask]:
    """Makes apps with a login at `/login` and no password at all."""

    def make(identity: Identity, login_view: str | None = "enter") -> Flask:
        app = bare_host(shop_url)
        manager = LoginManager(app)
        manager.login_view = login_view
        manager.anonymous_user = Passer
        manager.user_loader(User)
        app.add_url_rule("/login", "enter", lambda: "login of the host")
        app.add_url_rule("/in/<name>", "in", lambda name: str(login_user(User(name), force=True)))
        app.add_url_rule("/out", "out", lambda: str(logout_user()))
        load(app, identity)
        return app

    return make


def known(app: Flask, id: str) -> Person | None:
    with app.extensions["placet"].store.reading() as session:
        return session.people.person(id)


def test_who_is_signed_in_to_the_host_is_signed_in(make_app: Callable[..., Flask]) -> None:
    app = make_app(flask_login_identity())
    client = app.test_client()
    assert client.get(ME).status_code == 401
    client.get("/in/ann")
    assert "Ann of the host" in client.get("/placet/").text
    client.get("/out")
    assert client.get(ME).status_code == 401
    ann = known(app, "ann")
    assert ann
    assert (ann.name, ann.email, ann.groups) == ("Ann of the host", "ann@example.org", {"analysts"})


def test_who_is_not_active_in_the_host_is_nobody(make_app: Callable[..., Flask]) -> None:
    app = make_app(flask_login_identity())
    client = app.test_client()
    client.get("/in/blocked")
    assert client.get(ME).status_code == 401
    assert known(app, "blocked") is None


def test_the_host_may_say_more_of_its_users(make_app: Callable[..., Flask]) -> None:
    app = make_app(flask_login_identity(lambda user: Principal(f"staff-{user.id}", groups=[user.team])))
    client = app.test_client()
    client.get("/in/ann")
    assert client.get(ME).status_code == 200
    staff = known(app, "staff-ann")
    assert staff
    assert staff.groups == {"night"}


def test_visitors_are_sent_to_the_login_that_flask_login_is_told_of(make_app: Callable[..., Flask]) -> None:
    answer = make_app(flask_login_identity()).test_client().get("/placet/requests?a=b")
    parts = urlsplit(answer.location)
    assert parts.path == "/login"
    assert parse_qs(parts.query) == {"next": ["/placet/requests?a=b"]}


def test_where_flask_login_is_told_of_no_login_nobody_is_sent_anywhere(make_app: Callable[..., Flask]) -> None:
    assert make_app(flask_login_identity(), login_view=None).test_client().get("/placet/").status_code == 401


def test_an_app_without_flask_login_lets_nobody_in_and_its_log_says_why(
    sqlite_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    app = bare_host(sqlite_url)
    load(app, flask_login_identity())
    assert app.test_client().get(ME).status_code == 500
    assert app.test_client().get("/placet/").status_code == 500
    assert "this app has no Flask-Login" in caplog.text
