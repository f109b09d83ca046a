"""Domains."""

from __future__ import annotations

from typing import Any

from marshmallow import fields

from placet.api.base import Strict, about
from placet.api.resource import Resource
from placet.api.source_schemas import DomainFields, DomainSchema
from placet.domain.errors import AlreadyThere
from placet.domain.products import BadProduct, Domain
from placet.identity.web import marketplace, signed_in

domains = Resource("domains", "Domains: containers of data sources.")


class DomainList(Strict):
    items = fields.List(fields.Nested(DomainSchema), required=True, **about("Every domain, by name."))


@domains.route("/domains")
@domains.response(200, DomainList)
@domains.reads()
def listed() -> dict[str, list[Domain]]:
    """List the domains"""
    return {"items": marketplace().domains.all(signed_in())}


@domains.route("/domains", methods=["POST"])
@domains.arguments(DomainFields)
@domains.response(201, DomainSchema)
@domains.changes(BadProduct, AlreadyThere)
def create(given: dict[str, Any]) -> Domain:
    """Make a domain"""
    return marketplace().domains.save(signed_in(), Domain(id="", **given))
