"""Several writers at once: one wins, nobody's work is lost, nothing is done twice."""

from __future__ import annotations

import multiprocessing
import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from placet.domain.errors import AlreadyThere, PlacetError, StaleRevision
from placet.domain.requests import RequestStatus
from placet.storage import Store
from tests.storage.world import NOW, PRODUCT, determination, furnish, request

LEASE = timedelta(minutes=2)


@pytest.fixture
def furnished(store: Store) -> Store:
    return furnish(store)


def at_once(count: int, act: Callable[[int], object]) -> list[object]:
    """What `act` gave or raised in each of several threads that begin together."""
    begin = threading.Barrier(count)

    def begun(number: int) -> object:
        begin.wait()
        try:
            return act(number)
        except PlacetError as error:
            return type(error)

    with ThreadPoolExecutor(count) as threads:
        return list(threads.map(begun, range(count)))


def test_of_two_who_changed_the_same_revision_one_is_told(furnished: Store) -> None:
    def rename(number: int) -> int:
        with furnished.writing() as session:
            return session.products.save(replace(PRODUCT, description=f"by {number}")).revision

    assert Counter(at_once(6, rename)) == {2: 1, StaleRevision: 5}


def test_those_who_lock_first_lose_no_change(furnished: Store) -> None:
    def count(_: int) -> None:
        for _ in range(5):
            with furnished.writing() as session:
                product = session.products.lock("salaries")
                assert product
                session.products.save(replace(product, description=str(int(product.description or 0) + 1)))

    at_once(6, count)
    with furnished.reading() as session:
        product = session.products.get("salaries")
    assert product
    assert (product.description, product.revision) == ("30", 31)


@pytest.mark.requirement("R1", clause="one open request")
def test_of_many_requests_at_once_one_is_opened(furnished: Store) -> None:
    def submit(number: int) -> str:
        with furnished.writing() as session:
            session.requests.add(request(f"r{number}"))
        return "kept"

    assert Counter(at_once(6, submit)) == {"kept": 1, AlreadyThere: 5}
    with furnished.reading() as session:
        assert len(session.requests.pending_for("salaries")) == 1


def test_one_verdict_is_final_however_many_determine_at_once(furnished: Store) -> None:
    """With the request locked, as every command does, those who come later see that it is decided."""
    with furnished.writing() as session:
        session.requests.add(request())

    def determine(number: int) -> str:
        with furnished.writing() as session:
            locked = session.requests.lock("request")
            assert locked
            if locked.final:
                return "late"
            session.requests.add_determination(determination(f"d{number}", steward=f"s{number}"))
            session.requests.save(locked.decided(RequestStatus.APPROVED, NOW))
            return "decided"

    assert Counter(at_once(8, determine)) == {"decided": 1, "late": 7}
    with furnished.reading() as session:
        kept = session.requests.get("request")
    assert kept
    assert (kept.status, len(kept.determinations), kept.revision) == (RequestStatus.APPROVED, 1, 2)


def test_a_steward_who_determines_twice_at_once_is_heard_once(furnished: Store) -> None:
    with furnished.writing() as session:
        session.requests.add(request())

    def determine(number: int) -> str:
        with furnished.writing() as session:
            session.requests.add_determination(determination(f"d{number}"))
        return "heard"

    assert Counter(at_once(5, determine)) == {"heard": 1, AlreadyThere: 4}


def test_a_product_shared_by_many_is_changed_by_none_of_the_others(furnished: Store) -> None:
    """Whoever shares it goes on at once; whoever wants to change it waits for all of them."""
    shared, order = threading.Barrier(3, timeout=30), []

    def share(session_of: Callable[[], Any]) -> None:
        with session_of() as session:
            session.products.share("salaries")
            shared.wait()
            order.append("shared")

    def change() -> None:
        shared.wait()
        with furnished.writing() as session:
            session.products.lock("salaries")
            order.append("changed")

    if furnished._backend.locks_rows:
        readers = [threading.Thread(target=share, args=(furnished.writing,)) for _ in range(2)]
        changer = threading.Thread(target=change)
        for thread in (*readers, changer):
            thread.start()
        for thread in (*readers, changer):
            thread.join()
        assert order == ["shared", "shared", "changed"]
    else:
        with furnished.writing() as session:
            assert session.products.share("salaries") == PRODUCT


def test_each_job_is_claimed_by_one_worker(store: Store) -> None:
    with store.writing() as session:
        for number in range(20):
            session.jobs.add("grant", "lake", f"g{number}", NOW)

    def work(_: int) -> list[str]:
        claimed = []
        while True:
            with store.writing() as session:
                job = session.jobs.claim(NOW, LEASE)
            if job is None:
                return claimed
            claimed.append(job.subject)

    claimed = at_once(5, work)
    assert sorted(subject for worker in claimed for subject in worker) == sorted(f"g{number}" for number in range(20))  # type: ignore[attr-defined]


def test_jobs_about_one_thing_are_claimed_by_one_worker_at_a_time(store: Store) -> None:
    with store.writing() as session:
        for kind in ("grant", "revoke", "grant", "revoke"):
            session.jobs.add(kind, "lake", "g1", NOW)

    def claim(_: int) -> bool:
        with store.writing() as session:
            return session.jobs.claim(NOW, LEASE) is not None

    assert Counter(at_once(6, claim)) == {True: 1, False: 5}


def test_processes_write_at_once_and_lose_nothing(store_url: str, open_store: Callable[[str], Store]) -> None:
    store = furnish(open_store(store_url))
    spawn = multiprocessing.get_context("spawn")
    begin = spawn.Barrier(3)
    processes = [spawn.Process(target=_count_up, args=(store_url, begin)) for _ in range(3)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert [process.exitcode for process in processes] == [0, 0, 0]
    with store.reading() as session:
        product = session.products.get("salaries")
    assert product
    assert product.revision == 1 + 3 * 10


def _count_up(url: str, begin: Any) -> None:
    store = Store(url)
    begin.wait()
    for _ in range(10):
        with store.writing() as session:
            product = session.products.lock("salaries")
            assert product
            session.products.save(product)
    store.close()
