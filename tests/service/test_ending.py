"""Access that was taken away stays away: renewals of renewals, and renewals asked for at the same moment."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest

from placet.domain.errors import Conflict, NotFound, PlacetError
from placet.domain.forms import Flow, FlowKind
from placet.domain.people import Group
from placet.domain.products import DataProduct, ProductState
from placet.domain.requests import AccessRequest, Grant, GrantStatus, RequestStatus, Verdict, Whom
from placet.domain.terms import Duration, Term
from placet.workflow.refusals import WrongState
from tests.service.office import AUTOMATIC, FINANCE, LEGAL, Office

MONTH = Term(duration=Duration.parse("30 days"))


def grants_of(office: Office, person: str) -> list[Grant]:
    with office.marketplace.context.store.reading() as session:
        return list(reversed(session.grants.page([Whom(person)]).items))


@pytest.mark.requirement("R8", clause="the same way in")
def test_a_revocation_ends_renewals_of_renewals_and_cancels_what_would_renew_them(office: Office) -> None:
    for _ in range(3):
        office.approved(term=MONTH)
    asked = office.ask()
    first, *later = grants_of(office, "rita")
    assert [grant.start for grant in later] == [first.end, later[0].end]
    office.marketplace.grants.revoke(office.person("gus"), first.id, "left")
    office.clock.advance(days=45)
    assert [grant.status_at(office.clock.now()) for grant in grants_of(office, "rita")] == [GrantStatus.REVOKED] * 3
    card = office.marketplace.requests.get(office.person("rita"), asked.id)
    assert card.request.status is RequestStatus.CANCELED


@pytest.mark.requirement("R8", clause="before the old end")
@pytest.mark.requirement("R8", clause="after the old end")
@pytest.mark.parametrize("late", [timedelta(0), timedelta(days=2)])
def test_a_renewal_begins_where_the_old_grant_ends_or_when_it_is_approved_if_that_is_later(
    office: Office, late: timedelta
) -> None:
    first = office.approved(term=MONTH)
    assert first.end
    office.clock.advance(days=29)
    renewal = office.ask()
    assert renewal.renews == first.id
    office.say("ann", renewal, term=MONTH)
    office.clock.at = first.end + late - timedelta(hours=0 if late else 1)
    office.say("bob", renewal)
    _, second = grants_of(office, "rita")
    assert second.start == first.end + late
    assert second.end == second.start + timedelta(days=30)


@pytest.mark.requirement("V1", clause="one entry for each change")
def test_a_request_that_a_revocation_cancels_has_its_own_entry_and_is_told(office: Office) -> None:
    grant = office.approved(term=MONTH)
    office.ask()
    before = len(office.trail())
    office.marketplace.grants.revoke(office.person("gus"), grant.id, "left")
    assert office.trail()[before:] == ["grant.revoked", "access_request.canceled"]
    told = [one.type for one in office.marketplace.notifications.mine(office.person("rita")).items]
    assert "access_request.canceled" in told


def test_a_renewal_asked_for_while_the_grant_is_revoked_does_not_outlive_it(office: Office) -> None:
    flow = replace(AUTOMATIC, duration=Duration.parse("10 days"))
    for number in range(8):
        product = office.publish(f"Open {number}", flow)
        office.ask(product=product)
        office.clock.advance(hours=1)
        [grant] = [one for one in grants_of(office, "rita") if one.product == product.id]
        gates = threading.Barrier(2)

        def renew(product: DataProduct = product, gates: threading.Barrier = gates) -> AccessRequest | PlacetError:
            gates.wait()
            try:
                return office.ask(product=product)
            except PlacetError as error:
                return error

        with ThreadPoolExecutor(1) as pool:
            renewing = pool.submit(renew)
            gates.wait()
            if number == 0:
                renewing.result()  # at least once the renewal is there before the revocation
            office.marketplace.grants.revoke(office.person("gus"), grant.id, "left")
            asked = renewing.result()
        assert isinstance(asked, AccessRequest | Conflict)
        assert number or (isinstance(asked, AccessRequest) and asked.renews == grant.id)
        later = [one for one in grants_of(office, "rita") if one.product == product.id and one.start == grant.end]
        assert number or later
        assert all(one.revocation for one in later)


def test_a_deleted_product_is_described_no_more(office: Office) -> None:
    gus = office.person("gus")
    office.marketplace.products.delete(gus, office.product.id)
    gone = office.marketplace.products.get(gus, office.product.id).card.product
    assert gone.state is ProductState.DELETED
    with pytest.raises(WrongState):
        office.marketplace.products.change(gus, replace(gone, name="Never was"))


def test_what_is_out_of_sight_is_not_found_when_it_is_asked_for(office: Office) -> None:
    hidden = office.publish("Hidden", AUTOMATIC, visible_to=frozenset({"finance"}))
    refusals = []
    for id in (hidden.id, "nothing"):
        with pytest.raises(NotFound) as refused:
            office.marketplace.requests.submit(office.person("rita"), id)
        refusals.append(refused.value.detail.replace(id, "it"))
    assert refusals[0] == refusals[1]
    assert office.ask("ann", hidden).status is RequestStatus.APPROVED


@pytest.mark.parametrize(("viewer", "shown"), [("rita", 0), ("tom", 0), ("ann", 1), ("mia", 1), ("gus", 1)])
def test_only_who_decides_is_shown_why_others_were_denied(office: Office, viewer: str, shown: int) -> None:
    office.say("ann", office.ask("fay"), Verdict.DENY)
    request = office.ask("rita", beneficiary="tom")
    review = office.marketplace.requests.review(office.person(viewer), request.id)
    assert len(review.denials) == shown


def test_a_steward_source_with_a_long_name_in_any_script_decides(office: Office) -> None:
    group = "データガバナンスと個人情報保護のための承認委員会グループ" * 8
    office.change_person("tom", groups=frozenset())
    with office.marketplace.context.store.writing() as session:
        session.people.save_group(Group(group, group))
    office.change_person("tom", groups=frozenset({group}))
    long = replace(FINANCE, name=group)
    product = office.publish("Long", Flow(FlowKind.LISTED, sources=(long, LEGAL)))
    request = office.ask(product=product)
    assert [card.request.id for card in office.marketplace.requests.inbox(office.person("tom")).items] == [request.id]
    assert office.say("tom", request).status is RequestStatus.APPROVED


def test_a_lapse_and_a_revocation_of_what_it_would_renew_both_end_the_request(office: Office) -> None:
    grant = office.approved(term=MONTH)
    request = office.ask()
    office.say("ann", request, term=Term(end=office.clock.now() + timedelta(days=40)))
    office.marketplace.grants.revoke(office.person("gus"), grant.id, "left")
    office.clock.advance(days=41)
    with pytest.raises(PlacetError):
        office.marketplace.requests.lapse(request.id)
