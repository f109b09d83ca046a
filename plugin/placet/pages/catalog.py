"""The catalog, and one data product."""

from __future__ import annotations

from urllib.parse import urljoin

from flask import Response, request

from placet.domain.errors import Invalid
from placet.domain.requests import RequestType
from placet.identity.web import marketplace, signed_in, url_for
from placet.pages.rendering import page
from placet.service.views import Standing
from placet.workflow.products import steps_from

FILTERS = ("search", "domain", "tag", "target", "standing")
STANDINGS = {
    Standing.HAVE: "I have access",
    Standing.ASKED: "My request is open",
    Standing.NEITHER: "Neither",
}


def show_catalog() -> Response:
    """Search the data products in sight, by words, domain, tag, platform, and what the person has of them."""
    person = signed_in()
    given = {name: request.args.get(name, "").strip() for name in FILTERS}
    found = marketplace().products.catalog(
        person,
        given["search"],
        given["domain"],
        request.args.get("cursor", ""),
        tag=given["tag"],
        target=given["target"],
        standing=_standing(given["standing"]),
    )
    domains = marketplace().domains.all(person)
    return page("catalog.html", found=found, domains=domains, given=given, standings=STANDINGS)


def _standing(given: str) -> Standing | None:
    if given and given not in list(Standing):
        raise Invalid(f"nobody stands to a data product as `{given}`: choose one of {', '.join(Standing)}")
    return Standing(given) if given else None


def show_product(id: str) -> Response:
    """A data product with its sources, its form, and its members where the viewer may see them."""
    view = marketplace().products.get(signed_in(), id)
    link = urljoin(request.host_url, url_for("placet.request_access", id=id, type=RequestType.DATA_ACCESS.value))
    steps = sorted(steps_from(view.card.product.state))
    return page("product.html", view=view, product=view.card.product, link=link, steps=steps)


def show_members(id: str) -> Response:
    """Everyone who was given access to a product, a page at a time."""
    person = signed_in()
    found = marketplace().products.members(person, id, request.args.get("cursor", ""))
    return page("members.html", found=found, product=marketplace().products.get(person, id).card.product)


def show_asked(id: str) -> Response:
    """The requests for a product that the viewer may read, a page at a time."""
    person = signed_in()
    product = marketplace().products.get(person, id).card.product
    found = marketplace().requests.list(person, product=id, cursor=request.args.get("cursor", ""))
    return page("product_requests.html", found=found, product=product)
