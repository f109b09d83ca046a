"""Several data products that are asked for at once: what is said of each, and what is refused of all."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from placet.domain.errors import AlreadyThere, Invalid, PlacetError
from placet.domain.people import Person
from placet.domain.requests import RequestType, Whom
from placet.service.context import new_id
from placet.workflow.commands import SubmitRequest
from placet.workflow.refusals import RequestOpen

MOST_ITEMS = 20
"""Data products that can be asked for at once: each is a request of its own, and all are judged in one transaction."""


class BadBasket(Invalid):
    code = "bad-basket"
    title = "These can't be asked for at once"


@dataclass(frozen=True)
class Item:
    """Access to one data product, with the answers to its form; `read` is the form and version that was answered."""

    product: str
    answers: Mapping[str, object] = field(default_factory=dict, hash=False)
    accepts_agreement: bool = False
    read: tuple[str, int] | None = None


def refuse_bad_basket(items: Sequence[Item]) -> None:
    """Raises BadBasket where there are no items, too many, or two for one product."""
    if not 1 <= len(items) <= MOST_ITEMS:
        raise BadBasket(f"1 to {MOST_ITEMS} data products can be asked for at once, not {len(items)}")
    products = [item.product for item in items]
    if twice := next((one for one in products if products.count(one) > 1), None):
        raise BadBasket(f"`{twice}` is asked for twice: leave one of them out", product=twice)


def command_for(actor: Person, whom: Whom, item: Item) -> SubmitRequest:
    """The command that asks for one of the items."""
    return SubmitRequest(
        id=new_id(),
        grant=new_id(),
        requester=actor.id,
        beneficiary=whom.id,
        beneficiary_kind=whom.kind,
        product=item.product,
        type=RequestType.DATA_ACCESS,
        answers=item.answers,
        accepts_agreement=item.accepts_agreement,
        read=item.read,
    )


@contextmanager
def naming(product: str) -> Iterator[None]:
    """What is refused of one product among several says of which."""
    try:
        yield
    except AlreadyThere:
        refusal = opened_meanwhile()
        refusal.facts = {"product": product}
        raise refusal from None
    except PlacetError as error:
        error.facts = {**error.facts, "product": product}
        raise


def opened_meanwhile() -> RequestOpen:
    """What is said where another request was faster."""
    return RequestOpen("a request for this product and beneficiary was opened at this moment: see it")
