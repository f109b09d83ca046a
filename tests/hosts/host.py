"""Hosts that Placet is put into, and what is asked of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Flask, request
from flask.testing import FlaskClient

from placet import Placet, Principal
from placet.domain.clock import SetClock
from placet.domain.people import Directory
from placet.identity import Identity
from placet.identity.state import State
from tests.pages.shop import NOW

KEY = "of the host, and as long as keys have to be today"
API = "/placet/api/v1"
ME = f"{API}/access-requests"
"""Answers whoever is signed in."""


def by_header() -> Principal | None:
    """Whoever the header names; nobody without it."""
    name = request.headers.get("X-Person")
    return Principal(name) if name else None


def bare_host(database: str, **settings: object) -> Flask:
    """An app with nothing in it but a page of its own, and the settings for Placet."""
    app = Flask("host")
    app.config |= {"SECRET_KEY": KEY, "PLACET_DATABASE": database}
    app.config |= {f"PLACET_{name.upper()}": value for name, value in settings.items()}
    app.add_url_rule("/", "home", lambda: "home of the host")
    return app


def load(app: Flask, identity: Identity = by_header, directory: Directory | None = None) -> State:
    """Put Placet into an app, at the time of the shop, with no data platform; its tables may be there already."""
    Placet(identity=identity).init_app(app, clock=SetClock(NOW), targets={}, directory=directory)
    state = app.extensions["placet"]
    assert isinstance(state, State)
    state.marketplace.upgrade()
    return state


def post(client: FlaskClient, path: str, body: Mapping[str, object], person: str = "") -> Any:
    """What the API answers to a change that has to be accepted."""
    answer = client.post(f"{API}{path}", json=body, headers={"X-Person": person} if person else {})
    assert answer.status_code in (200, 201), answer.text
    return answer.json
