"""Groups and people in a file of definitions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from placet.domain.people import DomainPermission, GlobalPermission, Group, Holdings, Person, PersonKind
from placet.domain.tokens import Scope
from placet.service.context import Context
from placet.service.definitions.kind import AT_ONCE, DOMAIN_PERMISSIONS, SET, WORD, Kind, Plain, Standing, every
from placet.service.definitions.shapes import Flag, Member, Record, Several, Table, Word
from placet.service.groups import Groups
from placet.service.people import People
from placet.storage import Session

HOLDINGS = {
    "attributes": Member(Table(SET), {}, "The values of each attribute, by its key."),
    "permissions": Member(Several(Word(tuple(GlobalPermission)), ordered=False), [], "Those that are held everywhere."),
    "domain_permissions": Member(DOMAIN_PERMISSIONS, {}, "By the id of the domain."),
}


class GroupKind(Kind):
    """Groups, with what their members hold through them."""

    section = "groups"
    scope = Scope.PEOPLE
    shape = Record({"name": Member(WORD, about="What people call it."), **HOLDINGS})

    def ids(self, session: Session) -> list[str]:
        return session.directory.group_ids()

    def standing(self, session: Session, ids: Sequence[str]) -> dict[str, Standing]:
        groups = session.people.groups(ids)
        held = session.people.held_by_groups(ids)
        return {one.id: Standing({"name": one.name, **_plain(held[one.id])}, one) for one in groups}

    def whole(self, context: Context, id: str, wanted: Plain, standing: Standing | None) -> Plain:  # noqa: ARG002 - not all look at all
        return wanted | _plain(_held(wanted))

    def write(self, context: Context, actor: Person, id: str, wanted: Plain, standing: Standing | None) -> None:
        group, held = Group(id, wanted["name"]), _held(wanted)
        if standing:
            Groups(context).replace(actor, group, held, standing.value.revision)
        else:
            Groups(context).create(actor, group, held)


class PeopleKind(Kind):
    """People and service accounts, with what they hold themselves; how they sign in is not told."""

    section = "people"
    scope = Scope.PEOPLE
    shape = Record(
        {
            "name": Member(WORD, about="What they are called."),
            "email": Member(WORD, "", "Where they are told."),
            "kind": Member(Word(tuple(PersonKind)), PersonKind.PERSON.value, "It stays what it is."),
            "owner": Member(WORD, "", "The id of the person who answers for a service account."),
            "groups": Member(SET, [], "The ids of the groups they are in."),
            **HOLDINGS,
            "active": Member(Flag(), True, "Whether they may do anything."),
        }
    )

    def ids(self, session: Session) -> list[str]:
        return [person.id for person in every(lambda cursor: session.directory.people(cursor=cursor, limit=AT_ONCE))]

    def standing(self, session: Session, ids: Sequence[str]) -> dict[str, Standing]:
        removed = session.directory.removed_among(ids)
        return {id: self._standing(one) for id, one in session.people.held(ids).items() if id not in removed}

    def _standing(self, person: Person) -> Standing:
        plain = {
            "name": person.name,
            "email": person.email,
            "kind": person.kind.value,
            "owner": person.owner or "",
            "groups": sorted(person.groups),
            **_plain(Holdings(person.attributes, person.permissions, person.domain_permissions)),
            "active": person.active,
        }
        return Standing(plain, person)

    def turn(self, wanted: Plain) -> int:
        """Owners come before the service accounts they own."""
        return int(bool(wanted["owner"]))

    def whole(self, context: Context, id: str, wanted: Plain, standing: Standing | None) -> Plain:  # noqa: ARG002 - not all look at all
        return wanted | _plain(_held(wanted))

    def write(self, context: Context, actor: Person, id: str, wanted: Plain, standing: Standing | None) -> None:
        held = _held(wanted)
        person = Person(
            id,
            wanted["name"],
            wanted["email"],
            PersonKind(wanted["kind"]),
            wanted["owner"] or None,
            frozenset(wanted["groups"]),
            held.attributes,
            held.permissions,
            held.domain_permissions,
            wanted["active"],
        )
        if standing:
            People(context).replace(actor, person, standing.value.revision)
        else:
            People(context).create(actor, person)


def _held(given: Plain) -> Holdings:
    return Holdings(
        {key: frozenset(values) for key, values in given["attributes"].items() if values},
        frozenset(map(GlobalPermission, given["permissions"])),
        frozenset(
            (domain, DomainPermission(one)) for domain, own in given["domain_permissions"].items() for one in own
        ),
    )


def _plain(held: Holdings) -> Plain:
    return {
        "attributes": _sorted(held.attributes),
        "permissions": sorted(map(str, held.permissions)),
        "domain_permissions": {
            domain: sorted(str(permission) for one, permission in held.domain_permissions if one == domain)
            for domain in sorted({one for one, _ in held.domain_permissions})
        },
    }


def _sorted(attributes: Mapping[str, Iterable[str]]) -> Plain:
    return {key: sorted(values) for key, values in sorted(attributes.items()) if values}
