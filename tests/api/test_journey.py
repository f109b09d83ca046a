"""The whole way over HTTP: asked, determined by two, granted, revoked; and the ends of access."""

from __future__ import annotations

import pytest
from flask import Flask

from placet.domain.clock import SetClock
from tests.api.client import Client, refusal
from tests.api.conftest import Speak


def test_a_request_becomes_a_grant_when_the_second_source_approves_and_the_grant_ends_by_revocation(
    any_app: Flask, clock: SetClock
) -> None:
    ann, sam, sue, maxi = (Client(any_app, person) for person in ("ann", "sam", "sue", "max"))

    asked = ann.post("/access-requests", {"product": "both"})
    assert asked.status_code == 201
    assert asked.json["status"] == "pending"
    assert {one["source"]["name"] for one in asked.json["sources"]} == {"finance", "privacy"}
    address = f"/access-requests/{asked.json['id']}"
    assert asked.headers["Location"] == f"/placet/api/v1{address}"
    assert [one["id"] for one in sam.get("/access-requests/to-determine").json["items"]] == [asked.json["id"]]

    first = sam.post(f"{address}/determinations", {"verdict": "approve", "reason": "She needs it."})
    assert (first.status_code, first.json["status"]) == (201, "pending")
    assert ann.get(address).json["grant"] is None
    assert not ann.get("/decisions?source=orders").json["allowed"]

    clock.advance(minutes=30)
    second = sue.post(
        f"{address}/determinations", {"verdict": "approve", "reason": "For a month.", "duration": "1 month"}
    )
    assert (second.status_code, second.json["status"]) == (201, "approved")
    assert [made["stood_for"] for made in second.json["determinations"]] == [["group:finance"], ["group:privacy"]]
    grant = ann.get(address).json["grant"]
    assert (grant["status"], grant["start"], grant["end"]) == ("active", "2026-03-02T10:00:00Z", "2026-04-02T10:00:00Z")
    assert ann.get("/decisions?source=orders").json["allowed"]
    assert sam.get("/access-requests/to-determine").json["items"] == []

    revoked = maxi.post(f"/grants/{grant['id']}/revoke", {"reason": "The project is over."})
    assert (revoked.json["status"], revoked.json["id"]) == ("revoked", grant["id"])
    assert revoked.json["revocation"] == {
        "by": "max",
        "at": "2026-03-02T10:00:00Z",
        "reason": "The project is over.",
    }
    assert ann.get(f"/grants/{grant['id']}").json["status"] == "revoked"
    assert not ann.get("/decisions?source=orders").json["allowed"]


def test_an_automatic_approval_answers_with_a_request_that_is_decided(speak: Speak) -> None:
    asked = speak("ann").post("/access-requests", {"product": "quick"})
    assert (asked.json["status"], asked.json["justification"]) == ("approved", "It is public anyway.")
    [grant] = speak("ann").get("/grants").json["items"]
    assert (grant["product"], grant["end"]) == ("quick", None)


def test_what_is_answered_and_accepted_is_kept_and_shown(speak: Speak) -> None:
    ann = speak("ann")
    answered = ann.post("/access-requests", {"product": "asked", "answers": {"why": "Forecasts.", "export": False}})
    assert answered.json["answers"] == {"why": "Forecasts.", "export": False}
    accepted = ann.post("/access-requests", {"product": "agreed", "accepts_agreement": True, "beneficiary": "ben"})
    assert accepted.json["acceptance"] == {
        "agreement": "rules",
        "version": 3,
        "name": "Rules of use",
        "at": "2026-03-02T09:30:00Z",
        "on_behalf_of": "ben",
    }
    text = speak("sam").get("/data-use-agreements/rules?version=3")
    assert text.json["body"] == "Do not pass it on."


@pytest.mark.parametrize(
    ("said", "end"),
    [
        pytest.param({"duration": "12 hours"}, "2026-03-02T21:30:00Z", id="duration"),
        pytest.param(
            {"end": "2026-03-31T12:00:00+02:00"},
            "2026-03-31T10:00:00Z",
            id="instant",
            marks=pytest.mark.requirement("R7", clause="end as an instant"),
        ),
        pytest.param(
            {"date": "2026-03-31", "zone": "America/New_York"},
            "2026-04-01T04:00:00Z",
            id="date",
            marks=[
                pytest.mark.requirement("R7", clause="end as a date"),
                pytest.mark.requirement("R7", clause="end shown in UTC"),
            ],
        ),
        pytest.param({"date": "2026-03-31"}, "2026-04-01T00:00:00Z", id="date in the zone of the settings"),
        pytest.param(
            {},
            "2026-05-31T09:30:00Z",
            id="nothing",
            marks=pytest.mark.requirement("R7", clause="no end means the maximum"),
        ),
    ],
)
def test_an_end_may_be_a_duration_an_instant_a_date_or_nothing(speak: Speak, said: dict[str, str], end: str) -> None:
    asked = speak("ann").post("/access-requests", {"product": "asked", "answers": {"why": "Forecasts."}})
    body = {"verdict": "approve", "reason": "Fine."} | said
    assert speak("sam").post(f"/access-requests/{asked.json['id']}/determinations", body).status_code == 201
    assert speak("ann").get(f"/access-requests/{asked.json['id']}").json["grant"]["end"] == end


def test_access_is_over_at_its_end_with_nothing_running(speak: Speak, clock: SetClock) -> None:
    asked = speak("ann").post("/access-requests", {"product": "asked", "answers": {"why": "Forecasts."}})
    body = {"verdict": "approve", "reason": "Fine.", "duration": "1 hour"}
    speak("sam").post(f"/access-requests/{asked.json['id']}/determinations", body)
    clock.advance(minutes=59, seconds=59)
    assert speak("ann").get("/decisions?source=orders").json["allowed"]
    clock.advance(seconds=1)
    assert not speak("ann").get("/decisions?source=orders").json["allowed"]
    [grant] = speak("ann").get("/grants").json["items"]
    assert grant["status"] == "expired"


@pytest.mark.requirement("P4", clause="requesting for a person")
def test_a_request_is_told_to_whom_it_is_for_and_can_be_taken_back_by_them(speak: Speak) -> None:
    asked = speak("ann").post("/access-requests", {"product": "both", "beneficiary": "ben"})
    assert asked.status_code == 201
    [told] = speak("ben").get("/notifications").json["items"]
    assert (told["type"], told["subject"]) == ("access_request.created", asked.json["id"])
    canceled = speak("ben").post(f"/access-requests/{asked.json['id']}/cancel", {"reason": "I have no need."})
    assert canceled.json["status"] == "canceled"
    again = speak("ann").post(f"/access-requests/{asked.json['id']}/cancel")
    assert refusal(again) == (409, "request-decided")
