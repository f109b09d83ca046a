"""What a change of a product's sources means for its members: counted before it is made, and true afterwards."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from placet.domain.errors import Forbidden
from placet.domain.forms import Flow, FlowKind
from placet.domain.products import DataProduct, Domain
from placet.domain.requests import BeneficiaryKind, Whom
from placet.domain.terms import Term
from placet.service.views import SourcesChange
from tests.service.office import Office

OPEN = Flow(FlowKind.AUTOMATIC, justification="Everyone may.")


@pytest.fixture
def pair(office: Office) -> tuple[DataProduct, DataProduct]:
    """Two products that anyone is given: one on the first source, one on the first two of three."""
    with office.marketplace.context.store.writing() as session:
        for id in ("s2", "s3"):
            session.sources.save(office.source(id, id))
    return office.publish("One", OPEN), office.publish("Two", OPEN, sources=("s1", "s2"))


def looked_at(office: Office, product: DataProduct, added: set[str], removed: set[str]) -> SourcesChange:
    return office.marketplace.products.change_of_sources(office.person("mia"), product.id, added, removed)


def counted(change: SourcesChange) -> list[tuple[str, int, int]]:
    return [(one.source.id, one.people, one.others) for one in (*change.added, *change.removed)]


def test_who_has_a_source_by_another_product_neither_gains_nor_loses_it(
    office: Office, pair: tuple[DataProduct, DataProduct]
) -> None:
    one, two = pair
    for person in ("rita", "tom"):
        office.ask(person, one)
    office.ask("tom", two)
    change = looked_at(office, one, {"s2", "s3"}, {"s1"})
    assert counted(change) == [("s2", 1, 1), ("s3", 2, 0), ("s1", 1, 1)]
    assert (change.gaining, change.losing) == (2, 1)
    office.marketplace.products.suspend(office.person("mia"), two.id)
    assert counted(looked_at(office, one, {"s2"}, {"s1"})) == [("s2", 2, 0), ("s1", 2, 0)]


def test_members_of_a_group_count_once_each_and_only_while_they_are_active(
    office: Office, pair: tuple[DataProduct, DataProduct]
) -> None:
    one, _ = pair
    group = Whom("finance", BeneficiaryKind.GROUP)
    office.marketplace.requests.submit(office.person("ann"), one.id, whom=group)
    office.ask("ann", one)
    assert looked_at(office, one, set(), {"s1"}).losing == 2
    office.change_person("fay", active=False)
    assert looked_at(office, one, set(), {"s1"}).losing == 1


def test_access_that_has_ended_is_lost_by_nobody(office: Office) -> None:
    office.approved("rita", Term(end=office.clock.now() + timedelta(days=1)))
    assert looked_at(office, office.product, set(), {"s1"}).losing == 1
    office.clock.advance(days=2)
    assert looked_at(office, office.product, set(), {"s1"}).losing == 0


def test_of_what_has_left_the_domain_nobody_loses_anything_and_no_other_product_opens_it(
    office: Office, pair: tuple[DataProduct, DataProduct]
) -> None:
    one, two = pair
    office.ask("rita", one)
    office.ask("rita", two)
    office.marketplace.domains.save(office.person("gus"), Domain("else", "Else"))
    with office.marketplace.context.store.writing() as session:
        session.sources.save(replace(office.source("s1", "salaries"), domains=frozenset({"else"})))
    assert counted(looked_at(office, one, set(), {"s1"})) == [("s1", 0, 1)]


def test_only_who_manages_the_product_is_told(office: Office, pair: tuple[DataProduct, DataProduct]) -> None:
    with pytest.raises(Forbidden):
        office.marketplace.products.change_of_sources(office.person("rita"), pair[0].id, set(), {"s1"})
