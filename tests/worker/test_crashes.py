"""Processes killed at the worst moment: nothing that was committed is lost."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest
from standardwebhooks import Webhook

from placet.domain.clock import SystemClock
from placet.domain.events import ProductPublished
from placet.outbox.endpoints import new_secret
from placet.outbox.recording import record
from placet.storage import Delivery, DeliveryState, Endpoint, Store
from tests.outbox.receiver import WAIT, Received, Receiver, receiver

SECRET = new_secret()

Start = Callable[[str], "subprocess.Popen[str]"]


@pytest.fixture
def start(store_url: str, tmp_path: Path) -> Iterator[Start]:
    """Starts processes of `process.py`; those still alive are killed at the end."""
    started: list[subprocess.Popen[str]] = []

    def start_one(what: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "tests.worker.process", what, store_url, str(tmp_path / "queue.db")]
        started.append(subprocess.Popen(command, stdout=subprocess.PIPE, text=True))
        return started[-1]

    yield start_one
    for process in started:
        process.kill()
        process.communicate()


@contextmanager
def waiting_receiver() -> Iterator[tuple[Receiver, threading.Event]]:
    """A receiver that answers nothing before the event is set."""
    answer = threading.Event()

    def act(handler: BaseHTTPRequestHandler) -> None:
        assert answer.wait(WAIT)
        one.reply(handler)

    with receiver(act=act) as one:
        try:
            yield one, answer
        finally:
            answer.set()


def subscribe(store: Store, to: Receiver) -> None:
    with store.writing() as session:
        session.webhooks.save(Endpoint("endpoint", to.url(), SECRET, SystemClock().now()))


def publish(store: Store) -> str:
    with store.writing() as session:
        [recorded] = record(
            session, [ProductPublished("ann", SystemClock().now(), "product", data={"product_name": "Salaries"})]
        )
    return recorded.id


def delivery(store: Store) -> Delivery:
    with store.reading() as session:
        [one] = session.webhooks.deliveries("endpoint")
    return one


def let_the_lease_pass(store: Store) -> None:
    """What the dead worker had claimed is due again, as it would be after half a minute."""
    claimed = delivery(store)
    assert claimed.due_at > SystemClock().now()
    with store.writing() as session:
        session.webhooks.failed(claimed.id, SystemClock().now())


def kill(process: subprocess.Popen[str]) -> None:
    process.send_signal(signal.SIGKILL)
    assert process.wait(WAIT) == -signal.SIGKILL


def verified(one: Received) -> str:
    """The id of a webhook whose signature holds."""
    Webhook(SECRET).verify(one.body, one.headers)
    return one.id


@pytest.mark.requirement("V2", clause="webhooks")
@pytest.mark.requirement("V2", clause="the outbox is the safety net")
def test_a_worker_killed_while_it_delivers_delivers_again_with_the_same_id(store: Store, start: Start) -> None:
    with waiting_receiver() as (there, answer):
        subscribe(store, there)
        id = publish(store)
        worker = start("work")
        there.wait_for(1)
        kill(worker)
        answer.set()
        let_the_lease_pass(store)
        start("work")
        assert list(map(verified, there.wait_for(2))) == [id, id]
        wait_until_delivered(store)


@pytest.mark.requirement("V2", clause="webhooks")
@pytest.mark.requirement("V2", clause="the outbox is the safety net")
def test_a_worker_killed_between_commit_and_delivery_delivers_when_it_is_back(store: Store, start: Start) -> None:
    with receiver() as there:
        subscribe(store, there)
        worker = start("work")
        ready(worker)
        worker.send_signal(signal.SIGSTOP)
        id = publish(store)
        kill(worker)
        assert there.received == []
        start("work")
        assert list(map(verified, there.wait_for(1))) == [id]
        wait_until_delivered(store)


@pytest.mark.requirement("V2", clause="the outbox is the safety net")
def test_a_web_process_killed_between_commit_and_signal_loses_no_event(store: Store, start: Start) -> None:
    with receiver() as there:
        subscribe(store, there)
        assert start("change").wait(WAIT) == -signal.SIGKILL
        with store.reading() as session:
            [item] = session.outbox.due(SystemClock().now())
        start("work")
        assert list(map(verified, there.wait_for(1))) == [item.id]
        wait_until_delivered(store)


def test_a_worker_told_to_stop_finishes_its_delivery_first(store: Store, start: Start) -> None:
    with waiting_receiver() as (there, answer):
        subscribe(store, there)
        publish(store)
        worker = start("work")
        there.wait_for(1)
        worker.send_signal(signal.SIGTERM)
        answer.set()
        assert worker.wait(WAIT) == 0
    assert delivery(store).state is DeliveryState.DELIVERED


def ready(worker: subprocess.Popen[str]) -> None:
    assert worker.stdout is not None
    assert worker.stdout.readline() == "ready\n"


def wait_until_delivered(store: Store) -> None:
    end = time.monotonic() + WAIT
    while delivery(store).state is not DeliveryState.DELIVERED:
        assert time.monotonic() < end
        time.sleep(0.05)
