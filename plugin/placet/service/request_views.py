"""Access requests as views: one's own, those waiting for one, one with its card."""

from __future__ import annotations

import logging

from placet.domain.errors import NotFound
from placet.domain.people import Person
from placet.domain.requests import AccessRequest, RequestStatus, RequestType, Whom
from placet.service.context import Context, known_product, refuse_inactive
from placet.service.inbox import determinable
from placet.service.reading import may_read, owned_by, reader_of, request_cards
from placet.service.review import review_of
from placet.service.review_values import Review
from placet.service.situations import situation_of
from placet.service.views import Page, RequestCard
from placet.service.withholding import as_shown
from placet.storage import Session

log = logging.getLogger("placet.service")


class RequestViews:
    """Read access requests, as far as the actor may."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def get(self, actor: Person, id: str) -> RequestCard:
        """One request. Raises NotFound also where the actor may not read it, so that ids tell nothing."""
        with self._context.store.reading() as session:
            request = readable_request(session, id, actor)
            shown = as_shown(session, request, known_product(session, request.product), actor)
            return request_cards(session, [shown], self._context.clock.now())[0]

    def mine(
        self, actor: Person, cursor: str = "", limit: int | None = None, status: RequestStatus | None = None
    ) -> Page[RequestCard]:
        """The requests the actor made, the newest first."""
        return self.list(actor, requester=actor.id, status=status, cursor=cursor, limit=limit)

    def list(
        self,
        actor: Person,
        *,
        product: str | None = None,
        status: RequestStatus | None = None,
        requester: str | None = None,
        whom: Whom | None = None,
        type: RequestType | None = None,
        cursor: str = "",
        limit: int | None = None,
    ) -> Page[RequestCard]:
        """Requests that the actor may read, the newest first."""
        refuse_inactive(actor)
        with self._context.store.reading() as session:
            page = session.requests.page(
                requester=requester,
                whom=whom,
                type=type,
                product=product,
                status=status,
                cursor=cursor or None,
                limit=self._context.page_size(limit),
                reader=reader_of(actor, owned_by(session, actor)),
            )
            return self._cards(session, page, actor)

    def inbox(self, actor: Person, cursor: str = "", limit: int | None = None) -> Page[RequestCard]:
        """Pending requests that wait for a determination of the actor, the oldest first.

        Steward sources find them; the eligibility rules then leave out those the actor may not determine.
        """
        refuse_inactive(actor)
        with self._context.store.reading() as session:
            page = session.requests.inbox(
                actor.source_keys(), excluding=actor.id, cursor=cursor or None, limit=self._context.page_size(limit)
            )
            mine = determinable(self._context, session, page.items, actor)
            cards = request_cards(session, mine, self._context.clock.now())
            return Page(tuple(cards), page.next)

    def review(self, actor: Person, id: str) -> Review:
        """Everything about one request on one screen."""
        with self._context.store.reading() as session:
            request = readable_request(session, id, actor)
            rules = self._context.rulebooks.pinned(session, request.packs)
            return review_of(session, request, actor, rules, situation_of(self._context, session, request))

    def _cards(self, session: Session, page: Page[AccessRequest], actor: Person) -> Page[RequestCard]:
        products = {product.id: product for product in session.products.many({one.product for one in page.items})}
        owned = owned_by(session, actor)
        readable = [one for one in page.items if may_read(one, products[one.product], actor, owned)]
        shown = [as_shown(session, one, products[one.product], actor) for one in readable]
        return Page(tuple(request_cards(session, shown, self._context.clock.now())), page.next)


def readable_request(session: Session, id: str, viewer: Person) -> AccessRequest:
    """The request, or NotFound for one that is not there or not for the viewer's eyes."""
    refuse_inactive(viewer)
    request = session.requests.get(id)
    product = request and session.products.get(request.product)
    if not request or not product or not may_read(request, product, viewer, owned_by(session, viewer)):
        raise NotFound(f"no request that you may read has the id `{id}`")
    return request
