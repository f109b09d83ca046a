"""Changing the directory: one change at a time, and all that follows from it in the same transaction."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from difflib import get_close_matches
from functools import cached_property

from placet.domain.errors import Conflict, Forbidden, NotFound
from placet.domain.events import (
    THE_CLOCK,
    Event,
    GroupDeleted,
    GroupSaved,
    PersonDeactivated,
    PersonReactivated,
    PersonSaved,
)
from placet.domain.people import DomainPermission, GlobalPermission, Person, PersonKind, StewardSource
from placet.emitter.policy import Asked, Fact, asked_in, facts_of
from placet.service.context import Context, Transaction
from placet.service.leaving import ended_with_group, ended_with_person, left, returned, what_follows
from placet.service.saving import DIRECTORY, add_jobs, save
from placet.storage import Session
from placet.workflow.change import Change

OnPlatform = tuple[str, str, str, frozenset[str], frozenset[Fact]]
"""Someone on a data platform: its name, the person, their login there, their groups, and what policies ask of them."""


TOLD = 20
"""How many domains are named where none is near."""


class LastUserAdmin(Conflict):
    """Nobody would be left to manage people, and nobody could change that again."""

    code = "last-user-admin"
    title = "Someone has to be left who manages people"


class RuledByTheHost(Forbidden):
    """The directory of the host says who exists and what they hold; a change here would not last."""

    code = "directory-of-the-host"
    title = "People are managed in the host's directory"


@contextmanager
def changing_directory(context: Context, actor: str, guarded: bool = True) -> Iterator[DirectoryChange]:
    """One change of the directory, kept with all that follows from it, or not at all.

    Raises LastUserAdmin where nobody would be left who manages people, unless the host itself says so (`guarded`).
    """
    with context.transaction() as transaction:
        session = transaction.session
        session.directory.hold()
        change = DirectoryChange(context, transaction, actor, keeps_admins=guarded and bool(user_admins(session)))
        yield change
        change.settle()


class DirectoryChange:
    """A change of the directory under way. Whoever it touches has to be named before they are changed."""

    def __init__(self, context: Context, transaction: Transaction, actor: str, keeps_admins: bool) -> None:
        self.session = transaction.session
        self.actor = actor
        self.now = context.clock.now()
        self._keeps_admins = keeps_admins
        self._context = context
        self.transaction = transaction
        self._before: dict[str, Person | None] = {}
        self._on_platforms: set[OnPlatform] = set()
        self._events: list[Event] = []
        self._deleted: dict[str, frozenset[str]] = {}
        self._removed: list[Person] = []

    def touch(self, ids: Iterable[str]) -> None:
        """Note how people stand now, before they are changed."""
        new = sorted(set(ids) - set(self._before))
        self._before |= self._standing(new)
        self._on_platforms |= self._logins(new, self._before)

    def delete_group(self, id: str) -> None:
        """Delete a group, with all that its members hold through it, its grants and its pending requests."""
        people = self.session.people
        group = people.group(id)
        self.touch(people.members(id))
        self._deleted[id] = people.steward_ids(StewardSource.group(id))
        people.delete_group(id)
        self.tell(self.event(GroupDeleted, id, group.name if group else id))

    def remove_person(self, person: Person) -> None:
        """Leave someone who is inactive out of all lists; their grants end with them."""
        self.session.directory.remove(person.id)
        self._removed.append(person)

    def take_permissions_in(self, domain: str) -> None:
        """Take the permissions in a domain from everyone who holds any, directly or through a group."""
        people = self.session.people
        holders, groups = people.holding_in(domain)
        self.touch(holders)
        for person in people.held(holders).values():
            kept, taken = _without(domain, person.domain_permissions)
            people.save(replace(person, domain_permissions=kept))
            self.tell(self.event(PersonSaved, person.id, person.name, given=[], taken=taken, owner=person.owner))
        for group in filter(None, map(people.group, groups)):
            self.touch(people.members(group.id))
            held = people.held_by_group(group.id)
            kept, taken = _without(domain, held.domain_permissions)
            people.save_group(group, held.attributes, held.permissions, kept)
            self.tell(self.event(GroupSaved, group.id, group.name, given=[], taken=taken))

    def tell(self, event: Event) -> None:
        """Record an event with the change, once all of it is written."""
        self._events.append(event)

    def settle(self) -> None:
        """Write down what follows for service accounts, requests and data platforms, and tell of everything.

        Raises LastUserAdmin.
        """
        self._deactivate_accounts()
        if self._keeps_admins and not user_admins(self.session):
            raise LastUserAdmin("nobody active would hold `USER_ADMIN` any more: give it to someone else first")
        after = self._standing(self._before)
        changed = self._logins(self._before, after) ^ self._on_platforms
        add_jobs(self.session, DIRECTORY, "directory", sorted({target for target, *_ in changed}), self.now)
        following = what_follows(self._context, self.session, self.actor, self._before, after)
        for group, members in sorted(self._deleted.items()):
            following += ended_with_group(self._context, self.session, self.actor, group, members)
        for person in self._removed:
            following += ended_with_person(self._context, self.session, self.actor, person)
        activity = {PersonDeactivated: left(self._before, after), PersonReactivated: returned(self._before, after)}
        for kind, ids in activity.items():
            self._events += (self.event(kind, id, _name(after[id], id)) for id in sorted(ids))
        save(self.transaction, self.now, Change(events=tuple(self._events)), *following)

    def event(self, kind: type[Event], subject: str, name: str, **data: object) -> Event:
        """An event of this change about one person or group."""
        return kind(self.actor, self.now, subject, data={"name": name, **data})

    def _deactivate_accounts(self) -> None:
        """A service account has no access without someone active who answers for it."""
        gone = left(self._before, self._standing(self._before))
        for account in self.session.people.many(self.session.directory.owned_by(gone)):
            if account.active:
                self.touch([account.id])
                direct = self.session.people.direct(account.id)
                assert direct
                self.session.people.save(replace(direct, active=False))

    def _standing(self, ids: Iterable[str]) -> dict[str, Person | None]:
        wanted: Sequence[str] = sorted(ids)
        found = {person.id: person for person in self.session.people.many(wanted)}
        return {id: found.get(id) for id in wanted}

    def _logins(self, ids: Iterable[str], standing: dict[str, Person | None]) -> set[OnPlatform]:
        """What those of the people who are active are called on each platform, their groups, and what policies ask.

        Whether a group has a grant is not asked: one may be approved in the same moment by someone else.
        """
        people = {id: person for id in ids if (person := standing[id]) and person.active}
        logins = self.session.logins.of_people(list(people))
        facts = {id: facts_of(people[id], self._asked) for id in {one.person for one in logins}}
        return {(one.target, one.person, one.login, people[one.person].groups, facts[one.person]) for one in logins}

    @cached_property
    def _asked(self) -> Asked:
        return asked_in(self.session.subscriptions.in_force(), self.session.policies.in_force())


def user_admins(session: Session) -> list[str]:
    """The ids of the active people, no service accounts among them, who manage people."""
    ids = session.people.steward_ids(StewardSource.permission(GlobalPermission.USER_ADMIN))
    return [person.id for person in session.people.many(sorted(ids)) if person.kind is PersonKind.PERSON]


def refuse_ruled_by_host(context: Context) -> None:
    """Raises RuledByTheHost where people and groups are the host's to change."""
    if context.directory:
        raise RuledByTheHost(
            "who exists and what they hold is said by the directory of this server: change it there, and it is taken "
            "over at the next sign-in or by `placet people sync`"
        )


def no_domain(session: Session, id: str) -> str:
    """That there is no domain with this id, and which is nearest to it, in words; nothing where there is one."""
    known = [domain.id for domain in session.domains.all()]
    near = get_close_matches(id, known, n=1)
    told = f"did you mean `{near[0]}`?" if near else f"there are {', '.join(sorted(known)[:TOLD]) or 'none'}"
    return "" if id in known else f"no domain has the id `{id}`: {told}"


def refuse_unknown_domains(
    session: Session, held: Iterable[tuple[str, DomainPermission]], before: Iterable[tuple[str, DomainPermission]]
) -> None:
    """Raises NotFound for a permission that is given in a domain which is not there."""
    for domain in sorted({domain for domain, _ in set(held) - set(before)}):
        if told := no_domain(session, domain):
            raise NotFound(told)


def refuse_reserved(id: str) -> None:
    """Raises Forbidden for the name under which the audit trail keeps what happens by itself."""
    if id == THE_CLOCK:
        raise Forbidden(f"`{id}` can't be the id of a person: the audit trail calls so what happens by itself")


InDomains = frozenset[tuple[str, DomainPermission]]


def _without(domain: str, held: InDomains) -> tuple[InDomains, list[str]]:
    """The permissions that are not in a domain, and the keys of those that are."""
    taken = {one for one in held if one[0] == domain}
    return held - taken, sorted(StewardSource.domain_permission(permission, domain).key for _, permission in taken)


def _name(person: Person | None, id: str) -> str:
    return person.name if person else id
