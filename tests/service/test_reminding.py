"""Reminders: of ends that come, and of requests that wait; each once, to those whom it still concerns."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from placet.domain.errors import PlacetError
from placet.domain.forms import STANDARD_PACKS, Flow, FlowKind, Quorum, RequestForm
from placet.domain.people import Group
from placet.domain.reminders import About
from placet.domain.requests import AccessRequest, BeneficiaryKind, Grant, RequestStatus, Verdict, Whom
from placet.domain.terms import FOR_GOOD, Duration, Term
from placet.service.reminding import PUT_OFF, Reminding
from tests.service.office import ALL, AUTOMATIC, FINANCE, LEGAL, Office

MONTH = Term(duration=Duration.parse("30 days"))
DAY, WEEK = timedelta(days=1), timedelta(days=7)


def reminded(office: Office) -> int:
    return office.marketplace.work.sweep().reminded


def told(office: Office, type: str) -> dict[str, int]:
    """How often each person was told something of this type."""
    with office.marketplace.context.store.reading() as session:
        people = {id: session.notifications.of(id).items for id in EVERYONE}
    counts = {id: sum(one.type == type for one in items) for id, items in people.items()}
    return {id: count for id, count in counts.items() if count}


EVERYONE = ("rita", "tom", "ann", "fay", "bob", "gus", "mia")
ENDING, WAITS = "grant.expiring", "access_request.reminded"


def at(office: Office, instant: datetime | None) -> None:
    assert instant
    office.clock.at = instant


def kept(office: Office, about: About, subject: str) -> list[tuple[str, datetime]]:
    with office.marketplace.context.store.reading() as session:
        return [(one.name, one.due) for one in session.reminders.of(about, subject)]


def messages(office: Office, person: str) -> list[str]:
    items = office.marketplace.notifications.mine(office.person(person)).items
    return [one.message for one in items if one.type == ENDING]


@pytest.mark.requirement("R8", clause="reminders")
def test_seven_days_and_one_day_before_the_end_requester_and_beneficiary_are_told(office: Office) -> None:
    request = office.ask("rita", beneficiary="tom")
    office.say("ann", request, term=MONTH)
    office.say("bob", request)
    grant = granted(office, request)
    assert grant.end
    for ahead in (WEEK, DAY):
        at(office, grant.end - ahead - timedelta(microseconds=1))
        assert reminded(office) == 0
        at(office, grant.end - ahead)
        assert (reminded(office), reminded(office)) == (1, 0)
    assert told(office, ENDING) == {"rita": 2, "tom": 2}
    assert (
        messages(office, "tom") == [f"What was granted ends at {grant.end:%Y-%m-%d %H:%M} UTC: access to Salaries."] * 2
    )
    at(office, grant.end)
    assert reminded(office) == 0
    assert office.trail().count(ENDING) == 2


def granted(office: Office, request: AccessRequest) -> Grant:
    with office.marketplace.context.store.reading() as session:
        [grant] = session.grants.for_requests([request.id])
    assert grant
    return grant


@pytest.mark.requirement("R8", clause="reminders")
def test_an_automatic_approval_is_reminded_of_as_any_other(office: Office) -> None:
    product = office.publish("Open", replace(AUTOMATIC, duration=Duration.parse("8 days")))
    grant = granted(office, office.ask(product=product))
    assert grant.end
    assert kept(office, About.GRANT, grant.id) == [("week", grant.end - WEEK), ("day", grant.end - DAY)]


def test_what_is_given_for_three_days_has_no_week_to_look_ahead_and_what_is_for_good_no_end(office: Office) -> None:
    short = office.approved(term=Term(duration=Duration.parse("3 days")))
    assert [name for name, _ in kept(office, About.GRANT, short.id)] == ["day"]
    assert kept(office, About.GRANT, office.approved("tom").id) == []


def test_what_was_missed_is_told_once(office: Office) -> None:
    grant = office.approved(term=MONTH)
    assert grant.end
    at(office, grant.end - timedelta(hours=2))
    assert reminded(office) == 1
    assert told(office, ENDING) == {"rita": 1}
    assert kept(office, About.GRANT, grant.id) == []


def test_a_renewal_that_is_approved_makes_the_old_end_silent_and_has_its_own(office: Office) -> None:
    grant = office.approved(term=MONTH)
    office.clock.advance(days=10)
    renewal = office.approved(term=MONTH)
    assert grant.end
    assert renewal.end == Duration.parse("30 days").after(grant.end)
    at(office, grant.end - DAY)
    assert reminded(office) == 0
    assert kept(office, About.GRANT, grant.id) == []
    assert kept(office, About.GRANT, renewal.id) == [("week", renewal.end - WEEK), ("day", renewal.end - DAY)]
    at(office, renewal.end - DAY)
    assert reminded(office) == 1


def test_a_renewal_that_only_waits_or_is_revoked_makes_nothing_silent(office: Office) -> None:
    grant = office.approved(term=MONTH)
    renewal = office.approved(term=MONTH)
    office.marketplace.grants.revoke(office.person("gus"), renewal.id, "not yet")
    office.ask()
    assert grant.end
    at(office, grant.end - WEEK)
    office.marketplace.work.sweep()
    assert told(office, ENDING) == {"rita": 1}
    assert kept(office, About.GRANT, renewal.id) == []


def test_nothing_is_told_of_a_grant_that_is_revoked_or_has_ended(office: Office) -> None:
    revoked, ended = office.approved(term=MONTH), office.approved("tom", term=MONTH)
    office.marketplace.grants.revoke(office.person("gus"), revoked.id, "left")
    assert kept(office, About.GRANT, revoked.id) == []
    at(office, ended.end)
    assert reminded(office) == 0
    assert kept(office, About.GRANT, ended.id) == []
    assert told(office, ENDING) == {}


def test_who_left_is_told_nothing_and_a_suspended_grant_waits(office: Office) -> None:
    request = office.ask("rita", beneficiary="tom")
    office.say("ann", request, term=MONTH)
    office.say("bob", request)
    grant = granted(office, request)
    assert grant.end
    office.change_person("tom", active=False)
    at(office, grant.end - WEEK)
    assert reminded(office) == 0
    assert kept(office, About.GRANT, grant.id)[0] == ("week", office.clock.now() + PUT_OFF)
    office.change_person("tom", active=True)
    office.change_person("rita", active=False)
    assert reminded(office) == 0
    office.clock.advance(hours=1)
    assert reminded(office) == 1
    assert told(office, ENDING) == {"tom": 1}


def test_of_a_grant_to_a_group_its_members_are_reminded(office: Office) -> None:
    with office.marketplace.context.store.writing() as session:
        session.people.save_group(Group("desk", "Desk"))
    for member in ("rita", "tom"):
        office.change_person(member, groups=frozenset({"desk"}))
    whom = Whom("desk", BeneficiaryKind.GROUP)
    request = office.marketplace.requests.submit(office.person("rita"), office.product.id, whom=whom)
    office.say("ann", request, term=MONTH)
    office.say("bob", request)
    grant = granted(office, request)
    assert grant.end
    at(office, grant.end - WEEK)
    assert reminded(office) == 1
    assert told(office, ENDING) == {"rita": 1, "tom": 1}


@pytest.mark.requirement("R11", clause="daily reminder")
def test_those_who_may_determine_a_pending_request_are_reminded_daily(office: Office) -> None:
    office.ask()
    for _ in range(2):
        office.clock.advance(hours=23, minutes=59)
        assert reminded(office) == 0
        office.clock.advance(minutes=1)
        assert (reminded(office), reminded(office)) == (1, 0)
    assert told(office, WAITS) == {"ann": 2, "fay": 2, "bob": 2}
    assert office.trail().count(WAITS) == 2


def test_who_determined_it_and_who_left_is_not_reminded(office: Office) -> None:
    request = office.ask()
    office.say("ann", request)
    office.change_person("fay", active=False)
    office.clock.advance(days=1)
    assert reminded(office) == 1
    assert told(office, WAITS) == {"bob": 1}


def test_whose_turn_it_is_not_is_not_reminded(office: Office) -> None:
    office.change_person("tom", groups=frozenset())
    office.force("in-turn", IN_TURN)
    request = ask_by(office, "in-turn", replace(ALL, quorum=Quorum.ALL))
    office.clock.advance(days=1)
    assert reminded(office) == 1
    assert told(office, WAITS) == {"ann": 1, "fay": 1}
    office.say("ann", request)
    office.clock.advance(days=1)
    assert reminded(office) == 1
    assert told(office, WAITS)["bob"] == 1


IN_TURN = """\
pack: in-turn
about: Legal is asked when someone has determined it.
names: [person, reason, group]
reads:
  asked:         {person}
  member:        {person, group}
  determination: {steward: person, verdict: [approve, deny]}
concludes:
  barred: {person, reason}
rules:
  legal waits:
    when: [asked: {person}, member: {person, group: legal}]
    unless: [determination]
    then: [barred: {person, reason: not-yet}]
    because: "Finance goes first."
"""


def ask_by(office: Office, pack: str, flow: Flow) -> AccessRequest:
    """A request by a form that names an added pack."""
    gus = office.person("gus")
    form = office.marketplace.forms.create(gus, RequestForm("", 1, "By", flow, packs=(*STANDARD_PACKS, pack)))
    draft = replace(office.product, id="", name="By", form=form.id, form_version=form.version)
    made = office.marketplace.products.create(gus, replace(draft, state=draft.state.DRAFT))
    return office.ask(product=office.marketplace.products.publish(gus, made.id))


def test_days_that_were_missed_are_told_once_and_the_rhythm_stays(office: Office) -> None:
    request = office.ask()
    office.clock.advance(days=5, hours=3)
    assert (reminded(office), reminded(office)) == (1, 0)
    assert kept(office, About.REQUEST, request.id) == [("waiting", request.created_at + 6 * DAY)]


@pytest.mark.parametrize("status", [status for status in RequestStatus if status is not RequestStatus.PENDING])
def test_nothing_is_told_of_a_request_that_is_decided(office: Office, status: RequestStatus) -> None:
    request = office.ask()
    if status is RequestStatus.CANCELED:
        office.marketplace.requests.cancel(office.person("rita"), request.id)
    elif status is RequestStatus.DENIED:
        office.say("ann", request, Verdict.DENY)
    else:
        soon = status is RequestStatus.LAPSED
        office.say("ann", request, term=Term(end=office.clock.now() + timedelta(hours=1)) if soon else FOR_GOOD)
        office.clock.advance(hours=1)
        office.marketplace.work.sweep() if soon else office.say("bob", request)
    assert office.marketplace.requests.get(office.person("rita"), request.id).request.status is status
    assert kept(office, About.REQUEST, request.id) == []
    office.clock.advance(days=1)
    assert reminded(office) == 0


def test_a_request_for_a_suspended_product_waits(office: Office) -> None:
    request = office.ask()
    office.marketplace.products.suspend(office.person("mia"), office.product.id)
    office.clock.advance(days=1)
    assert reminded(office) == 0
    assert kept(office, About.REQUEST, request.id) == [("waiting", office.clock.now() + PUT_OFF)]
    office.marketplace.products.publish(office.person("mia"), office.product.id)
    office.clock.advance(hours=1)
    assert reminded(office) == 1
    assert told(office, WAITS) == {"ann": 1, "fay": 1, "bob": 1}


def test_a_request_that_no_one_may_determine_reminds_no_one_and_goes_on(office: Office) -> None:
    request = office.ask()
    for steward in ("ann", "fay", "bob"):
        office.change_person(steward, active=False)
    office.clock.advance(days=1)
    assert reminded(office) == 0
    assert kept(office, About.REQUEST, request.id) == [("waiting", request.created_at + 2 * DAY)]


def test_several_workers_at_once_tell_each_reminder_once(office: Office) -> None:
    office.approved(term=MONTH)
    for person in ("tom", "gus", "mia"):
        office.ask(person)
    office.clock.advance(days=23)
    gates = threading.Barrier(3)
    counts: list[int] = []

    def work() -> None:
        gates.wait()
        counts.append(Reminding(office.marketplace.context).run())

    workers = [threading.Thread(target=work) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sum(counts) == 4
    assert (office.trail().count(ENDING), office.trail().count(WAITS)) == (1, 3)
    assert told(office, WAITS) == {"ann": 3, "fay": 3, "bob": 3}


def test_whoever_comes_second_finds_nothing_due(office: Office) -> None:
    request = office.ask()
    office.clock.advance(days=1)
    reminding = Reminding(office.marketplace.context)
    assert reminding.of_request(request.id)
    with pytest.raises(PlacetError, match="nothing is due"):
        reminding.of_request(request.id)
    grant = office.approved("tom", term=MONTH)
    with pytest.raises(PlacetError, match="nothing is due"):
        reminding.of_end(grant.id)


PATIENT = """\
pack: patient
about: Requests wait ten days.
names: [request]
reads: {pending: {request, since: instant}}
concludes: {lapse after: {wait: duration}}
rules:
  ten days:
    when: [pending]
    then: [lapse after: {wait: 10 days}]
    because: "Requests wait ten days."
"""


@pytest.mark.requirement("R11", clause="lapse after a time")
def test_a_request_lapses_after_the_time_that_an_added_pack_sets(office: Office) -> None:
    office.force("patient", PATIENT)
    request = ask_by(office, "patient", Flow(FlowKind.LISTED, Quorum.ALL, (FINANCE, LEGAL)))
    end = request.created_at + timedelta(days=10)
    at(office, end - timedelta(microseconds=1))
    assert office.marketplace.work.sweep().lapsed == 0
    at(office, end)
    assert office.marketplace.work.sweep().lapsed == 1
    kept_request = office.marketplace.requests.get(office.person("rita"), request.id).request
    assert (kept_request.status, kept_request.decided_at) == (RequestStatus.LAPSED, end)
    assert kept(office, About.REQUEST, request.id) == []
    assert "access_request.lapsed" in office.trail()
    with pytest.raises(PlacetError, match="lapsed at"):
        office.say("ann", request)


@pytest.mark.requirement("R11", clause="never by default")
def test_a_request_waits_for_ever_by_the_shipped_packs(office: Office) -> None:
    request = office.ask()
    office.clock.advance(days=3_650)
    assert office.marketplace.work.sweep().lapsed == 0
    assert office.marketplace.requests.get(office.person("rita"), request.id).request.status is RequestStatus.PENDING


def bodies(office: Office) -> Iterator[tuple[str, object]]:
    with office.marketplace.context.store.reading() as session:
        for item in session.outbox.due(office.clock.now(), 100):
            yield item.type, item.body["data"]


def test_webhooks_carry_both_reminders(office: Office) -> None:
    grant = office.approved(term=MONTH)
    request = office.ask("tom")
    office.clock.advance(days=23)
    office.marketplace.work.sweep()
    sent = {type: data for type, data in bodies(office) if type in (ENDING, WAITS)}
    assert sent.keys() == {ENDING, WAITS}
    assert isinstance(sent[ENDING], dict)
    assert isinstance(sent[WAITS], dict)
    assert (sent[ENDING]["grant"], sent[ENDING]["end"]) == (grant.id, grant.end and grant.end.isoformat())
    assert (sent[WAITS]["request"], sent[WAITS]["status"]) == (request.id, "pending")
