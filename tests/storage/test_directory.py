"""The directory as lists, and what is kept for those who fill it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from placet.domain.people import GlobalPermission, Group, Person, PersonKind, StewardSource
from placet.storage import Store
from placet.storage.paging import BadCursor
from tests.storage.world import NOW, minutes

PEOPLE = [Person(f"p{number}", f"Person {number}", active=number != 3) for number in range(5)]
ACCOUNT = Person("robot", "Robot", kind=PersonKind.SERVICE_ACCOUNT, owner="p1")


@pytest.fixture
def filled(store: Store) -> Store:
    """Five people, one of them inactive, a service account and two groups."""
    with store.writing() as session:
        session.people.save_group(Group("maps", "Map makers"), {"floor": ["9"]}, [GlobalPermission.AUDIT])
        session.people.save_group(Group("pay", "Payroll"))
        for person in (*PEOPLE, ACCOUNT):
            session.people.save(person)
    return store


def test_a_page_begins_after_the_last_of_the_one_before(filled: Store) -> None:
    with filled.reading() as session:
        first = session.directory.people(limit=4)
        rest = session.directory.people(limit=4, cursor=first.next)
        assert [one.id for one in (*first.items, *rest.items)] == ["p0", "p1", "p2", "p3", "p4", "robot"]
        assert rest.next is None
        with pytest.raises(BadCursor):
            session.directory.people(cursor="x")


def test_who_joins_and_leaves_is_counted_once(filled: Store) -> None:
    with filled.writing() as session:
        assert session.directory.join("maps", "p1")
        assert not session.directory.join("maps", "p1")
        assert session.directory.join("maps", "p2")
        assert session.directory.sizes(["maps", "pay"]) == {"maps": 2}
        revision = session.people.held(["p1"])["p1"].revision
        assert session.directory.leave("maps", "p1")
        assert not session.directory.leave("maps", "p1")
        assert session.people.held(["p1"])["p1"].revision == revision + 1


def test_a_deleted_group_leaves_nothing_behind(filled: Store) -> None:
    with filled.writing() as session:
        session.directory.join("maps", "p1")
        session.people.delete_group("maps")
        assert session.people.group("maps") is None
        assert session.people.person("p1") == PEOPLE[1]
        assert session.people.steward_ids(StewardSource.permission(GlobalPermission.AUDIT)) == frozenset()
        assert session.directory.group_ids() == ["pay"]
        assert session.directory.groups("makers").items == ()


def test_a_group_keeps_what_it_holds_when_its_name_changes(filled: Store) -> None:
    with filled.writing() as session:
        held = session.people.held_by_group("maps")
        session.people.rename_group(Group("maps", "Cartographers"))
        assert session.people.held_by_group("maps") == held
        assert [one.name for one in session.directory.groups("carto").items] == ["Cartographers"]
        assert session.directory.groups("makers").items == ()
        assert session.directory.groups_named("Cartographers") == ["maps"]


def test_what_a_provider_calls_someone_is_kept_through_all_changes(filled: Store) -> None:
    with filled.writing() as session:
        assert session.directory.set_external_id("people", "p1", "00u1")
        assert not session.directory.set_external_id("people", "p1", "00u1")
        session.people.save(Person("p1", "Another name"))
        assert session.directory.external_ids("people", ["p1", "p2"]) == {"p1": "00u1"}
        assert session.directory.called("people", "00u1") == ["p1"]
        assert session.directory.called("groups", "00u1") == []


def test_who_was_removed_is_in_no_list_until_active_again(filled: Store) -> None:
    with filled.writing() as session:
        session.directory.remove("p3")
        assert "p3" not in [one.id for one in session.directory.people(active=False).items]
        assert session.directory.numbered_people(PersonKind.PERSON, 0, 10) == (4, ["p0", "p1", "p2", "p4"])
        session.people.save(Person("p3", "Person 3", active=False))
        assert session.directory.removed("p3")
        session.people.save(Person("p3", "Person 3"))
        assert not session.directory.removed("p3")


def test_lists_by_number_say_how_many_there_are(filled: Store) -> None:
    with filled.reading() as session:
        assert session.directory.numbered_people(PersonKind.PERSON, 3, 10) == (5, ["p3", "p4"])
        assert session.directory.numbered_people(PersonKind.PERSON, 0, 0) == (5, [])
        assert session.directory.numbered_groups(1, 1) == (2, ["pay"])


def test_each_change_of_someone_counts_their_revision_up(filled: Store) -> None:
    with filled.writing() as session:
        before = session.people.held(["p1"])["p1"]
        session.people.save(before)
        assert session.people.held(["p1"])["p1"].revision == before.revision + 1
        assert session.people.held(["p1"])["p1"] == before


def test_only_one_of_many_reads_the_hosts_directory_when_it_is_due(filled: Store) -> None:
    def begin(_: int) -> bool:
        with filled.writing() as session:
            return session.directory.begin_reading(NOW, timedelta(minutes=15))

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(begin, range(4))) == [False, False, False, True]
    with filled.writing() as session:
        assert not session.directory.begin_reading(NOW + minutes(14), timedelta(minutes=15))
        assert session.directory.begin_reading(NOW + minutes(15), timedelta(minutes=15))
        assert session.directory.read_at() is None
        session.directory.finish_reading(NOW)
        session.directory.finish_reading(NOW + minutes(15))
        assert session.directory.read_at() == NOW + minutes(15)
