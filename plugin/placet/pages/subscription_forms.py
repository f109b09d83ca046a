"""The form of a subscription policy: read into the policy it describes, and filled in from one."""

from __future__ import annotations

import json
from collections.abc import Mapping

from placet.domain.conditions import to_json
from placet.domain.people import Person
from placet.domain.scopes import InDomain, OnSource, SourceScope, Tagged
from placet.domain.subscriptions import SubscriptionKind, SubscriptionPolicy
from placet.identity.web import marketplace
from placet.pages.policy_forms import BadChoice, condition_of


def subscription_of(person: Person, given: Mapping[str, str], id: str = "", revision: int = 1) -> SubscriptionPolicy:
    """The policy that was described. Raises BadChoice, BadCondition, and NotFound for a source that is not there."""
    kind = given.get("kind", "")
    if kind not in list(SubscriptionKind):
        raise BadChoice("say whether it allows, or guards")
    return SubscriptionPolicy(
        id,
        given.get("name", "").strip(),
        SubscriptionKind(kind),
        _scope(person, given),
        condition_of(given.get("condition", "")),
        given.get("description", "").replace("\r\n", "\n"),
        revision=revision,
    )


def _scope(person: Person, given: Mapping[str, str]) -> SourceScope:
    match given.get("on", ""):
        case "source":
            return marketplace().subscription_policies.source_named(person, given.get("source", "").strip())
        case "tag":
            return Tagged(given.get("tag", "").strip())
        case "domain":
            return InDomain(given.get("domain", ""))
    raise BadChoice("say what it is on: a data source, a tag or a domain")


def filled(policy: SubscriptionPolicy) -> dict[str, str]:
    """The fields of the form as this policy fills them in."""
    return {
        "name": policy.name,
        "description": policy.description,
        "kind": policy.kind.value,
        "condition": json.dumps(to_json(policy.who), indent=2, ensure_ascii=False),
        "revision": str(policy.revision),
        **_scope_fields(policy.scope),
    }


def _scope_fields(scope: SourceScope) -> dict[str, str]:
    match scope:
        case OnSource(source):
            return {"on": "source", "source": source}
        case Tagged(tag):
            return {"on": "tag", "tag": tag}
        case InDomain(domain):
            return {"on": "domain", "domain": domain}
