"""The directory as identity providers read it: by number, by the name they have for it, with members and groups."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from placet.domain.people import Group, Person, PersonKind
from placet.domain.permissions import Action, refuse_unless_may
from placet.service.context import Context
from placet.storage.directory import Named

__all__ = ["Named", "Provided", "ProvidedGroup", "ProvidedViews"]


@dataclass(frozen=True)
class Provided:
    """A person with what they hold themselves, and the names of their groups."""

    own: Person
    external_id: str = ""
    group_names: Mapping[str, str] = field(default_factory=dict, hash=False)


@dataclass(frozen=True)
class ProvidedGroup:
    """A group with the people in it; service accounts are not an identity provider's."""

    group: Group
    members: tuple[Person, ...] = ()
    external_id: str = ""


class ProvidedViews:
    """For those who manage people; whoever was removed is not there."""

    _context: Context

    def provided_page(self, actor: Person, what: Named, start: int, count: int) -> tuple[int, list[str]]:
        """How many there are, and the ids of some, from the `start`th on in the order of their ids."""
        refuse_unless_may(actor, Action.MANAGE_PEOPLE)
        with self._context.store.reading() as session:
            if what == "groups":
                return session.directory.numbered_groups(start, count)
            return session.directory.numbered_people(PersonKind.PERSON, start, count)

    def provided_called(self, actor: Person, what: Named, attribute: str, value: str) -> list[str]:
        """The ids of those with this `id`, `external_id` or, of groups, `name`."""
        refuse_unless_may(actor, Action.MANAGE_PEOPLE)
        with self._context.store.reading() as session:
            if attribute == "external_id":
                return session.directory.called(what, value)
            return session.directory.groups_named(value) if attribute == "name" else [value]

    def provided_people(self, actor: Person, ids: Sequence[str]) -> list[Provided]:
        """Those of the people who are there, by id."""
        refuse_unless_may(actor, Action.MANAGE_PEOPLE)
        with self._context.store.reading() as session:
            known = session.people.held(ids)
            there = [one for one in known.values() if one.kind is PersonKind.PERSON]
            there = [one for one in there if one.active or not session.directory.removed(one.id)]
            external = session.directory.external_ids("people", known)
            groups = {group for one in there for group in one.groups}
            names = {id: group.name for id in groups if (group := session.people.group(id))}
            return [Provided(one, external.get(one.id, ""), names) for one in there]

    def provided_groups(self, actor: Person, ids: Sequence[str]) -> list[ProvidedGroup]:
        """Those of the groups that are there, by id."""
        refuse_unless_may(actor, Action.MANAGE_PEOPLE)
        with self._context.store.reading() as session:
            found = [group for id in sorted(set(ids)) if (group := session.people.group(id))]
            external = session.directory.external_ids("groups", ids)
            inside = {group.id: session.people.many(session.people.members(group.id)) for group in found}
            return [
                ProvidedGroup(
                    group,
                    tuple(one for one in inside[group.id] if one.kind is PersonKind.PERSON),
                    external.get(group.id, ""),
                )
                for group in found
            ]
