"""People out of files: what a file would change, and changing it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from placet.domain.errors import PlacetError
from placet.domain.events import PeopleImported
from placet.domain.people import Holdings, Person, PersonKind
from placet.domain.permissions import Action, refuse_unless_may
from placet.service.context import Context
from placet.service.directory import DirectoryChange, changing_directory, refuse_ruled_by_host
from placet.service.keeping import keep_group, keep_logins, keep_missing_groups, keep_person, refused_as
from placet.service.people_file import BadImport, PeopleFile, read_csv, read_json
from placet.storage import Login, Session

READERS = {"csv": read_csv, "json": read_json}


@dataclass(frozen=True)
class ImportReport:
    """What a file changes, or would: people by id, groups by id, and what is wrong with it, line by line.

    `deactivated` are among the changed; `problems` are there only where nothing was taken.
    """

    count: int = 0
    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    deactivated: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()
    dry_run: bool = False


class _Undone(Exception):
    """Ends the transaction of a dry run, so that nothing of it stays."""


class PeopleImports:
    """Take people, groups and logins in from files."""

    _context: Context

    def import_people(self, actor: Person, text: str, format: str = "csv") -> int:
        """Keep the people, groups and logins of a file as they stand there; returns how many people there were.

        Raises BadImport, and nothing of the file has been taken then.
        """
        self._refuse_import(actor)
        return self.load(actor.id, READERS[format](text), by=actor).count

    def import_report(self, actor: Person, text: str, format: str = "csv", dry_run: bool = False) -> ImportReport:
        """As `import_people`, with what was changed; a dry run says what would be, and keeps nothing.

        What is wrong with a file is a BadImport, and part of the report where it is a dry run.
        """
        self._refuse_import(actor)
        if not dry_run:
            return self.load(actor.id, READERS[format](text), by=actor)
        try:
            return self.load(actor.id, READERS[format](text), dry_run=True, by=actor)
        except BadImport as error:
            return ImportReport(problems=error.problems, dry_run=True)
        except PlacetError as error:
            return ImportReport(problems=(error.detail,), dry_run=True)

    def load(self, actor: str, directory: PeopleFile, dry_run: bool = False, by: Person | None = None) -> ImportReport:
        """Keep a directory that was read; for imports and for the first people of an installation.

        A dry run does all of it, and undoes it. `by` is whose permissions count, None for whoever runs the server.
        Raises BadImport, LastUserAdmin and Forbidden, and nothing has been taken then.
        """
        try:
            with changing_directory(self._context, actor) as change:
                report = keep(change, directory, dry_run, by)
                if dry_run:
                    change.settle()
                    raise _Undone
        except _Undone:
            pass
        return report

    def _refuse_import(self, actor: Person) -> None:
        refuse_unless_may(actor, Action.MANAGE_PEOPLE)
        refuse_ruled_by_host(self._context)


@dataclass
class _Kept:
    """What an import has changed so far."""

    added: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    deactivated: list[str] = field(default_factory=list)


def keep(
    change: DirectoryChange, directory: PeopleFile, dry_run: bool = False, by: Person | None = None
) -> ImportReport:
    """Write groups, people and logins that are new or otherwise than before.

    A group that is only named, as someone's, keeps what it holds.
    """
    session = change.session
    change.touch({person.id for person in directory.people} | {login.person for login in directory.logins})
    groups = tuple(_keep_groups(change, directory))
    kept = _keep_people(change, directory)
    for person in directory.people:
        refuse_owned_badly(session, person)
    keep_logins(change, (Login(one.person, one.target, one.login) for one in directory.logins), by)
    data = {"count": len(directory.people), "added": len(kept.added), "changed": len(kept.changed)}
    change.tell(PeopleImported(change.actor, change.now, "directory", data=data))
    return ImportReport(
        count=len(directory.people),
        added=tuple(kept.added),
        changed=tuple(kept.changed),
        deactivated=tuple(kept.deactivated),
        groups=groups,
        dry_run=dry_run,
    )


def _keep_groups(change: DirectoryChange, directory: PeopleFile) -> Iterable[str]:
    people = change.session.people
    for group, attributes, permissions, domain_permissions in directory.groups:
        values = {key: frozenset(several) for key, several in attributes.items() if several}
        held = Holdings(values, frozenset(permissions), frozenset(domain_permissions))
        before = people.held_by_group(group.id)
        if people.group(group.id) != group or before != held:
            change.touch(people.members(group.id))
            keep_group(change, group, held, before)
            yield group.id
    yield from keep_missing_groups(change, directory.named_groups())


def _keep_people(change: DirectoryChange, directory: PeopleFile) -> _Kept:
    kept = _Kept()
    known = change.session.people.held(person.id for person in directory.people)
    for person in directory.in_order():
        before = known.get(person.id)
        if before == person:
            continue
        with refused_as(BadImport):
            keep_person(change, person, before)
        (kept.changed if before else kept.added).append(person.id)
        if before and before.active and not person.active:
            kept.deactivated.append(person.id)
    return kept


def refuse_owned_badly(session: Session, person: Person) -> None:
    """Raises BadImport where nobody could tell who answers for a service account: another one, or someone inactive."""
    owner = session.people.person(person.owner) if person.owner else None
    if person.owner and owner is None:
        raise BadImport(f"`{person.id}` is owned by `{person.owner}`, whom nobody knows: name the person who owns it")
    if owner and owner.kind is PersonKind.SERVICE_ACCOUNT:
        raise BadImport(f"`{person.id}` is owned by `{owner.id}`, a service account: name the person who owns it")
    if owner and person.active and not owner.active:
        raise BadImport(f"`{person.id}` is active, and `{owner.id}`, who owns it, is not: name someone who is")
