"""A worker in threads of this process."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from placet import worker as worker_module
from placet.domain.clock import SystemClock
from placet.domain.events import RequestApproved
from placet.outbox import signals
from placet.outbox.recording import Recorded
from placet.worker import Queue, Worker

WAIT = 30
APPROVED = Recorded("first", RequestApproved("ann", SystemClock().now(), "request"))


class Works:
    """Counts what it is asked to do; `deliver` may be made to take long, or to fail."""

    def __init__(self) -> None:
        self.done = {"provision": 0, "deliver": 0, "sweep": 0}
        self.go_on = threading.Event()
        self.go_on.set()
        self.fails: BaseException | None = None
        self._news = threading.Condition()

    @property
    def work(self) -> Works:
        return self

    def provision(self) -> None:
        self._did("provision")

    def deliver(self) -> None:
        self._did("deliver")
        assert self.go_on.wait(WAIT)
        if self.fails:
            raise self.fails

    def sweep(self) -> None:
        self._did("sweep")

    def _did(self, what: str) -> None:
        with self._news:
            self.done[what] += 1
            self._news.notify_all()

    def wait_for(self, **counts: int) -> None:
        """Until everything was done at least that often."""
        with self._news:
            enough = self._news.wait_for(lambda: all(self.done[what] >= count for what, count in counts.items()), WAIT)
            assert enough, self.done


@pytest.fixture
def queue(tmp_path: Path) -> Queue:
    return Queue(tmp_path / "queue.db")


@pytest.fixture
def works() -> Works:
    return Works()


@pytest.fixture
def looks_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker that looks by itself when it starts, and then only when it is told."""
    monkeypatch.setattr(worker_module._Looking, "periodic_task_seconds", 3600)


@pytest.fixture
def at_work(works: Works, queue: Queue) -> Iterator[Worker]:
    one = Worker(works, queue)
    one.start_thread()
    try:
        yield one
    finally:
        works.go_on.set()
        one.stop()


def test_a_worker_that_starts_looks_at_everything_first(works: Works, at_work: Worker) -> None:
    works.wait_for(provision=1, deliver=1, sweep=1)


@pytest.mark.usefixtures("looks_once")
@pytest.mark.requirement("V2", clause="the queue is a receiver")
def test_a_worker_hears_the_signal_of_its_app(works: Works, queue: Queue, at_work: Worker) -> None:
    queue.connect(works)
    works.wait_for(provision=1, deliver=1, sweep=1)
    signals.announce(works, [APPROVED])
    works.wait_for(provision=2, deliver=2)
    assert works.done["sweep"] == 1


def test_a_worker_that_is_told_nothing_looks_by_itself(
    works: Works, queue: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker_module._Looking, "periodic_task_seconds", 1)
    one = Worker(works, queue)
    one.start_thread()
    works.wait_for(provision=3, deliver=3, sweep=3)
    one.stop()


@pytest.mark.usefixtures("looks_once")
def test_a_slow_receiver_of_webhooks_does_not_hold_up_approvals(works: Works, queue: Queue, at_work: Worker) -> None:
    queue.connect(works)
    works.wait_for(provision=1, deliver=1)
    works.go_on.clear()
    signals.announce(works, [APPROVED])
    works.wait_for(provision=2, deliver=2)
    signals.announce(works, [APPROVED])
    works.wait_for(provision=3)
    assert works.done["deliver"] == 2


@pytest.mark.usefixtures("looks_once")
def test_work_that_fails_is_tried_again_and_the_worker_lives(works: Works, queue: Queue, at_work: Worker) -> None:
    works.fails = RuntimeError("the database is away")
    works.wait_for(deliver=1)
    for count in (2, 3):
        queue.lanes["deliver"].wake()
        works.wait_for(deliver=count)


@pytest.mark.usefixtures("looks_once")
def test_a_thread_that_died_is_started_anew(works: Works, queue: Queue, at_work: Worker) -> None:
    works.wait_for(deliver=1)
    before = set(threading.enumerate())
    works.fails = SystemExit()
    queue.lanes["deliver"].wake()
    works.wait_for(deliver=2)
    [died] = before - wait_for_fewer(before)
    works.fails = None
    at_work.revive()
    queue.lanes["deliver"].wake()
    works.wait_for(deliver=3)
    assert not died.is_alive()


def wait_for_fewer(threads: set[threading.Thread]) -> set[threading.Thread]:
    """Those of the threads that live, once one of them does not."""
    end = time.monotonic() + WAIT
    while all(thread.is_alive() for thread in threads):
        assert time.monotonic() < end
        time.sleep(0.01)
    return {thread for thread in threads if thread.is_alive()}


def test_a_stopping_worker_finishes_what_is_under_way(works: Works, queue: Queue) -> None:
    one = Worker(works, queue)
    works.go_on.clear()
    one.start_thread()
    works.wait_for(deliver=1)
    stopping = threading.Thread(target=one.stop)
    stopping.start()
    stopping.join(0.3)
    assert stopping.is_alive()
    works.go_on.set()
    stopping.join(WAIT)
    assert not stopping.is_alive()


def test_a_worker_in_a_thread_leaves_the_signals_of_the_process_alone(works: Works, queue: Queue) -> None:
    numbers = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP]
    before = [signal.getsignal(number) for number in numbers]
    threads = threading.active_count()
    one = Worker(works, queue)
    one.start_thread()
    assert [signal.getsignal(number) for number in numbers] == before
    one.stop()
    assert threading.active_count() == threads


def test_a_worker_starts_again_after_it_was_stopped(works: Works, queue: Queue) -> None:
    one = Worker(works, queue)
    for count in (1, 2):
        one.start_thread()
        works.wait_for(sweep=count)
        one.stop()
