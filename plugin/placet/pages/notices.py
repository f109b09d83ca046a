"""What the person was told."""

from __future__ import annotations

from flask import Response, request

from placet.identity.web import marketplace, signed_in, url_for
from placet.pages.rendering import page, see_other

ABOUT = {
    "access_request.created": "placet.review",
    "access_request.reminded": "placet.review",
    "access_request.": "placet.request",
    "data_product.": "placet.product",
    "data_source.": "placet.data_source",
}
"""The page that shows the subject of a message, by how its type begins; the first that fits counts."""


def show_notifications() -> Response:
    """The person's notifications, the newest first."""
    found = marketplace().notifications.mine(signed_in(), request.args.get("cursor", ""))
    return page("notifications.html", found=found, link_to=link_to)


def link_to(type: str, subject: str) -> str:
    """The address of what a message is about, or nothing."""
    if type.startswith("token."):
        return url_for("placet.tokens")
    endpoint = next((endpoint for start, endpoint in ABOUT.items() if type.startswith(start)), "")
    return url_for(endpoint, id=subject) if endpoint else ""


def mark_read(id: str) -> Response:
    """Note that the person has read one of theirs."""
    marketplace().notifications.mark_read(signed_in(), id)
    return see_other("placet.notifications")
