"""The word that there is something to do, and what it may not do."""

from __future__ import annotations

import gc
import multiprocessing
import os
import pickle
import sqlite3
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest

from placet.domain.errors import SettingError
from placet.domain.events import FormSaved, RequestApproved
from placet.outbox import signals
from placet.outbox.recording import Recorded
from placet.settings import Settings
from placet.worker import Queue, make_queue, queue_file

NOW = datetime(2027, 3, 1, 12, tzinfo=UTC)
APPROVED = Recorded("first", RequestApproved("ann", NOW, "request"))
SAVED = Recorded("second", FormSaved("ann", NOW, "form"))


class App:
    """Stands for the object that a host made."""


@pytest.fixture
def queue(tmp_path: Path) -> Queue:
    return Queue(tmp_path / "queue.db")


def words(queue: Queue) -> dict[str, int]:
    """How many words wait in each lane."""
    return {name: lane.huey.storage.queue_size() for name, lane in queue.lanes.items()}


@pytest.mark.requirement("V2", clause="the queue is a receiver")
def test_a_signal_of_the_app_wakes_those_who_provision_and_deliver(queue: Queue) -> None:
    app = App()
    queue.connect(app)
    signals.announce(app, [APPROVED])
    assert words(queue) == {"provision": 1, "deliver": 1, "sweep": 0}


@pytest.mark.requirement("V2", clause="the queue is a receiver")
def test_a_word_does_the_work_of_its_lane(queue: Queue) -> None:
    done: list[str] = []
    for name, lane in queue.lanes.items():
        lane.do = lambda name=name: done.append(name)
    app = App()
    queue.connect(app)
    signals.announce(app, [APPROVED])
    for lane in queue.lanes.values():
        while task := lane.huey.dequeue():
            lane.huey.execute(task)
    assert done == ["provision", "deliver"]


def test_the_signals_of_another_app_wake_nobody(queue: Queue) -> None:
    app = App()
    queue.connect(app)
    signals.announce(App(), [APPROVED])
    assert set(words(queue).values()) == {0}


def test_what_does_not_leave_is_nothing_to_deliver(queue: Queue) -> None:
    app = App()
    queue.connect(app)
    signals.announce(app, [SAVED])
    assert words(queue)["deliver"] == 0


def test_words_do_not_pile_up_where_no_worker_hears_them(queue: Queue) -> None:
    app = App()
    queue.connect(app)
    signals.announce(app, [APPROVED] * 100)
    assert words(queue) == {"provision": 1, "deliver": 1, "sweep": 0}


def test_a_queue_outlives_whoever_made_it(tmp_path: Path) -> None:
    """Nobody but the signals refers to the queue of a host."""
    app = App()
    Queue(tmp_path / "queue.db").connect(app)
    gc.collect()
    signals.announce(app, [APPROVED])
    assert words(Queue(tmp_path / "queue.db"))["deliver"] == 1


def test_a_word_is_heard_by_another_process_that_opens_the_same_file(queue: Queue, tmp_path: Path) -> None:
    queue.lanes["deliver"].wake()
    assert words(Queue(tmp_path / "queue.db"))["deliver"] == 1


def test_a_queue_that_nobody_uses_makes_no_file_and_no_thread(tmp_path: Path) -> None:
    before = threading.enumerate()
    make_queue(Settings(queue=str(tmp_path / "queue.db"))).connect(App())
    assert list(tmp_path.iterdir()) == []
    assert threading.enumerate() == before


def test_a_forked_process_does_not_share_an_open_file(queue: Queue) -> None:
    mine = queue.lanes["deliver"]

    def child() -> None:
        sys.exit(queue.lanes["deliver"] is mine)

    process = multiprocessing.get_context("fork").Process(target=child)
    process.start()
    process.join()
    assert process.exitcode == 0


class Evil:
    """Makes a folder when it is unpickled."""

    def __init__(self, path: str) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.mkdir, (self.path,)


def test_nothing_in_the_file_is_ever_run_as_code(queue: Queue, tmp_path: Path) -> None:
    lane = queue.lanes["deliver"]
    planted = pickle.dumps(Evil(str(tmp_path / "evil")))
    with sqlite3.connect(tmp_path / "queue.db") as connection:
        connection.execute("INSERT INTO task (queue, data, priority) VALUES (?, ?, 0)", (lane.huey.name, planted))
    connection.close()
    with pytest.raises(UnicodeDecodeError):
        lane.huey.dequeue()
    assert not (tmp_path / "evil").exists()
    pickle.loads(planted)
    assert (tmp_path / "evil").exists()


@pytest.mark.parametrize(
    ("settings", "file"),
    [
        (Settings(queue="/var/placet/words.db"), "/var/placet/words.db"),
        (Settings(database="sqlite:////var/placet/placet.db"), "/var/placet/placet.queue.db"),
        (Settings(database="postgresql://placet@db/placet"), "placet-queue.db"),
    ],
)
def test_the_file_is_the_one_named_or_beside_the_database(settings: Settings, file: str) -> None:
    assert queue_file(settings) == Path(file)


def test_a_folder_that_does_not_exist_is_said_at_once(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match="does not exist"):
        make_queue(Settings(queue=str(tmp_path / "nowhere" / "queue.db")))


@pytest.mark.parametrize("broken", ["a folder", "no database"])
def test_a_file_that_can_not_be_opened_is_said_with_what_to_do(tmp_path: Path, broken: str) -> None:
    file = tmp_path / "queue.db"
    file.mkdir() if broken == "a folder" else file.write_text("something else" * 100)
    with pytest.raises(SettingError, match=r"delete it, or name another file in `PLACET_QUEUE`"):
        Queue(file).lanes["deliver"].wake()


def test_a_file_of_words_survives_the_loss_of_power_and_is_not_waited_for(queue: Queue) -> None:
    [[synchronous]] = queue.lanes["deliver"].huey.storage.sql("PRAGMA synchronous", results=True)
    [[journal]] = queue.lanes["deliver"].huey.storage.sql("PRAGMA journal_mode", results=True)
    assert (synchronous, journal) == (1, "wal")
