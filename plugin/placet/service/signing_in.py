"""Signing in: what the host says about who is asking is written into the directory."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from placet.domain.errors import Forbidden
from placet.domain.people import GlobalPermission, Person
from placet.service.context import Context, person_known, refuse_inactive
from placet.service.directory import changing_directory, refuse_reserved
from placet.service.host_directory import fresh_person
from placet.service.keeping import keep_missing_groups, keep_person, refuse_account, refused_as, with_values


@dataclass(frozen=True)
class SignIn:
    """Who the host says is asking. `None` for groups or attributes: the host says nothing, the directory counts."""

    id: str
    name: str = ""
    email: str = ""
    groups: frozenset[str] | None = None
    attributes: Mapping[str, frozenset[str]] | None = None
    roles: frozenset[str] = frozenset()


class SignIns:
    """Find who is asking in the directory, and bring that up to date."""

    _context: Context

    def sign_in(self, who: SignIn) -> Person:
        """The person the directory knows by this id, brought up to date with what the host says; made if unknown.

        Where the host has a directory, that alone says who this is and what they hold. Writes only where something
        differs. Raises Forbidden for someone inactive, a service account, and whoever is called as someone else is but
        for case, width or spaces.
        """
        refuse_reserved(who.id)
        if self._context.directory:
            known: Person | None = fresh_person(self._context, self._context.directory, who.id)
        else:
            with self._context.store.asking() as session:
                known, held = session.people.both(who.id) or (None, None)
            refuse_account(known)
            if known is None or held != self._as_host_says(held, who):
                known = self._keep(who)
        assert known
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
            attributes=held.attributes if who.attributes is None else with_values(who.attributes),
            permissions=(held.permissions - governed) | given,
        )

    def _keep(self, who: SignIn) -> Person:
        """What the host says is put to what the directory holds now, not when it was last looked at.

        Else a sign-in would undo an import of the same moment, and bring back what it has just taken from someone.
        """
        with changing_directory(self._context, who.id, guarded=False) as change:
            session = change.session
            change.touch([who.id])
            before = session.people.direct(who.id)
            refuse_account(before)
            person = self._as_host_says(before, who)
            keep_missing_groups(change, person.groups)
            with refused_as(Forbidden):
                keep_person(change, person, before, by="sign-in")
            return person_known(session, person.id)
