"""Lists and sweeps stay fast as tables grow: each is answered from an index made for it."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable
from dataclasses import replace

import pytest

from placet.domain.people import PersonKind, StewardSource
from placet.domain.policies import InDomain, Tagged
from placet.domain.products import DataSource
from placet.domain.reminders import About
from placet.domain.requests import RequestStatus, RequestType, Whom
from placet.storage import Reader, Session, SourceFilter, SourceSight, Standing, Store, Wanted, catalog
from tests.storage.world import NOW

Question = Callable[[Session], object]

EVERYTHING = Wanted("ann", NOW)
READER = Reader("ann", frozenset({"user:ann"}), frozenset({"hr"}))

SOURCE = DataSource("s", "wh", "hr", "pay", tags=frozenset({"HR"}), domains=frozenset({"hr"}))

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
    "reminders": (lambda ask: ask.reminders.due(NOW), "reminder_due (due<?)"),
    "reminders of a subject": (lambda ask: ask.reminders.of(About.GRANT, "g"), "reminder_1 (about=? AND subject=?)"),
    "members": (lambda ask: ask.grants.of_product("p"), "grant_product (product=?)"),
    "held": (
        lambda ask: ask.grants.live_for(Whom("ann"), "p", RequestType.DATA_ACCESS, NOW),
        "grant_beneficiary (beneficiary=? AND beneficiary_kind=? AND product=?)",
    ),
    "forms": (lambda ask: ask.forms.page(), "form_listed"),
    "forms by words": (lambda ask: ask.forms.page("pay"), "form_word_word (word>? AND word<?)"),
    "versions of a form": (lambda ask: ask.forms.versions("f"), "form_1 (id=?)"),
    "products by form": (lambda ask: ask.products.asking_by("f"), "product_form (form=?)"),
    "products by masking form": (lambda ask: ask.products.asking_by("f"), "product_masking_form (masking_form=?)"),
    "requests by form": (lambda ask: ask.forms.once_used("f"), "request_form (form=?)"),
    "agreements": (lambda ask: ask.agreements.page(), "agreement_listed"),
    "agreements by words": (lambda ask: ask.agreements.page("pay"), "agreement_word_word (word>? AND word<?)"),
    "versions of an agreement": (lambda ask: ask.agreements.versions("a"), "agreement_1 (id=?)"),
    "forms by agreement": (lambda ask: ask.agreements.asked_by("a"), "form_agreement_agreement (agreement=?)"),
    "catalog": (lambda ask: ask.products.in_sight(["g"], EVERYTHING), "product_catalog"),
    "catalog of a domain": (
        lambda ask: ask.products.in_sight(["g"], replace(EVERYTHING, domain="hr")),
        "product_catalog_domain (domain=?)",
    ),
    "search": (
        lambda ask: ask.products.in_sight(["g"], replace(EVERYTHING, search="pay")),
        "product_word_word (word>? AND word<?)",
    ),
    "catalog by tag of a source": (
        lambda ask: ask.products.in_sight(["g"], replace(EVERYTHING, tag="PII")),
        "source_tag_tag (tag=?)",
    ),
    "catalog by tag of a column": (
        lambda ask: ask.products.in_sight(["g"], replace(EVERYTHING, tag="PII")),
        "column_tag_tag (tag>? AND tag<?)",
    ),
    "catalog by platform": (
        lambda ask: ask.products.in_sight(["g"], replace(EVERYTHING, target="lake")),
        "source_target (target=?)",
    ),
    "catalog of what one has": (
        lambda ask: ask.products.in_sight(["g"], replace(EVERYTHING, standing=Standing.HAVE)),
        "grant_beneficiary (beneficiary=? AND beneficiary_kind=?)",
    ),
    "catalog of what one asked for": (
        lambda ask: ask.products.in_sight(["g"], replace(EVERYTHING, standing=Standing.ASKED)),
        "request_beneficiary (beneficiary=? AND beneficiary_kind=?)",
    ),
    "catalog of neither": (
        lambda ask: ask.products.in_sight(["g"], replace(EVERYTHING, standing=Standing.NEITHER)),
        "product_catalog",
    ),
    "domains": (lambda ask: ask.domains.page(), "domain_listed"),
    "sources": (lambda ask: ask.sources.page(), "source_listed"),
    "sources in sight": (
        lambda ask: ask.sources.page(sight=SourceSight(frozenset({"hr"}), frozenset({"g"}), frozenset({"hr"}))),
        "source_listed",
    ),
    "sources of a domain": (
        lambda ask: ask.sources.page(SourceFilter(domain="hr")),
        "source_domain_domain (domain=?)",
    ),
    "sources that a product holds": (
        lambda ask: ask.sources.page(SourceFilter(held_by="p")),
        "product_source_1 (product=?)",
    ),
    "sources of a domain beside a product": (
        lambda ask: ask.sources.page(SourceFilter(domain="hr", beside="p")),
        "source_domain_domain (domain=?)",
    ),
    "sources of a target": (lambda ask: ask.sources.page(SourceFilter(target="lake")), "source_target (target=?)"),
    "sources with a tag": (lambda ask: ask.sources.page(SourceFilter(tag="PII")), "column_tag_tag (tag>? AND tag<?)"),
    "sources by words": (
        lambda ask: ask.sources.page(SourceFilter(search="pay")),
        "source_word_word (word>? AND word<?)",
    ),
    "sources under a tag": (lambda ask: ask.sources.carrying({"HR"}), "source_tag_tag (tag>? AND tag<?)"),
    "people": (lambda ask: ask.people.search("ann"), "person_word_word (word>? AND word<?)"),
    "people listed": (lambda ask: ask.directory.people(), "person"),
    "people by words": (lambda ask: ask.directory.people("ann"), "person_word_word (word>? AND word<?)"),
    "the inactive": (lambda ask: ask.directory.people(active=False), "person_active (active=?)"),
    "people of a kind": (lambda ask: ask.directory.people(kind=PersonKind.SERVICE_ACCOUNT), "person_kind (kind=?)"),
    "people of a group": (lambda ask: ask.directory.people(group="g"), "membership_group (group=?)"),
    "groups by words": (lambda ask: ask.directory.groups("pay"), "group_word_word (word>? AND word<?)"),
    "accounts": (lambda ask: ask.directory.owned_by(["ann"]), "person_owner (owner=?)"),
    "named by a provider": (lambda ask: ask.directory.called("people", "x"), "person_external (external_id=?)"),
    "asked by who leaves": (lambda ask: ask.requests.pending_of_people(["ann"]), "request_requester (requester=?)"),
    "for who leaves": (
        lambda ask: ask.requests.pending_of_people(["ann"]),
        "request_beneficiary (beneficiary=? AND beneficiary_kind=?)",
    ),
    "asking lost sources": (
        lambda ask: ask.requests.pending_asking(["user:ann"], unroutable=False),
        "request_source_inbox (source=?)",
    ),
    "stewards by pages": (
        lambda ask: ask.directory.stewards(StewardSource.attribute("a", "b")),
        "person_holding_source (source=?)",
    ),
    "stewards": (
        lambda ask: ask.people.stewards(StewardSource.attribute("a", "b")),
        "person_holding_source (source=?)",
    ),
    "who holds something in a domain": (lambda ask: ask.people.holding_in("hr"), "person_holding_source (source=?)"),
    "groups that hold something in a domain": (
        lambda ask: ask.people.holding_in("hr"),
        "group_holding_source (source=?)",
    ),
    "outbox": (lambda ask: ask.outbox.due(NOW), "outbox_waiting (at<?)"),
    "deliveries": (lambda ask: ask.webhooks.due(NOW), "delivery_due (due_at<?)"),
    "jobs": (lambda ask: ask.jobs.waiting_for(["g"]), "job_subject (subject=?)"),
    "told": (lambda ask: ask.notifications.of("ann"), "notification_person (person=?)"),
    "unread": (lambda ask: ask.notifications.unread("ann"), "notification_unread (person=?)"),
    "tokens": (lambda ask: ask.tokens.of("ann"), "token_holder (holder=?)"),
    "ending tokens": (lambda ask: ask.tokens.ending_untold(NOW), "token_ending (ends_at<?)"),
    "data policies": (lambda ask: ask.policies.page(), "data_policy_listed (active=?)"),
    "retired policies": (lambda ask: ask.policies.page(active=False), "data_policy_listed (active=?)"),
    "policies of a source": (
        lambda ask: ask.policies.for_sources([SOURCE]),
        "data_policy_source (source=?)",
    ),
    "policies of its tags": (lambda ask: ask.policies.for_sources([SOURCE]), "data_policy_tag (tag=?)"),
    "policies of its domains": (
        lambda ask: ask.policies.for_sources([SOURCE]),
        "data_policy_domain (domain=?)",
    ),
    "sources of a policy on a tag": (lambda ask: ask.policies.sources_of(Tagged("HR"), 50), "source_tag_tag (tag=?)"),
    "columns of a policy on a tag": (lambda ask: ask.policies.sources_of(Tagged("HR"), 50), "column_tag_tag (tag=?)"),
    "sources of a policy": (
        lambda ask: ask.policies.sources_of(InDomain("hr"), 50),
        "source_domain_domain (domain=?)",
    ),
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
    assert any(re.search(f"INDEX (sqlite_autoindex_)?placet_{re.escape(index)}", step) for step in steps), steps
    assert not [step for step in steps if step.startswith("SCAN t") and "USING" not in step]


@pytest.mark.parametrize("domain", ["", "hr"])
def test_a_catalog_whose_filters_many_pass_is_walked_in_its_order(
    sqlite_url: str, open_store: Callable[[str], Store], monkeypatch: pytest.MonkeyPatch, domain: str
) -> None:
    """Nothing is sorted, and each product is asked from an index."""
    monkeypatch.setattr(catalog, "FEW", -1)
    store = open_store(sqlite_url)
    asked: list[tuple[str, list[object]]] = []
    store._backend.database.query_hooks.append(lambda query: asked.append((query.sql, query.params)))
    for standing in (None, *Standing):
        wanted = Wanted("ann", NOW, "pay", domain, "PII", "lake", standing)
        with store.reading() as session:
            session.products.in_sight(["g"], wanted)
        sql, params = asked[-1]
        connection = sqlite3.connect(sqlite_url.removeprefix("sqlite:///"))
        steps = [step[3] for step in connection.execute(f"EXPLAIN QUERY PLAN {sql}", params or []).fetchall()]
        connection.close()
        assert any("INDEX placet_product_catalog" in step for step in steps[:1]), steps
        assert not [
            step for step in steps if "TEMP B-TREE" in step or (step.startswith("SCAN t") and "USING" not in step)
        ]
