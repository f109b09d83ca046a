"""The catalog, and one data product."""

from __future__ import annotations

from urllib.parse import urljoin

from flask import Response, request

from placet.domain.requests import RequestType
from placet.identity.web import marketplace, signed_in, url_for
from placet.pages.rendering import page


def show_catalog() -> Response:
    """Search the data products in sight, by words and by domain."""
    person = signed_in()
    search, domain = request.args.get("search", "").strip(), request.args.get("domain", "")
    found = marketplace().products.catalog(person, search, domain, request.args.get("cursor", ""))
    domains = marketplace().domains.all(person)
    return page("catalog.html", found=found, domains=domains, search=search, domain=domain)


def show_product(id: str) -> Response:
    """A data product with its sources, its form, and its members where the viewer may see them."""
    view = marketplace().products.get(signed_in(), id)
    link = urljoin(request.host_url, url_for("placet.request_access", id=id, type=RequestType.DATA_ACCESS.value))
    return page("product.html", view=view, product=view.card.product, link=link)
