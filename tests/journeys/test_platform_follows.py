"""What is decided here takes effect there: every step of the office, asked of the real data platform."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import timedelta

import psycopg
import pytest

from placet.domain.requests import GrantStatus, Verdict
from placet.domain.terms import Duration, Term
from placet.storage import Login
from tests.journeys.platform import Platform
from tests.service.office import AUTOMATIC


def test_access_comes_with_the_last_approval_and_goes_with_the_revocation(platform: Platform) -> None:
    office = platform.office
    assert platform.rows("rita") is None
    request = office.ask()
    office.say("ann", request)
    platform.follow()
    assert platform.rows("rita") is None
    office.say("bob", request)
    assert platform.follow() == 1
    assert platform.rows("rita") == 2
    assert platform.rows("tom") is None
    [held] = office.marketplace.grants.list(office.person("rita")).items
    office.marketplace.grants.revoke(office.person("gus"), held.grant.id, "left")
    platform.follow()
    assert not platform.has_access("rita")


def test_a_denial_gives_nothing(platform: Platform) -> None:
    request = platform.office.ask()
    platform.office.say("ann", request)
    platform.office.say("bob", request, Verdict.DENY)
    platform.follow()
    assert platform.rows("rita") is None


@pytest.mark.requirement("R7", clause="no sweep needed")
def test_a_temporary_approval_ends_with_nothing_running(platform: Platform) -> None:
    end = (platform.office.clock.now() + timedelta(seconds=3)).replace(microsecond=0)
    grant = platform.office.approved(term=Term(end=end))
    platform.follow()
    assert platform.has_access("rita")
    while platform.office.clock.now() <= end:
        time.sleep(0.1)
    assert not platform.has_access("rita")
    view = platform.office.marketplace.grants.get(platform.office.person("rita"), grant.id)
    assert view.status is GrantStatus.EXPIRED


@pytest.mark.requirement("R3", clause="suspended grant")
@pytest.mark.parametrize("step", ["suspend", "unpublish"])
def test_access_stops_while_the_product_is_not_published_and_returns_with_it(platform: Platform, step: str) -> None:
    office, products = platform.office, platform.office.marketplace.products
    office.approved()
    platform.follow()
    getattr(products, step)(office.person("gus"), office.product.id)
    platform.follow()
    assert not platform.has_access("rita")
    [held] = office.marketplace.grants.list(office.person("rita")).items
    assert held.status is GrantStatus.SUSPENDED
    products.publish(office.person("gus"), office.product.id)
    platform.follow()
    assert platform.has_access("rita")


def test_a_deleted_product_takes_its_access_along(platform: Platform) -> None:
    office = platform.office
    office.approved()
    pending = office.ask("tom")
    platform.follow()
    office.marketplace.products.delete(office.person("gus"), office.product.id)
    platform.follow()
    assert not platform.has_access("rita")
    assert office.marketplace.requests.get(office.person("tom"), pending.id).request.status == "canceled"


@pytest.mark.requirement("M3", clause="a source added is reached")
@pytest.mark.requirement("M3", clause="a source removed is not")
def test_members_reach_sources_added_later_and_lose_removed_ones(platform: Platform) -> None:
    office = platform.office
    office.approved()
    platform.follow()
    assert not platform.has_access("rita", "bonuses")
    now = office.marketplace.products.get(office.person("mia"), office.product.id).card.product
    office.marketplace.products.change(office.person("mia"), replace(now, sources=("s2",)))
    platform.follow()
    assert platform.has_access("rita", "bonuses")
    assert not platform.has_access("rita", "salaries")


@pytest.mark.requirement("R9", clause="other ways in stay")
def test_losing_one_way_in_leaves_the_other(platform: Platform) -> None:
    office = platform.office
    first = office.approved()
    second = office.publish("Salaries once more", AUTOMATIC)
    office.ask("rita", second)
    platform.follow()
    office.marketplace.grants.revoke(office.person("gus"), first.id, "left one project")
    platform.follow()
    assert platform.has_access("rita")


def test_a_renewal_leaves_no_gap(platform: Platform) -> None:
    office = platform.office
    product = office.publish("Short", replace(AUTOMATIC, duration=Duration.parse("1 hour")))
    office.ask("rita", product)
    office.ask("rita", product)
    platform.follow()
    held = sorted(office.marketplace.grants.list(office.person("rita")).items, key=lambda view: view.grant.start)
    assert [view.status for view in held] == [GrantStatus.ACTIVE, GrantStatus.SCHEDULED]
    assert held[0].grant.end == held[1].grant.start
    assert platform.has_access("rita")


@pytest.mark.requirement("E4", clause="shown until confirmed")
def test_without_a_login_an_approval_is_kept_shown_and_takes_effect_once_there_is_one(platform: Platform) -> None:
    office = platform.office
    product = office.publish("Open", AUTOMATIC)
    office.ask("ann", product)
    platform.follow()
    [held] = office.marketplace.grants.list(office.person("ann")).items
    assert (held.status, held.in_effect) == (GrantStatus.ACTIVE, False)
    assert "no login" in held.problem
    assert "policy.failed" in [one.type for one in office.marketplace.notifications.mine(office.person("ada")).items]
    with office.marketplace.context.store.writing() as session:
        session.logins.save(Login("ann", "warehouse", "ann_db"))
    time.sleep(2.1)
    platform.follow()
    [held] = office.marketplace.grants.list(office.person("ann")).items
    assert held.in_effect
    assert platform.has_access("ann")


def test_a_deactivated_person_loses_access_and_the_decision_says_so(platform: Platform) -> None:
    office = platform.office
    office.approved()
    platform.follow()
    decide = office.marketplace.decisions.decide
    assert decide(office.person("gus"), "rita", "s1").allowed
    office.change_person("rita", active=False)
    assert not decide(office.person("gus"), "rita", "s1").allowed


def test_what_a_consumer_built_on_a_view_does_not_keep_the_platform_from_following(platform: Platform) -> None:
    office, products = platform.office, platform.office.marketplace.products
    office.approved()
    platform.follow()
    with psycopg.connect(platform.dsn, autocommit=True) as admin:
        admin.execute("CREATE VIEW pay.built_on_it AS SELECT * FROM marketplace.pay__salaries")
    products.suspend(office.person("gus"), office.product.id)
    assert platform.follow() == 1
    assert not platform.has_access("rita")
