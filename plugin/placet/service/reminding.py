"""Telling people of what is due: ends that come, and requests that wait for them."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from placet.domain.errors import PlacetError
from placet.domain.reminders import About, Reminder
from placet.domain.requests import AccessRequest
from placet.service.context import Context, known_request, steady_product_of
from placet.service.grants import held_around
from placet.service.reading import in_force
from placet.service.saving import save
from placet.service.situations import situation_of
from placet.storage import Session
from placet.workflow.commands import RemindOfEnd, RemindStewards
from placet.workflow.known import Known
from placet.workflow.remind import remind_of_end, remind_stewards
from placet.workflow.situation import Situation

log = logging.getLogger("placet.service")

BATCH = 100

PUT_OFF = timedelta(hours=1)
"""How long what can't be told now waits: that of a suspended product, or of rules that give no answer."""

AT_ONCE = 50
"""Stewards about whom the rules are asked in one question."""


class Reminding:
    """Safe to run twice and by several workers at once: what is due is looked at again under the lock of its subject.

    What was missed while nothing ran is told once.
    """

    def __init__(self, context: Context) -> None:
        self._context = context
        self._tell = {About.GRANT: self.of_end, About.REQUEST: self.of_request}

    def run(self) -> int:
        """Tell of everything that is due; of how many grants and requests people were reminded."""
        now = self._context.clock.now()
        with self._context.store.reading() as session:
            due = dict.fromkeys((one.about, one.subject) for one in session.reminders.due(now, BATCH))
        return sum(self._told(about, subject, now) for about, subject in due)

    def of_end(self, grant: str) -> bool:
        """Remind those whom a grant concerns that it ends; whether there was something to tell."""
        with self._context.transaction() as transaction:
            session = transaction.session
            held = held_around(session, grant, self._context.clock.now())
            people = {
                person.id: person for person in session.people.many(sorted({*held.party, held.grant.whom.person}))
            }
            held = replace(
                held,
                party=frozenset(id for id in held.party if id in people and people[id].active),
                in_force=in_force(held.product, held.grant.whom, people.get(held.grant.whom.person)),
            )
            due = _due(session, About.GRANT, grant, held.now)
            change = remind_of_end(RemindOfEnd(grant), held, due)
            save(transaction, held.now, change)
            return bool(change.events)

    def of_request(self, request: str) -> bool:
        """Remind the stewards who may determine a request that it waits for them; whether there are any."""
        with self._context.transaction() as transaction:
            session = transaction.session
            steady_product_of(session, request)
            asked = session.requests.lock(request) or known_request(session, request)
            situation = situation_of(self._context, session, asked)
            due = _due(session, About.REQUEST, request, situation.now)
            stewards = self._able(session, asked, situation) if due and not asked.final else ()
            change = remind_stewards(RemindStewards(request), asked, situation, due, stewards)
            save(transaction, situation.now, change)
            return bool(change.events)

    def _able(self, session: Session, request: AccessRequest, situation: Situation) -> set[str]:
        """Those of the people asked who may determine the request now, as the rules say."""
        rules = self._context.rulebooks.pinned(session, request.packs)
        people = session.people.many(situation.asked(request))
        parts = (tuple(people[start : start + AT_ONCE]) for start in range(0, len(people), AT_ONCE))
        return {id for part in parts for id in rules.may_determine(Known(request, situation, part))}

    def _told(self, about: About, subject: str, now: datetime) -> bool:
        """Whether people were reminded; if that can't be done now, it is tried again later."""
        try:
            return self._tell[about](subject)
        except PlacetError as error:
            log.info("nobody was reminded of %s %s: %s", about, subject, error.detail)
            with self._context.store.writing() as session:
                session.reminders.put_off(about, subject, now, now + PUT_OFF)
            return False


def _due(session: Session, about: About, subject: str, now: datetime) -> tuple[Reminder, ...]:
    every: Iterable[Reminder] = session.reminders.of(about, subject)
    return tuple(one for one in every if one.due <= now)
