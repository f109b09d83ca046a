"""Why a request stands as it does, over HTTP."""

from __future__ import annotations

from typing import Any

import pytest

from placet.domain.people import Person
from placet.service import Marketplace
from placet.service.people_file import PeopleFile
from tests.api.client import refusal
from tests.api.conftest import Speak
from tests.api.market import person


def ask(speak: Speak, product: str = "both") -> str:
    """A request of Ann's."""
    return str(speak("ann").post("/access-requests", {"product": product}).get_json()["id"])


def approve(speak: Speak, steward: str, id: str) -> None:
    given = {"verdict": "approve", "reason": "fine"}
    assert speak(steward).post(f"/access-requests/{id}/determinations", given).status_code == 201


def explained(speak: Speak, id: str, reader: str = "gov") -> dict[str, Any]:
    answer = speak(reader).get(f"/access-requests/{id}/explanation")
    assert answer.status_code == 200, answer.text
    return dict(answer.get_json())


def stewards(found: dict[str, Any]) -> list[tuple[int, list[str]]]:
    return [(need["number"], [step["values"]["steward"] for step in need["steps"]]) for need in found["needs"]]


@pytest.mark.requirement("N1", clause="proof")
def test_every_answer_comes_with_its_reasons_and_its_proof(speak: Speak) -> None:
    id = ask(speak)
    approve(speak, "sam", id)
    found = explained(speak, id)
    assert [(one["question"], one["about"]) for one in found["answers"]] == [
        ("opening", None),
        ("standing", "sam"),
        ("verdict", None),
    ]
    opening, standing, verdict = found["answers"]
    assert "The form asks group finance, and its quorum is all." in opening["reasons"]
    assert standing["reasons"] == ["Sam Steward may determine for group finance."]
    assert "No one has approved for group privacy yet." in verdict["reasons"]
    met = next(one for one in verdict["proof"]["conclusions"] if one["kind"] == "met")
    told = {one["id"]: one for one in (*verdict["proof"]["facts"], *verdict["proof"]["conclusions"])}
    assert met["rule"] == "quorum/a source is met by one approval"
    assert {told[one]["kind"] for one in met["from"]} == {"requires", "determination", "stood for"}
    assert set(opening["packs"]) == {"routing", "eligibility", "quorum", "expiry"}
    assert opening["at"] == "2026-03-02T09:30:00Z"


@pytest.mark.requirement("N1", clause="what is missing and who can give it")
def test_what_is_missing_is_told_with_who_could_give_it_and_who_is_like_them(
    speak: Speak, marketplace: Marketplace
) -> None:
    crowd = tuple(Person(f"c{number}", f"C {number}", groups=frozenset({"privacy"})) for number in range(9))
    marketplace.people.load("test", PeopleFile(crowd))
    id = ask(speak)
    approve(speak, "sam", id)
    found = explained(speak, id, "ann")
    assert [number for number, _ in stewards(found)] == [1]
    [step] = found["needs"][0]["steps"]
    assert {step["values"]["steward"], *step["alike"]} == {"sue", *(one.id for one in crowd)}
    assert step["values"]["verdict"] == "approve"
    assert step["because"] == [f"{found['names'][step['values']['steward']]} could approve for group privacy."]
    assert found["names"]["group:privacy"] == "group privacy"


def test_what_no_one_can_give_is_null_and_what_is_decided_needs_nothing(speak: Speak, marketplace: Marketplace) -> None:
    assert explained(speak, ask(speak, "quick"))["needs"] == []
    lost = ask(speak)
    marketplace.people.import_people(person(marketplace, "gov"), "id,name,active\nsue,Sue Steward,no\n")
    assert explained(speak, lost)["needs"] is None


@pytest.mark.requirement("N1", clause="why one can't decide")
def test_the_reader_is_told_why_they_can_not_decide_with_the_proof(speak: Speak) -> None:
    id = ask(speak)
    found = explained(speak, id, "ann")
    assert "ann made this request." in found["why_not"]
    assert "Ann Lee made this request." in [one["because"] for one in found["standing"]["conclusions"]]
    assert explained(speak, id, "sam")["why_not"] == []


@pytest.mark.requirement("N1", clause="proof")
def test_who_may_not_read_a_request_is_not_told_that_there_is_one(speak: Speak) -> None:
    id = ask(speak)
    for reader in ("ben", "out", "ops"):
        assert refusal(speak(reader).get(f"/access-requests/{id}/explanation")) == (404, "not-found")
    for reader in ("ann", "sam", "max", "gov", "aud"):
        assert explained(speak, id, reader)["request"] == id
    assert refusal(speak("gov").get("/access-requests/none/explanation")) == (404, "not-found")
