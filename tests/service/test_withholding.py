"""Whoever asks for another reads the request, but not what the rules were told about them."""

from __future__ import annotations

import pytest

from placet.domain.forms import STANDARD_PACKS, RequestForm
from placet.domain.requests import AccessRequest, RequestStatus
from placet.service.withholding import WITHHELD
from tests.service.office import ALL, Office

HOUSE = """pack: house
about: Teams are let in at once.
names: [person, key, value]
reads:
  beneficiary: {person}
  attribute: {person, key, value}
concludes:
  automatic: {verdict: [approve, deny]}
rules:
  a team is let in:
    when:
      - beneficiary: {person}
      - attribute: {person, key: team, value}
    then:
      - automatic: {verdict: approve}
    because: "{person} is in the team {value}."
"""


@pytest.fixture
def asked(office: Office) -> AccessRequest:
    """By Rita for Tom, who is let in for his team."""
    office.change_person("tom", attributes={"team": frozenset({"blue"})}, groups=frozenset({"legal"}))
    office.force("house", HOUSE)
    house = RequestForm("", 1, "House", ALL, packs=(*STANDARD_PACKS, "house"))
    form = office.marketplace.forms.create(office.person("gus"), house)
    product = office.publish("Boats", ALL, form=form.id, form_version=form.version)
    made = office.ask("rita", product, beneficiary="tom")
    assert made.status is RequestStatus.APPROVED
    return made


@pytest.mark.requirement("P4", clause="reading a request")
def test_who_asks_for_another_is_not_shown_what_the_rules_were_told_about_them(
    office: Office, asked: AccessRequest
) -> None:
    rita = office.person("rita")
    found = office.marketplace.requests.explain(rita, asked.id)
    opening = found.answers[0]
    assert opening.withheld
    assert opening.proof.as_text() == ""
    assert opening.reasons(found.names) == ()
    review = office.marketplace.requests.review(rita, asked.id)
    assert not review.told
    assert (review.beneficiary.attributes, review.beneficiary.groups) == ({}, frozenset())
    assert review.reasons == (WITHHELD,)
    assert office.marketplace.requests.get(rita, asked.id).request.justification == WITHHELD
    [listed] = office.marketplace.requests.mine(rita).items
    assert listed.request.justification == WITHHELD


@pytest.mark.parametrize("who", ["tom", "mia", "gus"])
def test_the_beneficiary_and_those_who_decide_or_manage_are(office: Office, asked: AccessRequest, who: str) -> None:
    found = office.marketplace.requests.explain(office.person(who), asked.id)
    assert not found.answers[0].withheld
    assert "blue" in found.answers[0].proof.as_text()
    review = office.marketplace.requests.review(office.person(who), asked.id)
    assert review.told
    assert review.beneficiary.attributes == {"team": frozenset({"blue"})}
    assert "blue" in office.marketplace.requests.get(office.person(who), asked.id).request.justification


def test_a_proof_that_tells_nothing_of_the_beneficiary_is_shown_to_who_asks(office: Office) -> None:
    request = office.ask("rita", beneficiary="tom")
    office.say("ann", request)
    found = office.marketplace.requests.explain(office.person("rita"), request.id)
    assert [one.withheld for one in found.answers] == [False] * len(found.answers)
    assert all(one.proof.as_text() for one in found.answers)
    assert found.needs
    assert [chance.because for need in found.needs for chance in need.chances] == [()]
