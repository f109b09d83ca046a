"""From the outbox to a real receiver, which verifies every webhook with a library that is not ours."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler

import pytest
from standardwebhooks import Webhook

from placet.domain.clock import SetClock, SystemClock
from placet.domain.events import Event, FormSaved, GrantStarted, RequestApproved
from placet.outbox.endpoints import new_secret
from placet.outbox.recording import record
from placet.outbox.webhooks import Counts, Deliverer, wait_after
from placet.settings import Settings
from placet.storage import DeliveryState, Endpoint, Store
from tests.outbox.receiver import Received, Receiver, receiver

SETTINGS = Settings(webhook_allow_cidrs=("127.0.0.0/8",))
SECRET = new_secret()


@pytest.fixture
def clock() -> SetClock:
    """Stands at the present: whoever verifies refuses webhooks that are older than five minutes."""
    return SetClock(SystemClock().now())


@pytest.fixture
def there() -> Iterator[Receiver]:
    with receiver() as one:
        yield one


def deliverer(store: Store, clock: SetClock) -> Deliverer:
    return Deliverer(store, clock, SETTINGS)


def run(store: Store, clock: SetClock) -> Counts:
    return deliverer(store, clock).run()


def subscribe(
    store: Store, to: Receiver, at: datetime, id: str = "endpoint", types: frozenset[str] = frozenset()
) -> Endpoint:
    endpoint = Endpoint(id, to.url(path=f"/{id}"), SECRET, at, types)
    with store.writing() as session:
        session.webhooks.save(endpoint)
    return endpoint


def happen(store: Store, *events: Event) -> list[str]:
    with store.writing() as session:
        return [recorded.id for recorded in record(session, events)]


def approved(at: datetime, request: str = "request") -> Event:
    return RequestApproved("ann", at, request, data={"product_name": "Salaries", "asked_for": "Salaries"})


def started(at: datetime) -> Event:
    return GrantStarted("ann", at, "grant", data={"product_name": "Salaries", "asked_for": "Salaries"})


def verified(request: Received) -> dict[str, object]:
    body = Webhook(SECRET).verify(request.body, request.headers)
    assert isinstance(body, dict)
    return body


@pytest.mark.requirement("V2", clause="webhooks")
def test_what_happened_arrives_signed(store: Store, clock: SetClock, there: Receiver) -> None:
    subscribe(store, there, clock.now())
    [id] = happen(store, approved(clock.now()))
    assert run(store, clock) == Counts(dispatched=1, delivered=1)
    [request] = there.received
    body = verified(request)
    assert (body["type"], request.id, request.path) == ("access_request.approved", id, "/endpoint")
    assert request.headers["content-type"] == "application/json"


@pytest.mark.requirement("V2", clause="webhooks")
def test_what_is_signed_is_the_id_the_time_and_every_byte(sqlite: Store, clock: SetClock, there: Receiver) -> None:
    subscribe(sqlite, there, clock.now())
    happen(sqlite, approved(clock.now()))
    run(sqlite, clock)
    [request] = there.received
    later = str(int(request.headers["webhook-timestamp"]) + 1)
    for forged in (
        replace(request, body=request.body.replace(b"Salaries", b"Salarics")),
        replace(request, headers=request.headers | {"webhook-id": "other"}),
        replace(request, headers=request.headers | {"webhook-timestamp": later}),
    ):
        with pytest.raises(Exception, match="No matching signature"):
            verified(forged)


def test_letters_of_every_alphabet_arrive_as_they_are(sqlite: Store, clock: SetClock, there: Receiver) -> None:
    subscribe(sqlite, there, clock.now())
    happen(
        sqlite,
        RequestApproved(
            "ann", clock.now(), "request", data={"product_name": "Gehälter 工资 💶", "asked_for": "Gehälter 工资 💶"}
        ),
    )
    run(sqlite, clock)
    data = verified(there.received[0])["data"]
    assert isinstance(data, dict)
    assert data["product_name"] == "Gehälter 工资 💶"


def test_each_endpoint_gets_the_types_it_asks_for(sqlite: Store, clock: SetClock, there: Receiver) -> None:
    subscribe(sqlite, there, clock.now(), "everything")
    subscribe(sqlite, there, clock.now(), "grants", frozenset({"grant.started", "grant.revoked"}))
    subscribe(sqlite, there, clock.now(), "products", frozenset({"data_product.published"}))
    first, second = happen(sqlite, approved(clock.now()), started(clock.now()))
    run(sqlite, clock)
    got = {(request.path, request.id) for request in there.received}
    assert got == {("/everything", first), ("/everything", second), ("/grants", second)}


def test_an_endpoint_gets_nothing_older_than_itself(sqlite: Store, clock: SetClock, there: Receiver) -> None:
    happen(sqlite, approved(clock.now()))
    subscribe(sqlite, there, clock.advance(seconds=1))
    assert run(sqlite, clock) == Counts(dispatched=1)
    assert there.received == []


def test_what_does_not_leave_is_sent_to_nobody(sqlite: Store, clock: SetClock, there: Receiver) -> None:
    subscribe(sqlite, there, clock.now())
    happen(sqlite, FormSaved("ann", clock.now(), "form", data={"name": "Form", "version": 2}))
    assert run(sqlite, clock) == Counts()


def test_what_was_delivered_is_not_sent_again(sqlite: Store, clock: SetClock, there: Receiver) -> None:
    subscribe(sqlite, there, clock.now())
    happen(sqlite, approved(clock.now()))
    run(sqlite, clock)
    clock.advance(days=30)
    assert run(sqlite, clock) == Counts()
    assert len(there.received) == 1


@pytest.mark.requirement("V2", clause="webhooks")
def test_what_was_not_taken_is_sent_again_later_with_the_same_id(
    store: Store, clock: SetClock, there: Receiver
) -> None:
    there.status = 500
    subscribe(store, there, clock.now())
    [id] = happen(store, approved(clock.now()))
    assert run(store, clock) == Counts(dispatched=1, failed=1)
    assert run(store, clock) == Counts()
    there.status = 200
    clock.advance(seconds=5)
    assert run(store, clock) == Counts(delivered=1)
    assert [request.id for request in there.received] == [id, id]
    assert len({request.headers["webhook-timestamp"] for request in there.received}) == 2
    assert all(map(verified, there.received))


def test_the_log_of_an_endpoint_says_what_came_of_it(store: Store, clock: SetClock, there: Receiver) -> None:
    there.status, there.answer = 503, b"come back later\x00"
    subscribe(store, there, clock.now())
    happen(store, approved(clock.now()))
    run(store, clock)
    with store.reading() as session:
        [delivery] = session.webhooks.deliveries("endpoint")
    assert (delivery.state, delivery.attempts) == (DeliveryState.WAITING, 1)
    assert (delivery.status, delivery.answer) == (503, "come back later\ufffd")
    assert delivery.due_at == clock.now() + timedelta(seconds=5)


def test_the_waits_grow_and_end_at_an_hour() -> None:
    waits = [wait_after(attempts) for attempts in range(1, 12)]
    assert waits[:3] == [timedelta(seconds=5), timedelta(seconds=10), timedelta(seconds=20)]
    assert waits == sorted(waits)
    assert waits[-1] == wait_after(1_000_000) == timedelta(hours=1)


def test_a_private_address_is_not_reached_and_the_event_is_not_lost(
    sqlite: Store, clock: SetClock, there: Receiver
) -> None:
    subscribe(sqlite, there, clock.now())
    happen(sqlite, approved(clock.now()))
    assert Deliverer(sqlite, clock, Settings()).run() == Counts(dispatched=1, failed=1)
    assert there.received == []
    clock.advance(minutes=1)
    assert run(sqlite, clock) == Counts(delivered=1)


def test_nothing_is_sent_while_an_endpoint_is_switched_off(sqlite: Store, clock: SetClock, there: Receiver) -> None:
    endpoint = subscribe(sqlite, there, clock.now())
    happen(sqlite, approved(clock.now()))
    deliverer(sqlite, clock).dispatch()
    with sqlite.writing() as session:
        session.webhooks.save(replace(endpoint, active=False))
    happen(sqlite, started(clock.now()))
    assert run(sqlite, clock) == Counts(dispatched=1, failed=1)
    assert there.received == []


def test_one_endpoint_that_is_away_does_not_keep_the_others_waiting(
    sqlite: Store, clock: SetClock, there: Receiver
) -> None:
    with receiver() as gone:
        subscribe(sqlite, gone, clock.now(), "away")
    subscribe(sqlite, there, clock.now())
    happen(sqlite, approved(clock.now()), started(clock.now()))
    assert run(sqlite, clock) == Counts(dispatched=2, delivered=2, failed=2)


@pytest.mark.requirement("V2", clause="the outbox is the safety net")
def test_several_workers_at_once_deliver_each_event_once(store: Store, clock: SetClock, there: Receiver) -> None:
    subscribe(store, there, clock.now())
    ids = happen(store, *(approved(clock.now(), str(number)) for number in range(40)))
    workers = [threading.Thread(target=run, args=(store, clock)) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert Counter(request.id for request in there.received) == Counter(ids)


@pytest.mark.requirement("V2", clause="the outbox is the safety net")
def test_what_a_dead_worker_had_claimed_is_delivered_by_the_next(
    store: Store, clock: SetClock, there: Receiver
) -> None:
    subscribe(store, there, clock.now())
    happen(store, approved(clock.now()))
    deliverer(store, clock).dispatch()
    with store.writing() as session:
        assert session.webhooks.claim(clock.now(), timedelta(seconds=10))
    assert run(store, clock) == Counts()
    clock.advance(seconds=10)
    assert run(store, clock) == Counts(delivered=1)


def test_a_delivery_is_not_sent_by_a_second_worker_while_the_first_waits_for_the_answer(
    sqlite: Store, clock: SetClock
) -> None:
    second: list[Counts] = []

    def act(handler: BaseHTTPRequestHandler) -> None:
        second.append(run(sqlite, clock))
        there.reply(handler)

    with receiver(act=act) as there:
        subscribe(sqlite, there, clock.now())
        happen(sqlite, approved(clock.now()))
        assert run(sqlite, clock) == Counts(dispatched=1, delivered=1)
    assert second == [Counts()]
