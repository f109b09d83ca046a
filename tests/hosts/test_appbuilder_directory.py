"""Flask-AppBuilder's own tables as the directory: its users are the people, its roles their groups."""

from __future__ import annotations

import shutil
import threading
from pathlib import Path

import pytest
from click.testing import CliRunner
from flask import Flask
from flask.cli import ScriptInfo

from placet.cli import flask_group
from placet.domain.people import DomainPermission, Holdings, StewardSource
from placet.identity import appbuilder_directory, appbuilder_identity
from tests.hosts.host import ME, load
from tests.hosts.shops import path_of
from tests.hosts.test_appbuilder import USERS, appbuilder_app, known, office, token_of

__all__ = ["office"]  # a fixture

MANAGES = Holdings(domain_permissions=frozenset({("sales", DomainPermission.MANAGE_DATA_PRODUCTS)}))


@pytest.fixture
def app(office: Path, tmp_path: Path, shop_url: str) -> Flask:
    """An app whose users rule; the shop knows others besides."""
    shutil.copy(office / "fab.db", tmp_path)
    path_of(shop_url).rename(tmp_path / "placet.db")
    made = appbuilder_app(tmp_path, role_permissions={"Admin": "USER_ADMIN"})
    load(made, appbuilder_identity(), appbuilder_directory({"Public": MANAGES}))
    return made


def sync(app: Flask) -> None:
    done = CliRunner().invoke(flask_group, ["people", "sync"], obj=ScriptInfo(create_app=lambda: app))
    assert done.exit_code == 0, done.output


@pytest.mark.requirement("P3", clause="the directory of the host")
def test_users_are_people_and_roles_their_groups(app: Flask) -> None:
    sync(app)
    root, ann, gov = known(app, "root"), known(app, "ann"), known(app, "gov")
    assert root
    assert ann
    assert gov
    assert (root.name, root.email, root.groups) == ("Root Of-Fab", "root@fab.example", {"Admin"})
    assert [one.value for one in root.permissions] == ["USER_ADMIN"]
    assert ann.holds_in("sales", DomainPermission.MANAGE_DATA_PRODUCTS)
    assert not gov.active
    with app.extensions["placet"].store.reading() as session:
        assert session.people.steward_ids(StewardSource.group("Public")) == set(USERS) - {"root"}


@pytest.mark.requirement("P3", clause="the directory of the host")
def test_who_is_switched_off_in_the_host_does_nothing_from_that_moment(app: Flask) -> None:
    headers = token_of(app, "ann")
    assert app.test_client().get(ME, headers=headers).status_code == 200
    with app.app_context():
        manager = app.extensions["appbuilder"].sm
        user = manager.find_user("ann")
        user.active = False
        manager.update_user(user)
    assert app.test_client().get(ME, headers=headers).status_code == 401
    sync(app)
    ann = known(app, "ann")
    assert ann
    assert not ann.active


def test_it_is_read_from_any_thread(app: Flask) -> None:
    """As the worker does, which has no context of the app there."""
    failures: list[Exception] = []

    def read() -> None:
        try:
            app.extensions["placet"].marketplace.people.sync()
        except Exception as error:
            failures.append(error)

    thread = threading.Thread(target=read)
    thread.start()
    thread.join()
    assert failures == []
    assert known(app, "root")


def test_people_are_not_changed_here(app: Flask) -> None:
    headers = token_of(app, "root")
    assert app.test_client().get("/placet/api/v1/people/ann", headers=headers).status_code in (200, 404)
    refused = app.test_client().post("/placet/api/v1/people", json={"id": "zoe", "name": "Zoe"}, headers=headers)
    assert (refused.status_code, refused.get_json(force=True)["code"]) == (403, "directory-of-the-host")


def test_scim_is_not_stopped_by_the_hosts_forms_and_refused_by_its_directory(app: Flask) -> None:
    user = {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "zoe"}
    headers = token_of(app, "root")
    assert app.test_client().get("/placet/scim/v2/Users", headers=headers).status_code == 200
    refused = app.test_client().post("/placet/scim/v2/Users", json=user, headers=headers)
    assert refused.status_code == 403
    assert "directory of this server" in refused.get_json(force=True)["detail"]
