"""Lists by pages: `items`, and `next` with the cursor of the page after, also as a `Link` header (RFC 8288)."""

from __future__ import annotations

from typing import Any

from flask import request
from marshmallow import Schema, fields, validate

from placet.api.base import Reference, Strict, about, text
from placet.identity.web import url_for
from placet.service import LARGEST_PAGE
from placet.service.views import Page

LINKED = {"Link": {"description": "The address of the next page, `rel=next`.", "schema": {"type": "string"}}}
LOCATED = {"Location": {"description": "The address of what was made.", "schema": {"type": "string"}}}
"""For the documentation of headers."""


class PageQuery(Strict):
    """Which page of a list; lists that can be filtered add to it."""

    cursor = text("`next` of the page before; none for the first page.", longest=2_000, load_default="")
    limit = fields.Integer(
        load_default=None,
        validate=validate.Range(1, LARGEST_PAGE),
        **about(f"How many items at most, up to {LARGEST_PAGE}; a setting of the server says how many by default."),
    )


def page_of(schema: type[Schema], **more: fields.Field[Any]) -> type[Schema]:
    """The schema of a page of such items."""
    name = schema.__name__.removesuffix("Schema") + "Page"
    members = {
        "items": fields.List(fields.Nested(schema), required=True, **about("The items of this page, in order.")),
        "next": Reference(required=True, allow_none=True, **about("The cursor of the next page, null on the last.")),
        **more,
    }
    return type(name, (Strict,), members)


def linked(page: Page[Any]) -> dict[str, str]:
    """The header that leads to the next page."""
    if not page.next:
        return {}
    values = {**request.args.to_dict(), **(request.view_args or {}), "cursor": page.next}
    return {"Link": f'<{url_for(str(request.endpoint), **values)}>; rel="next"'}
