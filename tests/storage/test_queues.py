"""What waits to be done: provisioning jobs, events on their way out, deliveries to webhooks."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from placet.domain.errors import AlreadyThere, Conflict
from placet.storage import Delivery, DeliveryState, Endpoint, Job, OutboxItem, Store
from tests.storage.world import NOW, minutes

LEASE = timedelta(minutes=2)
TICK = timedelta(microseconds=1)


def add_job(store: Store, kind: str = "grant", subject: str = "g1", target: str = "lake", at: datetime = NOW) -> None:
    with store.writing() as session:
        session.jobs.add(kind, target, subject, at, {"why": "approved"})


def claim(store: Store, now: datetime = NOW) -> Job | None:
    with store.writing() as session:
        return session.jobs.claim(now, LEASE)


def test_a_job_is_claimed_as_it_was_queued(store: Store) -> None:
    add_job(store)
    job = claim(store)
    assert job
    assert job == Job(job.id, "grant", "lake", "g1", NOW, NOW, {"why": "approved"}, attempts=1)
    assert claim(store) is None


def test_jobs_are_claimed_in_the_order_they_are_due(store: Store) -> None:
    add_job(store, subject="second", at=NOW)
    add_job(store, subject="third", at=NOW)
    add_job(store, subject="first", at=NOW - TICK)
    add_job(store, subject="later", at=NOW + TICK)
    claimed = [claim(store) for _ in range(4)]
    assert [job and job.subject for job in claimed] == ["first", "second", "third", None]


def test_of_the_jobs_that_are_due_those_of_an_earlier_turn_are_claimed_first(store: Store) -> None:
    with store.writing() as session:
        session.jobs.add("grant", "lake", "old", NOW - TICK, turn=2)
        session.jobs.add("revoke", "lake", "first", NOW, turn=0)
        session.jobs.add("product", "lake", "second", NOW, turn=1)
        session.jobs.add("revoke", "lake", "not yet", NOW + TICK, turn=0)
    assert [job and job.subject for job in (claim(store) for _ in range(4))] == ["first", "second", "old", None]


def test_a_job_whose_worker_died_is_claimed_again_when_its_lease_ends(store: Store) -> None:
    add_job(store)
    first = claim(store)
    assert claim(store, NOW + LEASE - TICK) is None
    again = claim(store, NOW + LEASE)
    assert first
    assert again == replace(first, attempts=2)


def test_a_job_that_is_done_is_never_claimed_again(store: Store) -> None:
    add_job(store)
    job = claim(store)
    assert job
    with store.writing() as session:
        session.jobs.done(job.id, NOW + TICK)
        assert session.jobs.of_grant("g1") == [replace(job, finished_at=NOW + TICK)]
        assert session.jobs.unfinished() == []
    assert claim(store, NOW + minutes(60)) is None


def test_jobs_that_are_alike_are_found_and_done_together(store: Store) -> None:
    for kind, subject, target in (("a", "s", "lake"), ("a", "s", "lake"), ("a", "s", "lake"), ("a", "s", "sea")):
        add_job(store, kind, subject=subject, target=target)
    add_job(store, "a", subject="other", target="lake")
    add_job(store, "b", subject="s", target="lake")
    job = claim(store)
    assert job
    with store.writing() as session:
        alike = session.jobs.alike(job)
        session.jobs.all_done(alike[:1], NOW)
        assert session.jobs.alike(job) == alike[1:]
        assert len(alike) == 2
        assert job.id not in alike


def test_a_job_that_failed_is_due_again_later_with_what_went_wrong(store: Store) -> None:
    add_job(store)
    job = claim(store)
    assert job
    with store.writing() as session:
        session.jobs.failed(job.id, "no such login", NOW + minutes(1))
        assert session.jobs.waiting_for(["g1"]) == {"g1": "no such login"}
    assert claim(store, NOW + minutes(1) - TICK) is None
    again = claim(store, NOW + minutes(1))
    assert again == replace(job, attempts=2, error="no such login", due_at=NOW + minutes(1))


def test_a_job_that_is_done_can_not_fail_any_more(store: Store) -> None:
    add_job(store)
    job = claim(store)
    assert job
    with store.writing() as session:
        session.jobs.done(job.id, NOW)
        session.jobs.failed(job.id, "too late", NOW)
        assert session.jobs.of_grant("g1") == [replace(job, finished_at=NOW)]


def test_two_jobs_about_the_same_thing_never_run_at_once(store: Store) -> None:
    add_job(store, "grant")
    add_job(store, "revoke", at=NOW + TICK)
    add_job(store, "grant", target="sea", at=NOW + minutes(1))
    granting = claim(store, NOW + minutes(1))
    elsewhere = claim(store, NOW + minutes(1))
    assert granting
    assert elsewhere
    assert (granting.kind, elsewhere.target) == ("grant", "sea")
    assert claim(store, NOW + minutes(1)) is None
    with store.writing() as session:
        session.jobs.done(granting.id, NOW + minutes(1))
    revoking = claim(store, NOW + minutes(1))
    assert revoking
    assert revoking.kind == "revoke"


def test_a_job_that_keeps_failing_does_not_stop_the_next_about_the_same_thing(store: Store) -> None:
    add_job(store, "grant")
    add_job(store, "revoke")
    failing = claim(store)
    assert failing
    with store.writing() as session:
        session.jobs.failed(failing.id, "the platform is down", NOW + minutes(60))
    revoking = claim(store)
    assert revoking
    assert revoking.kind == "revoke"


def test_what_waits_is_said_for_each_subject(store: Store) -> None:
    for subject in ("g1", "g2", "g3"):
        add_job(store, subject=subject)
        add_job(store, subject=subject, target="sea")
    with store.writing() as session:
        [first, second] = session.jobs.of_grant("g1")
        session.jobs.failed(first.id, "down", NOW)
        session.jobs.done(session.jobs.of_grant("g2")[0].id, NOW)
        for job in session.jobs.of_grant("g3"):
            session.jobs.done(job.id, NOW)
        assert session.jobs.waiting_for(["g1", "g2", "g3", "none"]) == {"g1": "down", "g2": ""}
        assert [job.subject for job in session.jobs.unfinished()] == ["g1", "g1", "g2"]
        assert session.jobs.unfinished(limit=1) == [replace(first, error="down")]
        assert second.target == "sea"


def test_events_wait_until_they_have_gone_out_once(store: Store) -> None:
    items = [OutboxItem(f"e{number}", "grant.started", NOW + minutes(number), {"n": number}) for number in (2, 0, 1)]
    with store.writing() as session:
        session.outbox.add_all(items)
        assert session.outbox.due(NOW + minutes(1)) == [items[1], items[2]]
        assert session.outbox.due(NOW + minutes(9), limit=1) == [items[1]]
        assert session.outbox.mark_dispatched("e0")
        assert not session.outbox.mark_dispatched("e0")
        assert not session.outbox.mark_dispatched("none")
        assert session.outbox.due(NOW + minutes(9)) == [items[2], items[0]]


def test_an_event_is_kept_once(store: Store) -> None:
    with store.writing() as session:
        session.outbox.add_all([OutboxItem("e", "grant.started", NOW, {})])
    with pytest.raises(AlreadyThere), store.writing() as session:
        session.outbox.add_all([OutboxItem("e", "grant.revoked", NOW, {})])


ENDPOINT = Endpoint("hook", "https://example.org/hook", "whsec_x", NOW, frozenset({"grant.started"}), owner="ann")


def delivery(number: int = 1, **changed: object) -> Delivery:
    plain = Delivery(f"d{number}", "hook", f"e{number}", "grant.started", '{"a": 1}', NOW)
    return replace(plain, **changed)  # type: ignore[arg-type]  # any field of a delivery


def with_endpoint(store: Store, *deliveries: Delivery) -> None:
    with store.writing() as session:
        session.webhooks.save(ENDPOINT)
        for one in deliveries:
            assert session.webhooks.add_delivery(one)


def claim_delivery(store: Store, now: datetime = NOW) -> Delivery | None:
    with store.writing() as session:
        return session.webhooks.claim(now, LEASE)


def test_endpoints_come_back_are_replaced_and_forgotten(store: Store) -> None:
    changed = replace(ENDPOINT, url="https://example.org/other", types=frozenset(), active=False)
    with_endpoint(store, delivery())
    with store.writing() as session:
        assert session.webhooks.endpoint("hook") == ENDPOINT
        session.webhooks.save(changed)
        assert session.webhooks.endpoints() == [changed]
        assert session.webhooks.delete("hook")
        assert not session.webhooks.delete("hook")
        assert session.webhooks.endpoint("hook") is None
        assert session.webhooks.due(NOW) == []


def test_an_event_is_queued_once_for_an_endpoint(store: Store) -> None:
    with_endpoint(store, delivery())
    with store.writing() as session:
        assert not session.webhooks.add_delivery(delivery(id="again"))
        assert [one.id for one in session.webhooks.due(NOW)] == ["d1"]


def test_a_delivery_to_no_endpoint_is_refused(store: Store) -> None:
    with pytest.raises(Conflict), store.writing() as session:
        session.webhooks.add_delivery(delivery())


def test_deliveries_are_claimed_in_the_order_they_are_due_and_again_when_the_lease_ends(store: Store) -> None:
    with_endpoint(store, delivery(1, due_at=NOW + TICK), delivery(2), delivery(3, due_at=NOW + LEASE))
    assert claim_delivery(store) == delivery(2, attempts=1)
    assert claim_delivery(store) is None
    assert claim_delivery(store, NOW + TICK) == delivery(1, due_at=NOW + TICK, attempts=1)
    claimed = [claim_delivery(store, NOW + LEASE) for _ in range(3)]
    assert [one and (one.id, one.attempts) for one in claimed] == [("d2", 2), ("d3", 1), None]


def test_what_the_endpoint_said_is_kept(store: Store) -> None:
    with_endpoint(store, delivery(1), delivery(2))
    with store.writing() as session:
        session.webhooks.delivered("d1", NOW, 200, "ok")
        session.webhooks.failed("d2", NOW + minutes(5), 503, "busy")
        assert session.webhooks.deliveries("hook") == [
            delivery(2, due_at=NOW + minutes(5), status=503, answer="busy"),
            delivery(1, state=DeliveryState.DELIVERED, finished_at=NOW, status=200, answer="ok"),
        ]
        assert [one.id for one in session.webhooks.due(NOW + minutes(9))] == ["d2"]


def test_what_is_over_stays_over(store: Store) -> None:
    with_endpoint(store, delivery(1))
    with store.writing() as session:
        session.webhooks.delivered("d1", NOW, 200)
        session.webhooks.failed("d1", NOW, 500)
        [kept] = session.webhooks.deliveries("hook")
    assert kept == delivery(1, state=DeliveryState.DELIVERED, finished_at=NOW, status=200)
