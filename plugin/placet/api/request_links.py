"""Links to request forms, for catalogs that show beside a table whether it can be asked for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urljoin

from flask import request
from marshmallow import fields, pre_dump

from placet.api.base import Strict, about, text
from placet.api.resource import Resource
from placet.domain.errors import NotFound
from placet.domain.requests import RequestType
from placet.identity.web import marketplace, signed_in, url_for
from placet.service.catalog_links import CatalogLink, LinkState

request_links = Resource("request-links", "Request links: from the name of a data source to where it is asked for.")


class LinkQuery(Strict):
    """Which data source, as a catalog names it."""

    fullyQualifiedName = text(
        "The name of the source: `service.database.schema.table`, a URN of DataHub, or a key of Amundsen.",
        2_000,
        1,
        required=True,
    )
    type = fields.Enum(
        RequestType, by_value=True, load_default=RequestType.DATA_ACCESS, **about("What would be asked for.")
    )
    technology = text("The kind of data platform, as `postgresql`, where several hold such a name.", load_default="")
    host = text("The host of the data platform, where several hold such a name.", load_default="")


class LinkSchema(Strict):
    product = fields.String(required=True, **about("The id of a data product that holds the source."))
    product_name = fields.String(required=True, **about("Its name."))
    state = fields.Enum(LinkState, by_value=True, required=True, **about("How the reader stands to it."))
    address = fields.String(required=True, **about("The page where it is asked for."))


class LinkList(Strict):
    items = fields.List(fields.Nested(LinkSchema), required=True, **about("The products in sight that hold it."))

    @pre_dump
    def shown(self, found: Mapping[str, Any], **_: Any) -> Mapping[str, object]:
        return {"items": [_shown(link, found["type"]) for link in found["links"]]}


@request_links.route("/request-links")
@request_links.arguments(LinkQuery, location="query")
@request_links.response(200, LinkList)
@request_links.reads(NotFound)
def find(asked: dict[str, Any]) -> Mapping[str, object]:
    """Find where a data source is asked for, by its name

    Empty where no data product that the reader may see holds it; nobody is told of that.
    """
    named = {"qualified_name": asked.pop("fullyQualifiedName")}
    return {"type": asked["type"], "links": marketplace().catalog_links.states(signed_in(), **named, **asked)}


def _shown(link: CatalogLink, type: RequestType) -> dict[str, object]:
    path = url_for("placet.request_access", id=link.product.id, type=type.value)
    return {
        "product": link.product.id,
        "product_name": link.product.name,
        "state": link.state,
        "address": urljoin(request.host_url, path),
    }
