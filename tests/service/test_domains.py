"""Domains: sources put in by hand and found by tags, and what follows where one leaves."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from placet.domain.errors import AlreadyThere, Forbidden, NotFound, StaleRevision
from placet.domain.forms import Flow, FlowKind, Quorum
from placet.domain.masks import Mask, MaskKind
from placet.domain.people import DomainPermission, Group, Holdings, Person, StewardSource
from placet.domain.policies import DataPolicy
from placet.domain.products import BadProduct, Domain
from placet.domain.scopes import Tagged
from placet.domain.sources import DomainInUse, DynamicDomain
from placet.domain.tags import BadTag, covered
from placet.service.domains import Holders
from placet.service.membership import SourceChange, in_its_domains, keep_sources
from tests.service.office import Office


def add(office: Office, id: str, tags: Collection[str] = (), domains: Collection[str] = ()) -> None:
    """A source with these tags, put into these domains by hand and into the others by its tags."""
    gus = office.person("gus")
    with office.marketplace.context.store.writing() as session:
        session.sources.save(replace(office.source(id, id), domains=frozenset(domains)))
    office.marketplace.sources.set_tags(gus, id, tags)


def dynamic(office: Office, id: str, *tags: str) -> Domain:
    return office.marketplace.domains.save(office.person("gus"), Domain(id, id.title(), tags=frozenset(tags)))


def inside(office: Office, domain: str) -> set[str]:
    with office.marketplace.context.store.reading() as session:
        return {source.id for source in session.sources.in_domain(domain)}


def jobs(office: Office) -> list[tuple[str, str, str]]:
    with office.marketplace.context.store.reading() as session:
        return [(job.kind, job.subject, job.target) for job in session.jobs.unfinished()]


def told(office: Office, person: str) -> list[str]:
    return [one.message for one in office.marketplace.notifications.mine(office.person(person)).items]


@pytest.mark.requirement("D1", clause="dynamically")
@pytest.mark.requirement("D1", clause="a parent tag includes its children")
def test_a_dynamic_domain_holds_every_source_with_one_of_its_tags(office: Office) -> None:
    for id, tags in (("a", {"HR"}), ("b", {"HR.Payroll", "X"}), ("c", {"HRX"}), ("d", set()), ("e", {"Pay.Roll"})):
        add(office, id, tags)
    dynamic(office, "people", "HR", "Pay.Roll")
    assert inside(office, "people") == {"a", "b", "e"}
    office.marketplace.sources.set_tags(office.person("gus"), "d", {"Pay.Roll.Bonus"})
    office.marketplace.sources.set_tags(office.person("gus"), "a", set())
    assert inside(office, "people") == {"b", "d", "e"}
    dynamic(office, "people", "HRX")
    assert inside(office, "people") == {"c"}


def test_a_domain_whose_tags_are_taken_away_keeps_what_is_in_it_from_then_on_by_hand(office: Office) -> None:
    add(office, "a", {"HR"})
    dynamic(office, "people", "HR")
    dynamic(office, "people")
    office.marketplace.sources.set_tags(office.person("gus"), "a", set())
    assert inside(office, "people") == {"a"}
    office.marketplace.domains.move_sources(office.person("gus"), "people", take_out=["a"])
    assert inside(office, "people") == set()


@pytest.mark.requirement("D1", clause="dynamic domains refuse changes by hand")
def test_a_dynamic_domain_refuses_changes_by_hand(office: Office) -> None:
    add(office, "a", {"HR"})
    dynamic(office, "people", "HR")
    before = office.trail()
    for change in ({"put_in": ["s1"]}, {"take_out": ["a"]}):
        with pytest.raises(DynamicDomain, match="`HR`"):
            office.marketplace.domains.move_sources(office.person("gus"), "people", **change)
    assert (inside(office, "people"), office.trail()) == ({"a"}, before)


@pytest.mark.requirement("D1", clause="by hand")
@pytest.mark.requirement("D1", clause="several domains")
def test_sources_are_put_in_and_taken_out_by_hand_all_or_none(office: Office) -> None:
    gus = office.person("gus")
    dynamic(office, "hr")
    add(office, "a")
    moved = office.marketplace.domains.move_sources(gus, "hr", put_in=["a", "s1"])
    assert (moved.entered, inside(office, "hr")) == (("a", "s1"), {"a", "s1"})
    assert inside(office, "pay") == {"s1"}
    with pytest.raises(NotFound):
        office.marketplace.domains.move_sources(gus, "hr", put_in=["nowhere"], take_out=["a"])
    assert inside(office, "hr") == {"a", "s1"}
    moved = office.marketplace.domains.move_sources(gus, "hr", take_out=["a", "s1"])
    assert (moved.left, inside(office, "hr")) == (("a", "s1"), set())
    assert office.trail()[-1] == "domain.sources_changed"
    before = office.trail()
    assert office.marketplace.domains.move_sources(gus, "hr", take_out=["a"]).left == ()
    assert office.trail() == before, "nothing has changed"


@pytest.mark.requirement("P4", clause="domains and sources")
def test_governance_alone_describes_deletes_and_fills_domains(office: Office) -> None:
    for stranger in map(office.person, ("rita", "mia", "ada", "uma")):
        with pytest.raises(Forbidden):
            office.marketplace.domains.create(stranger, Domain("x", "X"))
        with pytest.raises(Forbidden):
            office.marketplace.domains.move_sources(stranger, "pay", take_out=["s1"])
        with pytest.raises(Forbidden):
            office.marketplace.domains.delete(stranger, "pay")


@pytest.mark.requirement("D2", clause="a source that leaves is out at once")
@pytest.mark.requirement("D2", clause="a source that leaves is told")
@pytest.mark.parametrize("way", ["by hand", "by its tags", "by the rule"])
def test_a_source_that_leaves_is_out_of_reach_shown_and_told_and_comes_back(office: Office, way: str) -> None:
    gus, market = office.person("gus"), office.marketplace
    if way != "by hand":
        market.sources.set_tags(gus, "s1", {"Pay"})
        market.domains.save(gus, Domain("pay", "Pay", tags=frozenset({"Pay"})))
    office.approved("rita")
    before = jobs(office)

    def move(out: bool) -> None:
        office.clock.advance(seconds=1)
        if way == "by hand":
            market.domains.move_sources(gus, "pay", **{"take_out" if out else "put_in": ["s1"]})
        elif way == "by its tags":
            market.sources.set_tags(gus, "s1", set() if out else {"Pay"})
        else:
            market.domains.save(gus, Domain("pay", "Pay", tags=frozenset({"Other" if out else "Pay"})))

    assert market.decisions.decide(gus, "rita", "s1").allowed
    move(out=True)
    assert not market.decisions.decide(gus, "rita", "s1").allowed
    assert market.products.get(office.person("mia"), office.product.id).left == ("s1",)
    changed = "The data sources of Salaries have changed."
    assert f"{changed} Left its domain: pay.salaries." in told(office, "mia")
    assert jobs(office)[len(before) :] == [("product", office.product.id, "warehouse")]
    move(out=False)
    assert market.decisions.decide(gus, "rita", "s1").allowed
    assert market.products.get(office.person("mia"), office.product.id).left == ()
    assert f"{changed} Back in its domain: pay.salaries." in told(office, "mia")
    assert len(jobs(office)) == len(before) + 2


def test_the_platform_is_told_also_where_no_product_holds_the_source_yet(office: Office) -> None:
    """One that takes it up at this moment has read it as it was, and its job may have run before this is kept."""
    add(office, "a", domains={"pay"})
    before = jobs(office)
    office.marketplace.context.targets = {"warehouse": None}  # type: ignore[dict-item]  # only its name is asked for
    office.marketplace.domains.move_sources(office.person("gus"), "pay", take_out=["a"])
    assert jobs(office)[len(before) :] == [("catalog", "warehouse", "warehouse")]


def test_a_domain_is_described_anew_by_who_has_seen_it_as_it_is(office: Office) -> None:
    gus, domains = office.person("gus"), office.marketplace.domains
    made = domains.create(gus, Domain("hr", "HR", "People", frozenset({"HR"})))
    assert domains.get(gus, "hr") == made
    with pytest.raises(AlreadyThere):
        domains.create(gus, Domain("hr", "Other"))
    changed = domains.save(gus, Domain("hr", "People"), made.revision)
    assert (changed.name, changed.tags, changed.revision) == ("People", set(), made.revision + 1)
    with pytest.raises(StaleRevision):
        domains.save(gus, Domain("hr", "Other"), made.revision)
    with pytest.raises(StaleRevision):
        domains.delete(gus, "hr", made.revision)
    with pytest.raises(NotFound):
        domains.get(gus, "nowhere")
    for name, tags, refusal in ((" ", (), BadProduct), ("x" * 256, (), BadProduct), ("X", ("a\nb",), BadTag)):
        with pytest.raises(refusal):
            domains.create(gus, Domain("x", name, tags=frozenset(tags)))


def test_a_domain_that_products_are_of_stays_also_once_they_are_deleted(office: Office) -> None:
    gus, market = office.person("gus"), office.marketplace
    for _ in range(2):
        with pytest.raises(DomainInUse, match="Salaries"):
            market.domains.delete(gus, "pay")
        if office.reread(office.product).state != "deleted":
            market.products.delete(gus, office.product.id)
    dynamic(office, "hr", "HR")
    add(office, "a", {"HR"})
    market.domains.delete(gus, "hr")
    with pytest.raises(NotFound):
        market.domains.get(gus, "hr")
    assert market.sources.get(gus, "a").domains == set()
    assert office.trail()[-1] == "domain.deleted"


def test_the_permissions_held_in_a_domain_go_with_it_and_do_not_come_back_with_its_id(office: Office) -> None:
    """Also those of someone inactive, who may be let in again, and those that come through a group."""
    gus, uma, market = office.person("gus"), office.person("uma"), office.marketplace
    managing, tagging = DomainPermission.MANAGE_DATA_PRODUCTS, DomainPermission.MANAGE_TAGS
    market.domains.create(gus, Domain("hr", "HR"))
    market.people.replace(uma, replace(office.person("mia"), domain_permissions=frozenset({("pay", managing)})))
    office.change_person("mia", domain_permissions=frozenset({("pay", managing), ("hr", managing), ("hr", tagging)}))
    office.change_person("tom", active=False, domain_permissions=frozenset({("hr", tagging)}))
    finance = Holdings({"desk": frozenset({"1"})}, domain_permissions=frozenset({("hr", managing), ("pay", tagging)}))
    market.groups.replace(uma, Group("finance", "Finance"), finance)
    held = market.domains.holders(gus, "hr")
    assert ([one.id for one in held.people], [one.id for one in held.groups]) == (["mia", "tom"], ["finance"])
    with pytest.raises(Forbidden):
        market.domains.holders(office.person("mia"), "hr")
    before = len(office.trail())
    market.domains.delete(gus, "hr")
    told = [(entry.type, entry.subject, json.loads(entry.data).get("taken")) for entry in office.entries()[before:]]
    tags, products = "domain-permission:manage-tags:hr", "domain-permission:manage-data-products:hr"
    assert told == [
        ("domain.deleted", "hr", None),
        ("person.saved", "mia", [products, tags]),
        ("person.saved", "tom", [tags]),
        ("group.saved", "finance", [products]),
    ]
    market.domains.create(gus, Domain("hr", "HR"))
    assert office.person("mia").domain_permissions == {("pay", managing)}
    assert office.person("tom").domain_permissions == set()
    assert office.person("ann").domain_permissions == {("pay", tagging)}
    assert office.person("ann").attributes == {"desk": {"1"}}
    assert market.domains.holders(gus, "hr") == Holders((), ())


def test_a_request_that_the_last_steward_loses_with_a_domain_is_flagged(office: Office) -> None:
    gus, market = office.person("gus"), office.marketplace
    managing = DomainPermission.MANAGE_DATA_PRODUCTS
    market.domains.create(gus, Domain("hr", "HR"))
    office.change_person("tom", domain_permissions=frozenset({("hr", managing)}))
    flow = Flow(FlowKind.LISTED, Quorum.ANY, (StewardSource.domain_permission(managing, "hr"),))
    request = office.ask("rita", office.publish("Other", flow))
    market.domains.delete(gus, "hr")
    assert market.requests.get(gus, request.id).request.unroutable


def test_domains_are_listed_by_name_page_by_page(office: Office) -> None:
    for id, name in (("1", "alpha"), ("2", "Beta"), ("3", "gamma")):
        office.marketplace.domains.create(office.person("gus"), Domain(id, name, tags=frozenset({id})))
    rita, found, cursor = office.person("rita"), [], ""
    while True:
        page = office.marketplace.domains.page(rita, cursor, limit=3)
        found += [(one.name, sorted(one.tags)) for one in page.items]
        if not page.next:
            break
        cursor = page.next
    assert found == [("alpha", ["1"]), ("Beta", ["2"]), ("gamma", ["3"]), ("Pay", [])]


@pytest.mark.requirement("P4", clause="tags")
def test_no_tag_takes_a_source_from_one_domain_into_another_but_by_governance(office: Office) -> None:
    """Whoever manages tags in both, and the products of one, would publish it there past everyone in the other."""
    dynamic(office, "hr", "HR")
    tags = frozenset((domain, DomainPermission.MANAGE_TAGS) for domain in ("pay", "hr"))
    office.change_person("tom", domain_permissions=tags | {("hr", DomainPermission.MANAGE_DATA_PRODUCTS)})
    with pytest.raises(Forbidden, match="put data sources in it"):
        office.marketplace.sources.set_tags(office.person("tom"), "s1", {"HR.Payroll"})
    with pytest.raises(Forbidden, match="put data sources in it"):
        office.marketplace.sources.import_tags(office.person("tom"), "schema,table,column,tags\npay,salaries,,HR\n")
    assert inside(office, "hr") == set()
    office.marketplace.sources.set_tags(office.person("gus"), "s1", {"HR.Payroll"})
    assert inside(office, "hr") == {"s1"}
    office.marketplace.sources.set_tags(office.person("tom"), "s1", {"Other"})  # out again, where both are theirs
    assert inside(office, "hr") == set()


def tagged(office: Office) -> list[tuple[str, Mapping[str, Any]]]:
    """What the trail has of each tagging, by the domain whose auditors read it."""
    return [(one.domain, json.loads(one.data)) for one in office.entries() if one.type == "data_source.tagged"]


def heard(office: Office) -> dict[str, int]:
    """How often these people were told that a source was tagged."""
    with office.marketplace.context.store.reading() as session:
        told = {who: [one.type for one in session.notifications.of(who).items] for who in ("gus", "mia", "hal")}
    return {who: types.count("data_source.tagged") for who, types in told.items() if "data_source.tagged" in types}


def test_the_managers_and_auditors_of_every_domain_learn_where_a_tag_moves_a_source(office: Office) -> None:
    dynamic(office, "hr", "HR")
    with office.marketplace.context.store.writing() as session:
        manager = frozenset({("hr", DomainPermission.MANAGE_DATA_PRODUCTS)})
        session.people.save(Person("hal", "Hal", domain_permissions=manager))
    office.marketplace.sources.set_tags(office.person("gus"), "s1", {"Fine"})
    assert ([domain for domain, _ in tagged(office)], heard(office)) == (["pay"], {})
    office.marketplace.sources.set_tags(office.person("gus"), "s1", {"HR"})
    assert [(domain, data["entered"]) for domain, data in tagged(office)[1:]] == [("hr", ["hr"]), ("pay", ["hr"])]
    assert heard(office) == {"mia": 1, "hal": 1}


def test_who_manages_a_source_is_told_where_a_tag_that_masks_is_taken_away(office: Office) -> None:
    office.change_person("tom", domain_permissions=frozenset({("pay", DomainPermission.MANAGE_TAGS)}))
    office.marketplace.sources.set_tags(office.person("gus"), "s1", columns={"amount": {"PII.Money"}})
    policy = DataPolicy("", "Personal", Mask(MaskKind.NULL), Tagged("PII"))
    office.marketplace.data_policies.create(office.person("gus"), policy)
    office.marketplace.sources.set_tags(office.person("tom"), "s1", columns={"amount": {"PII"}})
    assert heard(office) == {}
    text = "schema,table,column,tags\npay,salaries,amount,\n"
    office.marketplace.sources.import_tags(office.person("tom"), text)
    assert (tagged(office)[-1][1]["bared"], heard(office)) == ({"Personal": ["amount"]}, {"gus": 1, "mia": 1})


@pytest.mark.requirement("D1", clause="dynamically")
def test_a_rule_that_changes_while_a_source_is_being_tagged_does_not_miss_it(office: Office) -> None:
    add(office, "a")
    gus, context = office.person("gus"), office.marketplace.context
    with ThreadPoolExecutor(1) as threads:
        with context.transaction() as transaction:
            session = transaction.session
            session.sources.hold()
            [before] = session.sources.many(["a"])
            after = in_its_domains(session, replace(before, tags=frozenset({"HR"})))
            keep_sources(context, transaction, gus, [SourceChange(before, after)])
            ruled = threads.submit(dynamic, office, "people", "HR")
            wait([ruled], timeout=0.5)  # long enough to be done, if it does not wait for this transaction
        ruled.result()
    assert inside(office, "people") == {"a"}


TAGS = st.frozensets(st.sampled_from(["A", "A.B", "A.B.C", "AB", "B", "B.A"]), max_size=2)
STEPS = st.one_of(
    st.tuples(st.just("tag"), st.sampled_from(["s1", "s2", "s3"]), TAGS),
    st.tuples(st.just("rule"), st.sampled_from(["d1", "d2"]), TAGS),
    st.tuples(st.just("put in"), st.sampled_from(["d1", "d2"]), st.sampled_from(["s1", "s2", "s3"])),
    st.tuples(st.just("take out"), st.sampled_from(["d1", "d2"]), st.sampled_from(["s1", "s2", "s3"])),
)


@pytest.mark.requirement("D1", clause="dynamically")
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(STEPS, max_size=12))
def test_what_is_in_a_domain_is_its_definition_after_any_history(
    office: Office, steps: list[tuple[str, str, frozenset[str] | str]]
) -> None:
    begin_anew(office)
    gus, market = office.person("gus"), office.marketplace
    by_hand: dict[str, set[str]] = {"d1": set(), "d2": set()}
    rules = dict.fromkeys(by_hand, frozenset[str]())
    tags = dict.fromkeys(("s1", "s2", "s3"), frozenset[str]())

    def expected(domain: str) -> set[str]:
        rule = rules[domain]
        return {id for id in tags if covered(rule, tags[id])} if rule else set(by_hand[domain])

    for kind, what, value in steps:
        if isinstance(value, str):
            change = {"put_in" if kind == "put in" else "take_out": [value]}
            if rules[what]:
                with pytest.raises(DynamicDomain):
                    market.domains.move_sources(gus, what, **change)
                continue
            market.domains.move_sources(gus, what, **change)
            by_hand[what] = by_hand[what] | {value} if kind == "put in" else by_hand[what] - {value}
        elif kind == "tag":
            tags[what] = value
            market.sources.set_tags(gus, what, value)
        else:
            by_hand[what] = expected(what)
            rules[what] = value
            market.domains.save(gus, Domain(what, what, tags=value))
        assert {domain: inside(office, domain) for domain in by_hand} == {one: expected(one) for one in by_hand}


def begin_anew(office: Office) -> None:
    """Two domains without rules, and three sources without tags that are in no domain."""
    for domain in ("d1", "d2"):
        office.marketplace.domains.save(office.person("gus"), Domain(domain, domain))
    for id in ("s1", "s2", "s3"):
        with office.marketplace.context.store.writing() as session:
            session.sources.save(replace(office.source(id, id), domains=frozenset()))
