"""Lists and sweeps stay fast as tables grow: each is answered from an index made for it."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable
from dataclasses import replace

import pytest

from placet.domain.people import PersonKind, StewardSource
from placet.domain.products import DataSource, ProductState
from placet.domain.reminders import About
from placet.domain.requests import BeneficiaryKind, RequestStatus, RequestType, Whom
from placet.domain.scopes import InDomain, Tagged
from placet.storage import Reader, Session, SourceFilter, SourceSight, Standing, Store, Wanted, catalog, requests
from tests.storage.world import NOW

Question = Callable[[Session], object]

EVERYTHING = Wanted("ann", NOW)
HELD_AS = (Whom("ann"), Whom("g", BeneficiaryKind.GROUP))
READER = Reader("ann", frozenset({"user:ann"}), frozenset({"hr"}))

SOURCE = DataSource("s", "wh", "hr", "pay", tags=frozenset({"HR"}), domains=frozenset({"hr"}))

QUESTIONS: dict[str, tuple[Question, str]] = {
    "inbox": (lambda ask: ask.requests.inbox(["user:ann"], "ann"), "request_source_inbox (source=?)"),
    "lapse": (lambda ask: ask.requests.due_to_lapse(NOW), "request_lapses (lapses_at<?)"),
    "all requests": (lambda ask: ask.requests.page(), "request_created"),
    "requests of a status": (
        lambda ask: ask.requests.page(status=RequestStatus.DENIED),
        "request_denied",
    ),
    "requests of a type": (
        lambda ask: ask.requests.page(type=RequestType.MASKING_EXCEPTION),
        "request_exception",
    ),
    "requests that a reader made": (lambda ask: ask.requests.page(reader=READER), "request_requester (requester=?)"),
    "requests for a reader": (
        lambda ask: ask.requests.page(reader=READER),
        "request_beneficiary (beneficiary=? AND beneficiary_kind=?)",
    ),
    "requests that asked a reader": (lambda ask: ask.requests.page(reader=READER), "request_source_asked (source=?)"),
    "requests a reader determined": (
        lambda ask: ask.requests.page(reader=READER),
        "determination_steward (steward=?)",
    ),
    "requests of a reader's domain": (lambda ask: ask.requests.page(reader=READER), "product_domain (domain=?)"),
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
    "grants of someone": (
        lambda ask: ask.grants.page(HELD_AS),
        "grant_held (beneficiary=? AND beneficiary_kind=?)",
    ),
    "exceptions of someone": (
        lambda ask: ask.grants.exceptions(HELD_AS, NOW),
        "grant_exception (beneficiary=? AND beneficiary_kind=?)",
    ),
    "held on products": (
        lambda ask: ask.grants.held_on(HELD_AS, ["p"]),
        "grant_beneficiary (beneficiary=? AND beneficiary_kind=? AND product=?)",
    ),
    "exceptions for columns": (
        lambda ask: ask.grants.clear_for(HELD_AS, ["s"], NOW),
        "grant_column_source (source=?)",
    ),
    "ways in to sources": (
        lambda ask: ask.grants.opening(HELD_AS, ["s"], NOW),
        "product_source_source (source=?)",
    ),
    "how many members": (lambda ask: ask.grants.count_live_on("p", NOW), "grant_product (product=?)"),
    "how many ask": (lambda ask: ask.requests.count_pending_for("p"), "request_decided (product=? AND status=?)"),
    "open on products": (
        lambda ask: ask.requests.open_on(Whom("ann"), ["p"], RequestType.DATA_ACCESS),
        "request_pending (beneficiary=? AND beneficiary_kind=? AND product=? AND type=?)",
    ),
    "sources open to someone": (
        lambda ask: ask.sources.open_to(HELD_AS, NOW),
        "grant_held (beneficiary=? AND beneficiary_kind=?)",
    ),
    "products to manage": (lambda ask: ask.products.page(states=[ProductState.DRAFT]), "product_draft"),
    "products to manage of a domain": (
        lambda ask: ask.products.page(domains=["hr"], states=[ProductState.DRAFT]),
        "product_domain_draft (domain=?)",
    ),
    "products to manage by words": (
        lambda ask: ask.products.page("pay"),
        "product_word_word (word>? AND word<?)",
    ),
    "members": (lambda ask: ask.grants.of_product("p"), "grant_product (product=?)"),
    "held": (
        lambda ask: ask.grants.live_for(Whom("ann"), "p", RequestType.DATA_ACCESS, NOW),
        "grant_beneficiary (beneficiary=? AND beneficiary_kind=? AND product=?)",
    ),
    "forms": (lambda ask: ask.forms.page(), "form_name"),
    "forms by words": (lambda ask: ask.forms.page("pay"), "form_word_word (word>? AND word<?)"),
    "versions of a form": (lambda ask: ask.forms.versions("f"), "form_1 (id=?)"),
    "products by form": (lambda ask: ask.products.asking_by("f"), "product_form (form=?)"),
    "products by masking form": (lambda ask: ask.products.asking_by("f"), "product_masking_form (masking_form=?)"),
    "requests by form": (lambda ask: ask.forms.once_used("f"), "request_form (form=?)"),
    "agreements": (lambda ask: ask.agreements.page(), "agreement_name"),
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
        "grant_held (beneficiary=? AND beneficiary_kind=?)",
    ),
    "catalog of what one asked for": (
        lambda ask: ask.products.in_sight(["g"], replace(EVERYTHING, standing=Standing.ASKED)),
        "request_beneficiary (beneficiary=? AND beneficiary_kind=?)",
    ),
    "catalog of neither": (
        lambda ask: ask.products.in_sight(["g"], replace(EVERYTHING, standing=Standing.NEITHER)),
        "product_catalog",
    ),
    "domains": (lambda ask: ask.domains.page(), "domain_name"),
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


@pytest.mark.parametrize("name", ["products to manage", "products to manage of a domain", "grants of someone"])
def test_what_several_ranges_give_is_cut_before_it_is_merged(
    sqlite_url: str, open_store: Callable[[str], Store], name: str
) -> None:
    """Each range is read in the order of its index, so that no more is read than a page of it."""
    store = open_store(sqlite_url)
    asked: list[tuple[str, list[object]]] = []
    store._backend.database.query_hooks.append(lambda query: asked.append((query.sql, query.params)))
    with store.reading() as session:
        QUESTIONS[name][0](session)
    connection = sqlite3.connect(sqlite_url.removeprefix("sqlite:///"))
    steps = [step[3] for sql, params in asked for step in connection.execute(f"EXPLAIN QUERY PLAN {sql}", params)]
    connection.close()
    assert not [step for step in steps if "TEMP B-TREE" in step], steps


def test_requests_that_many_may_read_are_walked_in_their_order(
    sqlite_url: str, open_store: Callable[[str], Store], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(requests, "FEW", -1)
    store = open_store(sqlite_url)
    asked: list[tuple[str, list[object]]] = []
    store._backend.database.query_hooks.append(lambda query: asked.append((query.sql, query.params)))
    with store.reading() as session:
        session.requests.page(reader=READER)
    sql, params = asked[-1]
    connection = sqlite3.connect(sqlite_url.removeprefix("sqlite:///"))
    steps = [step[3] for step in connection.execute(f"EXPLAIN QUERY PLAN {sql}", params)]
    connection.close()
    assert "INDEX placet_request_created" in steps[0], steps
    assert not [step for step in steps if "TEMP B-TREE" in step], steps
