"""Domains: what there are, and what is in them."""

from __future__ import annotations

from typing import Any

from placet.api.listing import LINKED, LOCATED, PageQuery, linked, page_of
from placet.api.resource import Resource
from placet.api.revisions import TAGGED, revision_meant, tagged
from placet.api.source_schemas import DomainFields, DomainSchema, MovedSchema, MovedSources, NewDomain
from placet.domain.errors import AlreadyThere, NotFound
from placet.domain.products import BadProduct, Domain
from placet.domain.sources import DomainInUse, DynamicDomain
from placet.domain.tags import BadTag
from placet.identity.web import marketplace, signed_in, url_for
from placet.service import BadCursor
from placet.service.domains import SourcesOfDomain
from placet.service.views import Page

domains = Resource("domains", "Domains: containers of data sources.")


@domains.route("/domains")
@domains.arguments(PageQuery, location="query")
@domains.response(200, page_of(DomainSchema), headers=LINKED)
@domains.reads(BadCursor)
def listed(asked: dict[str, Any]) -> tuple[Page[Domain], dict[str, str]]:
    """List the domains

    By name.
    """
    page = marketplace().domains.page(signed_in(), **asked)
    return page, linked(page)


@domains.route("/domains", methods=["POST"])
@domains.arguments(NewDomain)
@domains.response(201, DomainSchema, headers=TAGGED | LOCATED)
@domains.changes(BadProduct, BadTag, AlreadyThere)
def create(given: dict[str, Any]) -> tuple[Domain, dict[str, str]]:
    """Make a domain

    With tags it is dynamic, and the data sources that carry them are in it at once.
    """
    made = marketplace().domains.create(signed_in(), domain_from(given, given["id"]))
    return made, tagged(made.revision) | {"Location": url_for("placet-domains.one", id=made.id)}


@domains.route("/domains/<id>")
@domains.response(200, DomainSchema, headers=TAGGED)
@domains.reads(NotFound)
def one(id: str) -> tuple[Domain, dict[str, str]]:
    """Read a domain"""
    return shown(marketplace().domains.get(signed_in(), id))


@domains.route("/domains/<id>", methods=["PUT"])
@domains.arguments(DomainFields)
@domains.response(200, DomainSchema, headers=TAGGED)
@domains.changes(NotFound, BadProduct, BadTag, AlreadyThere)
@domains.matches
def change(given: dict[str, Any], id: str) -> tuple[Domain, dict[str, str]]:
    """Describe a domain anew

    As a whole. Data sources come and go with its tags at once; without tags it keeps what is in it, from then on by
    hand.
    """
    revision = read_revision(id)
    return shown(marketplace().domains.save(signed_in(), domain_from(given, id), revision))


@domains.route("/domains/<id>", methods=["DELETE"])
@domains.response(204)
@domains.changes(NotFound, DomainInUse)
@domains.matches
def delete(id: str) -> None:
    """Delete a domain

    Its data sources stay outside it. The permissions that anyone holds in it go with it, and do not come back with
    another domain of the same id. One that data products are of, or were before they were deleted, stays.
    """
    marketplace().domains.delete(signed_in(), id, read_revision(id))


@domains.route("/domains/<id>/sources", methods=["POST"])
@domains.arguments(MovedSources)
@domains.response(200, MovedSchema)
@domains.changes(NotFound, DynamicDomain)
def move(given: dict[str, Any], id: str) -> SourcesOfDomain:
    """Put data sources into a domain, and take others out

    All of it or nothing. Access through data products of the domain to what was taken out stops at once, and returns
    with it.
    """
    return marketplace().domains.move_sources(signed_in(), id, given["put_in"], given["take_out"])


def domain_from(given: dict[str, Any], id: str) -> Domain:
    return Domain(id, given["name"], given["description"], frozenset(given["tags"]))


def read_revision(id: str) -> int:
    """The revision of a domain, if `If-Match` names it; the service holds the change to that one."""
    return revision_meant(marketplace().domains.get(signed_in(), id).revision)


def shown(domain: Domain) -> tuple[Domain, dict[str, str]]:
    return domain, tagged(domain.revision)
