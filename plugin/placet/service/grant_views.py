"""Grants as views."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from placet.domain.errors import NotFound
from placet.domain.people import Person
from placet.domain.permissions import Action, Place, may
from placet.domain.requests import Grant, Whom, held_as
from placet.service.context import Context, known_grant, known_product, refuse_inactive
from placet.service.products import is_steward, stewarded
from placet.service.reading import grant_place, grant_views, may_revoke, owned_by
from placet.service.views import GrantView, Page
from placet.storage import Session


class GrantViews:
    """Read grants: one's own, and those of the products whose members one may see."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def get(self, actor: Person, id: str) -> GrantView:
        """One grant. Raises NotFound also where it is not for the actor's eyes."""
        refuse_inactive(actor)
        with self._context.store.reading() as session:
            grant = session.grants.get(id)
            if grant is None or not self._seen(session, [grant], actor):
                raise NotFound(f"no grant that you may see has the id `{id}`")
            return grant_views(session, [grant], self._context.clock.now())[id]

    def list(
        self,
        actor: Person,
        *,
        product: str = "",
        whom: Whom | None = None,
        cursor: str = "",
        limit: int | None = None,
    ) -> Page[GrantView]:
        """Grants on one product, or of one beneficiary, the latest first: by default the actor's and their groups'."""
        refuse_inactive(actor)
        with self._context.store.reading() as session:
            if product:
                whose = None if self._sees_all(session, product, actor) else Whom(actor.id)
                page = session.grants.of_product(product, cursor or None, self._context.page_size(limit), whose)
            else:
                whoms = [whom] if whom else held_as(actor)
                page = session.grants.page(whoms, cursor or None, self._context.page_size(limit))
            seen = self._seen(session, page.items, actor)
            return Page(tuple(grant_views(session, seen, self._context.clock.now()).values()), page.next)

    def may_revoke(self, actor: Person, id: str) -> bool:
        """Whether the actor may end a grant now. Raises NotFound."""
        with self._context.store.reading() as session:
            return may_revoke(session, actor, known_product(session, known_grant(session, id).product))

    def _sees_all(self, session: Session, product: str, actor: Person) -> bool:
        """Whether the actor sees the grants of everyone on a product."""
        known = session.products.get(product)
        place = known and Place(known.domain, steward=is_steward(session, actor, known))
        return bool(place and may(actor, Action.READ_GRANT, place))

    def _seen(self, session: Session, grants: Iterable[Grant], actor: Person) -> Sequence[Grant]:
        """Those of the grants that the actor may see."""
        found, owned = list(grants), owned_by(session, actor)
        products = {product.id: product for product in session.products.many(grant.product for grant in found)}
        steward = stewarded(session, actor, products.values())
        return [
            grant
            for grant in found
            if may(
                actor,
                Action.READ_GRANT,
                grant_place(grant, products[grant.product], actor, owned, grant.product in steward),
            )
        ]
