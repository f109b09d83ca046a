"""Domains and data sources."""

from __future__ import annotations

from dataclasses import replace

import pytest

from placet.domain.errors import AlreadyThere, Conflict
from placet.domain.products import Column, DataSource, Domain
from placet.storage import SourceFilter, Store

COLUMNS = (Column(3, "salary", "numeric", frozenset({"PII", "Pay.Salary"})), Column(1, 'odd "name"', "text"))
TABLE = DataSource("s1", "warehouse", "public", "pay", COLUMNS, frozenset({"HR.Payroll"}), frozenset({"hr", "finance"}))


def keep(store: Store, *sources: DataSource) -> None:
    with store.writing() as session:
        for domain in ("hr", "finance"):
            session.domains.save(Domain(domain, domain.title(), "What it is for"))
        for source in sources:
            session.sources.save(source)


def test_domains_come_back_and_are_replaced(store: Store) -> None:
    keep(store)
    with store.writing() as session:
        session.domains.save(Domain("hr", "People"))
    with store.reading() as session:
        assert session.domains.get("hr") == Domain("hr", "People")
        assert session.domains.get("none") is None
        assert session.domains.all() == [Domain("finance", "Finance", "What it is for"), Domain("hr", "People")]


def test_a_source_comes_back_with_columns_in_their_order_and_all_tags(store: Store) -> None:
    keep(store, TABLE)
    with store.reading() as session:
        assert session.sources.get("s1") == TABLE
        assert session.sources.get("s2") is None


def test_keeping_a_source_again_replaces_all_of_it(store: Store) -> None:
    changed = replace(
        TABLE, columns=(Column(3, "pay", "numeric", frozenset({"PII"})),), tags=frozenset(), domains=frozenset({"hr"})
    )
    keep(store, TABLE, changed)
    with store.reading() as session:
        assert session.sources.get("s1") == changed
        assert session.sources.in_domain("finance") == []


def test_sources_are_listed_by_domain_target_and_name(store: Store) -> None:
    other = replace(TABLE, id="s2", target="lake", domains=frozenset({"hr"}))
    third = replace(TABLE, id="s3", name="teams", domains=frozenset())
    keep(store, third, other, TABLE)
    with store.reading() as session:
        assert session.sources.in_domain("hr") == [TABLE, other]
        assert session.sources.named("public", "pay") == [TABLE, other]
        assert session.sources.named("pay", "public") == []
        assert session.sources.all() == [TABLE, other, third]
        assert session.sources.all("warehouse") == [TABLE, third]
        assert session.sources.many(["s3", "s1", "s3", "none"]) == [TABLE, third]


def test_one_name_on_one_target_is_one_source(store: Store) -> None:
    with pytest.raises(AlreadyThere, match=r"`public\.pay` on `warehouse`"):
        keep(store, TABLE, replace(TABLE, id="s2"))


def test_a_domain_that_does_not_exist_is_refused(store: Store) -> None:
    with pytest.raises(Conflict):
        keep(store, replace(TABLE, domains=frozenset({"nowhere"})))


def test_sources_are_listed_page_by_page_and_by_what_is_asked_for(store: Store) -> None:
    names = ("order_lines", "orders", "refunds", "visits")
    sources = [replace(TABLE, id=f"s{number}", name=name, domains=frozenset()) for number, name in enumerate(names)]
    sources[0] = replace(sources[0], tags=frozenset({"HR"}), columns=())
    sources[1] = replace(sources[1], target="lake", tags=frozenset(), domains=frozenset({"hr"}))
    sources[2] = replace(sources[2], tags=frozenset({"HRX"}), columns=())
    keep(store, *sources)

    def found(cursor: str | None = None, **asked: str) -> list[str]:
        with store.reading() as session:
            page = session.sources.page(SourceFilter(**asked), cursor=cursor, limit=2)
        return [source.name for source in page.items] + (found(page.next, **asked) if page.next else [])

    assert found() == list(names)
    assert found(target="warehouse") == ["order_lines", "refunds", "visits"]
    assert found(domain="hr") == ["orders"]
    assert found(tag="HR") == ["order_lines", "visits"]
    assert found(tag="Pay") == ["orders", "visits"], "on a column, under the tag"
    assert found(search="LIN") == ["order_lines"]
    assert found(search="order public") == ["order_lines", "orders"]
    assert found(search="order", tag="HR", target="lake") == []


def test_a_revision_grows_and_the_highest_number_is_kept(store: Store) -> None:
    keep(store, TABLE)
    with store.reading() as session:
        kept = session.sources.get("s1")
    assert kept
    keep(store, replace(kept, columns=(Column(1, "a", "text", confirmed=False),)))
    with store.reading() as session:
        again = session.sources.get("s1")
    assert again
    assert (again.revision, again.last_column, again.columns[0].confirmed) == (kept.revision + 1, 3, False)


def test_a_source_is_removed_with_all_of_it(store: Store) -> None:
    keep(store, TABLE)
    with store.writing() as session:
        session.sources.delete("s1")
    with store.reading() as session:
        assert session.sources.all() == []
        assert session.sources.targets() == []
