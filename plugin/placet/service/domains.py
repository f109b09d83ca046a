"""Domains as commands and views."""

from __future__ import annotations

from dataclasses import replace

from placet.domain.events import DomainSaved
from placet.domain.people import Person
from placet.domain.permissions import Action, refuse_unless_may
from placet.domain.products import BadProduct, Domain
from placet.service.context import Context, new_id, refuse_inactive
from placet.service.saving import tell


class Domains:
    """Make and list domains."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def all(self, actor: Person) -> list[Domain]:
        """Every domain, by name."""
        refuse_inactive(actor)
        with self._context.store.reading() as session:
            return session.domains.all()

    def save(self, actor: Person, domain: Domain) -> Domain:
        """Make a domain, or describe it anew; an empty id is filled in."""
        refuse_unless_may(actor, Action.SHAPE_DOMAINS)
        if not domain.name.strip():
            raise BadProduct("a domain needs a name")
        made = replace(domain, id=domain.id or new_id())
        with self._context.transaction() as transaction:
            transaction.session.domains.save(made)
            event = DomainSaved(actor.id, self._context.clock.now(), made.id, made.id, {"name": made.name})
            tell(transaction, [event])
        return made
