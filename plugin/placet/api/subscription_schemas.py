"""Subscription policies as the API shows and reads them."""

from __future__ import annotations

from typing import Any

from marshmallow import ValidationError, fields, post_load, pre_dump

from placet.api.base import Instant, Strict, about, text
from placet.api.policy_schemas import CONDITION, ConditionField
from placet.domain.policies import LONGEST_TEXT
from placet.domain.products import LONGEST_NAME
from placet.domain.scopes import InDomain, OnSource, SourceScope, Tagged
from placet.domain.subscriptions import SubscriptionKind, SubscriptionPolicy
from placet.service.subscriptions import OUT_OF_SIGHT, SubscriptionView


class SourceScopeSchema(Strict):
    """What a subscription policy is on: one of a source, a tag, and a domain."""

    source = text("The id of a data source.", shortest=1, load_default=None)
    tag = text(
        "A tag: data sources that carry it or one under it; a guardrail also those of whose columns one does.",
        load_default=None,
    )
    domain = text("The id of a domain: every one of its data sources.", shortest=1, load_default=None)

    @post_load
    def made(self, given: dict[str, Any], **_: Any) -> SourceScope:
        match {name: value for name, value in given.items() if value is not None}:
            case {"source": source, **others} if not others:
                return OnSource(source)
            case {"tag": tag, **others} if not others:
                return Tagged(tag)
            case {"domain": domain, **others} if not others:
                return InDomain(domain)
        raise ValidationError("give exactly one of `source`, `tag`, and `domain`")

    @pre_dump
    def named(self, scope: SourceScope, **_: Any) -> dict[str, Any]:
        return dict(vars(scope))


class WhoField(ConditionField):
    """A condition on people that can't be left out."""

    def __init__(self) -> None:
        super().__init__("Whom it lets read.")
        self.metadata = {"description": f"Whom it lets read. {CONDITION}", "type": "object"}
        self.required, self.allow_none = True, False


class SubscriptionPolicyFields(Strict):
    """What is said about a subscription policy; on a change as a whole: what is left out is emptied."""

    name = text("What people call it; policies in force have different names.", LONGEST_NAME, 1, required=True)
    description = text("What it is for.", LONGEST_TEXT, load_default="")
    kind = fields.Enum(
        SubscriptionKind,
        by_value=True,
        required=True,
        **about("`allow`: who meets the condition may read, without asking. `guardrail`: nobody else may read."),
    )
    scope = fields.Nested(SourceScopeSchema, required=True, **about("What it is on."))
    who = WhoField()


class SubscriptionPolicySchema(SubscriptionPolicyFields):
    """A subscription policy."""

    scope = fields.Nested(
        SourceScopeSchema,
        required=True,
        allow_none=True,
        **about("What it is on; null for a data source that the reader may not see."),
    )
    id = fields.String(required=True, **about("Its id."))
    created_at = Instant(required=True, **about("When it was made."))
    revision = fields.Integer(required=True, **about("Grows by one with each change; also its `ETag`."))
    active = fields.Boolean(required=True, **about("Whether it is in force; a retired one says nothing."))

    @pre_dump
    def in_sight(self, policy: SubscriptionPolicy, **_: Any) -> dict[str, Any]:
        return shown(policy)


class ReachedSourceSchema(Strict):
    id = fields.String(required=True, **about("The id of the data source."))
    name = fields.String(required=True, attribute="qualified_name", **about("Its schema and name."))


class SubscriptionPolicyViewSchema(SubscriptionPolicySchema):
    """A subscription policy with the data sources it is about now."""

    may_manage = fields.Boolean(required=True, **about("Whether the reader may change and retire it."))
    sources = fields.List(
        fields.Nested(ReachedSourceSchema), required=True, **about("The first data sources it is about, by id.")
    )
    others = fields.Boolean(
        required=True, **about("Whether there are data sources beyond the first ones, or that the reader may not see.")
    )

    @pre_dump
    def in_sight(self, view: SubscriptionView, **_: Any) -> dict[str, Any]:
        return shown(view.policy) | {"may_manage": view.may_manage, "sources": view.sources, "others": view.others}


def subscription_from(given: dict[str, Any], **named: Any) -> SubscriptionPolicy:
    """The policy that was described; `named` are its id and the revision that was read."""
    return SubscriptionPolicy(**given | named)


def shown(policy: SubscriptionPolicy) -> dict[str, Any]:
    """A policy with what it is on, unless that is not for the eyes of who reads it."""
    return vars(policy) | {"scope": None if policy.scope == OUT_OF_SIGHT else policy.scope}
