"""By what someone has access."""

from __future__ import annotations

from typing import Any

from placet.api.access_schemas import AccessQuery, AccessSchema
from placet.api.decisions import refuse_unless_scoped
from placet.api.listing import LINKED, linked
from placet.api.resource import Resource
from placet.domain.errors import NotFound
from placet.identity.web import marketplace, signed_in
from placet.service import BadCursor
from placet.service.access_values import Access

access = Resource("access", "By what someone has access: each data source with each way in to it.")


@access.route("/access")
@access.arguments(AccessQuery, location="query")
@access.response(200, AccessSchema, headers=LINKED)
@access.reads(NotFound, BadCursor)
def listed(asked: dict[str, Any]) -> tuple[Access, dict[str, str]]:
    """List the data sources that someone can read now or later, with each way in

    By name, a page at a time; beside them the masking exceptions that have not ended, a page at a time of their own.
    """
    actor = signed_in()
    scoped = refuse_unless_scoped(asked["person"] in ("", actor.id))
    found = marketplace().access.of(actor, **asked, scoped=scoped)
    return found, linked(found.sources)
