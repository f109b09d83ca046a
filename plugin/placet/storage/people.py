"""People and groups, and what they hold: a directory in Placet's own tables."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import groupby
from operator import itemgetter
from typing import Any

from peewee import JOIN, SQL

from placet.domain.people import (
    DomainPermission,
    GlobalPermission,
    Group,
    Holdings,
    Person,
    PersonKind,
    SourceKind,
    StewardSource,
)
from placet.storage.prepared import Filled, Prepared
from placet.storage.shapes import digest
from placet.storage.tables import (
    GroupHoldingRow,
    GroupRow,
    GroupWordRow,
    HoldingRow,
    MembershipRow,
    PersonRow,
    PersonWordRow,
)
from placet.storage.transaction import Transaction, batches
from placet.storage.words import beginning, words


class People:
    """Who exists and what they hold, and how that is kept."""

    def __init__(self, transaction: Transaction) -> None:
        self._in = transaction

    def person(self, id: str) -> Person | None:
        """The person with all they hold, directly and through groups, or None; also inactive ones."""
        return next(iter(self.many([id])), None)

    def many(self, ids: Sequence[str]) -> list[Person]:
        """Those of the people who exist, by id, in one query for some hundred of them."""
        return [person for batch in batches(sorted(set(ids))) for person, _ in self._read(batch)]

    def direct(self, id: str) -> Person | None:
        """The person with what they hold themselves, without what comes through groups; what `save` takes."""
        found = self.both(id)
        return found[1] if found else None

    def held(self, ids: Iterable[str]) -> dict[str, Person]:
        """Those of the people who exist, by id, each as `direct` has them."""
        return {own.id: own for batch in batches(sorted(set(ids))) for _, own in self._read(batch)}

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
        new = columns | {"external_id": "", "removed": False, "revision": 1}
        changed = columns | {"revision": PersonRow.revision + 1} | ({"removed": False} if person.active else {})
        upsert = PersonRow.insert(new).on_conflict(conflict_target=[PersonRow.id], update=changed)
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
        return next(iter(self.groups([id])), None)

    def groups(self, ids: Iterable[str]) -> list[Group]:
        """Those of the groups that exist, by id."""
        rows = (row for batch in batches(sorted(set(ids))) for row in self._in.rows(_GROUPS(list(batch))))
        return [Group(row.id, row.name, row.revision) for row in rows]

    def save_group(
        self,
        group: Group,
        attributes: Mapping[str, Iterable[str]] | None = None,
        permissions: Iterable[GlobalPermission] = (),
        domain_permissions: Iterable[tuple[str, DomainPermission]] = (),
    ) -> None:
        """Keep a group with what its members hold through it, in place of all before; its members stay."""
        new = {"id": group.id, "name": group.name, "external_id": "", "revision": 1}
        changed = {"name": group.name, "revision": GroupRow.revision + 1}
        self._in.change(GroupRow.insert(new).on_conflict(conflict_target=[GroupRow.id], update=changed))
        self._in.change(GroupWordRow.delete().where(GroupWordRow.group == group.id))
        found_by = sorted(words(f"{group.id} {group.name}"))
        self._in.add_all(GroupWordRow, ({"group": group.id, "word": word} for word in found_by))
        held = holdings(attributes or {}, permissions, domain_permissions)
        self._in.change(GroupHoldingRow.delete().where(GroupHoldingRow.group == group.id))
        self._in.add_all(GroupHoldingRow, ({"group": group.id, **_holding(source)} for source in held))

    def rename_group(self, group: Group) -> None:
        """Give a group another name; what its members hold through it stays."""
        held = self.held_by_group(group.id)
        self.save_group(group, held.attributes, held.permissions, held.domain_permissions)

    def held_by_group(self, id: str) -> Holdings:
        """What the members of a group hold through it."""
        return self.held_by_groups([id])[id]

    def held_by_groups(self, ids: Iterable[str]) -> dict[str, Holdings]:
        """The same of several groups, by id; nothing for one that does not exist."""
        found: dict[str, list[StewardSource]] = {id: [] for id in sorted(set(ids))}
        for batch in batches(list(found)):
            for row in self._in.rows(GroupHoldingRow.select().where(GroupHoldingRow.group.in_(batch))):
                found[row.group].append(StewardSource(SourceKind(row.kind), row.name, row.value))
        return {id: _held_through(id, sources) for id, sources in found.items()}

    def holding_in(self, domain: str) -> tuple[list[str], list[str]]:
        """The ids of the people, also of the inactive, and of the groups that hold a permission in a domain."""
        keys = [digest(StewardSource.domain_permission(permission, domain).key) for permission in DomainPermission]
        people = HoldingRow.select(HoldingRow.person).where(HoldingRow.source.in_(keys), HoldingRow.value == domain)
        groups = GroupHoldingRow.select(GroupHoldingRow.group).where(
            GroupHoldingRow.source.in_(keys), GroupHoldingRow.value == domain
        )
        return (
            sorted({row.person for row in self._in.rows(people)}),
            sorted({row.group for row in self._in.rows(groups)}),
        )

    def delete_group(self, id: str) -> None:
        """Forget a group, who is in it, and what its members held through it."""
        for table in (MembershipRow, GroupHoldingRow, GroupWordRow):
            self._in.change(table.delete().where(table.group == id))
        self._in.change(GroupRow.delete().where(GroupRow.id == id))

    def members(self, group: str) -> list[str]:
        """The ids of everyone in a group, also of the inactive."""
        query = MembershipRow.select().where(MembershipRow.group == group).order_by(MembershipRow.person)
        return [row.person for row in self._in.rows(query)]

    def members_of(self, groups: Collection[str]) -> dict[str, list[str]]:
        """The ids of everyone in these groups, also of the inactive, by group; one that is not there is left out."""
        found: dict[str, list[str]] = {}
        for batch in batches(sorted(set(groups))):
            found |= {row.id: [] for row in self._in.rows(GroupRow.select(GroupRow.id).where(GroupRow.id.in_(batch)))}
            query = MembershipRow.select().where(MembershipRow.group.in_(batch)).order_by(MembershipRow.person)
            for row in self._in.rows(query):
                found[row.group].append(row.person)
        return found

    def stewards(self, source: StewardSource) -> list[Person]:
        """The active people a source makes stewards, by id."""
        return self.many(sorted(self.steward_ids(source)))

    def steward_ids(self, source: StewardSource) -> frozenset[str]:
        """The ids of the active people a source makes stewards, in one query however many they are."""
        return frozenset(row.id for row in self._in.rows(_stewards(source)))

    def _read(self, ids: Sequence[str]) -> list[tuple[Person, Person]]:
        """Each person by id, with all they hold and with only what they hold themselves."""
        rows = self._in.tuples(_PEOPLE(list(ids)))
        return [_both(list(held)) for _, held in groupby(rows, key=itemgetter(0))]


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


def _people(ids: Any) -> Any:
    """A row for each thing that each person holds; one without a kind for those who hold nothing."""
    members = MembershipRow.select(
        MembershipRow.person.alias("holder"),
        SQL("1").alias("own"),
        SQL("'group'").alias("what"),
        MembershipRow.group.alias("held"),
        SQL("''").alias("worth"),
    )
    own = HoldingRow.select(HoldingRow.person, SQL("1"), HoldingRow.kind, HoldingRow.name, HoldingRow.value)
    of_groups = GroupHoldingRow.kind, GroupHoldingRow.name, GroupHoldingRow.value
    through = GroupHoldingRow.select(MembershipRow.person, SQL("0"), *of_groups)
    joined = through.join(MembershipRow, on=(MembershipRow.group == GroupHoldingRow.group))
    held = (
        members.where(MembershipRow.person.in_(ids))
        .union_all(own.where(HoldingRow.person.in_(ids)))
        .union_all(joined.where(MembershipRow.person.in_(ids)))
        .alias("held_by")
    )
    known = PersonRow.kind, PersonRow.owner, PersonRow.active, PersonRow.revision
    columns = PersonRow.id, PersonRow.name, PersonRow.email, *known
    return (
        PersonRow.select(*columns, held.c.own, held.c.what, held.c.held, held.c.worth)
        .join(held, JOIN.LEFT_OUTER, on=(held.c.holder == PersonRow.id))
        .where(PersonRow.id.in_(ids))
        .order_by(PersonRow.id)
    )


_PEOPLE = Prepared(PersonRow, _people)


def _stewards(source: StewardSource) -> Filled[PersonRow]:
    """The active people who are named by a source, or hold it, or are in a group that holds it."""
    if source.kind is SourceKind.USER:
        return _NAMED(source.name)
    if source.kind is SourceKind.GROUP:
        return _MEMBERS(source.name)
    return _HOLDERS(digest(source.key), source.kind.value, source.name, source.value)


def stewards_among(source: StewardSource) -> Any:
    """The condition that someone is active and a steward by this source; for queries that page through them."""
    if source.kind is SourceKind.USER:
        return PersonRow.active & (PersonRow.id == source.name)
    if source.kind is SourceKind.GROUP:
        return PersonRow.active & _inside(source.name)
    return PersonRow.active & _holding_it(digest(source.key), source.kind.value, source.name, source.value)


def _inside(group: Any) -> Any:
    return PersonRow.id.in_(MembershipRow.select(MembershipRow.person).where(MembershipRow.group == group))


def _holding_it(key: Any, kind: Any, name: Any, value: Any) -> Any:
    """Found by the digest of the source, and compared whole."""

    def same(held: type[HoldingRow | GroupHoldingRow]) -> Any:
        return (held.source == key) & (held.kind == kind) & (held.name == name) & (held.value == value)

    directly = HoldingRow.select(HoldingRow.person).where(same(HoldingRow))
    groups = GroupHoldingRow.select(GroupHoldingRow.group).where(same(GroupHoldingRow))
    through = MembershipRow.select(MembershipRow.person).where(MembershipRow.group.in_(groups))
    return PersonRow.id.in_(directly.union_all(through))


_GROUPS = Prepared(GroupRow, lambda ids: GroupRow.select().where(GroupRow.id.in_(ids)).order_by(GroupRow.id))
_ACTIVE = PersonRow.select(PersonRow.id).where(PersonRow.active)
_NAMED = Prepared(PersonRow, lambda id: _ACTIVE.where(PersonRow.id == id))
_MEMBERS = Prepared(PersonRow, lambda group: _ACTIVE.where(_inside(group)))
_HOLDERS = Prepared(PersonRow, lambda *source: _ACTIVE.where(_holding_it(*source)))


def _holding(source: StewardSource) -> dict[str, object]:
    return {"source": digest(source.key), "kind": source.kind.value, "name": source.name, "value": source.value}


def _both(rows: Sequence[tuple[Any, ...]]) -> tuple[Person, Person]:
    """One person out of the rows of `_people`: with all they hold, and with only what they hold themselves."""
    id, name, email, kind, owner, active, revision = rows[0][:7]
    held = [(own, StewardSource(SourceKind(what), name, value)) for *_, own, what, name, value in rows if what]
    bare = Person(id, name, email, PersonKind(kind), owner, active=active, revision=revision)
    return _holding_all(bare, (source for _, source in held)), _holding_all(bare, (one for own, one in held if own))


def _held_through(group: str, sources: Iterable[StewardSource]) -> Holdings:
    held = _holding_all(Person(group, group), sources)
    return Holdings(held.attributes, held.permissions, held.domain_permissions)


def _holding_all(person: Person, held: Iterable[StewardSource]) -> Person:
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
    return replace(
        person,
        groups=frozenset(groups),
        attributes={key: frozenset(values) for key, values in sorted(attributes.items())},
        permissions=frozenset(permissions),
        domain_permissions=frozenset(in_domains),
    )
