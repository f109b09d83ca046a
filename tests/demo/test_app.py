"""The demo's host: Placet at the root of its addresses, and a bar to switch people."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from placet.demo.app import ROLES, make_app
from placet.demo.office import people
from placet.identity.state import State


@pytest.fixture
def client(tmp_path: Path) -> FlaskClient:
    app = make_app(f"sqlite:///{tmp_path / 'placet.db'}", "host=/nowhere")
    state: State = app.extensions["placet"]
    state.marketplace.upgrade()
    state.marketplace.people.load("test", people())
    return app.test_client()


def test_at_the_root_the_stylesheet_does_not_meet_the_static_files_of_the_host(client: FlaskClient) -> None:
    [address] = re.findall(r'rel="stylesheet" href="([^"]+)"', client.get("/").text)
    answer = client.get(address)
    assert (answer.status_code, answer.mimetype) == (200, "text/css")


@pytest.mark.parametrize("person", ROLES)
def test_the_bar_switches_to_everyone_of_the_office(client: FlaskClient, person: str) -> None:
    assert client.post("/demo/switch", data={"person": person}).status_code == 303
    assert re.search(rf'value="{person}" aria-current="true"', client.get("/").text)


def test_no_one_else_is_switched_to(client: FlaskClient) -> None:
    assert client.post("/demo/switch", data={"person": "root"}).status_code == 400
