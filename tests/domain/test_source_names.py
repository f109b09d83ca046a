"""The names that catalogs send, each in its own way."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as some

from placet.domain.errors import NotFound
from placet.domain.source_names import SourceName, read_name

DATAHUB = "urn:li:dataset:(urn:li:dataPlatform:{},{},PROD)"


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("shop.orders", SourceName("shop", "orders")),
        ("service.db.shop.orders", SourceName("shop", "orders")),
        ('service.db."a.b"."c.d"', SourceName("a.b", "c.d")),
        ('db.shop."say ""hi"".x"', SourceName("shop", 'say "hi".x')),
        ("7.db.shop.orders", SourceName("shop", "orders")),
        ("db..orders.x", SourceName("orders", "x")),
        (DATAHUB.format("postgres", "db.shop.orders"), SourceName("shop", "orders", "postgresql")),
        (DATAHUB.format("snowflake", "DB.SHOP.a%2Cb"), SourceName("SHOP", "a,b", "snowflake")),
        ("postgres://cluster.shop/orders", SourceName("shop", "orders", "postgresql")),
        ("hive://gold.eu.shop/orders", SourceName("shop", "orders", "hive")),
        ("mysql://shop/orders", SourceName("shop", "orders", "mysql")),
    ],
)
def test_a_name_is_read_as_its_catalog_writes_it(text: str, name: SourceName) -> None:
    assert read_name(text) == name


@pytest.mark.parametrize(
    "text",
    [
        "",
        "orders",
        "shop.",
        ".orders",
        '"shop.orders"',
        'shop."orders',
        'shop.or"ders',
        'shop."a"b',
        "postgres://",
        "postgres://shop",
        "postgres://shop/orders/more",
        "urn:li:dataset:(urn:li:dataPlatform:postgres,orders,PROD)",
    ],
)
def test_what_names_no_table_is_refused(text: str) -> None:
    with pytest.raises(NotFound):
        read_name(text)


@given(some.text(max_size=50))
def test_whatever_is_sent_is_read_or_refused(text: str) -> None:
    try:
        name = read_name(text)
    except NotFound:
        return
    assert name.schema
    assert name.table


def test_what_is_said_beside_a_name_counts_before_it() -> None:
    name = read_name("hive://gold.shop/orders")
    assert name.narrowed("", "") == name
    assert name.narrowed("Postgres", "DB.example") == SourceName("shop", "orders", "postgresql", "db.example")
