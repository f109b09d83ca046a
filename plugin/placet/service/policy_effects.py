"""What a birthright policy would mean before it is put in force, changed or retired: who gains, and who loses."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from placet.domain.people import Person
from placet.domain.policies import DataPolicy
from placet.domain.products import DataProduct, DataSource, ProductState
from placet.domain.scopes import Scope, SourceScope
from placet.domain.subscriptions import SubscriptionPolicy
from placet.emitter.effects import Effect, effect, reach
from placet.emitter.policy import Desired, TargetGroup, target_source
from placet.service.desired import entitlement_of, login_of, target_product
from placet.service.policy_scopes import may_see
from placet.storage import Session

MOST_SOURCES = 200
"""How many data sources a preview looks at."""

NAMED = 20
"""How many people a preview names for each thing."""

Policy = DataPolicy | SubscriptionPolicy


@dataclass(frozen=True)
class Some:
    """How many people something concerns, and the first of them by name."""

    count: int
    first: tuple[Person, ...]


@dataclass(frozen=True)
class SourceEffect:
    """What changes on one data source, and for whom; see `Effect`."""

    source: DataSource
    gains: Some
    loses: Some
    clearer: Some
    less_clear: Some
    more_rows: Some
    fewer_rows: Some


@dataclass(frozen=True)
class Preview:
    """What a change would mean on the data sources that the actor may see.

    Sources where nothing changes are left out, `looked_at` counts them too. `others` says that there are more: beyond
    the first ones, or unseen.
    """

    sources: tuple[SourceEffect, ...]
    gains: int
    loses: int
    looked_at: int
    others: bool


def preview(session: Session, actor: Person, before: Policy | None, after: Policy | None, now: datetime) -> Preview:
    """What it means to put `after` in the place of `before`; either is None where there is none."""
    scopes = [policy.scope for policy in (before, after) if policy]
    found = _reached(session, scopes)
    seen = [source for source in session.sources.many(found[:MOST_SOURCES]) if may_see(actor, source)]
    people = session.people.active()
    effects = [one for one in _effects(session, seen, people, before, after, now) if not one.nothing]
    by_id, sources = {person.id: person for person in people}, {source.id: source for source in seen}
    return Preview(
        tuple(_named(sources[one.source], one, by_id) for one in effects),
        gains=len(frozenset[str]().union(*(one.gains for one in effects))),
        loses=len(frozenset[str]().union(*(one.loses for one in effects))),
        looked_at=len(seen),
        others=len(seen) < len(found),
    )


def _reached(session: Session, scopes: Iterable[Scope | SourceScope]) -> list[str]:
    return sorted({id for scope in scopes for id in session.policies.sources_of(scope, MOST_SOURCES + 1)})


def _effects(
    session: Session,
    sources: list[DataSource],
    people: list[Person],
    before: Policy | None,
    after: Policy | None,
    now: datetime,
) -> Iterator[Effect]:
    subscriptions, policies = session.subscriptions.for_sources(sources), session.policies.for_sources(sources)
    then = Policies(subscriptions, policies).without(before).having(after)
    here = _everyone_here(session, sources, people, now)
    for source in sources:
        was, will = target_source(source, subscriptions, policies), target_source(source, *then)
        yield effect(source.id, reach(here, was, now), reach(here, will, now))


class Policies(NamedTuple):
    """Birthright policies of both kinds."""

    subscriptions: list[SubscriptionPolicy]
    data: list[DataPolicy]

    def without(self, policy: Policy | None) -> Policies:
        """All but this one."""
        return Policies(
            [one for one in self.subscriptions if not (isinstance(policy, SubscriptionPolicy) and one.id == policy.id)],
            [one for one in self.data if not (isinstance(policy, DataPolicy) and one.id == policy.id)],
        )

    def having(self, policy: Policy | None) -> Policies:
        """These and another one."""
        return Policies(
            [*self.subscriptions, *([policy] if isinstance(policy, SubscriptionPolicy) else [])],
            [*self.data, *([policy] if isinstance(policy, DataPolicy) else [])],
        )


def _everyone_here(session: Session, sources: list[DataSource], people: list[Person], now: datetime) -> Desired:
    """Everyone as if they had a login, called by their id, with what was approved for them on these sources."""
    products = [one for one in session.products.holding_any([source.id for source in sources]) if _published(one)]
    given = [one for product in products for one in session.grants.live_on(product.id, now) if one.given_at(now)]
    members: dict[str, list[str]] = {}
    for person in people:
        for group in person.groups:
            members.setdefault(group, []).append(person.id)
    return Desired(
        sources=tuple(target_source(source) for source in sources),
        products=tuple(target_product(product, sources) for product in products),
        logins=tuple(login_of(person, person.id) for person in people),
        entitlements=tuple(entitlement_of(grant, grant.whom.person) for grant in given),
        groups=tuple(TargetGroup(group, tuple(those)) for group, those in sorted(members.items())),
    )


def _published(product: DataProduct) -> bool:
    return product.state is ProductState.PUBLISHED


def _named(source: DataSource, found: Effect, people: Mapping[str, Person]) -> SourceEffect:
    def some(ids: frozenset[str]) -> Some:
        return Some(len(ids), tuple(people[id] for id in sorted(ids)[:NAMED]))

    return SourceEffect(
        source,
        gains=some(found.gains),
        loses=some(found.loses),
        clearer=some(found.clearer),
        less_clear=some(found.less_clear),
        more_rows=some(found.more_rows),
        fewer_rows=some(found.fewer_rows),
    )
