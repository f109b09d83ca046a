"""Several data products in one call, by what someone has access, and the steward's view."""

from __future__ import annotations

from flask import Flask

from placet.service.basket_items import MOST_ITEMS
from tests.api.client import Client
from tests.api.conftest import Speak


def test_several_products_are_asked_for_in_one_call_or_none_is(any_app: Flask) -> None:
    ann = Client(any_app, "ann")
    good = {"product": "asked", "answers": {"why": "Forecasts"}}
    bad = ann.post("/access-requests/batch", {"items": [{"product": "quick"}, {"product": "asked"}]})
    assert (bad.status_code, bad.json["code"], bad.json["product"]) == (422, "bad-answers", "asked")
    assert [one["field"] for one in bad.json["errors"]] == ["answers.why"]
    assert ann.get("/access-requests").json["items"] == []
    made = ann.post("/access-requests/batch", {"items": [{"product": "quick"}, good], "beneficiary": "ben"})
    assert made.status_code == 201
    assert [(one["product"], one["beneficiary"]) for one in made.json["items"]] == [("quick", "ben"), ("asked", "ben")]
    again = ann.post("/access-requests/batch", {"items": [{"product": "both"}, good], "beneficiary": "ben"})
    assert (again.status_code, again.json["code"], again.json["product"]) == (409, "request-open", "asked")


def test_a_call_asks_for_each_product_once_and_for_a_few(speak: Speak) -> None:
    ann = speak("ann")
    twice = ann.post("/access-requests/batch", {"items": [{"product": "both"}, {"product": "both"}]})
    assert (twice.status_code, twice.json["code"]) == (422, "bad-basket")
    many = ann.post("/access-requests/batch", {"items": [{"product": f"p{n}"} for n in range(MOST_ITEMS + 1)]})
    assert (many.status_code, many.json["code"]) == (422, "invalid-input")
    changed = ann.post("/access-requests/batch", {"items": [{"product": "both", "form": {"id": "two", "version": 9}}]})
    assert (changed.status_code, changed.json["code"], changed.json["product"]) == (409, "form-changed", "both")


def test_access_is_listed_with_each_way_in_to_its_owner_and_to_auditors(speak: Speak) -> None:
    speak("ann").post("/access-requests", {"product": "quick"})
    for found in (speak("ann").get("/access").json, speak("aud").get("/access?person=ann").json):
        (source,) = found["items"]
        assert (found["person"], found["next"], found["exceptions"]) == ("ann", None, [])
        assert (source["name"], source["readable"]) == ("shop.visits", True)
        (way,) = source["ways"]
        assert (way["product"], way["group"], way["status"], way["gives"], way["end"]) == (
            "quick",
            None,
            "active",
            True,
            None,
        )
    assert speak("max").get("/access?person=ann").status_code == 403
    assert speak("aud").get("/access?person=nobody").status_code == 404


def test_the_review_has_everything_for_stewards_and_is_not_found_by_others(speak: Speak) -> None:
    speak("ben").post("/access-requests", {"product": "quick"})
    asked = speak("ann").post("/access-requests", {"product": "both", "beneficiary": "ben"}).json["id"]
    found = speak("sam").get(f"/access-requests/{asked}/review").json
    assert found["request"]["id"] == asked
    assert {(one["person"], one["kind"], one["name"], one["then"], one["now"]) for one in found["held"]} == {
        ("ann", "group", "analysts", True, True),
        ("ben", "group", "analysts", True, True),
    }
    assert found["may_determine"]
    assert [one["called"] for one in found["stewards"]] == ["group:finance", "group:privacy"]
    assert [(one["name"], one["ways"]) for one in found["sources"]] == [("shop.orders", []), ("shop.refunds", [])]
    mine = speak("ann").get(f"/access-requests/{asked}/review").json
    assert [one["ways"] for one in mine["sources"]] == [None, None]
    assert speak("out").get(f"/access-requests/{asked}/review").status_code == 404


def test_a_steward_reads_the_agreement_as_it_was_accepted_and_the_decisions_before(speak: Speak) -> None:
    wanted = {"product": "agreed", "accepts_agreement": True}
    before = speak("ben").post("/access-requests", wanted).json["id"]
    speak("sam").post(f"/access-requests/{before}/determinations", {"verdict": "deny", "reason": "Not yet."})
    asked = speak("ann").post("/access-requests", wanted).json["id"]
    found = speak("sam").get(f"/access-requests/{asked}/review").json
    assert found["agreement"]["body"] == "Do not pass it on."
    (denial,) = found["denials"]
    assert (denial["request"], denial["beneficiary"]) == (before, "ben")
    assert [made["reason"] for made in denial["determinations"]] == ["Not yet."]
    assert speak("ann").get(f"/access-requests/{asked}/review").json["denials"] == []
