"""Importing data sources: looked at first, taken whole, and again without loss."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from placet.demo.server import EmbeddedPostgres
from placet.domain.errors import Forbidden, NotFound
from placet.domain.people import DomainPermission
from placet.domain.products import DataSource, Domain
from placet.domain.sources import BadSource, ColumnChanges, DynamicDomain
from placet.domain.tags import BadTag
from placet.service.importing import ImportReport
from placet.service.people_file import BadImport
from tests.emitter.worlds import World, world_on
from tests.service.office import AUTOMATIC, Office
from tests.service.test_source_files import CONTRACT, CSV, JSON, MANIFESTS

FILES = {"csv": CSV, "json": JSON, "odcs": CONTRACT, "dbt": MANIFESTS[-1].read_text()}


def bring(office: Office, text: str = CSV, format: str = "csv", **more: object) -> ImportReport:
    given = {"target": "lake", "domain": "pay", **more}
    return office.marketplace.sources.import_file(office.person("gus"), text, format, **given)  # type: ignore[arg-type]  # its options


def orders(office: Office) -> DataSource:
    found = office.marketplace.sources.all(office.person("gus"))
    return next(one for one in found if one.qualified_name == "shop.orders")


def state(office: Office) -> tuple[list[str], list[DataSource]]:
    return office.trail(), office.marketplace.sources.all(office.person("gus"))


@pytest.mark.requirement("D3", clause="by file")
@pytest.mark.requirement("D3", clause="tags by API and file")
@pytest.mark.parametrize("format", FILES)
def test_a_file_is_looked_at_then_taken_and_taken_again_without_any_change(office: Office, format: str) -> None:
    before = state(office)
    looked = bring(office, FILES[format], format, dry_run=True)
    assert (looked.dry_run, {one.state for one in looked.sources}) == (True, {"new"})
    assert state(office) == before
    taken = bring(office, FILES[format], format)
    assert [one.name for one in taken.sources] == [one.name for one in looked.sources]
    assert orders(office).domains == {"pay"}
    assert all(column.confirmed for column in orders(office).columns)
    kept = state(office)[1]
    again = bring(office, FILES[format], format)
    assert {one.state for one in again.sources} == {"same"}
    assert state(office)[1] == kept


def test_nothing_loses_its_id_its_tags_or_its_confirmation_by_an_import(office: Office) -> None:
    bring(office)
    before, gus = orders(office), office.person("gus")
    office.marketplace.sources.set_tags(gus, before.id, {"Mine"}, {"id": {"Key"}})
    made = bring(office, CSV.replace("bigint", "integer") + "shop,orders,note,text,\n")
    after = orders(office)
    assert (after.id, after.tags) == (before.id, {"Mine", "Money", "daily"})
    assert [(one.id, one.type, set(one.tags), one.confirmed) for one in after.columns] == [
        (1, "integer", {"Key"}, True),
        (2, "text", {"PII.Name"}, True),
        (3, "text", set(), False),
    ]
    assert made.sources[0].columns == ColumnChanges(added=("note",))
    office.marketplace.sources.confirm(gus, after.id, [3])
    assert bring(office, CSV + "shop,orders,note,text,\n").sources[0].columns == ColumnChanges()
    assert orders(office).columns[2].confirmed
    assert "data_source.columns_confirmed" in office.trail()


def test_the_managers_of_its_products_are_told_of_the_columns_of_a_source(office: Office) -> None:
    bring(office)
    office.publish("Orders", AUTOMATIC, sources=(orders(office).id,))
    office.clock.advance(seconds=1)
    bring(office, CSV.replace("customer", "buyer"))
    [told, *_] = office.marketplace.notifications.mine(office.person("mia")).items
    assert told.message == "The columns of shop.orders have changed: new: buyer; gone: customer."
    assert office.marketplace.notifications.mine(office.person("rita")).items == ()


def test_a_known_source_that_is_not_described_is_told_of_and_stays(office: Office) -> None:
    bring(office)
    made = bring(office, CSV.replace("orders", "lines"))
    assert made.vanished == ("shop.orders",)
    assert orders(office).domains == {"pay"}


@pytest.mark.requirement("D1", clause="dynamic domains refuse changes by hand")
def test_an_import_puts_nothing_into_a_dynamic_domain_but_by_its_tags(office: Office) -> None:
    office.marketplace.domains.save(office.person("gus"), Domain("money", "Money", tags=frozenset({"Money"})))
    with pytest.raises(DynamicDomain):
        bring(office, domain="money")
    made = bring(office, domain="")
    assert (made.sources[0].entered, orders(office).domains) == (("money",), {"money"})


@pytest.mark.requirement("P4", clause="domains and sources")
def test_governance_alone_imports_files_also_for_a_look(office: Office) -> None:
    before = state(office)
    office.change_person("tom", domain_permissions=frozenset({("pay", DomainPermission.MANAGE_TAGS)}))
    for stranger in ("rita", "mia", "ada", "uma", "tom"):
        for dry_run in (False, True):
            with pytest.raises(Forbidden):
                office.marketplace.sources.import_file(
                    office.person(stranger), CSV, "csv", "lake", "pay", dry_run=dry_run
                )
    assert state(office) == before


@pytest.mark.parametrize(
    ("text", "more", "refusal"),
    [
        (CSV, {"domain": "nowhere"}, NotFound),
        (CSV, {"target": " "}, BadImport),
        (CSV + "shop,orders,id,text,\n", {}, BadSource),
        (CSV + f"shop,{'x' * 256},id,text,\n", {}, BadSource),
        (CSV + f"shop,lines,id,text,{'x' * 256}\n", {}, BadTag),
        (CSV.replace("type", "kind"), {}, BadImport),
    ],
)
def test_of_what_can_not_be_taken_nothing_is(
    office: Office, text: str, more: dict[str, object], refusal: type[Exception]
) -> None:
    before = state(office)
    for dry_run in (True, False):
        with pytest.raises(refusal):
            bring(office, text, dry_run=dry_run, **more)
    assert state(office) == before


@pytest.fixture
def world(postgres: EmbeddedPostgres) -> Iterator[World]:
    """A platform with the table `shop.orders`, one of whose columns is gone."""
    with world_on(postgres) as world:
        world.run("CREATE SCHEMA shop; CREATE TABLE shop.orders (gone int, customer text, id bigint, note text)")
        world.run("ALTER TABLE shop.orders DROP COLUMN gone")
        yield world


@pytest.fixture
def lake(office: Office, world: World) -> Office:
    """The office, with the platform `lake` connected."""
    office.marketplace.context.targets = {"lake": world.target}
    return office


def seen(office: Office) -> list[tuple[int, str, set[str], bool]]:
    return [(one.id, one.name, set(one.tags), one.confirmed) for one in orders(office).columns]


@pytest.mark.parametrize("format", FILES)
def test_on_a_connected_platform_the_catalog_says_which_columns_there_are(lake: Office, format: str) -> None:
    """Consumers see columns by the platform's numbers: one of ours would show them another column."""
    made = bring(lake, FILES[format], format)
    columns = seen(lake)
    assert [(number, name) for number, name, _, _ in columns] == [(2, "customer"), (3, "id"), (4, "note")]
    assert "PII.Name" in columns[0][2]
    assert [one.name for one in made.sources] == ["shop.orders"]
    expected = {"odcs": {"extra.order_lines"}, "dbt": {"shop.regions", "shop.orders.amount"}}.get(format, set())
    assert expected <= set(made.missing)


@pytest.mark.requirement("D3", clause="a renamed column keeps its own")
def test_a_catalog_shows_renames_drops_and_new_columns(lake: Office, world: World) -> None:
    bring(lake)
    lake.marketplace.sources.set_tags(lake.person("gus"), orders(lake).id, None, {"note": {"Free"}})
    world.run("ALTER TABLE shop.orders RENAME COLUMN customer TO buyer")
    world.run("ALTER TABLE shop.orders DROP COLUMN note; ALTER TABLE shop.orders ADD COLUMN note text")
    gus, sources = lake.person("gus"), lake.marketplace.sources
    before = seen(lake)
    looked = sources.import_catalog(gus, "lake", "shop", dry_run=True)
    assert seen(lake) == before
    made = sources.import_catalog(gus, "lake", "shop")
    assert made.sources == looked.sources
    assert made.sources[0].columns == ColumnChanges(("note",), ("note",), (("customer", "buyer"),), (4,))
    assert seen(lake) == [(2, "buyer", {"PII.Name"}, True), (3, "id", set(), True), (5, "note", set(), False)]


def test_a_source_described_before_its_platform_was_connected_takes_its_numbers(office: Office, world: World) -> None:
    bring(office)
    assert [(number, name) for number, name, _, _ in seen(office)] == [(1, "id"), (2, "customer")]
    office.marketplace.context.targets = {"lake": world.target}
    bring(office)
    assert seen(office) == [(2, "customer", {"PII.Name"}, True), (3, "id", set(), True), (4, "note", set(), False)]


def test_a_file_about_nothing_that_the_platform_has_is_refused(lake: Office) -> None:
    with pytest.raises(BadImport, match=r"shop\.wages"):
        bring(lake, CSV.replace("orders", "wages"))
