"""Groups: who is in them, and what their members hold through them."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import AbstractContextManager

from placet.domain.errors import AlreadyThere, Invalid, NotFound, StaleRevision
from placet.domain.people import LONGEST_WORD, NOTHING_HELD, Group, Holdings, Person, PersonKind
from placet.domain.permissions import Action, refuse_unless_may
from placet.service.context import Context, person_known
from placet.service.directory import DirectoryChange, changing_directory, refuse_ruled_by_host, refuse_unknown_domains
from placet.service.keeping import keep_group, tell_members
from placet.service.people_views import GroupView
from placet.service.views import Page
from placet.storage import Session


class BadGroup(Invalid):
    """No group can be as it was described."""

    code = "bad-group"
    title = "A group can't be described so"


class Groups:
    """Find, read and change groups; for those who manage people."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def list(self, actor: Person, search: str = "", cursor: str = "", limit: int | None = None) -> Page[GroupView]:
        """Groups by id, with how many are in each."""
        refuse_unless_may(actor, Action.MANAGE_PEOPLE)
        with self._context.store.reading() as session:
            page = session.directory.groups(search, cursor or None, self._context.page_size(limit))
            views = _views(session, page.items)
            return page.map(lambda group: views[group.id])

    def get(self, actor: Person, id: str) -> GroupView:
        """One group. Raises NotFound."""
        refuse_unless_may(actor, Action.MANAGE_PEOPLE)
        with self._context.store.reading() as session:
            return _viewed(session, known_group(session, id))

    def members(self, actor: Person, id: str, cursor: str = "", limit: int | None = None) -> Page[Person]:
        """Who is in a group, by id; also the inactive. Raises NotFound."""
        refuse_unless_may(actor, Action.MANAGE_PEOPLE)
        with self._context.store.reading() as session:
            known_group(session, id)
            size = self._context.page_size(limit)
            return session.directory.people(group=id, cursor=cursor or None, limit=size)

    def create(self, actor: Person, group: Group, held: Holdings = NOTHING_HELD, external_id: str = "") -> GroupView:
        """Make a group without members. Raises AlreadyThere, BadGroup."""
        with self._changing(actor, group) as change:
            _add(change, group)
            _keep(change, group, held)
            change.session.directory.set_external_id("groups", group.id, external_id)
        return self.get(actor, group.id)

    def replace(self, actor: Person, group: Group, held: Holdings, revision: int | None = None) -> GroupView:
        """Describe a group anew: what is left out is taken from all of its members, who stay in it.

        Raises StaleRevision, NotFound, BadGroup, LastUserAdmin.
        """
        with self._changing(actor, group) as change:
            session = change.session
            known = known_group(session, group.id, revision)
            before = session.people.held_by_group(group.id)
            if (known, before) != (group, held):
                change.touch(session.people.members(group.id))
                _keep(change, group, held, before)
        return self.get(actor, group.id)

    def provide(
        self,
        actor: Person,
        group: Group,
        members: frozenset[str],
        external_id: str,
        revision: int | None = None,
        new: bool = False,
    ) -> GroupView:
        """A group as an identity provider has it: its name, and the people in it; what it holds stays.

        Service accounts that are in it stay too: providers don't know them. Raises NotFound, AlreadyThere,
        StaleRevision, LastUserAdmin.
        """
        with self._changing(actor, group) as change:
            session = change.session
            if new:
                _add(change, group)
            known = known_group(session, group.id, revision)
            there = {one.id for one in session.people.many(session.people.members(group.id)) if _provided(one)}
            change.touch(there | members)
            for one in sorted(members - there):
                session.directory.join(group.id, person_known(session, one).id)
            for one in sorted(there - members):
                session.directory.leave(group.id, one)
            if known != group:
                session.people.rename_group(group)
            renumbered = session.directory.set_external_id("groups", group.id, external_id)
            if (members ^ there or known != group or renumbered) and not new:
                session.directory.touched_group(group.id)
            if new or members ^ there or known != group:
                tell_members(change, group, members - there, there - members)
        return self.get(actor, group.id)

    def delete(self, actor: Person, id: str, revision: int | None = None) -> None:
        """End a group: its members hold nothing through it any more. Raises NotFound, StaleRevision, LastUserAdmin."""
        refuse_unless_may(actor, Action.MANAGE_PEOPLE)
        refuse_ruled_by_host(self._context)
        with changing_directory(self._context, actor.id) as change:
            known_group(change.session, id, revision)
            change.delete_group(id)

    def change_members(
        self, actor: Person, id: str, *, joining: frozenset[str] = frozenset(), leaving: frozenset[str] = frozenset()
    ) -> GroupView:
        """Put people into a group and take others out. Raises NotFound for a group or person that is not there."""
        refuse_unless_may(actor, Action.MANAGE_PEOPLE)
        refuse_ruled_by_host(self._context)
        with changing_directory(self._context, actor.id) as change:
            session = change.session
            group = known_group(session, id)
            change.touch(joining | leaving)
            joined = [one for one in sorted(joining) if session.directory.join(id, person_known(session, one).id)]
            left = [one for one in sorted(leaving) if session.directory.leave(id, one)]
            if joined or left:
                session.directory.touched_group(id)
                tell_members(change, group, joined, left)
        return self.get(actor, id)

    def _changing(self, actor: Person, group: Group) -> AbstractContextManager[DirectoryChange]:
        refuse_unless_may(actor, Action.MANAGE_PEOPLE)
        refuse_ruled_by_host(self._context)
        _refuse_bad_group(group)
        return changing_directory(self._context, actor.id)


def _add(change: DirectoryChange, group: Group) -> None:
    if change.session.people.group(group.id):
        raise AlreadyThere(f"there is a group with the id `{group.id}` already")
    change.session.people.save_group(group)


def _provided(person: Person) -> bool:
    return person.kind is PersonKind.PERSON


def known_group(session: Session, id: str, revision: int | None = None) -> Group:
    """The group. Raises NotFound, StaleRevision."""
    group = session.people.group(id)
    if group is None:
        raise NotFound(f"no group has the id `{id}`")
    if revision is not None and group.revision != revision:
        raise StaleRevision(f"`{id}` was changed meanwhile: read it again and repeat the change")
    return group


def _refuse_bad_group(group: Group) -> None:
    if not 1 <= len(group.id) <= LONGEST_WORD or len(group.name) > LONGEST_WORD or not group.id.isprintable():
        raise BadGroup(f"an id has 1 to {LONGEST_WORD} characters, none a control character; a name has no more")


def _keep(change: DirectoryChange, group: Group, held: Holdings, before: Holdings = NOTHING_HELD) -> None:
    """Write a group that is given permissions in no domain which is not there. Raises NotFound."""
    refuse_unknown_domains(change.session, held.domain_permissions, before.domain_permissions)
    keep_group(change, group, held, before)


def _viewed(session: Session, group: Group) -> GroupView:
    return _views(session, [group])[group.id]


def _views(session: Session, groups: Iterable[Group]) -> dict[str, GroupView]:
    """Groups as views, by their ids; what is known of them is looked up for all at once."""
    found = {group.id: group for group in groups}
    sizes = session.directory.sizes(found)
    external = session.directory.external_ids("groups", found)
    held = session.people.held_by_groups(found)
    return {id: GroupView(one, held[id], sizes.get(id, 0), external.get(id, "")) for id, one in found.items()}
