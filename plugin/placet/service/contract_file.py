"""Data contracts of the Open Data Contract Standard, version 3: schema objects with their properties and tags.

Read by the reader of rule packs, so that no text grows when it is read. What a contract says besides, such as quality
and prices, is left out.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from placet.domain.sources import Described, DescribedColumn
from placet.engine.findings import Spot
from placet.engine.yaml_text import read
from placet.service.file_parts import listing, mapping, text_at, words_at
from placet.service.people_file import BadImport

LARGEST_TEXT = 256 * 1024
"""Characters; a contract is written by people, or for them."""

VERSION = re.compile(r"v3\.\d+\.\d+")
NEEDED = ("apiVersion", "kind", "id", "version")


def read_contract(text: str, target: str = "") -> list[Described]:
    """The tables that a contract describes. Raises BadImport.

    A schema object is found under its `physicalName`, else its name; the schema of the platform stands before it, as in
    `shop.orders`, or is that of the server: the one that is called as the platform, or the only one.
    """
    contract = mapping(_as_yaml(text), "the contract")
    for key in NEEDED:
        text_at(contract, key, "the contract")
    if contract["kind"] != "DataContract" or not VERSION.fullmatch(contract["apiVersion"]):
        said = f"{contract['kind']} {contract['apiVersion']}"
        raise BadImport(f"`{said[:80]}` can't be read: only data contracts (`kind: DataContract`) of version 3 can")
    around = _schema_of_server(contract, target)
    objects = listing(contract.get("schema"), "`schema`")
    return [_described(value, around, f"schema object {number}") for number, value in enumerate(objects, 1)]


def _as_yaml(text: str) -> Any:
    problems: list[str] = []

    def say(spot: Spot, _: str, told: str) -> None:
        problems.append(f"line {spot.line}: {told}")

    found = read(text, say, LARGEST_TEXT)
    if problems:
        raise BadImport("; ".join(problems[:5]))
    return found


def _schema_of_server(contract: Mapping[str, Any], target: str) -> str:
    servers = [mapping(one, "`servers`") for one in listing(contract.get("servers"), "`servers`")]
    named = [one for one in servers if one.get("server") == target] or servers
    return text_at(named[0], "schema", "`servers`", default="") if len(named) == 1 else ""


def _described(value: Any, around: str, where: str) -> Described:
    found = mapping(value, where)
    name = text_at(found, "name", where)
    schema, _, table = text_at(found, "physicalName", where, default=name).rpartition(".")
    if not (schema := schema.rpartition(".")[2] or around):
        told = f"`{name}` is in no schema: write `physicalName: schema.table`, or `schema` at the server"
        raise BadImport(f"{where}: {told}")
    properties = listing(found.get("properties"), f"`{name}`, `properties`")
    columns = tuple(_column(one, f"`{name}`, property {number}") for number, one in enumerate(properties, 1))
    return Described(schema, table, columns, words_at(found, "tags", where))


def _column(value: Any, where: str) -> DescribedColumn:
    found = mapping(value, where)
    name = text_at(found, "name", where)
    kind = text_at(found, "physicalType", where, default="") or text_at(found, "logicalType", where, default="")
    return DescribedColumn(text_at(found, "physicalName", where, default=name), kind, _tags(found, where))


def _tags(found: Mapping[str, Any], where: str) -> frozenset[str]:
    """The tags of a property and of all that lies in it: they are about parts of one column."""
    inside = [mapping(one, where) for one in listing(found.get("properties"), f"{where}, `properties`")]
    if items := found.get("items"):
        inside.append(mapping(items, f"{where}, `items`"))
    return words_at(found, "tags", where).union(*(_tags(one, where) for one in inside))
