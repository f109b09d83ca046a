"""Products, their revisions, and the catalog."""

from __future__ import annotations

from dataclasses import replace

import pytest

from placet.domain.errors import AlreadyThere, Conflict, StaleRevision
from placet.domain.people import DomainPermission, StewardSource
from placet.domain.products import Column, DataProduct, DataSource, Domain, ProductState
from placet.domain.terms import Duration, Unit
from placet.storage import Standing, Store, Wanted, catalog
from tests.storage.world import NOW, PRODUCT, furnish, grant, keep_grant, minutes, request

EVERYTHING = Wanted("bob", NOW)

FULL = replace(
    PRODUCT,
    id="full",
    name="Überstunden & 'more'",
    sources=("t2", "table", "t1"),
    description="Hours\nof everyone",
    expert="ann",
    links=("https://example.org/a?b=c", "http://example.org"),
    visible_to=frozenset({"payroll", "audit"}),
    maximum=Duration(3, Unit.MONTHS),
    stewards=(
        StewardSource.attribute("team", "pay"),
        StewardSource.domain_permission(DomainPermission.MANAGE_DATA_PRODUCTS),
    ),
    state=ProductState.SUSPENDED,
    created_at=NOW,
    published_at=NOW,
    masking_form="form",
    masking_form_version=1,
)


def keep(store: Store, *products: DataProduct) -> None:
    with store.writing() as session:
        for table in ("t1", "t2"):
            session.sources.save(DataSource(table, "lake", "public", table))
        for product in products:
            session.products.add(product)


def named(*names: str, **changed: object) -> list[DataProduct]:
    return [replace(PRODUCT, id=f"id of {name}", name=name, sources=(), **changed) for name in names]  # type: ignore[arg-type]  # any field


def test_a_product_comes_back_as_it_was_kept(store: Store) -> None:
    keep(furnish(store), FULL)
    with store.reading() as session:
        assert session.products.get("full") == FULL
        assert session.products.get("salaries") == PRODUCT
        assert session.products.get("none") is None
        assert session.products.many(["salaries", "full", "none"]) == [FULL, PRODUCT]


def test_a_changed_product_has_the_next_revision(store: Store) -> None:
    keep(furnish(store), FULL)
    with store.writing() as session:
        locked = session.products.lock("full")
        assert locked == FULL
        changed = replace(FULL, name="Hours", sources=("t1",), visible_to=frozenset(), maximum=None)
        saved = session.products.save(changed)
        assert saved == replace(changed, revision=2)
    with store.reading() as session:
        assert session.products.get("full") == saved


def test_a_change_to_what_has_changed_is_refused(store: Store) -> None:
    furnish(store)
    with store.writing() as session:
        session.products.save(replace(PRODUCT, description="one"))
    with pytest.raises(StaleRevision, match="`salaries` was changed"), store.writing() as session:
        session.products.save(replace(PRODUCT, description="other"))
    with store.reading() as session:
        kept = session.products.get("salaries")
    assert kept == replace(PRODUCT, description="one", revision=2)


def test_a_product_that_was_never_added_can_not_be_changed(store: Store) -> None:
    furnish(store)
    with pytest.raises(StaleRevision), store.writing() as session:
        session.products.save(replace(PRODUCT, id="other", name="Other"))


@pytest.mark.parametrize("taken", [{"id": "other"}, {"name": "Other"}, {"id": "other", "name": " sALARIES"}])
def test_ids_and_names_are_taken_once(store: Store, taken: dict[str, str]) -> None:
    with pytest.raises(AlreadyThere, match="choose another name"):
        keep(furnish(store), replace(PRODUCT, **taken))  # type: ignore[arg-type]  # a text field


def test_a_name_is_free_again_after_its_product_was_deleted(store: Store) -> None:
    again = replace(PRODUCT, id="again")
    furnish(store)
    with store.writing() as session:
        session.products.save(replace(PRODUCT, state=ProductState.DELETED))
        session.products.add(again)
        assert session.products.get("again") == again


def test_a_name_that_another_product_has_can_not_be_changed_to(store: Store) -> None:
    keep(furnish(store), FULL)
    with pytest.raises(AlreadyThere), store.writing() as session:
        session.products.save(replace(FULL, name="Salaries"))


@pytest.mark.parametrize("wrong", [{"domain": "none"}, {"form": "none"}, {"form_version": 2}, {"sources": ("none",)}])
def test_what_a_product_refers_to_has_to_exist(store: Store, wrong: dict[str, object]) -> None:
    with pytest.raises(Conflict):
        keep(furnish(store), replace(FULL, **wrong))  # type: ignore[arg-type]  # any field


def test_products_are_found_by_their_sources(store: Store) -> None:
    keep(furnish(store), FULL)
    with store.reading() as session:
        assert session.products.holding("table") == [FULL, PRODUCT]
        assert session.products.holding("t1") == [FULL]
        assert session.products.holding("none") == []
        assert session.products.targets("full") == ["lake", "warehouse"]
        assert session.products.targets("salaries") == ["warehouse"]
        assert session.products.targets("none") == []


def test_products_that_are_published_or_were_are_listed(store: Store) -> None:
    states = {state.value: replace(PRODUCT, id=state.value, name=state.value, state=state) for state in ProductState}
    keep(furnish(store), *states.values())
    with store.reading() as session:
        listed = {product.id for product in session.products.once_published()} - {PRODUCT.id}
    assert listed == {"published", "suspended", "unpublished"}


SHOWN = {ProductState.PUBLISHED, ProductState.SUSPENDED}


@pytest.mark.parametrize("state", ProductState)
@pytest.mark.parametrize(
    ("visible_to", "groups", "seen"),
    [
        (set(), set(), True),
        (set(), {"payroll"}, True),
        ({"payroll"}, set(), False),
        ({"payroll"}, {"Payroll"}, False),
        ({"payroll", "audit"}, {"audit", "other"}, True),
    ],
)
def test_the_catalog_shows_what_is_listed_and_within_sight(
    store: Store, state: ProductState, visible_to: set[str], groups: set[str], seen: bool
) -> None:
    furnish(store)
    with store.writing() as session:
        saved = session.products.save(replace(PRODUCT, state=state, visible_to=frozenset(visible_to)))
        page = session.products.in_sight(groups, EVERYTHING)
    assert page.items == ((saved,) if seen and state in SHOWN else ())


def test_the_catalog_is_by_name_without_regard_to_case(store: Store) -> None:
    keep(furnish(store), *named("zebra", "Apple", "apple pie", "Émile"))
    with store.reading() as session:
        names = [product.name for product in session.products.in_sight([], EVERYTHING).items]
    assert names == ["Apple", "apple pie", "Salaries", "zebra", "Émile"]


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("sal", ["Salaries"]),
        ("SALARIES", ["Salaries"]),
        ("hours", ["Überstunden & 'more'"]),
        ("über", ["Überstunden & 'more'"]),
        ("every hou", ["Überstunden & 'more'"]),
        ("alaries", []),
        ("sal hours", []),
        ("%", ["Salaries", "Überstunden & 'more'"]),
        ("sal%", ["Salaries"]),
        ("_al", []),
        ("'; --", ["Salaries", "Überstunden & 'more'"]),
    ],
)
def test_products_are_found_by_the_beginnings_of_words(store: Store, search: str, found: list[str]) -> None:
    keep(furnish(store), replace(FULL, visible_to=frozenset()))
    with store.reading() as session:
        assert [
            product.name for product in session.products.in_sight([], replace(EVERYTHING, search=search)).items
        ] == found
        assert [product.name for product in session.products.page(search=search).items] == found


def test_lists_can_be_narrowed_by_domain_and_state(store: Store) -> None:
    furnish(store)
    with store.writing() as session:
        session.domains.save(Domain("finance", "Finance"))
    keep(store, *named("Draft", state=ProductState.DRAFT), *named("Elsewhere", domain="finance"))

    def names(**wanted: object) -> list[str]:
        with store.reading() as session:
            return [product.name for product in session.products.page(**wanted).items]  # type: ignore[arg-type]

    assert names() == ["Draft", "Elsewhere", "Salaries"]
    assert names(domains=["hr"]) == ["Draft", "Salaries"]
    assert names(domains=[]) == []
    assert names(states=[ProductState.DRAFT]) == ["Draft"]
    with store.reading() as session:
        assert [
            product.name for product in session.products.in_sight([], replace(EVERYTHING, domain="finance")).items
        ] == ["Elsewhere"]
        assert [product.name for product in session.products.in_sight([], replace(EVERYTHING, domain="hr")).items] == [
            "Salaries"
        ]


FILTERS: dict[str, tuple[dict[str, object], set[str]]] = {
    "nothing": ({}, {"held", "awaited", "both", "ended", "neither", "salaries"}),
    "a word": ({"search": "hel"}, {"held"}),
    "a tag of a source": ({"tag": "Pay"}, {"held", "awaited"}),
    "a tag below": ({"tag": "PII"}, {"both"}),
    "no tag that only begins so": ({"tag": "PI"}, set()),
    "a platform": ({"target": "lake"}, {"held", "awaited", "both"}),
    "held": ({"standing": Standing.HAVE}, {"held", "both"}),
    "awaited": ({"standing": Standing.ASKED}, {"awaited", "both"}),
    "neither": ({"standing": Standing.NEITHER}, {"ended", "neither", "salaries"}),
    "someone else": ({"standing": Standing.HAVE, "person": "ann"}, set()),
    "all at once": (
        {"search": "both", "domain": "hr", "tag": "PII.Name", "target": "lake", "standing": Standing.HAVE},
        {"both"},
    ),
}


@pytest.mark.parametrize("few", [400, -1], ids=["looked up", "walked"])
@pytest.mark.parametrize("name", FILTERS)
def test_the_catalog_is_filtered_alike_whether_few_or_many_pass(
    store: Store, monkeypatch: pytest.MonkeyPatch, name: str, few: int
) -> None:
    monkeypatch.setattr(catalog, "FEW", few)
    furnish(store)
    columns = (Column(1, "name", "text", frozenset({"PII.Name"})),)
    sources = {"held": ("t1",), "awaited": ("t1",), "both": ("t2",)}
    with store.writing() as session:
        session.sources.save(DataSource("t1", "lake", "public", "t1", tags=frozenset({"Pay"})))
        session.sources.save(DataSource("t2", "lake", "public", "t2", columns))
        for id in ("held", "awaited", "both", "ended", "neither"):
            session.products.add(replace(PRODUCT, id=id, name=id, sources=sources.get(id, ())))
        for id in ("held", "both"):
            keep_grant(session, grant(f"g {id}", request=f"r {id}", product=id))
        keep_grant(session, grant("g ended", request="r ended", product="ended", start=NOW - minutes(9), end=NOW))
        for id in ("awaited", "both"):
            session.requests.add(request(f"p {id}", product=id))
    filters, found = FILTERS[name]
    wanted, seen, cursor = replace(EVERYTHING, **filters), [], None  # type: ignore[arg-type]  # any field
    with store.reading() as session:
        while cursor is not None or not seen:
            page = session.products.in_sight([], wanted, cursor, limit=2)
            seen.append([product.id for product in page.items])
            if (cursor := page.next) is None:
                break
    listed = [id for page in seen for id in page]
    assert (set(listed), len(listed)) == (found, len(found))
    assert listed == sorted(listed)
