"""The audit trail."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from marshmallow import fields, pre_dump

from placet.api.base import Instant, Strict, about, plain, text
from placet.api.listing import LINKED, PageQuery, linked, page_of
from placet.api.resource import Resource
from placet.identity.web import marketplace, signed_in
from placet.service import BadCursor
from placet.service.views import Page

audit = Resource("audit", "The audit trail: one entry for each change, chained by hashes.")


class AuditQuery(PageQuery):
    """Which entries."""

    domain = text("The id of a domain; for all of them AUDIT or GOVERNANCE is needed.", load_default="")


class EntrySchema(Strict):
    """One change."""

    sequence = fields.Integer(required=True, **about("Its number in the trail."))
    type = fields.String(required=True, **about("What happened, as `access_request.approved`."))
    actor = fields.String(required=True, **about("The id of who did it; `placet` for what time did."))
    at = Instant(required=True, **about("When."))
    subject = fields.String(required=True, **about("The id of what it was done to."))
    domain = fields.String(required=True, **about("The id of the domain it belongs to, or empty."))
    data = fields.Dict(keys=fields.String(), required=True, **about("What there is to know about it."))
    previous = fields.String(required=True, **about("The hash of the entry before."))
    hash = fields.String(required=True, **about("Its own hash."))

    @pre_dump
    def read(self, entry: Any, **_: Any) -> Mapping[str, object]:
        return plain(entry) | {"data": json.loads(entry.data)}


@audit.route("/audit")
@audit.arguments(AuditQuery, location="query")
@audit.response(200, page_of(EntrySchema), headers=LINKED)
@audit.reads(BadCursor)
def listed(asked: dict[str, Any]) -> tuple[Page[Any], dict[str, str]]:
    """List the audit trail

    The newest first.
    """
    page = marketplace().audit.page(signed_in(), **asked)
    return page, linked(page)
