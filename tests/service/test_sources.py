"""Data sources: imported from a real platform, tagged by those who may, found by name."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from dataclasses import replace

import pytest

from placet.demo.server import EmbeddedPostgres
from placet.domain.errors import Forbidden, NotFound, PlacetError
from placet.domain.people import DomainPermission
from placet.domain.products import DataProduct, DataSource, Domain
from placet.service.people_file import BadImport
from placet.service.views import SourceFilter
from tests.emitter.worlds import World, world_on
from tests.service.office import AUTOMATIC, Office

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


@pytest.mark.parametrize("row", ["pay,hidden,,X", "pay,hidden,amount,X", "pay,hidden,nope,X", "pay,none,,X"])
def test_a_file_of_tags_tells_nothing_of_sources_that_are_out_of_sight(office: Office, row: str) -> None:
    with office.marketplace.context.store.writing() as session:
        session.sources.save(office.source("s9", "hidden"))
    table = row.split(",")[1]
    with pytest.raises(NotFound) as refused:
        office.marketplace.sources.import_tags(office.person("rita"), f"schema,table,column,tags\n{row}\n")
    assert refused.value.detail == f"line 2: no data source that you may see is called `pay.{table}`"
    with pytest.raises(Forbidden):  # she sees `salaries` by its product
        office.marketplace.sources.import_tags(office.person("rita"), "schema,table,column,tags\npay,salaries,nope,X\n")


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


@pytest.fixture
def world(postgres: EmbeddedPostgres) -> Iterator[World]:
    """A platform with the tables `pay.salaries` and `pay.bonuses`, and one that is not asked for."""
    with world_on(postgres) as world:
        world.run("CREATE SCHEMA pay; CREATE SCHEMA other; CREATE TABLE other.secret (id int)")
        world.run("CREATE TABLE pay.salaries (id bigint, gone int, amount numeric(8,2), ssn text)")
        world.run("ALTER TABLE pay.salaries DROP COLUMN gone; CREATE TABLE pay.bonuses (id int)")
        yield world


@pytest.fixture
def platform(office: Office, world: World) -> Office:
    """The office, with the platform `lake` besides the one whose source it knows already."""
    office.marketplace.context.targets = {"lake": world.target}
    return office


def import_pay(office: Office, domain: str = "pay") -> dict[str, DataSource]:
    """Import the schema; the sources of the lake by name."""
    assert office.marketplace.sources.import_catalog(office.person("gus"), "lake", "pay", domain).count == 2
    sources = office.marketplace.sources.all(office.person("gus"))
    return {source.name: source for source in sources if source.target == "lake"}


@pytest.mark.requirement("D3", clause="from a PostgreSQL catalog")
@pytest.mark.requirement("D1", clause="by hand")
def test_a_schema_of_a_platform_comes_in_as_its_catalog_has_it(platform: Office) -> None:
    sources = import_pay(platform)
    assert sorted(sources) == ["bonuses", "salaries"]
    columns = [(column.id, column.name, column.type) for column in sources["salaries"].columns]
    assert columns == [(1, "id", "bigint"), (3, "amount", "numeric(8,2)"), (4, "ssn", "text")]
    assert sources["salaries"].domains == {"pay"}
    assert platform.trail()[-1] == "data_sources.imported"


def test_what_was_imported_before_keeps_its_id_and_its_tags_under_another_name(platform: Office, world: World) -> None:
    before = import_pay(platform)["bonuses"]
    columns = (replace(before.columns[0], tags=frozenset({"Key"})),)
    with platform.marketplace.context.store.writing() as session:
        session.sources.save(replace(before, tags=frozenset({"Money"}), columns=columns))
    world.run("ALTER TABLE pay.bonuses RENAME COLUMN id TO number; ALTER TABLE pay.bonuses ADD COLUMN amount int")
    after = import_pay(platform)["bonuses"]
    assert (after.id, after.tags) == (before.id, {"Money"})
    assert [(one.id, one.name, one.tags) for one in after.columns] == [(1, "number", {"Key"}), (2, "amount", set())]


def unfinished(office: Office) -> list[tuple[str, str]]:
    with office.marketplace.context.store.reading() as session:
        return [(job.kind, job.target) for job in session.jobs.unfinished()]


def test_a_platform_is_brought_up_to_date_where_columns_have_changed(platform: Office, world: World) -> None:
    before = unfinished(platform)
    import_pay(platform)
    import_pay(platform)
    assert unfinished(platform) == before
    world.run("ALTER TABLE pay.bonuses ADD COLUMN amount int")
    import_pay(platform)
    assert unfinished(platform) == [*before, ("catalog", "lake")]


@pytest.mark.requirement("D1", clause="several domains")
def test_a_source_that_is_imported_into_another_domain_is_in_both(platform: Office) -> None:
    platform.marketplace.domains.save(platform.person("gus"), Domain("hr", "People"))
    import_pay(platform)
    assert import_pay(platform, "hr")["salaries"].domains == {"pay", "hr"}
    found = platform.marketplace.sources.all(platform.person("gus"), SourceFilter(domain="hr"))
    assert [source.name for source in found] == ["bonuses", "salaries"]


@pytest.mark.requirement("P4", clause="domains and sources")
def test_governance_alone_shapes_domains_and_imports(platform: Office) -> None:
    before = platform.trail()
    for stranger in ("rita", "mia", "ada", "uma"):
        with pytest.raises(Forbidden):
            platform.marketplace.sources.import_catalog(platform.person(stranger), "lake", "pay", "pay")
        with pytest.raises(Forbidden):
            platform.marketplace.domains.save(platform.person(stranger), Domain("new", "New"))
    assert platform.trail() == before


@pytest.mark.parametrize(
    ("target", "schema", "domain", "refusal"),
    [
        ("nowhere", "pay", "pay", NotFound),
        ("lake", "nothing", "pay", BadImport),
        ("lake", "pay", "nowhere", NotFound),
    ],
)
def test_what_is_not_there_is_not_imported(
    platform: Office, target: str, schema: str, domain: str, refusal: type[PlacetError]
) -> None:
    before = platform.trail()
    with pytest.raises(refusal):
        platform.marketplace.sources.import_catalog(platform.person("gus"), target, schema, domain)
    assert platform.trail() == before
    assert len(platform.marketplace.sources.all(platform.person("gus"))) == 1


def test_each_row_replaces_the_tags_of_what_it_names(office: Office) -> None:
    governor = office.person("gus")
    office.marketplace.sources.import_tags(governor, TAGS)
    office.marketplace.sources.import_tags(governor, "schema,table,column,tags\npay,salaries,amount,A.B C\n")
    assert tags_of(office) == ({"Money"}, frozenset(), {"A.B", "C"})
    office.marketplace.sources.import_tags(governor, "\ufeffschema,table,column,tags\npay,salaries,,\n")
    assert tags_of(office) == (frozenset(), frozenset(), {"A.B", "C"})


BAD_TAGS: Mapping[str, str] = {
    "no column of tags": "schema,table,column\npay,salaries,\n",
    "no rows": "schema,table,column,tags\n",
    "fewer values": "schema,table,column,tags\npay,salaries,Money\n",
    "tags parted by a comma": "schema,table,column,tags\npay,salaries,amount,Secret,Money\n",
    "a tag no rule can hold": f"schema,table,column,tags\npay,salaries,,{'x' * 256}\n",
    "an unknown table": "schema,table,column,tags\npay,salaries,,Money\npay,wages,,Money\n",
    "an unknown column": "schema,table,column,tags\npay,salaries,,Money\npay,salaries,wage,Money\n",
}


@pytest.mark.parametrize("text", BAD_TAGS.values(), ids=BAD_TAGS)
def test_of_a_bad_file_of_tags_nothing_is_taken(office: Office, text: str) -> None:
    before = office.trail()
    with pytest.raises((BadImport, NotFound)):
        office.marketplace.sources.import_tags(office.person("gus"), text)
    assert office.trail() == before
    assert tags_of(office) == (frozenset(), frozenset(), frozenset())


def test_a_table_of_two_platforms_is_not_tagged_by_its_name(office: Office) -> None:
    with office.marketplace.context.store.writing() as session:
        session.sources.save(replace(office.source("s2", "salaries"), target="lake"))
    with pytest.raises(BadImport, match="more than one"):
        office.marketplace.sources.import_tags(office.person("gus"), TAGS)


@pytest.mark.requirement("P4", clause="one table")
@pytest.mark.parametrize(
    ("who", "seen"),
    [
        ("rita", {"salaries"}),
        ("ann", {"salaries", "bonuses"}),
        ("mia", {"salaries", "bonuses", "drafted", "wages", "left"}),
        ("tom", {"salaries", "bonuses", "drafted", "wages"}),
        ("gus", {"salaries", "bonuses", "drafted", "wages", "left", "nowhere"}),
    ],
)
def test_a_source_is_seen_by_who_sees_a_product_that_holds_it_or_keeps_its_domain(
    office: Office, who: str, seen: set[str]
) -> None:
    make_tagger(office, "pay")
    names = ("salaries", "bonuses", "drafted", "wages", "left", "nowhere")
    sources = {name: office.source(f"s{number}", name) for number, name in enumerate(names, 1)}
    with office.marketplace.context.store.writing() as session:
        for source in sources.values():
            session.sources.save(source)
    office.publish("For finance", AUTOMATIC, sources=("s2",), visible_to=frozenset({"finance"}))
    form = office.form(AUTOMATIC)
    draft = DataProduct("", "Draft", "pay", form.id, form.version, sources=("s3", "s5"))
    office.marketplace.products.create(office.person("gus"), draft)
    with office.marketplace.context.store.writing() as session:
        for name in ("left", "nowhere"):
            session.sources.save(replace(sources[name], domains=frozenset()))
    person = office.person(who)
    assert {source.name for source in office.marketplace.sources.all(person)} == seen
    of_pay = {source.name for source in office.marketplace.sources.all(person, SourceFilter(domain="pay"))}
    assert of_pay == seen - {"left", "nowhere"}
    for name, source in sources.items():
        if name in seen:
            assert office.marketplace.sources.get(person, source.id).name == name
        else:
            with pytest.raises(NotFound):
                office.marketplace.sources.get(person, source.id)


def test_products_are_found_by_the_name_of_a_source_they_hold(office: Office) -> None:
    hidden = office.publish("Hidden", AUTOMATIC, visible_to=frozenset({"finance"}))

    def found(who: str, name: str) -> set[str]:
        return {product.id for product in office.marketplace.catalog_links.products_holding(office.person(who), name)}

    for name in ("pay.salaries", "db.pay.salaries", "server.db.pay.salaries"):
        assert found("rita", name) == {office.product.id}
        assert found("ann", name) == {office.product.id, hidden.id}
    office.marketplace.products.unpublish(office.person("gus"), office.product.id)
    assert found("rita", "pay.salaries") == set()
    assert "source.unknown_requested" not in office.trail()


def test_governance_is_told_of_a_source_that_no_product_holds(office: Office) -> None:
    assert office.marketplace.catalog_links.products_holding(office.person("rita"), "pay.wages") == []
    [told] = office.marketplace.notifications.mine(office.person("gus")).items
    assert told.message == "rita asked for `pay.wages`, which no product holds."
    assert office.trail()[-1] == "source.unknown_requested"


def test_governance_is_told_of_a_name_once_until_a_product_holds_it(office: Office) -> None:
    def ask(who: str, name: str = "pay.wages") -> int:
        """How many products are found; how often it was told stands in the trail."""
        return len(office.marketplace.catalog_links.products_holding(office.person(who), name))

    def told() -> int:
        return office.trail().count("source.unknown_requested")

    for who, name in (("rita", "pay.wages"), ("rita", "pay.wages"), ("tom", "db.pay.wages")):
        assert ask(who, name) == 0
    assert told() == len(office.marketplace.notifications.mine(office.person("gus")).items) == 1
    assert (ask("rita", "pay.bonuses"), told()) == (0, 2)
    with office.marketplace.context.store.writing() as session:
        session.sources.save(office.source("s2", "wages"))
    holding = office.publish("Wages", AUTOMATIC, sources=("s2",))
    assert (ask("rita"), told()) == (1, 2)
    office.marketplace.products.change(office.person("gus"), replace(holding, sources=("s1",)))
    assert (ask("rita"), ask("tom"), told()) == (0, 0, 3)


def test_of_many_who_ask_at_once_one_tells(office: Office) -> None:
    rita, gate = office.person("rita"), threading.Barrier(4)

    def ask() -> None:
        gate.wait()
        office.marketplace.catalog_links.products_holding(rita, "pay.wages")

    asking = [threading.Thread(target=ask) for _ in range(4)]
    for one in asking:
        one.start()
    for one in asking:
        one.join()
    assert office.trail().count("source.unknown_requested") == 1


@pytest.mark.parametrize("name", ["", "salaries", "pay.", ".salaries"])
def test_what_names_no_table_is_not_found_and_told_to_nobody(office: Office, name: str) -> None:
    before = office.trail()
    with pytest.raises(NotFound):
        office.marketplace.catalog_links.products_holding(office.person("rita"), name)
    assert office.trail() == before
