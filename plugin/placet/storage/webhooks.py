"""Webhook endpoints, and the queue of deliveries to them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from peewee import ModelSelect

from placet.storage.event_tables import DeliveryRow, EndpointRow
from placet.storage.transaction import Transaction


@dataclass(frozen=True)
class Endpoint:
    """Where events of some types are sent; no types means all. `secret` signs them."""

    id: str
    url: str
    secret: str
    created_at: datetime
    types: frozenset[str] = frozenset()
    active: bool = True
    owner: str = ""


class DeliveryState(StrEnum):
    """Where a delivery stands."""

    WAITING = "waiting"
    DELIVERED = "delivered"


@dataclass(frozen=True)
class Delivery:
    """One event for one endpoint; `body` is the exact text that is signed and sent.

    `status` and `answer` are what the endpoint said last.
    """

    id: str
    endpoint: str
    event: str
    type: str
    body: str
    due_at: datetime
    attempts: int = 0
    state: DeliveryState = DeliveryState.WAITING
    status: int | None = None
    answer: str = ""
    finished_at: datetime | None = None


class Webhooks:
    def __init__(self, transaction: Transaction) -> None:
        self._in = transaction

    def endpoint(self, id: str) -> Endpoint | None:
        row = self._in.first(EndpointRow.select().where(EndpointRow.id == id))
        return _endpoint(row) if row else None

    def endpoints(self) -> list[Endpoint]:
        """All endpoints, by id."""
        return [_endpoint(row) for row in self._in.rows(EndpointRow.select().order_by(EndpointRow.id))]

    def save(self, endpoint: Endpoint) -> None:
        """Keep an endpoint, in place of the one with this id."""
        columns = vars(endpoint) | {"types": sorted(endpoint.types)}
        self._in.change(EndpointRow.insert(columns).on_conflict(conflict_target=[EndpointRow.id], update=columns))

    def delete(self, id: str) -> bool:
        """Forget an endpoint and its deliveries; False where there is none."""
        self._in.change(DeliveryRow.delete().where(DeliveryRow.endpoint == id))
        return self._in.change(EndpointRow.delete().where(EndpointRow.id == id)) == 1

    def add_delivery(self, delivery: Delivery) -> bool:
        """Queue an event for an endpoint; False where it is queued already, so that it may be tried again."""
        row = DeliveryRow.insert(vars(delivery) | {"state": delivery.state.value})
        return self._in.change(row.on_conflict_ignore()) == 1

    def claim(self, now: datetime, lease: timedelta) -> Delivery | None:
        """Take the delivery that is due longest, for as long as the lease; nobody else gets it meanwhile."""
        self._in.hold_queue("deliveries")
        row = self._in.first(_due(now))
        if row is None:
            return None
        row.attempts += 1
        taken = {"due_at": now + lease, "attempts": row.attempts}
        self._in.change(DeliveryRow.update(taken).where(DeliveryRow.number == row.number))
        return _delivery(row)

    def delivered(self, id: str, at: datetime, status: int, answer: str = "") -> None:
        """The endpoint took it."""
        said = {"status": status, "answer": answer, "finished_at": at, "state": DeliveryState.DELIVERED.value}
        self._in.change(DeliveryRow.update(said).where(DeliveryRow.id == id))

    def failed(self, id: str, next_at: datetime, status: int | None = None, answer: str = "") -> None:
        """The endpoint did not take it; it is due again at `next_at`."""
        said = {"status": status, "answer": answer, "due_at": next_at}
        self._in.change(DeliveryRow.update(said).where(DeliveryRow.id == id, DeliveryRow.finished_at.is_null()))

    def due(self, now: datetime, limit: int = 100) -> list[Delivery]:
        """What waits to be sent by now, that longest due first."""
        return [_delivery(row) for row in self._in.rows(_due(now).limit(limit))]

    def deliveries(self, endpoint: str, limit: int = 50) -> list[Delivery]:
        """The log of an endpoint, the newest first."""
        query = DeliveryRow.select().where(DeliveryRow.endpoint == endpoint).order_by(DeliveryRow.number.desc())
        return [_delivery(row) for row in self._in.rows(query.limit(limit))]


def _due(now: datetime) -> ModelSelect[DeliveryRow]:
    waiting = DeliveryRow.select().where(DeliveryRow.finished_at.is_null(), DeliveryRow.due_at <= now)
    return waiting.order_by(DeliveryRow.due_at, DeliveryRow.number)


def _endpoint(row: EndpointRow) -> Endpoint:
    return Endpoint(row.id, row.url, row.secret, row.created_at, frozenset(row.types), row.active, row.owner)


def _delivery(row: DeliveryRow) -> Delivery:
    return Delivery(
        id=row.id,
        endpoint=row.endpoint,
        event=row.event,
        type=row.type,
        body=row.body,
        due_at=row.due_at,
        attempts=row.attempts,
        state=DeliveryState(row.state),
        status=row.status,
        answer=row.answer,
        finished_at=row.finished_at,
    )
