"""What ends with columns that are gone: the masking exceptions on them, and the requests that ask for them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from placet.domain.people import Person
from placet.domain.products import DataProduct
from placet.domain.requests import ColumnRef, Grant, Revocation
from placet.service.context import Context, known_product, known_request
from placet.service.situations import benefiting, situation_of
from placet.storage import Session
from placet.workflow.change import Change
from placet.workflow.close import canceled
from placet.workflow.grants import Held, without_columns


def ended_with_columns(
    context: Context, session: Session, actor: Person, products: Iterable[DataProduct], gone: frozenset[ColumnRef]
) -> Iterator[Change]:
    """Pending requests for any of these columns, canceled, and exceptions without them; whose have no others, revoked.

    A number may mean another column one day, so nothing may hang on one that is gone. `products` are those that hold
    the sources now, kept from changing until the transaction ends.
    """
    if not gone:
        return
    for product in products:
        for known in session.requests.pending_for(product.id):
            request = session.requests.lock(known.id) if set(known.columns) & gone else None
            if request and not request.final:
                names = ", ".join(sorted(column.name for column in request.columns if column in gone))
                yield canceled(request, situation_of(context, session, request), actor.id, f"no longer there: {names}")
    for grant in _on(context, session, gone):
        yield without_columns(
            _held(context, session, grant), gone, Revocation(actor.id, context.clock.now(), "columns dropped")
        )


def _on(context: Context, session: Session, gone: frozenset[ColumnRef]) -> Iterator[Grant]:
    """The live exceptions on some of the columns, each locked."""
    now = context.clock.now()
    sources = sorted({column.source for column in gone})
    ids = {
        grant.id
        for source in sources
        for grant in session.grants.clearing(source, {one.column for one in gone if one.source == source}, now)
    }
    for id in sorted(ids):
        grant = session.grants.lock(id)
        if grant and grant.live_at(now):
            yield grant


def _held(context: Context, session: Session, grant: Grant) -> Held:
    party = benefiting(session, grant.whom) | {known_request(session, grant.request).requester}
    return Held(grant, known_product(session, grant.product), context.clock.now(), party=party)
