"""The life of a data product: published, suspended, unpublished, deleted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from placet.domain.events import Event, ProductDeleted, ProductPublished, ProductSuspended, ProductUnpublished
from placet.domain.forms import Flow, FlowKind, RequestForm
from placet.domain.people import Person
from placet.domain.permissions import Action, Place, refuse_unless_may
from placet.domain.products import BadProduct, DataProduct, DataSource, ProductState, refuse_bad_product
from placet.domain.requests import RequiredSource
from placet.workflow.change import Change
from placet.workflow.refusals import NobodyCanDecide, WrongState
from placet.workflow.situation import Stewards, out_of_reach


class Step(StrEnum):
    """What can be done with a product that is there."""

    CHANGE = "change"
    PUBLISH = "publish"
    SUSPEND = "suspend"
    UNPUBLISH = "unpublish"
    DELETE = "delete"


_DRAFT, _PUBLISHED, _SUSPENDED, _UNPUBLISHED, _DELETED = ProductState
_OVER = "is deleted, and its history stays as it is: make another product"

TRANSITIONS: Mapping[Step, Mapping[ProductState, ProductState | str]] = {
    Step.CHANGE: {state: state for state in ProductState} | {_DELETED: _OVER},
    Step.PUBLISH: {
        _DRAFT: _PUBLISHED,
        _PUBLISHED: "is published already",
        _SUSPENDED: _PUBLISHED,
        _UNPUBLISHED: _PUBLISHED,
        _DELETED: _OVER,
    },
    Step.SUSPEND: {
        _DRAFT: "is a draft, and nobody has access to it: there is nothing to suspend",
        _PUBLISHED: _SUSPENDED,
        _SUSPENDED: "is suspended already",
        _UNPUBLISHED: "is unpublished, which stops all access: publish it first",
        _DELETED: _OVER,
    },
    Step.UNPUBLISH: {
        _DRAFT: "is a draft, and not in the catalog",
        _PUBLISHED: _UNPUBLISHED,
        _SUSPENDED: _UNPUBLISHED,
        _UNPUBLISHED: "is unpublished already",
        _DELETED: _OVER,
    },
    Step.DELETE: dict.fromkeys(ProductState, _DELETED) | {_DELETED: "is deleted already"},
}
"""For each step and state: where it leads, or why it is refused."""


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
    state = after(shelf.product, Step.PUBLISH)
    refuse_bad_product(shelf.product)
    refuse_without_sources(shelf.product)
    refuse_sources_elsewhere(shelf, shelf.product.sources)
    refuse_idle_stewards(shelf)
    refuse_undecidable(shelf)
    product = replace(shelf.product, state=state, published_at=shelf.now)
    return Change(events=(_told(ProductPublished, actor, shelf),), product=product)


def suspend(actor: Person, shelf: Shelf) -> Change:
    """Stop access and determinations; the product stays in the catalog and its requests wait."""
    return _moved(actor, shelf, Step.SUSPEND, ProductSuspended)


def unpublish(actor: Person, shelf: Shelf) -> Change:
    """Stop access and determinations, and take the product out of the catalog."""
    return _moved(actor, shelf, Step.UNPUBLISH, ProductUnpublished)


def delete(actor: Person, shelf: Shelf) -> Change:
    """End a product; the service cancels its pending requests and revokes its grants in the same transaction."""
    return _moved(actor, shelf, Step.DELETE, ProductDeleted)


def _moved(actor: Person, shelf: Shelf, step: Step, event: type[Event]) -> Change:
    refuse_unless_may(actor, Action.MANAGE_PRODUCT, Place(domain=shelf.product.domain))
    product = replace(shelf.product, state=after(shelf.product, step))
    return Change(events=(_told(event, actor, shelf),), product=product)


def _told(event: type[Event], actor: Person, shelf: Shelf) -> Event:
    data = {"product": shelf.product.id, "product_name": shelf.product.name, "domain": shelf.product.domain}
    told = tuple(sorted(shelf.managers - {actor.id}))
    return event(actor.id, shelf.now, shelf.product.id, shelf.product.domain, data, told)


def after(product: DataProduct, step: Step) -> ProductState:
    """The state that a step leads to. Raises WrongState where there is no such step from here."""
    led = TRANSITIONS[step][product.state]
    if isinstance(led, ProductState):
        return led
    raise WrongState(f"`{product.name}` {led}")


def steps_from(state: ProductState) -> frozenset[Step]:
    """The steps that can be taken from a state."""
    return frozenset(step for step in Step if isinstance(TRANSITIONS[step][state], ProductState))


def refuse_without_sources(product: DataProduct) -> None:
    if not product.sources:
        raise BadProduct(f"`{product.name}` has no data sources: add at least one")


def refuse_sources_elsewhere(shelf: Shelf, wanted: Iterable[str]) -> None:
    """A product draws only on sources of its domain; raises BadProduct for the first of `wanted` that is in no such."""
    inside = {source.id for source in shelf.sources if shelf.product.domain in source.domains}
    if outside := [source for source in wanted if source not in inside]:
        raise BadProduct(f"`{outside[0]}` is no data source of the domain `{shelf.product.domain}`: put it there first")


def refuse_idle_stewards(shelf: Shelf) -> None:
    """A product lists stewards only where a form asks them; others would be taken for those who decide."""
    if shelf.product.stewards and all(form.flow.kind is not FlowKind.DELEGATED for form in shelf.forms):
        raise BadProduct(
            f"`{shelf.product.name}` lists stewards of its own, and no form of it asks them: "
            "leave them out, or take a form that leaves the choice to the product"
        )


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
