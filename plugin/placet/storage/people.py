"""People and groups, and what they hold: a directory in Placet's own tables."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from peewee import SQL

from placet.domain.people import (
    DomainPermission,
    GlobalPermission,
    Group,
    Person,
    PersonKind,
    SourceKind,
    StewardSource,
)
from placet.storage.paging import Page, after, cut, decode, rows_wanted
from placet.storage.prepared import Filled, Prepared
from placet.storage.shapes import digest
from placet.storage.tables import GroupHoldingRow, GroupRow, HoldingRow, MembershipRow, PersonRow, PersonWordRow
from placet.storage.transaction import Transaction, batches
from placet.storage.words import beginning, words

Held = dict[str, list[StewardSource]]
"""What people hold, by the id of each."""


class People:
    """The `Directory` of Placet's own tables, and how it is filled."""

    def __init__(self, transaction: Transaction) -> None:
        self._in = transaction

    def person(self, id: str) -> Person | None:
        """The person with all they hold, directly and through groups, or None; also inactive ones."""
        return next(iter(self.many([id])), None)

    def many(self, ids: Sequence[str]) -> list[Person]:
        """Those of the people who exist, by id, in two queries for some hundred of them."""
        return [person for batch in batches(sorted(set(ids))) for person, _ in self._read(batch)]

    def direct(self, id: str) -> Person | None:
        """The person with what they hold themselves, without what comes through groups; what `save` takes."""
        found = self.both(id)
        return found[1] if found else None

    def both(self, id: str) -> tuple[Person, Person] | None:
        """The person with all they hold, and with only what they hold themselves; or None."""
        return next(iter(self._read([id])), None)

    def search(self, text: str, limit: int = 20) -> list[Person]:
        """Active people, by id; each word of the text begins a word of their id, name or e-mail, in whichever case."""
        query = PersonRow.select(PersonRow.id).where(PersonRow.active).order_by(PersonRow.id).limit(limit)
        for word in words(text):
            found = PersonWordRow.select(PersonWordRow.person).where(beginning(PersonWordRow.word, word))
            query = query.where(PersonRow.id.in_(found))
        return self.many([row.id for row in self._in.rows(query)])

    def page(self, cursor: str | None = None, limit: int = 50) -> Page[Person]:
        """Everyone, by id."""
        query = PersonRow.select().order_by(PersonRow.id).limit(rows_wanted(limit))
        if cursor:
            query = query.where(after([PersonRow.id], decode(cursor, (str,))))
        page = cut(self._in.rows(query), limit, lambda row: (row.id,))
        found = {person.id: person for person in self.many([row.id for row in page.items])}
        return page.map(lambda row: found[row.id])

    def save(self, person: Person) -> None:
        """Keep a person as they are given: groups, attributes and permissions held directly, in place of all before.

        Raises Conflict where a group or the owner does not exist.
        """
        columns = {
            "id": person.id,
            "name": person.name,
            "email": person.email,
            "kind": person.kind.value,
            "owner": person.owner,
            "active": person.active,
        }
        upsert = PersonRow.insert(columns).on_conflict(conflict_target=[PersonRow.id], update=columns)
        self._in.change(upsert)
        self._in.change(MembershipRow.delete().where(MembershipRow.person == person.id))
        self._in.add_all(MembershipRow, ({"person": person.id, "group": group} for group in sorted(person.groups)))
        held = holdings(person.attributes, person.permissions, person.domain_permissions)
        self._in.change(HoldingRow.delete().where(HoldingRow.person == person.id))
        self._in.add_all(HoldingRow, ({"person": person.id, **_holding(source)} for source in held))
        found_by = sorted(words(f"{person.id} {person.name} {person.email}"))
        self._in.change(PersonWordRow.delete().where(PersonWordRow.person == person.id))
        self._in.add_all(PersonWordRow, ({"person": person.id, "word": word} for word in found_by))

    def group(self, id: str) -> Group | None:
        row = self._in.first(GroupRow.select().where(GroupRow.id == id))
        return Group(row.id, row.name) if row else None

    def groups(self) -> list[Group]:
        """All groups, by id."""
        return [Group(row.id, row.name) for row in self._in.rows(GroupRow.select().order_by(GroupRow.id))]

    def save_group(
        self,
        group: Group,
        attributes: Mapping[str, Iterable[str]] | None = None,
        permissions: Iterable[GlobalPermission] = (),
        domain_permissions: Iterable[tuple[str, DomainPermission]] = (),
    ) -> None:
        """Keep a group with what its members hold through it, in place of all before; its members stay."""
        columns = {"id": group.id, "name": group.name}
        self._in.change(GroupRow.insert(columns).on_conflict(conflict_target=[GroupRow.id], update=columns))
        held = holdings(attributes or {}, permissions, domain_permissions)
        self._in.change(GroupHoldingRow.delete().where(GroupHoldingRow.group == group.id))
        self._in.add_all(GroupHoldingRow, ({"group": group.id, **_holding(source)} for source in held))

    def members(self, group: str) -> list[str]:
        """The ids of everyone in a group, also of the inactive."""
        query = MembershipRow.select().where(MembershipRow.group == group).order_by(MembershipRow.person)
        return [row.person for row in self._in.rows(query)]

    def stewards(self, source: StewardSource) -> list[Person]:
        """The active people a source makes stewards, by id."""
        return self.many(sorted(self.steward_ids(source)))

    def steward_ids(self, source: StewardSource) -> frozenset[str]:
        """The ids of the active people a source makes stewards, in one query however many they are."""
        return frozenset(row.id for row in self._in.rows(_stewards(source)))

    def _read(self, ids: Sequence[str]) -> list[tuple[Person, Person]]:
        """Each person by id, with all they hold and with only what they hold themselves."""
        rows = self._in.rows(_PEOPLE(list(ids)))
        all_held, own = self._held(ids) if rows else ({}, {})
        return [(_person(row, all_held.get(row.id, ())), _person(row, own.get(row.id, ()))) for row in rows]

    def _held(self, ids: Sequence[str]) -> tuple[Held, Held]:
        """What each person holds, groups included; and what of it not through a group."""
        all_held: Held = defaultdict(list)
        own: Held = defaultdict(list)
        for person, itself, kind, name, value in self._in.tuples(_HELD(list(ids))):
            source = StewardSource(SourceKind(kind), name, value)
            all_held[person].append(source)
            if itself:
                own[person].append(source)
        return all_held, own


def holdings(
    attributes: Mapping[str, Iterable[str]],
    permissions: Iterable[GlobalPermission],
    domain_permissions: Iterable[tuple[str, DomainPermission]],
) -> list[StewardSource]:
    """What someone holds, each as the steward source it makes them, once."""
    held = {
        *(StewardSource.attribute(key, value) for key, values in attributes.items() for value in values),
        *map(StewardSource.permission, permissions),
        *(StewardSource.domain_permission(permission, domain) for domain, permission in domain_permissions),
    }
    return sorted(held, key=lambda source: source.key)


_PEOPLE = Prepared(PersonRow, lambda ids: PersonRow.select().where(PersonRow.id.in_(ids)).order_by(PersonRow.id))


def _held(ids: Any) -> Any:
    """Of each person: whether they hold it themselves, its kind, name and value."""
    members = MembershipRow.select(MembershipRow.person, SQL("1"), SQL("'group'"), MembershipRow.group, SQL("''"))
    own = HoldingRow.select(HoldingRow.person, SQL("1"), HoldingRow.kind, HoldingRow.name, HoldingRow.value)
    of_groups = GroupHoldingRow.kind, GroupHoldingRow.name, GroupHoldingRow.value
    through = GroupHoldingRow.select(MembershipRow.person, SQL("0"), *of_groups)
    joined = through.join(MembershipRow, on=(MembershipRow.group == GroupHoldingRow.group))
    return (
        members.where(MembershipRow.person.in_(ids))
        .union_all(own.where(HoldingRow.person.in_(ids)))
        .union_all(joined.where(MembershipRow.person.in_(ids)))
    )


_HELD = Prepared(MembershipRow, _held)


def _stewards(source: StewardSource) -> Filled[PersonRow]:
    """The active people who are named by a source, or hold it, or are in a group that holds it."""
    if source.kind is SourceKind.USER:
        return _NAMED(source.name)
    if source.kind is SourceKind.GROUP:
        return _MEMBERS(source.name)
    return _HOLDERS(digest(source.key), source.kind.value, source.name, source.value)


_ACTIVE = PersonRow.select(PersonRow.id).where(PersonRow.active)
_NAMED = Prepared(PersonRow, lambda id: _ACTIVE.where(PersonRow.id == id))
_MEMBERS = Prepared(
    PersonRow,
    lambda group: _ACTIVE.where(
        PersonRow.id.in_(MembershipRow.select(MembershipRow.person).where(MembershipRow.group == group))
    ),
)


def _holders(key: Any, kind: Any, name: Any, value: Any) -> Any:
    """Found by the digest of the source, and compared whole."""

    def same(held: type[HoldingRow | GroupHoldingRow]) -> Any:
        return (held.source == key) & (held.kind == kind) & (held.name == name) & (held.value == value)

    directly = HoldingRow.select(HoldingRow.person).where(same(HoldingRow))
    groups = GroupHoldingRow.select(GroupHoldingRow.group).where(same(GroupHoldingRow))
    through = MembershipRow.select(MembershipRow.person).where(MembershipRow.group.in_(groups))
    return _ACTIVE.where(PersonRow.id.in_(directly.union_all(through)))


_HOLDERS = Prepared(PersonRow, _holders)


def _holding(source: StewardSource) -> dict[str, object]:
    return {"source": digest(source.key), "kind": source.kind.value, "name": source.name, "value": source.value}


def _person(row: PersonRow, held: Iterable[StewardSource]) -> Person:
    groups: set[str] = set()
    attributes: dict[str, set[str]] = defaultdict(set)
    permissions: set[GlobalPermission] = set()
    in_domains: set[tuple[str, DomainPermission]] = set()
    for source in held:
        if source.kind is SourceKind.GROUP:
            groups.add(source.name)
        elif source.kind is SourceKind.ATTRIBUTE:
            attributes[source.name].add(source.value)
        elif source.kind is SourceKind.GLOBAL_PERMISSION:
            permissions.add(GlobalPermission(source.name))
        else:
            in_domains.add((source.value, DomainPermission(source.name)))
    return Person(
        id=row.id,
        name=row.name,
        email=row.email,
        kind=PersonKind(row.kind),
        owner=row.owner,
        groups=frozenset(groups),
        attributes={key: frozenset(values) for key, values in sorted(attributes.items())},
        permissions=frozenset(permissions),
        domain_permissions=frozenset(in_domains),
        active=row.active,
    )
