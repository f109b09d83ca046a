"""Subscription policies: all of them, one with what it is about, and the form on which one is made or changed."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Response, request

from placet.domain.errors import Forbidden, PlacetError, StaleRevision
from placet.domain.permissions import TABLE, Action
from placet.domain.subscriptions import SubscriptionKind, SubscriptionPolicy
from placet.identity.web import marketplace, signed_in
from placet.pages.lines import revision_in
from placet.pages.policy_forms import told
from placet.pages.refused import NOTHING, Refused
from placet.pages.rendering import page, see_other
from placet.pages.subscription_forms import filled, subscription_of
from placet.service.policy_effects import Preview
from placet.service.subscriptions import SubscriptionView


def show_subscriptions() -> Response:
    """The policies in force, or those that are retired, page by page."""
    person, active = signed_in(), request.args.get("retired", "") != "yes"
    policies = marketplace().subscription_policies
    found = policies.list(person, active, request.args.get("cursor", ""))
    return page("subscriptions.html", found=found, active=active, may_make=policies.may_make(person))


def show_subscription(id: str) -> Response:
    """One policy with the data sources it is about now."""
    return page("subscription.html", view=marketplace().subscription_policies.get(signed_in(), id))


def show_new() -> Response:
    """The form for a new policy."""
    _refuse_unless_maker()
    return _form_page({"kind": SubscriptionKind.ALLOW.value}, NOTHING)


def create() -> Response:
    """Put the policy in force that was described, or say what it would mean."""
    person = signed_in()
    _refuse_unless_maker()
    try:
        policy = subscription_of(person, request.form)
        if request.form.get("do") == "preview":
            return _form_page(
                request.form, NOTHING, preview=marketplace().subscription_policies.preview(person, policy)
            )
        made = marketplace().subscription_policies.create(person, policy)
    except PlacetError as error:
        return _form_page(request.form, told(error))
    return see_other("placet.subscription", id=made.id)


def show_change(id: str) -> Response:
    """The form with the policy as it is."""
    policy = _managed(id).policy
    return _form_page(filled(policy), NOTHING, policy)


def change(id: str) -> Response:
    """Describe the policy anew, or say what that would mean."""
    person, before = signed_in(), _managed(id).policy
    try:
        policy = subscription_of(person, request.form, id, revision_in(request.form))
        if request.form.get("do") == "preview":
            found = marketplace().subscription_policies.preview(person, policy)
            return _form_page(request.form, NOTHING, before, found)
        marketplace().subscription_policies.replace(person, policy)
    except PlacetError as error:
        return _form_page(request.form, told(error), before)
    return see_other("placet.subscription", id=id)


def show_retirement(id: str) -> Response:
    """What retiring the policy would mean, with the button that does it."""
    view = _managed(id)
    return page(
        "retire.html",
        policy=view.policy,
        preview=marketplace().subscription_policies.preview_retirement(signed_in(), id),
        back="placet.subscription",
        do="placet.retire_subscription",
    )


def retire(id: str) -> Response:
    """End the policy for good."""
    try:
        marketplace().subscription_policies.retire(signed_in(), id, revision_in(request.form))
    except StaleRevision as error:
        view = marketplace().subscription_policies.get(signed_in(), id)
        return page("subscription.html", error.status, view=view, refusal=told(error))
    return see_other("placet.subscription", id=id)


def _managed(id: str) -> SubscriptionView:
    """The policy, for someone who may change it. Raises Forbidden for others."""
    view = marketplace().subscription_policies.get(signed_in(), id)
    if not view.may_manage:
        raise Forbidden(f"`{signed_in().id}` may not change this: it is for {TABLE[Action.MANAGE_POLICIES].who}")
    return view


def _refuse_unless_maker() -> None:
    if not marketplace().subscription_policies.may_make(signed_in()):
        raise Forbidden(f"`{signed_in().id}` may not make one: it is for {TABLE[Action.MANAGE_POLICIES].who}")


def _form_page(
    given: Mapping[str, str],
    refusal: Refused,
    policy: SubscriptionPolicy | None = None,
    preview: Preview | None = None,
) -> Response:
    return page(
        "subscription_form.html",
        refusal.status,
        given=given,
        refusal=refusal,
        policy=policy,
        preview=preview,
        domains=marketplace().domains.all(signed_in()),
    )
