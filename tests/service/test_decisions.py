"""Decisions: who may read what at which instant; and that a real platform answers the same."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta

import psycopg
import pytest

from placet.demo.server import EmbeddedPostgres
from placet.domain.clock import SetClock
from placet.domain.errors import Forbidden, NotFound
from placet.domain.people import GlobalPermission
from placet.domain.requests import BeneficiaryKind, Whom
from placet.domain.terms import Duration, Term
from placet.service import Marketplace
from placet.service.people_file import PeopleFile, PlatformLogin
from placet.settings import Settings
from placet.storage import Store
from tests.emitter.worlds import World, world_on
from tests.service.office import AUTOMATIC, Office

MONTH = Term(duration=Duration.parse("30 days"))
MICROSECOND = timedelta(microseconds=1)


def allowed(office: Office, person: str = "rita", at: datetime | None = None, source: str = "s1") -> bool:
    return office.marketplace.decisions.decide(office.person("gus"), person, source, at).allowed


@pytest.mark.requirement("R7", clause="start inclusive")
@pytest.mark.requirement("R7", clause="end exclusive")
@pytest.mark.requirement("E1", clause="allowed or granted")
def test_a_grant_gives_access_from_its_start_until_its_end(office: Office) -> None:
    assert not allowed(office)
    grant = office.approved(term=MONTH)
    assert grant.end
    asked = [grant.start - MICROSECOND, grant.start, grant.end - MICROSECOND, grant.end]
    assert [allowed(office, at=at) for at in asked] == [False, True, True, False]
    assert [allowed(office, "tom", at) for at in asked] == [False] * 4
    office.clock.at = grant.end
    assert not allowed(office)


def test_a_revocation_counts_from_its_instant_on(office: Office) -> None:
    grant = office.approved()
    office.clock.advance(days=2)
    office.marketplace.grants.revoke(office.person("gus"), grant.id, "left")
    now = office.clock.now()
    assert [allowed(office, at=at) for at in (now - MICROSECOND, now)] == [True, False]


def test_the_reasons_name_the_grant_or_what_is_missing(office: Office) -> None:
    def reasons(person: str) -> str:
        return " ".join(office.marketplace.decisions.decide(office.person("gus"), person, "s1").reasons)

    grant = office.approved()
    assert grant.id in reasons("rita")
    assert office.product.id in reasons("rita")
    assert "no running grant" in reasons("tom")


@pytest.mark.requirement("E1", clause="active")
def test_who_is_not_active_has_no_access(office: Office) -> None:
    office.approved()
    office.change_person("rita", active=False)
    assert not allowed(office)
    office.change_person("rita", active=True)
    assert allowed(office)


@pytest.mark.requirement("D2", clause="a source that leaves is out at once")
def test_a_source_that_leaves_the_domain_is_out_of_reach_at_once(office: Office) -> None:
    office.approved()
    with office.marketplace.context.store.writing() as session:
        session.sources.save(replace(office.source("s1", "salaries"), domains=frozenset()))
    assert not allowed(office)


@pytest.mark.requirement("R9", clause="other ways in stay")
def test_access_by_one_product_does_not_end_with_another(office: Office) -> None:
    other = office.publish("Salaries once more", AUTOMATIC)
    grant = office.approved()
    office.ask(product=other)
    office.marketplace.grants.revoke(office.person("gus"), grant.id, "left")
    assert allowed(office)
    office.marketplace.products.suspend(office.person("gus"), other.id)
    assert not allowed(office)


def test_anyone_asks_about_themselves_and_a_few_about_others(office: Office) -> None:
    decide = office.marketplace.decisions.decide
    assert not decide(office.person("rita"), "rita", "s1").allowed
    office.change_person("ada", permissions=frozenset({GlobalPermission.AUDIT}))
    for may in ("gus", "ada"):
        assert decide(office.person(may), "rita", "s1").person == "rita"
    for stranger in ("tom", "ann", "mia", "uma"):
        with pytest.raises(Forbidden):
            decide(office.person(stranger), "rita", "s1")
    for person, source in (("nobody", "s1"), ("rita", "nothing")):
        with pytest.raises(NotFound):
            decide(office.person("gus"), person, source)
    rita = replace(office.person("rita"), active=False)
    with pytest.raises(Forbidden):
        decide(rita, "rita", "s1")


TABLES = {"s1": "salaries", "s2": "bonuses"}
CONSUMERS = ("rita", "tom", "fay")
# The second is called as a consumer is.
GROUPS = (Whom("crew", BeneficiaryKind.GROUP), Whom("tom", BeneficiaryKind.GROUP))
Step = Callable[["Compared"], None]


class Compared:
    """An office and a platform that has to give its answers: two tables, three products, three consumers."""

    def __init__(self, world: World, store: Store) -> None:
        self.world = world
        # Behind the platform's clock, so that what begins here has begun there.
        self.clock = SetClock(world.server_time() - timedelta(hours=20))
        self.office = self._office(store)
        products = {"Both": ("s1", "s2"), "Pay": ("s1",), "Extra": ("s2",)}
        self.products = [self.office.publish(name, AUTOMATIC, sources=held) for name, held in products.items()]
        self.follow()

    def _office(self, store: Store) -> Office:
        self.world.run("CREATE SCHEMA pay")
        for table in TABLES.values():
            self.world.run("CREATE TABLE pay.{} AS SELECT 1 AS id, 1.0 AS amount", table)
        marketplace = Marketplace(Settings(), store, clock=self.clock, targets={"warehouse": self.world.target})
        marketplace.upgrade()
        office = Office(marketplace, self.clock)
        with store.writing() as session:
            session.sources.save(office.source("s2", "bonuses"))
        logins = (PlatformLogin(person, "warehouse", self.world.login(person)) for person in CONSUMERS)
        marketplace.people.load("test", PeopleFile((), logins=tuple(logins)))
        return office

    def follow(self) -> None:
        """Let the worker do everything; also what waits for another try."""
        self.clock.advance(seconds=1)
        self.office.marketplace.work.provision()
        with self.office.marketplace.context.store.reading() as session:
            assert session.jobs.unfinished() == []

    def decided(self) -> dict[tuple[str, str], bool]:
        """What is decided here, by person and source."""
        now = self.world.server_time()
        asked = ((person, source) for person in CONSUMERS for source in TABLES)
        return {(person, source): allowed(self.office, person, now, source) for person, source in asked}

    def differences(self) -> list[tuple[str, str, bool]]:
        """Where the platform answers something else: person, source, and what was decided here."""
        return [
            (person, source, wanted)
            for (person, source), wanted in self.decided().items()
            if self._reads(person, source) is not wanted
        ]

    def _reads(self, person: str, source: str) -> bool:
        """Whether the platform lets someone read; a source that no product holds any more has no view."""
        try:
            return bool(self.world.count(self.world.login(person), f"pay__{TABLES[source]}"))
        except psycopg.errors.UndefinedTable:
            return False


def asks(person: str, number: int) -> Step:
    def step(here: Compared) -> None:
        product = here.products[number]
        state = here.office.marketplace.products.get(here.office.person("gus"), product.id).card
        if state.product.state == "published" and here.office.person(person).active and not held(here, person, number):
            here.office.ask(person, product)

    return step


def asks_for(whom: Whom, number: int) -> Step:
    """Someone in a group asks for it."""

    def step(here: Compared) -> None:
        product = here.products[number]
        state = here.office.marketplace.products.get(here.office.person("gus"), product.id).card
        people = [
            person for one in CONSUMERS if (person := here.office.person(one)).active and whom.id in person.groups
        ]
        if people and state.product.state == "published" and not held(here, whom, number):
            here.office.marketplace.requests.submit(people[0], product.id, whom=whom)

    return step


def held(here: Compared, whom: str | Whom, number: int) -> list[str]:
    """The ids of the live grants of someone, or of a group, on a product."""
    wanted = Whom(whom) if isinstance(whom, str) else whom
    views = here.office.marketplace.grants.list(here.office.person("gus"), product=here.products[number].id).items
    live = [view for view in views if view.grant.whom == wanted and view.grant.live_at(here.clock.now())]
    return [view.grant.id for view in live]


def loses(whom: str | Whom, number: int) -> Step:
    def step(here: Compared) -> None:
        for grant in held(here, whom, number):
            here.office.marketplace.grants.revoke(here.office.person("gus"), grant, "no more")

    return step


def turns(number: int) -> Step:
    """A product that is published is suspended, and one that is suspended is published."""

    def step(here: Compared) -> None:
        products, gus = here.office.marketplace.products, here.office.person("gus")
        listed = products.get(gus, here.products[number].id).card.product.state == "published"
        (products.suspend if listed else products.publish)(gus, here.products[number].id)

    return step


def draws_on(number: int, *sources: str) -> Step:
    def step(here: Compared) -> None:
        products, gus = here.office.marketplace.products, here.office.person("gus")
        now = products.get(gus, here.products[number].id).card.product
        products.change(gus, replace(now, sources=sources))

    return step


def comes_or_goes(person: str) -> Step:
    """Someone active is deactivated, and someone inactive comes back."""

    def step(here: Compared) -> None:
        with here.office.marketplace.context.store.reading() as session:
            found = session.people.direct(person)
        assert found
        here.office.marketplace.people.load("test", PeopleFile((replace(found, active=not found.active),)))

    return step


def joins_or_leaves(person: str, whom: Whom) -> Step:
    """Someone who is in a group leaves it, and someone who is not joins."""

    def step(here: Compared) -> None:
        with here.office.marketplace.context.store.reading() as session:
            found = session.people.direct(person)
        assert found
        here.office.marketplace.people.load("test", PeopleFile((replace(found, groups=found.groups ^ {whom.id}),)))

    return step


ASKS: list[Step] = [asks(person, number) for person in CONSUMERS for number in range(3)]
LOSES: list[Step] = [loses(person, number) for person in CONSUMERS for number in range(3)]
HELD = [("s1",), ("s2",), ("s1", "s2")]
OTHERS: list[Step] = [
    *(turns(number) for number in range(3)),
    *(draws_on(number, *sources) for number in range(3) for sources in HELD),
    *(comes_or_goes(person) for person in CONSUMERS),
]
OF_GROUPS: list[Step] = [
    *(asks_for(whom, number) for whom in GROUPS for number in range(3)),
    *(loses(whom, number) for whom in GROUPS for number in range(3)),
    *(joins_or_leaves(person, whom) for person in CONSUMERS for whom in GROUPS),
]
STEPS = [*ASKS * 3, *LOSES * 2, *OTHERS, *OF_GROUPS * 2]
ROUNDS = 15


@pytest.fixture
def compared(postgres: EmbeddedPostgres, sqlite_url: str) -> Iterator[Compared]:
    with world_on(postgres) as world:
        store = Store(sqlite_url)
        yield Compared(world, store)
        store.close()


@pytest.mark.requirement("N5", clause="equal to our evaluator")
@pytest.mark.requirement("E1", clause="allowed or granted")
@pytest.mark.requirement("R14", clause="membership is live")
@pytest.mark.parametrize("seed", range(3))
def test_the_platform_answers_what_is_decided_here(compared: Compared, seed: int) -> None:
    """Whatever people do, one to four things at a time; each round goes on where the one before it stopped."""
    chance = random.Random(seed)
    given = []
    for _ in range(ROUNDS):
        for step in chance.sample(STEPS, chance.randint(1, 4)):
            step(compared)
        compared.follow()
        assert compared.differences() == []
        given.append(sum(compared.decided().values()))
    assert len(set(given)) > 2, "access came and went too seldom to compare anything"


@pytest.mark.requirement("R14", clause="membership is live")
def test_who_joins_a_group_has_its_access_and_who_leaves_has_not(compared: Compared) -> None:
    crew, tom = GROUPS
    joins = joins_or_leaves("rita", crew)
    for step, readers in (
        (joins, []),
        (asks_for(crew, 1), ["rita"]),
        (joins_or_leaves("fay", crew), ["fay", "rita"]),
        (joins, ["fay"]),
        (joins_or_leaves("rita", tom), ["fay"]),
        (asks_for(tom, 1), ["fay", "rita"]),
        (loses(crew, 1), ["rita"]),
    ):
        step(compared)
        compared.follow()
        assert sorted(one for (one, source), answer in compared.decided().items() if answer) == readers
        assert compared.differences() == []


def test_the_reasons_name_the_group(office: Office) -> None:
    crew = GROUPS[0]
    office.marketplace.people.load("test", PeopleFile((replace(office.person("rita"), groups=frozenset({"crew"})),)))
    product = office.publish("Open", AUTOMATIC)
    request = office.marketplace.requests.submit(office.person("rita"), product.id, whom=crew)
    with office.marketplace.context.store.reading() as session:
        [grant] = session.grants.for_requests([request.id])
    assert grant
    answer = office.marketplace.decisions.decide(office.person("rita"), "rita", "s1")
    assert answer.allowed
    assert answer.reasons[0] == f"`rita` is a member of `{product.id}` through group `crew` by grant `{grant.id}`"


def test_there_is_both_access_and_none_to_compare(compared: Compared) -> None:
    for step in (asks("rita", 1), asks("tom", 2), asks("fay", 0), comes_or_goes("fay")):
        step(compared)
    compared.follow()
    assert {asked for asked, answer in compared.decided().items() if answer} == {("rita", "s1"), ("tom", "s2")}
    assert compared.differences() == []


def test_whether_a_source_out_of_sight_is_there_is_told_to_nobody_who_asks_about_themselves(office: Office) -> None:
    rita, decide = office.person("rita"), office.marketplace.decisions.decide
    office.approved("rita")
    with office.marketplace.context.store.writing() as session:
        session.sources.save(office.source("s9", "hidden"))
    for id in ("s9", "s8"):
        with pytest.raises(NotFound, match=f"no data source that you may see has the id `{id}`"):
            decide(rita, "rita", id)
    office.marketplace.products.change(
        office.person("gus"), replace(office.reread(office.product), visible_to=frozenset({"finance"}))
    )
    assert decide(rita, "rita", "s1").allowed
    assert not decide(office.person("gus"), "gus", "s9").allowed
