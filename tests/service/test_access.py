"""By what someone has access: every way in, also those that give nothing at the moment, and why."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from placet.domain.errors import Forbidden, Invalid, NotFound
from placet.domain.people import GlobalPermission, Person
from placet.domain.requests import BeneficiaryKind, ColumnRef, Grant, GrantStatus, RequestType, Whom
from placet.domain.terms import Duration, Term, Unit
from placet.service.access_values import SourceAccess
from tests.service.office import AUTOMATIC, Office

A_WEEK = Term(Duration(1, Unit.WEEKS))


def add_source(office: Office, id: str, name: str) -> None:
    with office.marketplace.context.store.writing() as session:
        session.sources.save(office.source(id, name))


def readable(office: Office, person: str) -> dict[str, bool]:
    """Whether someone can read each data source they have a way in to, by its name."""
    found = office.marketplace.access.of(office.person(person)).sources.items
    return {one.source.name: one.readable for one in found}


def ways(office: Office, person: str = "rita") -> list[tuple[str, str, str, str]]:
    """Of the only data source: the product, the group, the status and what is wrong, of each way in."""
    (found,) = office.marketplace.access.of(office.person(person)).sources.items
    return [(way.view.product_name, way.group_name, way.view.status.value, way.why) for way in found.ways]


@pytest.mark.requirement("R9", clause="by what someone has access")
def test_each_way_in_to_a_source_is_named_with_product_group_and_end(office: Office) -> None:
    quick, team = office.publish("Quick", AUTOMATIC), office.publish("Team", AUTOMATIC)
    grant = office.approved("rita", A_WEEK)
    office.ask("rita", quick)
    office.change_person("rita", groups=frozenset({"finance"}))
    office.marketplace.requests.submit(office.person("ann"), team.id, whom=Whom("finance", BeneficiaryKind.GROUP))
    (found,) = office.marketplace.access.of(office.person("rita")).sources.items
    assert (found.source.id, found.readable) == ("s1", True)
    by_product = {way.view.product_name: way for way in found.ways}
    assert sorted(by_product) == ["Quick", "Salaries", "Team"]
    assert by_product["Salaries"].view.grant.end == grant.end == office.clock.now() + timedelta(weeks=1)
    assert by_product["Quick"].view.grant.end is None
    assert [by_product[name].group for name in ("Quick", "Team")] == ["", "finance"]
    assert not by_product["Quick"].in_effect  # no worker has told the platform yet
    assert by_product["Team"].problem == "no login is known on warehouse"
    assert not by_product["Team"].in_effect


@pytest.mark.requirement("R9", clause="by what someone has access")
def test_what_is_suspended_or_has_left_the_domain_gives_nothing_and_says_why(office: Office) -> None:
    quick = office.publish("Quick", AUTOMATIC)
    office.approved("rita")
    office.ask("rita", quick)
    office.marketplace.products.suspend(office.person("gus"), quick.id)
    assert sorted(ways(office)) == [
        ("Quick", "", "suspended", "the data product is suspended"),
        ("Salaries", "", "active", ""),
    ]
    assert readable(office, "rita") == {"salaries": True}
    with office.marketplace.context.store.writing() as session:
        (source,) = session.sources.many(["s1"])
        session.sources.save(replace(source, domains=frozenset()))
    assert {way[3] for way in ways(office)} == {
        "the data product is suspended",
        "the data source has left the domain of `Salaries`",
    }
    assert readable(office, "rita") == {"salaries": False}


def test_a_scheduled_renewal_is_a_way_in_that_gives_nothing_yet(office: Office) -> None:
    office.approved("rita", A_WEEK)
    office.approved("rita", A_WEEK)
    assert [way[2] for way in ways(office)] == ["active", "scheduled"]
    office.clock.advance(weeks=3)
    assert office.marketplace.access.of(office.person("rita")).sources.items == ()


def test_who_is_not_active_has_every_way_in_suspended(office: Office) -> None:
    office.approved("rita")
    office.marketplace.people.deactivate(office.person("uma"), "rita")
    (found,) = office.marketplace.access.of(office.person("gus"), "rita").sources.items
    assert [(way.view.status, way.gives, way.why) for way in found.ways] == [
        (GrantStatus.SUSPENDED, False, "Rita Requester is not active")
    ]


def test_a_masking_exception_stands_beside_the_sources_with_its_columns(office: Office) -> None:
    request = office.approved("rita").request
    exception = Grant(
        "g2",
        "r2",
        office.product.id,
        "rita",
        office.clock.now(),
        type=RequestType.MASKING_EXCEPTION,
        columns=(ColumnRef("s1", 2, "amount"),),
    )
    with office.marketplace.context.store.writing() as session:
        made = session.requests.get(request)
        assert made
        session.requests.add(replace(made, id="r2", type=RequestType.MASKING_EXCEPTION, determinations=()))
        session.grants.add(exception)
    found = office.marketplace.access.of(office.person("rita"))
    assert [way.view.grant.columns for way in found.exceptions.items] == [exception.columns]
    assert [len(one.ways) for one in found.sources.items] == [1]
    assert office.marketplace.access.kept(office.person("gus"), "g2").columns == ()


def test_sources_come_by_name_a_page_at_a_time(office: Office) -> None:
    names = [f"part{number}" for number in range(5)]
    for name in names:
        add_source(office, f"id-{name}", name)
    office.ask("rita", office.publish("Parts", AUTOMATIC, sources=tuple(f"id-{name}" for name in reversed(names))))
    access, rita, found, cursor = office.marketplace.access, office.person("rita"), list[SourceAccess](), ""
    while len(found) < 9:
        page = access.of(rita, cursor=cursor, limit=2).sources
        found += page.items
        if page.next is None:
            break
        cursor = page.next
    assert [one.source.name for one in found] == names
    with pytest.raises(Invalid):
        access.of(rita, cursor="nonsense")


def test_only_who_may_ask_for_decisions_reads_the_access_of_others(office: Office) -> None:
    office.approved("rita")
    access = office.marketplace.access
    office.marketplace.people.create(
        office.person("uma"), Person("aud", "Aldo", permissions=frozenset({GlobalPermission.AUDIT}))
    )
    for reader in ("gus", "aud"):
        assert access.of(office.person(reader), "rita").person.id == "rita"
    for reader in ("tom", "ann", "mia", "uma"):
        with pytest.raises(Forbidden):
            access.of(office.person(reader), "rita")
        with pytest.raises(Forbidden):
            access.of(office.person(reader), "nobody")
    with pytest.raises(NotFound):
        access.of(office.person("gus"), "nobody")


@pytest.mark.requirement("R9", clause="by what someone has access")
def test_what_stays_when_a_grant_is_revoked_is_what_is_left_afterwards(office: Office) -> None:
    add_source(office, "s2", "elsewhere")
    quick, other = office.publish("Quick", AUTOMATIC), office.publish("Other", AUTOMATIC, sources=("s2",))
    grant = office.approved("rita", A_WEEK)
    office.approved("rita", A_WEEK)  # its renewal, which ends with it
    access, gus = office.marketplace.access, office.person("gus")
    office.ask("rita", other)
    assert access.kept(gus, grant.id).sources == ()
    office.ask("rita", quick)
    (kept,) = access.kept(gus, grant.id).sources
    assert (kept.source.id, [way.view.product_name for way in kept.ways]) == ("s1", ["Quick"])
    assert access.kept(office.person("rita"), grant.id).sources == (kept,)
    office.marketplace.grants.revoke(gus, grant.id, "left the project")
    assert readable(office, "rita") == {"salaries": True, "elsewhere": True}
    assert access.kept(gus, grant.id).sources == (kept,)


def test_what_else_someone_has_is_for_those_who_may_revoke_and_for_them(office: Office) -> None:
    office.marketplace.people.create(
        office.person("uma"), Person("aud", "Aldo", permissions=frozenset({GlobalPermission.AUDIT}))
    )
    grant = office.approved("rita")
    for reader in ("gus", "mia", "rita"):
        office.marketplace.access.kept(office.person(reader), grant.id)
    with pytest.raises(Forbidden):
        office.marketplace.access.kept(office.person("aud"), grant.id)
    with pytest.raises(NotFound):
        office.marketplace.access.kept(office.person("tom"), grant.id)
