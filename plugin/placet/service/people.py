"""People: who signs in, who can be found, who is known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from placet.domain.errors import AlreadyThere
from placet.domain.events import PeopleImported
from placet.domain.people import GlobalPermission, Group, Person
from placet.domain.permissions import Action, refuse_unless_may
from placet.service.context import Context, person_known, refuse_inactive
from placet.service.people_file import Directory, PlatformLogin, read_csv, read_json
from placet.service.saving import tell
from placet.storage import Login, Session


@dataclass(frozen=True)
class SignIn:
    """Who the host says is asking. `None` for groups or attributes: the host says nothing, the directory counts."""

    id: str
    name: str = ""
    email: str = ""
    groups: frozenset[str] | None = None
    attributes: Mapping[str, frozenset[str]] | None = None
    roles: frozenset[str] = frozenset()


class People:
    """Sign in, import and find people."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def sign_in(self, who: SignIn) -> Person:
        """The person the directory knows by this id, brought up to date with what the host says; made if unknown.

        Writes only where something differs. Raises Forbidden for someone inactive.
        """
        with self._context.store.asking() as session:
            known, held = session.people.both(who.id) or (None, None)
        wanted = self._as_host_says(held or Person(who.id, who.name or who.id), who)
        if known is None or held != wanted:
            known = self._brought_up_to_date(wanted)
        refuse_inactive(known)
        return known

    def _as_host_says(self, held: Person, who: SignIn) -> Person:
        roles = self._context.settings.role_permissions
        governed = {GlobalPermission(permission) for permission in roles.values()}
        given = {GlobalPermission(permission) for role, permission in roles.items() if role in who.roles}
        return replace(
            held,
            name=who.name or held.name,
            email=who.email or held.email,
            groups=held.groups if who.groups is None else who.groups,
            attributes=held.attributes if who.attributes is None else dict(who.attributes),
            permissions=(held.permissions - governed) | given,
        )

    def _brought_up_to_date(self, wanted: Person) -> Person:
        """Written, unless another request of the same person was quicker with it."""
        try:
            return self._keep(wanted)
        except AlreadyThere:
            with self._context.store.reading() as session:
                return person_known(session, wanted.id)

    def _keep(self, person: Person) -> Person:
        with self._context.transaction() as transaction:
            session = transaction.session
            for group in sorted(person.groups):
                if session.people.group(group) is None:
                    session.people.save_group(Group(group, group))
            session.people.save(person)
            data = {"count": 1, "people": [person.id], "by": "sign-in"}
            tell(transaction, [PeopleImported(person.id, self._context.clock.now(), person.id, data=data)])
            return person_known(session, person.id)

    def get(self, actor: Person, id: str) -> Person:
        """A person. Raises NotFound."""
        refuse_inactive(actor)
        with self._context.store.reading() as session:
            return person_known(session, id)

    def search(self, actor: Person, text: str, limit: int = 20) -> list[Person]:
        """Active people whose id, name or e-mail begins with the text, by id."""
        refuse_inactive(actor)
        with self._context.store.reading() as session:
            return [person for person in session.people.search(text, limit) if person.active]

    def import_people(self, actor: Person, text: str, format: str = "csv") -> int:
        """Keep the people, groups and logins of a file as they stand there; returns how many people there were.

        Raises BadImport, and nothing of the file has been taken then.
        """
        refuse_unless_may(actor, Action.MANAGE_PEOPLE)
        return self.load(actor.id, read_json(text) if format == "json" else read_csv(text))

    def load(self, actor: str, directory: Directory) -> int:
        """Keep a directory that was read; for imports and for the first people of an installation."""
        with self._context.transaction() as transaction:
            session = transaction.session
            for group in directory.all_groups():
                session.people.save_group(*group)
            for person in directory.in_order():
                session.people.save(person)
            for login in directory.logins:
                session.logins.save(with_known_number(session, login))
            data = {"count": len(directory.people), "people": sorted(person.id for person in directory.people)[:100]}
            tell(transaction, [PeopleImported(actor, self._context.clock.now(), "directory", data=data)])
        return len(directory.people)


def with_known_number(session: Session, given: PlatformLogin) -> Login:
    """The login with the platform's own number for it, where that is known: one made anew stays another login."""
    known = session.logins.of(given.person, given.target)
    number = known.native_id if known and known.login == given.login else ""
    return Login(given.person, given.target, given.login, number)
