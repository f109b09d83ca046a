"""Data platforms: how they stand, and planning, verifying, applying and retrying there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marshmallow import fields, pre_dump

from placet.api.base import Instant, Reference, Strict, about
from placet.api.nothing import Nothing
from placet.api.resource import Resource
from placet.domain.errors import NotFound, TargetError
from placet.emitter.target import Plan, Severity, TargetRefusal
from placet.identity.web import marketplace, signed_in
from placet.service.targets import NothingToRetry, TargetState

targets = Resource("targets", "Data platforms: how they stand, and what they should enforce.")


class CapabilitiesSchema(Strict):
    """What a platform expresses exactly; a data source that needs more is not shared there."""

    exact_expiry = fields.Boolean(required=True, **about("Whether access ends there by itself, at its end."))
    guardrails = fields.Boolean(required=True, **about("Whether it can keep people from a data source by conditions."))
    masks = fields.Boolean(required=True, **about("Whether it can mask columns."))
    row_filters = fields.Boolean(required=True, **about("Whether it can filter rows."))


class JobSchema(Strict):
    """Something that is to come into effect on a platform."""

    id = fields.Integer(required=True, **about("Its number."))
    kind = fields.String(required=True, **about("What it is: `grant`, `revoke`, `ended`, or what has changed."))
    subject = fields.String(required=True, **about("What it is about: the id of a grant, or what has changed."))
    created_at = Instant(required=True, **about("Since when it waits, or has waited."))
    due_at = Instant(required=True, **about("When it is tried, or tried again."))
    attempts = fields.Integer(required=True, **about("How often it was tried."))
    error = Reference(required=True, allow_none=True, **about("What the last attempt ran into, or null."))
    finished_at = Instant(required=True, allow_none=True, **about("When it came into effect, or null."))


class TargetSchema(Strict):
    """How a data platform stands."""

    name = fields.String(required=True, **about("Its name, as the settings have it."))
    capabilities = fields.Nested(CapabilitiesSchema, required=True, **about("What it can express exactly."))
    out_of_reach_since = Instant(
        required=True, allow_none=True, **about("Since when it can't be reached, as far as was noticed, or null.")
    )
    unfinished = fields.Integer(required=True, **about("How many jobs are not in effect yet."))
    failing = fields.Boolean(required=True, **about("Whether some of those were tried in vain."))
    waiting = fields.List(fields.Nested(JobSchema), required=True, **about("The first of them, the oldest first."))
    last = fields.Nested(JobSchema, required=True, allow_none=True, **about("What came into effect last, or null."))


class TargetList(Strict):
    items = fields.List(fields.Nested(TargetSchema), required=True, **about("Every data platform, by name."))


class ChangeSchema(Strict):
    """One difference."""

    kind = fields.String(required=True, **about("What it is about."))
    object = fields.String(required=True, **about("What it is called on the platform."))
    summary = fields.String(required=True, **about("What differs, or is to be done."))
    statements = fields.List(
        fields.String(), required=True, **about("What puts it right; none where a person has to see to it.")
    )


class LossSchema(Strict):
    role = fields.String(required=True, **about("A role that reads or writes directly today, and won't any more."))
    source = fields.String(required=True, **about("The data source."))
    privileges = fields.List(fields.String(), required=True, **about("What it loses."))


class PlanSchema(Strict):
    """What applying would do now; nothing was changed."""

    changes = fields.List(fields.Nested(ChangeSchema), required=True, **about("What would be done."))
    losses = fields.List(fields.Nested(LossSchema), required=True, **about("Who would lose direct access by it."))
    problems = fields.List(fields.Nested(ChangeSchema), required=True, **about("What a person has to see to."))

    @pre_dump
    def plain(self, plan: Plan, **_: Any) -> Mapping[str, object]:
        return vars(plan)


class DriftSchema(Strict):
    severity = fields.Enum(Severity, by_value=True, required=True, **about("A difference, or a power worth knowing."))
    kind = fields.String(required=True, **about("What it is about."))
    object = fields.String(required=True, **about("What it is called on the platform."))
    detail = fields.String(required=True, **about("What differs."))


class DriftList(Strict):
    items = fields.List(fields.Nested(DriftSchema), required=True, **about("Each finding."))
    drifted = fields.Boolean(required=True, **about("Whether the platform differs from what it should enforce."))


@targets.route("/targets")
@targets.response(200, TargetList)
@targets.reads()
def listed() -> Mapping[str, object]:
    """List the data platforms with how they stand"""
    return {"items": marketplace().targets.all(signed_in())}


@targets.route("/targets/<name>")
@targets.response(200, TargetSchema)
@targets.reads(NotFound)
def one(name: str) -> TargetState:
    """Read how a data platform stands"""
    return marketplace().targets.get(signed_in(), name)


@targets.route("/targets/<name>/plan", methods=["POST"])
@targets.arguments(Nothing)
@targets.response(200, PlanSchema)
@targets.changes(NotFound, TargetError, TargetRefusal)
def plan(_: dict[str, Any], name: str) -> Plan:
    """Say what applying would do on a data platform

    It is asked at once, and nothing is changed there.
    """
    return marketplace().targets.plan(signed_in(), name)


@targets.route("/targets/<name>/verify", methods=["POST"])
@targets.arguments(Nothing)
@targets.response(200, DriftList)
@targets.changes(NotFound, TargetError, TargetRefusal)
def verify(_: dict[str, Any], name: str) -> Mapping[str, object]:
    """Say how a data platform differs from what it should enforce

    It is asked at once, and nothing is changed there.
    """
    found = marketplace().targets.verify(signed_in(), name)
    return {"items": found, "drifted": any(one.severity is Severity.DRIFT for one in found)}


@targets.route("/targets/<name>/apply", methods=["POST"])
@targets.arguments(Nothing)
@targets.response(204)
@targets.changes(NotFound)
def apply(_: dict[str, Any], name: str) -> None:
    """Have a data platform brought to what it should enforce

    A worker does it; `GET` shows when it is done.
    """
    marketplace().targets.apply(signed_in(), name)


@targets.route("/targets/<name>/retry", methods=["POST"])
@targets.arguments(Nothing)
@targets.response(204)
@targets.changes(NotFound, NothingToRetry)
def retry(_: dict[str, Any], name: str) -> None:
    """Have what failed on a data platform tried again now"""
    marketplace().targets.retry(signed_in(), name)
