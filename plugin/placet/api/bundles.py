"""Bundles: what a data platform should enforce, for those that fetch it."""

from __future__ import annotations

from flask import Response, request

from placet.api.resource import Resource
from placet.api.revisions import TAGGED, tagged
from placet.domain.errors import NotFound
from placet.domain.tokens import Scope
from placet.identity.web import marketplace, signed_in, token

bundles = Resource("bundles", "Bundles: what a data platform should enforce, for those that fetch it.")

ARCHIVE = "application/gzip"


@bundles.route("/bundles/<name>.tar.gz")
@bundles.response(200, {"type": "string", "format": "binary"}, content_type=ARCHIVE, headers=TAGGED)
@bundles.alt_response(304, description="It is the one that `If-None-Match` names.", success=True)
@bundles.reads(NotFound)
def fetch(name: str) -> Response:
    """Fetch the bundle of a data platform

    For APPLICATION_ADMIN, and for service accounts by a token with the scope `bundles`: what those were given counts as
    in effect. A bundle of an equal revision is an equal bundle.
    """
    by = token()
    scoped = by is not None and Scope.BUNDLES in by.scopes
    made = marketplace().handing_out.fetch(signed_in(), name, scoped)
    headers = tagged(made.revision) | {"Cache-Control": "private, no-cache"}
    if request.if_none_match.contains_weak(made.revision):
        return Response(status=304, headers=headers)
    return Response(made.packed, mimetype=ARCHIVE, headers=headers)
