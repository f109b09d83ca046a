"""Placet in a Flask-AppBuilder app: its login, its tokens, its roles; and its own pages as they were."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_appbuilder import AppBuilder, BaseView, expose, has_access
from flask_appbuilder.models.sqla.base import SQLA
from flask_login import UserMixin, login_user
from flask_wtf.csrf import CSRFProtect
from werkzeug.test import TestResponse

from placet import AuthMethod, Principal
from placet.domain.people import GlobalPermission, Person
from placet.identity import appbuilder_identity
from tests.hosts.host import API, KEY, ME, load, post
from tests.hosts.shops import path_of
from tests.pages.browser import Page
from tests.pages.shop import NOW

USERS = {"ann": "Public", "sam": "Public", "sue": "Public", "root": "Admin"}


class Guest(UserMixin):  # type: ignore[misc] # flask-login brings no types
    """Someone whom the host lets in for one request without having them in its table, under a name of their choice."""

    id = 1
    username = "root"


class Office(BaseView):  # type: ignore[misc] # Flask-AppBuilder brings no types
    """A view of the host that asks for a permission of its own."""

    default_view = "papers"

    @expose("/papers/")
    @has_access
    def papers(self) -> str:
        return "papers of the office"

    @expose("/broken/")
    def broken(self) -> str:
        raise KeyError("the office burns")


def appbuilder_app(folder: Path, **settings: object) -> Flask:
    """An app as Flask-AppBuilder's documentation makes it, with users whose password is their name.

    Where the folder has the host's database already, that is taken as it is.
    """
    known = (folder / "fab.db").exists()
    app = Flask("office")
    app.config |= {"SECRET_KEY": KEY, "JWT_SECRET_KEY": KEY, "SQLALCHEMY_DATABASE_URI": f"sqlite:///{folder}/fab.db"}
    app.config |= {"AUTH_TYPE": 1, "FAB_API_SWAGGER_UI": True, "FAB_PASSWORD_HASH_METHOD": "pbkdf2:sha256:1"}
    app.config["PLACET_DATABASE"] = f"sqlite:///{folder}/placet.db"
    app.config |= {f"PLACET_{name.upper()}": value for name, value in settings.items()}
    database = SQLA(app)
    CSRFProtect(app)
    with app.app_context():
        builder = AppBuilder(app, database.session, update_perms=not known)
        builder.add_view(Office, "Papers")
        for name, role in () if known else USERS.items():
            builder.sm.add_user(
                name, name.title(), "Of-Fab", f"{name}@fab.example", builder.sm.find_role(role), password=name
            )
    app.register_error_handler(404, lambda error: ("the office has no such room", 404))
    return app


MakeApp = Callable[..., Flask]


@pytest.fixture(scope="session")
def office(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the host's database; to be copied, never used."""
    folder = tmp_path_factory.mktemp("office")
    appbuilder_app(folder)
    return folder


@pytest.fixture
def make_app(office: Path, tmp_path: Path, shop_url: str) -> MakeApp:
    """Makes Flask-AppBuilder apps with Placet and the shop."""
    shutil.copy(office / "fab.db", tmp_path)
    path_of(shop_url).rename(tmp_path / "placet.db")

    def make(**settings: object) -> Flask:
        app = appbuilder_app(tmp_path, **settings)
        load(app, appbuilder_identity())
        return app

    return make


@pytest.fixture
def app(make_app: MakeApp) -> Flask:
    return make_app()


def sign_in(client: FlaskClient, name: str, at: str = "/login/") -> TestResponse:
    """Fill in the login form of Flask-AppBuilder and send it."""
    page = client.get(at).text
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
    assert token
    return client.post(at, data={"username": name, "password": name, "csrf_token": token[1]})


def token_of(app: Flask, name: str) -> dict[str, str]:
    """The header of a caller who has got a token from the API of Flask-AppBuilder."""
    given = {"username": name, "password": name, "provider": "db"}
    answer = app.test_client().post("/api/v1/security/login", json=given)
    assert answer.json
    return {"Authorization": f"Bearer {answer.json['access_token']}"}


def known(app: Flask, id: str) -> Person | None:
    with app.extensions["placet"].store.reading() as session:
        return session.people.person(id)


def test_a_visitor_signs_in_at_the_host_and_comes_back_to_ask(app: Flask) -> None:
    client = app.test_client()
    wanted = "/placet/products/quick/request-access"
    sent = client.get(wanted)
    login = urlsplit(sent.location)
    assert (login.path, parse_qs(login.query)) == ("/login/", {"next": [wanted]})

    assert sign_in(client, "ann", sent.location).location == wanted
    form = Page(client.get(wanted)).form("/request-access")
    assert client.post(form.action, data=form.filled()).status_code == 303
    grants = client.get(f"{API}/grants").json
    assert grants
    assert [(grant["product"], grant["beneficiary"]) for grant in grants["items"]] == [("quick", "ann")]


def test_stewards_decide_with_tokens_of_the_host(app: Flask) -> None:
    client = app.test_client()
    sign_in(client, "ann")
    asked = post(client, "/access-requests", {"product": "both"})
    for steward, status in (("sam", "pending"), ("sue", "approved")):
        answer = app.test_client().post(
            f"{API}/access-requests/{asked['id']}/determinations",
            json={"verdict": "approve", "reason": "needed"},
            headers=token_of(app, steward),
        )
        assert answer.json
        assert answer.json["status"] == status


def test_people_are_known_by_their_user_name_and_keep_what_the_directory_holds(app: Flask) -> None:
    client = app.test_client()
    sign_in(client, "ann")
    client.get("/placet/")
    ann = known(app, "ann")
    assert ann
    assert (ann.name, ann.email, ann.groups) == ("Ann Of-Fab", "ann@fab.example", {"analysts"})


def test_the_admin_of_the_host_governs_nothing(app: Flask) -> None:
    headers = token_of(app, "root")
    assert app.test_client().post(f"{API}/domains", json={"name": "New"}, headers=headers).status_code == 403
    root = known(app, "root")
    assert root
    assert root.permissions == frozenset()


def test_the_admin_of_the_host_governs_where_the_setting_says_so(make_app: MakeApp) -> None:
    app = make_app(role_permissions={"Admin": "GOVERNANCE"})
    assert app.test_client().get(ME, headers=token_of(app, "root")).status_code == 200
    root, ann = known(app, "root"), known(app, "ann")
    assert root
    assert ann
    assert root.permissions == {GlobalPermission.GOVERNANCE}
    assert app.test_client().get(ME, headers=token_of(app, "ann")).status_code == 200
    assert ann.permissions == frozenset()


def test_a_role_that_comes_through_a_group_of_the_host_counts(make_app: MakeApp) -> None:
    app = make_app(role_permissions={"Admin": "GOVERNANCE"})
    with app.app_context():
        manager = app.extensions["appbuilder"].sm
        group = manager.add_group("board", "Board", "", roles=[manager.find_role("Admin")])
        user = manager.find_user("sam")
        user.groups.append(group)
        manager.update_user(user)
    app.test_client().get(ME, headers=token_of(app, "sam"))
    sam = known(app, "sam")
    assert sam
    assert sam.holds(GlobalPermission.GOVERNANCE)


def test_a_token_that_is_not_valid_is_nobodys(app: Flask) -> None:
    unsigned = "eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0."
    for header in ("Bearer forged", "Bearer", "Bearer a.b.c", "Basic YW5uOmFubg==", f"Bearer {unsigned}"):
        assert app.test_client().get(ME, headers={"Authorization": header}).status_code == 401, header


def test_a_token_that_only_gets_new_ones_is_nobodys(app: Flask) -> None:
    given = {"username": "ann", "password": "ann", "provider": "db", "refresh": True}
    answer = app.test_client().post("/api/v1/security/login", json=given)
    assert answer.json
    headers = {"Authorization": f"Bearer {answer.json['refresh_token']}"}
    assert app.test_client().get(ME, headers=headers).status_code == 401


def test_a_token_of_another_key_is_nobodys(app: Flask) -> None:
    headers = token_of(app, "ann")
    app.config["JWT_SECRET_KEY"] = "another key that is as long as keys have to be"
    assert app.test_client().get(ME, headers=headers).status_code == 401


def test_a_token_of_ours_counts_beside_those_of_the_host_and_before_a_session(app: Flask) -> None:
    ann, sam = app.test_client(), app.test_client()
    sign_in(ann, "ann")
    sign_in(sam, "sam")
    made = {"name": "nightly", "scopes": ["request"], "ends_at": f"{NOW + timedelta(days=9):%Y-%m-%dT%H:%M:%SZ}"}
    token = post(ann, "/tokens", made)
    ours = {"Authorization": f"Bearer {token['token']}"}
    for product, caller in (("both", app.test_client()), ("quick", sam)):
        asked = caller.post(f"{API}/access-requests", json={"product": product}, headers=ours)
        assert asked.json
        assert (asked.status_code, asked.json["requester"]) == (201, "ann")
    assert app.test_client().get("/api/v1/security/permissions/", headers=ours).status_code != 200, (
        "the host takes none"
    )
    post(ann, f"/tokens/{token['id']}/revoke", {})
    assert sam.post(f"{API}/access-requests", json={"product": "both"}, headers=ours).status_code == 401


def test_a_forged_token_is_not_made_good_by_a_session(app: Flask) -> None:
    client = app.test_client()
    sign_in(client, "ann")
    assert client.get(ME).status_code == 200
    assert client.get(ME, headers={"Authorization": "Bearer forged"}).status_code == 401


def test_a_token_in_the_address_is_nobodys(app: Flask) -> None:
    app.config["JWT_TOKEN_LOCATION"] = ["headers", "query_string"]
    token = token_of(app, "ann")["Authorization"].removeprefix("Bearer ")
    assert app.test_client().get(ME, query_string={"jwt": token}).status_code == 401


def test_a_token_counts_before_the_session_it_comes_with(app: Flask) -> None:
    client = app.test_client()
    sign_in(client, "ann")
    asked = client.post(f"{API}/access-requests", json={"product": "quick"}, headers=token_of(app, "sam"))
    assert asked.json
    assert asked.json["requester"] == "sam"


def test_it_is_known_by_what_someone_was_recognised(app: Flask) -> None:
    identity = appbuilder_identity()
    with app.test_request_context(headers=token_of(app, "ann")):
        assert identity() == Principal(
            "ann", "Ann Of-Fab", "ann@fab.example", roles=["Public"], auth_method=AuthMethod.TOKEN
        )
    with app.test_request_context():
        login_user(app.extensions["appbuilder"].sm.find_user("ann"))
        found = identity()
    assert found
    assert found.auth_method is AuthMethod.SESSION


def test_who_is_switched_off_in_the_host_is_nobody(app: Flask) -> None:
    client = app.test_client()
    sign_in(client, "ann")
    headers = token_of(app, "ann")
    with app.app_context():
        manager = app.extensions["appbuilder"].sm
        user = manager.find_user("ann")
        user.active = False
        manager.update_user(user)
    assert client.get(ME).status_code == 401
    assert app.test_client().get(ME, headers=headers).status_code == 401
    manager.lm.request_loader(lambda request: manager.find_user("ann"))  # a host's own way in, which does not look
    assert app.test_client().get(ME).status_code == 401


def test_a_guest_of_the_host_is_nobody_whatever_name_it_carries(app: Flask) -> None:
    manager = app.extensions["appbuilder"].sm
    manager.lm.request_loader(lambda request: Guest() if "guest" in request.args else None)
    assert app.test_client().get(f"{ME}?guest").status_code == 401


def test_a_host_without_a_login_page_sends_nobody_anywhere(app: Flask) -> None:
    app.extensions["appbuilder"].sm.auth_view = None
    assert app.test_client().get("/placet/").status_code == 401


def seen(answer: TestResponse) -> tuple[int, str, str]:
    """What an answer says, without what is drawn anew each time."""
    text = re.sub(r'(csrf_token"[^>]*value=|nonce=|csrf_token = )"[^"]+"', "", answer.text)
    return answer.status_code, answer.headers.get("Location", ""), text


REQUESTS: tuple[dict[str, Any], ...] = (
    {"path": "/"},
    {"path": "/login/"},
    {"path": "/roles/list/"},
    {"path": "/roles/show/1"},
    {"path": "/office/papers/"},
    {"path": "/office/broken/"},
    {"path": "/nowhere"},
    {"path": "/roles/list/", "method": "DELETE"},
    {"path": "/users/add", "method": "POST", "data": {"x": "y"}},
    {"path": "/swagger/v1"},
    {"path": "/api/v1/_openapi"},
    {"path": "/api/v1/menu/"},
    {"path": "/api/v1/security/login", "method": "POST", "json": {"username": "ann", "password": "wrong"}},
    {"path": "/api/v1/security/refresh", "method": "POST", "headers": {"Authorization": "Bearer forged"}},
)


@pytest.mark.parametrize("person", ["", "ann", "root"])
def test_the_host_answers_as_it_would_alone(office: Path, tmp_path: Path, app: Flask, person: str) -> None:
    alone_in = shutil.copytree(office, tmp_path / "alone")
    clients = [one.test_client() for one in (appbuilder_app(alone_in), app)]
    if person:
        alone, having = (seen(sign_in(client, person)) for client in clients)
        assert having == alone
    for request in REQUESTS:
        alone, having = (seen(client.open(**request)) for client in clients)
        assert having == alone, request
