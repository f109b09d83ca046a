"""By what someone has access, as the API shows it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marshmallow import fields, pre_dump

from placet.api.base import Instant, Reference, Strict, about, text
from placet.api.grant_schemas import ShownColumn
from placet.api.listing import PageQuery
from placet.domain.requests import GrantStatus
from placet.service.access_values import Access, SourceAccess, Way


class AccessQuery(PageQuery):
    person = text("The id of a person; left out: oneself.", load_default="")
    beside = text("The `next_exceptions` of a page, for the masking exceptions after those of it.", load_default="")


class WaySchema(Strict):
    """A grant by which someone has access, or will."""

    grant = fields.String(required=True, **about("The id of the grant."))
    product = fields.String(required=True, **about("The id of the data product."))
    product_name = fields.String(required=True, **about("Its name."))
    group = Reference(
        required=True, allow_none=True, **about("The id of the group through which they have it, or null: directly.")
    )
    group_name = Reference(required=True, allow_none=True, **about("What that group is called, or null."))
    status = fields.Enum(GrantStatus, by_value=True, required=True, **about("How the grant stands at this moment."))
    gives = fields.Boolean(required=True, **about("Whether it gives access now."))
    why = Reference(required=True, allow_none=True, **about("What keeps it from giving access, or null."))
    start = Instant(required=True, **about("From when on it gives access."))
    end = Instant(required=True, allow_none=True, **about("From when on it gives none any more; null is for good."))
    in_effect = fields.Boolean(required=True, **about("Whether every data platform has confirmed it."))
    problem = Reference(required=True, allow_none=True, **about("Why a platform has not, or null."))

    @pre_dump
    def flat(self, way: Way, **_: Any) -> Mapping[str, object]:
        return flat_way(way)


def flat_way(way: Way) -> dict[str, object]:
    """A way in as one object."""
    grant = way.view.grant
    return {
        "grant": grant.id,
        "product": grant.product,
        "product_name": way.view.product_name,
        "group": way.group,
        "group_name": way.group_name,
        "status": way.view.status,
        "gives": way.gives,
        "why": way.why,
        "start": grant.start,
        "end": grant.end,
        "in_effect": way.in_effect,
        "problem": way.problem,
    }


class ExceptionSchema(WaySchema):
    """A masking exception: it shows columns clear, and opens no data source."""

    columns = fields.List(fields.Nested(ShownColumn), required=True, **about("The columns it shows clear."))
    held_back = fields.List(
        fields.String(), required=True, **about("What keeps columns from being seen clear all the same, in words.")
    )

    @pre_dump
    def flat(self, way: Way, **_: Any) -> Mapping[str, object]:
        return flat_way(way) | {"columns": way.view.grant.columns, "held_back": way.view.held_back}


class SourceAccessSchema(Strict):
    """A data source with every way in to it that has not ended."""

    source = fields.String(required=True, **about("The id of the data source."))
    name = fields.String(required=True, **about("Its name, as `schema.table`."))
    target = fields.String(required=True, **about("The name of the data platform."))
    readable = fields.Boolean(required=True, **about("Whether something gives access now, and nothing prevents it."))
    ways = fields.List(fields.Nested(WaySchema), required=True, **about("The ways in, by their start."))
    allowed_by = fields.List(fields.String(), required=True, **about("The names of policies that allow it."))
    prevented_by = fields.List(fields.String(), required=True, **about("The names of guardrails that prevent it."))

    @pre_dump
    def flat(self, found: SourceAccess, **_: Any) -> Mapping[str, object]:
        return {
            "source": found.source.id,
            "name": found.source.qualified_name,
            "target": found.source.target,
            "readable": found.readable,
            "ways": found.ways,
            "allowed_by": [policy.name for policy in found.birthright.allowing],
            "prevented_by": [policy.name for policy in found.birthright.preventing],
        }


class AccessSchema(Strict):
    """By what a person has access at an instant."""

    person = fields.String(required=True, **about("The id of the person."))
    at = Instant(required=True, **about("The instant it is said of."))
    items = fields.List(fields.Nested(SourceAccessSchema), required=True, **about("The data sources of this page."))
    next = Reference(required=True, allow_none=True, **about("The cursor of the next page, null on the last."))
    exceptions = fields.List(
        fields.Nested(ExceptionSchema),
        required=True,
        **about("Masking exceptions that have not ended, the latest start first: a page of them."),
    )
    next_exceptions = Reference(
        required=True, allow_none=True, **about("What `beside` takes for the next page of them, null on the last.")
    )

    @pre_dump
    def flat(self, found: Access, **_: Any) -> Mapping[str, object]:
        return {
            "person": found.person.id,
            "at": found.at,
            "items": found.sources.items,
            "next": found.sources.next,
            "exceptions": found.exceptions.items,
            "next_exceptions": found.exceptions.next,
        }
