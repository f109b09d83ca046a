"""People out of files: what a file would change, and changing it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from placet.domain.errors import PlacetError
from placet.domain.events import PeopleImported
from placet.domain.people import Holdings, Person, PersonKind, SourceKind
from placet.domain.permissions import Action, refuse_unless_may
from placet.service.context import Context
from placet.service.directory import DirectoryChange, changing_directory, no_domain, refuse_ruled_by_host
from placet.service.keeping import keep_group, keep_logins, keep_missing_groups, keep_person, refused_as
from placet.service.people_file import BadImport, PeopleFile, read_csv, read_json
from placet.storage import Login, Session

READERS = {"csv": read_csv, "json": read_json}


@dataclass(frozen=True)
class Difference:
    """What someone gains and loses by a file, in words."""

    person: str
    gains: tuple[str, ...] = ()
    loses: tuple[str, ...] = ()


@dataclass(frozen=True)
class ImportReport:
    """What a file changes, or would: people by id, groups by id, and what is wrong with it, line by line.

    `deactivated` are among the changed; `differences` say of each who is added or changed what they gain and lose;
    `logins` is their number, `notes` are what may be a slip, `problems` are there only where nothing was taken.
    """

    count: int = 0
    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    deactivated: tuple[str, ...] = ()
    differences: tuple[Difference, ...] = ()
    groups: tuple[str, ...] = ()
    logins: int = 0
    notes: tuple[str, ...] = ()
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
                self._refuse_unknown_targets(directory)
                report = keep(change, directory, dry_run, by)
                if dry_run:
                    change.settle()
                    raise _Undone
        except _Undone:
            pass
        return report

    def _refuse_unknown_targets(self, directory: PeopleFile) -> None:
        """Raises BadImport for a login on a data platform that is none of those we are connected to, if to any."""
        for number, login in enumerate(directory.logins, 1):
            if self._context.targets and login.target not in self._context.targets:
                known = ", ".join(sorted(self._context.targets))
                raise BadImport(f"login {number}: no data platform is called `{login.target}`: there are {known}")

    def _refuse_import(self, actor: Person) -> None:
        refuse_unless_may(actor, Action.MANAGE_PEOPLE)
        refuse_ruled_by_host(self._context)


@dataclass
class _Kept:
    """What an import has changed so far."""

    added: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    deactivated: list[str] = field(default_factory=list)
    differences: list[Difference] = field(default_factory=list)


def keep(
    change: DirectoryChange, directory: PeopleFile, dry_run: bool = False, by: Person | None = None
) -> ImportReport:
    """Write groups, people and logins that are new or otherwise than before.

    A group that is only named, as someone's, keeps what it holds.
    """
    session = change.session
    change.touch({person.id for person in directory.people} | {login.person for login in directory.logins})
    groups = tuple(_keep_groups(change, directory))
    known = session.people.held(person.id for person in directory.people)
    directory = directory.with_known(known)
    kept = _keep_people(change, directory, known)
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
        differences=tuple(kept.differences),
        groups=groups,
        logins=len(directory.logins),
        notes=tuple(_unknown_domains(session, directory)),
        dry_run=dry_run,
    )


def _unknown_domains(session: Session, directory: PeopleFile) -> Iterable[str]:
    """Permissions in domains that are not there, which may be yet to come: they hold once one of that name is made."""
    held = [(person.id, person.domain_permissions) for person in directory.people]
    held += [(f"group {group.id}", frozenset(permissions)) for group, _, _, permissions in directory.groups]
    for who, permissions in held:
        for domain in sorted({domain for domain, _ in permissions}):
            if told := no_domain(session, domain):
                yield f"{who}: {told}; the permission counts as soon as there is one"


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


def _keep_people(change: DirectoryChange, directory: PeopleFile, known: Mapping[str, Person]) -> _Kept:
    kept = _Kept()
    for person in directory.in_order():
        before = known.get(person.id)
        if before == person:
            continue
        with refused_as(BadImport):
            keep_person(change, person, before)
        (kept.changed if before else kept.added).append(person.id)
        kept.differences.append(_difference(before, person))
        if before and before.active and not person.active:
            kept.deactivated.append(person.id)
    return kept


def _difference(before: Person | None, after: Person) -> Difference:
    was, now = _in_words(before) if before else set(), _in_words(after)
    return Difference(after.id, tuple(sorted(now - was)), tuple(sorted(was - now)))


def _in_words(person: Person) -> set[str]:
    """All that is kept of someone, each in words."""
    held = {str(source) for source in person.sources() if source.kind is not SourceKind.USER}
    own = {"name": person.name, "e-mail": person.email, "kind": person.kind.value, "owner": person.owner}
    return held | {f"{what} {value}" for what, value in own.items() if value} | ({"active"} if person.active else set())


def refuse_owned_badly(session: Session, person: Person) -> None:
    """Raises BadImport where nobody could tell who answers for a service account: another one, or someone inactive."""
    if person.problem:
        raise BadImport(f"`{person.id}` can't be as the file says: {person.problem}")
    owner = session.people.person(person.owner) if person.owner else None
    if person.owner and owner is None:
        raise BadImport(f"`{person.id}` is owned by `{person.owner}`, whom nobody knows: name the person who owns it")
    if owner and owner.kind is PersonKind.SERVICE_ACCOUNT:
        raise BadImport(f"`{person.id}` is owned by `{owner.id}`, a service account: name the person who owns it")
    if owner and person.active and not owner.active:
        raise BadImport(f"`{person.id}` is active, and `{owner.id}`, who owns it, is not: name someone who is")
