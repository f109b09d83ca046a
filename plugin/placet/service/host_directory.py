"""The host's directory, mirrored into our tables: as a whole from time to time, one person at each sign-in.

What lists and inboxes are joined on stands in our tables and nowhere else; so what the host does not say any more, no
one holds here any more.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

from placet.domain.errors import AlreadyThere, Forbidden, PlacetError, Unavailable
from placet.domain.events import THE_CLOCK, DirectoryRead
from placet.domain.people import Directory, GlobalPermission, Group, Holdings, Person, PersonKind
from placet.service.context import Context, person_known
from placet.service.directory import DirectoryChange, changing_directory
from placet.service.keeping import BadPerson, keep_group, keep_missing_groups, keep_person, refuse_account, refused_as

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
    """What a reading of the host's directory changed, by the ids of people, and of groups that came or went.

    `refused` are people who can't be here, as their id is a service account's or looks like someone else's.
    """

    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    deactivated: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()


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
    """Bring our tables to what the host's directory says. Raises DirectoryUnreadable, and nothing has changed then.

    Who can't be here is left out, and the rest is taken: else one id could keep those who left from leaving.
    """
    said = read_host(context, directory)
    with changing_directory(context, THE_CLOCK, guarded=False) as change:
        groups = (*_groups(change, said), *_gone_groups(change, said))
        known = change.session.people.held(person.id for person in said.people)
        gone = _gone(change, said)
        kept, refused = _keep(change, [one for one in said.people if known.get(one.id) != one], known)
        new, other = (tuple(id for id in kept if (id in known) is there) for there in (False, True))
        done = Mirrored(new, other, gone, groups, refused)
        change.session.directory.finish_reading(change.now)
        if replace(done, refused=()) != Mirrored():
            change.tell(_event(change, done))
    return done


def fresh_person(context: Context, directory: Directory, id: str) -> Person:
    """One person as the host's directory has them now. Raises Forbidden where it does not know them or they can't be
    here, and DirectoryUnreadable: nobody acts on what may no longer be so."""
    said = _asked_for(directory, id)
    with context.store.asking() as session:
        known, held = session.people.both(id) or (None, None)
    refuse_account(known or said)
    if said and said.id != id:
        raise DirectoryUnreadable(f"the host's directory takes `{id}` for `{said.id}`: only one of these is you")
    wanted = said or (held and replace(held, active=False))
    if wanted is None:
        raise Forbidden(f"the directory of this server does not know `{id}`")
    if known is None or wanted != held:
        known = _kept_alone(context, directory, wanted)
    return known


def _asked_for(directory: Directory, id: str) -> Person | None:
    try:
        return directory.person(id)
    except Exception as error:
        log.exception("the host's directory can't be asked for %s", id)
        raise DirectoryUnreadable("the directory of the host can't be asked who that is: try again later") from error


def refuse_known_to_host(directory: Directory, id: str) -> None:
    """Raises AlreadyThere for the id of someone in the host's directory, which no service account can have."""
    if said := _asked_for(directory, id):
        raise AlreadyThere(f"the host's directory has `{said.id}`: choose another id for the service account")


def _kept_alone(context: Context, directory: Directory, person: Person) -> Person:
    """A group that is not known here yet comes with what the host says it holds."""
    with context.store.reading() as session:
        new = {id for id in person.groups if session.people.group(id) is None}
    groups = [one for one in directory.groups() if one[0].id in new] if new else []
    with changing_directory(context, person.id, guarded=False) as change:
        for group, held in groups:
            keep_group(change, group, _with_role(context, group, held), change.session.people.held_by_group(group.id))
        change.touch([person.id])
        before = change.session.people.direct(person.id)
        refuse_account(before)
        keep_missing_groups(change, person.groups)
        with refused_as(Forbidden):
            keep_person(change, person, before, by="sign-in")
        change.tell(_event(change, Mirrored(changed=(person.id,))))
        return person_known(change.session, person.id)


def _keep(
    change: DirectoryChange, people: Iterable[Person], known: Mapping[str, Person]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The ids of who was kept, and of who can't be here. Owners come before the accounts they own; a group that is not
    there yet is made, and holds nothing."""
    wanted = sorted(people, key=lambda person: person.kind is PersonKind.SERVICE_ACCOUNT)
    kept, refused = list[str](), list[str]()
    change.touch(person.id for person in wanted)
    keep_missing_groups(change, (group for person in wanted for group in person.groups))
    for person in wanted:
        try:
            keep_person(change, person, known.get(person.id))
            kept.append(person.id)
        except (BadPerson, AlreadyThere) as error:
            log.error("someone of the host's directory is not taken over: %s", error.detail)
            refused.append(person.id)
    return tuple(kept), tuple(refused)


def _groups(change: DirectoryChange, said: HostSays) -> tuple[str, ...]:
    """Keep the groups that are new or otherwise than before; their members hold by them from now on."""
    people, found = change.session.people, []
    for group, held in said.groups:
        before = people.held_by_group(group.id)
        if people.group(group.id) != group or before != held:
            change.touch(people.members(group.id))
            keep_group(change, group, held, before)
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
    change.touch(person.id for person in gone)
    for person in gone:
        change.session.people.save(replace(person, active=False))
    return tuple(person.id for person in gone)


def _with_role(context: Context, group: Group, held: Holdings) -> Holdings:
    """A group that is called as a role of the host brings the permission that the settings give that role."""
    permission = context.settings.role_permissions.get(group.id)
    return replace(held, permissions=held.permissions | {GlobalPermission(permission)}) if permission else held


def _event(change: DirectoryChange, done: Mirrored) -> DirectoryRead:
    counts = {name: len(ids) for name, ids in vars(done).items()}
    return DirectoryRead(change.actor, change.now, "directory", data=counts)


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
