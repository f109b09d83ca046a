"""Data sources and domains as the API shows and reads them."""

from __future__ import annotations

from marshmallow import fields

from placet.api.base import Strict, Words, about, text


class DomainFields(Strict):
    """What is said about a domain."""

    name = text("What people call it.", shortest=1, required=True)
    description = text("What it is for.", 10_000, load_default="")


class DomainSchema(DomainFields):
    """A container of data sources."""

    id = fields.String(required=True, **about("Its id."))


class ColumnSchema(Strict):
    id = fields.Integer(required=True, **about("The platform's own number for it, which survives a rename."))
    name = fields.String(required=True, **about("Its name."))
    type = fields.String(required=True, **about("Its type, as the platform writes it."))
    tags = Words("Its tags.", required=True)


class SourceSchema(Strict):
    """A table, view or file of a data platform."""

    id = fields.String(required=True, **about("Its id."))
    target = fields.String(required=True, **about("The name of the data platform."))
    schema = fields.String(required=True, **about("The schema on that platform."))
    name = fields.String(required=True, **about("Its name in that schema."))
    columns = fields.List(fields.Nested(ColumnSchema), required=True, **about("Its columns, in order."))
    tags = Words("Its tags.", required=True)
    domains = Words("The ids of the domains it is in.", required=True)


class Imported(Strict):
    count = fields.Integer(required=True, **about("How many were imported."))
