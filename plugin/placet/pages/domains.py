"""Domains: what there are, what is in one, and describing, filling and deleting them."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus

from flask import Response, request

from placet.domain.errors import PlacetError
from placet.domain.permissions import Action, may, refuse_unless_may
from placet.domain.products import Domain
from placet.identity.web import marketplace, signed_in
from placet.pages.lines import lines_in, revision_in
from placet.pages.refused import NOTHING, Refused, refused
from placet.pages.rendering import page, see_other
from placet.service.views import SourceFilter

FIELDS = {"bad-data-product": "name", "already-there": "name", "bad-tag": "tags", "not-found": "put_in"}


def show_domains() -> Response:
    """The domains, by name."""
    person = signed_in()
    found = marketplace().domains.page(person, request.args.get("cursor", ""))
    return page("domains.html", found=found, may_shape=may(person, Action.SHAPE_DOMAINS))


def show_new_domain() -> Response:
    """The form for a new domain."""
    return _new_page(NOTHING)


def create_domain() -> Response:
    """Make a domain."""
    try:
        made = marketplace().domains.create(signed_in(), _described(""))
    except PlacetError as error:
        return _new_page(refused(error, FIELDS))
    return see_other("placet.domain", id=made.id)


def _new_page(refusal: Refused) -> Response:
    refuse_unless_may(signed_in(), Action.SHAPE_DOMAINS)
    return page("new_domain.html", refusal.status, given=request.form, refusal=refusal)


def show_domain(id: str) -> Response:
    """One domain with its data sources, and what may be changed about it."""
    return _domain_page(id, NOTHING)


def change_domain(id: str) -> Response:
    """Describe it anew; data sources follow its tags."""
    return _done(
        id, lambda: marketplace().domains.save(signed_in(), _described(id), revision_in(request.form)), "domain"
    )


def move_sources(id: str) -> Response:
    """Put data sources in, and take those out that were ticked."""
    put_in, out = lines_in(request.form.get("put_in", "")), request.form.getlist("take_out")
    return _done(id, lambda: marketplace().domains.move_sources(signed_in(), id, put_in, out), "domain")


def delete_domain(id: str) -> Response:
    """Delete it, where no data product was ever of it."""
    return _done(id, lambda: marketplace().domains.delete(signed_in(), id, revision_in(request.form)), "domains")


def _done(id: str, do: Callable[[], object], then: str) -> Response:
    try:
        do()
    except PlacetError as error:
        return _domain_page(id, refused(error, FIELDS))
    return see_other(f"placet.{then}", **({"id": id} if then == "domain" else {}))


def _described(id: str) -> Domain:
    form = request.form
    return Domain(id, form.get("name", ""), form.get("description", ""), frozenset(lines_in(form.get("tags", ""))))


def _domain_page(id: str, refusal: Refused) -> Response:
    person = signed_in()
    domain = marketplace().domains.get(person, id)
    cursor = request.args.get("cursor", "")
    may_shape = may(person, Action.SHAPE_DOMAINS)
    return page(
        "domain.html",
        refusal.status if refusal else HTTPStatus.OK,
        domain=domain,
        found=marketplace().sources.page(person, SourceFilter(domain=id), cursor),
        products=marketplace().products.catalog(person, domain=id),
        may_shape=may_shape,
        holders=marketplace().domains.holders(person, id) if may_shape else None,
        given=request.form or _shown(domain),
        refusal=refusal,
    )


def _shown(domain: Domain) -> dict[str, str]:
    return {"name": domain.name, "description": domain.description, "tags": "\n".join(sorted(domain.tags))}
