"""Who may tag data sources."""

from __future__ import annotations

from dataclasses import replace

import pytest

from placet.domain.errors import Forbidden
from placet.domain.people import DomainPermission
from placet.domain.products import Domain
from tests.service.office import Office

TAGS = "schema,table,column,tags\npay,salaries,,Money\npay,salaries,amount,Secret\n"


def tags_of(office: Office) -> tuple[frozenset[str], ...]:
    source = office.marketplace.sources.get(office.person("gus"), "s1")
    return source.tags, *(column.tags for column in source.columns)


@pytest.mark.requirement("P4", clause="tags")
@pytest.mark.parametrize("person", ["gus", "tom"])
def test_governance_and_who_manages_tags_in_the_domain_tag_its_sources(office: Office, person: str) -> None:
    make_tagger(office, "pay")
    assert office.marketplace.sources.import_tags(office.person(person), TAGS) == 2
    assert tags_of(office) == ({"Money"}, frozenset(), {"Secret"})


@pytest.mark.requirement("P4", clause="tags")
@pytest.mark.parametrize("person", ["rita", "mia", "ada", "tom"])
def test_nobody_else_does_not_even_who_manages_tags_elsewhere(office: Office, person: str) -> None:
    make_tagger(office, "hr")
    with pytest.raises(Forbidden):
        office.marketplace.sources.import_tags(office.person(person), TAGS)
    assert tags_of(office) == (frozenset(), frozenset(), frozenset())


@pytest.mark.parametrize("domains", [{"pay", "hr"}, set()])
def test_the_tags_of_a_source_of_several_domains_or_none_are_not_one_domains_to_set(
    office: Office, domains: set[str]
) -> None:
    make_tagger(office, "pay")
    office.marketplace.domains.save(office.person("gus"), Domain("hr", "HR"))
    with office.marketplace.context.store.writing() as session:
        session.sources.save(replace(office.source("s1", "salaries"), domains=frozenset(domains)))
    with pytest.raises(Forbidden):
        office.marketplace.sources.import_tags(office.person("tom"), TAGS)


def make_tagger(office: Office, domain: str) -> None:
    """Tom becomes someone who manages the tags of a domain."""
    if domain != "pay":
        office.marketplace.domains.save(office.person("gus"), Domain(domain, domain))
    office.change_person("tom", domain_permissions=frozenset({(domain, DomainPermission.MANAGE_TAGS)}))
