"""People as views: found by anyone, shown with what they hold to those who may read that."""

from __future__ import annotations

from dataclasses import dataclass

from placet.domain.errors import NotFound
from placet.domain.people import Group, Holdings, Person, PersonKind, StewardSource
from placet.domain.permissions import Action, Place, may, refuse_unless_may
from placet.domain.requests import Whom
from placet.service.context import Context, person_known, refuse_inactive
from placet.service.views import Page
from placet.storage import Session


@dataclass(frozen=True)
class PersonView:
    """Someone with all they hold, what of it they hold themselves, and how much is theirs.

    `own` is what a change replaces; `requests` and `grants` count those that are pending and those that have not ended.
    """

    person: Person
    own: Person
    external_id: str = ""
    accounts: tuple[str, ...] = ()
    requests: int = 0
    grants: int = 0


@dataclass(frozen=True)
class GroupView:
    """A group with what its members hold through it, and how many they are."""

    group: Group
    held: Holdings
    members: int = 0
    external_id: str = ""


class PeopleViews:
    """Find and read people."""

    _context: Context

    def get(self, actor: Person, id: str) -> Person:
        """A person. Raises NotFound."""
        refuse_inactive(actor)
        with self._context.store.reading() as session:
            return person_known(session, id)

    def own_groups(self, actor: Person) -> list[Group]:
        """The groups the actor is in, by name."""
        refuse_inactive(actor)
        with self._context.store.reading() as session:
            return sorted(session.people.groups(actor.groups), key=lambda group: (group.name, group.id))

    def search(self, actor: Person, text: str, limit: int = 20) -> list[Person]:
        """Active people whose id, name or e-mail begins with the text, by id."""
        refuse_unless_may(actor, Action.FIND_PEOPLE)
        with self._context.store.reading() as session:
            return session.people.search(text, limit)

    def list(
        self,
        actor: Person,
        *,
        search: str = "",
        active: bool | None = None,
        kind: PersonKind | None = None,
        group: str = "",
        cursor: str = "",
        limit: int | None = None,
    ) -> Page[Person]:
        """People by id. Only who manages people sees the inactive, and finds people by a group."""
        refuse_unless_may(actor, Action.FIND_PEOPLE)
        if group or active is False:
            refuse_unless_may(actor, Action.MANAGE_PEOPLE)
        if not may(actor, Action.MANAGE_PEOPLE):
            active = True
        with self._context.store.reading() as session:
            size = self._context.page_size(limit)
            return session.directory.people(search, active, kind, group, cursor or None, size)

    def view(self, actor: Person, id: str) -> PersonView:
        """Someone with all they hold. Raises NotFound, also for those who may not read it."""
        refuse_inactive(actor)
        with self._context.store.reading() as session:
            found = session.people.both(id)
            place = Place(beneficiary=id, owner=(found[0].owner or "") if found else "")
            if found is None or not may(actor, Action.READ_HOLDINGS, place):
                raise NotFound(f"no person whose holdings you may read has the id `{id}`")
            return self._viewed(session, *found)

    def stewards(
        self, actor: Person, source: StewardSource, cursor: str = "", limit: int | None = None
    ) -> Page[Person]:
        """The active people whom a steward source makes stewards, by id: who could decide."""
        refuse_unless_may(actor, Action.LIST_STEWARDS)
        with self._context.store.reading() as session:
            return session.directory.stewards(source, cursor or None, self._context.page_size(limit))

    def _viewed(self, session: Session, person: Person, own: Person) -> PersonView:
        now = self._context.clock.now()
        return PersonView(
            person=person,
            own=own,
            external_id=session.directory.external_ids("people", [person.id]).get(person.id, ""),
            accounts=tuple(session.directory.owned_by([person.id])),
            requests=session.requests.count_pending_of(person.id),
            grants=session.grants.count_live_of(Whom(person.id), now),
        )
