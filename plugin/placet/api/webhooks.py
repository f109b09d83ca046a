"""Webhooks: where events are sent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marshmallow import fields

from placet.api.base import Instant, Strict, Words, about, text
from placet.api.resource import Resource
from placet.domain.errors import NotFound
from placet.identity.web import marketplace, signed_in
from placet.outbox.addresses import ForbiddenAddress
from placet.outbox.endpoints import BadTypes, BadUrl

webhooks = Resource("webhooks", "Webhooks: where events are sent, signed as Standard Webhooks.")


class NewWebhook(Strict):
    url = text("The address events are sent to.", 2_000, 1, required=True)
    types = Words("The types of event it takes, as `access_request.approved`; none: all.", load_default=())


class WebhookSchema(Strict):
    """Where events are sent."""

    id = fields.String(required=True, **about("Its id."))
    url = fields.String(required=True, **about("The address."))
    types = Words("The types of event it takes; none: all.", required=True)
    active = fields.Boolean(required=True, **about("Whether anything is sent there."))
    owner = fields.String(required=True, **about("The id of who added it."))
    created_at = Instant(required=True, **about("When it was added."))


class WebhookAdded(WebhookSchema):
    """A webhook with the secret that signs its events."""

    secret = fields.String(required=True, **about("Checks the signatures; it is shown this once."))


class WebhookList(Strict):
    items = fields.List(fields.Nested(WebhookSchema), required=True, **about("Every webhook."))


@webhooks.route("/webhooks")
@webhooks.response(200, WebhookList)
@webhooks.reads()
def listed() -> Mapping[str, object]:
    """List the webhooks"""
    return {"items": marketplace().webhooks.all(signed_in())}


@webhooks.route("/webhooks", methods=["POST"])
@webhooks.arguments(NewWebhook)
@webhooks.response(201, WebhookAdded)
@webhooks.changes(BadUrl, BadTypes, ForbiddenAddress)
def add(given: dict[str, Any]) -> object:
    """Add a webhook

    The answer holds the secret that signs its events; it is never shown again.
    """
    return marketplace().webhooks.add(signed_in(), given["url"], given["types"])


@webhooks.route("/webhooks/<id>", methods=["DELETE"])
@webhooks.response(204)
@webhooks.changes(NotFound)
def delete(id: str) -> None:
    """Remove a webhook; deliveries that wait are dropped"""
    marketplace().webhooks.delete(signed_in(), id)
