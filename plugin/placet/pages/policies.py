"""Data policies: all of them, one with what it masks, and the form on which one is made or changed."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Response, request

from placet.domain.errors import Forbidden, PlacetError, StaleRevision
from placet.domain.permissions import TABLE, Action
from placet.domain.policies import DataPolicy, MaskKind
from placet.identity.web import marketplace, signed_in
from placet.pages.lines import revision_in
from placet.pages.policy_forms import filled, policy_of, told
from placet.pages.refused import NOTHING, Refused
from placet.pages.rendering import page, see_other
from placet.service.policies import PolicyView

MASKS = {
    MaskKind.NULL: "Nothing at all (NULL)",
    MaskKind.CONSTANT: "A text",
    MaskKind.HASH: "A keyed hash: the same word for the same value",
    MaskKind.PARTIAL: "The first and the last characters",
    MaskKind.ROUNDING: "A rounded number",
}


def show_policies() -> Response:
    """The policies in force, or those that are retired, page by page."""
    person, active = signed_in(), request.args.get("retired", "") != "yes"
    found = marketplace().data_policies.list(person, active, request.args.get("cursor", ""))
    return page("policies.html", found=found, active=active, may_make=marketplace().data_policies.may_make(person))


def show_policy(id: str) -> Response:
    """One policy with the columns it masks now."""
    return page("policy.html", view=marketplace().data_policies.get(signed_in(), id))


def show_new() -> Response:
    """The form for a new policy."""
    return _form_page({"whom": "except", "mask": MaskKind.NULL.value}, NOTHING)


def create() -> Response:
    """Put the policy in force that was described."""
    person = signed_in()
    try:
        _refuse_unless_maker()
        made = marketplace().data_policies.create(person, policy_of(person, request.form))
    except PlacetError as error:
        return _form_page(request.form, told(error))
    return see_other("placet.policy", id=made.id)


def show_change(id: str) -> Response:
    """The form with the policy as it is."""
    view = _managed(id)
    return _form_page(filled(view.policy, view.named), NOTHING, view.policy)


def change(id: str) -> Response:
    """Describe the policy anew."""
    person, view = signed_in(), _managed(id)
    try:
        changed = policy_of(person, request.form, id, revision_in(request.form))
        marketplace().data_policies.replace(person, changed)
    except PlacetError as error:
        return _form_page(request.form, told(error), view.policy)
    return see_other("placet.policy", id=id)


def retire(id: str) -> Response:
    """End the policy for good."""
    try:
        marketplace().data_policies.retire(signed_in(), id, revision_in(request.form))
    except StaleRevision as error:
        view = marketplace().data_policies.get(signed_in(), id)
        return page("policy.html", error.status, view=view, refusal=told(error))
    return see_other("placet.policy", id=id)


def _managed(id: str) -> PolicyView:
    """The policy, for someone who may change it. Raises Forbidden for others."""
    view = marketplace().data_policies.get(signed_in(), id)
    if not view.may_manage:
        raise Forbidden(f"`{signed_in().id}` may not change this: it is for {TABLE[Action.MANAGE_POLICIES].who}")
    return view


def _refuse_unless_maker() -> None:
    if not marketplace().data_policies.may_make(signed_in()):
        raise Forbidden(f"`{signed_in().id}` may not make one: it is for {TABLE[Action.MANAGE_POLICIES].who}")


def _form_page(given: Mapping[str, str], refusal: Refused, policy: DataPolicy | None = None) -> Response:
    _refuse_unless_maker()
    return page(
        "policy_form.html",
        refusal.status,
        given=given,
        refusal=refusal,
        policy=policy,
        masks=MASKS,
        domains=marketplace().domains.all(signed_in()),
    )
