"""What reminders a submission and an approval leave, as the rules conclude them, and what is told when they are due."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from placet.domain.forms import Flow, FlowKind, Quorum
from placet.domain.people import Person
from placet.domain.products import ProductState
from placet.domain.reminders import About, Reminder
from placet.domain.requests import Grant, Verdict
from placet.domain.terms import Duration
from placet.engine import PackSource, load_pack
from placet.workflow.change import Change
from placet.workflow.commands import RemindOfEnd, RemindStewards
from placet.workflow.grants import Held
from placet.workflow.known import Known
from placet.workflow.refusals import ProductNotPublished, RequestLapsedAlready, WrongState
from placet.workflow.remind import remind_of_end, remind_stewards
from placet.workflow.rulebook import Rulebook
from tests.workflow.world import FINANCE, LEGAL, START, World, days, form, listed, product

DAY = timedelta(days=1)
AUTOMATIC = Flow(FlowKind.AUTOMATIC, justification="open", duration=Duration.parse("10 days"))


def names(change: Change) -> list[tuple[str, timedelta]]:
    """The names of the reminders of a change, each with how long after the start it is due."""
    return [(one.name, one.due - START) for one in change.reminders]


def waiting() -> World:
    world = World(form(listed(FINANCE, LEGAL, quorum=Quorum.ALL)))
    world.submit()
    return world


def daily(world: World) -> Reminder:
    [reminder] = world.changes[0].reminders
    return reminder


def remind(world: World, *stewards: str) -> Change:
    assert world.request
    command = RemindStewards(world.request.id)
    return remind_stewards(command, world.request, world.situation(), (daily(world),), stewards)


@pytest.mark.requirement("R11", clause="daily reminder")
def test_a_request_that_waits_leaves_a_daily_reminder_and_one_that_is_decided_at_once_leaves_none() -> None:
    world = waiting()
    assert daily(world) == Reminder(About.REQUEST, "r0", "waiting", START + DAY, DAY)
    at_once = World(form(replace(AUTOMATIC, duration=None)))
    at_once.submit()
    assert at_once.changes[0].reminders == ()


@pytest.mark.requirement("R8", clause="reminders")
def test_an_approval_leaves_the_reminders_of_its_end_and_a_denial_none() -> None:
    world = waiting()
    world.determine("ann", term=days(10))
    assert world.changes[-1].reminders == ()
    world.later(days=1)
    world.determine("bob")
    assert names(world.changes[-1]) == [("day", 10 * DAY), ("week", 4 * DAY)]
    assert {one.subject for one in world.changes[-1].reminders} == {world.grant.id}
    automatic = World(form(AUTOMATIC))
    automatic.submit()
    assert names(automatic.changes[-1]) == [("day", 9 * DAY), ("week", 3 * DAY)]
    denied = waiting()
    denied.determine("ann", Verdict.DENY)
    assert denied.changes[-1].reminders == ()


WAIT = """\
pack: wait
names: [request]
reads: {pending: {request, since: instant}}
concludes: {lapse after: {wait: duration}}
rules:
  wait:
    when: [pending]
    then: [lapse after: {wait: 3 days}]
    because: "Three days are enough."
"""


def test_the_proof_of_what_is_decided_at_once_tells_of_no_reminder_that_is_never_sent() -> None:
    rules = Rulebook(load_pack("routing", "eligibility", "quorum", "expiry", PackSource("wait.yaml", WAIT)))
    for flow, told in ((AUTOMATIC, {"outcome", "runs until", "remind"}), (listed(FINANCE), {"nudge", "lapses"})):
        world = World(form(flow), rules=rules)
        request = world.submit()
        [ruling] = world.changes[-1].rulings
        kinds = {one["kind"] for one in world.rules.proof(ruling.proof).as_json()["conclusions"]}
        assert kinds & {"outcome", "runs until", "remind", "nudge", "lapses"} == told
        assert (request.lapses_at is None) is (flow is AUTOMATIC)


def test_the_reminders_of_a_renewal_are_of_its_own_end() -> None:
    world = World(form(listed(FINANCE)))
    for _ in range(2):
        world.submit()
        world.determine("ann", term=days(10))
    assert names(world.changes[-1]) == [("day", 19 * DAY), ("week", 13 * DAY)]


OFTEN = """\
pack: expiry
names: [request]
words: {ahead: [soon]}
reads:
  ends:        {at: instant}
  pending:     {request, since: instant}
  lapse after: {wait: duration}
concludes:
  bound:      {at: instant}
  runs until: {at: instant}
  remind:     {ahead, at: instant}
  lapses:     {request, at: instant}
  nudge:      {request, from: instant, every: duration}
shares: [bound]
rules:
  the end:
    when: [ends: {at}]
    then: [runs until: {at}, remind: {ahead: soon, at: $at - 2 days}]
    because: "It ends at {at}."
  sooner:
    when: [ends: {at}]
    then: [remind: {ahead: soon, at: $at - 3 days}]
    because: "It ends at {at}."
  bounds:
    when: [ends: {at}]
    then: [bound: {at}]
    because: "It ends at {at}."
  lapses:
    when: [pending: {request, since}, lapse after: {wait}]
    then: [lapses: {request, at: $since + $wait}]
    because: "It lapses."
  hourly:
    when: [pending: {request, since}]
    then: [nudge: {request, from: $since + 2 hours, every: 1 hour}]
    because: "Every hour."
  weekly:
    when: [pending: {request, since}]
    then: [nudge: {request, from: $since + 7 days, every: 7 days}]
    because: "Every week."
"""


def test_another_expiry_pack_reminds_at_other_times_of_several_of_one_name_at_the_first() -> None:
    rules = Rulebook(load_pack("routing", "eligibility", "quorum", PackSource("expiry.yaml", OFTEN)))
    world = World(form(listed(FINANCE)), rules=rules)
    world.submit()
    hour = timedelta(hours=1)
    assert daily(world) == Reminder(About.REQUEST, "r0", "waiting", START + 2 * hour, hour)
    world.determine("ann", term=days(10))
    assert names(world.changes[-1]) == [("soon", 7 * DAY)]


def test_stewards_are_told_and_the_reminder_goes_on_from_now() -> None:
    world = waiting()
    world.later(days=3, hours=2)
    change = remind(world, "bob", "ann")
    [event] = change.events
    assert (event.type, event.actor, event.tells) == ("access_request.reminded", "placet", ("ann", "bob"))
    assert event.told() == "The request for access to Salaries still waits for a determination."
    assert change.reminded == (daily(world),)
    assert names(change) == [("waiting", 4 * DAY)]
    assert (change.requests, change.determination) == ((), None)


def test_where_no_one_may_determine_it_nothing_is_told_and_the_reminder_goes_on() -> None:
    world = waiting()
    world.later(days=1)
    change = remind(world)
    assert (change.events, names(change)) == ((), [("waiting", 2 * DAY)])


def test_nothing_is_told_before_it_is_due_while_the_product_is_suspended_or_when_the_time_has_passed() -> None:
    world = waiting()
    with pytest.raises(WrongState):
        remind(world, "ann")
    world.determine("ann", term=days(1))
    assert world.request
    world.request = replace(world.request, lapses_at=START + DAY)
    world.later(days=1)
    with pytest.raises(RequestLapsedAlready):
        remind(world, "bob")
    world.product = product(state=ProductState.SUSPENDED)
    with pytest.raises(ProductNotPublished):
        remind(world, "bob")


GRANT = Grant("g", "r", "salaries", "rita", START - 20 * DAY, START + DAY)
DUE = (Reminder(About.GRANT, "g", "week", START - 6 * DAY), Reminder(About.GRANT, "g", "day", START))


@pytest.mark.parametrize(
    ("renewals", "party", "told"),
    [
        ((), {"rita", "tom"}, [("rita", "tom")]),
        ((), set(), []),
        ((replace(GRANT, id="later", start=START + DAY, end=None),), {"rita"}, []),
    ],
)
def test_all_that_is_due_of_a_grant_is_told_as_one_unless_it_goes_on(
    renewals: tuple[Grant, ...], party: set[str], told: list[tuple[str, ...]]
) -> None:
    held = Held(GRANT, product(), START, party=frozenset(party), renewals=renewals)
    change = remind_of_end(RemindOfEnd("g"), held, DUE)
    assert [event.tells for event in change.events] == told
    assert (change.reminded, change.reminders, change.grants) == (DUE, (), ())


def test_who_may_determine_is_asked_of_several_people_at_once() -> None:
    world = waiting()
    world.determine("ann")
    assert world.request
    asked: tuple[Person, ...] = tuple(world.people[id] for id in ("ann", "bob", "both", "stranger", "rita"))
    assert world.rules.may_determine(Known(world.request, world.situation(), asked)) == {"bob", "both"}
