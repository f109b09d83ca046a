"""What every way into the directory keeps to: kinds, ids, logins, and a trail that names everything."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

import pytest

from placet.domain.errors import AlreadyThere, Forbidden, NotFound, PlacetError
from placet.domain.people import DomainPermission, GlobalPermission, Group, Holdings, Person, PersonKind
from placet.domain.requests import BeneficiaryKind, GrantStatus, Whom
from placet.domain.tokens import Scope
from placet.service.people import BadPerson, SignIn
from placet.service.people_file import BadImport, PeopleFile, PlatformLogin
from tests.service.office import AUTOMATIC, PEOPLE, Office
from tests.service.test_host_directory import Hosts
from tests.service.test_tokens import make, speaks

__all__ = ["hosts"]

ACCOUNT = Person("etl", "Nightly", kind=PersonKind.SERVICE_ACCOUNT, owner="ann")


@pytest.fixture
def hosts(office: Office) -> Hosts:
    """The host says what the office holds already, service accounts apart."""
    made = Hosts({one.id: one for one in PEOPLE if one.kind is PersonKind.PERSON}, {"finance": Holdings()})
    made.held["legal"] = Holdings()
    office.marketplace.context.directory = made
    return made


def by_api(office: Office, person: Person) -> object:
    return office.marketplace.people.create(office.person("uma"), person)


def by_file(office: Office, person: Person) -> object:
    return office.marketplace.people.load("uma", PeopleFile((person,)), by=office.person("uma"))


def by_sign_in(office: Office, person: Person) -> object:
    return office.marketplace.people.sign_in(SignIn(person.id))


WAYS: dict[str, tuple[Callable[[Office, Person], object], type[PlacetError]]] = {
    "api": (by_api, AlreadyThere),
    "file": (by_file, BadImport),
    "sign-in": (by_sign_in, Forbidden),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("id", ["RITA", "Rita ", "ｒｉｔａ"])
def test_two_ids_that_look_alike_are_not_two_people(office: Office, way: str, id: str) -> None:
    bring, refused = WAYS[way]
    before = office.trail()
    with pytest.raises(refused, match="only in case, width or spaces"):
        bring(office, Person(id, "Rita"))
    assert office.trail() == before


def test_nothing_past_the_checks_makes_two_people_who_look_alike(office: Office) -> None:
    with pytest.raises(AlreadyThere, match="case"), office.marketplace.context.store.writing() as session:
        session.people.save(Person("RITA", "Rita"))


@pytest.mark.parametrize("way", ["api", "file"])
def test_an_id_that_no_screen_shows_is_refused_by_every_way(office: Office, way: str) -> None:
    with pytest.raises((BadPerson, BadImport), match="control characters"):
        WAYS[way][0](office, Person("\x1b[31mevil", "Evil"))


@pytest.mark.parametrize("kind", PersonKind)
def test_a_file_makes_no_account_of_a_person_and_no_person_of_an_account(office: Office, kind: PersonKind) -> None:
    """Else who manages people has a token made for the account, and speaks as the person."""
    id, owner = ("robot", None) if kind is PersonKind.PERSON else ("bob", "uma")
    with pytest.raises(BadImport, match="that stays so"):
        by_file(office, Person(id, id, kind=kind, owner=owner))


def test_a_token_that_someone_else_made_speaks_for_no_person(office: Office) -> None:
    token, text = make(office)
    with office.marketplace.context.store.writing() as session:
        session.tokens.add(replace(token, id="0" * 16, created_by="uma"))
    assert speaks(office, text) == "rita"
    assert speaks(office, text.replace(token.id, "0" * 16)) == ""


def test_the_tokens_of_an_account_end_when_someone_else_answers_for_it(office: Office) -> None:
    _, text = make(office, "uma", "robot")
    office.marketplace.people.replace(office.person("uma"), replace(office.person("robot"), name="Robbie"))
    assert speaks(office, text) == "robot"
    by_file(office, replace(office.person("robot"), owner="fay"))
    assert speaks(office, text) == ""
    assert [entry.actor for entry in office.entries() if entry.type == "token.revoked"] == ["uma"]
    for owner in ("ann", "fay"):
        told = office.marketplace.notifications.mine(office.person(owner)).items
        assert [one.type for one in told] == ["token.revoked"]


def logins(office: Office, actor: str, **given: str) -> None:
    file = PeopleFile((), logins=tuple(PlatformLogin(id, "warehouse", login) for id, login in given.items()))
    office.marketplace.people.load(actor, file, by=office.person(actor))


def changed_logins(office: Office) -> list[dict[str, str]]:
    return [json.loads(entry.data) for entry in office.entries() if entry.type == "login.changed"]


def test_a_login_that_is_given_or_changed_stands_in_the_trail_and_is_told(office: Office) -> None:
    logins(office, "uma", tom="tom_pg")
    logins(office, "uma", tom="tom_pg")
    logins(office, "uma", tom="other_pg")
    data = {"person": "tom", "target": "warehouse"}
    assert changed_logins(office) == [
        {**data, "old": "", "new": "tom_pg"},
        {**data, "old": "tom_pg", "new": "other_pg"},
    ]
    for told in ("tom", "gus"):
        assert {one.message for one in office.marketplace.notifications.mine(office.person(told)).items} == {
            "The login of tom on warehouse was changed from none to tom_pg.",
            "The login of tom on warehouse was changed from tom_pg to other_pg.",
        }


@pytest.mark.parametrize("through_group", [False, True])
def test_the_login_of_someone_with_access_is_not_for_who_manages_people_alone(
    office: Office, through_group: bool
) -> None:
    """Else all that was approved for one person goes to the login of another, whom no one has approved."""
    logins(office, "uma", ann="ann_pg")
    office.change_person("uma", groups=frozenset({"finance"}))
    product = office.publish("Open", AUTOMATIC)
    whom = Whom("finance", BeneficiaryKind.GROUP) if through_group else Whom("ann")
    office.marketplace.requests.submit(office.person("uma" if through_group else "ann"), product.id, whom=whom)
    before = office.trail()
    with pytest.raises(Forbidden, match="USER_ADMIN together with APPLICATION_ADMIN"):
        logins(office, "uma", ann="mallory_pg")
    assert office.trail() == before
    both = frozenset({GlobalPermission.USER_ADMIN, GlobalPermission.APPLICATION_ADMIN})
    office.change_person("uma", permissions=both)
    logins(office, "uma", ann="ann_new")
    assert changed_logins(office)[-1]["new"] == "ann_new"


def test_two_people_never_have_one_login(office: Office) -> None:
    logins(office, "uma", tom="tom_pg", rita="rita_pg")
    for taken in ({"rita": "tom_pg"}, {"tom": "rita_pg", "rita": "tom_pg"}):
        with pytest.raises(AlreadyThere, match="belongs to someone else"):
            logins(office, "uma", **taken)
    assert len(changed_logins(office)) == 2


def told_of(office: Office, subject: str, what: str) -> list[str]:
    """What the entries about someone or a group say of what was given, in all of them together."""
    data = [json.loads(entry.data) for entry in office.entries() if entry.subject == subject]
    return [one for each in data for one in each.get(what, ())]


@pytest.mark.parametrize("way", ["api", "file"])
def test_the_trail_names_everyone_and_everything_however_much_it_is(office: Office, way: str) -> None:
    floors = frozenset(f"{number:03}" for number in range(150))
    governor = frozenset({GlobalPermission.GOVERNANCE})
    WAYS[way][0](office, Person("zed", "Zed", attributes={"floor": floors}, permissions=governor))
    given = told_of(office, "zed", "given")
    assert len(given) == len(set(given)) == 152
    assert "global-permission:GOVERNANCE" in given
    parts = [json.loads(entry.data)["part"] for entry in office.entries() if entry.subject == "zed"]
    assert parts == [1, 2]


def test_the_trail_names_what_a_file_gives_a_group_and_who_joins_it(office: Office) -> None:
    crowd = [Person(f"p{number:03}", "One of many") for number in range(102)]
    held = ({"floor": frozenset({"1"})}, [GlobalPermission.AUDIT], [("pay", DomainPermission.MANAGE_TAGS)])
    office.marketplace.people.load("uma", PeopleFile(tuple(crowd), ((Group("crowd", "Crowd"), *held),)))
    assert {"p000", "p101"} <= {entry.subject for entry in office.entries() if entry.type == "person.saved"}
    assert told_of(office, "crowd", "given")[-1] == "global-permission:AUDIT"
    everyone = frozenset(one.id for one in crowd)
    office.marketplace.groups.change_members(office.person("uma"), "crowd", joining=everyone)
    assert told_of(office, "crowd", "joined") == sorted(everyone)
    office.marketplace.groups.provide(office.person("uma"), Group("crowd", "Crowd"), frozenset(), "")
    assert told_of(office, "crowd", "left") == sorted(everyone)


def test_nobody_signs_in_as_a_service_account(office: Office) -> None:
    by_api(office, ACCOUNT)
    before = office.trail()
    with pytest.raises(Forbidden, match="service account"):
        office.marketplace.people.sign_in(SignIn("etl", "Someone of the host", groups=frozenset({"legal"})))
    assert office.trail() == before
    assert office.person("etl") == ACCOUNT


def test_an_account_and_someone_of_the_hosts_directory_are_never_one(office: Office, hosts: Hosts) -> None:
    """Else a token that was made for the account in time speaks as the colleague who comes later."""
    by_api(office, ACCOUNT)
    _, text = make(office, "uma", "etl", (Scope.READ,))
    with pytest.raises(Forbidden, match="service account"):
        office.marketplace.people.sign_in(SignIn("etl"))
    assert office.person("etl").active
    hosts.known["etl"] = Person("etl", "New Boss", permissions=frozenset({GlobalPermission.GOVERNANCE}))
    hosts.known["SAM"], hosts.known["sam"] = Person("SAM", "Sam"), Person("sam", "Sam")
    del hosts.known["tom"]
    done = office.marketplace.people.sync()
    assert (len(done.refused), done.refused[0], done.deactivated) == (2, "etl", ("tom",))
    assert office.person("etl") == ACCOUNT
    assert speaks(office, text) == "etl"
    with pytest.raises(Forbidden, match="service account"):
        office.marketplace.people.sign_in(SignIn("etl"))
    before = office.trail()
    assert office.marketplace.people.sync().refused == done.refused
    assert office.trail() == before


def test_no_account_is_made_under_the_id_of_someone_in_the_hosts_directory(office: Office, hosts: Hosts) -> None:
    hosts.known["newboss"] = Person("newboss", "New Boss")
    with pytest.raises(AlreadyThere, match="host's directory"):
        by_api(office, replace(ACCOUNT, id="newboss"))
    by_api(office, ACCOUNT)


@pytest.mark.parametrize("way", ["api", "file"])
def test_who_is_made_anew_under_the_id_of_someone_removed_has_nothing_of_theirs(office: Office, way: str) -> None:
    office.change_person("rita", permissions=frozenset({GlobalPermission.AUDIT}))
    grant = office.approved("rita")
    logins(office, "uma", rita="rita_pg")
    _, text = make(office)
    office.marketplace.baskets.add(office.person("rita"), office.publish("Other", AUTOMATIC).id)
    office.marketplace.people.deactivate(office.person("uma"), "rita")
    office.marketplace.people.remove(office.person("uma"), "rita")
    with pytest.raises((BadPerson, BadImport), match="that stays so"):
        WAYS[way][0](office, Person("rita", "Rita", kind=PersonKind.SERVICE_ACCOUNT, owner="uma"))
    with pytest.raises(NotFound):
        office.marketplace.people.reactivate(office.person("uma"), "rita")
    WAYS[way][0](office, Person("rita", "Rita the second", permissions=frozenset({GlobalPermission.AUDIT})))
    kept = office.marketplace.grants.get(office.person("gus"), grant.id)
    assert kept.status is GrantStatus.REVOKED
    assert kept.grant.revocation
    assert kept.grant.revocation.reason == "person removed"
    assert speaks(office, text) == ""
    assert office.marketplace.notifications.mine(office.person("rita")).items == ()
    with office.marketplace.context.store.reading() as session:
        assert session.logins.of("rita", "warehouse") is None
        assert session.baskets.of("rita") == []
    assert changed_logins(office)[-1] == {"person": "rita", "target": "warehouse", "old": "rita_pg", "new": ""}
    assert told_of(office, "rita", "given").count("global-permission:AUDIT") == 1
    assert "global-permission:AUDIT" in told_of(office, "rita", "taken")
