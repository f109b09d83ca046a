"""Subscription policies: who may read what without asking, and whom no approval lets read it."""

from __future__ import annotations

from typing import Any

from marshmallow import fields

from placet.api.base import about
from placet.api.data_policies import PolicyQuery
from placet.api.effect_schemas import PreviewSchema
from placet.api.listing import LINKED, LOCATED, linked, page_of
from placet.api.resource import Resource
from placet.api.revisions import TAGGED, revision_meant, tagged
from placet.api.subscription_schemas import (
    SubscriptionPolicyFields,
    SubscriptionPolicySchema,
    SubscriptionPolicyViewSchema,
    subscription_from,
)
from placet.domain.errors import AlreadyThere, NotFound
from placet.domain.policies import BadPolicy
from placet.domain.subscriptions import SubscriptionPolicy
from placet.identity.web import marketplace, signed_in, url_for
from placet.service import BadCursor
from placet.service.policy_effects import Preview
from placet.service.subscriptions import SubscriptionView
from placet.service.views import Page
from placet.workflow.refusals import WrongState

subscription_policies = Resource(
    "subscription-policies", "Subscription policies: who may read what without asking, and whom nothing lets read it."
)


class SubscriptionPreviewFields(SubscriptionPolicyFields):
    """A subscription policy to look at before it is in force."""

    id = fields.String(load_default="", **about("The id of the policy that it would replace; empty for a new one."))


@subscription_policies.route("/subscription-policies")
@subscription_policies.arguments(PolicyQuery, location="query")
@subscription_policies.response(200, page_of(SubscriptionPolicySchema), headers=LINKED)
@subscription_policies.reads(BadCursor)
def listed(asked: dict[str, Any]) -> tuple[Page[SubscriptionPolicy], dict[str, str]]:
    """List the subscription policies, by name"""
    page = marketplace().subscription_policies.list(signed_in(), **asked)
    return page, linked(page)


@subscription_policies.route("/subscription-policies", methods=["POST"])
@subscription_policies.arguments(SubscriptionPolicyFields)
@subscription_policies.response(201, SubscriptionPolicySchema, headers=TAGGED | LOCATED)
@subscription_policies.changes(NotFound, BadPolicy, AlreadyThere)
def create(given: dict[str, Any]) -> tuple[SubscriptionPolicy, dict[str, str]]:
    """Make a subscription policy

    An `allow` lets those who meet its condition read without asking: one is enough, and so is an approval. A
    `guardrail` has to be met by everyone, whatever lets them read.
    """
    made = marketplace().subscription_policies.create(signed_in(), subscription_from(given, id=""))
    return made, tagged(made.revision) | {"Location": url_for("placet-subscription-policies.one", id=made.id)}


@subscription_policies.route("/subscription-policies/preview", methods=["POST"])
@subscription_policies.arguments(SubscriptionPreviewFields)
@subscription_policies.response(200, PreviewSchema)
@subscription_policies.changes(NotFound, BadPolicy, WrongState)
def preview(given: dict[str, Any]) -> Preview:
    """Say who would gain and lose access by a policy

    Nothing is changed.
    """
    return marketplace().subscription_policies.preview(signed_in(), subscription_from(given))


@subscription_policies.route("/subscription-policies/<id>")
@subscription_policies.response(200, SubscriptionPolicyViewSchema, headers=TAGGED)
@subscription_policies.reads(NotFound)
def one(id: str) -> tuple[SubscriptionView, dict[str, str]]:
    """Read a subscription policy with the data sources it is about now"""
    view = marketplace().subscription_policies.get(signed_in(), id)
    return view, tagged(view.policy.revision)


@subscription_policies.route("/subscription-policies/<id>/retirement")
@subscription_policies.response(200, PreviewSchema)
@subscription_policies.reads(NotFound, WrongState)
def retirement(id: str) -> Preview:
    """Say who would gain and lose access if a policy were retired

    Nothing is changed.
    """
    return marketplace().subscription_policies.preview_retirement(signed_in(), id)


@subscription_policies.route("/subscription-policies/<id>", methods=["PUT"])
@subscription_policies.arguments(SubscriptionPolicyFields)
@subscription_policies.response(200, SubscriptionPolicySchema, headers=TAGGED)
@subscription_policies.changes(NotFound, BadPolicy, AlreadyThere, WrongState)
@subscription_policies.matches
def replace(given: dict[str, Any], id: str) -> tuple[SubscriptionPolicy, dict[str, str]]:
    """Describe a subscription policy anew

    As a whole: what is left out is emptied.
    """
    policy = subscription_from(given, id=id, revision=read_revision(id))
    made = marketplace().subscription_policies.replace(signed_in(), policy)
    return made, tagged(made.revision)


@subscription_policies.route("/subscription-policies/<id>", methods=["DELETE"])
@subscription_policies.response(204)
@subscription_policies.changes(NotFound, WrongState)
@subscription_policies.matches
def retire(id: str) -> None:
    """Retire a subscription policy for good

    It says nothing from then on, and can still be read.
    """
    marketplace().subscription_policies.retire(signed_in(), id, read_revision(id))


def read_revision(id: str) -> int:
    """The revision of a policy, if `If-Match` names it; the service holds the change to that one."""
    return revision_meant(marketplace().subscription_policies.get(signed_in(), id).policy.revision)
