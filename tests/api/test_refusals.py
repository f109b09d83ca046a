"""What is refused, with which status and code; and that nothing is half done then."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from placet.domain.clock import SetClock
from placet.engine.loops import Loops
from placet.service import Marketplace
from tests.api.client import Client, refusal
from tests.api.conftest import Speak
from tests.api.market import person

WHY = {"answers": {"why": "Forecasts."}}
YES = {"verdict": "approve", "reason": "Fine."}


def everything(app: Flask) -> dict[str, Any]:
    """All that a refused request could have left behind."""
    governor = Client(app, "gov")
    return {
        "requests": governor.get("/access-requests").json["items"],
        "grants": [governor.get(f"/grants?product={id}").json["items"] for id in ("asked", "both", "agreed", "quick")],
        "audit": governor.get("/audit?limit=1").json["items"],
        "told": [Client(app, id).get("/notifications").json["items"] for id in ("ann", "sam", "sue", "gov")],
    }


@pytest.mark.parametrize(
    ("who", "body", "refused"),
    [
        ("ann", {"product": "nowhere"}, (404, "not-found")),
        ("ann", {"product": "hidden"}, (404, "not-found")),
        ("ann", {"product": "draft"}, (404, "not-found")),
        ("ann", {"product": "asked"}, (422, "bad-answers")),
        ("ann", {"product": "asked", "answers": {"why": "x", "export": True}}, (422, "bad-answers")),
        ("ann", {"product": "asked", "answers": {"why": "x", "wy": "y"}}, (422, "bad-answers")),
        ("ann", {"product": "agreed"}, (422, "agreement-not-accepted")),
        ("ann", {"product": "both", "beneficiary": "nobody"}, (404, "not-found")),
        ("ann", {"product": "both", "beneficiary": "gone"}, (403, "forbidden")),
        ("ann", {"product": "both", "beneficiary": "bot"}, (403, "forbidden")),
        ("ann", {"product": "both", "accepts_agreement": "yes"}, (422, "invalid-input")),
        ("ann", {"product": "both", "type": "masking"}, (422, "invalid-input")),
        ("ann", {"product": "both", "answers": ["why"]}, (422, "invalid-input")),
        ("ann", {"product": "asked", "answers": {"why": "\ud800"}}, (422, "bad-answers")),
        ("ann", {}, (422, "invalid-input")),
        ("", {"product": "both"}, (401, "unauthenticated")),
        ("gone", {"product": "both"}, (403, "forbidden")),
    ],
)
def test_a_request_that_can_not_be_made_is_refused_whole(
    app: Flask, who: str, body: dict[str, object], refused: tuple[int, str]
) -> None:
    before = everything(app)
    assert refusal(Client(app, who).post("/access-requests", body)) == refused
    assert everything(app) == before


def test_a_second_request_for_the_same_is_refused_and_names_the_first(speak: Speak) -> None:
    first = speak("ann").post("/access-requests", {"product": "both"})
    second = speak("ann").post("/access-requests", {"product": "both"})
    assert refusal(second) == (409, "request-open")
    assert second.get_json(force=True)["request"] == first.json["id"]


def test_who_has_access_for_good_is_told_so(speak: Speak) -> None:
    speak("ann").post("/access-requests", {"product": "quick"})
    assert refusal(speak("ann").post("/access-requests", {"product": "quick"})) == (409, "already-granted")


def test_a_form_that_nobody_could_decide_by_is_refused_when_it_is_published(speak: Speak) -> None:
    form = {"name": "Nobody", "flow": {"kind": "listed", "sources": [{"kind": "user", "name": "gone"}]}}
    made = speak("gov").post("/request-forms", form).json
    product = speak("gov").post(
        "/data-products", {"name": "X", "domain": "sales", "form": made["id"], "sources": ["orders"]}
    )
    published = speak("gov").post(
        f"/data-products/{product.json['id']}/publish", headers={"If-Match": product.headers["ETag"]}
    )
    assert refusal(published) == (422, "nobody-can-decide")


@pytest.mark.parametrize(
    ("who", "body", "refused"),
    [
        pytest.param(
            "sam",
            YES | {"duration": "91 days"},
            (422, "over-maximum-duration"),
            marks=pytest.mark.requirement("R7", clause="over the maximum"),
        ),
        ("sam", YES | {"end": "2026-03-02T09:30:00Z"}, (422, "bad-term")),
        ("sam", YES | {"end": "2026-04-01T00:00:00"}, (422, "bad-term")),
        ("sam", YES | {"duration": "a while"}, (422, "bad-term")),
        ("sam", YES | {"duration": "1 day", "date": "2026-03-09"}, (422, "bad-term")),
        ("sam", YES | {"date": "2026-03-09", "zone": "Mars/Olympus"}, (422, "bad-term")),
        ("sam", {"verdict": "deny", "reason": "No.", "duration": "1 day"}, (422, "bad-term")),
        ("sam", {"verdict": "approve", "reason": " "}, (422, "reason-missing")),
        ("sam", {"verdict": "approve"}, (422, "invalid-input")),
        ("sam", {"verdict": "perhaps", "reason": "?"}, (422, "invalid-input")),
        ("sue", YES, (403, "not-a-steward")),
        ("gov", YES, (403, "not-a-steward")),
        ("ann", YES, (403, "not-a-steward")),
        ("", YES, (401, "unauthenticated")),
    ],
)
def test_a_determination_that_can_not_be_made_leaves_the_request_as_it_was(
    app: Flask, who: str, body: dict[str, object], refused: tuple[int, str]
) -> None:
    asked = Client(app, "ann").post("/access-requests", {"product": "asked"} | WHY)
    before = everything(app)
    answer = Client(app, who).post(f"/access-requests/{asked.json['id']}/determinations", body)
    assert refusal(answer) == refused
    assert everything(app) == before


def test_a_determination_on_a_request_that_is_not_there_is_not_found(speak: Speak) -> None:
    assert refusal(speak("sam").post("/access-requests/nowhere/determinations", YES)) == (404, "not-found")


def test_a_second_determination_by_the_same_steward_is_refused(any_app: Flask) -> None:
    asked = Client(any_app, "ann").post("/access-requests", {"product": "both"})
    address = f"/access-requests/{asked.json['id']}/determinations"
    Client(any_app, "sam").post(address, YES)
    before = everything(any_app)
    second = Client(any_app, "sam").post(address, {"verdict": "deny", "reason": "On second thoughts."})
    assert refusal(second) == (409, "already-determined")
    assert everything(any_app) == before


@pytest.mark.requirement("R3", clause="late determination")
@pytest.mark.requirement("R3", clause="a verdict never changes")
def test_a_late_determination_is_a_conflict_and_leaves_no_trace(any_app: Flask) -> None:
    asked = Client(any_app, "ann").post("/access-requests", {"product": "both"})
    address = f"/access-requests/{asked.json['id']}/determinations"
    Client(any_app, "sam").post(address, {"verdict": "deny", "reason": "No."})
    before = everything(any_app)
    late = Client(any_app, "sue").post(address, YES)
    assert refusal(late) == (409, "request-decided")
    assert late.get_json(force=True)["request_status"] == "denied"
    assert everything(any_app) == before


def test_a_determination_after_its_lapse_or_while_the_product_is_suspended_is_a_conflict(
    speak: Speak, clock: SetClock, marketplace: Marketplace
) -> None:
    asked = speak("ann").post("/access-requests", {"product": "both"})
    address = f"/access-requests/{asked.json['id']}/determinations"
    marketplace.products.suspend(person(marketplace, "gov"), "both")
    assert refusal(speak("sam").post(address, YES)) == (409, "product-not-published")
    marketplace.products.publish(person(marketplace, "gov"), "both")
    speak("sam").post(address, YES | {"end": "2026-03-02T10:00:00Z"})
    clock.advance(hours=1)
    assert refusal(speak("sue").post(address, YES)) == (409, "request-lapsed")


@pytest.mark.requirement("N4", clause="a difference decides nothing")
@pytest.mark.requirement("N4", clause="a difference is alarmed")
def test_where_the_engines_disagree_nothing_is_decided_and_nothing_of_the_facts_is_shown(
    any_app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = Client(any_app, "ann").post("/access-requests", {"product": "asked"} | WHY)
    address = f"/access-requests/{asked.json['id']}"
    before = Client(any_app, "gov").get(address).json
    right = Loops.evaluate
    with monkeypatch.context() as planted:
        planted.setattr(Loops, "evaluate", without_outcome(right))
        answer = Client(any_app, "sam").post(f"{address}/determinations", YES)
    assert refusal(answer) == (503, "engine-disagreement")
    assert set(answer.get_json(force=True)) == {"type", "title", "status", "detail", "code"}
    assert Client(any_app, "gov").get(address).json == before
    [alarm] = Client(any_app, "gov").get("/audit?limit=1").json["items"]
    assert (alarm["type"], alarm["subject"]) == ("rules.disagreed", asked.json["id"])
    assert Client(any_app, "sam").post(f"{address}/determinations", YES).json["status"] == "approved"


def without_outcome(right: Callable[..., Any]) -> Callable[..., Any]:
    """The loops, blind to one kind of conclusion."""

    def wrong(self: Loops, facts: Any) -> Any:
        return {fact: step for fact, step in right(self, facts).items() if fact[0] != "outcome"}

    return wrong


def test_a_grant_is_revoked_once_by_those_who_may_and_with_a_reason(any_app: Flask) -> None:
    Client(any_app, "ann").post("/access-requests", {"product": "quick"})
    [grant] = Client(any_app, "ann").get("/grants").json["items"]

    def revoke(who: str, reason: str) -> TestResponse:
        return Client(any_app, who).post(f"/grants/{grant['id']}/revoke", {"reason": reason})

    before = everything(any_app)
    assert refusal(revoke("ben", "I envy her.")) == (403, "forbidden")
    assert refusal(revoke("gov", "")) == (422, "reason-missing")
    assert everything(any_app) == before
    assert revoke("gov", "It was a mistake.").status_code == 200
    assert refusal(revoke("gov", "Again.")) == (409, "grant-over")
    assert refusal(Client(any_app, "gov").post("/grants/nowhere/revoke", {"reason": "?"})) == (404, "not-found")


def test_others_can_not_take_a_request_back(speak: Speak) -> None:
    asked = speak("ann").post("/access-requests", {"product": "both"})
    assert refusal(speak("sam").post(f"/access-requests/{asked.json['id']}/cancel")) == (403, "forbidden")
    assert refusal(speak("ann").post("/access-requests/nowhere/cancel")) == (404, "not-found")


def test_answers_that_do_not_fit_are_listed_as_every_other_field(speak: Speak) -> None:
    answer = speak("ann").post("/access-requests", {"product": "asked", "answers": {"export": "maybe"}})
    assert answer.get_json(force=True)["errors"] == [
        {"field": "answers.why", "detail": "an answer is required"},
        {"field": "answers.export", "detail": "has to be yes or no"},
    ]
