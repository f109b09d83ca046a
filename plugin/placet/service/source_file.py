"""Files of data sources with their columns and tags: CSV and JSON, and the formats of others."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from placet.domain.sources import Described, DescribedColumn
from placet.service.contract_file import read_contract
from placet.service.dbt_file import read_manifest
from placet.service.file_parts import as_json, listing, mapping, refuse_unknown, text_at, words_at
from placet.service.people_file import BadImport, csv_rows

NEEDED = ("schema", "table", "column")
COLUMNS = (*NEEDED, "type", "tags")


def read_sources(text: str, format: str, target: str) -> list[Described]:
    """The sources that a file describes, each once. Raises BadImport, which says where."""
    if format not in FORMATS:
        raise BadImport(f"`{format}` is no format of data sources: choose one of {', '.join(FORMATS)}")
    found = FORMATS[format](text.removeprefix("\ufeff"), target)
    if not found:
        raise BadImport("the file describes no data source")
    names = [(one.schema, one.name) for one in found]
    if twice := [one.qualified_name for one in found if names.count((one.schema, one.name)) > 1]:
        raise BadImport(f"`{twice[0]}` is described twice")
    return found


def read_csv(text: str, _: str = "") -> list[Described]:
    """Sources from lines of `schema,table,column,type,tags`; no column: the table itself; tags parted by spaces."""
    reader = csv_rows(text)
    names = reader.fieldnames or ()
    if missing := [name for name in NEEDED if name not in names]:
        raise BadImport(f"the file has no column `{missing[0]}`: its first line has to be `{','.join(COLUMNS)}`")
    if unknown := [name for name in names if name not in COLUMNS]:
        raise BadImport(f"the file has an unknown column `{unknown[0]}`: known are `{','.join(COLUMNS)}`")
    found: dict[tuple[str, str], Described] = {}
    for row in reader:
        if None in row or None in row.values():
            raise BadImport(f"line {reader.line_num}: there are more or fewer values than columns")
        key = row["schema"], row["table"]
        found[key] = _with_row(found.get(key) or Described(*key, ()), row)
    return list(found.values())


def _with_row(described: Described, row: Mapping[str, str]) -> Described:
    tags = frozenset((row.get("tags") or "").split())
    if not row["column"]:
        return replace(described, tags=described.tags | tags)
    return replace(described, columns=(*described.columns, DescribedColumn(row["column"], row.get("type") or "", tags)))


def read_json(text: str, _: str = "") -> list[Described]:
    """Sources from `{"sources": [{"schema", "name", "tags", "columns": [{"name", "type", "tags"}]}]}`."""
    data = as_json(text)
    if not isinstance(data, dict) or set(data) != {"sources"} or not isinstance(data["sources"], list):
        raise BadImport("the file has to be an object with a list `sources` and nothing else")
    return [_source(row, f"source {number}") for number, row in enumerate(data["sources"], 1)]


def _source(row: Any, where: str) -> Described:
    row = mapping(row, where)
    refuse_unknown(row, ("schema", "name", "tags", "columns"), where)
    columns = listing(row.get("columns"), f"{where}, `columns`")
    return Described(
        text_at(row, "schema", where),
        text_at(row, "name", where),
        tuple(_column(column, f"{where}, column {number}") for number, column in enumerate(columns, 1)),
        words_at(row, "tags", where),
    )


def _column(row: Any, where: str) -> DescribedColumn:
    row = mapping(row, where)
    refuse_unknown(row, ("name", "type", "tags"), where)
    return DescribedColumn(
        text_at(row, "name", where), text_at(row, "type", where, default=""), words_at(row, "tags", where)
    )


FORMATS: Mapping[str, Callable[[str, str], list[Described]]] = {
    "csv": read_csv,
    "json": read_json,
    "dbt": read_manifest,
    "odcs": read_contract,
}
"""What can be read, by the names that people choose; each reader also gets the name of the platform."""
