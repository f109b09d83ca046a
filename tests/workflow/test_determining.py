"""Determining a request: quorum, stages, and who may not."""

from __future__ import annotations

import importlib.resources
from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from placet.domain.errors import PlacetError
from placet.domain.forms import STANDARD_PACKS, Quorum
from placet.domain.people import DomainPermission, GlobalPermission, Person, PersonKind, SourceKind, StewardSource
from placet.domain.products import ProductState
from placet.domain.requests import AccessRequest, RequestStatus, RequiredSource, Verdict
from placet.domain.terms import FOR_GOOD
from placet.engine import PackSource, load_pack
from placet.workflow import refusals
from placet.workflow.known import Known
from placet.workflow.rulebook import Rulebook
from tests.workflow.world import FINANCE, LEGAL, START, World, days, form, listed, product

APPROVED, DENIED, PENDING = RequestStatus.APPROVED, RequestStatus.DENIED, RequestStatus.PENDING


def asked(quorum: Quorum = Quorum.ALL, **changes: object) -> World:
    """A pending request of Rita that asks finance and legal."""
    world = World(form(listed(FINANCE, LEGAL, quorum=quorum)), **changes)  # type: ignore[arg-type]  # names of World
    world.submit()
    return world


def test_any_is_decided_by_the_first_approval() -> None:
    assert asked(Quorum.ANY).determine("ann").status is APPROVED


@pytest.mark.requirement("R4", clause="first determination decides any")
@pytest.mark.parametrize(("verdict", "status"), [(Verdict.APPROVE, APPROVED), (Verdict.DENY, DENIED)])
def test_the_first_determination_decides_any(verdict: Verdict, status: RequestStatus) -> None:
    world = asked(Quorum.ANY)
    assert world.determine("bob", verdict).status is status
    with pytest.raises(refusals.RequestDecided):
        world.determine("ann")


@pytest.mark.requirement("R4", clause="all needs every source")
def test_all_waits_for_every_source() -> None:
    world = asked()
    assert world.determine("ann").status is PENDING
    assert world.determine("bob").status is APPROVED


@pytest.mark.requirement("R4", clause="met by its own stewards only")
def test_two_stewards_of_one_source_do_not_meet_the_other() -> None:
    world = asked()
    world.change_person("tom", groups=frozenset({"finance"}))
    assert world.determine("ann").status is PENDING
    assert world.determine("tom").status is PENDING


@pytest.mark.requirement("R4", clause="one person meets several")
@pytest.mark.requirement("N7", clause="one person for several groups")
def test_one_person_in_both_groups_meets_both_sources() -> None:
    assert asked().determine("both").status is APPROVED


@pytest.mark.requirement("R4", clause="one denial denies")
def test_one_denial_denies_whatever_was_approved() -> None:
    world = asked()
    world.determine("ann")
    assert world.determine("bob", Verdict.DENY).status is DENIED
    assert not world.grants


@pytest.mark.requirement("R4", clause="permanent and temporary")
def test_a_temporary_approval_makes_a_permanent_one_temporary() -> None:
    world = asked()
    world.determine("ann", term=days(10))
    world.determine("bob")
    assert world.grant.end == START + timedelta(days=10)


@pytest.mark.requirement("R4", clause="shortest end wins")
@pytest.mark.parametrize("first", [3, 30])
def test_the_shortest_end_wins_in_either_order(first: int) -> None:
    world = asked()
    world.determine("ann", term=days(first))
    world.determine("bob", term=days(33 - first))
    assert world.grant.end == START + timedelta(days=3)


@pytest.mark.requirement("R3", clause="a verdict never changes")
@pytest.mark.requirement("R3", clause="late determination")
@pytest.mark.parametrize("verdict", list(Verdict))
def test_a_late_determination_is_a_conflict(verdict: Verdict) -> None:
    world = asked(Quorum.ANY)
    decided = world.determine("ann")
    with pytest.raises(refusals.RequestDecided) as refused:
        world.determine("bob", verdict)
    assert refused.value.status == 409
    assert world.request == decided


PARTIES = {
    "requester": ({"requester": "ann", "beneficiary": "tom"}, "ann"),
    "beneficiary": ({"requester": "tom", "beneficiary": "ann"}, "ann"),
    "owner": ({"requester": "ann", "beneficiary": "robot"}, "ann"),
}


@pytest.mark.parametrize(
    "who",
    [
        pytest.param("requester", marks=pytest.mark.requirement("R5", clause="not the requester")),
        pytest.param("beneficiary", marks=pytest.mark.requirement("R5", clause="not the beneficiary")),
        pytest.param("owner", marks=pytest.mark.requirement("R5", clause="not the owner of the account")),
    ],
)
def test_no_one_determines_what_is_their_own(who: str) -> None:
    parties, steward = PARTIES[who]
    world = World(form(listed(FINANCE)))
    world.people["robot"] = Person("robot", "Robot", kind=PersonKind.SERVICE_ACCOUNT, owner="ann")
    world.submit(**parties)  # type: ignore[arg-type]  # names of submit
    with pytest.raises(refusals.NotASteward) as refused:
        world.determine(steward)
    assert refused.value.status == 403
    assert set(refused.value.facts["reasons"]) <= {"own-request", "own-benefit"}  # type: ignore[call-overload]  # a list


def test_the_owner_of_an_account_is_barred_also_when_someone_else_asked_for_it() -> None:
    world = World(form(listed(FINANCE)))
    world.people["robot"] = Person("robot", "Robot", kind=PersonKind.SERVICE_ACCOUNT, owner="ann")
    world.submit("ann", "robot")
    world.request = replace(world.request, requester="tom") if world.request else None
    with pytest.raises(refusals.NotASteward):
        world.determine("ann")


@pytest.mark.parametrize("parties", [("ann", "tom"), ("tom", "ann")])
def test_no_one_lets_their_service_account_determine_for_them(parties: tuple[str, str]) -> None:
    world = World(form(listed(FINANCE)))
    groups = frozenset({"finance"})
    world.people["robot"] = Person("robot", "Robot", kind=PersonKind.SERVICE_ACCOUNT, owner="ann", groups=groups)
    world.submit(*parties)
    with pytest.raises(refusals.NotASteward):
        world.determine("robot")
    assert world.determine("both").status is APPROVED


@pytest.mark.requirement("R5", clause="a rule says so")
def test_a_rule_author_may_let_people_determine_their_own_requests() -> None:
    folder = importlib.resources.files("placet.rules")
    texts = {name: folder.joinpath(f"{name}.yaml").read_text() for name in STANDARD_PACKS}
    head, bar, rest = texts["eligibility"].partition("  not for a request of one's own:\n")
    assert bar
    texts["eligibility"] = head + rest[rest.index("\n\n") + 2 :]
    packs = load_pack(*(PackSource(name, text) for name, text in texts.items()))
    world = World(form(listed(FINANCE)), rules=Rulebook(packs))
    world.submit("ann", "tom")
    assert world.determine("ann").status is APPROVED


@pytest.mark.requirement("R5", clause="one determination each")
@pytest.mark.requirement("R5", clause="no editing")
def test_a_second_determination_by_the_same_steward_is_refused() -> None:
    world = asked()
    first = world.determine("ann")
    with pytest.raises(refusals.AlreadyDetermined) as refused:
        world.determine("ann", Verdict.DENY, reason="on second thoughts")
    assert refused.value.status == 409
    assert world.request == first


@pytest.mark.requirement("R5", clause="a reason is required")
@pytest.mark.parametrize("reason", ["", "  \n"])
@pytest.mark.parametrize("verdict", list(Verdict))
def test_a_determination_needs_a_reason(reason: str, verdict: Verdict) -> None:
    with pytest.raises(refusals.ReasonMissing):
        asked().determine("ann", verdict, reason=reason)


@pytest.mark.requirement("R6", clause="judged when determining")
def test_standing_is_judged_when_someone_determines() -> None:
    world = asked()
    world.change_person("ann", groups=frozenset())
    world.change_person("tom", groups=frozenset({"finance"}))
    with pytest.raises(refusals.NotASteward):
        world.determine("ann")
    assert world.determine("tom").determinations[0].stood_for == {FINANCE.key}


@pytest.mark.requirement("R6", clause="recorded with it")
def test_what_a_steward_stood_for_is_recorded() -> None:
    stood = {made.steward: made.stood_for for made in _all_determine(asked(), ["ann", "bob"]).determinations}
    assert stood == {"ann": {FINANCE.key}, "bob": {LEGAL.key}}


def staged() -> World:
    """A pending request of Rita that asks finance first, and then legal."""
    world = asked()
    assert world.request
    world.request = replace(world.request, sources=(RequiredSource(FINANCE, 1), RequiredSource(LEGAL, 2)))
    return world


@pytest.mark.requirement("R13", clause="counts in every stage")
def test_who_stands_for_two_stages_meets_both_with_one_approval() -> None:
    world = staged()
    assert world.determine("both").status is APPROVED
    assert world.request
    assert world.request.determinations[0].stood_for == {FINANCE.key, LEGAL.key}


@pytest.mark.requirement("R13", clause="counts in every stage")
def test_one_approval_by_who_stands_for_two_stages_is_all_that_is_missing() -> None:
    world = staged()
    assert world.request
    needs = world.rules.needs(Known(world.request, world.situation(), (world.people["both"],)))
    assert needs
    assert [[chance.values["steward"] for chance in need.chances] for need in needs] == [["both"]]


@pytest.mark.requirement("R13", clause="stages open in order")
def test_who_stands_for_a_later_stage_alone_has_to_wait() -> None:
    with pytest.raises(refusals.NotYourTurn):
        staged().determine("bob")


@pytest.mark.requirement("R6", clause="kept when standing is lost")
def test_a_determination_counts_on_when_its_giver_is_no_steward_any_more() -> None:
    world = asked()
    world.determine("ann")
    world.change_person("ann", groups=frozenset(), active=False)
    assert world.determine("bob").status is APPROVED


def _all_determine(world: World, stewards: Iterable[str]) -> AccessRequest:
    for steward in stewards:
        world.determine(steward)
    assert world.request
    return world.request


REGION = StewardSource.attribute("region", "EU: west")
KINDS = {
    SourceKind.USER: (StewardSource.user("tom"), {}),
    SourceKind.GROUP: (FINANCE, {"groups": frozenset({"finance"})}),
    SourceKind.ATTRIBUTE: (REGION, {"attributes": {"region": frozenset({"US", "EU: west"})}}),
    SourceKind.GLOBAL_PERMISSION: (
        StewardSource.permission(GlobalPermission.AUDIT),
        {"permissions": frozenset({GlobalPermission.AUDIT})},
    ),
    SourceKind.DOMAIN_PERMISSION: (
        StewardSource.domain_permission(DomainPermission.MANAGE_IDENTIFIERS),
        {"domain_permissions": frozenset({("pay", DomainPermission.MANAGE_IDENTIFIERS)})},
    ),
}


@pytest.mark.parametrize("kind", SourceKind)
def test_every_kind_of_steward_source_makes_stewards_of_those_it_names_and_of_no_one_else(kind: SourceKind) -> None:
    source, held = KINDS[kind]
    world = World(form(listed(source)))
    world.submit()
    world.change_person("tom", **held)
    with pytest.raises(refusals.NotASteward):
        world.determine("stranger")
    assert world.determine("tom").determinations[0].stood_for == {source.in_domain("pay").key}


def test_a_permission_in_another_domain_makes_no_steward() -> None:
    source, _ = KINDS[SourceKind.DOMAIN_PERMISSION]
    world = World(form(listed(source)))
    world.submit()
    world.change_person("tom", domain_permissions=frozenset({("hr", DomainPermission.MANAGE_IDENTIFIERS)}))
    with pytest.raises(refusals.NotASteward):
        world.determine("tom")


def test_an_inactive_steward_may_not() -> None:
    world = asked()
    world.change_person("ann", active=False)
    with pytest.raises(refusals.NotASteward, match="not active"):
        world.determine("ann")


def test_governance_alone_gives_no_vote() -> None:
    with pytest.raises(refusals.NotASteward):
        asked().determine("gus")


@pytest.mark.parametrize("state", [ProductState.SUSPENDED, ProductState.UNPUBLISHED])
def test_requests_of_a_product_that_is_not_published_wait(state: ProductState) -> None:
    world = asked()
    world.product = product(state=state)
    with pytest.raises(refusals.ProductNotPublished):
        world.determine("ann")


def test_a_renewal_runs_from_the_old_end() -> None:
    world = asked(Quorum.ANY)
    world.determine("ann", term=days(10))
    world.later(days=4)
    world.submit()
    world.determine("bob", term=days(10))
    old, new = world.grants
    assert (new.start, new.end) == (old.end, START + timedelta(days=20))
    assert world.request
    assert world.request.renews == old.id


votes = st.lists(
    st.tuples(
        st.sampled_from(["ann", "bob", "both", "tom"]),
        st.sampled_from(list(Verdict)),
        st.sampled_from([None, 3, 30]),
    ),
    unique_by=lambda vote: vote[0],
)


def _play(quorum: Quorum, given_votes: list[tuple[str, Verdict, int | None]]) -> World:
    """Everyone says their part, and what comes too late is refused."""
    world = asked(quorum)
    world.change_person("tom", groups=frozenset({"legal"}))
    for steward, verdict, length in given_votes:
        term = days(length) if length and verdict is Verdict.APPROVE else FOR_GOOD
        try:
            world.determine(steward, verdict, term)
        except PlacetError as error:
            assert isinstance(error, refusals.RequestDecided)  # noqa: PT017 - the only refusal there may be
    return world


@given(st.sampled_from(list(Quorum)), votes)
def test_default_deny_without_approvals_there_is_no_grant(
    quorum: Quorum, given_votes: list[tuple[str, Verdict, int | None]]
) -> None:
    denials = [vote for vote in given_votes if vote[1] is Verdict.DENY]
    assert not _play(quorum, denials).grants


@given(votes)
def test_a_denial_trumps_under_all(given_votes: list[tuple[str, Verdict, int | None]]) -> None:
    world = _play(Quorum.ALL, [("both", Verdict.DENY, None), *(vote for vote in given_votes if vote[0] != "both")])
    assert world.request
    assert world.request.status is DENIED
    assert not world.grants


@given(votes)
def test_adding_a_denial_never_grants(given_votes: list[tuple[str, Verdict, int | None]]) -> None:
    others = [vote for vote in given_votes if vote[0] != "ann"]
    without, denied = _play(Quorum.ALL, others), _play(Quorum.ALL, [("ann", Verdict.DENY, None), *others])
    assert bool(denied.grants) <= bool(without.grants)


@given(votes)
def test_the_order_of_approvals_never_matters_to_all(given_votes: list[tuple[str, Verdict, int | None]]) -> None:
    approvals = [vote for vote in given_votes if vote[1] is Verdict.APPROVE and vote[0] in ("ann", "bob")]
    forth, back = _play(Quorum.ALL, approvals), _play(Quorum.ALL, approvals[::-1])
    assert [(one.start, one.end) for one in forth.grants] == [(one.start, one.end) for one in back.grants]
