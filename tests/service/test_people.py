"""The directory: what files and sign-ins bring, and what they must not take or give."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace

import pytest

from placet.domain.errors import Conflict, Forbidden, NotFound, PlacetError
from placet.domain.people import DomainPermission, GlobalPermission, Person, PersonKind
from placet.service.people import People, SignIn
from placet.service.people_file import BadImport, PeopleFile, read_csv, read_json
from placet.settings import Settings
from tests.service.office import Office

GOVERNORS = '{"people": [], "groups": [{"id": "governors", "permissions": ["GOVERNANCE"]}]}'


def test_a_group_that_a_file_only_names_keeps_what_it_holds(office: Office) -> None:
    office.marketplace.people.load("test", read_json(GOVERNORS))
    office.marketplace.people.load("test", read_csv("id,groups\nzoe,governors\n"))
    assert office.person("zoe").holds(GlobalPermission.GOVERNANCE)


@pytest.mark.parametrize("changed", [{"active": False}, {"permissions": frozenset()}])
def test_a_sign_in_gives_nobody_back_what_an_import_takes_at_that_moment(
    office: Office, changed: dict[str, object], monkeypatch: pytest.MonkeyPatch
) -> None:
    people = office.marketplace.people
    keep = People._keep

    def late(self: People, who: SignIn) -> Person:
        held = replace(office.person("gus"), **changed)  # type: ignore[arg-type]  # names of the dataclass
        people.load("test", PeopleFile((held,)))
        return keep(self, who)

    monkeypatch.setattr(People, "_keep", late)
    try:
        people.sign_in(SignIn("gus", name="Gus G. Governor"))
    except Forbidden:
        assert changed == {"active": False}
    now = office.person("gus")
    assert (now.name, now.holds(GlobalPermission.GOVERNANCE)) == ("Gus G. Governor", False)


def test_nobody_is_called_as_the_trail_calls_what_happens_by_itself(office: Office) -> None:
    with pytest.raises(Forbidden):
        office.marketplace.people.sign_in(SignIn("placet"))
    with pytest.raises(Forbidden):
        office.marketplace.people.load("test", read_csv("id\nplacet\n"))


@pytest.mark.parametrize("in_one_file", [True, False])
def test_a_service_account_is_owned_by_a_person(office: Office, in_one_file: bool) -> None:
    middle = Person("middle", "Middle", kind=PersonKind.SERVICE_ACCOUNT, owner="ann")
    last = replace(middle, id="last", owner="middle")
    if not in_one_file:
        office.marketplace.people.load("test", PeopleFile((middle,)))
    with pytest.raises(BadImport, match="service account"):
        office.marketplace.people.load("test", PeopleFile((middle, last) if in_one_file else (last,)))


LONG = "x" * 256


@pytest.mark.parametrize("person", [{"groups": [LONG]}, {"attributes": {"k": [LONG]}}, {"attributes": {LONG: ["v"]}}])
def test_what_no_rule_can_read_is_not_imported(person: dict[str, object]) -> None:
    with pytest.raises(BadImport, match="255"):
        read_json(json.dumps({"people": [{"id": "zoe", **person}]}))


ROLES = Settings(role_permissions={"Admin": "GOVERNANCE", "Auditor": "AUDIT"})
SAID = SignIn(
    "zoe",
    "Zoe",
    "zoe@example.org",
    groups=frozenset({"finance", "new"}),
    attributes={"floor": frozenset({"1", "2"}), "team": frozenset()},
    roles=frozenset({"Admin"}),
)


@pytest.fixture
def hosted(office: Office) -> Office:
    """An office whose host has roles that bring permissions."""
    office.marketplace.context.settings = ROLES
    return office


@pytest.mark.requirement("P3", clause="identity says only who asks")
def test_what_the_host_says_at_sign_in_stands_in_the_directory(hosted: Office) -> None:
    zoe = hosted.marketplace.people.sign_in(SAID)
    assert hosted.person("zoe") == zoe
    assert (zoe.name, zoe.email, zoe.groups) == ("Zoe", "zoe@example.org", {"finance", "new"})
    assert zoe.attributes == {"floor": {"1", "2"}}
    request = hosted.ask()
    assert hosted.say("zoe", request).determinations[0].stood_for == {"group:finance"}


def test_a_sign_in_that_brings_nothing_new_writes_nothing(hosted: Office) -> None:
    hosted.marketplace.people.sign_in(SAID)
    before = hosted.trail()
    for again in (SAID, SignIn("zoe"), SignIn("zoe", roles=SAID.roles), replace(SAID, name="")):
        hosted.marketplace.people.sign_in(again if again.roles else replace(again, roles=SAID.roles))
    assert hosted.trail() == before


def test_what_comes_through_a_group_is_no_difference_to_write(hosted: Office) -> None:
    held = {"id": "new", "attributes": {"floor": ["9"]}, "permissions": ["USER_ADMIN"]}
    hosted.marketplace.people.sign_in(SAID)
    hosted.marketplace.people.load("test", read_json(json.dumps({"people": [], "groups": [held]})))
    before = hosted.trail()
    assert hosted.marketplace.people.sign_in(SAID).attributes == {"floor": {"1", "2", "9"}}
    assert hosted.trail() == before


@pytest.mark.parametrize(
    ("said", "changed"),
    [
        ({"name": "Zoe Z."}, {"name": "Zoe Z."}),
        ({"email": "z@example.org"}, {"email": "z@example.org"}),
        ({"groups": frozenset({"legal"})}, {"groups": frozenset({"legal"})}),
        ({"groups": frozenset()}, {"groups": frozenset()}),
        ({"attributes": {}}, {"attributes": {}}),
        ({"attributes": {"floor": frozenset({"2"})}}, {"attributes": {"floor": frozenset({"2"})}}),
        ({"roles": frozenset({"Auditor"})}, {"permissions": frozenset({GlobalPermission.AUDIT})}),
        ({"roles": frozenset()}, {"permissions": frozenset()}),
    ],
    ids=str,
)
def test_what_the_host_says_otherwise_is_changed_and_nothing_else(
    hosted: Office, said: Mapping[str, object], changed: Mapping[str, object]
) -> None:
    zoe = hosted.marketplace.people.sign_in(SAID)
    before = len(hosted.trail())
    now = hosted.marketplace.people.sign_in(replace(SAID, **said))  # type: ignore[arg-type]  # names of the dataclass
    assert now == hosted.person("zoe") == replace(zoe, **changed)  # type: ignore[arg-type]  # names of the dataclass
    entries = hosted.entries()[before:]
    assert {entry.type for entry in entries} <= {"group.saved", "person.saved"}
    assert json.loads(entries[-1].data)["by"] == "sign-in"


def test_a_host_that_says_nothing_of_groups_and_attributes_leaves_the_directorys(hosted: Office) -> None:
    zoe = hosted.marketplace.people.sign_in(SAID)
    now = hosted.marketplace.people.sign_in(SignIn("zoe", roles=SAID.roles))
    assert (now.groups, now.attributes, now.name) == (zoe.groups, zoe.attributes, "Zoe")


@pytest.mark.requirement("P3", clause="the governance role is a setting")
def test_a_role_brings_a_permission_only_where_a_setting_says_so(office: Office) -> None:
    assert not office.marketplace.people.sign_in(SAID).permissions
    office.marketplace.context.settings = ROLES
    assert office.marketplace.people.sign_in(SAID).permissions == {GlobalPermission.GOVERNANCE}


def test_a_permission_that_no_role_of_the_host_governs_stays(hosted: Office) -> None:
    held = hosted.person("uma").permissions
    assert hosted.marketplace.people.sign_in(SignIn("uma")).permissions == held


def test_a_permission_through_a_group_is_not_made_ones_own(hosted: Office) -> None:
    """Else it would stay when the group loses it."""
    hosted.marketplace.people.load(
        "test", read_json('{"people": [], "groups": [{"id": "new", "permissions": ["AUDIT"]}]}')
    )
    assert hosted.marketplace.people.sign_in(SAID).permissions == {GlobalPermission.GOVERNANCE, GlobalPermission.AUDIT}
    hosted.marketplace.people.load("test", read_json('{"people": [], "groups": [{"id": "new"}]}'))
    assert hosted.marketplace.people.sign_in(SAID).permissions == {GlobalPermission.GOVERNANCE}


def test_who_is_not_active_does_not_sign_in_and_does_nothing(office: Office) -> None:
    rita = office.person("rita")
    office.change_person("rita", active=False)
    with pytest.raises(Forbidden):
        office.marketplace.people.sign_in(SignIn("rita"))
    with pytest.raises(Forbidden):
        office.marketplace.people.search(replace(rita, active=False), "")
    assert not office.person("rita").active


def test_people_are_found_by_the_beginnings_of_words_and_only_active_ones(office: Office) -> None:
    office.change_person("tom", active=False)

    def found(text: str) -> list[str]:
        return [person.id for person in office.marketplace.people.search(office.person("ann"), text)]

    assert found("fin") == ["ann", "fay"]
    assert found("RITA@EXAMPLE") == ["rita"]
    assert found("consumer") == []
    assert len(office.marketplace.people.search(office.person("ann"), "", limit=3)) == 3


@pytest.mark.requirement("P4", clause="people")
def test_people_are_imported_by_user_admins_only(office: Office) -> None:
    before = office.trail()
    for stranger in ("rita", "gus", "ada", "mia"):
        with pytest.raises(Forbidden):
            office.marketplace.people.import_people(office.person(stranger), "id\nzoe\n")
    assert office.trail() == before
    assert office.marketplace.people.import_people(office.person("uma"), "id\nzoe\n") == 1
    assert office.person("zoe").name == "zoe"


CSV = """id,name,email,groups,attributes,permissions,domain_permissions,kind,owner,active
zoe,Zoe,zoe@example.org,finance; new,floor=1;floor=2;team=pay,AUDIT;GOVERNANCE,pay/manage-tags,,,
job,Job,,,,,,service-account,zoe,no
"""
JSON = {
    "people": [
        {"id": "job", "name": "Job", "kind": "service-account", "owner": "zoe", "active": False},
        {
            "id": "zoe",
            "name": "Zoe",
            "email": "zoe@example.org",
            "groups": ["finance", "new"],
            "attributes": {"floor": ["1", "2"], "team": ["pay"]},
            "permissions": ["AUDIT", "GOVERNANCE"],
            "domain_permissions": ["pay/manage-tags"],
        },
    ]
}
ZOE = Person(
    "zoe",
    "Zoe",
    "zoe@example.org",
    groups=frozenset({"finance", "new"}),
    attributes={"floor": frozenset({"1", "2"}), "team": frozenset({"pay"})},
    permissions=frozenset({GlobalPermission.AUDIT, GlobalPermission.GOVERNANCE}),
    domain_permissions=frozenset({("pay", DomainPermission.MANAGE_TAGS)}),
)
JOB = Person("job", "Job", kind=PersonKind.SERVICE_ACCOUNT, owner="zoe", active=False)


@pytest.mark.requirement("P1", clause="what a person has")
@pytest.mark.requirement("P1", clause="attributes hold several values")
@pytest.mark.parametrize(("text", "format"), [(CSV, "csv"), ("\ufeff" + CSV, "csv"), (json.dumps(JSON), "json")])
def test_a_file_brings_people_as_they_stand_there(office: Office, text: str, format: str) -> None:
    assert office.marketplace.people.import_people(office.person("uma"), text, format) == 2
    assert (office.person("zoe"), office.person("job")) == (ZOE, JOB)


def test_what_a_file_leaves_out_is_taken_away(office: Office) -> None:
    office.marketplace.people.load("test", PeopleFile((ZOE,)))
    office.marketplace.people.import_people(office.person("uma"), one(name="Zoe"), "json")
    assert office.person("zoe") == Person("zoe", "Zoe")


@pytest.mark.requirement("P1", clause="attributes come from groups too")
@pytest.mark.requirement("P1", clause="domain permissions come from groups too")
def test_a_member_holds_what_a_file_gives_the_group(office: Office) -> None:
    held = {"id": "legal", "attributes": {"seal": ["yes"]}, "domain_permissions": ["pay/manage-data-products"]}
    office.marketplace.people.load("test", read_json(json.dumps({"people": [], "groups": [held]})))
    bob = office.person("bob")
    assert bob.attributes == {"seal": {"yes"}}
    assert bob.holds_in("pay", DomainPermission.MANAGE_DATA_PRODUCTS)


def one(**changed: object) -> str:
    return json.dumps({"people": [{"id": "zoe", **changed}]})


BAD_CSV: Mapping[str, str] = {
    "nothing": "",
    "no id": "name\nzoe\n",
    "an unknown column": "id,nickname\nzoe,z\n",
    "too many values": "id\nzoe,z\n",
    "too few values": "id,name\nzoe\n",
    "an empty id": "id,name\n,Zoe\n",
    "twice the same": "id\nzoe\nzoe\n",
    "an unknown permission": "id,permissions\nzoe,KING\n",
    "an unknown domain permission": "id,domain_permissions\nzoe,pay/rule\n",
    "no domain": "id,domain_permissions\nzoe,manage-tags\n",
    "an attribute without a value": "id,attributes\nzoe,floor\n",
    "neither yes nor no": "id,active\nzoe,perhaps\n",
    "an unknown kind": "id,kind\nzoe,cat\n",
    "an account of nobody": "id,kind\nzoe,service-account\n",
    "an owner of a person": "id,owner\nzoe,rita\n",
}
BAD_JSON: Mapping[str, str] = {
    "no JSON": "id\nzoe\n",
    "no object": "[]",
    "no people": "{}",
    "a person that is a word": '{"people": ["zoe"]}',
    "a person that is nothing": '{"people": [null]}',
    "no id": one(id=None),
    "a number for an id": one(id=7),
    "a long id": one(id="x" * 256),
    "a list for a name": one(name=["Zoe"]),
    "a number for an address": one(email=7),
    "a list for an owner": one(kind="service-account", owner=["rita"]),
    "a word for groups": one(groups="finance"),
    "a number among groups": one(groups=[7]),
    "a list for attributes": one(attributes=["floor"]),
    "a word for values": one(attributes={"floor": "1"}),
    "an unknown property": one(nickname="z"),
    "a group without an id": '{"people": [], "groups": [{"name": "x"}]}',
    "a number for a group": '{"people": [], "groups": [{"id": 7}]}',
    "a list for the name of a group": '{"people": [], "groups": [{"id": "x", "name": ["X"]}]}',
    "an unknown property of a group": '{"people": [], "groups": [{"id": "x", "permission": ["AUDIT"]}]}',
    "groups that are a word": '{"people": [], "groups": "x"}',
    "a login of nobody": '{"people": [], "logins": [{"target": "lake", "login": "x"}]}',
    "a number for a login": '{"people": [], "logins": [{"person": "rita", "target": "lake", "login": 7}]}',
}
BAD_FILES = [(text, "csv") for text in BAD_CSV.values()] + [(text, "json") for text in BAD_JSON.values()]


@pytest.mark.requirement("P1", clause="a service account has an owner")
@pytest.mark.parametrize(("text", "format"), BAD_FILES, ids=[*BAD_CSV, *BAD_JSON])
def test_a_file_that_can_not_be_read_is_refused_as_such(text: str, format: str) -> None:
    with pytest.raises(BadImport):
        read_json(text) if format == "json" else read_csv(text)


@pytest.mark.parametrize(("text", "format"), [("id,active\nzoe,yes\nyan,perhaps\n", "csv"), (one(groups="x"), "json")])
def test_of_a_file_that_is_refused_nothing_is_taken(office: Office, text: str, format: str) -> None:
    before = office.trail()
    with pytest.raises(BadImport, match="line 3" if format == "csv" else "person 1"):
        office.marketplace.people.import_people(office.person("uma"), text, format)
    assert office.trail() == before
    with pytest.raises(NotFound):
        office.marketplace.people.get(office.person("uma"), "zoe")


def test_an_owner_and_a_login_of_someone_else_are_refused_with_the_whole_file(office: Office) -> None:
    login = {"target": "lake", "login": "shared"}
    of_two = {"people": [{"id": "zoe"}], "logins": [{"person": id, **login} for id in ("rita", "tom")]}
    of_nobody = {"people": [{"id": "zoe"}, {"id": "job", "kind": "service-account", "owner": "nobody"}]}
    for data, refused in ((of_two, Conflict), (of_nobody, BadImport)):
        with pytest.raises(refused):
            office.marketplace.people.import_people(office.person("uma"), json.dumps(data), "json")
        with pytest.raises(PlacetError):
            office.marketplace.people.get(office.person("uma"), "zoe")


def test_the_trail_names_who_was_imported_by_whom(office: Office) -> None:
    office.marketplace.people.import_people(office.person("uma"), CSV)
    with office.marketplace.context.store.reading() as session:
        entry = list(session.audit.entries())[-1]
    assert (entry.type, entry.actor) == ("people.imported", "uma")
    assert json.loads(entry.data) == {"count": 2, "added": 2, "changed": 0}
