"""People: who signs in, who can be found, who is known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from placet.domain.errors import AlreadyThere, Forbidden
from placet.domain.events import THE_CLOCK, PeopleImported
from placet.domain.people import GlobalPermission, Group, Person, PersonKind
from placet.domain.permissions import Action, refuse_unless_may
from placet.service.context import Context, person_known, refuse_inactive
from placet.service.people_file import BadImport, PeopleFile, PlatformLogin, read_csv, read_json
from placet.service.saving import DIRECTORY, add_jobs, tell
from placet.storage import Login, Session

OnPlatform = tuple[str, str, frozenset[str]]
"""Someone on a data platform: the person, their login, and their groups."""


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
        refuse_reserved(who.id)
        with self._context.store.asking() as session:
            known, held = session.people.both(who.id) or (None, None)
        if known is None or held != self._as_host_says(held, who):
            known = self._brought_up_to_date(who)
        refuse_inactive(known)
        return known

    def _as_host_says(self, known: Person | None, who: SignIn) -> Person:
        held = known or Person(who.id, who.name or who.id)
        roles = self._context.settings.role_permissions
        governed = {GlobalPermission(permission) for permission in roles.values()}
        given = {GlobalPermission(permission) for role, permission in roles.items() if role in who.roles}
        return replace(
            held,
            name=who.name or held.name,
            email=who.email or held.email,
            groups=held.groups if who.groups is None else who.groups,
            attributes=held.attributes if who.attributes is None else _with_values(who.attributes),
            permissions=(held.permissions - governed) | given,
        )

    def _brought_up_to_date(self, who: SignIn) -> Person:
        """Written, unless another request of the same person was quicker with it."""
        try:
            return self._keep(who)
        except AlreadyThere:
            with self._context.store.reading() as session:
                return person_known(session, who.id)

    def _keep(self, who: SignIn) -> Person:
        """What the host says is put to what the directory holds now, not when it was last looked at.

        Else a sign-in would undo an import of the same moment, and bring back what it has just taken from someone.
        """
        with self._context.transaction() as transaction:
            session = transaction.session
            known = session.people.lock(who.id)
            person = self._as_host_says(known, who)
            if known and known.groups != person.groups:
                targets = (target for target in self._context.targets if session.logins.of(who.id, target))
                add_jobs(session, DIRECTORY, "directory", targets, self._context.clock.now())
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
            return session.people.search(text, limit)

    def import_people(self, actor: Person, text: str, format: str = "csv") -> int:
        """Keep the people, groups and logins of a file as they stand there; returns how many people there were.

        Raises BadImport, and nothing of the file has been taken then.
        """
        refuse_unless_may(actor, Action.MANAGE_PEOPLE)
        return self.load(actor.id, read_json(text) if format == "json" else read_csv(text))

    def load(self, actor: str, directory: PeopleFile) -> int:
        """Keep a directory that was read; for imports and for the first people of an installation.

        A platform is brought up to date where a login on it is someone's now, or someone's no more, or whoever has it
        was deactivated or came back, or is in other groups. Raises BadImport, and nothing has been taken then.
        """
        now = self._context.clock.now()
        with self._context.transaction() as transaction:
            session = transaction.session
            before = self._on_platforms(session, directory)
            keep(session, directory)
            after = self._on_platforms(session, directory)
            changed = (target for target in sorted(after) if after[target] != before[target])
            add_jobs(session, DIRECTORY, "directory", changed, now)
            data = {"count": len(directory.people), "people": sorted(person.id for person in directory.people)[:100]}
            tell(transaction, [PeopleImported(actor, now, "directory", data=data)])
        return len(directory.people)

    def _on_platforms(self, session: Session, directory: PeopleFile) -> dict[str, set[OnPlatform]]:
        """The logins of a directory's active people on each platform, by person and with their groups, as they are now.

        Whether a group has a grant is not asked: one may be approved in the same moment by someone else.
        """
        ids = {person.id for person in directory.people} | {login.person for login in directory.logins}
        groups = {person.id: person.groups for person in session.people.many(sorted(ids)) if person.active}
        targets = {*self._context.targets, *(login.target for login in directory.logins)}
        return {
            target: {
                (known.person, known.login, groups[known.person])
                for known in session.logins.on(target)
                if known.person in groups
            }
            for target in targets
        }


def _with_values(attributes: Mapping[str, frozenset[str]]) -> dict[str, frozenset[str]]:
    """The attributes that have a value; the directory keeps no others."""
    return {key: values for key, values in attributes.items() if values}


def keep(session: Session, directory: PeopleFile) -> None:
    """Write groups, people and logins; a group that is only named, as someone's, keeps what it holds."""
    for group in directory.groups:
        session.people.save_group(*group)
    for named in directory.named_groups():
        if session.people.group(named) is None:
            session.people.save_group(Group(named, named))
    for person in directory.in_order():
        refuse_reserved(person.id)
        session.people.save(person)
    for person in directory.people:
        refuse_owned_by_account(session, person)
    for login in directory.logins:
        session.logins.save(with_known_number(session, login))


def refuse_reserved(id: str) -> None:
    """Raises Forbidden for the name under which the audit trail keeps what happens by itself."""
    if id == THE_CLOCK:
        raise Forbidden(f"`{id}` can't be the id of a person: the audit trail calls so what happens by itself")


def refuse_owned_by_account(session: Session, person: Person) -> None:
    """Raises BadImport where a service account owns another: nobody could tell then who benefits from its requests."""
    owner = session.people.person(person.owner) if person.owner else None
    if owner and owner.kind is PersonKind.SERVICE_ACCOUNT:
        raise BadImport(f"`{person.id}` is owned by `{owner.id}`, a service account: name the person who owns it")


def with_known_number(session: Session, given: PlatformLogin) -> Login:
    """The login with the platform's own number for it, where that is known: one made anew stays another login."""
    known = session.logins.of(given.person, given.target)
    number = known.native_id if known and known.login == given.login else ""
    return Login(given.person, given.target, given.login, number)
