"""All pages in one table, as a blueprint."""

from __future__ import annotations

from typing import NamedTuple

from flask import Blueprint, request
from flask.typing import RouteCallable

from placet.identity.ids import carry_any_id
from placet.identity.origin import SAFE
from placet.identity.web import signed_in
from placet.pages import (
    access,
    agreements,
    asking,
    basket,
    building,
    catalog,
    choosing,
    domains,
    forms,
    from_catalog,
    groups,
    importing,
    managing,
    notices,
    own_requests,
    people,
    people_import,
    policies,
    reviewing,
    revoking,
    rewording,
    rules,
    sources,
    taking_up,
    tokens,
    trying,
    why,
)
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
    Route("/products/<id>/members", "members", catalog.show_members),
    Route("/products/<id>/requests", "product_requests", catalog.show_asked),
    Route("/products/<id>/request-access", "request_access", asking.show_form),
    Route("/products/<id>/request-access", "submit", asking.submit, "POST"),
    Route("/products/<id>/basket", "add_to_basket", basket.add, "POST"),
    Route("/basket", "basket", basket.show_basket),
    Route("/basket", "ask_for_all", basket.submit, "POST"),
    Route("/products/<id>/out-of-basket", "out_of_basket", basket.remove, "POST"),
    Route("/access", "access", access.show_access),
    Route("/request", "find_form", from_catalog.find_form),
    Route("/manage/products", "managed", managing.show_managed),
    Route("/manage/new-product", "new_product", managing.show_new),
    Route("/manage/new-product", "create_product", managing.create, "POST"),
    Route("/manage/products/<id>", "product_form", managing.show_form),
    Route("/manage/products/<id>", "change_product", managing.change, "POST"),
    Route("/manage/products/<id>/sources", "product_sources", choosing.show_sources),
    Route("/manage/products/<id>/sources", "choose_sources", choosing.choose, "POST"),
    *(Route(f"/manage/products/<id>/{step}", f"{step}_product", managing.show_step) for step in managing.STEPS),
    *(Route(f"/manage/products/<id>/{step}", f"take_{step}", managing.take_step, "POST") for step in managing.STEPS),
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
    Route("/tokens", "tokens", tokens.show_tokens),
    Route("/tokens", "make_token", tokens.make, "POST"),
    Route("/tokens/<id>/revoke", "revoke_token", tokens.revoke, "POST"),
    Route("/domains", "domains", domains.show_domains),
    Route("/new-domain", "new_domain", domains.show_new_domain),
    Route("/new-domain", "create_domain", domains.create_domain, "POST"),
    Route("/domains/<id>", "domain", domains.show_domain),
    Route("/domains/<id>", "change_domain", domains.change_domain, "POST"),
    Route("/domains/<id>/sources", "move_sources", domains.move_sources, "POST"),
    Route("/domains/<id>/delete", "delete_domain", domains.delete_domain, "POST"),
    Route("/sources", "data_sources", sources.show_sources),
    Route("/sources/<id>", "data_source", sources.show_source),
    Route("/sources/<id>/tags", "tag_source", sources.tag_source, "POST"),
    Route("/sources/<id>/confirm", "confirm_columns", sources.confirm_columns, "POST"),
    Route("/sources/<id>/delete", "delete_source", sources.delete_source, "POST"),
    Route("/import-sources", "import_sources", importing.show_import),
    Route("/import-sources", "imported_sources", importing.import_sources, "POST"),
    Route("/people", "people", people.show_people),
    Route("/people/new", "new_person", people.show_new),
    Route("/people/new", "make_person", people.make, "POST"),
    Route("/people/import", "import_form", people_import.show_form),
    Route("/people/import", "import_people", people_import.import_people, "POST"),
    Route("/people/<id>", "person", people.show_person),
    Route("/people/<id>", "change_person", people.change, "POST"),
    Route("/people/<id>/deactivate", "deactivate_person", people.deactivate, "POST"),
    Route("/people/<id>/reactivate", "reactivate_person", people.reactivate, "POST"),
    Route("/groups", "groups", groups.show_groups),
    Route("/groups/new", "new_group", groups.show_new),
    Route("/groups/new", "make_group", groups.make, "POST"),
    Route("/groups/<id>", "group", groups.show_group),
    Route("/groups/<id>", "change_group", groups.change, "POST"),
    Route("/groups/<id>/members", "change_members", groups.change_members, "POST"),
    Route("/groups/<id>/delete", "delete_group", groups.delete, "POST"),
    Route("/products/<id>/take-up-form", "take_up_form", taking_up.show_take_up),
    Route("/products/<id>/take-up-form", "take_up", taking_up.take_up, "POST"),
    Route("/forms", "forms", forms.show_forms),
    Route("/forms/new", "new_form", building.show_new),
    Route("/forms/new", "build_form", building.build_new, "POST"),
    Route("/forms/<id>", "form", forms.show_form),
    Route("/forms/<id>/edit", "edit_form", building.show_edit),
    Route("/forms/<id>/edit", "rebuild_form", building.build_edit, "POST"),
    Route("/forms/<id>/wording", "wording", rewording.show_wording),
    Route("/forms/<id>/wording", "reword_form", rewording.reword, "POST"),
    Route("/forms/<id>/delete", "delete_form", forms.delete_form, "POST"),
    Route("/agreements", "agreements", agreements.show_agreements),
    Route("/agreements/new", "new_agreement", agreements.show_new_agreement),
    Route("/agreements/new", "write_new_agreement", agreements.write_new_agreement, "POST"),
    Route("/agreements/<id>", "agreement", agreements.show_agreement),
    Route("/agreements/<id>/edit", "edit_agreement", agreements.show_agreement_edit),
    Route("/agreements/<id>/edit", "write_agreement", agreements.write_agreement, "POST"),
    Route("/agreements/<id>/delete", "delete_agreement", agreements.delete_agreement, "POST"),
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
    carry_any_id(pages)
    pages.before_request(refuse_unwelcome)
    for route in ROUTES:
        pages.add_url_rule(route.rule, route.endpoint, route.view, methods=[route.method])
    handle_errors(pages)
    return pages


def refuse_unwelcome() -> None:
    """Every form is checked here, so that no page can forget to."""
    if request.method not in SAFE:
        refuse_forged(request, signed_in())
