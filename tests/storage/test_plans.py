"""Lists and sweeps stay fast as tables grow: each is answered from an index made for it."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

import pytest

from placet.domain.people import StewardSource
from placet.domain.requests import RequestStatus, RequestType, Whom
from placet.storage import Reader, Session, Store
from tests.storage.world import NOW

Question = Callable[[Session], object]

READER = Reader("ann", frozenset({"user:ann"}), frozenset({"hr"}))

QUESTIONS: dict[str, tuple[Question, str]] = {
    "inbox": (lambda ask: ask.requests.inbox(["user:ann"], "ann"), "request_source_inbox (source=?)"),
    "lapse": (lambda ask: ask.requests.due_to_lapse(NOW), "request_lapses (lapses_at<?)"),
    "all requests": (lambda ask: ask.requests.page(), "request_created"),
    "requests of a reader": (lambda ask: ask.requests.page(reader=READER), "request_created"),
    "all pending": (lambda ask: ask.requests.page(status=RequestStatus.PENDING), "request_open"),
    "my requests": (lambda ask: ask.requests.page(requester="ann"), "request_requester (requester=?)"),
    "my pending": (
        lambda ask: ask.requests.page(requester="ann", status=RequestStatus.PENDING),
        "request_requester (requester=?)",
    ),
    "pending on a product": (
        lambda ask: ask.requests.page(product="p", status=RequestStatus.PENDING),
        "request_product (product=?)",
    ),
    "open": (
        lambda ask: ask.requests.open_for(Whom("ann"), "p", RequestType.DATA_ACCESS),
        "request_pending (beneficiary=? AND beneficiary_kind=? AND product=? AND type=?)",
    ),
    "precedents": (
        lambda ask: ask.requests.decided_on("p", RequestStatus.DENIED, 5),
        "request_decided (product=? AND status=?)",
    ),
    "renewals": (lambda ask: ask.requests.pending_renewals("g"), "request_renews (renews=?)"),
    "ends": (lambda ask: ask.grants.ended_untold(NOW), "grant_untold (end<?)"),
    "members": (lambda ask: ask.grants.of_product("p"), "grant_product (product=?)"),
    "held": (
        lambda ask: ask.grants.live_for(Whom("ann"), "p", RequestType.DATA_ACCESS, NOW),
        "grant_beneficiary (beneficiary=? AND beneficiary_kind=? AND product=?)",
    ),
    "catalog": (lambda ask: ask.products.in_sight(["g"]), "product_listed"),
    "search": (lambda ask: ask.products.in_sight(["g"], search="pay"), "product_word_word (word>? AND word<?)"),
    "people": (lambda ask: ask.people.search("ann"), "person_word_word (word>? AND word<?)"),
    "stewards": (
        lambda ask: ask.people.stewards(StewardSource.attribute("a", "b")),
        "person_holding_source (source=?)",
    ),
    "outbox": (lambda ask: ask.outbox.due(NOW), "outbox_waiting (at<?)"),
    "deliveries": (lambda ask: ask.webhooks.due(NOW), "delivery_due (due_at<?)"),
    "jobs": (lambda ask: ask.jobs.waiting_for(["g"]), "job_subject (subject=?)"),
    "told": (lambda ask: ask.notifications.of("ann"), "notification_person (person=?)"),
    "unread": (lambda ask: ask.notifications.unread("ann"), "notification_unread (person=?)"),
    "audit of a domain": (lambda ask: ask.audit.page(domain="hr"), "audit_domain (domain=?)"),
}


@pytest.mark.parametrize("name", QUESTIONS)
def test_a_list_is_read_from_its_index(name: str, sqlite_url: str, open_store: Callable[[str], Store]) -> None:
    question, index = QUESTIONS[name]
    store = open_store(sqlite_url)
    asked: list[tuple[str, list[object]]] = []
    store._backend.database.query_hooks.append(lambda query: asked.append((query.sql, query.params)))
    with store.reading() as session:
        question(session)
    connection = sqlite3.connect(sqlite_url.removeprefix("sqlite:///"))
    plans = [connection.execute(f"EXPLAIN QUERY PLAN {sql}", params or []).fetchall() for sql, params in asked]
    connection.close()
    steps = [step[3] for plan in plans for step in plan]
    assert any(f"INDEX placet_{index}" in step for step in steps), steps
    assert not [step for step in steps if step.startswith("SCAN t") and "USING" not in step]
