"""What other rules would have made of the past."""

from __future__ import annotations

import json
import random
from contextlib import suppress
from datetime import timedelta

import pytest

from placet.domain.errors import Forbidden, PackError, PlacetError
from placet.domain.forms import STANDARD_PACKS, Flow, FlowKind, Quorum, RequestForm
from placet.domain.people import StewardSource
from placet.domain.products import DataProduct
from placet.domain.requests import RequestStatus, Verdict
from placet.domain.terms import FOR_GOOD, Duration, Term
from placet.service.replaying import Replayed
from tests.service.office import ALL, ANY, AUTOMATIC, FINANCE, Office

CAREFUL = """\
pack: careful
about: Two people, always.
names: [person, reason]
reads:
  determination: {steward: person, verdict: [approve, deny]}
concludes:
  approvals: {number: number}
  hold: {reason}
rules:
  how many:
    when: [determination: {steward, verdict: approve}]
    then: [approvals: {number: count $steward}]
    because: "{steward} approved."
  two:
    when: [determination]
    unless: [approvals: {number: at least 2}]
    then: [hold: {reason: second-person}]
    because: "Two people are needed."
"""

CURIOUS = """\
pack: curious
about: Reads what was told at the time, and what was not.
names: [person, key, value, reason]
reads:
  attribute: {person, key, value}
  requester: {person}
concludes:
  hold: {reason}
rules:
  interns wait:
    when: [requester: {person}, attribute: {person, key: grade, value: intern}]
    then: [hold: {reason: intern}]
    because: "{person} is an intern."
"""

WATCHFUL = """\
pack: watchful
about: Holds whatever draws on the orders.
names: [dataset, reason]
reads:
  draws on: {dataset}
concludes:
  hold: {reason}
rules:
  the orders wait:
    when: [draws on: {dataset: pay.orders}]
    then: [hold: {reason: orders}]
    because: "It draws on the orders."
"""


def replayed(office: Office, text: str) -> Replayed:
    return office.marketplace.rule_packs.replay(office.person("gus"), text, office.clock.now() - timedelta(days=1))


def shown(found: Replayed) -> list[tuple[str, str, str]]:
    return [(one.request.id, one.was.status, one.would_be.status) for one in found.different]


def test_the_packs_in_force_end_every_request_as_it_ended(office: Office) -> None:
    office.approved("rita", Term(duration=Duration.parse("3 days")))
    denied = office.ask("tom")
    office.say("ann", denied, Verdict.DENY)
    office.ask("ada")
    office.ask("uma", office.publish("Open", AUTOMATIC))
    for name in STANDARD_PACKS:
        found = replayed(office, office.pack(name))
        assert (found.pack, found.requests, found.same, found.cut) == (name, 4, 4, False)


@pytest.mark.requirement("N2", clause="simulated before in force")
def test_a_rule_that_is_changed_shows_each_request_that_would_have_ended_differently(office: Office) -> None:
    office.approved("rita")
    denied = office.ask("tom")
    office.say("ann", denied, Verdict.DENY)
    text = office.pack("quorum").replace(
        "      - determination: {steward, verdict: deny}\n",
        "      - determination: {steward, verdict: deny}\n      - automatic: {verdict: deny}\n",
    )
    assert text != office.pack("quorum")
    found = replayed(office, text)
    assert shown(found) == [(denied.id, "denied", "pending")]
    [one] = found.different
    assert one.was.reasons == ("ann denied the request.",)
    assert "No one has approved for group:finance yet." in one.would_be.reasons
    assert "ann denied the request." in one.was.proof.as_text()
    assert one.would_be.proof.as_text()


def test_a_pack_that_a_request_did_not_have_is_added_to_its_packs(office: Office) -> None:
    alone = office.publish("Alone", ANY)
    one = office.ask("tom", alone)
    office.say("ann", one)
    office.approved("rita")
    found = replayed(office, CAREFUL)
    assert shown(found) == [(one.id, "approved", "pending")]
    assert found.same == 1


def test_another_end_is_a_difference(office: Office) -> None:
    office.approved("rita", Term(duration=Duration.parse("3 days")))
    text = office.pack("quorum").replace("earliest $end", "latest $end")
    assert replayed(office, text).different == ()
    text = office.pack("expiry").replace("- ends: {at}", "- ends: {at: $at before $now}")
    [one] = replayed(office, text).different
    assert (one.was.status, one.would_be.status) == ("approved", "approved")
    assert one.was.end == office.clock.now() + timedelta(days=3)
    assert one.would_be.end is None


def test_those_who_would_not_have_been_asked_are_not_heard(office: Office) -> None:
    """Under other routing the same people speak, and only those count whom the new rules let speak."""
    request = office.approved("rita").request
    text = office.pack("routing").replace(
        "- form source: {source, stage}", "- form source: {source: group:legal, stage}"
    )
    text = text.replace('"The form asks {source}, and', '"The form asks group:legal, and').replace(
        "- requires: {source, stage}", "- requires: {source: group:legal, stage}", 1
    )
    found = replayed(office, text)
    assert found.different == ()
    nobody = text.replace("group:legal", "group:nobody")
    assert shown(replayed(office, nobody)) == [(request, "approved", "pending")]


def test_what_comes_after_the_new_end_is_not_heard(office: Office) -> None:
    request = office.ask()
    office.say("ann", request)
    office.say("bob", request, Verdict.DENY)
    text = office.pack("quorum").replace("quorum: {rule: any}", "quorum")
    [one] = replayed(office, text).different
    assert (one.would_be.status, one.would_be.heard) == ("approved", 1)


def test_facts_that_no_pack_read_at_the_time_were_kept_all_the_same(office: Office) -> None:
    office.change_person("rita", attributes={"grade": frozenset({"intern"})})
    request = office.approved("rita").request
    office.change_person("rita", attributes={})
    office.approved("tom")
    assert shown(replayed(office, CURIOUS)) == [(request, "approved", "pending")]


def test_what_was_not_told_at_the_time_can_not_be_told(office: Office) -> None:
    """As when a later Placet tells more than the one that kept the verdict."""
    request = office.ask()
    office.say("ann", request, Verdict.DENY)
    with office.marketplace.context.store.writing() as session:
        kept = session.verdicts.of(request.id)
    forget(office, "draws on")
    found = replayed(office, WATCHFUL)
    assert (found.different, len(kept)) == ((), 3)
    [one] = found.untold
    assert (one.request.id, one.why) == (request.id, "these facts were not kept: draws on")
    assert replayed(office, office.pack("quorum")).untold == ()


def forget(office: Office, kind: str) -> None:
    """Take a kind out of what was told, as if it had not been in the vocabulary then."""
    database = office.marketplace.context.store._backend.database
    with office.marketplace.context.store.connected():
        rows = database.execute_sql("SELECT number, told FROM placet_verdict").fetchall()
        for number, told in rows:
            left = {name: facts for name, facts in json.loads(told).items() if name != kind}
            mark = "%s" if "postgres" in str(type(database)).lower() else "?"
            sql = f"UPDATE placet_verdict SET told = {mark} WHERE number = {mark}"
            database.execute_sql(sql, (json.dumps(left), number))


def test_rules_that_contradict_themselves_say_so_of_each_request(office: Office) -> None:
    request = office.ask()
    office.say("ann", request, Verdict.DENY)
    careful = "      - enough\n    unless:\n      - outcome: {status: denied}\n      - hold\n"
    [one] = replayed(office, office.pack("quorum").replace(careful, "      - determination\n")).untold
    assert (one.request.id, one.why) == (
        request.id,
        "the rules concluded `outcome` as approved and denied: nothing was decided",
    )


def test_only_what_was_submitted_since_is_looked_at_and_no_more_than_asked_for(office: Office) -> None:
    for person in ("rita", "tom", "ada"):
        office.ask(person)
        office.clock.advance(seconds=60)
    rule_packs, gus, text = office.marketplace.rule_packs, office.person("gus"), office.pack("quorum")
    now = office.clock.now()
    assert rule_packs.replay(gus, text, now - timedelta(seconds=120)).requests == 2
    cut = rule_packs.replay(gus, text, now - timedelta(days=1), most=2)
    assert (cut.requests, cut.cut) == (2, True)
    seen: list[int] = []
    rule_packs.replay(gus, text, now - timedelta(days=1), progress=seen.append)
    assert seen == [1, 2, 3]


def test_a_replay_changes_nothing(office: Office) -> None:
    office.approved("rita")
    before = office.trail()
    replayed(office, CAREFUL)
    assert office.trail() == before


def test_a_replay_is_for_governance_and_for_packs_that_can_be_read(office: Office) -> None:
    with pytest.raises(Forbidden, match="rule packs"):
        office.marketplace.rule_packs.replay(office.person("mia"), CAREFUL, office.clock.now())
    with pytest.raises(PackError):
        replayed(office, "pack: [")


def test_the_form_and_the_product_of_then_count(office: Office) -> None:
    product: DataProduct = office.publish("Later", ANY)
    request = office.ask("tom", product)
    form = office.marketplace.forms.get(office.person("gus"), request.form)
    office.marketplace.forms.edit(office.person("gus"), RequestForm(form.id, form.version, "Other", ALL))
    decided = office.say("ann", request)
    assert (decided.status, decided.quorum) == (RequestStatus.APPROVED, Quorum.ANY)
    assert replayed(office, office.pack("routing")).different == ()


def random_histories(office: Office, seed: int) -> None:
    """Requests of every kind of flow, determined, canceled, renewed and revoked as chance has it."""
    r = random.Random(seed)
    delegated = Flow(FlowKind.DELEGATED, Quorum.ALL)
    products = [
        office.publish("Any", ANY),
        office.publish("Limited", ALL, maximum=Duration.parse("30 days")),
        office.publish("Open", AUTOMATIC),
        office.publish("Delegated", delegated, stewards=(FINANCE, StewardSource.user("bob"))),
    ]
    terms = [FOR_GOOD, Term(duration=Duration.parse("1 month")), Term(duration=Duration.parse("3 days"))]
    for _ in range(40):
        office.clock.advance(seconds=r.randrange(1, 400_000))
        try:
            request = office.ask(r.choice(["rita", "tom", "ann", "uma"]), r.choice(products), r.choice(["", "ada"]))
        except PlacetError:
            continue
        for steward in r.sample(["ann", "fay", "bob", "gus"], r.randrange(4)):
            with suppress(PlacetError):
                office.say(steward, request, r.choice([Verdict.APPROVE] * 3 + [Verdict.DENY]), r.choice(terms))
        with suppress(PlacetError):
            if r.random() < 0.3:
                office.marketplace.requests.cancel(office.person(request.requester), request.id)
        if r.random() < 0.2:
            office.change_person(r.choice(["fay", "bob"]), active=r.random() < 0.7)


@pytest.mark.parametrize("seed", range(3))
def test_whatever_happened_happens_again_under_the_same_packs(office: Office, seed: int) -> None:
    since = office.clock.now()
    random_histories(office, seed)
    for name in STANDARD_PACKS:
        found = office.marketplace.rule_packs.replay(office.person("gus"), office.pack(name), since)
        assert (found.different, found.untold) == ((), ())
        assert found.requests > 10


def test_answers_stand_in_the_order_in_which_they_were_asked_though_a_clock_went_back(office: Office) -> None:
    """As where another server, whose clock is late, takes the determination."""
    request = office.ask()
    office.clock.advance(seconds=-2)
    office.say("ann", request, Verdict.DENY)
    with office.marketplace.context.store.reading() as session:
        kept = session.verdicts.of(request.id)
    assert [one.question for one in kept] == ["opening", "standing", "verdict"]
    assert replayed(office, office.pack("quorum")).same == 1


def test_a_request_whose_packs_a_pack_can_not_be_joined_with_hides_no_other(office: Office) -> None:
    office.approved("rita")
    office.force("quorum", office.pack("quorum").replace("shares: [enough]", "shares: []"))
    torn = office.ask("tom")
    sole = CAREFUL.replace("hold: {reason}\n", "hold: {reason}\n  enough: {}\n", 1).replace(
        "then: [hold: {reason: second-person}]", "then: [hold: {reason: second-person}, enough]"
    )
    found = replayed(office, sole)
    assert [(one.request.id, "for quorum alone" in one.why) for one in found.untold] == [(torn.id, True)]
    assert found.requests == 2
