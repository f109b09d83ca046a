"""Writing what happened, in the transaction of the change: audit entry, outbox row, a notification for each person."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from placet.domain.events import Event
from placet.outbox.audit import append, instant
from placet.storage import Notification, OutboxItem, Session
from placet.storage.fields import to_json

LARGEST = 20_000
"""Bytes that the body of a webhook stays below, as Standard Webhooks advises."""

LONGEST = 500
"""Letters that are kept of a text where the whole would be too large."""


@dataclass(frozen=True)
class Recorded:
    """An event that is kept; `id` names it wherever it is sent, however often."""

    id: str
    event: Event


def record(session: Session, events: Iterable[Event]) -> tuple[Recorded, ...]:
    """Keep what happened, all of it or, with the transaction, nothing; what is returned is announced after the commit.

    The audit trail comes last: only one transaction at a time can write it.
    """
    recorded = tuple(Recorded(str(uuid.uuid4()), event) for event in events)
    leaving = (one for one in recorded if one.event.outside)
    session.outbox.add_all(OutboxItem(one.id, one.event.type, one.event.at, body_of(one.event)) for one in leaving)
    session.notifications.add_all(notification for one in recorded for notification in _notifications(one))
    append(session, *(one.event for one in recorded))
    return recorded


def _notifications(one: Recorded) -> Iterator[Notification]:
    """One for each person; the id is made of event and person, so that the database refuses a second."""
    event, message = one.event, one.event.told()
    for person in dict.fromkeys(event.tells):
        yield Notification(_joined(one.id, person), person, event.type, message, event.at, event.subject)


def _joined(event: str, person: str) -> str:
    return str(uuid.uuid5(uuid.UUID(event), person))


def body_of(event: Event) -> Mapping[str, object]:
    """What webhooks carry: `type`, `timestamp` (ISO 8601 in UTC) and `data`, below 20 kB.

    Where it would be larger, long texts in `data` are cut and `shortened` says so; where that is not enough, only the
    ids of actor, subject and domain are left. The audit trail has all of it.
    """
    whole = dict(event.data)
    cut = {key: _cut(value) for key, value in whole.items()}
    for data in (whole, cut | {"shortened": True}):
        body = _body(event, data)
        if len(to_json(body).encode()) < LARGEST:
            return body
    return _body(event, {"shortened": True})


def _body(event: Event, data: Mapping[str, object]) -> dict[str, object]:
    who = {"actor": event.actor, "subject": event.subject, "domain": event.domain}
    return {"type": event.type, "timestamp": instant(event.at), "data": {**data, **who}}


def _cut(value: object) -> object:
    return value[:LONGEST] + "…" if isinstance(value, str) and len(value) > LONGEST else value
