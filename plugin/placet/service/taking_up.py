"""Bringing later versions of forms to data products, and what waits to be taken up."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from placet.domain.form_changes import Difference, deciding_differences, differences
from placet.domain.forms import RequestForm
from placet.domain.people import Person
from placet.domain.permissions import Action, Place, refuse_unless_may
from placet.domain.products import DataProduct
from placet.domain.requests import RequestType
from placet.service.context import Context, Transaction, known_form, known_product
from placet.service.product_views import seen_product
from placet.service.products import locked_product
from placet.service.saving import tell
from placet.service.shelves import shelf_around
from placet.storage import Session
from placet.workflow.change import Change
from placet.workflow.commands import TakeUpFormVersion
from placet.workflow.take_up import named_form, reach, take_up


@dataclass(frozen=True)
class WaitingForm:
    """The version of a form by which a product asks, the latest, and what that says otherwise."""

    product: DataProduct
    present: RequestForm
    latest: RequestForm
    deciding: tuple[Difference, ...]
    every: tuple[Difference, ...]


class FormTakeUps:
    """Take later versions of forms into use on products."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def waiting_form(self, actor: Person, product: str, type: RequestType = RequestType.DATA_ACCESS) -> WaitingForm:
        """What taking up the latest version would change; nothing where the product asks by it. Raises Forbidden."""
        with self._context.store.reading() as session:
            seen = seen_product(session, product, actor)
            refuse_unless_may(actor, Action.TAKE_UP_FORM, Place(domain=seen.domain))
            id, version = named_form(seen, type)
            present, latest = known_form(session, id, version), known_form(session, id)
            changed = deciding_differences(present, latest), differences(present, latest)
            return WaitingForm(seen, present, latest, *changed)

    def take_up_form(
        self,
        actor: Person,
        product: str,
        version: int | None = None,
        *,
        type: RequestType = RequestType.DATA_ACCESS,
        revision: int | None = None,
    ) -> DataProduct:
        """Let a product ask by a later version of its form, the latest where none is named."""
        with self._context.transaction() as transaction:
            session = transaction.session
            asked = locked_product(session, actor, product, revision, Action.TAKE_UP_FORM)
            later = known_form(session, named_form(asked, type)[0], version)
            command = TakeUpFormVersion(product, later.version, type)
            shelf = shelf_around(self._context, session, asked)
            keep(transaction, [take_up(command, actor, shelf, later)])
            return known_product(session, product)


def keep(transaction: Transaction, changes: Sequence[Change]) -> None:
    """Write the products that ask by another version, and tell of it; nothing of it concerns the data platforms."""
    for change in changes:
        if change.product:
            transaction.session.products.save(change.product)
    tell(transaction, [event for change in changes for event in change.events])


def reached(
    context: Context, session: Session, actor: Person, edited: RequestForm, at_once: Callable[[DataProduct], bool]
) -> list[Change]:
    """What an edit changes in the products that ask by the form, or leaves to be taken up: all, where not `at_once`.

    Each product is locked, in the order of their ids, so that two transactions never wait on each other.
    """
    locked = [session.products.lock(found.id) for found in session.products.asking_by(edited.id)]
    return [_reached(context, session, actor, edited, product, at_once(product)) for product in locked if product]


def _reached(
    context: Context, session: Session, actor: Person, edited: RequestForm, product: DataProduct, at_once: bool
) -> Change:
    """One product, by each type of request that the form is for there."""
    whole = Change(events=())
    for type in RequestType:
        now = whole.product or product
        id, version = now.form_for(type) or ("", 0)
        if id == edited.id:
            present = known_form(session, id, version)
            change = reach(actor, shelf_around(context, session, now), present, edited, type, at_once=at_once)
            whole = Change((*whole.events, *change.events), product=change.product or whole.product)
    return whole
