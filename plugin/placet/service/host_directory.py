"""The host's directory, mirrored into our tables: as a whole from time to time, one person at each sign-in.

What lists and inboxes are joined on stands in our tables and nowhere else; so what the host does not say any more, no
one holds here any more.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import timedelta

from placet.domain.errors import Forbidden, PlacetError, Unavailable
from placet.domain.events import THE_CLOCK, DirectoryRead
from placet.domain.people import Directory, GlobalPermission, Group, Holdings, Person, PersonKind
from placet.service.context import Context, person_known
from placet.service.directory import DirectoryChange, changing_directory, refuse_reserved

log = logging.getLogger("placet.service")


class DirectoryUnreadable(Unavailable):
    """What the host's directory says can't be read, or can't be true; what stands here stays until it can."""

    code = "directory-unreadable"
    title = "The directory of the host can't be read"


@dataclass(frozen=True)
class HostSays:
    """Everyone and every group of the host's directory, read at one moment."""

    people: tuple[Person, ...]
    groups: tuple[tuple[Group, Holdings], ...]


@dataclass(frozen=True)
class Mirrored:
    """What a reading of the host's directory changed, by the ids of people, and of groups that came or went."""

    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    deactivated: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()


def read_host(context: Context, directory: Directory) -> HostSays:
    """All that the host says, before any transaction: it may take long. Raises DirectoryUnreadable, also for nobody."""
    try:
        people, groups = tuple(directory.people()), tuple(directory.groups())
    except Exception as error:
        log.exception("the host's directory can't be read")
        raise DirectoryUnreadable("the directory of the host can't be read: its log has why") from error
    if bad := next((person for person in people if person.problem), None):
        raise DirectoryUnreadable(f"the directory of the host names a person who can't be: `{bad.id}`: {bad.problem}")
    if not people:
        raise DirectoryUnreadable(
            "the directory of the host names nobody: look what is wrong there, nothing was changed"
        )
    return HostSays(people, tuple((group, _with_role(context, group, held)) for group, held in groups))


def mirror(context: Context, directory: Directory) -> Mirrored:
    """Bring our tables to what the host's directory says. Raises DirectoryUnreadable, and nothing has changed then."""
    said = read_host(context, directory)
    with changing_directory(context, THE_CLOCK, guarded=False) as change:
        groups = (*_groups(change, said), *_gone_groups(change, said))
        known = change.session.people.held(person.id for person in said.people)
        new = tuple(person for person in said.people if person.id not in known)
        other = tuple(one for one in said.people if one.id in known and known[one.id] != one)
        gone = _gone(change, said)
        _keep(change, (*new, *other))
        done = Mirrored(_ids(new), _ids(other), gone, groups)
        change.session.directory.finish_reading(change.now)
        if done != Mirrored():
            change.tell(_event(change, done))
    return done


def fresh_person(context: Context, directory: Directory, id: str) -> Person:
    """One person as the host's directory has them now. Raises Forbidden where it does not know them, and
    DirectoryUnreadable: nobody acts on what may no longer be so."""
    try:
        said = directory.person(id)
    except Exception as error:
        log.exception("the host's directory can't be asked for %s", id)
        raise DirectoryUnreadable("the directory of the host can't be asked who you are: try again later") from error
    with context.store.asking() as session:
        known, held = session.people.both(id) or (None, None)
    if said and said.id != id:
        raise DirectoryUnreadable(f"the host's directory takes `{id}` for `{said.id}`: only one of these is you")
    wanted = said or (held and replace(held, active=False))
    if wanted is None:
        raise Forbidden(f"the directory of this server does not know `{id}`")
    if known is None or wanted != held:
        known = _kept_alone(context, directory, wanted)
    return known


def _kept_alone(context: Context, directory: Directory, person: Person) -> Person:
    """A group that is not known here yet comes with what the host says it holds."""
    with context.store.reading() as session:
        new = {id for id in person.groups if session.people.group(id) is None}
    groups = [one for one in directory.groups() if one[0].id in new] if new else []
    with changing_directory(context, person.id, guarded=False) as change:
        for group, held in groups:
            held = _with_role(context, group, held)
            change.session.people.save_group(group, held.attributes, held.permissions, held.domain_permissions)
        _keep(change, [person])
        change.tell(_event(change, Mirrored(changed=(person.id,))))
        return person_known(change.session, person.id)


def _keep(change: DirectoryChange, people: Iterable[Person]) -> None:
    """Owners come before the accounts they own; a group that is not there yet is made, and holds nothing."""
    kept = sorted(people, key=lambda person: person.kind is PersonKind.SERVICE_ACCOUNT)
    change.touch(person.id for person in kept)
    for group in sorted({group for person in kept for group in person.groups}):
        if change.session.people.group(group) is None:
            change.session.people.save_group(Group(group, group))
    for person in kept:
        refuse_reserved(person.id)
        change.session.people.save(person)


def _groups(change: DirectoryChange, said: HostSays) -> tuple[str, ...]:
    """Keep the groups that are new or otherwise than before; their members hold by them from now on."""
    people, found = change.session.people, []
    for group, held in said.groups:
        if people.group(group.id) != group or people.held_by_group(group.id) != held:
            change.touch(people.members(group.id))
            people.save_group(group, held.attributes, held.permissions, held.domain_permissions)
            found.append(group.id)
    return tuple(found)


def _gone_groups(change: DirectoryChange, said: HostSays) -> tuple[str, ...]:
    """Delete the groups that the host has no more; one that it names as someone's stays."""
    named = {group.id for group, _ in said.groups} | {group for person in said.people for group in person.groups}
    gone = [id for id in change.session.directory.group_ids() if id not in named]
    for id in gone:
        change.delete_group(id)
    return tuple(gone)


def _gone(change: DirectoryChange, said: HostSays) -> tuple[str, ...]:
    """Deactivate whom the host does not name any more; service accounts that it never named are ours and stay."""
    named = {person.id for person in said.people}
    known = change.session.people.held(change.session.directory.ids(PersonKind.PERSON)).values()
    gone = [person for person in known if person.active and person.id not in named]
    _keep(change, (replace(person, active=False) for person in gone))
    return _ids(gone)


def _with_role(context: Context, group: Group, held: Holdings) -> Holdings:
    """A group that is called as a role of the host brings the permission that the settings give that role."""
    permission = context.settings.role_permissions.get(group.id)
    return replace(held, permissions=held.permissions | {GlobalPermission(permission)}) if permission else held


def _event(change: DirectoryChange, done: Mirrored) -> DirectoryRead:
    counts = {name: len(ids) for name, ids in vars(done).items()}
    ids = sorted({*done.added, *done.changed, *done.deactivated})[:100]
    return DirectoryRead(change.actor, change.now, "directory", data=counts | {"people": ids})


def _ids(people: Iterable[Person]) -> tuple[str, ...]:
    return tuple(person.id for person in people)


class HostDirectory:
    """Reads the directory of the host, where it has one."""

    _context: Context

    def sync(self) -> Mirrored:
        """Bring our tables to what the host's directory says now. Raises DirectoryUnreadable, also for none."""
        if self._context.directory is None:
            raise DirectoryUnreadable("this server has brought no directory of its own: people are managed here")
        return mirror(self._context, self._context.directory)


def mirror_if_due(context: Context) -> bool:
    """Read the host's directory where the last time is long ago; safe to be asked often, and by several at once.

    What can't be read now is logged, and read when its time comes again.
    """
    if context.directory is None:
        return False
    with context.store.writing() as session:
        every = timedelta(minutes=context.settings.directory_every)
        if not session.directory.begin_reading(context.clock.now(), every):
            return False
    try:
        mirror(context, context.directory)
    except PlacetError as error:
        log.error("the host's directory was not read: %s", error.detail)
        return False
    return True
