"""Masking exceptions: how the columns of a product stand to someone, and what keeps an approval from showing them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from placet.domain.people import Group, Person
from placet.domain.products import DataProduct, DataSource, ProductState
from placet.domain.requests import ColumnRef, Grant, GrantStatus, RequestType, Whom, held_as
from placet.service.columns import ColumnKey, ColumnView, SourceColumns, columns_of
from placet.storage import Session
from placet.workflow.situation import ColumnStates, WantedColumn, whom_of


def product_columns(session: Session, product: DataProduct, person: Person, now: datetime) -> list[SourceColumns]:
    """The columns of the sources that a product gives access to, as a person sees them now."""
    return columns_of(session, sources_inside(session, product), person, cleared(session, person, now))


def sources_inside(session: Session, product: DataProduct) -> list[DataSource]:
    """The data sources of a product that are still in its domain, in its order."""
    found = {one.id: one for one in session.sources.many(product.sources) if product.domain in one.domains}
    return [found[id] for id in product.sources if id in found]


def cleared(session: Session, person: Person, now: datetime) -> set[ColumnKey]:
    """The columns that active masking exceptions of a person, or of a group of theirs, cover."""
    if not person.active:
        return set()
    held = [one for one in session.grants.held_by(held_as(person)) if one.type is RequestType.MASKING_EXCEPTION]
    active = [one for one in held if one.status_at(now) is GrantStatus.ACTIVE]
    return {(column.source, column.column) for grant in active for column in in_reach(session, grant)}


def in_reach(session: Session, grant: Grant) -> tuple[ColumnRef, ...]:
    """The columns of a grant that count: its product is published and holds their sources, which are in its domain."""
    product = session.products.get(grant.product)
    if product is None or product.state is not ProductState.PUBLISHED:
        return ()
    inside = {source.id for source in sources_inside(session, product)}
    return tuple(column for column in grant.columns if column.source in inside)


def states_for(session: Session, product: DataProduct, beneficiary: Person | Group, now: datetime) -> ColumnStates:
    """How columns of a product stand to a beneficiary, for the workflow; looked up when they are asked for."""

    def states(wanted: Iterable[ColumnRef]) -> Mapping[ColumnRef, WantedColumn]:
        chosen = set(wanted)
        named = {column.source for column in chosen}
        sources = [source for source in sources_inside(session, product) if source.id in named]
        lasting = lasting_columns(session, whom_of(beneficiary), now)
        found = columns_of(session, sources, as_person(session, beneficiary))
        every = (_wanted(one.source, view, lasting) for one in found for view in one.columns)
        return {column.ref: column for column in every if column.ref in chosen}

    return states


def lasting_columns(session: Session, whom: Whom, now: datetime) -> set[ColumnRef]:
    """The columns that a beneficiary sees clear by approvals with no end."""
    grants = (one for one in session.grants.live_of([whom], now) if one.end is None)
    return {column for grant in grants for column in in_reach(session, grant)}


def as_person(session: Session, beneficiary: Person | Group) -> Person:
    """A beneficiary as policies look at it: a group as someone who is in it and holds nothing besides."""
    if isinstance(beneficiary, Person):
        return beneficiary
    held = session.people.held_by_group(beneficiary.id)
    return Person(
        id="",
        name=beneficiary.name,
        groups=frozenset({beneficiary.id}),
        attributes=held.attributes,
        permissions=held.permissions,
        domain_permissions=held.domain_permissions,
    )


def held_back(session: Session, grant: Grant, beneficiary: Person | Group) -> tuple[str, ...]:
    """What keeps a masking exception from showing its columns clear, as sentences; empty where nothing does."""
    sources = session.sources.many({column.source for column in grant.columns})
    keys = {(column.source, column.column) for column in grant.columns}
    found = columns_of(session, sources, as_person(session, beneficiary), keys)
    views = {(one.source.id, view.column.id): view for one in found for view in one.columns}
    return tuple(_kept_back(grant, views, set(in_reach(session, grant))))


def _kept_back(grant: Grant, views: Mapping[ColumnKey, ColumnView], counting: set[ColumnRef]) -> Iterator[str]:
    for column in grant.columns:
        view = views.get((column.source, column.column))
        if view is None:
            yield f"{column.name} is no longer there."
        elif column not in counting:
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
