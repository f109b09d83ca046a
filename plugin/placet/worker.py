"""The worker: does what waits in the database as soon as it is told of it, and looks by itself every few seconds.

The queue carries nothing but the word that there is something to do: what, stands in the database. A lost word, a
worker that dies and one that runs twice all come to the same.
"""

from __future__ import annotations

import json
import os
import signal
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

from huey import SqliteHuey
from huey.consumer import Consumer, Scheduler
from huey.registry import Message
from huey.serializer import Serializer
from huey.storage import SqliteStorage

from placet.domain.errors import SettingError
from placet.domain.events import Event
from placet.outbox import signals
from placet.settings import Settings
from placet.storage.sqlite import PREFIX

LOOKS_EVERY = 5
"""Seconds between two looks at the database without being told."""

SLOWEST_POLL = 0.2
"""Seconds until a word in the queue is heard, at most."""

STOPS_WITHIN = 20
"""Seconds that a stopping worker gives to what is under way; a webhook takes 15 at most."""

HEALTH = 10
"""Seconds between two looks at whether all threads of the worker live."""

STOPPING = {signal.SIGINT, signal.SIGTERM}
"""The signals that end a worker. They are waited for, since a handler runs between any two steps of the main thread."""


class Work(Protocol):
    """What there is to do; each is safe to run twice, and by several workers at once."""

    def provision(self) -> object: ...
    def deliver(self) -> object: ...
    def sweep(self) -> object: ...


class HasWork(Protocol):
    """The marketplace, as the worker sees it."""

    @property
    def work(self) -> Work: ...


class PlainText(Serializer):  # type: ignore[misc]  # huey has no types
    """Words in the queue as JSON: huey's own pickles would run as code whatever someone puts into the file."""

    def _serialize(self, data: Any) -> bytes:
        return json.dumps(data).encode()

    def _deserialize(self, data: bytes) -> Any:
        return Message(*json.loads(data))


class WordFile(SqliteStorage):  # type: ignore[misc]  # huey has no types
    """A file that no crash damages, and that no change waits for: a word may be lost with the power, and is no loss."""

    def _create_connection(self) -> Any:
        connection = super()._create_connection()
        connection.execute("PRAGMA synchronous=NORMAL")
        return connection


class Words(SqliteHuey):  # type: ignore[misc]  # huey has no types
    storage_class = WordFile


class Lane:
    """One kind of work, with a queue and a thread of its own: slow webhooks never hold up an approval."""

    def __init__(self, name: str, file: Path) -> None:
        self.name = name
        self.do: Callable[[], object] = lambda: None
        self.huey = Words(f"placet-{name}", results=False, serializer=PlainText(), filename=str(file))
        self._word = self.huey.periodic_task(lambda _: True, name=name)(self._run)

    def wake(self) -> None:
        """Say that there is something to do, unless that has been said and nobody has heard it yet."""
        if not self.huey.storage.queue_size():
            self._word()

    def _run(self) -> None:
        self.do()


class Queue:
    """How the web process wakes a worker: a receiver of Placet's own signal, over a file that both open.

    Without a worker nothing is lost and nothing piles up: one word for each kind of work waits in the file.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._opened: dict[int, dict[str, Lane]] = {}
        if not file.parent.is_dir():
            raise SettingError(f"the folder `{file.parent}` for the worker's queue does not exist: make it first")

    def connect(self, sender: object) -> None:
        """Listen to the signals of one app."""
        signals.event.connect(self.receive, sender=sender, weak=False)

    def receive(self, _sender: object, *, event: Event, **_: object) -> None:
        """Wake whoever brings approvals into effect, and for what leaves Placet whoever delivers."""
        self.lanes["provision"].wake()
        if event.outside:
            self.lanes["deliver"].wake()

    @property
    def lanes(self) -> dict[str, Lane]:
        """The lanes by name, opened when they are first needed and anew in a forked process. Raises SettingError."""
        process = os.getpid()
        if process not in self._opened:
            self._opened[process] = self._open()
        return self._opened[process]

    def _open(self) -> dict[str, Lane]:
        try:
            return {name: Lane(name, self._file) for name in ("provision", "deliver", "sweep")}
        except sqlite3.Error as error:
            raise SettingError(
                f"the worker's queue `{self._file}` can't be opened: {error}. "
                "Nothing in it is needed: delete it, or name another file in `PLACET_QUEUE`"
            ) from error


def make_queue(settings: Settings) -> Queue:
    """The queue of an app; its file is made when it is first used."""
    return Queue(queue_file(settings))


def queue_file(settings: Settings) -> Path:
    """The file named in the settings; else beside an SQLite database, or in the current folder."""
    if settings.queue:
        return Path(settings.queue)
    if settings.database.startswith(PREFIX):
        return Path(settings.database.removeprefix(PREFIX).partition("?")[0]).with_suffix(".queue.db")
    return Path("placet-queue.db")


class _Looking(Scheduler):  # type: ignore[misc]  # huey has no types
    periodic_task_seconds = LOOKS_EVERY


class _Consumer(Consumer):  # type: ignore[misc]  # huey has no types
    """A consumer in threads of ours, which leaves the signals of the process alone."""

    scheduler_class = _Looking

    def _set_signal_handlers(self) -> None:
        pass


class Worker:
    """Runs the work of a marketplace in threads of its own, one for each lane."""

    def __init__(self, marketplace: HasWork, queue: Queue) -> None:
        self._work = marketplace.work
        self._queue = queue
        self._consumers: list[Consumer] = []

    def run(self) -> None:
        """Work until the process is told to stop by SIGINT or SIGTERM; what is under way is finished first.

        Call it before the process has other threads: they would take the signals. A second signal stops at once.
        """
        before = signal.pthread_sigmask(signal.SIG_BLOCK, STOPPING)
        try:
            self.start_thread()
            while signal.sigtimedwait(STOPPING, HEALTH) is None:
                self.revive()
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
            self.stop()

    def start_thread(self) -> None:
        """Begin to work, in threads that end with the process; a look at everything comes first."""
        for name, lane in self._queue.lanes.items():
            lane.do = getattr(self._work, name)
            self._consumers.append(
                _Consumer(lane.huey, initial_delay=0.05, max_delay=SLOWEST_POLL, shutdown_timeout=STOPS_WITHIN)
            )
        for consumer in self._consumers:
            consumer.start()

    def revive(self) -> None:
        """Start anew the threads that died."""
        for consumer in self._consumers:
            consumer.check_worker_health()

    def stop(self) -> None:
        """End the threads when what is under way is done."""
        for consumer in self._consumers:
            consumer.stop_flag.set()
        for consumer in self._consumers:
            consumer.stop(graceful=True)
        self._consumers.clear()
