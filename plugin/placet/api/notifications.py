"""Notifications: what people were told."""

from __future__ import annotations

from typing import Any

from marshmallow import fields

from placet.api.base import Instant, Strict, about
from placet.api.listing import LINKED, PageQuery, linked, page_of
from placet.api.nothing import Nothing
from placet.api.resource import Resource
from placet.domain.errors import NotFound
from placet.identity.web import marketplace, signed_in
from placet.service import BadCursor

notifications = Resource("notifications", "Notifications: what people were told.")


class NotificationSchema(Strict):
    id = fields.String(required=True, **about("Its id."))
    type = fields.String(required=True, **about("What happened, as `access_request.approved`."))
    message = fields.String(required=True, **about("What happened, in words."))
    at = Instant(required=True, **about("When it happened."))
    subject = fields.String(required=True, **about("The id of what it happened to."))
    read_at = Instant(required=True, allow_none=True, **about("When it was marked as read, or null."))


UNREAD = fields.Integer(required=True, **about("How many the reader has not read, on all pages."))


@notifications.route("/notifications")
@notifications.arguments(PageQuery, location="query")
@notifications.response(200, page_of(NotificationSchema, unread=UNREAD), headers=LINKED)
@notifications.reads(BadCursor)
def mine(asked: dict[str, Any]) -> tuple[dict[str, object], dict[str, str]]:
    """List what the reader was told

    The newest first.
    """
    page = marketplace().notifications.mine(signed_in(), **asked)
    unread = marketplace().notifications.unread(signed_in())
    return {"items": page.items, "next": page.next, "unread": unread}, linked(page)


@notifications.route("/notifications/<id>/read", methods=["POST"])
@notifications.arguments(Nothing)
@notifications.response(204)
@notifications.changes(NotFound)
def mark_read(_: dict[str, Any], id: str) -> None:
    """Mark a notification as read"""
    marketplace().notifications.mark_read(signed_in(), id)
