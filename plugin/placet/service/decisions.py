"""Whether someone may read a data source, and why: the answer every platform has to give too."""

from __future__ import annotations

from datetime import datetime

from placet.domain.errors import NotFound
from placet.domain.people import Person
from placet.domain.permissions import Action, Place, refuse_unless_may
from placet.domain.policies import DataPolicy, filtering
from placet.domain.products import Column, DataSource
from placet.domain.requests import held_as
from placet.emitter.evaluate import filters_on, may_read, sight_of
from placet.emitter.policy import Desired
from placet.service.context import Context, person_known, refuse_inactive
from placet.service.desired import desired_for
from placet.service.source_views import in_sight
from placet.service.views import ColumnDecision, Decision
from placet.storage import Session


class Decisions:
    """Answer questions about access from what is known here, without asking a platform."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def decide(
        self, actor: Person, person: str, source: str, at: datetime | None = None, scoped: bool = False
    ) -> Decision:
        """Whether a person may read a source at an instant (now by default), what of it, and why.

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
            desired = desired_for(session, asked, [known], instant)
            answer = may_read(desired, asked.id, known.id, instant)
            if person == actor.id and not answer.allowed and not _knows(session, asked, known):
                raise unknown
        columns = tuple(_column(desired, asked.id, known, column, instant) for column in known.columns)
        filters = tuple(_rows(policy, known) for policy in filters_on(desired, asked.id, known.id))
        return Decision(person, source, instant, answer.allowed, answer.reasons, columns, filters)


def _knows(session: Session, person: Person, source: DataSource) -> bool:
    """Whether someone sees a source, or was given a product that holds it, whatever has become of that."""
    holding = [product.id for product in session.products.holding(source.id)]
    return in_sight(session, person, source) or bool(session.grants.held_on(held_as(person), holding))


def _column(desired: Desired, person: str, source: DataSource, column: Column, at: datetime) -> ColumnDecision:
    sight = sight_of(desired, person, source.id, column.id, at)
    shown = "clear" if sight.clear else str(sight.mask or "nothing at all (NULL)")
    return ColumnDecision(column.name, sight.clear, shown, sight.reasons)


def _rows(policy: DataPolicy, source: DataSource) -> str:
    """Which rows a policy lets through, in words."""
    [(_, looked_at)] = filtering([policy], source)
    names = [column.name for column in source.columns if column.id in looked_at]
    if not names:
        return f"the data policy `{policy.name}` lets no row through: its columns are gone"
    return f"the data policy `{policy.name}` shows rows whose {' and '.join(names)} is {policy.filter}"
