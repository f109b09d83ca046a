"""What ends with columns: masking exceptions, and requests for them, of which nothing is left or not what was meant."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from placet.domain.products import DataProduct
from placet.domain.requests import AccessRequest, ColumnRef, Grant, Revocation
from placet.domain.sources import ColumnChanges
from placet.service.context import Context
from placet.service.grants import held_grant
from placet.service.leaving import locked_pending
from placet.service.situations import situation_of
from placet.storage import Session
from placet.workflow.change import Change
from placet.workflow.close import canceled
from placet.workflow.grants import end_grants

REASON = "its columns are gone from the data source"


def ended_with_columns(
    context: Context,
    session: Session,
    actor: str,
    changes: Mapping[str, ColumnChanges],
    products: Iterable[DataProduct],
) -> list[Change]:
    """The requests and grants that end, after sources were kept with changes of their columns, by id of the source.

    An id that no column has is never given again, so that an exception for it shows nothing; the rest of what was
    approved together with it stays. Where an id stands for another column now, all of it ends.
    """
    lost = {id: one for id, one in changes.items() if one.gone or one.reused}
    if not lost:
        return []
    pending = {request.id for product in products for request in session.requests.pending_for(product.id)}
    requests = [one for one in locked_pending(session, pending) if _over(session, one, lost)]
    closed = [canceled(one, situation_of(context, session, one), actor, REASON) for one in requests]
    return [*closed, *_grants_ended(context, session, actor, lost)]


def _grants_ended(
    context: Context, session: Session, actor: str, lost: Mapping[str, ColumnChanges]
) -> Iterable[Change]:
    """Each grant once, also where it renews another that ends."""
    now = context.clock.now()
    found = {
        grant.id for id, one in lost.items() for grant in session.grants.clearing(id, {*one.gone, *one.reused}, now)
    }
    ended = set[str]()
    for id in sorted(found):
        held = held_grant(context, session, id)
        if id not in ended and held.grant.live_at(now) and _over(session, held.grant, lost):
            change = end_grants(held, Revocation(actor, now, REASON))
            ended |= {grant.id for grant in change.grants}
            yield change


def _over(session: Session, asked: AccessRequest | Grant, lost: Mapping[str, ColumnChanges]) -> bool:
    """Whether no column of it is left, or one of its ids stands for another column now."""
    if any(one.source in lost and one.column in lost[one.source].reused for one in asked.columns):
        return True
    concerned = any(one.source in lost and one.column in lost[one.source].gone for one in asked.columns)
    return concerned and not any(_there(session, one) for one in asked.columns)


def _there(session: Session, column: ColumnRef) -> bool:
    source = session.sources.get(column.source)
    return source is not None and column.column in {one.id for one in source.columns}
