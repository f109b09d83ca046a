"""The way from a catalog that knows only a source's name to the form of a data product."""

from __future__ import annotations

from http import HTTPStatus

from flask import Response, request

from placet.domain.errors import Invalid
from placet.identity.web import marketplace, signed_in, url_for
from placet.pages.asking import asked_type, return_address
from placet.pages.rendering import moved, page


def find_form() -> Response:
    """Lead from the name of a data source to the form of the product that holds it; to a choice where several do."""
    person, asked = signed_in(), asked_type()
    name = request.args.get("fullyQualifiedName", "").strip()
    if not name:
        raise Invalid("name the data source: `fullyQualifiedName=schema.table` has to stand in the address")
    where = {key: request.args.get(key, "").strip() for key in ("technology", "host")}
    found = marketplace().catalog_links.products_holding(person, name, **where)
    onward = {"type": asked.value, "return_to": return_address() or None, "columns": request.args.getlist("columns")}
    if len(found) == 1:
        return moved(url_for("placet.request_access", id=found[0].id, **onward), HTTPStatus.SEE_OTHER)
    return page("sources.html", 200 if found else 404, name=name, found=found, onward=onward)
