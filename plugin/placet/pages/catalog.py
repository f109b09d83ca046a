"""The catalog, and one data product."""

from __future__ import annotations

from flask import Response, request

from placet.identity.web import marketplace, signed_in
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
    return page("product.html", view=view, product=view.card.product)
