"""Asking for another what can't be asked for: who asks learns no reason, and the other learns that they asked."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from placet.domain.events import RequestRefused
from placet.domain.people import Person
from placet.domain.requests import Whom
from placet.service.context import Context
from placet.service.product_views import sees
from placet.service.saving import tell
from placet.service.situations import benefiting
from placet.workflow.columns import BadColumnsForThem
from placet.workflow.commands import SubmitRequest
from placet.workflow.refusals import NotForThem

AGAIN_AFTER = timedelta(days=1)
"""How long nobody is told again that someone asked for the same product for them; of one they may not see, never."""


@contextmanager
def told_of_attempts(context: Context, actor: Person, *commands: SubmitRequest) -> Iterator[None]:
    """Where one of the commands is refused so, tell its beneficiary; what was under way is rolled back."""
    try:
        yield
    except (NotForThem, BadColumnsForThem) as refusal:
        refused = {command.product: command for command in commands}
        _tell_of(context, actor, refused[str(refusal.facts.get("product", commands[0].product))])
        raise


def _tell_of(context: Context, actor: Person, command: SubmitRequest) -> None:
    now = context.clock.now()
    with context.transaction() as transaction:
        session = transaction.session
        product = session.products.get(command.product)
        told = benefiting(session, Whom(command.beneficiary, command.beneficiary_kind)) - {actor.id}
        seeing = [person.id for person in session.people.many(sorted(told)) if product and sees(person, product)]
        told_before, since = session.notifications.told_since, now - AGAIN_AFTER
        tells = tuple(one for one in seeing if not told_before(one, RequestRefused.type, command.product, since))
        if product and tells:
            data = {
                "product": product.id,
                "product_name": product.name,
                "type": command.type.value,
                "requester": actor.id,
                "beneficiary": command.beneficiary,
            }
            tell(transaction, [RequestRefused(actor.id, now, product.id, product.domain, data, tells)])
