"""People as commands: who is in the directory, what they hold, and whether they are active."""

from __future__ import annotations

from dataclasses import replace

from placet.domain.errors import AlreadyThere, Conflict, NotFound, StaleRevision
from placet.domain.people import Person, PersonKind
from placet.domain.permissions import Action, refuse_unless_may
from placet.service.context import Context
from placet.service.directory import (
    DirectoryChange,
    changing_directory,
    refuse_ruled_by_host,
    refuse_unknown_domains,
)
from placet.service.host_directory import HostDirectory, refuse_known_to_host
from placet.service.keeping import BadPerson, keep_person, refuse_bad_person, remove_person, with_values
from placet.service.people_import import PeopleImports
from placet.service.people_views import PeopleViews, PersonView
from placet.service.provided import ProvidedViews
from placet.service.signing_in import SignIn, SignIns
from placet.storage import Session

__all__ = ["BadPerson", "OwnerInactive", "People", "SignIn"]


class OwnerInactive(Conflict):
    """A service account is active only while someone active answers for it."""

    code = "owner-inactive"
    title = "The owner of the service account is not active"


class People(SignIns, PeopleImports, PeopleViews, ProvidedViews, HostDirectory):
    """Find, make and change people; sign in, import, and read the host's directory."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def create(self, actor: Person, person: Person, external_id: str = "") -> PersonView:
        """Put someone new into the directory, with what they hold themselves.

        Raises AlreadyThere, BadPerson, NotFound for a group or domain that is not there. Under the id of someone who
        was removed someone of the same kind can be made, and has nothing that was theirs.
        """
        self._refuse(actor, person)
        if person.kind is PersonKind.SERVICE_ACCOUNT and self._context.directory:
            refuse_known_to_host(self._context.directory, person.id)
        with changing_directory(self._context, actor.id) as change:
            session = change.session
            change.touch([person.id])
            removed = session.people.direct(person.id)
            if removed and not session.directory.removed(person.id):
                raise AlreadyThere(f"there is a person with the id `{person.id}` already")
            _save(change, person, removed)
            session.directory.set_external_id("people", person.id, external_id)
        return self.view(actor, person.id)

    def replace(
        self, actor: Person, person: Person, revision: int | None = None, external_id: str | None = None
    ) -> PersonView:
        """Describe someone anew, as a whole: what is left out is taken from them. Their kind stays.

        Raises StaleRevision where they were changed meanwhile, BadPerson, NotFound, LastUserAdmin, OwnerInactive.
        """
        self._refuse(actor, person)
        with changing_directory(self._context, actor.id) as change:
            change.touch([person.id])
            known = _known(change.session, person.id, revision)
            refuse_bad_person(person, known)
            if known != replace(person, attributes=with_values(person.attributes)):
                _save(change, person, known)
            if external_id is not None:
                change.session.directory.set_external_id("people", person.id, external_id)
        return self.view(actor, person.id)

    def deactivate(self, actor: Person, id: str, revision: int | None = None) -> PersonView:
        """Let someone do nothing any more: their pending requests are canceled, their grants are suspended.

        So are those of the service accounts that they own, which are deactivated with them.
        """
        return self._activity(actor, id, active=False, revision=revision)

    def reactivate(self, actor: Person, id: str, revision: int | None = None) -> PersonView:
        """Let someone in again: grants that have not ended give access again, canceled requests stay so."""
        return self._activity(actor, id, active=True, revision=revision)

    def remove(self, actor: Person, id: str, revision: int | None = None) -> None:
        """Deactivate someone, and leave them out of all lists; what is known of them stays for the history.

        What they held, their grants, logins and tokens end: whoever is made anew under the id is someone else.
        """
        refuse_unless_may(actor, Action.MANAGE_PEOPLE)
        refuse_ruled_by_host(self._context)
        with changing_directory(self._context, actor.id) as change:
            change.touch([id])
            remove_person(change, _known(change.session, id, revision))

    def _activity(self, actor: Person, id: str, *, active: bool, revision: int | None) -> PersonView:
        refuse_unless_may(actor, Action.MANAGE_PEOPLE)
        with changing_directory(self._context, actor.id) as change:
            change.touch([id])
            known = _known(change.session, id, revision)
            self._refuse_ruled(known)
            if known.active is not active:
                changed = replace(known, active=active)
                refuse_bad_owner(change.session, changed)
                change.session.people.save(changed)
        return self.view(actor, id)

    def _refuse(self, actor: Person, person: Person) -> None:
        refuse_unless_may(actor, Action.MANAGE_PEOPLE)
        self._refuse_ruled(person)
        refuse_bad_person(person, None)

    def _refuse_ruled(self, person: Person) -> None:
        """The host's directory rules people; service accounts are ours, as hosts have none."""
        if person.kind is PersonKind.PERSON:
            refuse_ruled_by_host(self._context)


def _known(session: Session, id: str, revision: int | None) -> Person:
    """The person with what they hold themselves. Raises NotFound, StaleRevision."""
    known = session.people.direct(id)
    if known is None or session.directory.removed(id):
        raise NotFound(f"no person has the id `{id}`")
    if revision is not None and known.revision != revision:
        raise StaleRevision(f"`{id}` was changed meanwhile: read it again and repeat the change")
    return known


def _save(change: DirectoryChange, person: Person, before: Person | None) -> None:
    """Write someone who is in groups that are there, and has an owner who can be."""
    session = change.session
    for group in sorted(person.groups):
        if session.people.group(group) is None:
            raise NotFound(f"no group has the id `{group}`: make it first")
    refuse_bad_owner(session, person)
    refuse_unknown_domains(session, person.domain_permissions, before.domain_permissions if before else ())
    keep_person(change, person, before)


def refuse_bad_owner(session: Session, person: Person) -> None:
    """Raises BadPerson for an owner who is no person, OwnerInactive where nobody active would answer for it."""
    if not person.owner:
        return
    owner = session.people.person(person.owner)
    if owner is None or owner.kind is PersonKind.SERVICE_ACCOUNT:
        raise BadPerson(f"`{person.owner}` can't own `{person.id}`: name the person who answers for it")
    if person.active and not owner.active:
        raise OwnerInactive(f"`{owner.id}`, who owns `{person.id}`, is not active: give it to someone who is, first")
