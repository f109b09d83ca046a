"""Data sources: listing them, and importing them from a platform."""

from __future__ import annotations

from typing import Any

from marshmallow import fields

from placet.api.base import Strict, about, text
from placet.api.resource import Resource
from placet.api.source_schemas import Imported, SourceSchema
from placet.domain.errors import NotFound, TargetError
from placet.domain.products import DataSource
from placet.emitter.target import TargetRefusal
from placet.identity.web import marketplace, signed_in
from placet.service.people_file import BadImport

sources = Resource("data-sources", "Data sources: tables and views of the data platforms.")


class SourceQuery(Strict):
    domain = text("The id of a domain.", load_default=None)


class SourceList(Strict):
    items = fields.List(fields.Nested(SourceSchema), required=True, **about("The data sources, by schema and name."))


class CatalogImport(Strict):
    """Which tables to import, and into which domain."""

    target = text("The name of the data platform, as the settings call it.", shortest=1, required=True)
    schema = text("The schema on that platform.", shortest=1, required=True)
    domain = text("The id of the domain.", shortest=1, required=True)


class TagImport(Strict):
    csv = text(
        "Lines of `schema,table,column,tags`, with that as the first; no column: the table; tags parted by spaces.",
        longest=1_000_000,
        shortest=1,
        required=True,
    )


@sources.route("/data-sources")
@sources.arguments(SourceQuery, location="query")
@sources.response(200, SourceList)
@sources.reads()
def listed(asked: dict[str, Any]) -> dict[str, list[DataSource]]:
    """List the data sources, all or those of a domain

    What the reader may not see is left out: they see what a data product in their sight holds.
    """
    return {"items": marketplace().sources.all(signed_in(), **asked)}


@sources.route("/data-sources/<id>")
@sources.response(200, SourceSchema)
@sources.reads(NotFound)
def one(id: str) -> DataSource:
    """Read a data source"""
    return marketplace().sources.get(signed_in(), id)


@sources.route("/data-sources/import", methods=["POST"])
@sources.arguments(CatalogImport)
@sources.response(200, Imported)
@sources.changes(NotFound, BadImport, TargetError, TargetRefusal)
def import_catalog(given: dict[str, Any]) -> dict[str, int]:
    """Import the tables of a schema from a data platform

    What was imported before keeps its id and its tags.
    """
    return {"count": marketplace().sources.import_catalog(signed_in(), **given)}


@sources.route("/data-sources/import-tags", methods=["POST"])
@sources.arguments(TagImport)
@sources.response(200, Imported)
@sources.changes(BadImport)
def import_tags(given: dict[str, Any]) -> dict[str, int]:
    """Tag data sources and columns by a CSV

    Each line replaces the tags of what it names; all lines are taken, or none.
    """
    return {"count": marketplace().sources.import_tags(signed_in(), given["csv"])}
