"""Importing data sources and tags."""

from __future__ import annotations

from typing import Any

from placet.api.resource import Resource
from placet.api.source_schemas import CatalogImport, FileImport, SourceImportSchema, TagImport, TagsImported
from placet.domain.errors import AlreadyThere, NotFound, TargetError
from placet.domain.sources import BadSource, DynamicDomain
from placet.domain.tags import BadTag
from placet.emitter.target import TargetRefusal
from placet.identity.web import marketplace, signed_in
from placet.service.importing import ImportReport
from placet.service.people_file import BadImport

imports = Resource("imports", "Imports: data sources from catalogs and files, and tags.")


@imports.route("/data-sources/import", methods=["POST"])
@imports.arguments(CatalogImport)
@imports.response(200, SourceImportSchema)
@imports.changes(NotFound, AlreadyThere, BadImport, BadSource, BadTag, DynamicDomain, TargetError, TargetRefusal)
def import_catalog(given: dict[str, Any]) -> ImportReport:
    """Import the tables of a schema from a data platform

    What was imported before keeps its id and its tags, and a column that was renamed keeps its own.
    """
    return marketplace().sources.import_catalog(signed_in(), **given)


@imports.route("/data-sources/import-file", methods=["POST"])
@imports.arguments(FileImport)
@imports.response(200, SourceImportSchema)
@imports.changes(NotFound, AlreadyThere, BadImport, BadSource, BadTag, DynamicDomain, TargetError)
def import_file(given: dict[str, Any]) -> ImportReport:
    """Import the data sources that a file describes

    Tags are added to those that there are. On a platform that is connected, the catalog says which columns there are.
    """
    return marketplace().sources.import_file(signed_in(), given.pop("content"), **given)


@imports.route("/data-sources/import-tags", methods=["POST"])
@imports.arguments(TagImport)
@imports.response(200, TagsImported)
@imports.changes(BadImport, BadTag, NotFound)
def import_tags(given: dict[str, Any]) -> dict[str, int]:
    """Tag data sources and columns by a CSV

    Each line replaces the tags of what it names; all lines are taken, or none.
    """
    return {"count": marketplace().sources.import_tags(signed_in(), given["csv"])}
