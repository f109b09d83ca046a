"""People come back with all they hold, and those who hold something are found by it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from placet.domain.errors import Conflict
from placet.domain.people import (
    Directory,
    DomainPermission,
    GlobalPermission,
    Group,
    Person,
    PersonKind,
    StewardSource,
)
from placet.storage import Session, Store

ON_BOTH = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
NAMES = some.text(some.characters(exclude_characters="\x00", exclude_categories=["Cs"]), min_size=1, max_size=12)
AWKWARD = "'\"; DROP TABLE x; -- %s \\ ß\u2028e\u0301 " + "\U0001f600" * 224


def person(id: str, **held: object) -> Person:
    return replace(Person(id, id.title()), **held)  # type: ignore[arg-type]  # any field of a person


def keep(store: Store, *people: Person) -> None:
    """Keep people, and the groups they are in."""
    with store.writing() as session:
        for one in people:
            for group in one.groups:
                session.people.save_group(Group(group, group))
            session.people.save(one)


def stewards(session: Session, source: StewardSource) -> list[str]:
    return [one.id for one in session.people.stewards(source)]


def test_a_session_is_a_directory(store: Store) -> None:
    with store.reading() as session:
        directory: Directory = session.people
        assert directory.person("nobody") is None
        assert directory.group("none") is None
        assert directory.stewards(StewardSource.user("nobody")) == []


@ON_BOTH
@given(
    who=some.builds(
        Person,
        id=NAMES,
        name=NAMES,
        email=NAMES,
        groups=some.frozensets(NAMES, max_size=3),
        attributes=some.dictionaries(NAMES, some.frozensets(NAMES, min_size=1, max_size=3), max_size=3),
        permissions=some.frozensets(some.sampled_from(GlobalPermission)),
        domain_permissions=some.frozensets(some.tuples(NAMES, some.sampled_from(DomainPermission)), max_size=3),
        active=some.booleans(),
    )
)
def test_a_person_comes_back_as_they_were_kept(store: Store, who: Person) -> None:
    keep(store, who)
    with store.reading() as session:
        assert session.people.direct(who.id) == session.people.person(who.id) == who
        for source in (StewardSource.user(who.id), *map(StewardSource.group, who.groups)):
            assert (who.id in stewards(session, source)) is who.active


def test_the_longest_and_most_awkward_ids_work(store: Store) -> None:
    assert len(AWKWARD) == 255
    held = {AWKWARD: frozenset({AWKWARD})}
    who = person(AWKWARD, groups=frozenset({AWKWARD}), attributes=held)
    keep(store, who)
    with store.reading() as session:
        assert session.people.person(AWKWARD) == who
        for source in (StewardSource.user(AWKWARD), StewardSource.group(AWKWARD)):
            assert stewards(session, source) == [AWKWARD]
        assert stewards(session, StewardSource.attribute(AWKWARD, AWKWARD)) == [AWKWARD]


@pytest.mark.parametrize(("kept", "asked"), [("hr", "HR"), ("straße", "STRASSE"), ("é", "e\u0301"), ("a", "a ")])
def test_names_that_only_look_alike_are_different(store: Store, kept: str, asked: str) -> None:
    keep(store, person(kept, groups=frozenset({kept}), attributes={kept: frozenset({kept})}))
    with store.reading() as session:
        assert session.people.person(asked) is None
        assert session.people.group(asked) is None
        assert stewards(session, StewardSource.group(asked)) == []
        assert stewards(session, StewardSource.attribute(kept, asked)) == []
        assert stewards(session, StewardSource.attribute(asked, kept)) == []


def test_what_a_group_holds_its_members_hold(store: Store) -> None:
    keep(store, person("ann", groups=frozenset({"payroll"}), attributes={"floor": frozenset({"1"})}))
    with store.writing() as session:
        held = {"floor": ["2"], "team": ["pay"]}
        domains = [("hr", DomainPermission.MANAGE_TAGS)]
        session.people.save_group(Group("payroll", "Payroll"), held, [GlobalPermission.AUDIT], domains)
    with store.reading() as session:
        ann = session.people.person("ann")
        assert ann
        assert ann.attributes == {"floor": {"1", "2"}, "team": {"pay"}}
        assert ann.permissions == {GlobalPermission.AUDIT}
        assert ann.domain_permissions == {("hr", DomainPermission.MANAGE_TAGS)}
        direct = session.people.direct("ann")
        assert direct
        assert (direct.attributes, direct.permissions, direct.groups) == ({"floor": {"1"}}, frozenset(), {"payroll"})


@pytest.mark.parametrize(
    "source",
    [
        StewardSource.user("ann"),
        StewardSource.group("payroll"),
        StewardSource.attribute("floor", "1"),
        StewardSource.attribute("team", "pay"),
        StewardSource.permission(GlobalPermission.GOVERNANCE),
        StewardSource.permission(GlobalPermission.AUDIT),
        StewardSource.domain_permission(DomainPermission.MANAGE_DATA_PRODUCTS, "hr"),
        StewardSource.domain_permission(DomainPermission.MANAGE_TAGS, "hr"),
    ],
    ids=str,
)
def test_active_people_are_found_by_each_source_they_stand_for(store: Store, source: StewardSource) -> None:
    direct = person(
        "ann",
        groups=frozenset({"payroll"}),
        attributes={"floor": frozenset({"1", "3"})},
        permissions=frozenset({GlobalPermission.GOVERNANCE}),
        domain_permissions=frozenset({("hr", DomainPermission.MANAGE_DATA_PRODUCTS)}),
    )
    keep(store, direct, person("bob"), replace(direct, id="away", active=False))
    with store.writing() as session:
        domains = [("hr", DomainPermission.MANAGE_TAGS)]
        session.people.save_group(Group("payroll", "Payroll"), {"team": ["pay"]}, [GlobalPermission.AUDIT], domains)
    with store.reading() as session:
        assert stewards(session, source) == ["ann"]
        ann = session.people.person("ann")
        assert ann
        assert source.key in ann.source_keys()


@pytest.mark.parametrize(
    "source",
    [
        StewardSource.attribute("floor", "2"),
        StewardSource.attribute("1", "floor"),
        StewardSource.attribute("GOVERNANCE", ""),
        StewardSource.user("payroll"),
        StewardSource.group("ann"),
        StewardSource.permission(GlobalPermission.AUDIT),
        StewardSource.domain_permission(DomainPermission.MANAGE_DATA_PRODUCTS, "finance"),
        StewardSource.domain_permission(DomainPermission.MANAGE_DATA_PRODUCTS),
    ],
    ids=str,
)
def test_nobody_is_found_by_what_is_only_near(store: Store, source: StewardSource) -> None:
    held = person(
        "ann",
        groups=frozenset({"payroll"}),
        attributes={"floor": frozenset({"1"})},
        permissions=frozenset({GlobalPermission.GOVERNANCE}),
        domain_permissions=frozenset({("hr", DomainPermission.MANAGE_DATA_PRODUCTS)}),
    )
    keep(store, held)
    with store.reading() as session:
        assert stewards(session, source) == []


def test_keeping_a_person_again_takes_away_what_they_no_longer_hold(store: Store) -> None:
    keep(store, person("ann", groups=frozenset({"payroll"}), attributes={"floor": frozenset({"1"})}))
    keep(store, person("ann", attributes={"floor": frozenset({"2"})}))
    with store.reading() as session:
        assert session.people.person("ann") == person("ann", attributes={"floor": frozenset({"2"})})
        assert stewards(session, StewardSource.group("payroll")) == []
        assert stewards(session, StewardSource.attribute("floor", "1")) == []


def test_members_are_read_for_many_groups_at_once(store: Store) -> None:
    with store.writing() as session:
        for group in ("crew", "empty", "other"):
            session.people.save_group(Group(group, group))
        for person, groups in (("ann", {"crew", "other"}), ("bob", {"crew"})):
            session.people.save(Person(person, person, groups=frozenset(groups), active=person == "ann"))
        found = session.people.members_of(["crew", "empty", "nowhere"])
        assert found == {"crew": ["ann", "bob"], "empty": []}


def test_keeping_a_group_again_keeps_its_members_and_replaces_what_it_holds(store: Store) -> None:
    keep(store, person("ann", groups=frozenset({"payroll"})))
    with store.writing() as session:
        session.people.save_group(Group("payroll", "Payroll"), {"team": ["pay"]})
        session.people.save_group(Group("payroll", "Pay roll"))
    with store.reading() as session:
        assert session.people.members("payroll") == ["ann"]
        assert session.people.group("payroll") == Group("payroll", "Pay roll")
        assert stewards(session, StewardSource.attribute("team", "pay")) == []


def test_a_service_account_may_come_before_its_owner_but_not_without(store: Store) -> None:
    robot = person("robot", kind=PersonKind.SERVICE_ACCOUNT, owner="ann")
    with store.writing() as session:
        session.people.save(robot)
        session.people.save(person("ann"))
    with store.reading() as session:
        assert session.people.person("robot") == robot
    with pytest.raises(Conflict):
        keep(store, replace(robot, owner="nobody"))


def test_a_group_that_does_not_exist_is_refused(store: Store) -> None:
    with pytest.raises(Conflict), store.writing() as session:
        session.people.save(person("ann", groups=frozenset({"payroll"})))


def test_many_people_are_read_at_once(store: Store) -> None:
    ids = [f"p{number:04}" for number in range(900)]
    keep(store, *map(person, ids))
    with store.reading() as session:
        assert [one.id for one in session.people.many([*reversed(ids), "nobody"])] == ids


@pytest.mark.parametrize("text", ["ann", "ANN", "smi", "an smith", "smith ann", "ann@ex", "Éa", "éa sm"])
def test_people_are_found_by_the_beginnings_of_words(store: Store, text: str) -> None:
    keep(store, person("u1", name="Ann Éa Smith", email="ann@example.org"), person("u2", name="Bob", email="b@b.org"))
    with store.reading() as session:
        assert [one.id for one in session.people.search(text)] == ["u1"]


@pytest.mark.parametrize("text", ["mith", "ann b", "nobody"])
def test_people_are_not_found_by_other_words(store: Store, text: str) -> None:
    keep(store, person("u1", name="Ann Smith"), person("away", name="Nobody", active=False))
    with store.reading() as session:
        assert session.people.search(text) == []
