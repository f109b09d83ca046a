"""The life of a data product: suspended, unpublished, published again, deleted; who sees it meanwhile, and is told."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from placet.domain.errors import Forbidden, NotFound, StaleRevision
from placet.domain.products import DataProduct, ProductState
from placet.domain.requests import GrantStatus, RequestStatus, Verdict
from placet.domain.terms import Duration, Term
from placet.outbox.endpoints import new_secret
from placet.outbox.webhooks import Deliverer
from placet.settings import Settings
from placet.storage import Endpoint
from placet.workflow.refusals import ProductNotPublished, WrongState
from tests.outbox.receiver import receiver
from tests.service.office import ANY, AUTOMATIC, Office
from tests.service.test_products import catalog, seen
from tests.storage.test_concurrency import at_once


@pytest.mark.requirement("M1", clause="suspended")
@pytest.mark.requirement("R3", clause="suspended grant")
def test_a_suspended_product_is_listed_and_its_requests_wait(office: Office) -> None:
    grant = office.approved("tom")
    request = office.ask()
    office.marketplace.products.suspend(office.person("mia"), office.product.id)
    assert catalog(office)["Salaries"].state is ProductState.SUSPENDED
    with pytest.raises(ProductNotPublished):
        office.say("ann", request)
    with pytest.raises(ProductNotPublished):
        office.ask("ada")
    assert not office.marketplace.decisions.decide(office.person("tom"), "tom", "s1").allowed
    held = office.marketplace.grants.get(office.person("tom"), grant.id)
    assert held.status is GrantStatus.SUSPENDED
    office.marketplace.products.publish(office.person("mia"), office.product.id)
    assert office.say("ann", request).determinations
    assert office.marketplace.decisions.decide(office.person("tom"), "tom", "s1").allowed


@pytest.mark.requirement("M1", clause="unpublished")
def test_an_unpublished_product_is_not_listed_and_gives_nothing(office: Office) -> None:
    office.approved("tom")
    office.marketplace.products.unpublish(office.person("mia"), office.product.id)
    assert "Salaries" not in catalog(office)
    assert not office.marketplace.decisions.decide(office.person("tom"), "tom", "s1").allowed
    with pytest.raises(NotFound):
        seen(office, office.product, "rita")
    assert seen(office, office.product, "mia").state is ProductState.UNPUBLISHED


@pytest.mark.requirement("M1", clause="visibility")
@pytest.mark.requirement("P4", clause="catalog")
def test_a_product_for_some_groups_is_in_their_sight_and_in_no_one_elses(office: Office) -> None:
    hidden = office.publish("Hidden", AUTOMATIC, visible_to=frozenset({"finance"}))
    assert "Hidden" in catalog(office, "ann")
    assert "Hidden" not in catalog(office, "rita")
    assert office.ask("ann", hidden).status is RequestStatus.APPROVED
    for act in (lambda: seen(office, hidden, "rita"), lambda: office.ask("rita", hidden)):
        with pytest.raises(NotFound):
            act()


@pytest.mark.requirement("P4", clause="members tab")
def test_the_members_are_seen_by_those_who_manage_or_decide(office: Office) -> None:
    grant = office.approved("tom")
    for viewer, sees in {"gus": True, "mia": True, "ann": True, "rita": False, "tom": False, "ada": False}.items():
        view = office.marketplace.products.get(office.person(viewer), office.product.id)
        assert [one.grant.id for one in view.members] == ([grant.id] if sees else []), viewer


@pytest.mark.requirement("P4", clause="members tab")
def test_the_list_of_members_is_for_those_who_manage_or_decide_and_has_names(office: Office) -> None:
    grants = [office.approved(who).id for who in ("tom", "rita", "ada")]
    for viewer in ("gus", "mia", "ann"):
        first = office.marketplace.products.members(office.person(viewer), office.product.id, limit=2)
        rest = office.marketplace.products.members(office.person(viewer), office.product.id, first.next or "")
        listed = [*first.items, *rest.items]
        assert sorted(one.grant.id for one in listed) == sorted(grants)
        assert {one.beneficiary_name for one in listed} == {"Tom Consumer", "Rita Requester", "Ada Admin"}
    for viewer in ("rita", "tom", "uma"):
        with pytest.raises(Forbidden):
            office.marketplace.products.members(office.person(viewer), office.product.id)


def test_each_source_says_how_the_viewer_stands_to_it(office: Office) -> None:
    office.approved("tom")
    with office.marketplace.context.store.writing() as session:
        for id in ("s2", "s3"):
            session.sources.save(office.source(id, id))
    other = office.publish("Other", ANY, sources=("s1", "s2", "s3"))
    with office.marketplace.context.store.writing() as session:
        session.sources.save(replace(office.source("s3", "s3"), domains=frozenset()))

    def reach(viewer: str) -> dict[str, tuple[str, tuple[str, ...]]]:
        view = office.marketplace.products.get(office.person(viewer), other.id)
        return {id: (one.reach.value, one.through) for id, one in view.reach.items()}

    left = ("left-domain", ())
    assert reach("tom") == {"s1": ("has-access", ("Salaries",)), "s2": ("would-gain", ()), "s3": left}
    assert reach("rita") == {"s1": ("would-gain", ()), "s2": ("would-gain", ()), "s3": left}
    office.marketplace.products.suspend(office.person("mia"), other.id)
    assert reach("tom")["s2"] == ("not-now", ())
    office.marketplace.products.suspend(office.person("mia"), office.product.id)
    assert reach("tom")["s1"] == ("not-now", ())


def test_the_catalog_shows_what_one_has_and_what_one_has_asked_for(office: Office) -> None:
    grant, request = office.approved("tom"), office.ask("rita")

    def card(viewer: str) -> tuple[str, str]:
        [one] = office.marketplace.products.catalog(office.person(viewer)).items
        return one.grant.grant.id if one.grant else "", one.open_request

    assert (card("tom"), card("rita"), card("ada")) == ((grant.id, ""), ("", request.id), ("", ""))


@pytest.mark.requirement("M3", clause="a source added is reached")
@pytest.mark.requirement("M3", clause="a source removed is not")
def test_members_reach_added_sources_and_lose_removed_ones_at_once(office: Office) -> None:
    office.approved("tom")
    with office.marketplace.context.store.writing() as session:
        session.sources.save(office.source("s2", "bonuses"))
    targets = [("product", "warehouse", office.product.id)]

    def allowed() -> tuple[bool, ...]:
        decide, tom = office.marketplace.decisions.decide, office.person("tom")
        governor = office.person("gus")  # for a member there is nothing any more that no product holds
        return tuple(decide(governor, tom.id, source).allowed for source in ("s1", "s2"))

    def jobs() -> list[tuple[str, str, str]]:
        found = []
        with office.marketplace.context.store.writing() as session:
            while job := session.jobs.claim(office.clock.now(), timedelta(minutes=5)):
                found.append((job.kind, job.target, job.subject))
                session.jobs.done(job.id, office.clock.now())
        return found

    jobs()
    assert allowed() == (True, False)
    for sources, reached in ((("s1", "s2"), (True, True)), (("s2",), (False, True))):
        office.marketplace.products.change(office.person("mia"), replace(seen(office, office.product), sources=sources))
        assert allowed() == reached
        assert office.trail()[-1] == "data_product.sources_changed"
        assert jobs() == targets


@pytest.mark.requirement("M4", clause="republishing gives access back")
def test_publishing_again_gives_access_back_for_grants_that_have_not_ended(office: Office) -> None:
    office.approved("tom")
    office.approved("ada", Term(duration=Duration.parse("1 day")))
    for step in (office.marketplace.products.suspend, office.marketplace.products.unpublish):
        step(office.person("mia"), office.product.id)
        assert not office.marketplace.decisions.decide(office.person("tom"), "tom", "s1").allowed
    office.clock.advance(days=2)
    office.marketplace.products.publish(office.person("mia"), office.product.id)
    for person, back in {"tom": True, "ada": False}.items():
        assert office.marketplace.decisions.decide(office.person(person), person, "s1").allowed == back


def test_of_managers_who_act_on_one_revision_at_once_one_is_heard(office: Office) -> None:
    read, products, gus = seen(office, office.product), office.marketplace.products, office.person("gus")
    acts: list[Callable[[], DataProduct]] = [
        lambda: products.change(gus, replace(read, description="new")),
        lambda: products.suspend(gus, read.id, read.revision),
        lambda: products.unpublish(gus, read.id, read.revision),
        lambda: products.delete(gus, read.id, read.revision),
    ]
    before = len(office.trail())
    given = at_once(len(acts), lambda number: acts[number]())
    assert given.count(StaleRevision) == len(acts) - 1
    assert seen(office, read).revision == read.revision + 1
    assert len(office.trail()) == before + 1


def test_of_managers_who_move_a_product_at_once_each_is_heard_in_turn_or_told_why_not(office: Office) -> None:
    products, gus, id = office.marketplace.products, office.person("gus"), office.product.id
    acts: list[Callable[[], DataProduct]] = [
        lambda: products.suspend(gus, id),
        lambda: products.unpublish(gus, id),
        lambda: products.publish(gus, id),
        lambda: products.delete(gus, id),
    ]
    before = len(office.trail())
    given = at_once(len(acts), lambda number: acts[number]())
    assert seen(office, office.product).state is ProductState.DELETED
    assert {one for one in given if isinstance(one, type)} <= {WrongState}
    assert len(office.trail()) == before + sum(isinstance(one, DataProduct) for one in given)


@pytest.mark.requirement("M2", clause="notification")
def test_those_who_manage_the_domain_are_told_of_a_publishing(office: Office) -> None:
    told = office.marketplace.notifications.mine(office.person("mia")).items
    assert [one.message for one in told if one.type == "data_product.published"] == ["Salaries was published."]
    assert not office.marketplace.notifications.mine(office.person("gus")).items


@pytest.mark.requirement("M2", clause="webhook")
def test_a_publishing_is_sent_to_the_webhooks_that_ask_for_it(office: Office) -> None:
    store, products, mia = office.marketplace.context.store, office.marketplace.products, office.person("mia")
    office.clock.advance(seconds=1)
    with receiver() as there:
        with store.writing() as session:
            types = frozenset({"data_product.published"})
            session.webhooks.save(Endpoint("ours", there.url(), new_secret(), office.clock.now(), types))
        products.suspend(mia, office.product.id)
        products.publish(mia, office.product.id)
        Deliverer(store, office.clock, Settings(webhook_allow_cidrs=("127.0.0.0/8",))).run()
    [sent] = [json.loads(request.body) for request in there.received]
    assert (sent["type"], sent["data"]["product"]) == ("data_product.published", office.product.id)


@pytest.mark.requirement("M4", clause="deleting cancels requests")
@pytest.mark.requirement("M4", clause="deleting revokes grants")
@pytest.mark.requirement("M4", clause="history stays")
def test_deleting_ends_everything_of_a_product_and_forgets_nothing(office: Office) -> None:
    held, pending = office.approved("tom"), office.ask("rita")
    denied = office.ask("ada")
    office.say("ann", denied, Verdict.DENY)
    before = len(office.trail())
    office.marketplace.products.delete(office.person("mia"), office.product.id)
    assert sorted(office.trail()[before:]) == ["access_request.canceled", "data_product.deleted", "grant.revoked"]
    requests = office.marketplace.requests
    assert requests.get(office.person("rita"), pending.id).request.status is RequestStatus.CANCELED
    assert requests.get(office.person("ada"), denied.id).request.status is RequestStatus.DENIED
    ended = office.marketplace.grants.get(office.person("tom"), held.id)
    assert ended.status is GrantStatus.REVOKED
    assert ended.grant.revocation
    assert (ended.grant.revocation.by, ended.grant.revocation.reason) == ("mia", "product deleted")
    assert {card.request.id for card in requests.list(office.person("mia"), product=office.product.id).items} >= {
        pending.id,
        denied.id,
        held.request,
    }
    told = {
        id: [one.type for one in office.marketplace.notifications.mine(office.person(id)).items]
        for id in ("tom", "rita")
    }
    assert ("grant.revoked" in told["tom"], "access_request.canceled" in told["rita"]) == (True, True)


def test_a_deleted_product_is_gone_from_the_catalog_and_its_name_is_free(office: Office) -> None:
    office.marketplace.products.delete(office.person("mia"), office.product.id)
    assert catalog(office) == {}
    with pytest.raises(WrongState):
        office.marketplace.products.publish(office.person("mia"), office.product.id)
    assert office.publish("Salaries", ANY).state is ProductState.PUBLISHED


def test_a_deletion_that_fails_at_its_last_step_ends_nothing(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    held, pending, before = office.approved("tom"), office.ask("rita"), office.trail()

    def broken(*_: object) -> None:
        raise RuntimeError("out of ink")

    monkeypatch.setattr("placet.outbox.recording.append", broken)
    with pytest.raises(RuntimeError):
        office.marketplace.products.delete(office.person("mia"), office.product.id)
    monkeypatch.undo()
    assert office.trail() == before
    assert seen(office, office.product).state is ProductState.PUBLISHED
    assert office.marketplace.requests.get(office.person("rita"), pending.id).request.status is RequestStatus.PENDING
    assert office.marketplace.grants.get(office.person("tom"), held.id).status is GrantStatus.ACTIVE
