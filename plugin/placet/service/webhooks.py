"""Webhook endpoints as commands and views."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from placet.domain.errors import NotFound
from placet.domain.events import WebhookSaved
from placet.domain.people import Person
from placet.domain.permissions import Action, refuse_unless_may
from placet.outbox.endpoints import new_secret, refuse_bad_types, refuse_bad_url
from placet.service.context import Context, new_id
from placet.service.saving import tell
from placet.storage import Endpoint


class Webhooks:
    """Add, list and remove webhook endpoints."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def all(self, actor: Person) -> list[Endpoint]:
        """Every endpoint, by id."""
        refuse_unless_may(actor, Action.OPERATE)
        with self._context.store.reading() as session:
            return session.webhooks.endpoints()

    def add(self, actor: Person, url: str, types: Iterable[str] = ()) -> Endpoint:
        """Send events of some types, all if none is named, to an address; the secret is in what is returned."""
        refuse_unless_may(actor, Action.OPERATE)
        refuse_bad_url(url, self._context.settings.webhook_allow_cidrs)
        wanted = refuse_bad_types(types)
        now = self._context.clock.now()
        endpoint = Endpoint(new_id(), url, new_secret(), now, wanted, owner=actor.id)
        with self._context.transaction() as transaction:
            transaction.session.webhooks.save(endpoint)
            tell(transaction, [self._saved(actor, endpoint.id, url, now)])
        return endpoint

    def delete(self, actor: Person, id: str) -> None:
        """Send nothing there any more; deliveries that wait are dropped."""
        refuse_unless_may(actor, Action.OPERATE)
        with self._context.transaction() as transaction:
            endpoint = transaction.session.webhooks.endpoint(id)
            if endpoint is None:
                raise NotFound(f"no webhook has the id `{id}`")
            transaction.session.webhooks.delete(id)
            tell(transaction, [self._saved(actor, id, endpoint.url, self._context.clock.now(), deleted=True)])

    def _saved(self, actor: Person, id: str, url: str, now: datetime, deleted: bool = False) -> WebhookSaved:
        return WebhookSaved(actor.id, now, id, data={"url": url, "deleted": deleted})
