"""Delivering what is in the outbox: each event once to each endpoint that asks for it, signed, until it is taken."""

from __future__ import annotations

import logging
import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta

from standardwebhooks import Webhook

from placet.domain.clock import Clock
from placet.outbox.addresses import Guard, Resolver, system_addresses
from placet.outbox.sending import TIMEOUT, Answer, Sender
from placet.settings import Settings
from placet.storage import Delivery, Endpoint, OutboxItem, Session, Store
from placet.storage.fields import to_json

log = logging.getLogger("placet.outbox")

BATCH = 100
"""Events queued in one transaction."""

AT_ONCE = 8
"""Deliveries under way together, so that one slow receiver does not hold up the others."""

FIRST_RETRY, LAST_RETRY = timedelta(seconds=5), timedelta(hours=1)


@dataclass(frozen=True)
class Counts:
    """How many events were queued for endpoints, how many deliveries were taken and how many have to be repeated."""

    dispatched: int = 0
    delivered: int = 0
    failed: int = 0


def dispatch_due(session: Session, now: datetime, limit: int = BATCH) -> int:
    """Queue what waits in the outbox for every endpoint that asks for it; how many events that were.

    Safe to run twice and by several workers at once: an event is queued once for an endpoint.
    """
    items = session.outbox.due(now, limit)
    endpoints = [endpoint for endpoint in session.webhooks.endpoints() if endpoint.active] if items else []
    for item in items:
        for endpoint in endpoints:
            if asks_for(endpoint, item):
                session.webhooks.add_delivery(_delivery(endpoint, item, now))
        session.outbox.mark_dispatched(item.id)
    return len(items)


def asks_for(endpoint: Endpoint, item: OutboxItem) -> bool:
    """Whether an endpoint gets an event: of a type it names, or of any if it names none, and not older than itself."""
    return (not endpoint.types or item.type in endpoint.types) and endpoint.created_at <= item.at


def _delivery(endpoint: Endpoint, item: OutboxItem, now: datetime) -> Delivery:
    return Delivery(str(uuid.uuid4()), endpoint.id, item.id, item.type, to_json(item.body), now)


def signed_headers(secret: str, id: str, at: datetime, body: str) -> dict[str, str]:
    """The headers of a webhook by Standard Webhooks (standardwebhooks.com); `at` is the time of this attempt."""
    return {
        "webhook-id": id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": Webhook(secret).sign(id, at, body),
        "content-type": "application/json",
        "user-agent": "Placet",
    }


class Deliverer:
    """Sends what is due; several may run at once, each delivery is with one of them at a time.

    A worker that dies leaves its deliveries to the others after twice the `timeout`; the receiver may then get one a
    second time, with the same `webhook-id`.
    """

    def __init__(
        self,
        store: Store,
        clock: Clock,
        settings: Settings,
        *,
        resolve: Resolver = system_addresses,
        timeout: float = TIMEOUT,
    ) -> None:
        self._store = store
        self._clock = clock
        self._sender = Sender(Guard(settings.webhook_allow_cidrs, resolve), timeout)
        self._lease = timedelta(seconds=2 * timeout)

    def run(self) -> Counts:
        """Queue what waits in the outbox, then send everything that is due."""
        dispatched = self.dispatch()
        sent = self.deliver_due()
        return Counts(dispatched, sent.delivered, sent.failed)

    def dispatch(self) -> int:
        """Queue everything that waits in the outbox; how many events that were."""
        done = 0
        while queued := self._dispatch_some():
            done += queued
        return done

    def _dispatch_some(self) -> int:
        with self._store.writing() as session:
            return dispatch_due(session, self._clock.now())

    def deliver_due(self) -> Counts:
        """Send what is due, some at once, until nothing is."""
        results: list[bool] = []
        while batch := self._claimed():
            with ThreadPoolExecutor(len(batch)) as senders:
                results += senders.map(self._deliver, batch)
        return Counts(delivered=results.count(True), failed=results.count(False))

    def _claimed(self) -> list[Delivery]:
        """Some deliveries that nobody else gets for the time of the lease."""
        claimed: list[Delivery] = []
        with self._store.writing() as session:
            while len(claimed) < AT_ONCE and (one := session.webhooks.claim(self._clock.now(), self._lease)):
                claimed.append(one)
        return claimed

    def _deliver(self, delivery: Delivery) -> bool:
        """One attempt and its record; whether the receiver took it."""
        with self._store.reading() as session:
            endpoint = session.webhooks.endpoint(delivery.endpoint)
        if endpoint is None:
            return False
        answer = self._send(endpoint, delivery) if endpoint.active else Answer(None, "the webhook is switched off")
        with self._store.writing() as session:
            self._note(session, delivery, answer)
        return answer.taken

    def _send(self, endpoint: Endpoint, delivery: Delivery) -> Answer:
        headers = signed_headers(endpoint.secret, delivery.event, self._clock.now(), delivery.body)
        return self._sender.post(endpoint.url, headers, delivery.body.encode())

    def _note(self, session: Session, delivery: Delivery, answer: Answer) -> None:
        now = self._clock.now()
        if answer.status is not None and answer.taken:
            session.webhooks.delivered(delivery.id, now, answer.status, answer.text)
        else:
            log.warning("webhook %s did not take event %s: %s", delivery.endpoint, delivery.event, answer)
            session.webhooks.failed(delivery.id, now + wait_after(delivery.attempts), answer.status, answer.text)


def wait_after(attempts: int) -> timedelta:
    """How long to wait after a number of attempts: twice as long each time, from 5 seconds to an hour."""
    doublings = min(attempts - 1, 20)
    return min(FIRST_RETRY * (1 << doublings), LAST_RETRY)
