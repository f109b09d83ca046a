"""Why a request stands as it does, what is missing, and who could give it."""

from __future__ import annotations

import pytest

from placet.domain.errors import NotFound
from placet.domain.people import Person
from placet.domain.requests import AccessRequest, Verdict
from placet.service.explaining import Explanation
from placet.service.people_file import PeopleFile
from tests.service.office import ANY, Office


def explained(office: Office, request: AccessRequest, viewer: str = "gus") -> Explanation:
    return office.marketplace.requests.explain(office.person(viewer), request.id)


def needed(found: Explanation) -> list[tuple[int, list[str], int]]:
    """Each need: how many, of whom by name, and of how many who are like one of them."""
    return [
        (
            need.number,
            sorted(found.names[str(chance.values["steward"])] for chance in need.chances),
            sum(map(len, need.alike.values())),
        )
        for need in found.needs or ()
    ]


@pytest.mark.requirement("N1", clause="proof")
def test_every_answer_of_the_rules_is_kept_with_its_proof(office: Office) -> None:
    request = office.ask()
    office.say("ann", request)
    office.say("bob", request)
    found = explained(office, request)
    assert [(one.question, one.about) for one in found.answers] == [
        ("opening", ""),
        ("standing", "ann"),
        ("verdict", ""),
        ("standing", "bob"),
        ("verdict", ""),
    ]
    texts = [one.proof.as_text(found.names) for one in found.answers]
    assert "The form asks group finance, and its quorum is all." in texts[0]
    assert "Ann Finance is in finance, which group finance asks for." in texts[1]
    assert "Enough have approved, no one denied, nothing holds it." in texts[4]
    assert all(dict(one.packs) == dict(request.packs) for one in found.answers)


@pytest.mark.requirement("N1", clause="what is missing and who can give it")
def test_what_is_missing_shrinks_with_each_determination(office: Office) -> None:
    request = office.ask()
    assert sorted(needed(explained(office, request))) == [(1, ["Ann Finance"], 1), (1, ["Bob Legal"], 0)]
    office.say("fay", request)
    assert needed(explained(office, request)) == [(1, ["Bob Legal"], 0)]
    office.say("bob", request)
    assert explained(office, request).needs == ()


def test_who_comes_into_a_group_can_give_it_and_who_leaves_can_not(office: Office) -> None:
    request = office.ask(product=office.publish("Other", ANY))
    office.change_person("bob", groups=frozenset())
    office.change_person("fay", active=False)
    assert needed(explained(office, request)) == [(1, ["Ann Finance"], 0)]


def test_a_crowd_of_stewards_is_told_by_one_of_them(office: Office) -> None:
    crowd = tuple(Person(f"c{number:03}", f"C {number:03}", groups=frozenset({"legal"})) for number in range(120))
    office.marketplace.people.load("test", PeopleFile(crowd))
    office.say("ann", request := office.ask())
    [(number, named, others)] = needed(explained(office, request))
    assert (number, len(named) + others) == (1, 121)


def test_what_no_one_can_give_is_out_of_reach(office: Office) -> None:
    request = office.ask()
    office.change_person("bob", active=False)
    assert explained(office, request).needs is None


@pytest.mark.requirement("N1", clause="why one can't decide")
def test_who_can_not_decide_is_told_why_with_the_proof(office: Office) -> None:
    request = office.ask("ann")
    found = explained(office, request, "ann")
    assert found.why_not == ("ann made this request.", "The request is for ann.")
    assert "Ann Finance made this request." in found.standing.as_text(found.names)
    assert explained(office, request, "bob").why_not == ()
    office.say("bob", request)
    assert explained(office, request, "bob").why_not == ("bob has determined this request already.",)
    office.say("fay", request, Verdict.DENY)
    assert explained(office, request, "bob").why_not == ("The request was denied.",)


def test_who_may_not_read_the_request_is_told_nothing(office: Office) -> None:
    request = office.ask()
    with pytest.raises(NotFound):
        explained(office, request, "tom")
