"""Whether someone may read a data source, and why: the answer every platform has to give too."""

from __future__ import annotations

from datetime import datetime

from placet.domain.errors import NotFound
from placet.domain.people import Person
from placet.domain.permissions import Action, Place, refuse_unless_may
from placet.domain.products import DataSource
from placet.domain.requests import held_as
from placet.emitter.evaluate import may_read
from placet.service.context import Context, person_known, refuse_inactive
from placet.service.desired import desired_for
from placet.service.source_views import in_sight
from placet.service.views import Decision
from placet.storage import Session


class Decisions:
    """Answer questions about access from what is known here, without asking a platform."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def decide(
        self, actor: Person, person: str, source: str, at: datetime | None = None, scoped: bool = False
    ) -> Decision:
        """Whether a person may read a source at an instant (now by default), with the reasons.

        Anyone may ask about themselves; about others see the permission table. `scoped` says whether the actor
        asks by a token with the scope for that. Raises NotFound, and likewise for a source that who asks about
        themselves neither sees nor was given by a product that holds it: no id tells that it is there.
        """
        refuse_inactive(actor)
        if person != actor.id:
            refuse_unless_may(actor, Action.ASK_DECISION, Place(scoped=scoped))
        unknown = NotFound(f"no data source that you may see has the id `{source}`")
        instant = at or self._context.clock.now()
        with self._context.store.reading() as session:
            asked, known = person_known(session, person), session.sources.get(source)
            if known is None:
                raise unknown
            answer = may_read(desired_for(session, asked, known, instant), asked.id, known.id, instant)
            if person == actor.id and not answer.allowed and not _knows(session, asked, known):
                raise unknown
        return Decision(person, source, instant, answer.allowed, answer.reasons)


def _knows(session: Session, person: Person, source: DataSource) -> bool:
    """Whether someone sees a source, or was given a product that holds it, whatever has become of that."""
    given = {grant.product for grant in session.grants.held_by(held_as(person))}
    return in_sight(session, person, source) or any(one.id in given for one in session.products.holding(source.id))
