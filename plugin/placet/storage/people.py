"""People and groups, and what they hold: a directory in Placet's own tables."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

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
from placet.storage.shapes import digest
from placet.storage.tables import GroupHoldingRow, GroupRow, HoldingRow, MembershipRow, PersonRow, PersonWordRow
from placet.storage.transaction import Transaction, batches
from placet.storage.words import beginning, words


class People:
    """The `Directory` of Placet's own tables, and how it is filled."""

    def __init__(self, transaction: Transaction) -> None:
        self._in = transaction

    def person(self, id: str) -> Person | None:
        """The person with all they hold, directly and through groups, or None; also inactive ones."""
        return next(iter(self.many([id])), None)

    def many(self, ids: Sequence[str]) -> list[Person]:
        """Those of the people who exist, by id, in three queries for some hundred of them."""
        return [person for batch in batches(sorted(set(ids))) for person in self._batch(batch)]

    def direct(self, id: str) -> Person | None:
        """The person with what they hold themselves, without what comes through groups; what `save` takes."""
        return next(iter(self._batch([id], through_groups=False)), None)

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
        people = self.many(self._who_may_hold(source))
        return [person for person in people if person.active and source.key in person.source_keys()]

    def _who_may_hold(self, source: StewardSource) -> list[str]:
        """Ids of all who are named by the source, or hold it, or are in a group that holds it; also of the inactive."""
        if source.kind is SourceKind.USER:
            return [source.name]
        if source.kind is SourceKind.GROUP:
            return self.members(source.name)
        key = digest(source.key)
        directly = HoldingRow.select().where(HoldingRow.source == key)
        holding_groups = GroupHoldingRow.select(GroupHoldingRow.group).where(GroupHoldingRow.source == key)
        through = MembershipRow.select().where(MembershipRow.group.in_(holding_groups))
        return [*(row.person for row in self._in.rows(directly)), *(row.person for row in self._in.rows(through))]

    def _batch(self, ids: Sequence[str], through_groups: bool = True) -> list[Person]:
        rows = self._in.rows(PersonRow.select().where(PersonRow.id.in_(ids)).order_by(PersonRow.id))
        groups = defaultdict(set)
        for member in self._in.rows(MembershipRow.select().where(MembershipRow.person.in_(ids))):
            groups[member.person].add(member.group)
        held = self._held(ids, through_groups)
        return [_person(row, groups[row.id], held[row.id]) for row in rows]

    def _held(self, ids: Sequence[str], through_groups: bool) -> dict[str, list[StewardSource]]:
        """What each person holds, directly and, where wanted, through groups."""
        parts = HoldingRow.kind, HoldingRow.name, HoldingRow.value
        of_groups = GroupHoldingRow.kind, GroupHoldingRow.name, GroupHoldingRow.value
        directly = HoldingRow.select(HoldingRow.person, *parts).where(HoldingRow.person.in_(ids))
        through = (
            GroupHoldingRow.select(MembershipRow.person, *of_groups)
            .join(MembershipRow, on=(MembershipRow.group == GroupHoldingRow.group))
            .where(MembershipRow.person.in_(ids))
        )
        held: dict[str, list[StewardSource]] = defaultdict(list)
        for person, kind, name, value in self._in.tuples(directly.union_all(through) if through_groups else directly):
            held[person].append(StewardSource(SourceKind(kind), name, value))
        return held


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


def _holding(source: StewardSource) -> dict[str, object]:
    return {"source": digest(source.key), "kind": source.kind.value, "name": source.name, "value": source.value}


def _person(row: PersonRow, groups: Iterable[str], held: Iterable[StewardSource]) -> Person:
    attributes: dict[str, set[str]] = defaultdict(set)
    permissions: set[GlobalPermission] = set()
    in_domains: set[tuple[str, DomainPermission]] = set()
    for source in held:
        if source.kind is SourceKind.ATTRIBUTE:
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
