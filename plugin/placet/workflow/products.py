"""The life of a data product: published, suspended, unpublished, deleted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from placet.domain.events import Event, ProductDeleted, ProductPublished, ProductSuspended, ProductUnpublished
from placet.domain.forms import Flow, FlowKind, RequestForm
from placet.domain.people import Person
from placet.domain.permissions import Action, Place, refuse_unless_may
from placet.domain.products import BadProduct, DataProduct, DataSource, ProductState, refuse_bad_product
from placet.domain.requests import RequiredSource
from placet.workflow.change import Change
from placet.workflow.refusals import NobodyCanDecide, WrongState
from placet.workflow.situation import Stewards, out_of_reach

REACHED_FROM: Mapping[ProductState, frozenset[ProductState]] = {
    ProductState.PUBLISHED: frozenset({ProductState.DRAFT, ProductState.SUSPENDED, ProductState.UNPUBLISHED}),
    ProductState.SUSPENDED: frozenset({ProductState.PUBLISHED}),
    ProductState.UNPUBLISHED: frozenset({ProductState.PUBLISHED, ProductState.SUSPENDED}),
    ProductState.DELETED: frozenset(ProductState) - {ProductState.DELETED},
}


@dataclass(frozen=True)
class Shelf:
    """What a handler knows around one product: its forms and sources, and who manages its domain."""

    product: DataProduct
    forms: tuple[RequestForm, ...]
    sources: tuple[DataSource, ...]
    now: datetime
    stewards: Stewards
    managers: frozenset[str] = frozenset()


def publish(actor: Person, shelf: Shelf) -> Change:
    """Put a product into the catalog. Raises BadProduct and NobodyCanDecide where a request for it could go nowhere."""
    refuse_unless_may(actor, Action.MANAGE_PRODUCT, Place(domain=shelf.product.domain))
    refuse_step(shelf.product, ProductState.PUBLISHED)
    refuse_bad_product(shelf.product)
    refuse_sources_elsewhere(shelf)
    refuse_undecidable(shelf)
    product = replace(shelf.product, state=ProductState.PUBLISHED, published_at=shelf.now)
    return Change(events=(_told(ProductPublished, actor, shelf),), product=product)


def suspend(actor: Person, shelf: Shelf) -> Change:
    """Stop access and determinations; the product stays in the catalog and its requests wait."""
    return _moved(actor, shelf, ProductState.SUSPENDED, ProductSuspended)


def unpublish(actor: Person, shelf: Shelf) -> Change:
    """Stop access and determinations, and take the product out of the catalog."""
    return _moved(actor, shelf, ProductState.UNPUBLISHED, ProductUnpublished)


def delete(actor: Person, shelf: Shelf) -> Change:
    """End a product; the service cancels its pending requests and revokes its grants in the same transaction."""
    return _moved(actor, shelf, ProductState.DELETED, ProductDeleted)


def _moved(actor: Person, shelf: Shelf, state: ProductState, event: type[Event]) -> Change:
    refuse_unless_may(actor, Action.MANAGE_PRODUCT, Place(domain=shelf.product.domain))
    refuse_step(shelf.product, state)
    return Change(events=(_told(event, actor, shelf),), product=replace(shelf.product, state=state))


def _told(event: type[Event], actor: Person, shelf: Shelf) -> Event:
    data = {"product": shelf.product.id, "product_name": shelf.product.name, "domain": shelf.product.domain}
    told = tuple(sorted(shelf.managers - {actor.id}))
    return event(actor.id, shelf.now, shelf.product.id, shelf.product.domain, data, told)


def refuse_step(product: DataProduct, state: ProductState) -> None:
    if product.state not in REACHED_FROM[state]:
        raise WrongState(f"`{product.name}` is {product.state}: it can't become {state} from there")


def refuse_sources_elsewhere(shelf: Shelf) -> None:
    """A product draws on at least one source, and only on sources of its domain."""
    if not shelf.product.sources:
        raise BadProduct(f"`{shelf.product.name}` has no data sources: add at least one")
    inside = {source.id for source in shelf.sources if shelf.product.domain in source.domains}
    if outside := [source for source in shelf.product.sources if source not in inside]:
        raise BadProduct(f"`{outside[0]}` is no data source of the domain `{shelf.product.domain}`: put it there first")


def refuse_undecidable(shelf: Shelf) -> None:
    """A form that no one could act on is refused here, and never approved by default."""
    for form in shelf.forms:
        _refuse_undecidable(shelf, form.flow)


def _refuse_undecidable(shelf: Shelf, flow: Flow) -> None:
    if flow.kind is FlowKind.AUTOMATIC:
        return
    sources = flow.sources if flow.kind is FlowKind.LISTED else shelf.product.stewards
    needed = tuple(RequiredSource(source.in_domain(shelf.product.domain)) for source in sources)
    if why := out_of_reach(needed, flow.quorum, shelf.stewards, frozenset()):
        raise NobodyCanDecide(f"no one could act on a request for `{shelf.product.name}`: {why}")
