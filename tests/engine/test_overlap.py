"""Evaluations at the same time: in threads, and in processes forked at any moment."""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from random import Random

import pytest

from placet.domain.errors import PackError
from placet.engine import Pack, PackSource, load_pack
from placet.engine.facts import take_in
from placet.engine.language import Fact
from tests.engine.random_facts import random_facts
from tests.engine.random_packs import load, random_packs
from tests.engine.small import concluded

SHIPPED = ("routing", "eligibility", "quorum", "expiry")


def request(number: int) -> dict[str, list[dict[str, object]]]:
    """A request of its own: an answer that holds a part of another would show."""
    sources = [f"s{number}-{n}" for n in range(1 + number % 7)]
    return {
        "quorum": [{"rule": "all"}],
        "requires": [{"source": source, "stage": 1} for source in sources],
        "determination": [{"steward": f"p{number}", "verdict": "deny" if number % 5 == 0 else "approve"}],
        "stood for": [{"steward": f"p{number}", "source": source} for source in sources],
    }


def right(pack: Pack, number: int) -> bool:
    said = pack.evaluate(request(number))
    met = set() if number % 5 == 0 else {(f"s{number}-{n}",) for n in range(1 + number % 7)}
    outcome = {("denied" if number % 5 == 0 else "approved",)}
    return concluded(said, "met") == met and concluded(said, "outcome") == outcome


def fresh(name: str) -> Pack:
    """A pack that is not compiled yet, so that the first evaluations come at once."""
    pack = load_pack("quorum")
    return load_pack(PackSource(f"{name}.yaml", pack.sources[0].text))


shared = fresh("forks")


def right_of_shared(number: int) -> bool:
    return right(shared, number)


def test_eight_threads_evaluate_one_pack_at_once() -> None:
    pack, together = fresh("threads"), threading.Barrier(8)

    def work(thread: int) -> list[bool]:
        together.wait()
        return [right(pack, 8 * n + thread) for n in range(250)]

    with ThreadPoolExecutor(8) as pool:
        assert all(all(answers) for answers in pool.map(work, range(8)))


@pytest.fixture
def often() -> Iterator[None]:
    """Threads take turns a thousand times as often as they do otherwise."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(5e-6)
    yield
    sys.setswitchinterval(before)


def questions() -> list[tuple[Pack, tuple[Fact, ...]]]:
    """Many questions of a few packs, in an order in which packs come again and again."""
    packs = [load_pack(*SHIPPED), *(fresh(f"pack-{number}") for number in range(2))]
    for seed in range(6):
        with suppress(PackError):
            packs.append(load(random_packs(Random(seed)), "threads"))
    r, found = Random(8), []
    for _ in range(300):
        pack = r.choice(packs)
        found.append((pack, take_in(random_facts(r, pack, 3), pack.program.kinds, pack.program.given)))
    return found


@pytest.mark.usefixtures("often")
def test_eight_threads_on_many_packs_say_what_one_thread_says() -> None:
    asked = questions()
    alone = [list(pack.conclude(facts, "reference").steps.items()) for pack, facts in asked]
    together = threading.Barrier(8)

    def work(thread: int) -> int:
        order = Random(thread).sample(range(len(asked)), len(asked))
        together.wait()
        return sum(list(asked[n][0].conclude(asked[n][1]).steps.items()) == alone[n] for n in order)

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(work, range(8))) == [len(asked)] * 8


THREADS = """
import os
def threads(): return len(os.listdir("/proc/self/task"))
before = threads()
from placet.engine import load_pack
assert threads() == before, "importing started a thread"
pack = load_pack("routing", "eligibility", "quorum", "expiry")
for _ in range(20):
    assert pack.evaluate({"automatic": [{"verdict": "deny"}]}).holds("outcome", status="denied")
assert pack.missing({"automatic": [{"verdict": "deny"}]}, "outcome", status="approved") is None
assert threads() == before, "evaluating started a thread"
"""


def test_neither_importing_nor_evaluating_starts_a_thread_not_even_outside_python() -> None:
    said = subprocess.run([sys.executable, "-c", THREADS], capture_output=True, text=True)
    assert (said.returncode, said.stderr) == (0, "")


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_forked_process_goes_on_with_the_packs_of_its_parent() -> None:
    assert right(shared, 1)
    with multiprocessing.get_context("fork").Pool(4) as pool:
        assert pool.map(right_of_shared, range(200)) == [True] * 200
    assert right(shared, 2)


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_fork_in_the_middle_of_evaluations_leaves_nothing_behind() -> None:
    pack, stop = fresh("busy"), threading.Event()

    def keep_busy() -> None:
        number = 0
        while not stop.is_set():
            assert right(pack, number := number + 1)

    busy = [threading.Thread(target=keep_busy) for _ in range(4)]
    for thread in busy:
        thread.start()
    try:
        assert [exit_code_of_a_fork(pack) for _ in range(20)] == [0] * 20
    finally:
        stop.set()
        for thread in busy:
            thread.join()


def exit_code_of_a_fork(pack: Pack) -> int:
    child = os.fork()
    if child == 0:
        os._exit(0 if all(right(pack, number) for number in range(40)) else 1)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def test_a_forked_process_does_not_share_the_states_of_its_parent(monkeypatch: pytest.MonkeyPatch) -> None:
    pack = fresh("compiled")
    assert right(pack, 1)
    compiled = pack._durable()
    assert pack._durable() is compiled
    monkeypatch.setattr(os, "getpid", lambda: -1)
    assert pack._durable() is not compiled
