"""A person's basket: the data products that they want to ask for at once."""

from __future__ import annotations

from dataclasses import dataclass

from placet.domain.forms import RequestForm
from placet.domain.people import Person
from placet.domain.products import DataProduct, ProductState
from placet.domain.requests import RequestType, Whom
from placet.service.basket_items import MOST_ITEMS, BadBasket
from placet.service.context import Context, known_form, refuse_inactive
from placet.service.product_views import in_sight, sees
from placet.storage import Session
from placet.workflow.refusals import ProductNotPublished


@dataclass(frozen=True)
class BasketItem:
    """A data product in a basket, with its form; or why nobody can ask for it now.

    What has left the owner's sight has no `product`. `open_request` is the owner's own open request for it, `lasting`
    says that they have access with no end: both keep them from asking for themselves, and not from asking for others.
    """

    id: str
    product: DataProduct | None = None
    form: RequestForm | None = None
    why_not: str = ""
    open_request: str = ""
    lasting: bool = False


class Baskets:
    """Put data products together, see them, and take them out again; `requests.submit_all` asks for them."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def contents(self, actor: Person) -> list[BasketItem]:
        """What is in the actor's basket, in the order in which it was put there."""
        refuse_inactive(actor)
        with self._context.store.reading() as session:
            ids = session.baskets.of(actor.id)
            products = {product.id: product for product in session.products.many(ids)}
            return [self._item(session, products[id], actor) for id in ids]

    def add(self, actor: Person, product: str) -> None:
        """Put a product into the basket; one that is there stays.

        Raises NotFound, ProductNotPublished, and BadBasket where the basket is full.
        """
        with self._context.transaction() as transaction:
            session = transaction.session
            session.baskets.hold(actor.id)
            wanted = in_sight(session.products.share(product), product, actor)
            if why := unrequestable(wanted):
                raise ProductNotPublished(why)
            inside = session.baskets.of(actor.id)
            if product not in inside and len(inside) >= MOST_ITEMS:
                raise BadBasket(f"the basket holds {MOST_ITEMS} data products: ask for them, or take one out")
            session.baskets.add(actor.id, product, self._context.clock.now())

    def remove(self, actor: Person, product: str) -> None:
        """Take a product out of the basket, where it is in it."""
        refuse_inactive(actor)
        with self._context.transaction() as transaction:
            transaction.session.baskets.remove(actor.id, [product])

    def _item(self, session: Session, product: DataProduct, actor: Person) -> BasketItem:
        if not sees(actor, product):
            return BasketItem(product.id, why_not="it is not in the catalog for you any more")
        if why := unrequestable(product):
            return BasketItem(product.id, product, why_not=why)
        type, now = RequestType.DATA_ACCESS, self._context.clock.now()
        form = known_form(session, product.form, product.form_version)
        asked = session.requests.open_for(Whom(actor.id), product.id, type)
        held = session.grants.live_for(Whom(actor.id), product.id, type, now)
        lasting = any(grant.end is None for grant in held)
        return BasketItem(product.id, product, form, "", asked.id if asked else "", lasting)


def unrequestable(product: DataProduct) -> str:
    """Why nobody can ask for a product now, in words, or nothing."""
    published = product.state is ProductState.PUBLISHED
    return "" if published else f"`{product.name}` is {product.state}: nobody can ask for it now"
