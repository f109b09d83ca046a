"""The directory by commands: people, service accounts and groups, and who may change them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from placet.domain.errors import AlreadyThere, Forbidden, NotFound, StaleRevision
from placet.domain.people import (
    DomainPermission,
    GlobalPermission,
    Group,
    Holdings,
    Person,
    PersonKind,
    StewardSource,
)
from placet.service.directory import LastUserAdmin
from placet.service.groups import BadGroup
from placet.service.people import BadPerson, OwnerInactive
from placet.service.people_file import BadImport
from placet.storage import Page
from tests.service.office import Office

ZOE = Person(
    "zoe",
    "Zoe",
    "zoe@example.org",
    groups=frozenset({"finance"}),
    attributes={"floor": frozenset({"1", "2"})},
    permissions=frozenset({GlobalPermission.AUDIT}),
    domain_permissions=frozenset({("pay", DomainPermission.MANAGE_TAGS)}),
)
JOB = Person("job", "Job", kind=PersonKind.SERVICE_ACCOUNT, owner="rita")
MAPS = Group("maps", "Map makers")
HELD = Holdings({"floor": frozenset({"9"})}, frozenset({GlobalPermission.AUDIT}))

CHANGES: dict[str, Callable[[Office, Person], object]] = {
    "create": lambda office, actor: office.marketplace.people.create(actor, ZOE),
    "replace": lambda office, actor: office.marketplace.people.replace(actor, Person("tom", "Thomas")),
    "deactivate": lambda office, actor: office.marketplace.people.deactivate(actor, "tom"),
    "reactivate": lambda office, actor: office.marketplace.people.reactivate(actor, "tom"),
    "remove": lambda office, actor: office.marketplace.people.remove(actor, "tom"),
    "make a group": lambda office, actor: office.marketplace.groups.create(actor, MAPS),
    "change a group": lambda office, actor: office.marketplace.groups.replace(actor, Group("legal", "L"), Holdings()),
    "delete a group": lambda office, actor: office.marketplace.groups.delete(actor, "legal"),
    "join": lambda office, actor: office.marketplace.groups.change_members(actor, "legal", joining=frozenset({"tom"})),
    "import": lambda office, actor: office.marketplace.people.import_report(actor, "id\nzoe\n"),
    "try an import": lambda office, actor: office.marketplace.people.import_report(actor, "id\nzoe\n", dry_run=True),
}
READS: dict[str, Callable[[Office, Person], object]] = {
    "groups": lambda office, actor: office.marketplace.groups.list(actor),
    "a group": lambda office, actor: office.marketplace.groups.get(actor, "legal"),
    "members": lambda office, actor: office.marketplace.groups.members(actor, "legal"),
    "people of a group": lambda office, actor: office.marketplace.people.list(actor, group="legal"),
    "the inactive": lambda office, actor: office.marketplace.people.list(actor, active=False),
}


@pytest.mark.requirement("P4", clause="people")
@pytest.mark.parametrize("what", [*CHANGES, *READS])
def test_people_are_managed_by_user_admins_and_no_one_else(office: Office, what: str) -> None:
    act = (CHANGES | READS)[what]
    before = office.trail()
    for stranger in ("rita", "gus", "ada", "mia"):
        with pytest.raises(Forbidden):
            act(office, office.person(stranger))
    assert office.trail() == before
    act(office, office.person("uma"))


@pytest.mark.requirement("P3", clause="our own tables")
@pytest.mark.requirement("P1", clause="what a person has")
def test_someone_is_made_as_described_and_described_anew_as_a_whole(office: Office) -> None:
    uma, people = office.person("uma"), office.marketplace.people
    made = people.create(uma, ZOE)
    assert made.own == office.person("zoe") == ZOE
    changed = people.replace(uma, Person("zoe", "Zoe Z."), made.own.revision)
    assert changed.own == office.person("zoe") == Person("zoe", "Zoe Z.")
    assert changed.own.revision > made.own.revision
    with pytest.raises(StaleRevision):
        people.replace(uma, ZOE, made.own.revision)
    assert people.replace(uma, Person("zoe", "Zoe Z.")).own.revision == changed.own.revision


@pytest.mark.requirement("P2", clause="global permissions")
@pytest.mark.requirement("P2", clause="domain permissions")
def test_every_permission_can_be_given(office: Office) -> None:
    everything = replace(
        ZOE,
        permissions=frozenset(GlobalPermission),
        domain_permissions=frozenset(("pay", held) for held in DomainPermission),
    )
    office.marketplace.people.create(office.person("uma"), everything)
    assert {held.value for held in office.person("zoe").permissions} == {
        "GOVERNANCE",
        "USER_ADMIN",
        "APPLICATION_ADMIN",
        "AUDIT",
    }
    assert office.person("zoe") == everything


def test_the_trail_says_what_was_given_and_taken(office: Office) -> None:
    office.marketplace.people.create(office.person("uma"), ZOE)
    office.marketplace.people.replace(office.person("uma"), replace(ZOE, permissions=frozenset(), groups=frozenset()))
    with office.marketplace.context.store.reading() as session:
        entry = list(session.audit.entries())[-1]
    assert (entry.type, entry.actor, entry.subject) == ("person.saved", "uma", "zoe")
    assert '"given":[]' in entry.data
    assert '"taken":["global-permission:AUDIT","group:finance"]' in entry.data


BAD: dict[str, Person] = {
    "no id": replace(ZOE, id=""),
    "a long id": replace(ZOE, id="x" * 256),
    "a control character": replace(ZOE, id="zoe\n"),
    "a long attribute": replace(ZOE, attributes={"x" * 256: frozenset({"1"})}),
    "an empty value": replace(ZOE, attributes={"x": frozenset({""})}),
    "a person with an owner": replace(ZOE, owner="rita"),
    "an account without": replace(JOB, owner=None),
    "an account of an account": replace(JOB, owner="robot"),
    "an account of nobody": replace(JOB, owner="nobody"),
}


@pytest.mark.requirement("P1", clause="a service account has an owner")
@pytest.mark.parametrize("who", BAD)
def test_nobody_can_be_as_no_one_is(office: Office, who: str) -> None:
    before = office.trail()
    with pytest.raises(BadPerson):
        office.marketplace.people.create(office.person("uma"), BAD[who])
    assert office.trail() == before


def test_names_that_are_taken_and_groups_that_are_not_there_are_refused(office: Office) -> None:
    uma, people = office.person("uma"), office.marketplace.people
    with pytest.raises(AlreadyThere):
        people.create(uma, Person("rita", "Rita"))
    with pytest.raises(NotFound):
        people.create(uma, replace(ZOE, groups=frozenset({"no such"})))
    with pytest.raises(NotFound):
        people.replace(uma, ZOE)
    with pytest.raises(BadPerson):
        people.replace(uma, Person("rita", "Rita", kind=PersonKind.SERVICE_ACCOUNT, owner="ann"))
    with pytest.raises(Forbidden):
        people.create(uma, Person("placet", "The clock"))


@pytest.mark.requirement("P1", clause="a service account has an owner")
def test_a_service_account_is_given_to_someone_else_and_is_active_only_with_someone_active(office: Office) -> None:
    uma, people = office.person("uma"), office.marketplace.people
    people.create(uma, JOB)
    people.deactivate(uma, "rita")
    with pytest.raises(OwnerInactive):
        people.reactivate(uma, "job")
    with pytest.raises(OwnerInactive):
        people.replace(uma, JOB)
    with pytest.raises(OwnerInactive):
        people.create(uma, replace(JOB, id="other"))
    with pytest.raises(BadImport):
        people.import_people(uma, "id,kind,owner,active\njob,service-account,rita,yes\n")
    assert people.replace(uma, replace(JOB, owner="tom")).own.active
    assert people.view(office.person("tom"), "job").own.owner == "tom"
    assert people.view(uma, "tom").accounts == ("job",)


LOCKING_OUT: dict[str, Callable[[Office, Person], object]] = {
    "deactivating": lambda office, uma: office.marketplace.people.deactivate(uma, "uma"),
    "removing": lambda office, uma: office.marketplace.people.remove(uma, "uma"),
    "taking": lambda office, uma: office.marketplace.people.replace(uma, Person("uma", "Uma")),
    "a file": lambda office, uma: office.marketplace.people.import_people(uma, "id,active\numa,no\n"),
}


@pytest.mark.parametrize("way", LOCKING_OUT)
def test_the_last_who_manages_people_stays(office: Office, way: str) -> None:
    before = office.trail()
    with pytest.raises(LastUserAdmin):
        LOCKING_OUT[way](office, office.person("uma"))
    assert office.trail() == before
    held = frozenset({GlobalPermission.USER_ADMIN})
    office.marketplace.people.create(office.person("uma"), replace(JOB, permissions=held))
    with pytest.raises(LastUserAdmin):
        LOCKING_OUT[way](office, office.person("uma"))
    office.marketplace.people.create(office.person("uma"), replace(ZOE, permissions=held))
    LOCKING_OUT[way](office, office.person("uma"))
    assert not office.person("uma").holds(GlobalPermission.USER_ADMIN)


def test_the_last_who_manages_people_through_a_group_stays_too(office: Office) -> None:
    groups, uma = office.marketplace.groups, office.person("uma")
    groups.create(uma, MAPS, Holdings(permissions=frozenset({GlobalPermission.USER_ADMIN})))
    groups.change_members(uma, "maps", joining=frozenset({"uma", "tom"}))
    office.marketplace.people.replace(uma, Person("uma", "Uma", groups=frozenset({"maps"})))
    groups.change_members(uma, "maps", leaving=frozenset({"tom"}))
    for act in (
        lambda: groups.change_members(uma, "maps", leaving=frozenset({"uma"})),
        lambda: groups.replace(uma, MAPS, Holdings()),
        lambda: groups.delete(uma, "maps"),
    ):
        with pytest.raises(LastUserAdmin):
            act()
    assert office.person("uma").holds(GlobalPermission.USER_ADMIN)


def test_what_someone_holds_is_read_by_themselves_their_owner_and_user_admins(office: Office) -> None:
    people = office.marketplace.people
    for reader, whom in (("rita", "rita"), ("ann", "robot"), ("uma", "gus")):
        assert people.view(office.person(reader), whom).person.id == whom
    for reader, whom in (("rita", "ann"), ("gus", "rita"), ("rita", "robot"), ("uma", "nobody")):
        with pytest.raises(NotFound):
            people.view(office.person(reader), whom)


def test_people_are_listed_page_by_page_and_found_by_words_kind_and_group(office: Office) -> None:
    uma, people = office.person("uma"), office.marketplace.people
    people.deactivate(uma, "tom")
    found: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        page = people.list(uma, limit=3, cursor=cursor)
        found += [person.id for person in page.items]
        cursor = page.next
    assert found == sorted(found)
    assert len(found) == 10
    assert ids(people.list(uma, active=False)) == ["tom"]
    assert ids(people.list(uma, kind=PersonKind.SERVICE_ACCOUNT)) == ["robot"]
    assert ids(people.list(uma, group="finance", search="fay")) == ["fay"]
    assert "tom" not in ids(people.list(office.person("rita")))
    assert ids(people.list(office.person("rita"), search="fin")) == ["ann", "fay"]


def ids(page: Page[Person]) -> list[str]:
    return [person.id for person in page.items]


def test_who_was_removed_is_in_no_list_and_can_be_made_again(office: Office) -> None:
    uma, people = office.person("uma"), office.marketplace.people
    people.remove(uma, "tom")
    assert "tom" not in ids(people.list(uma))
    assert not office.person("tom").active
    for act in (people.deactivate, people.reactivate, people.remove):
        with pytest.raises(NotFound):
            act(uma, "tom")
    assert people.create(uma, Person("tom", "Tom again")).own.active
    assert "tom" in ids(people.list(uma))


@pytest.mark.requirement("P1", clause="attributes come from groups too")
@pytest.mark.requirement("P1", clause="domain permissions come from groups too")
def test_a_group_hands_what_it_holds_to_who_is_in_it(office: Office) -> None:
    groups, uma = office.marketplace.groups, office.person("uma")
    held = replace(HELD, domain_permissions=frozenset({("pay", DomainPermission.MANAGE_TAGS)}))
    made = groups.create(uma, MAPS, held)
    joined = groups.change_members(uma, "maps", joining=frozenset({"tom", "rita"}))
    assert (joined.members, ids(groups.members(uma, "maps"))) == (2, ["rita", "tom"])
    tom = office.person("tom")
    assert (tom.attributes, tom.permissions) == ({"floor": {"9"}}, {GlobalPermission.AUDIT})
    assert tom.holds_in("pay", DomainPermission.MANAGE_TAGS)
    with pytest.raises(StaleRevision):
        groups.replace(uma, MAPS, Holdings(), made.group.revision)
    groups.replace(uma, MAPS, Holdings(), joined.group.revision)
    assert not office.person("tom").permissions
    groups.delete(uma, "maps")
    assert not office.person("tom").groups
    with pytest.raises(NotFound):
        groups.get(uma, "maps")


def test_a_membership_that_comes_or_goes_is_a_change_of_the_person_too(office: Office) -> None:
    """Or describing someone anew would undo one that was given meanwhile."""
    uma = office.person("uma")
    before = office.person("tom").revision
    office.marketplace.groups.change_members(uma, "legal", joining=frozenset({"tom"}))
    with pytest.raises(StaleRevision):
        office.marketplace.people.replace(uma, Person("tom", "Tom"), before)


def test_groups_are_found_by_words_and_refused_where_they_can_not_be(office: Office) -> None:
    groups, uma = office.marketplace.groups, office.person("uma")
    groups.create(uma, MAPS)
    assert [view.group.id for view in groups.list(uma, search="MAK").items] == ["maps"]
    first = groups.list(uma, limit=1)
    assert [view.group.id for view in groups.list(uma, cursor=first.next or "").items] == ["legal", "maps"]
    with pytest.raises(AlreadyThere):
        groups.create(uma, MAPS)
    with pytest.raises(BadGroup):
        groups.create(uma, Group("", "Nameless"))
    with pytest.raises(NotFound):
        groups.change_members(uma, "maps", joining=frozenset({"nobody"}))


@pytest.mark.requirement("P3", clause="stewards can be listed")
@pytest.mark.requirement("P2", clause="identifiers permit nothing")
def test_whom_a_source_makes_a_steward_is_listed_for_who_may_make_forms(office: Office) -> None:
    people = office.marketplace.people
    keeper = Person("kim", "Kim", domain_permissions=frozenset({("pay", DomainPermission.MANAGE_IDENTIFIERS)}))
    people.create(office.person("uma"), keeper)
    sources = {
        StewardSource.group("finance"): ["ann", "fay"],
        StewardSource.user("tom"): ["tom"],
        StewardSource.permission(GlobalPermission.USER_ADMIN): ["uma"],
        StewardSource.domain_permission(DomainPermission.MANAGE_IDENTIFIERS, "pay"): ["kim"],
        StewardSource.attribute("floor", "1"): [],
    }
    for actor in ("gus", "mia"):
        for source, expected in sources.items():
            assert ids(people.stewards(office.person(actor), source)) == expected
    page = people.stewards(office.person("gus"), StewardSource.group("finance"), limit=1)
    assert ids(people.stewards(office.person("gus"), StewardSource.group("finance"), page.next or "")) == ["fay"]
    for actor in ("rita", "uma", "kim"):
        with pytest.raises(Forbidden):
            people.stewards(office.person(actor), StewardSource.group("finance"))


def test_a_dry_run_says_what_would_be_changed_and_keeps_nothing(office: Office) -> None:
    people, uma = office.marketplace.people, office.person("uma")
    request = office.ask("rita")
    text = "id,name,groups,active,email\nzoe,Zoe,new,,\nrita,Rita Requester,,no,rita@example.org\ntom,Tom C.,,,\n"
    before = office.trail()
    report = people.import_report(uma, text, dry_run=True)
    assert (report.added, report.changed, report.deactivated) == (("zoe",), ("rita", "tom"), ("rita",))
    assert (report.groups, report.problems, report.count) == (("new",), (), 3)
    assert office.trail() == before
    assert office.person("rita").active
    done = people.import_report(uma, text)
    assert replace(done, dry_run=True) == report
    assert not office.person("rita").active
    with office.marketplace.context.store.reading() as session:
        found = session.requests.get(request.id)
    assert found
    assert found.final


@pytest.mark.requirement("P1", clause="what a person has")
def test_a_file_changes_of_those_who_are_known_only_what_it_has_a_column_for(office: Office) -> None:
    people, uma = office.marketplace.people, office.person("uma")
    whole = "id,name,email,groups,attributes,permissions,domain_permissions,kind,owner,active\n"
    people.import_people(
        uma, f"{whole}cat,C,c@example.org,a;b,floor=1,AUDIT,pay/manage-tags,,,no\njob,J,,,,,,service-account,rita,\n"
    )
    cat = office.person("cat")
    tried = people.import_report(uma, "id,name\ncat,Cat\njob,Job\n", dry_run=True)
    assert {(one.person, one.gains, one.loses) for one in tried.differences} == {
        ("cat", ("name Cat",), ("name C",)),
        ("job", ("name Job",), ("name J",)),
    }
    people.import_people(uma, "id,name\ncat,Cat\njob,Job\n")
    assert office.person("cat") == replace(cat, name="Cat")
    assert (office.person("job").kind, office.person("job").owner) == (PersonKind.SERVICE_ACCOUNT, "rita")
    tried = people.import_report(uma, "id,groups,permissions,active\ncat,b,,yes\n", dry_run=True)
    assert [(one.gains, one.loses) for one in tried.differences] == [(("active",), ("AUDIT", "group a"))]
    with pytest.raises(BadImport, match="has an owner"):
        people.import_people(uma, "id,kind\njob,person\n")


def test_a_domain_that_is_not_there_is_told_with_its_neighbour(office: Office) -> None:
    people, groups, uma = office.marketplace.people, office.marketplace.groups, office.person("uma")
    astray = frozenset({("payy", DomainPermission.MANAGE_TAGS)})
    with pytest.raises(NotFound, match="did you mean `pay`"):
        people.create(uma, replace(ZOE, domain_permissions=astray))
    with pytest.raises(NotFound, match="did you mean `pay`"):
        groups.create(uma, MAPS, Holdings(domain_permissions=astray))
    [note] = people.import_report(uma, "id,domain_permissions\nzoe,payy/manage-tags;pay/manage-tags\n").notes
    assert note.startswith("zoe: no domain has the id `payy`: did you mean `pay`?")


def test_a_dry_run_tells_everything_that_is_wrong_with_its_line(office: Office) -> None:
    people, uma = office.marketplace.people, office.person("uma")
    text = "id,active,permissions\nzoe,perhaps,\nyan,yes,KING\nxia\nwim,yes,AUDIT\n"
    report = people.import_report(uma, text, dry_run=True)
    assert [problem.partition(":")[0] for problem in report.problems] == ["line 2", "line 3", "line 4"]
    with pytest.raises(BadImport, match="and 2 more"):
        people.import_report(uma, text)
    locked_out = people.import_report(uma, "id,active\numa,no\n", dry_run=True)
    assert "USER_ADMIN" in locked_out.problems[0]
