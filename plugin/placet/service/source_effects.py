"""What a change of a product's sources means for those who have access by it: who gains which source, who loses it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime

from placet.domain.people import Person
from placet.domain.products import DataProduct, DataSource, ProductState
from placet.domain.requests import Grant, GrantStatus, Whom, held_as
from placet.service.views import SourceEffect, SourcesChange
from placet.storage import Session

Ways = Mapping[str, list[tuple[str, set[str]]]]
"""By source, the domain of each other product that opens it, and who of the members has access by that product."""


def effects(
    session: Session, product: DataProduct, added: Iterable[DataSource], removed: Iterable[DataSource], now: datetime
) -> SourcesChange:
    """The effects on those who have access by the product now; nobody has by one that is not published."""
    members = _members(session, product, now)
    ways = _other_ways(session, product, members, now)
    gained = [(one, _without(one, members, ways)) for one in _by_name(added)]
    lost = [(one, _without(one, members, ways)) for one in _by_name(removed)]
    lost = [(one, people if product.domain in one.domains else set()) for one, people in lost]
    return SourcesChange(
        added=tuple(_effect(one, people, members) for one, people in gained),
        removed=tuple(_effect(one, people, members) for one, people in lost),
        gaining=len({person for _, people in gained for person in people}),
        losing=len({person for _, people in lost for person in people}),
    )


def _by_name(sources: Iterable[DataSource]) -> list[DataSource]:
    return sorted(sources, key=lambda one: (one.qualified_name, one.target))


def _effect(source: DataSource, people: set[str], members: Mapping[str, Person]) -> SourceEffect:
    return SourceEffect(source, len(people), len(members) - len(people))


def _without(source: DataSource, members: Mapping[str, Person], ways: Ways) -> set[str]:
    """The members who have no other way in to a source; a product opens only what is in its domain."""
    others = (people for domain, people in ways.get(source.id, ()) if domain in source.domains)
    return set(members).difference(*others)


def _members(session: Session, product: DataProduct, now: datetime) -> dict[str, Person]:
    """The active people with access by a product now, directly or in a group, by id."""
    if product.state is not ProductState.PUBLISHED:
        return {}
    held = [grant.whom for grant in session.grants.live_on(product.id, now) if _opens(grant, now)]
    groups = session.people.members_of({whom.id for whom in held if whom.is_group})
    ids = {whom.id for whom in held if not whom.is_group}.union(*groups.values())
    return {one.id: one for one in session.people.many(sorted(ids)) if one.active}


def _other_ways(session: Session, product: DataProduct, members: Mapping[str, Person], now: datetime) -> Ways:
    whoms: dict[Whom, set[str]] = defaultdict(set)
    for id, person in members.items():
        for whom in held_as(person):
            whoms[whom].add(id)
    by_product: dict[str, set[str]] = defaultdict(set)
    for grant in session.grants.live_of(whoms, now):
        if _opens(grant, now) and grant.product != product.id:
            by_product[grant.product] |= whoms[grant.whom]
    ways: dict[str, list[tuple[str, set[str]]]] = defaultdict(list)
    for other in session.products.many(by_product):
        for source in other.sources if other.state is ProductState.PUBLISHED else ():
            ways[source].append((other.domain, by_product[other.id]))
    return ways


def _opens(grant: Grant, now: datetime) -> bool:
    return grant.gives_access and grant.status_at(now) is GrantStatus.ACTIVE
