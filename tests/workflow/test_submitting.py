"""Submitting a request: who may, what is checked, and what routing makes of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from placet.domain.agreements import Agreement
from placet.domain.answers import BadAnswers
from placet.domain.errors import Forbidden
from placet.domain.forms import STANDARD_PACKS, Flow, FlowKind, Question, QuestionKind, Quorum
from placet.domain.people import DomainPermission, Person, PersonKind, StewardSource
from placet.domain.products import ProductState
from placet.domain.requests import GrantStatus, RequestStatus
from placet.domain.terms import Duration
from placet.engine import PackSource, load_pack
from placet.workflow import refusals
from placet.workflow.rulebook import Rulebook
from tests.engine.test_needs import TWO_PEOPLE
from tests.workflow.world import FINANCE, LEGAL, START, World, days, form, listed, product

AUTOMATIC = Flow(FlowKind.AUTOMATIC, justification="open to everyone in the house")


def test_a_listed_form_asks_its_sources() -> None:
    request = World(form(listed(FINANCE, LEGAL, quorum=Quorum.ALL))).submit()
    assert request.status is RequestStatus.PENDING
    assert {needed.source for needed in request.sources} == {FINANCE, LEGAL}
    assert request.quorum is Quorum.ALL


@pytest.mark.requirement("R3", clause="request states")
def test_a_request_is_pending_first() -> None:
    assert World(form(listed(FINANCE))).submit().status is RequestStatus.PENDING


@pytest.mark.parametrize("quorum", list(Quorum))
def test_a_delegating_form_asks_the_sources_of_the_product_by_its_own_quorum(quorum: Quorum) -> None:
    manager = StewardSource.domain_permission(DomainPermission.MANAGE_DATA_PRODUCTS)
    world = World(form(Flow(FlowKind.DELEGATED, quorum)), product=product(stewards=(manager, FINANCE)))
    request = world.submit()
    assert {needed.source for needed in request.sources} == {manager.in_domain("pay"), FINANCE}
    assert request.quorum is quorum


def test_an_automatic_form_approves_at_once_with_its_justification() -> None:
    world = World(form(AUTOMATIC))
    request = world.submit()
    assert (request.status, request.justification) == (RequestStatus.APPROVED, AUTOMATIC.justification)
    assert world.grant.status_at(START) is GrantStatus.ACTIVE
    assert world.told() == ["access_request.created", "access_request.approved", "grant.started"]


LENGTH = Question("long", QuestionKind.ACCESS_DURATION, "How long do you need access?")


@pytest.mark.parametrize(("duration", "ends"), [(None, 2), ("7 days", 2), ("1 day", 1)])
def test_an_automatic_approval_ends_when_it_was_asked_to_end(duration: str | None, ends: int) -> None:
    world = World(form(replace(AUTOMATIC, duration=duration and Duration.parse(duration)), questions=(LENGTH,)))
    world.submit(answers={"long": "2 days"})
    assert world.grant.end == START + timedelta(days=ends)


@pytest.mark.requirement("R7", clause="over the maximum")
@pytest.mark.parametrize("flow", [AUTOMATIC, listed(FINANCE)])
def test_nobody_asks_for_longer_than_the_product_allows(flow: Flow) -> None:
    world = World(form(flow, questions=(LENGTH,)), product=product(maximum=Duration.parse("30 days")))
    with pytest.raises(refusals.TermTooLong) as refused:
        world.submit(answers={"long": "31 days"})
    assert (refused.value.status, refused.value.facts["maximum"]) == (422, "30 days")
    assert world.submit(answers={"long": "30 days"})


@pytest.mark.parametrize(("maximum", "ends"), [(None, 7), ("30 days", 7), ("3 days", 3)])
def test_an_automatic_approval_ends_as_form_and_product_say(maximum: str | None, ends: int) -> None:
    limited = replace(AUTOMATIC, duration=Duration.parse("7 days"))
    world = World(form(limited), product=product(maximum=maximum and Duration.parse(maximum)))
    world.submit()
    assert world.grant.end == START + timedelta(days=ends)


@pytest.mark.requirement("F4", clause="later it waits")
@pytest.mark.parametrize(("source", "flagged"), [(LEGAL, False), (StewardSource.user("ann"), True)])
def test_a_request_that_added_rules_let_no_one_approve_is_flagged(source: StewardSource, flagged: bool) -> None:
    """Two members of legal can approve for it twice, and Ann alone can't."""
    rules = Rulebook(load_pack(*STANDARD_PACKS, PackSource("two.yaml", TWO_PEOPLE)))
    world = World(form(listed(source)), rules=rules)
    request = world.submit()
    assert (request.status, request.unroutable) == (RequestStatus.PENDING, flagged)
    assert ("access_request.unroutable" in world.told()) is flagged


@pytest.mark.requirement("F1", clause="accepting")
@pytest.mark.parametrize("read", [("form", 1), ("other", 2), ("form", 0)])
def test_nobody_accepts_a_form_that_is_another_one_than_they_read(read: tuple[str, int]) -> None:
    world = World(form(listed(FINANCE), version=2, agreement=Agreement("terms", 3, "Terms", "Be kind.")))
    with pytest.raises(refusals.FormChanged):
        world.submit(accepts_agreement=True, read=read)
    assert world.submit(accepts_agreement=True, read=("form", 2)).acceptance


def test_an_automatic_approval_does_not_spare_answers_or_agreement() -> None:
    question = Question("why", QuestionKind.SHORT_ANSWER, "Why?", required=True)
    world = World(form(AUTOMATIC, questions=(question,), agreement=Agreement("terms", 1, "Terms", "Be kind.")))
    with pytest.raises(BadAnswers, match="why"):
        world.submit(accepts_agreement=True)
    with pytest.raises(refusals.AgreementMissing):
        world.submit(answers={"why": "to know"})
    assert world.submit(answers={"why": "to know"}, accepts_agreement=True).status is RequestStatus.APPROVED


def test_the_acceptance_keeps_version_and_time_and_for_whom() -> None:
    world = World(form(listed(FINANCE), agreement=Agreement("terms", 3, "Terms", "Be kind.")))
    accepted = world.submit("rita", "tom", accepts_agreement=True).acceptance
    assert accepted
    assert (accepted.version, accepted.at, accepted.on_behalf_of) == (3, START, "tom")


@pytest.mark.requirement("F4", clause="later it waits")
@pytest.mark.requirement("F4", clause="never approved by default")
@pytest.mark.parametrize("quorum", list(Quorum))
def test_a_request_that_no_one_can_decide_waits_flagged_and_is_never_approved(quorum: Quorum) -> None:
    world = World(form(listed(FINANCE, StewardSource.group("nobody"), quorum=quorum)))
    for person in ("ann", "both"):
        world.change_person(person, active=False)
    request = world.submit()
    assert (request.status, request.unroutable) == (RequestStatus.PENDING, True)
    event = world.changes[-1].events[-1]
    assert (event.type, event.tells) == ("access_request.unroutable", ("mia",))


def test_someone_else_for_one_source_is_enough_for_any_but_not_for_all() -> None:
    sources = (FINANCE, StewardSource.group("nobody"))
    assert not World(form(listed(*sources, quorum=Quorum.ANY))).submit().unroutable
    assert World(form(listed(*sources, quorum=Quorum.ALL))).submit().unroutable


@pytest.mark.requirement("R1", clause="one open request")
def test_one_open_request_for_each_beneficiary_and_product() -> None:
    world = World(form(listed(FINANCE)))
    first = world.submit()
    with pytest.raises(refusals.RequestOpen) as refused:
        world.submit()
    assert (refused.value.status, refused.value.facts["request"]) == (409, first.id)


@pytest.mark.requirement("R1", clause="a grant with no end is enough")
def test_a_grant_with_no_end_is_enough() -> None:
    world = World(form(AUTOMATIC))
    world.submit()
    with pytest.raises(refusals.AlreadyGranted):
        world.submit()


@pytest.mark.requirement("R1", clause="a grant with an end is renewed")
@pytest.mark.requirement("R3", clause="scheduled grant")
def test_a_renewal_is_scheduled_until_the_old_grant_ends() -> None:
    world = World(form(replace(AUTOMATIC, duration=Duration.parse("7 days"))))
    world.submit()
    world.later(days=1)
    assert world.submit().renews == world.grants[0].id
    assert world.grant.status_at(world.now) is GrantStatus.SCHEDULED
    assert world.grant.start == world.grants[0].end
    assert world.grant.end == START + timedelta(days=14)


@pytest.mark.parametrize("state", [state for state in ProductState if state is not ProductState.PUBLISHED])
def test_only_published_products_are_requested(state: ProductState) -> None:
    with pytest.raises((refusals.ProductNotPublished, Forbidden)):
        World(form(listed(FINANCE)), product=product(state=state)).submit()


def test_a_product_out_of_sight_is_not_requested() -> None:
    world = World(form(listed(FINANCE)), product=product(visible_to=frozenset({"finance"})))
    with pytest.raises(Forbidden):
        world.submit("rita")
    assert world.submit("ann").requester == "ann"


def test_the_inactive_neither_ask_nor_are_asked_for() -> None:
    world = World(form(listed(FINANCE)))
    world.change_person("tom", active=False)
    for parties in (("tom", "tom"), ("rita", "tom")):
        with pytest.raises(Forbidden):
            world.submit(*parties)


@pytest.mark.requirement("P4", clause="requesting for a service account")
@pytest.mark.parametrize(("requester", "allowed"), [("ann", True), ("robot", True), ("rita", False)])
def test_a_service_account_is_asked_for_by_its_owner(requester: str, allowed: bool) -> None:
    world = World(form(listed(LEGAL)))
    world.people["robot"] = Person("robot", "Robot", kind=PersonKind.SERVICE_ACCOUNT, owner="ann")
    if allowed:
        assert world.submit(requester, "robot").beneficiary == "robot"
    else:
        with pytest.raises(Forbidden, match="owner"):
            world.submit(requester, "robot")


@pytest.mark.requirement("P4", clause="requesting for a person")
def test_stewards_are_told_and_so_is_a_beneficiary_who_did_not_ask() -> None:
    world = World(form(listed(FINANCE)))
    world.submit("rita", "tom")
    assert set(world.changes[-1].events[0].tells) == {"ann", "both", "tom"}


def test_a_decision_tells_the_parties_and_the_other_stewards() -> None:
    world = World(form(listed(FINANCE)))
    world.submit()
    world.determine("ann", term=days(1))
    approved = next(event for event in world.changes[-1].events if event.type == "access_request.approved")
    assert set(approved.tells) == {"rita", "both"}


def test_the_rule_packs_are_pinned_at_submission() -> None:
    world = World(form(listed(FINANCE)))
    request = world.submit()
    assert set(request.packs) == {"routing", "eligibility", "quorum", "expiry"}
    assert request.packs == world.rules.packs
    assert world.changes[-1].rulings[0].packs == world.rules.packs


def test_of_a_request_that_rules_decide_no_steward_is_told_that_they_are_asked() -> None:
    head = "pack: open\nreads: {product domain: {domain}}\nnames: [domain]\n"
    concludes = "concludes: {automatic: {verdict: [approve, deny]}}\n"
    when = "when: [product domain: {domain: pay}], then: [automatic: {verdict: approve}]"
    text = f"{head}{concludes}rules: {{r: {{{when}, because: It is pay.}}}}\n"
    world = World(form(listed(FINANCE)), rules=Rulebook(load_pack(*STANDARD_PACKS, PackSource("open.yaml", text))))
    request = world.submit()
    assert (request.status, request.justification) == (RequestStatus.APPROVED, "It is pay.")
    [created] = [event for event in world.changes[-1].events if event.type == "access_request.created"]
    assert created.tells == ()
