"""Files of data sources: what each format says, and what is refused of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib.resources import files
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft201909Validator
from ruamel.yaml import YAML

from placet.domain.sources import Described, DescribedColumn
from placet.service.people_file import BadImport
from placet.service.source_file import read_sources

DATA = Path(__file__).parent / "data"
MANIFESTS = sorted(DATA.glob("manifest-*.json"))

CSV = """schema,table,column,type,tags
shop,orders,,,Money daily
shop,orders,id,bigint,
shop,orders,customer,text,PII.Name
"""

JSON = """{"sources": [{"schema": "shop", "name": "orders", "tags": ["Money", "daily"], "columns": [
  {"name": "id", "type": "bigint"}, {"name": "customer", "type": "text", "tags": ["PII.Name"]}]}]}"""

CONTRACT = """apiVersion: v3.1.0
kind: DataContract
id: orders-contract
version: 1.0.0
status: active
servers:
  - {server: elsewhere, type: postgresql, host: a, port: 5432, database: x, schema: other}
  - {server: lake, type: postgresql, host: a, port: 5432, database: x, schema: shop}
schema:
  - name: orders
    physicalType: table
    tags: [Money, daily]
    properties:
      - {name: id, logicalType: integer, physicalType: bigint, primaryKey: true}
      - name: customer
        physicalName: customer
        logicalType: string
        physicalType: text
        tags: ["PII.Name"]
        quality: [{type: text, description: Nobody is called null.}]
  - name: lines
    physicalName: db.extra.order_lines
    properties:
      - {name: order, logicalType: integer}
      - name: detail
        logicalType: object
        properties: [{name: mail, logicalType: string, tags: ["PII.Mail"]}]
"""

ORDERS = Described(
    "shop",
    "orders",
    (DescribedColumn("id", "bigint"), DescribedColumn("customer", "text", frozenset({"PII.Name"}))),
    frozenset({"Money", "daily"}),
)


@pytest.mark.requirement("D3", clause="by file")
@pytest.mark.parametrize(("format", "text"), [("csv", CSV), ("csv", "\ufeff" + CSV), ("json", JSON)])
def test_a_file_says_which_sources_there_are_with_columns_and_tags(format: str, text: str) -> None:
    assert read_sources(text, format, "lake") == [ORDERS]


@pytest.mark.requirement("D3", clause="from dbt")
@pytest.mark.parametrize("path", MANIFESTS, ids=[path.stem for path in MANIFESTS])
def test_a_manifest_that_dbt_wrote_says_it_too(path: Path) -> None:
    """The files were written by the version of dbt-core in their name, `dbt parse`; only its macros were left out."""
    found = {one.qualified_name: one for one in read_sources(path.read_text(), "dbt", "lake")}
    assert sorted(found) == [
        "history.orders_kept", "landing.raw_orders", "shop.orders", "shop.regions", "shop_extra.order_lines"
    ]  # fmt: skip
    orders = found["shop.orders"]
    assert orders.tags == {"Money", "daily", "Finance.Revenue"}
    assert orders.columns == (
        DescribedColumn("id", "integer"),
        DescribedColumn("customer", "varchar", frozenset({"PII.Name", "Secret"})),
        DescribedColumn("amount", "decimal(8,2)"),
    )
    assert found["landing.raw_orders"].tags == {"Landing", "Money"}
    assert found["shop.regions"].tags == {"Reference"}
    assert found["history.orders_kept"].tags == {"History"}
    assert [one.name for one in found["shop_extra.order_lines"].columns] == ["order_id", "line"]


def test_both_versions_of_manifests_are_tried() -> None:
    assert [path.stem.split("-")[1] for path in MANIFESTS] == ["v10", "v12"]


@pytest.mark.requirement("D3", clause="from a data contract")
def test_a_data_contract_says_it_too() -> None:
    [orders, lines] = read_sources(CONTRACT, "odcs", "lake")
    assert orders == ORDERS
    assert lines.qualified_name == "extra.order_lines"
    assert lines.columns == (
        DescribedColumn("order", "integer"),
        DescribedColumn("detail", "object", frozenset({"PII.Mail"})),
    )


def test_the_contracts_of_these_tests_are_such_by_the_schema_of_the_standard() -> None:
    schema = json.loads((files("open_data_contract_standard") / "schema.json").read_text())
    errors = Draft201909Validator(schema).iter_errors(YAML(typ="safe").load(CONTRACT))
    assert [error.message for error in errors] == []


def manifest(**changes: Any) -> str:
    data = json.loads(MANIFESTS[-1].read_text())
    return json.dumps(data | changes)


BAD: Mapping[str, tuple[str, str]] = {
    "an unknown format": ("xml", "<a/>"),
    "no first line": ("csv", ""),
    "nothing below the first line": ("csv", "schema,table,column\n"),
    "no column named table": ("csv", "schema,column\nshop,id\n"),
    "an unknown column": ("csv", "schema,table,column,owner\nshop,orders,id,me\n"),
    "fewer values": ("csv", "schema,table,column,type\nshop,orders,id\n"),
    "no JSON": ("json", "{"),
    "JSON that is too deep": ("json", "[" * 100_000),
    "another object": ("json", '{"tables": []}'),
    "an unknown key": ("json", '{"sources": [{"schema": "a", "name": "b", "owner": "me"}]}'),
    "a name that is none": ("json", '{"sources": [{"schema": "a", "name": 7}]}'),
    "tags that are none": ("json", '{"sources": [{"schema": "a", "name": "b", "tags": [1]}]}'),
    "columns that are none": ("json", '{"sources": [{"schema": "a", "name": "b", "columns": "all"}]}'),
    "a source twice": ("json", '{"sources": [{"schema": "a", "name": "b"}, {"schema": "a", "name": "b"}]}'),
    "no manifest": ("dbt", "[]"),
    "a manifest of another version": ("dbt", manifest(metadata={"dbt_schema_version": "x/manifest/v9.json"})),
    "a manifest without nodes": ("dbt", manifest(nodes=None)),
    "a node without a schema": ("dbt", manifest(nodes={"model.a": {"resource_type": "model", "name": "a"}})),
    "a contract without an id": ("odcs", CONTRACT.replace("id: orders-contract\n", "")),
    "a contract of version 2": ("odcs", CONTRACT.replace("v3.1.0", "v2.2.2")),
    "another kind of document": ("odcs", CONTRACT.replace("DataContract", "DataProduct")),
    "a table in no schema": ("odcs", CONTRACT.replace("server: lake", "server: pond")),
    "no YAML": ("odcs", "a: [b"),
    "a key twice": ("odcs", CONTRACT + "kind: DataContract\n"),
    "an alias": ("odcs", CONTRACT + "x: &a [1]\ny: *a\n"),
    "a bomb": ("odcs", "a: &a [x,x]\n" + "".join(f"{b}: &{b} [*{a},*{a}]\n" for a, b in pairwise("abcdefg"))),
    "a type of Python": ("odcs", CONTRACT + "x: !!python/object/apply:os.system [id]\n"),
    "what is too deep": ("odcs", CONTRACT + "x: " + "[" * 50 + "]" * 50 + "\n"),
    "what is too long": ("odcs", CONTRACT + "#" * (1024 * 1024)),
}


@pytest.mark.parametrize(("format", "text"), BAD.values(), ids=BAD)
def test_what_can_not_be_read_is_refused(format: str, text: str) -> None:
    with pytest.raises(BadImport):
        read_sources(text, format, "lake")
