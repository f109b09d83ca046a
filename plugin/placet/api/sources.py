"""Data sources: listing, describing and tagging them one by one."""

from __future__ import annotations

from typing import Any

from placet.api.base import text
from placet.api.listing import LINKED, LOCATED, PageQuery, linked, page_of
from placet.api.resource import Resource
from placet.api.revisions import TAGGED, revision_meant, tagged
from placet.api.source_schemas import (
    ConfirmedColumns,
    NewSource,
    SourceChange,
    SourceSchema,
    SourceTags,
    described,
)
from placet.domain.errors import AlreadyThere, NotFound, TargetError
from placet.domain.products import DataSource
from placet.domain.sources import BadSource, DynamicDomain, SourceInUse
from placet.domain.tags import BadTag
from placet.identity.web import marketplace, signed_in, url_for
from placet.service import BadCursor
from placet.service.views import Page, SourceFilter

sources = Resource("data-sources", "Data sources: tables and views of the data platforms.")


class SourceQuery(PageQuery):
    """Which data sources."""

    domain = text("The id of a domain.", load_default="")
    tag = text("A tag on the data source or a column; also finds those under it.", load_default="")
    target = text("The name of a data platform.", load_default="")
    search = text("Words, or beginnings of words, of the schema or name.", load_default="")


@sources.route("/data-sources")
@sources.arguments(SourceQuery, location="query")
@sources.response(200, page_of(SourceSchema), headers=LINKED)
@sources.reads(BadCursor)
def listed(asked: dict[str, Any]) -> tuple[Page[DataSource], dict[str, str]]:
    """List the data sources

    By schema and name. What the reader may not see is left out: they see what a data product in their sight holds.
    """
    paging = {name: asked.pop(name) for name in ("cursor", "limit")}
    page = marketplace().sources.page(signed_in(), SourceFilter(**asked), **paging)
    return page, linked(page)


@sources.route("/data-sources", methods=["POST"])
@sources.arguments(NewSource)
@sources.response(201, SourceSchema, headers=TAGGED | LOCATED)
@sources.changes(NotFound, AlreadyThere, BadSource, BadTag, DynamicDomain, TargetError)
def create(given: dict[str, Any]) -> tuple[DataSource, dict[str, str]]:
    """Describe a new data source

    On a platform that is connected it has to be there, and its columns are those of the catalog.
    """
    where = {name: given[name] for name in ("target", "domain", "id")}
    made = marketplace().sources.create(signed_in(), described=described(given), **where)
    return made, tagged(made.revision) | {"Location": url_for("placet-data-sources.one", id=made.id)}


@sources.route("/data-sources/<id>")
@sources.response(200, SourceSchema, headers=TAGGED)
@sources.reads(NotFound)
def one(id: str) -> tuple[DataSource, dict[str, str]]:
    """Read a data source"""
    return shown(marketplace().sources.get(signed_in(), id))


@sources.route("/data-sources/<id>", methods=["PUT"])
@sources.arguments(SourceChange)
@sources.response(200, SourceSchema, headers=TAGGED)
@sources.changes(NotFound, BadSource, BadTag, TargetError)
@sources.matches
def change(given: dict[str, Any], id: str) -> tuple[DataSource, dict[str, str]]:
    """Describe a data source anew

    All its tags, and its columns with all of theirs; which table it is stays. Columns go by their ids where the
    platform gives them, else by name; a new one waits to be tagged or confirmed.
    """
    revision = read_revision(id)
    return shown(marketplace().sources.replace(signed_in(), id, described(given), revision))


@sources.route("/data-sources/<id>", methods=["DELETE"])
@sources.response(204)
@sources.changes(NotFound, SourceInUse)
@sources.matches
def delete(id: str) -> None:
    """Delete a data source

    Not one that a data product holds, published or not.
    """
    marketplace().sources.delete(signed_in(), id, read_revision(id))


@sources.route("/data-sources/<id>/tags", methods=["PUT"])
@sources.arguments(SourceTags)
@sources.response(200, SourceSchema, headers=TAGGED)
@sources.changes(NotFound, BadTag)
@sources.matches
def tag(given: dict[str, Any], id: str) -> tuple[DataSource, dict[str, str]]:
    """Tag a data source and its columns

    For who manages tags in every domain that it is in, and that the tags bring it into.
    """
    revision = read_revision(id)
    return shown(marketplace().sources.set_tags(signed_in(), id, given.get("tags"), given.get("columns"), revision))


@sources.route("/data-sources/<id>/confirm", methods=["POST"])
@sources.arguments(ConfirmedColumns)
@sources.response(200, SourceSchema, headers=TAGGED)
@sources.changes(NotFound)
@sources.matches
def confirm(given: dict[str, Any], id: str) -> tuple[DataSource, dict[str, str]]:
    """Confirm columns that turned up later

    Until then, or until they are tagged, they are masked where their data source has any data policy.
    """
    revision = read_revision(id)
    return shown(marketplace().sources.confirm(signed_in(), id, given["columns"], revision))


def read_revision(id: str) -> int:
    """The revision of a data source, if `If-Match` names it; the service holds the change to that one."""
    return revision_meant(marketplace().sources.get(signed_in(), id).revision)


def shown(source: DataSource) -> tuple[DataSource, dict[str, str]]:
    return source, tagged(source.revision)
