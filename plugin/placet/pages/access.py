"""By what one has access."""

from __future__ import annotations

from flask import Response, request

from placet.identity.web import marketplace, signed_in
from placet.pages.rendering import page


def show_access() -> Response:
    """Every data source that the person, or someone they may ask about, can read now or later, with each way in."""
    asked = request.args.get("person", "").strip()
    found = marketplace().access.of(
        signed_in(), asked, request.args.get("cursor", ""), beside=request.args.get("beside", "")
    )
    return page("access.html", found=found, asked=asked)
