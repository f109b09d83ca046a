"""Catalogs that know a source by name: which platform is meant, what is told, how someone stands to it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from placet.domain.clock import SetClock
from placet.domain.requests import RequestType
from placet.service import Marketplace
from placet.service.catalog_links import MOST_UNKNOWN, LinkState
from placet.settings import Settings
from tests.service.office import ALL, AUTOMATIC, Office

DATAHUB = "urn:li:dataset:(urn:li:dataPlatform:postgres,db.pay.salaries,PROD)"


@pytest.mark.parametrize(
    ("name", "technology", "host", "found"),
    [
        ("pay.salaries", "", "", "both"),
        ("pay.salaries", "Postgres", "", "ours"),
        ("pay.salaries", "postgresql", "DB.example", "ours"),
        ("pay.salaries", "postgresql", "other.example", ""),
        ("pay.salaries", "snowflake", "db.example", "theirs"),
        ("pay.salaries", "hive", "", ""),
        (DATAHUB, "", "", "ours"),
        (DATAHUB, "snowflake", "", "theirs"),
        ("snowflake://x.pay/salaries", "", "", "theirs"),
    ],
)
def test_technology_and_host_narrow_to_a_platform(
    marketplace: Marketplace, clock: SetClock, name: str, technology: str, host: str, found: str
) -> None:
    targets = {"warehouse": {"hosts": ["db.EXAMPLE"]}, "lake": {"kind": "snowflake"}}
    context = marketplace.context
    context.settings = replace(Settings(), targets=targets)
    office = Office(marketplace, clock)
    with context.store.writing() as session:
        session.sources.save(replace(office.source("s2", "salaries"), target="lake"))
    lake = office.publish("Lake", AUTOMATIC, sources=("s2",))
    wanted = {"both": {office.product.id, lake.id}, "ours": {office.product.id}, "theirs": {lake.id}, "": set()}[found]
    links = marketplace.catalog_links
    products = links.products_holding(office.person("rita"), name, technology, host)
    assert {product.id for product in products} == wanted
    states = links.states(office.person("rita"), name, RequestType.DATA_ACCESS, technology, host)
    assert {link.product.id for link in states} == wanted


def test_a_platform_that_no_setting_describes_is_left_out_by_nothing(office: Office) -> None:
    found = office.marketplace.catalog_links.products_holding(office.person("rita"), "pay.salaries", "hive", "x")
    assert found == [office.reread(office.product)]


def test_of_one_person_s_unknown_names_governance_is_told_so_many_a_day(office: Office) -> None:
    def ask(who: str, name: str) -> None:
        assert office.marketplace.catalog_links.products_holding(office.person(who), name) == []

    def told() -> int:
        return office.trail().count("source.unknown_requested")

    for number in range(MOST_UNKNOWN + 5):
        ask("rita", f"pay.none_{number}")
    assert told() == MOST_UNKNOWN
    ask("tom", "pay.none_24")
    assert told() == MOST_UNKNOWN + 1
    office.clock.advance(days=1, seconds=1)
    ask("rita", "pay.none_23")
    assert told() == MOST_UNKNOWN + 2


def test_a_platform_that_does_not_fit_makes_no_known_name_unknown_again_and_again(office: Office) -> None:
    context = office.marketplace.context
    context.settings = replace(context.settings, targets={"warehouse": {}})
    rita, links = office.person("rita"), office.marketplace.catalog_links
    for _ in range(3):
        assert links.products_holding(rita, "pay.salaries", "hive") == []
        assert links.products_holding(rita, "pay.salaries") != []
    assert office.trail().count("source.unknown_requested") == 1


def test_a_catalog_is_told_how_someone_stands_to_it_and_nobody_else_of_anything(office: Office) -> None:
    def state(who: str = "rita") -> list[str]:
        found = office.marketplace.catalog_links.states(office.person(who), "pay.salaries", RequestType.DATA_ACCESS)
        return [link.state.value for link in found]

    assert state() == ["requestable"]
    request = office.ask()
    assert (state(), state("tom")) == (["pending"], ["requestable"])
    office.say("ann", request)
    office.say("bob", request)
    assert state() == ["has-access"]
    links, rita = office.marketplace.catalog_links, office.person("rita")
    [masking] = links.states(rita, "pay.salaries", RequestType.MASKING_EXCEPTION)
    assert masking.state is LinkState.NOT_REQUESTABLE
    office.marketplace.products.suspend(office.person("gus"), office.product.id)
    assert state() == ["not-requestable"]
    before = office.trail()
    assert office.marketplace.catalog_links.states(office.person("rita"), "pay.none", RequestType.DATA_ACCESS) == []
    office.publish("Hidden", ALL, visible_to=frozenset({"finance"}))
    assert (len(state()), len(state("ann"))) == (1, 2)
    assert "source.unknown_requested" not in [*before, *office.trail()]
