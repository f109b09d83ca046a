"""Masking exceptions: how the columns of a product stand to someone, and what keeps an approval from showing them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime

from placet.domain.people import Group, Holdings, Person
from placet.domain.products import DataProduct, DataSource, ProductState
from placet.domain.requests import ColumnRef, Grant, GrantStatus, Whom, held_as
from placet.service.columns import ColumnKey, ColumnView, SourceColumns, as_seen, columns_of
from placet.storage import Session
from placet.workflow.situation import ColumnStates, WantedColumn, whom_of


def product_columns(session: Session, product: DataProduct, person: Person, now: datetime) -> list[SourceColumns]:
    """The columns of the sources that a product gives access to, as a person sees them now."""
    sources = sources_inside(session, product)
    return columns_of(session, sources, person, cleared(session, person, [one.id for one in sources], now))


def sources_inside(session: Session, product: DataProduct) -> list[DataSource]:
    """The data sources of a product that are still in its domain, in its order."""
    found = {one.id: one for one in session.sources.many(product.sources) if product.domain in one.domains}
    return [found[id] for id in product.sources if id in found]


def cleared(session: Session, person: Person, sources: Iterable[str], now: datetime) -> set[ColumnKey]:
    """The columns that active masking exceptions for some sources, of a person or of a group of theirs, cover."""
    if not person.active:
        return set()
    held = session.grants.clear_for(held_as(person), sources, now)
    active = [one for one in held if one.status_at(now) is GrantStatus.ACTIVE]
    products = {one.id: one for one in session.products.many({grant.product for grant in active})}
    counting = [one for one in active if products[one.product].state is ProductState.PUBLISHED]
    inside = in_reach(session, counting).values()
    return {(column.source, column.column) for columns in inside for column in columns}


def in_reach(session: Session, grants: Collection[Grant]) -> dict[str, frozenset[ColumnRef]]:
    """The columns of grants whose sources their products still hold, and have in their domains; by id of the grant."""
    products = {one.id: one for one in session.products.many({grant.product for grant in grants})}
    named = {column.source for grant in grants for column in grant.columns}
    domains = {one.id: one.domains for one in session.sources.many(named)}

    def inside(product: DataProduct, source: str) -> bool:
        return source in product.sources and product.domain in domains.get(source, frozenset())

    return {
        grant.id: frozenset(one for one in grant.columns if inside(products[grant.product], one.source))
        for grant in grants
    }


def states_for(session: Session, product: DataProduct, beneficiary: Person | Group, now: datetime) -> ColumnStates:
    """How columns of a product stand to a beneficiary, for the workflow; looked up when they are asked for."""

    def states(wanted: Iterable[ColumnRef]) -> Mapping[ColumnRef, WantedColumn]:
        chosen = set(wanted)
        named = {column.source for column in chosen}
        sources = [source for source in sources_inside(session, product) if source.id in named]
        lasting = lasting_columns(session, whom_of(beneficiary), named, now)
        found = columns_of(session, sources, as_person(session, beneficiary))
        every = (_wanted(one.source, view, lasting) for one in found for view in one.columns)
        return {column.ref: column for column in every if column.ref in chosen}

    return states


def lasting_columns(session: Session, whom: Whom, sources: Iterable[str], now: datetime) -> set[ColumnRef]:
    """The columns that a beneficiary sees clear by approvals for some sources with no end."""
    grants = [one for one in session.grants.clear_for([whom], sources, now) if one.end is None]
    return {column for columns in in_reach(session, grants).values() for column in columns}


def as_person(session: Session, beneficiary: Person | Group) -> Person:
    """A beneficiary as policies look at it: a group as someone who is in it and holds nothing besides."""
    if isinstance(beneficiary, Person):
        return beneficiary
    return _member(beneficiary, session.people.held_by_group(beneficiary.id))


def _member(group: Group, held: Holdings) -> Person:
    """Someone who is in a group and holds nothing besides."""
    return Person(
        id="",
        name=group.name,
        groups=frozenset({group.id}),
        attributes=held.attributes,
        permissions=held.permissions,
        domain_permissions=held.domain_permissions,
    )


def held_back(session: Session, exceptions: Iterable[tuple[Grant, Person | Group]]) -> dict[str, tuple[str, ...]]:
    """What keeps masking exceptions of these beneficiaries from showing their columns clear, as sentences.

    By id of the grant, empty where nothing does; looked up for all of them at once.
    """
    found = list(exceptions)
    sources = {
        one.id: one for one in session.sources.many({column.source for grant, _ in found for column in grant.columns})
    }
    policies = session.policies.for_sources(sources.values())
    held = session.people.held_by_groups({whom.id for _, whom in found if isinstance(whom, Group)})
    inside = in_reach(session, [grant for grant, _ in found])
    told = {}
    for grant, whom in found:
        person = _member(whom, held[whom.id]) if isinstance(whom, Group) else whom
        keys = {(column.source, column.column) for column in grant.columns}
        concerned = [sources[id] for id in sorted({source for source, _ in keys}) if id in sources]
        seen = as_seen(policies, concerned, person, keys)
        views = {(one.source.id, view.column.id): view for one in seen for view in one.columns}
        told[grant.id] = tuple(_kept_back(grant, views, inside[grant.id]))
    return told


def _kept_back(grant: Grant, views: Mapping[ColumnKey, ColumnView], inside: frozenset[ColumnRef]) -> Iterator[str]:
    for column in grant.columns:
        view = views.get((column.source, column.column))
        if view is None:
            yield f"{column.name} is no longer there."
        elif column not in inside:
            yield f"{view.column.name} is out of reach: its data source is not in the data product any more."
        elif view.held_back:
            yield f"{view.column.name} is held back by {' and '.join(_against(view))}."


def _wanted(source: DataSource, view: ColumnView, lasting: set[ColumnRef]) -> WantedColumn:
    ref = ColumnRef(source.id, view.column.id, view.column.name)
    against = () if view.state.clearable else _against(view)
    label = f"{source.qualified_name}.{view.column.name}"
    return WantedColumn(ref, label, view.state.masked, against, ref in lasting)


def _against(view: ColumnView) -> tuple[str, ...]:
    """What no approval lifts."""
    unconfirmed = ("nobody having confirmed it since it was found",) if view.state.unconfirmed else ()
    return (*(f"the data policy `{policy.name}`" for policy in view.state.against), *unconfirmed)
