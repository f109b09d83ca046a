"""A group as the beneficiary: what ends with it, who reads it, and who may take it back."""

from __future__ import annotations

import pytest

from placet.domain.errors import NotFound
from placet.domain.requests import AccessRequest, BeneficiaryKind, GrantStatus, RequestStatus, Verdict, Whom
from placet.workflow.refusals import RequestOpen
from tests.service.office import ANY, Office

FINANCE = Whom("finance", BeneficiaryKind.GROUP)


def ask(office: Office, person: str = "ann", whom: Whom = FINANCE, name: str = "For groups") -> AccessRequest:
    product = office.publish(name, ANY)
    return office.marketplace.requests.submit(office.person(person), product.id, whom=whom)


def approve(office: Office, request: AccessRequest) -> AccessRequest:
    return office.marketplace.requests.determine(
        office.person("bob"), request.id, verdict=Verdict.APPROVE, reason="fine"
    )


@pytest.mark.requirement("R12", clause="a deleted group")
def test_the_grants_and_requests_of_a_group_end_with_it_and_its_members_are_told(office: Office) -> None:
    given, waiting = ask(office), ask(office, name="Another")
    approve(office, given)
    office.marketplace.groups.delete(office.person("uma"), "finance")
    gus = office.person("gus")
    view = office.marketplace.requests.get(gus, given.id)
    assert view.grant
    assert view.grant.status is GrantStatus.REVOKED
    assert view.grant.grant.revocation
    assert view.grant.grant.revocation.reason == "group deleted"
    assert view.beneficiary_name == "finance"
    assert office.marketplace.requests.get(gus, waiting.id).request.status is RequestStatus.CANCELED
    for member in ("ann", "fay"):
        told = [one.type for one in office.marketplace.notifications.mine(office.person(member)).items]
        assert {"grant.revoked", "access_request.canceled"} <= set(told)
    assert office.marketplace.requests.review(gus, given.id).beneficiary.id == "finance"


def test_a_group_made_anew_under_the_same_id_has_nothing_of_the_old_one(office: Office) -> None:
    request = ask(office)
    approve(office, request)
    uma = office.person("uma")
    office.marketplace.groups.delete(uma, "finance")
    office.change_person("ann", groups=frozenset())
    with office.marketplace.context.store.reading() as session:
        assert session.grants.live_of([FINANCE], office.clock.now()) == []


@pytest.mark.requirement("P4", clause="requesting for a group")
def test_members_read_the_request_of_their_group_and_take_it_back(office: Office) -> None:
    request = ask(office)
    assert office.marketplace.requests.get(office.person("fay"), request.id).request.id == request.id
    listed = office.marketplace.requests.list(office.person("fay"), whom=FINANCE).items
    assert [card.request.id for card in listed] == [request.id]
    with pytest.raises(NotFound):
        office.marketplace.requests.get(office.person("tom"), request.id)
    assert office.marketplace.requests.cancel(office.person("fay"), request.id).status is RequestStatus.CANCELED


@pytest.mark.requirement("R1", clause="one product and one beneficiary")
def test_a_group_and_a_person_of_the_same_id_are_two_beneficiaries(office: Office) -> None:
    with office.marketplace.context.store.writing() as session:
        tom = session.people.direct("tom")
        assert tom
    office.change_person("tom", groups=frozenset({"legal"}))
    product = office.publish("Either", ANY)
    own = office.marketplace.requests.submit(office.person("tom"), product.id)
    theirs = office.marketplace.requests.submit(
        office.person("tom"), product.id, whom=Whom("legal", BeneficiaryKind.GROUP)
    )
    assert (own.whom, theirs.whom) == (Whom("tom"), Whom("legal", BeneficiaryKind.GROUP))
    with pytest.raises(RequestOpen, match="group legal"):
        office.marketplace.requests.submit(office.person("bob"), product.id, whom=theirs.whom)


def test_nobody_asks_for_a_group_that_is_not_there(office: Office) -> None:
    with pytest.raises(NotFound, match="no group"):
        ask(office, "uma", Whom("nowhere", BeneficiaryKind.GROUP))
