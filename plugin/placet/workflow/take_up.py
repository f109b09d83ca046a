"""How a later version of a form reaches a data product: by itself, or taken up by who manages the product."""

from __future__ import annotations

from dataclasses import replace

from placet.domain.events import Event, ProductFormChanged, ProductFormWaiting
from placet.domain.forms import RequestForm, decides_alike
from placet.domain.people import Person
from placet.domain.permissions import Action, Place, refuse_unless_may
from placet.domain.products import DataProduct, ProductState
from placet.domain.requests import RequestType
from placet.workflow.change import Change
from placet.workflow.commands import TakeUpFormVersion
from placet.workflow.products import Shelf, refuse_undecidable
from placet.workflow.refusals import NobodyCanDecide, WrongState


def at_version(product: DataProduct, type: RequestType, version: int) -> DataProduct:
    """The product with another version of the form by which this is asked for."""
    if type is RequestType.DATA_ACCESS:
        return replace(product, form_version=version)
    return replace(product, masking_form_version=version)


def named_form(product: DataProduct, type: RequestType) -> tuple[str, int]:
    """The form, with its version, by which this is asked for. Raises WrongState where nobody can ask for it."""
    if named := product.form_for(type):
        return named
    raise WrongState(f"`{product.name}` has no form for {type}: give it one first")


def take_up(command: TakeUpFormVersion, actor: Person, shelf: Shelf, later: RequestForm) -> Change:
    """Let a product ask by a later version of its form; open requests keep the version they have.

    Raises Forbidden, WrongState, and NobodyCanDecide where no one could act on a request by it.
    """
    product = shelf.product
    refuse_unless_may(actor, Action.TAKE_UP_FORM, Place(domain=product.domain))
    if product.state is ProductState.DELETED:
        raise WrongState(f"`{product.name}` is deleted: its history stays as it is")
    _, present = named_form(product, command.type)
    if later.version <= present:
        raise WrongState(f"`{product.name}` asks by version {present} of `{later.name}`: only a later one is taken up")
    if product.state is not ProductState.DRAFT:
        refuse_undecidable(replace(shelf, forms=(later,)))
    return _changed(actor, shelf, later, command.type)


def reach(
    actor: Person, shelf: Shelf, present: RequestForm, edited: RequestForm, asked: RequestType, *, at_once: bool = True
) -> Change:
    """The product with the version that was made just now, where that decides as the present one does.

    Otherwise, where it is not `at_once` the actor's to bring here, and where no one could act on the product at
    present, it is left as it is, and who manages it is told that the version waits to be taken up.
    """
    if at_once and decides_alike(present, edited) and _decidable(replace(shelf, forms=(present,))):
        return _changed(actor, shelf, edited, asked)
    return Change(events=(_told(ProductFormWaiting, actor, shelf, edited, asked),))


def _decidable(shelf: Shelf) -> bool:
    try:
        refuse_undecidable(shelf)
    except NobodyCanDecide:
        return shelf.product.state is ProductState.DRAFT
    return True


def _changed(actor: Person, shelf: Shelf, form: RequestForm, asked: RequestType) -> Change:
    event = _told(ProductFormChanged, actor, shelf, form, asked)
    return Change(events=(event,), product=at_version(shelf.product, asked, form.version))


def _told(event: type[Event], actor: Person, shelf: Shelf, form: RequestForm, asked: RequestType) -> Event:
    product = shelf.product
    data = {
        "product": product.id,
        "product_name": product.name,
        "domain": product.domain,
        "type": asked.value,
        "form": form.id,
        "form_name": form.name,
        "version": form.version,
    }
    told = tuple(sorted(shelf.managers - {actor.id}))
    return event(actor.id, shelf.now, product.id, product.domain, data, told)
