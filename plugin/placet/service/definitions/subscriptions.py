"""Subscription policies in a file of definitions."""

from __future__ import annotations

from collections.abc import Sequence

from placet.domain.conditions import from_json, to_json
from placet.domain.people import Person
from placet.domain.policies import BadPolicy
from placet.domain.scopes import InDomain, SourceScope, Tagged
from placet.domain.subscriptions import SubscriptionKind, SubscriptionPolicy
from placet.domain.tokens import Scope as TokenScope
from placet.service.context import Context
from placet.service.definitions.kind import AT_ONCE, WORD, Kind, Plain, Standing, every
from placet.service.definitions.policies import CONDITION
from placet.service.definitions.shapes import Member, Record, Word
from placet.service.subscriptions import SubscriptionPolicies
from placet.storage import Session

SCOPE = Record(
    {
        "tag": Member(
            WORD, "", "A tag: sources that carry it or one under it; guardrails also those with such a column."
        ),
        "domain": Member(WORD, "", "The id of a domain: every source of it."),
        "source": Member(WORD, "", "The id of a source, or its name as `schema.table`."),
    }
)


class SubscriptionSection(Kind):
    """Subscription policies."""

    section = "subscriptions"
    scope = TokenScope.GOVERN
    shape = Record(
        {
            "name": Member(WORD, about="What people call it; policies in force have different names."),
            "description": Member(WORD, "", "What it is for."),
            "kind": Member(Word(tuple(SubscriptionKind)), about="`allow`, or `guardrail`: nobody else may read."),
            "on": Member(SCOPE, about="A `tag`, a `domain`, or a `source`."),
            "who": Member(CONDITION, about="A condition on whom it lets read."),
        }
    )

    def ids(self, session: Session) -> list[str]:
        return sorted(policy.id for policy in every(lambda at: session.subscriptions.page(cursor=at, limit=AT_ONCE)))

    def standing(self, session: Session, ids: Sequence[str]) -> dict[str, Standing]:
        return {one.id: self._standing(one) for one in filter(None, map(session.subscriptions.get, ids))}

    def _standing(self, policy: SubscriptionPolicy) -> Standing:
        plain = {
            "name": policy.name,
            "description": policy.description,
            "kind": policy.kind.value,
            "on": {"tag": "", "domain": "", "source": ""} | dict(vars(policy.scope)),
            "who": to_json(policy.who),
        }
        return Standing(plain, policy, gone=not policy.active)

    def write(self, context: Context, actor: Person, id: str, wanted: Plain, standing: Standing | None) -> None:
        policies = SubscriptionPolicies(context)
        policy = SubscriptionPolicy(
            id,
            wanted["name"],
            SubscriptionKind(wanted["kind"]),
            _scope(policies, actor, wanted["on"]),
            from_json(wanted["who"]),
            wanted["description"],
            revision=standing.value.revision if standing else 1,
        )
        if standing:
            policies.replace(actor, policy)
        else:
            policies.create(actor, policy)


def _scope(policies: SubscriptionPolicies, actor: Person, given: Plain) -> SourceScope:
    """What a policy is on. Raises BadPolicy unless the file says exactly one thing."""
    match {part: value for part, value in given.items() if value}:
        case {"tag": tag, **others} if not others:
            return Tagged(tag)
        case {"domain": domain, **others} if not others:
            return InDomain(domain)
        case {"source": source, **others} if not others:
            return policies.source_named(actor, source)
        case _:
            pass
    raise BadPolicy("a policy is on one `tag`, one `domain`, or one `source`: write one of these")
