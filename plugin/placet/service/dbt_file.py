"""Manifests of dbt, versions 10 to 12: models, sources, seeds and snapshots with their columns and tags.

A manifest has the columns that were documented. Tags are those of the node and the column, and those that `meta` has
under `placet.tags`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from placet.domain.sources import Described, DescribedColumn
from placet.service.file_parts import as_json, mapping, text_at, words_at
from placet.service.people_file import BadImport

VERSIONS = ("v10", "v11", "v12")
KINDS = ("model", "seed", "snapshot")
NOWHERE = ("ephemeral",)
"""How nodes are materialized that are no table of any platform."""


def read_manifest(text: str, _: str = "") -> list[Described]:
    """The tables and views that a manifest describes. Raises BadImport."""
    data = mapping(as_json(text), "the manifest")
    _refuse_version(data)
    return [*_nodes(data), *_sources(data)]


def _refuse_version(data: Mapping[str, Any]) -> None:
    said = str(mapping(data.get("metadata"), "`metadata`").get("dbt_schema_version", ""))
    found = re.search(r"/manifest/(v\d+)(?:\.json)?$", said)
    if not found or found[1] not in VERSIONS:
        told = f"`{said[:80]}` is no version of a dbt manifest that can be read"
        raise BadImport(f"{told}: known are {', '.join(VERSIONS)}, which dbt-core 1.6 and later write")


def _nodes(data: Mapping[str, Any]) -> Iterator[Described]:
    for id, value in mapping(data.get("nodes"), "`nodes`").items():
        node = mapping(value, id)
        config = mapping(node.get("config") or {}, id)
        if node.get("resource_type") in KINDS and config.get("materialized") not in NOWHERE:
            yield _described(id, node, node.get("alias") or node.get("name"))


def _sources(data: Mapping[str, Any]) -> Iterator[Described]:
    for id, value in mapping(data.get("sources") or {}, "`sources`").items():
        node = mapping(value, id)
        yield _described(id, node, node.get("identifier") or node.get("name"))


def _described(id: str, node: Mapping[str, Any], name: Any) -> Described:
    columns = mapping(node.get("columns") or {}, f"{id}, `columns`")
    return Described(
        text_at(node, "schema", id),
        text_at({"name": name}, "name", id),
        tuple(_column(mapping(one, f"{id}, `{key}`"), f"{id}, `{key}`") for key, one in columns.items()),
        _tags(node, id),
    )


def _column(column: Mapping[str, Any], where: str) -> DescribedColumn:
    return DescribedColumn(
        text_at(column, "name", where), text_at(column, "data_type", where, default=""), _tags(column, where)
    )


def _tags(thing: Mapping[str, Any], where: str) -> frozenset[str]:
    """The tags of a node or column, and of its configuration, where newer versions keep them as well."""
    tags = frozenset[str]()
    for one in (thing, mapping(thing.get("config") or {}, where)):
        meta = mapping(one.get("meta") or {}, f"{where}, `meta`")
        ours = mapping(meta.get("placet") or {}, f"{where}, `meta.placet`")
        tags |= words_at(one, "tags", where) | words_at(ours, "tags", f"{where}, `meta.placet`")
    return tags
