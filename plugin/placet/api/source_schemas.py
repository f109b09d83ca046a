"""Data sources and domains as the API shows and reads them."""

from __future__ import annotations

from typing import Any

from marshmallow import fields, validate

from placet.api.base import Flag, Strict, Words, about, text
from placet.domain.products import LONGEST_NAME
from placet.domain.sources import MOST_COLUMNS, Described, DescribedColumn
from placet.service.source_file import FORMATS

LARGEST_FILE = 20_000_000
"""Characters of a file that is imported."""

MOST_MOVED = 10_000


class DomainFields(Strict):
    """What is said about a domain."""

    name = text("What people call it.", LONGEST_NAME, 1, required=True)
    description = text("What it is for.", 10_000, load_default="")
    tags = Words(
        "Makes it dynamic: every data source that carries one of these tags, or one under it, is in it.",
        load_default=(),
    )


class NewDomain(DomainFields):
    """A domain to be made."""

    id = text("Its id, if it is to have one of yours; left out: a new one.", load_default="")


class DomainSchema(DomainFields):
    """A container of data sources."""

    id = fields.String(required=True, **about("Its id."))
    dynamic = fields.Boolean(required=True, **about("Whether its data sources come and go by their tags."))
    revision = fields.Integer(required=True, **about("Grows with each change; also its `ETag`."))


def _ids(description: str) -> Any:
    return fields.List(
        fields.String(validate=validate.Length(1, 255)),
        load_default=(),
        validate=validate.Length(max=MOST_MOVED),
        **about(description),
    )


class MovedSources(Strict):
    """Which data sources to put into a domain, and which to take out of it."""

    put_in = _ids("The ids of those to put in.")
    take_out = _ids("The ids of those to take out.")


class MovedSchema(Strict):
    """What has come of it."""

    entered = fields.List(fields.String(), required=True, **about("The ids of those that were not in it before."))
    left = fields.List(fields.String(), required=True, **about("The ids of those that were in it before."))


class ColumnFields(Strict):
    """What is said about a column."""

    name = text("Its name.", LONGEST_NAME, 1, required=True)
    type = text("Its type, as the platform writes it.", load_default="")
    tags = Words("Its tags.", load_default=())


class NewColumn(ColumnFields):
    id = fields.Integer(
        load_default=None,
        allow_none=True,
        strict=True,
        validate=validate.Range(1, 2**15 - 1),
        **about("The platform's own number for it, if every column is given with one."),
    )


class ColumnSchema(ColumnFields):
    id = fields.Integer(required=True, **about("The platform's own number for it, which survives a rename; else ours."))
    confirmed = fields.Boolean(
        required=True, **about("False for a column that turned up later and that nobody has looked at yet.")
    )


class SourceFields(Strict):
    """What is said about a data source."""

    columns = fields.List(
        fields.Nested(NewColumn),
        load_default=(),
        validate=validate.Length(max=MOST_COLUMNS),
        **about("Its columns, in order; on a platform that is connected, the catalog says which there are."),
    )
    tags = Words("Its tags.", load_default=())


class SourceChange(SourceFields):
    """A data source, described anew: all its tags, and its columns with all of theirs."""


class NewSource(SourceFields):
    """A data source to be made."""

    id = text("Its id, if it is to have one of yours; left out: a new one.", load_default="")
    target = text("The name of the data platform.", shortest=1, required=True)
    schema = text("The schema on that platform.", LONGEST_NAME, 1, required=True)
    name = text("Its name in that schema.", LONGEST_NAME, 1, required=True)
    domain = text("The id of a domain to put it into.", load_default="")


def described(given: dict[str, Any]) -> Described:
    """What was said about a data source."""
    columns = tuple(
        DescribedColumn(one["name"], one["type"], frozenset(one["tags"]), one["id"]) for one in given["columns"]
    )
    return Described(given.get("schema", ""), given.get("name", ""), columns, frozenset(given["tags"]))


class SourceSchema(Strict):
    """A table, view or file of a data platform."""

    id = fields.String(required=True, **about("Its id."))
    target = fields.String(required=True, **about("The name of the data platform."))
    schema = fields.String(required=True, **about("The schema on that platform."))
    name = fields.String(required=True, **about("Its name in that schema."))
    columns = fields.List(fields.Nested(ColumnSchema), required=True, **about("Its columns, in order."))
    tags = Words("Its tags.", required=True)
    domains = Words("The ids of the domains it is in.", required=True)
    revision = fields.Integer(required=True, **about("Grows with each change; also its `ETag`."))


class SourceTags(Strict):
    """The tags of a data source and of its columns; what is left out keeps its tags."""

    tags = Words("All tags of the data source itself.")
    columns = fields.Dict(
        keys=fields.String(validate=validate.Length(1, LONGEST_NAME)),
        values=Words("All tags of the column."),
        validate=validate.Length(max=MOST_COLUMNS),
        **about("All tags of columns, by their names."),
    )


class ConfirmedColumns(Strict):
    columns = fields.List(
        fields.Integer(strict=True),
        required=True,
        validate=validate.Length(1, MOST_COLUMNS),
        **about("The ids of the columns that were looked at."),
    )


class CatalogImport(Strict):
    """Which tables to import, and into which domain."""

    target = text("The name of the data platform, as the settings call it.", shortest=1, required=True)
    schema = text("The schema on that platform.", shortest=1, required=True)
    domain = text("The id of a domain to put them into; none: where their tags bring them.", load_default="")
    dry_run = Flag(load_default=False, **about("Only say what would be done."))


class FileImport(Strict):
    """A file of data sources, and where they are."""

    format = fields.String(
        required=True,
        validate=validate.OneOf(list(FORMATS)),
        **about(
            "`csv`: lines of `schema,table,column,type,tags`; `json`: `sources` with `columns`; `dbt`: a manifest of "
            "version 10 to 12; `odcs`: a data contract of version 3."
        ),
    )
    content = text("The text of the file.", LARGEST_FILE, 1, required=True)
    target = text("The name of the data platform that they are on.", shortest=1, required=True)
    domain = text("The id of a domain to put them into; none: where their tags bring them.", load_default="")
    dry_run = Flag(load_default=False, **about("Only say what would be done."))


class TagImport(Strict):
    csv = text(
        "Lines of `schema,table,column,tags`, with that as the first; no column: the table; tags parted by spaces. A "
        "column `target` names the data platform.",
        longest=1_000_000,
        shortest=1,
        required=True,
    )


class TagsImported(Strict):
    count = fields.Integer(required=True, **about("How many lines were taken."))


class ColumnChangesSchema(Strict):
    """What became of the columns of a data source that was known."""

    added = fields.List(fields.String(), required=True, **about("The names of new columns, which wait for a look."))
    dropped = fields.List(fields.String(), required=True, **about("The names of columns that are gone."))
    renamed = fields.List(
        fields.List(fields.String()), required=True, **about("Pairs of the old and the new name of a column.")
    )


class ImportedSchema(Strict):
    """What an import makes of one data source."""

    id = fields.String(required=True, **about("Its id; empty while it is not kept."))
    name = fields.String(required=True, **about("Its schema and name."))
    state = fields.String(required=True, **about("`new`, `changed` or `same`."))
    columns = fields.Nested(ColumnChangesSchema, required=True, **about("What became of its columns."))
    entered = fields.List(fields.String(), required=True, **about("The ids of the domains that it comes into."))
    left = fields.List(fields.String(), required=True, **about("The ids of the domains that it leaves."))


class SourceImportSchema(Strict):
    """What an import did, or would do."""

    dry_run = fields.Boolean(required=True, **about("Whether nothing was changed."))
    count = fields.Integer(required=True, **about("How many data sources were described."))
    sources = fields.List(fields.Nested(ImportedSchema), required=True, **about("What becomes of each."))
    vanished = fields.List(
        fields.String(),
        required=True,
        **about("Known data sources of the same schemas that were not among them; they stay as they are."),
    )
    missing = fields.List(
        fields.String(), required=True, **about("What was described, and is not there on the connected platform.")
    )
    notes = fields.List(fields.String(), required=True, **about("What may be a slip, such as an unknown platform."))
