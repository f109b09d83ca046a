"""The Flask app of the demo: a host like any other, whose visitors choose who they are."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from typing import Any

from flask import Flask, abort, redirect, request, session, url_for
from werkzeug import Response

from placet.demo.office import TARGET
from placet.extension import Placet
from placet.identity import Principal
from placet.identity.state import State

DSN_VARIABLE = "PLACET_DEMO_DSN"

ROLES = {
    "rita": "consumer",
    "tom": "consumer",
    "ann": "privacy steward",
    "bob": "finance steward",
    "mia": "manager of both domains",
    "gus": "governor",
    "uma": "user admin",
}


def make_app(database: str, dsn: str) -> Flask:
    """The host with Placet in it; `dsn` reaches the data platform as its administrator."""
    os.environ[DSN_VARIABLE] = dsn
    app = Flask("placet.demo")
    app.config.update(
        SECRET_KEY=secrets.token_hex(32),
        SESSION_COOKIE_SAMESITE="Lax",
        PLACET_DATABASE=database,
        PLACET_URL_PREFIX="",
        PLACET_TARGETS={TARGET: {"kind": "postgresql", "dsn_variable": DSN_VARIABLE}},
    )
    Placet(identity=who_is_asking).init_app(app)
    state: State = app.extensions["placet"]
    state.bar = bar
    app.post("/demo/switch")(switch)
    return app


def who_is_asking() -> Principal:
    """Whoever the visitor chose to be; the consumer at first."""
    person = session.get("person", "rita")
    return Principal(id=person if person in ROLES else "rita")


def switch() -> Response:
    """Become someone else, and see the same page as they do."""
    if request.form.get("person") not in ROLES:
        abort(400)
    session["person"] = request.form["person"]
    return redirect(url_for("placet.catalog"), code=303)


def bar() -> tuple[str, Mapping[str, Any]]:
    """What stands above each page: who one is, and whom one can be instead."""
    return "placet/parts/demo_bar.html", {"people": ROLES, "chosen": who_is_asking().id, "action": url_for("switch")}
