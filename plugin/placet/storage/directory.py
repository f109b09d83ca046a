"""The directory as lists, page by page, and what is kept for those who fill it."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import Any, Literal

from peewee import SQL, ModelSelect, fn

from placet.domain.people import Group, Person, PersonKind, StewardSource
from placet.storage.fields import microseconds
from placet.storage.paging import Page, after, cut, decode, rows_wanted
from placet.storage.people import People, stewards_among
from placet.storage.tables import DirectoryRow, GroupRow, GroupWordRow, MembershipRow, PersonRow, PersonWordRow
from placet.storage.transaction import Transaction, batches
from placet.storage.words import beginning, words

Named = Literal["people", "groups"]

_TABLES: dict[Named, Any] = {"people": PersonRow, "groups": GroupRow}

BEGUN, READ = "begun", "read"
"""Under these names stands when reading the host's directory was begun last, and when it was read to the end."""


class Directory:
    """Lists of people and groups; one at a time may change what they show."""

    def __init__(self, transaction: Transaction) -> None:
        self._in = transaction
        self._people = People(transaction)

    def hold(self) -> None:
        """Be the only one to change the directory until the transaction ends. Taken before any row is locked."""
        self._in.hold_directory()

    def share(self) -> None:
        """See the directory as it stays until the transaction ends. Taken before any row is locked."""
        self._in.hold_directory(shared=True)

    def people(
        self,
        search: str = "",
        active: bool | None = None,
        kind: PersonKind | None = None,
        group: str = "",
        cursor: str | None = None,
        limit: int = 50,
    ) -> Page[Person]:
        """People by id: each word of the search begins a word of their id, name or e-mail."""
        query = _found(PersonRow.select(PersonRow.id), search).where(~PersonRow.removed)
        if active is not None:
            query = query.where(PersonRow.active == active)
        if kind:
            query = query.where(PersonRow.kind == kind.value)
        if group:
            inside = MembershipRow.select(MembershipRow.person).where(MembershipRow.group == group)
            query = query.where(PersonRow.id.in_(inside))
        return self._page(query, cursor, limit)

    def stewards(self, source: StewardSource, cursor: str | None = None, limit: int = 50) -> Page[Person]:
        """The active people whom a steward source makes stewards, by id."""
        return self._page(PersonRow.select(PersonRow.id).where(stewards_among(source)), cursor, limit)

    def groups(self, search: str = "", cursor: str | None = None, limit: int = 50) -> Page[Group]:
        """Groups by id: each word of the search begins a word of their id or name."""
        query = GroupRow.select().order_by(GroupRow.id).limit(rows_wanted(limit))
        for word in words(search):
            found = GroupWordRow.select(GroupWordRow.group).where(beginning(GroupWordRow.word, word))
            query = query.where(GroupRow.id.in_(found))
        if cursor:
            query = query.where(after([GroupRow.id], decode(cursor, (str,))))
        return cut(self._in.rows(query), limit, lambda row: (row.id,)).map(_group)

    def numbered_people(self, kind: PersonKind, offset: int, limit: int) -> tuple[int, list[str]]:
        """How many people of a kind are not removed, and the ids of some of them: for protocols that page by number."""
        query = PersonRow.select(PersonRow.id).where(PersonRow.kind == kind.value, ~PersonRow.removed)
        rows = self._in.rows(query.order_by(PersonRow.id).offset(offset).limit(limit)) if limit else []
        return self._count(query), [row.id for row in rows]

    def numbered_groups(self, offset: int, limit: int) -> tuple[int, list[str]]:
        """How many groups there are, and the ids of some of them: for protocols that page by number."""
        query = GroupRow.select(GroupRow.id)
        rows = self._in.rows(query.order_by(GroupRow.id).offset(offset).limit(limit)) if limit else []
        return self._count(query), [row.id for row in rows]

    def groups_named(self, name: str) -> list[str]:
        """The ids of the groups of this name."""
        query = GroupRow.select(GroupRow.id).where(GroupRow.name == name).order_by(GroupRow.id)
        return [row.id for row in self._in.rows(query)]

    def _count(self, query: Any) -> int:
        [(count,)] = self._in.tuples(query.select(fn.COUNT(SQL("*"))).order_by())
        return int(count)

    def sizes(self, groups: Collection[str]) -> dict[str, int]:
        """How many people are in each of the groups; groups without any are left out."""
        found: dict[str, int] = {}
        for batch in batches(sorted(groups)):
            query = MembershipRow.select(MembershipRow.group, fn.COUNT(MembershipRow.person))
            found |= dict(self._in.tuples(query.where(MembershipRow.group.in_(batch)).group_by(MembershipRow.group)))
        return found

    def owned_by(self, owners: Iterable[str]) -> list[str]:
        """The ids of the service accounts of these people."""
        found: list[str] = []
        for batch in batches(sorted(set(owners))):
            found += (row.id for row in self._in.rows(PersonRow.select(PersonRow.id).where(PersonRow.owner.in_(batch))))
        return sorted(found)

    def ids(self, kind: PersonKind) -> list[str]:
        """The ids of all people of a kind, in order."""
        query = PersonRow.select(PersonRow.id).where(PersonRow.kind == kind.value).order_by(PersonRow.id)
        return [row.id for row in self._in.rows(query)]

    def group_ids(self) -> list[str]:
        """The ids of all groups, in order."""
        return [row.id for row in self._in.rows(GroupRow.select(GroupRow.id).order_by(GroupRow.id))]

    def join(self, group: str, person: str) -> bool:
        """Put someone into a group; False where they are in it already."""
        insert = MembershipRow.insert(person=person, group=group).on_conflict_ignore()
        return self._in.change(insert) == 1 and self._touched_person(person)

    def leave(self, group: str, person: str) -> bool:
        """Take someone out of a group; False where they are not in it."""
        gone = MembershipRow.delete().where(MembershipRow.person == person, MembershipRow.group == group)
        return self._in.change(gone) == 1 and self._touched_person(person)

    def _touched_person(self, id: str) -> bool:
        return self._in.change(PersonRow.update(revision=PersonRow.revision + 1).where(PersonRow.id == id)) == 1

    def touched_group(self, id: str) -> None:
        """Count up the revision of a group whose members have changed."""
        self._in.change(GroupRow.update(revision=GroupRow.revision + 1).where(GroupRow.id == id))

    def remove(self, person: str) -> None:
        """Leave someone who is inactive out of all lists; what is known of them stays."""
        self._in.change(PersonRow.update(removed=True).where(PersonRow.id == person))

    def removed(self, person: str) -> bool:
        """Whether someone was left out of all lists."""
        row = self._in.first(PersonRow.select(PersonRow.removed).where(PersonRow.id == person))
        return bool(row and row.removed)

    def removed_among(self, people: Iterable[str]) -> set[str]:
        """Those of these people who were left out of all lists."""
        removed = PersonRow.select(PersonRow.id).where(PersonRow.removed)
        found = (removed.where(PersonRow.id.in_(batch)) for batch in batches(sorted(set(people))))
        return {id for query in found for (id,) in self._in.tuples(query)}

    def external_ids(self, of: Named, ids: Collection[str]) -> dict[str, str]:
        """What an identity provider calls these people or groups; those it has no name for are left out."""
        table, found = _TABLES[of], dict[str, str]()
        for batch in batches(sorted(ids)):
            query = table.select(table.id, table.external_id).where(table.id.in_(batch), table.external_id != "")
            found |= dict(self._in.tuples(query))
        return found

    def called(self, of: Named, external_id: str) -> list[str]:
        """The ids of the people or groups that an identity provider calls so."""
        table = _TABLES[of]
        query = table.select(table.id).where(table.external_id == external_id).order_by(table.id)
        return [id for (id,) in self._in.tuples(query)]

    def set_external_id(self, of: Named, id: str, external_id: str) -> bool:
        """Keep what an identity provider calls someone or a group; False where it was called so already."""
        table = _TABLES[of]
        changed = table.update(external_id=external_id, revision=table.revision + 1)
        return self._in.change(changed.where(table.id == id, table.external_id != external_id)) == 1

    def begin_reading(self, now: datetime, every: timedelta) -> bool:
        """Whether the host's directory is to be read now, as no one has begun to for so long; now someone has."""
        row = {"name": BEGUN, "read_at": now}
        since = DirectoryRow.read_at <= microseconds(now - every)
        later = DirectoryRow.insert(row).on_conflict(
            conflict_target=[DirectoryRow.name], update={"read_at": now}, where=since
        )
        return self._in.change(later) == 1

    def finish_reading(self, now: datetime) -> None:
        """Note that the host's directory was read to the end."""
        row = DirectoryRow.insert({"name": READ, "read_at": now})
        self._in.change(row.on_conflict(conflict_target=[DirectoryRow.name], update={"read_at": now}))

    def read_at(self) -> datetime | None:
        """When the host's directory was read to the end last."""
        row = self._in.first(DirectoryRow.select().where(DirectoryRow.name == READ))
        return row.read_at if row else None

    def _page(self, query: ModelSelect[PersonRow], cursor: str | None, limit: int) -> Page[Person]:
        query = query.order_by(PersonRow.id).limit(rows_wanted(limit))
        if cursor:
            query = query.where(after([PersonRow.id], decode(cursor, (str,))))
        page = cut(self._in.rows(query), limit, lambda row: (row.id,))
        found = {person.id: person for person in self._people.many([row.id for row in page.items])}
        return page.map(lambda row: found[row.id])


def _found(query: Any, search: str) -> Any:
    for word in words(search):
        named = PersonWordRow.select(PersonWordRow.person).where(beginning(PersonWordRow.word, word))
        query = query.where(PersonRow.id.in_(named))
    return query


def _group(row: GroupRow) -> Group:
    return Group(row.id, row.name, row.revision)
