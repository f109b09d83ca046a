"""Who may read what, and reading long lists page by page."""

from __future__ import annotations

import pytest
from flask import Flask

from placet.domain.clock import SetClock
from placet.service import Marketplace
from placet.service.people_file import read_json
from tests.api.client import API, Client, refusal
from tests.api.conftest import Speak
from tests.api.market import person


@pytest.mark.requirement("P4", clause="reading a request")
@pytest.mark.parametrize(
    ("who", "may"),
    [("ann", 1), ("ben", 1), ("sam", 1), ("sue", 1), ("max", 1), ("gov", 1), ("aud", 1), ("out", 0), ("ops", 0)],
)
def test_a_request_is_read_by_its_parties_its_stewards_its_managers_and_auditors_and_not_found_by_others(
    speak: Speak, who: str, may: int
) -> None:
    asked = speak("ann").post("/access-requests", {"product": "both", "beneficiary": "ben"}).json
    read = speak(who).get(f"/access-requests/{asked['id']}")
    assert (read.status_code == 200) if may else (refusal(read) == (404, "not-found"))
    assert len(speak(who).get("/access-requests").json["items"]) == may


def test_a_grant_is_not_found_by_those_who_may_not_see_it(speak: Speak) -> None:
    speak("ann").post("/access-requests", {"product": "quick"})
    [grant] = speak("ann").get("/grants").json["items"]
    assert refusal(speak("ben").get(f"/grants/{grant['id']}")) == (404, "not-found")
    assert speak("ben").get("/grants?beneficiary=ann").json["items"] == []
    assert speak("ben").get("/grants?product=quick").json["items"] == []
    assert speak("aud").get("/grants?beneficiary=ann").json["items"] == [grant]


def test_decisions_about_others_are_for_governance_and_audit(speak: Speak) -> None:
    speak("ann").post("/access-requests", {"product": "quick"})
    assert speak("aud").get("/decisions?person=ann&source=visits").json["allowed"]
    assert not speak("gov").get("/decisions?person=ben&source=visits").json["allowed"]
    assert refusal(speak("ben").get("/decisions?person=ann&source=visits")) == (403, "forbidden")
    assert refusal(speak("ben").get("/decisions?source=nothing")) == (404, "not-found")
    assert refusal(speak("ben").get("/decisions")) == (422, "invalid-input")


def test_a_decision_is_asked_for_any_instant_that_has_a_zone(speak: Speak) -> None:
    speak("ann").post("/access-requests", {"product": "quick"})
    before = speak("ann").get("/decisions?source=visits&at=2026-03-02T10:29:59.999999%2B01:00").json
    assert (before["allowed"], before["at"]) == (False, "2026-03-02T09:29:59.999999Z")
    assert speak("ann").get("/decisions?source=visits&at=2026-03-02T09:30:00Z").json["allowed"]
    assert refusal(speak("ann").get("/decisions?source=visits&at=2026-03-02T09:30:00")) == (422, "invalid-input")
    assert refusal(speak("ann").get("/decisions?source=visits&at=0001-01-01T00:00:00%2B14:00")) == (
        422,
        "invalid-input",
    )


def test_a_list_is_read_page_by_page_by_cursor_or_by_link_and_nothing_is_left_out_or_comes_twice(
    any_app: Flask, clock: SetClock
) -> None:
    ann = Client(any_app, "ann")
    made = []
    for product in ("both", "quick", "agreed"):
        made.insert(0, ann.post("/access-requests", {"product": product, "accepts_agreement": True}).json["id"])
        clock.advance(minutes=1)
    by_cursor, cursor = [], ""
    by_link, link = [], "/access-requests?limit=1&requester=ann"
    for _ in made:
        page = ann.get(f"/access-requests?limit=1&requester=ann{cursor}")
        by_cursor += [one["id"] for one in page.json["items"]]
        cursor = f"&cursor={page.json['next']}"
        page = ann.get(link)
        by_link += [one["id"] for one in page.json["items"]]
        link = page.headers.get("Link", "").partition('>; rel="next"')[0].removeprefix(f"<{API}")
    assert (cursor, link) == ("&cursor=None", "")
    assert by_cursor == by_link == made


def pages(reader: Client, path: str) -> list[list[str]]:
    """The ids on each page of a list that is read one by one."""
    found, cursor = [], ""
    while True:
        page = reader.get(f"{path}limit=1{cursor}").json
        found.append([one["id"] for one in page["items"]])
        if page["next"] is None:
            return found
        cursor = f"&cursor={page['next']}"


@pytest.mark.parametrize(
    ("who", "readable"),
    [
        ("ann", ["ann both", "ann quick"]),
        ("ben", ["ben quick", "ann both"]),
        ("sam", ["ann both"]),
        ("max", ["out hidden", "ann both"]),
        ("gov", ["out hidden", "ben quick", "ann both", "ann quick"]),
        ("aud", ["out hidden", "ben quick", "ann both", "ann quick"]),
        ("ops", []),
    ],
)
def test_a_page_counts_nothing_that_the_reader_may_not_read(
    any_app: Flask, clock: SetClock, who: str, readable: list[str]
) -> None:
    made = {}
    for asking, product, beneficiary in (
        ("ann", "quick", "ann"),
        ("ann", "both", "ben"),
        ("ben", "quick", "ben"),
        ("out", "hidden", "out"),
    ):
        answer = Client(any_app, asking).post("/access-requests", {"product": product, "beneficiary": beneficiary})
        made[answer.json["id"]] = f"{asking} {product}"
        clock.advance(minutes=1)
    placet = any_app.extensions["placet"].marketplace
    verdict = {"verdict": "approve", "reason": "fine"}
    both = next(id for id, said in made.items() if said == "ann both")
    Client(any_app, "sam").post(f"/access-requests/{both}/determinations", verdict)
    placet.people.load("gov", read_json('{"people": [{"id": "sam", "name": "Sam, who has left finance"}]}'))
    shown = pages(Client(any_app, who), "/access-requests?")
    assert [[made[id] for id in page] for page in shown] == ([[one] for one in readable] or [[]])


@pytest.mark.parametrize(("who", "count"), [("ann", 1), ("ben", 1), ("out", 0), ("aud", 2)])
def test_a_page_of_grants_counts_nobody_elses(any_app: Flask, clock: SetClock, who: str, count: int) -> None:
    for asking in ("ann", "ben"):
        Client(any_app, asking).post("/access-requests", {"product": "quick"})
        clock.advance(minutes=1)
    assert [len(page) for page in pages(Client(any_app, who), "/grants?product=quick&")] == ([1] * count or [0])
    assert pages(Client(any_app, who), "/grants?product=nothing&") == [[]]


@pytest.mark.parametrize(
    ("query", "refused"),
    [
        ("limit=0", (422, "invalid-input")),
        ("limit=201", (422, "invalid-input")),
        ("limit=many", (422, "invalid-input")),
        ("cursor=made-up", (422, "bad-cursor")),
        ("status=lost", (422, "invalid-input")),
        ("requestor=ann", (422, "invalid-input")),
        ("requester=%00", (422, "bad-text")),
    ],
)
def test_a_list_refuses_what_it_does_not_know(speak: Speak, query: str, refused: tuple[int, str]) -> None:
    assert refusal(speak("ann").get(f"/access-requests?{query}")) == refused


def test_requests_are_filtered_by_product_status_and_parties(speak: Speak) -> None:
    speak("ann").post("/access-requests", {"product": "quick"})
    speak("ann").post("/access-requests", {"product": "both", "beneficiary": "ben"})

    def found(query: str) -> list[str]:
        return [one["product"] for one in speak("gov").get(f"/access-requests?{query}").json["items"]]

    assert found("product=quick") == found("status=approved") == found("beneficiary=ann") == ["quick"]
    assert found("beneficiary=ben&status=pending") == ["both"]
    assert found("beneficiary=ben&status=approved") == found("requester=ben") == []


def test_an_id_that_no_database_could_hold_is_no_server_error(any_app: Flask) -> None:
    for path in ("data-products", "access-requests", "grants", "request-forms", "data-sources"):
        assert refusal(Client(any_app, "gov").get(f"/{path}/%00")) == (422, "bad-text")


def test_who_was_deactivated_reads_nothing(speak: Speak, marketplace: Marketplace) -> None:
    assert not person(marketplace, "gone").active
    assert refusal(speak("gone").get("/data-products")) == (403, "forbidden")
