"""The host's directory in place of ours: what it says stands here, and nothing else does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import pytest

from placet.domain.errors import Forbidden
from placet.domain.people import GlobalPermission, Group, Holdings, Person, PersonKind
from placet.domain.requests import RequestStatus
from placet.service.directory import RuledByTheHost
from placet.service.host_directory import DirectoryUnreadable
from placet.service.people import SignIn
from placet.settings import Settings
from tests.service.office import PEOPLE, Office


@dataclass
class Hosts:
    """A directory that a test changes."""

    known: dict[str, Person] = field(default_factory=dict)
    held: dict[str, Holdings] = field(default_factory=dict)
    broken: bool = False

    def people(self) -> list[Person]:
        if self.broken:
            raise OSError("no answer")
        return list(self.known.values())

    def groups(self) -> list[tuple[Group, Holdings]]:
        return [(Group(id, id.capitalize()), held) for id, held in self.held.items()]

    def person(self, id: str) -> Person | None:
        if self.broken:
            raise OSError("no answer")
        return self.known.get(id)

    def change(self, id: str, **changed: object) -> None:
        self.known[id] = replace(self.known[id], **changed)  # type: ignore[arg-type]  # names of the dataclass


@pytest.fixture
def hosts(office: Office) -> Hosts:
    """The host says what the office holds already, service accounts apart."""
    people = {one.id: one for one in PEOPLE if one.kind is PersonKind.PERSON}
    made = Hosts(people, {"finance": Holdings(), "legal": Holdings()})
    office.marketplace.context.directory = made
    return made


@pytest.mark.requirement("P3", clause="the directory of the host")
def test_what_the_host_says_stands_here_and_what_it_says_no_more_does_not(office: Office, hosts: Hosts) -> None:
    hosts.known["zoe"] = Person("zoe", "Zoe", groups=frozenset({"maps"}), attributes={"floor": frozenset({"1"})})
    hosts.held["maps"] = Holdings(permissions=frozenset({GlobalPermission.AUDIT}))
    hosts.change("tom", name="Thomas")
    del hosts.known["rita"], hosts.held["legal"]
    hosts.change("bob", groups=frozenset())
    done = office.marketplace.people.sync()
    assert (done.added, set(done.changed), done.deactivated) == (("zoe",), {"tom"}, ("rita",))
    assert set(done.groups) == {"finance", "legal", "maps"}
    assert office.person("zoe").holds(GlobalPermission.AUDIT)
    assert office.person("tom").name == "Thomas"
    assert not office.person("rita").active
    assert office.person("robot").active
    before = office.trail()
    assert not any(vars(office.marketplace.people.sync()).values())
    assert office.trail() == before


@pytest.mark.requirement("R12", clause="requests are canceled")
@pytest.mark.requirement("P3", clause="the directory of the host")
def test_who_is_no_longer_there_leaves_with_all_that_follows(office: Office, hosts: Hosts) -> None:
    request = office.ask("rita")
    waiting = office.ask("tom")
    del hosts.known["rita"], hosts.known["bob"]
    office.marketplace.people.sync()
    with office.marketplace.context.store.reading() as session:
        ended, flagged = session.requests.get(request.id), session.requests.get(waiting.id)
    assert ended
    assert flagged
    assert ended.status is RequestStatus.CANCELED
    assert flagged.unroutable


def test_who_signs_in_is_looked_up_at_that_moment(office: Office, hosts: Hosts) -> None:
    people = office.marketplace.people
    hosts.known["zoe"] = Person("zoe", "Zoe", groups=frozenset({"finance"}))
    assert people.sign_in(SignIn("zoe")).groups == {"finance"}
    hosts.change("zoe", groups=frozenset({"legal"}))
    said = SignIn("zoe", "Another", groups=frozenset({"finance"}), roles=frozenset({"Admin"}))
    assert people.sign_in(said) == hosts.known["zoe"]
    hosts.change("zoe", active=False)
    with pytest.raises(Forbidden):
        people.sign_in(SignIn("zoe"))
    assert not office.person("zoe").active
    del hosts.known["rita"]
    for stranger in ("rita", "nobody"):
        with pytest.raises(Forbidden):
            people.sign_in(SignIn(stranger))
    assert not office.person("rita").active


def test_a_sign_in_that_brings_nothing_new_writes_nothing(office: Office, hosts: Hosts) -> None:
    before = office.trail()
    office.marketplace.people.sign_in(SignIn("rita"))
    assert office.trail() == before


def test_nobody_is_let_in_and_nothing_is_changed_while_it_can_not_be_asked(office: Office, hosts: Hosts) -> None:
    before = office.trail()
    hosts.broken = True
    with pytest.raises(DirectoryUnreadable):
        office.marketplace.people.sign_in(SignIn("rita"))
    with pytest.raises(DirectoryUnreadable):
        office.marketplace.people.sync()
    hosts.broken = False
    known, hosts.known = hosts.known, {}
    with pytest.raises(DirectoryUnreadable):
        office.marketplace.people.sync()
    hosts.known = {**known, "bad": Person("", "Nameless")}
    with pytest.raises(DirectoryUnreadable):
        office.marketplace.people.sync()
    hosts.known = {**known, "RITA": known["rita"]}
    with pytest.raises(DirectoryUnreadable, match="takes `RITA` for `rita`"):
        office.marketplace.people.sign_in(SignIn("RITA"))
    assert office.trail() == before


REFUSED: dict[str, Callable[[Office, Person], object]] = {
    "create": lambda office, uma: office.marketplace.people.create(uma, Person("zoe", "Zoe")),
    "replace": lambda office, uma: office.marketplace.people.replace(uma, Person("tom", "T")),
    "deactivate": lambda office, uma: office.marketplace.people.deactivate(uma, "tom"),
    "reactivate": lambda office, uma: office.marketplace.people.reactivate(uma, "tom"),
    "remove": lambda office, uma: office.marketplace.people.remove(uma, "tom"),
    "import": lambda office, uma: office.marketplace.people.import_people(uma, "id\nzoe\n"),
    "a group": lambda office, uma: office.marketplace.groups.create(uma, Group("maps", "Maps")),
    "another": lambda office, uma: office.marketplace.groups.replace(uma, Group("legal", "L"), Holdings()),
    "none": lambda office, uma: office.marketplace.groups.delete(uma, "legal"),
    "members": lambda office, uma: office.marketplace.groups.change_members(uma, "legal", joining=frozenset({"tom"})),
    "provided": lambda office, uma: office.marketplace.groups.provide(uma, Group("legal", "L"), frozenset(), ""),
}


@pytest.mark.requirement("P3", clause="the directory of the host")
@pytest.mark.parametrize("what", REFUSED)
def test_people_and_groups_are_changed_there_and_not_here(office: Office, hosts: Hosts, what: str) -> None:
    before = office.trail()
    with pytest.raises(RuledByTheHost):
        REFUSED[what](office, office.person("uma"))
    assert office.trail() == before


def test_service_accounts_stay_ours(office: Office, hosts: Hosts) -> None:
    uma, people = office.person("uma"), office.marketplace.people
    job = Person("job", "Job", kind=PersonKind.SERVICE_ACCOUNT, owner="rita")
    people.create(uma, job)
    people.deactivate(uma, "job")
    assert people.reactivate(uma, "job").own.active
    del hosts.known["rita"]
    people.sync()
    assert not office.person("job").active


def test_a_role_that_is_a_group_brings_what_the_setting_says(office: Office, hosts: Hosts) -> None:
    office.marketplace.context.settings = Settings(role_permissions={"finance": "GOVERNANCE"})
    office.marketplace.people.sync()
    assert office.person("ann").holds(GlobalPermission.GOVERNANCE)
    assert not office.person("rita").permissions


def test_the_worker_reads_it_when_it_is_due_and_not_before(office: Office, hosts: Hosts) -> None:
    work = office.marketplace.work
    hosts.change("tom", name="Thomas")
    work.sweep()
    assert office.person("tom").name == "Thomas"
    hosts.change("tom", name="Tommy")
    office.clock.advance(minutes=14)
    work.sweep()
    assert office.person("tom").name == "Thomas"
    office.clock.advance(minutes=1)
    work.sweep()
    assert office.person("tom").name == "Tommy"
    hosts.broken = True
    office.clock.advance(minutes=15)
    assert work.sweep()


def test_a_directory_that_was_not_read_for_long_is_warned_of(office: Office, hosts: Hosts) -> None:
    health = office.marketplace.health
    assert "not read yet" in health.ready().warnings[0]
    office.marketplace.work.sweep()
    assert health.ready().warnings == ()
    hosts.broken = True
    office.clock.advance(minutes=45)
    office.marketplace.work.sweep()
    assert health.ready().ready
    assert "not read since 2026-01-31 12:00 UTC" in health.ready().warnings[0]
