"""Subscription policies: who may read a data source without asking, and whom no approval lets read it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from placet.domain.conditions import Condition, Holder, holds
from placet.domain.conditions import problem as condition_problem
from placet.domain.policies import LONGEST_TEXT, BadPolicy, refuse_bad_scope
from placet.domain.products import LONGEST_NAME, DataSource
from placet.domain.scopes import InDomain, OnSource, SourceScope, Tagged


class SubscriptionKind(StrEnum):
    """What it means for someone to meet the condition: an `allow` gives access, a `guardrail` has to be met by all."""

    ALLOW = "allow"
    GUARDRAIL = "guardrail"


@dataclass(frozen=True)
class SubscriptionPolicy:
    """A policy about reading data sources, by who someone is: `who` says whom it lets read.

    One `allow` is enough, and so is an approval; every `guardrail` has to hold besides. `revision` grows by one with
    each change; one that is no longer `active` is retired and does nothing.
    """

    id: str
    name: str
    kind: SubscriptionKind
    scope: SourceScope
    who: Condition
    description: str = ""
    created_at: datetime | None = None
    revision: int = 1
    active: bool = True

    def reaches(self, source: DataSource) -> bool:
        """Whether it is about a data source.

        A tag on a column brings the guardrails of the tag to the whole source, and never opens it.
        """
        match self.scope:
            case OnSource(id):
                return id == source.id
            case InDomain():
                return self.scope.reaches(source)
            case Tagged():
                guards = self.kind is SubscriptionKind.GUARDRAIL
                return self.scope.reaches(source) if guards else self.scope.on(source.tags)

    def lets(self, person: Holder) -> bool:
        """Whether someone meets its condition."""
        return holds(self.who, person)


def refuse_bad_subscription(policy: SubscriptionPolicy) -> None:
    """Raises BadPolicy for a name, a scope or a condition that can't be."""
    if not 1 <= len(policy.name.strip()) <= LONGEST_NAME:
        raise BadPolicy(f"the name `{policy.name[:40]}` has to have 1 to {LONGEST_NAME} characters", about="name")
    if len(policy.description) > LONGEST_TEXT:
        raise BadPolicy(f"the description has to have no more than {LONGEST_TEXT} characters", about="description")
    if not isinstance(policy.scope, OnSource):
        refuse_bad_scope(policy.scope)
    if told := condition_problem(policy.who):
        raise BadPolicy(f"the condition `{str(policy.who)[:40]}` can't be used: {told}", about="who")
