"""Data policies: all of them, one with what it masks, and the form on which one is made or changed."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Response, request

from placet.domain.errors import Forbidden, PlacetError, StaleRevision
from placet.domain.masks import MaskKind
from placet.domain.permissions import TABLE, Action
from placet.domain.policies import DataPolicy
from placet.domain.row_filters import Comparison
from placet.identity.web import marketplace, signed_in
from placet.pages.lines import revision_in
from placet.pages.policy_forms import TYPES, filled, policy_of, told
from placet.pages.refused import NOTHING, Refused
from placet.pages.rendering import page, see_other
from placet.service.policies import PolicyView
from placet.service.policy_effects import Preview

MASKS = {
    MaskKind.NULL: "Nothing at all (NULL)",
    MaskKind.CONSTANT: "A text",
    MaskKind.HASH: "A keyed hash: the same word for the same value",
    MaskKind.PARTIAL: "The first and the last characters",
    MaskKind.ROUNDING: "A rounded number",
}

COMPARISONS = {
    Comparison.ONE_OF: "is one of the values, or of the attribute's",
    Comparison.EQUAL: "is the value",
    Comparison.NOT_EQUAL: "is another than the value",
    Comparison.LESS: "is less",
    Comparison.AT_MOST: "is at most the value",
    Comparison.GREATER: "is greater",
    Comparison.AT_LEAST: "is at least the value",
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
    _refuse_unless_maker()
    return _form_page({"whom": "except", "mask": MaskKind.NULL.value}, NOTHING)


def create() -> Response:
    """Put the policy in force that was described, or say what it would mean."""
    person = signed_in()
    _refuse_unless_maker()
    try:
        policy = policy_of(person, request.form)
        if request.form.get("do") == "preview":
            return _form_page(request.form, NOTHING, preview=marketplace().data_policies.preview(person, policy))
        made = marketplace().data_policies.create(person, policy)
    except PlacetError as error:
        return _form_page(request.form, told(error))
    return see_other("placet.policy", id=made.id)


def show_change(id: str) -> Response:
    """The form with the policy as it is."""
    view = _managed(id)
    return _form_page(filled(view.policy, view.named), NOTHING, view.policy)


def change(id: str) -> Response:
    """Describe the policy anew, or say what that would mean."""
    person, view = signed_in(), _managed(id)
    try:
        changed = policy_of(person, request.form, id, revision_in(request.form))
        if request.form.get("do") == "preview":
            found = marketplace().data_policies.preview(person, changed)
            return _form_page(request.form, NOTHING, view.policy, found)
        marketplace().data_policies.replace(person, changed)
    except PlacetError as error:
        return _form_page(request.form, told(error), view.policy)
    return see_other("placet.policy", id=id)


def show_retirement(id: str) -> Response:
    """What retiring the policy would mean, with the button that does it."""
    view = _managed(id)
    return page(
        "retire.html",
        policy=view.policy,
        preview=marketplace().data_policies.preview_retirement(signed_in(), id),
        back="placet.policy",
        do="placet.retire_policy",
    )


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


def _form_page(
    given: Mapping[str, str], refusal: Refused, policy: DataPolicy | None = None, preview: Preview | None = None
) -> Response:
    return page(
        "policy_form.html",
        refusal.status,
        given=given,
        refusal=refusal,
        policy=policy,
        preview=preview,
        masks=MASKS,
        comparisons=COMPARISONS,
        types=TYPES,
        domains=marketplace().domains.all(signed_in()),
    )
