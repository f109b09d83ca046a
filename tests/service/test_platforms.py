"""What reaches the data platforms when people, clocks and workers change places: asked of a real PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from placet.demo.server import EmbeddedPostgres
from placet.domain.clock import SetClock
from placet.domain.requests import BeneficiaryKind, Grant, Whom
from placet.emitter.policy import Desired, Entitlement
from placet.emitter.postgres.target import PostgresTarget
from placet.emitter.settings import PostgresSettings
from placet.emitter.target import Plan
from placet.service import Marketplace
from placet.service.people import SignIn
from placet.service.people_file import PeopleFile, PlatformLogin
from placet.settings import Settings
from placet.storage import Store
from tests.emitter.worlds import World, world_on
from tests.servers import postgres_server
from tests.service.office import AUTOMATIC, Office

ROWS = 3


def fill(world: World) -> None:
    """The table of the salaries."""
    world.run(
        "CREATE SCHEMA pay; CREATE TABLE pay.salaries AS SELECT n AS id, 1.0 AS amount FROM generate_series(1, 3) n"
    )


class Platform:
    """An office whose salaries stand in a table of a real platform, where rita and tom have logins."""

    def __init__(self, world: World, store: Store) -> None:
        self.world = world
        self.clock = SetClock(world.server_time() - timedelta(minutes=10))
        self.marketplace = Marketplace(Settings(), store, clock=self.clock, targets={"warehouse": world.target})
        self.marketplace.upgrade()
        fill(world)
        self.office = Office(self.marketplace, self.clock)
        self.give_login("rita", "rita")
        self.give_login("tom", "tom")
        self.product = self.office.publish("Open salaries", AUTOMATIC)
        self.work()

    def work(self) -> None:
        """A worker whose clock is ahead of every other runs what there is to do."""
        self.clock.advance(seconds=30)
        self.marketplace.work.provision()

    def give_login(self, person: str, name: str) -> None:
        login = PlatformLogin(person, "warehouse", self.world.login(name))
        self.marketplace.people.load("test", PeopleFile((), logins=(login,)))

    def set_active(self, id: str, active: bool) -> None:
        with self.marketplace.context.store.reading() as session:
            held = session.people.direct(id)
        assert held
        self.marketplace.people.load("test", PeopleFile((replace(held, active=active),)))

    def ask(self, person: str = "rita") -> Grant:
        request = self.office.ask(person, self.product)
        with self.marketplace.context.store.reading() as session:
            [grant] = session.grants.for_requests([request.id])
        assert grant
        return grant

    def ask_for_crew(self, group: str = "crew") -> Grant:
        """Rita asks for the group that she is in."""
        whom = Whom(group, BeneficiaryKind.GROUP)
        request = self.marketplace.requests.submit(self.office.person("rita"), self.product.id, whom=whom)
        with self.marketplace.context.store.reading() as session:
            [grant] = session.grants.for_requests([request.id])
        assert grant
        return grant

    def put_in(self, person: str, *groups: str) -> None:
        """Someone is in these groups from now on, and in no others."""
        with self.marketplace.context.store.reading() as session:
            held = session.people.direct(person)
        assert held
        self.marketplace.people.load("test", PeopleFile((replace(held, groups=frozenset(groups)),)))

    def describe_anew(self) -> None:
        manager = self.office.person("mia")
        product = self.marketplace.products.get(manager, self.product.id).card.product
        self.marketplace.products.change(manager, replace(product, description="Described anew."))

    def reads(self, name: str) -> bool:
        """Whether a login reads the table."""
        rows: int | None = self.world.count(self.world.login(name), "pay__salaries")
        return rows == ROWS


@pytest.fixture(scope="session")
def platforms() -> Iterator[EmbeddedPostgres]:
    with postgres_server() as server:
        yield server


@pytest.fixture
def platform(platforms: EmbeddedPostgres, store: Store) -> Iterator[Platform]:
    with world_on(platforms) as world:
        yield Platform(world, store)


def test_whoever_is_deactivated_reads_nothing_until_they_are_back(platform: Platform) -> None:
    platform.ask()
    platform.work()
    assert platform.reads("rita")
    platform.set_active("rita", False)
    platform.work()
    assert not platform.reads("rita")
    platform.set_active("rita", True)
    platform.work()
    assert platform.reads("rita")


def test_a_grant_to_someone_deactivated_meanwhile_takes_effect_when_they_are_back(platform: Platform) -> None:
    platform.ask()
    platform.set_active("rita", False)
    platform.work()
    assert not platform.reads("rita")
    platform.set_active("rita", True)
    platform.work()
    assert platform.reads("rita")


def test_whoever_is_given_the_login_of_another_does_not_get_their_access(platform: Platform) -> None:
    platform.ask()
    platform.work()
    platform.give_login("rita", "rita_too")
    platform.give_login("bob", "rita")
    platform.work()
    assert not platform.reads("rita")
    assert platform.reads("rita_too")


def test_an_import_that_moves_nobody_asks_nothing_of_the_platforms(platform: Platform) -> None:
    platform.give_login("rita", "rita")
    with platform.marketplace.context.store.reading() as session:
        assert session.jobs.unfinished() == []


def test_a_worker_whose_clock_is_behind_gives_nothing_back_that_was_revoked(platform: Platform) -> None:
    grant = platform.ask()
    platform.work()
    platform.marketplace.grants.revoke(platform.office.person("gus"), grant.id, "left")
    revoked_at = platform.clock.now()
    platform.work()
    assert not platform.reads("rita")
    platform.clock.at = revoked_at - timedelta(seconds=1)
    platform.marketplace.work.enforcement("warehouse").apply()
    assert not platform.reads("rita")


@pytest.fixture
def meanwhile(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], None]], None]:
    """Lets something happen, and other workers bring it about, while one waits for its turn on the platform."""
    target = platform.marketplace.context.targets["warehouse"]
    enter = target.grant

    def plan(happens: Callable[[], None]) -> None:
        def late(entitlement: Entitlement, members: tuple[str, ...] = ()) -> int:
            monkeypatch.setattr(target, "grant", enter)
            happens()
            platform.marketplace.work.provision()
            return enter(entitlement, members)

        monkeypatch.setattr(target, "grant", late)

    return plan


def test_a_login_that_moves_while_a_grant_waits_its_turn_brings_its_new_owner_nothing(
    platform: Platform, meanwhile: Callable[[Callable[[], None]], None]
) -> None:
    platform.ask()

    def moves() -> None:
        platform.set_active("rita", False)
        platform.give_login("rita", "rita_too")
        platform.give_login("bob", "rita")

    meanwhile(moves)
    platform.marketplace.work.provision()
    assert not platform.reads("rita")
    with platform.marketplace.context.store.reading() as session:
        moved = session.logins.of("rita", "warehouse")
    assert moved
    assert moved.login == platform.world.login("rita_too")


def test_access_to_a_product_that_moves_to_another_platform_ends_on_the_first(
    platform: Platform, platforms: EmbeddedPostgres
) -> None:
    with world_on(platforms) as other:
        fill(other)
        platform.marketplace.context.targets = {"warehouse": platform.world.target, "lake": other.target}
        away = replace(Office.source("s2", "salaries"), target="lake")
        with platform.marketplace.context.store.writing() as session:
            session.sources.save(away)
        login = PlatformLogin("rita", "lake", other.login("rita"))
        platform.marketplace.people.load("test", PeopleFile((), logins=(login,)))
        grant = platform.ask()
        platform.work()
        assert platform.reads("rita")
        manager = platform.office.person("mia")
        view = platform.marketplace.products.get(manager, platform.product.id)
        platform.marketplace.products.change(manager, replace(view.card.product, sources=("s2",)))
        platform.work()
        assert not platform.reads("rita")
        assert other.count(other.login("rita"), "pay__salaries") == ROWS
        platform.marketplace.grants.revoke(manager, grant.id, "left")
        platform.work()
        assert other.count(other.login("rita"), "pay__salaries") is None


@pytest.mark.requirement("R14", clause="one entitlement")
def test_a_grant_for_a_group_is_one_entitlement_for_all_who_are_in_it(platform: Platform) -> None:
    for person in ("rita", "tom", "ann"):
        platform.put_in(person, "crew")
    grant = platform.ask_for_crew()
    platform.work()
    assert (platform.reads("rita"), platform.reads("tom")) == (True, True)
    assert [(one.grant, one.group) for one in platform.world.target.held()] == [(grant.id, "crew")]
    assert platform.world.drift(platform.marketplace.work.enforcement("warehouse").wanted()[0]) == []


@pytest.mark.requirement("R14", clause="membership is live")
def test_who_gets_a_login_later_joins_then_and_keeps_no_grant_waiting(platform: Platform) -> None:
    platform.put_in("rita", "crew")
    platform.put_in("ann", "crew")
    grant = platform.ask_for_crew()
    platform.work()
    view = platform.marketplace.grants.get(platform.office.person("rita"), grant.id)
    assert (view.in_effect, view.problem, view.without_login) == (True, "", 1)
    platform.give_login("ann", "ann")
    platform.work()
    assert platform.reads("ann")
    assert platform.marketplace.grants.get(platform.office.person("rita"), grant.id).without_login == 0


@pytest.mark.requirement("R14", clause="membership is live")
def test_who_joins_leaves_or_is_deactivated_gains_or_loses_the_access_of_the_group(platform: Platform) -> None:
    platform.put_in("rita", "crew")
    platform.ask_for_crew()
    platform.work()

    def readers() -> list[str]:
        platform.work()
        return [person for person in ("rita", "tom") if platform.reads(person)]

    platform.marketplace.people.sign_in(SignIn("tom", groups=frozenset({"crew"})))
    assert readers() == ["rita", "tom"]
    platform.set_active("rita", False)
    assert readers() == ["tom"]
    platform.set_active("rita", True)
    platform.marketplace.people.sign_in(SignIn("tom", groups=frozenset()))
    assert readers() == ["rita"]


def test_a_group_called_as_a_person_gives_that_person_nothing(platform: Platform) -> None:
    platform.put_in("rita", "tom")
    platform.ask_for_crew("tom")
    platform.work()
    assert (platform.reads("rita"), platform.reads("tom")) == (True, False)


def test_who_leaves_while_the_grant_of_the_group_waits_its_turn_gets_nothing(
    platform: Platform, meanwhile: Callable[[Callable[[], None]], None]
) -> None:
    for person in ("rita", "tom"):
        platform.put_in(person, "crew")
    platform.work()
    platform.ask_for_crew()
    meanwhile(lambda: platform.put_in("tom"))
    platform.marketplace.work.provision()
    assert (platform.reads("rita"), platform.reads("tom")) == (True, False)


def test_a_group_that_is_deleted_gives_nothing_any_more(platform: Platform) -> None:
    platform.put_in("rita", "crew")
    platform.ask_for_crew()
    platform.work()
    platform.marketplace.groups.delete(platform.office.person("uma"), "crew")
    platform.work()
    assert not platform.reads("rita")
    platform.put_in("rita", "crew")
    platform.work()
    assert not platform.reads("rita")


@pytest.mark.requirement("R9", clause="other ways in stay")
def test_revoking_the_grant_of_a_group_leaves_what_a_member_has_of_their_own(platform: Platform) -> None:
    for person in ("rita", "tom"):
        platform.put_in(person, "crew")
    platform.ask()
    grant = platform.ask_for_crew()
    platform.work()
    platform.marketplace.grants.revoke(platform.office.person("gus"), grant.id, "left")
    platform.work()
    assert (platform.reads("rita"), platform.reads("tom")) == (True, False)


def test_a_column_that_is_imported_later_is_seen_by_those_who_have_access(platform: Platform) -> None:
    platform.ask()
    platform.work()
    platform.world.run("ALTER TABLE pay.salaries ADD COLUMN bonus int DEFAULT 7")
    platform.marketplace.sources.import_catalog(platform.office.person("gus"), "warehouse", "pay", "pay")
    platform.work()
    with platform.world.connect(platform.world.login("rita")) as rita:
        assert rita.execute("SELECT DISTINCT bonus FROM marketplace.pay__salaries").fetchall() == [(7,)]


def test_a_grant_is_not_in_effect_while_its_product_needs_a_person_on_the_platform(platform: Platform) -> None:
    rita = platform.office.person("rita")
    grant = platform.ask()
    platform.work()
    platform.world.run("ALTER TABLE pay.salaries RENAME COLUMN amount TO pay; ALTER TABLE pay.salaries RENAME TO wages")
    platform.describe_anew()
    platform.work()
    view = platform.marketplace.grants.get(rita, grant.id)
    assert not view.in_effect
    assert "pay.salaries" in view.problem
    platform.world.run("ALTER TABLE pay.wages RENAME TO salaries; ALTER TABLE pay.salaries RENAME COLUMN pay TO amount")
    platform.work()
    assert platform.marketplace.grants.get(rita, grant.id).in_effect
    assert platform.reads("rita")


def test_a_platform_that_is_down_is_tried_once_and_holds_up_no_revocation_elsewhere(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    grant = platform.ask()
    platform.work()
    lake = PostgresTarget(PostgresSettings("lake", "host=/nowhere"))
    apply, tried = lake.apply, []

    def counted(wanted: Callable[[], Desired]) -> Plan:
        tried.append(lake)
        return apply(wanted)

    monkeypatch.setattr(lake, "apply", counted)
    platform.marketplace.context.targets = {"warehouse": platform.world.target, "lake": lake}
    with platform.marketplace.context.store.writing() as session:
        for number in range(5):
            session.jobs.add("product", "lake", f"p{number}", platform.clock.now())
    platform.marketplace.grants.revoke(platform.office.person("gus"), grant.id, "left")
    platform.marketplace.work.provision()
    assert not platform.reads("rita")
    assert len(tried) == 1
    with platform.marketplace.context.store.reading() as session:
        assert [bool(job.error) for job in session.jobs.unfinished()] == [True] * 5
