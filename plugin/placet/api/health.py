"""Health: for the probes of whoever runs the server, who sign in nowhere."""

from __future__ import annotations

from marshmallow import fields

from placet.api.base import Strict, about
from placet.api.resource import Resource
from placet.identity.web import marketplace
from placet.service.views import Health

health = Resource("health", "Health: whether the server can do its work.", public=True)


class HealthSchema(Strict):
    ready = fields.Boolean(required=True, **about("Whether nothing stops requests from being decided."))
    checks = fields.Dict(
        keys=fields.String(),
        values=fields.String(),
        required=True,
        **about("What was looked at, each with `ok` or with what is wrong."),
    )
    warnings = fields.List(fields.String(), required=True, **about("What works, but not as well as it should."))


@health.route("/health/live")
@health.response(200, HealthSchema)
@health.reads()
def live() -> Health:
    """Whether the process answers"""
    return marketplace().health.live()


@health.route("/health/ready")
@health.response(200, HealthSchema)
@health.alt_response(503, schema=HealthSchema, description="Not ready: `checks` says what is wrong.")
@health.reads()
def ready() -> tuple[Health, int]:
    """Whether requests can be decided"""
    state = marketplace().health.ready()
    return state, 200 if state.ready else 503
