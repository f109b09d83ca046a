"""Requests through the service: one transaction each, told, and kept with their proofs."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta

import pytest

from placet.domain.errors import EngineDisagreement, NotFound, PlacetError
from placet.domain.people import StewardSource
from placet.domain.products import DataProduct
from placet.domain.requests import BeneficiaryKind, GrantStatus, RequestStatus, Verdict, Whom
from placet.domain.terms import Duration, Term
from placet.engine.loops import Loops
from placet.workflow.refusals import (
    AlreadyDetermined,
    ContradictoryVerdict,
    NotASteward,
    NotForThem,
    RequestDecided,
    RequestOpen,
)
from placet.workflow.vocabulary import VOCABULARY
from tests.service.office import ANY, AUTOMATIC, Office


def test_two_approvals_make_a_grant(office: Office) -> None:
    request = office.ask()
    assert office.say("ann", request).status is RequestStatus.PENDING
    decided = office.say("bob", request)
    assert decided.status is RequestStatus.APPROVED
    card = office.marketplace.requests.get(office.person("rita"), request.id)
    assert card.grant
    assert card.grant.status is GrantStatus.ACTIVE
    assert {made.steward for made in decided.determinations} == {"ann", "bob"}


@pytest.mark.requirement("V1", clause="one entry for each change")
def test_each_change_has_one_entry_in_the_trail(office: Office) -> None:
    before = len(office.trail())
    grant = office.approved()
    office.marketplace.grants.revoke(office.person("gus"), grant.id, "left")
    assert office.trail()[before:] == [
        "access_request.created",
        "access_request.determined",
        "access_request.determined",
        "access_request.approved",
        "grant.started",
        "grant.revoked",
    ]


def test_everyone_concerned_finds_a_notification(office: Office) -> None:
    office.approved()
    told = {
        id: [one.type for one in office.marketplace.notifications.mine(office.person(id)).items]
        for id in ("rita", "ann", "fay", "bob")
    }
    assert "access_request.created" in told["ann"]
    assert "access_request.approved" in told["rita"]
    assert "access_request.approved" in told["fay"]
    assert "access_request.approved" not in told["bob"]


def test_each_verdict_is_kept_with_the_whole_vocabulary_its_proof_and_its_packs(office: Office) -> None:
    request = office.ask()
    office.say("ann", request)
    with office.marketplace.context.store.reading() as session:
        kept = session.verdicts.of(request.id)
    assert [one.question for one in kept] == ["opening", "standing", "verdict"]
    assert all(one.proof and one.packs == request.packs for one in kept)
    for one in kept:
        assert one.told.keys() == {kind for kind, word in VOCABULARY.items() if one.question in word.told_at}
    assert kept[1].told["asked"] == [["ann"]]
    assert kept[2].told["determination"] == [["ann", "approve"]]


def refused_midway(office: Office, refusal: type[PlacetError], act: Callable[[], object]) -> None:
    """The command is refused and has left nothing: no entry, no row."""
    before = office.trail()
    with pytest.raises(refusal):
        act()
    assert office.trail() == before


def test_a_refused_command_leaves_nothing(office: Office) -> None:
    request = office.ask()
    office.say("ann", request)
    refused_midway(office, RequestOpen, office.ask)
    refused_midway(office, AlreadyDetermined, lambda: office.say("ann", request, Verdict.DENY))
    refused_midway(office, NotASteward, lambda: office.say("tom", request))
    refused_midway(office, NotFound, lambda: office.marketplace.requests.submit(office.person("rita"), "nothing"))
    office.say("bob", request)
    refused_midway(office, RequestDecided, lambda: office.say("fay", request))


@pytest.mark.requirement("V1", clause="same transaction")
def test_neither_change_nor_entry_without_the_other(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    request = office.ask()
    before = office.trail()

    def broken(*_: object) -> None:
        raise RuntimeError("out of ink")

    monkeypatch.setattr("placet.outbox.recording.append", broken)
    with pytest.raises(RuntimeError):
        office.say("ann", request)
    monkeypatch.undo()
    assert office.trail() == before
    assert not office.marketplace.requests.get(office.person("rita"), request.id).request.determinations
    assert office.say("ann", request).determinations


@pytest.fixture
def disagreement(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Plants a fault in the second engine: it concludes nothing any more."""

    def plant() -> None:
        monkeypatch.setattr(Loops, "evaluate", lambda *_: {})

    return plant


@pytest.mark.requirement("N4", clause="a difference decides nothing")
@pytest.mark.requirement("N4", clause="a difference is alarmed")
def test_a_disagreement_of_the_engines_decides_nothing_and_is_alarmed(
    office: Office, disagreement: Callable[[], None]
) -> None:
    request = office.ask()
    before = office.trail()
    disagreement()
    with pytest.raises(EngineDisagreement) as refused:
        office.say("ann", request)
    assert (refused.value.status, refused.value.code) == (503, "engine-disagreement")
    assert office.trail() == [*before, "rules.disagreed"]
    with office.marketplace.context.store.reading() as session:
        assert session.requests.get(request.id) == request
        alarm = list(session.audit.entries())[-1]
    assert "determination" in alarm.data or "requires" in alarm.data
    assert "rules.disagreed" in [one.type for one in office.marketplace.notifications.mine(office.person("gus")).items]


@pytest.mark.requirement("N4", clause="both are asked")
@pytest.mark.parametrize("moment", ["submission", "standing", "outcome"])
def test_both_engines_are_asked_at_every_verdict(office: Office, monkeypatch: pytest.MonkeyPatch, moment: str) -> None:
    request = office.ask() if moment != "submission" else None
    honest = Loops.evaluate
    asked = {"submission": "pending", "standing": "asked", "outcome": "determination"}[moment]

    def wrong_about_it(loops: Loops, facts: object) -> object:
        kinds = {fact[0] for fact in facts}  # type: ignore[attr-defined]  # facts are tuples
        here = asked in kinds and not (moment == "outcome" and "asked" in kinds)
        return {} if here else honest(loops, facts)  # type: ignore[arg-type]  # as above

    monkeypatch.setattr(Loops, "evaluate", wrong_about_it)
    with pytest.raises(EngineDisagreement):
        office.say("ann", request) if request else office.ask()


@pytest.mark.requirement("N4", clause="two outcomes are no verdict")
def test_two_outcomes_of_one_question_are_no_verdict(office: Office) -> None:
    text = office.pack("quorum")
    careful = "      - enough\n    unless:\n      - outcome: {status: denied}\n      - hold\n"
    torn = text.replace(careful, "      - determination\n")
    assert torn != text
    office.force("quorum", torn)
    request = office.ask()
    before = office.trail()
    with pytest.raises(ContradictoryVerdict) as refused:
        office.say("bob", request, Verdict.DENY)
    assert refused.value.status == 503
    assert office.trail() == [*before, "rules.disagreed"]


def test_the_inbox_holds_what_one_may_determine_and_nothing_else(office: Office) -> None:
    request = office.ask()
    office.clock.advance(seconds=1)
    own = office.ask("ann")

    def inbox(id: str) -> list[str]:
        return [card.request.id for card in office.marketplace.requests.inbox(office.person(id)).items]

    assert inbox("ann") == [request.id]
    assert inbox("bob") == [request.id, own.id]
    assert inbox("rita") == []
    office.say("ann", request)
    assert inbox("ann") == []
    office.say("bob", request)
    assert inbox("fay") == [own.id]


def test_a_steward_sees_all_on_one_screen(office: Office) -> None:
    office.approved("tom")
    request = office.ask()
    office.say("ann", request, term=Term(end=office.clock.now() + timedelta(days=3)))
    review = office.marketplace.requests.review(office.person("bob"), request.id)
    assert review.may_determine
    assert [(state.label, state.met) for state in review.states] == [("group finance", True), ("group legal", False)]
    assert [person.id for person in review.states[1].could] == ["bob"]
    assert review.names["ann"] == "Ann Finance"
    assert [one.beneficiary_name for one in review.approvals] == ["Tom Consumer"]
    told = office.marketplace.requests.review(office.person("rita"), request.id)
    assert not told.may_determine
    assert told.why_not


def test_who_may_not_read_a_request_does_not_learn_that_it_is_there(office: Office) -> None:
    request = office.ask()
    for look in (office.marketplace.requests.get, office.marketplace.requests.review):
        with pytest.raises(NotFound):
            look(office.person("tom"), request.id)
    assert office.marketplace.requests.list(office.person("tom")).items == ()


@pytest.mark.requirement("F3", clause="open requests keep theirs")
def test_an_open_request_keeps_the_packs_it_was_submitted_with(office: Office) -> None:
    request = office.ask()
    office.force("quorum", office.pack("quorum").replace("verdict: approve", "verdict: deny"))
    assert office.say("ann", request).packs == request.packs
    assert office.say("bob", request).status is RequestStatus.APPROVED


def race(acts: list[Callable[[], object]]) -> list[BaseException | None]:
    """Everyone acts at once; what each ran into."""
    gate, outcomes = threading.Barrier(len(acts)), [None] * len(acts)

    def run(number: int, act: Callable[[], object]) -> None:
        gate.wait()
        try:
            act()
        except PlacetError as error:
            outcomes[number] = error  # type: ignore[call-overload]  # a list of errors and None

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes  # type: ignore[return-value]  # as above


def test_of_two_stewards_at_once_one_decides(office: Office) -> None:
    product = office.publish("Quick", ANY)
    for who in ("rita", "tom", "gus", "mia", "ada"):
        request = office.ask(who, product)
        outcomes = race(
            [lambda: office.say("ann", request), lambda: office.say("bob", request, Verdict.DENY)]  # noqa: B023 - run in here
        )
        late = [error for error in outcomes if error]
        assert len(late) == 1
        assert isinstance(late[0], RequestDecided)
        final = office.marketplace.requests.get(office.person(who), request.id).request
        assert final.final
        assert len(final.determinations) == 1
        grants = office.marketplace.grants.list(office.person(who)).items
        assert len(grants) == (final.status is RequestStatus.APPROVED)


def test_of_two_requests_at_once_one_is_opened(office: Office) -> None:
    outcomes = race([office.ask, office.ask])
    assert [type(error) for error in outcomes if error] == [RequestOpen]


def test_an_automatic_form_grants_at_once(office: Office) -> None:
    product = office.publish("Open", AUTOMATIC)
    assert office.ask("rita", product).status is RequestStatus.APPROVED
    assert office.marketplace.products.get(office.person("rita"), product.id).card.grant


def test_a_person_who_became_a_steward_after_submission_counts(office: Office) -> None:
    request = office.ask()
    office.change_person("tom", groups=frozenset({"legal"}))
    assert StewardSource.group("legal").key in office.say("tom", request).determinations[0].stood_for


@pytest.mark.requirement("P4", clause="requesting for a service account")
def test_the_owner_of_a_service_account_follows_what_is_asked_for_it(office: Office) -> None:
    office.change_person("robot", owner="tom")
    market, tom = office.marketplace, office.person("tom")
    first = office.ask("uma", beneficiary="robot")
    assert market.notifications.mine(tom).items[0].subject == first.id
    assert [card.request.id for card in market.requests.list(tom).items] == [first.id]
    assert market.requests.get(tom, first.id).request == first
    assert market.requests.cancel(tom, first.id).status is RequestStatus.CANCELED
    second = office.ask("uma", beneficiary="robot")
    office.say("ann", second)
    office.say("bob", second)
    [view] = market.grants.list(tom, whom=Whom("robot")).items
    assert market.grants.get(tom, view.grant.id) == view
    assert "access_request.approved" in {one.type for one in market.notifications.mine(tom).items}
    with pytest.raises(NotFound):
        market.requests.get(office.person("fay"), "none")
    office.change_person("robot", owner="ann")
    assert market.grants.list(tom, whom=Whom("robot")).items == ()
    with pytest.raises(NotFound):
        market.requests.get(tom, first.id)


def refused(office: Office, requester: str, product: DataProduct, whom: Whom) -> tuple[str, Mapping[str, object]]:
    with pytest.raises(NotForThem) as refusal:
        office.marketplace.requests.submit(office.person(requester), product.id, whom=whom)
    return refusal.value.detail, refusal.value.facts


@pytest.mark.requirement("P4", clause="requesting for a person")
def test_who_asks_for_another_learns_nothing_of_what_they_have_and_they_learn_who_asked(office: Office) -> None:
    neutral = "`Salaries` can't be asked for on behalf of `tom` now: ask them to look themselves"
    had, held = office.ask("tom"), Whom("tom")
    assert refused(office, "rita", office.product, held) == (neutral, {})
    office.say("ann", had)
    office.say("bob", had)
    for _ in range(2):
        assert refused(office, "rita", office.product, held) == (neutral, {})
    hidden = office.marketplace.products.change(
        office.person("gus"), replace(office.reread(office.product), visible_to=frozenset({"finance"}))
    )
    assert (
        refused(office, "ann", hidden, Whom("bob"))[0]
        == "`bob` may not see `Salaries`: nobody asks for it on their behalf"
    )
    said = [one.message for one in office.marketplace.notifications.mine(office.person("tom")).items]
    assert len([one for one in said if one.startswith("rita asked for Salaries for you")]) == 1
    assert office.marketplace.notifications.mine(office.person("bob")).items[0].type != "access_request.refused"


def test_a_request_that_one_made_oneself_for_another_is_named_where_it_is_still_open(office: Office) -> None:
    made = office.ask("rita", beneficiary="tom")
    with pytest.raises(RequestOpen, match=made.id):
        office.ask("rita", beneficiary="tom")


def test_nobody_asks_for_a_group_to_which_the_product_is_not_shown(office: Office) -> None:
    hidden = office.publish("Hidden", ANY, visible_to=frozenset({"finance"}))
    office.change_person("ann", groups=frozenset({"finance", "legal"}))
    for group, allowed in (("legal", False), ("finance", True)):
        whom = Whom(group, BeneficiaryKind.GROUP)
        if allowed:
            assert office.marketplace.requests.submit(office.person("ann"), hidden.id, whom=whom)
        else:
            assert "may not see" in refused(office, "ann", hidden, whom)[0]


def test_which_grant_a_request_for_another_prolongs_is_theirs_to_know(office: Office) -> None:
    grant = office.approved("tom", Term(duration=Duration.parse("3 days")))
    asked = office.ask("rita", beneficiary="tom")
    assert asked.renews is None
    assert office.marketplace.requests.get(office.person("rita"), asked.id).request.renews is None
    assert office.marketplace.requests.get(office.person("tom"), asked.id).request.renews == grant.id


def test_who_has_access_to_what_they_can_not_open_any_more_still_sees_that_they_have_it(office: Office) -> None:
    office.approved("tom")
    tom, market = office.person("tom"), office.marketplace
    assert [way.seen for one in market.access.of(tom).sources.items for way in one.ways] == [True]
    market.products.unpublish(office.person("gus"), office.product.id)
    assert [(way.seen, way.why) for one in market.access.of(tom).sources.items for way in one.ways] == [
        (False, "the data product is unpublished")
    ]
