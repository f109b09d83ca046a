"""A Flask host with Placet in it, made from the environment; also for `placet --app tests.journeys.host:make_app`."""

from __future__ import annotations

import os

from flask import Flask, request

from placet import Placet, Principal


def make_app() -> Flask:
    """Placet over `JOURNEY_DATABASE`, with the platform `warehouse` at `JOURNEY_DSN`."""
    app = Flask("host")
    app.config.update(
        SECRET_KEY="of the host",
        PLACET_DATABASE=os.environ["JOURNEY_DATABASE"],
        PLACET_QUEUE=os.environ["JOURNEY_QUEUE"],
        PLACET_TARGETS={
            "warehouse": {
                "kind": "postgresql",
                "dsn_variable": "JOURNEY_DSN",
                "role_prefix": os.environ["JOURNEY_PREFIX"],
            }
        },
    )
    Placet(identity=by_header).init_app(app)
    return app


def by_header() -> Principal | None:
    """Whoever the header names; nobody without it."""
    name = request.headers.get("X-Person")
    return Principal(name) if name else None
