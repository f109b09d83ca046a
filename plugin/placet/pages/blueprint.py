"""All pages in one table, as a blueprint."""

from __future__ import annotations

from typing import NamedTuple

from flask import Blueprint, request
from flask.typing import RouteCallable

from placet.identity.origin import SAFE
from placet.identity.web import signed_in
from placet.pages import asking, catalog, notices, own_requests, policies, reviewing, revoking, rules, trying, why
from placet.pages.csrf import refuse_forged
from placet.pages.errors import handle_errors
from placet.pages.static import show_static


class Route(NamedTuple):
    """An address below the prefix, the name of its endpoint, and what answers; only what a form sends is a POST."""

    rule: str
    endpoint: str
    view: RouteCallable
    method: str = "GET"


ROUTES = (
    Route("/", "catalog", catalog.show_catalog),
    Route("/products/<id>", "product", catalog.show_product),
    Route("/products/<id>/request-access", "request_access", asking.show_form),
    Route("/products/<id>/request-access", "submit", asking.submit, "POST"),
    Route("/request", "find_form", asking.find_form),
    Route("/requests", "requests", own_requests.show_requests),
    Route("/requests/<id>", "request", own_requests.show_request),
    Route("/requests/<id>/why", "why", why.show_why),
    Route("/requests/<id>/cancel", "cancel", own_requests.cancel, "POST"),
    Route("/inbox", "inbox", reviewing.show_inbox),
    Route("/review/<id>", "review", reviewing.show_review),
    Route("/review/<id>", "determine", reviewing.determine, "POST"),
    Route("/grants/<id>/revoke", "revocation", revoking.show_revocation),
    Route("/grants/<id>/revoke", "revoke", revoking.revoke, "POST"),
    Route("/notifications", "notifications", notices.show_notifications),
    Route("/notifications/<id>/read", "mark_read", notices.mark_read, "POST"),
    Route("/policies", "policies", policies.show_policies),
    Route("/policies/new", "new_policy", policies.show_new),
    Route("/policies/new", "create_policy", policies.create, "POST"),
    Route("/policies/<id>", "policy", policies.show_policy),
    Route("/policies/<id>/change", "policy_form", policies.show_change),
    Route("/policies/<id>/change", "change_policy", policies.change, "POST"),
    Route("/policies/<id>/retire", "retire_policy", policies.retire, "POST"),
    Route("/rules", "rules", rules.show_packs),
    Route("/rules/<name>", "rule_pack", rules.show_pack),
    Route("/rules/<name>/try", "try_pack", trying.show_form),
    Route("/rules/<name>/try", "tried_pack", trying.try_pack, "POST"),
    Route("/assets/<path:filename>", "static", show_static),  # not /static: at the root that is the host's own
)


def make_pages() -> Blueprint:
    """The pages, to be registered below the prefix they stand at; they find the rest in `app.extensions["placet"]`."""
    pages = Blueprint("placet", __name__)
    pages.before_request(refuse_unwelcome)
    for route in ROUTES:
        pages.add_url_rule(route.rule, route.endpoint, route.view, methods=[route.method])
    handle_errors(pages)
    return pages


def refuse_unwelcome() -> None:
    """Every form is checked here, so that no page can forget to."""
    if request.method not in SAFE:
        refuse_forged(request, signed_in())
