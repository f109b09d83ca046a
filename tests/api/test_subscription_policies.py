"""Subscription policies over HTTP: their life, what they would mean, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from tests.api.client import Client, refusal
from tests.api.conftest import Speak

NEW: dict[str, Any] = {
    "name": "Analysts read",
    "kind": "allow",
    "scope": {"source": "orders"},
    "who": {"group": "analysts"},
}


def test_a_policy_is_made_read_listed_changed_and_retired(any_app: Flask) -> None:
    governor = Client(any_app, "gov")
    made = governor.post("/subscription-policies", NEW)
    assert made.status_code == 201
    said = {**NEW, "description": "", "revision": 1, "active": True}
    assert {name: made.json[name] for name in said} == said
    address = f"/subscription-policies/{made.json['id']}"
    assert made.headers["Location"] == f"/placet/api/v1{address}"

    read = governor.get(address)
    assert read.headers["ETag"] == made.headers["ETag"]
    assert (read.json["sources"], read.json["others"]) == ([{"id": "orders", "name": "shop.orders"}], False)
    assert read.json["may_manage"] is True

    guard = {"name": "PII", "kind": "guardrail", "scope": {"tag": "PII"}, "who": {"not": {"group": "out"}}}
    changed = governor.put(address, guard, headers={"If-Match": made.headers["ETag"]})
    assert (changed.status_code, changed.json["revision"]) == (200, 2)
    assert {name: changed.json[name] for name in guard} == guard
    assert [one["id"] for one in governor.get("/subscription-policies").json["items"]] == [made.json["id"]]

    assert governor.delete(address, headers={"If-Match": changed.headers["ETag"]}).status_code == 204
    assert governor.get("/subscription-policies").json["items"] == []
    [retired] = governor.get("/subscription-policies?active=false").json["items"]
    assert (retired["id"], retired["active"]) == (made.json["id"], False)
    assert refusal(governor.delete(address, headers={"If-Match": "*"})) == (409, "wrong-state")


def test_what_it_would_mean_is_told_before_it_is_in_force_and_before_it_is_retired(speak: Speak) -> None:
    told = speak("gov").post("/subscription-policies/preview", NEW)
    assert told.status_code == 200
    assert (told.json["gains"], told.json["loses"]) == (len(told.json["sources"][0]["gains"]["first"]), 0)
    assert told.json["gains"] > 0
    assert speak("gov").get("/subscription-policies").json["items"] == []
    made = speak("gov").post("/subscription-policies", NEW).json
    again = speak("gov").post("/subscription-policies/preview", NEW | {"id": made["id"]})
    assert (again.json["gains"], again.json["sources"]) == (0, [])
    gone = speak("gov").get(f"/subscription-policies/{made['id']}/retirement")
    assert (gone.json["gains"], gone.json["loses"]) == (0, told.json["gains"])


def test_what_a_data_policy_would_mean_is_told_as_well(speak: Speak) -> None:
    speak("gov").post("/subscription-policies", NEW)
    rows = {"name": "Rows", "filter": {"in": {"attribute": "region"}}, "scope": {"source": "orders", "columns": [2]}}
    told = speak("gov").post("/data-policies/preview", rows).json
    assert told["sources"][0]["fewer_rows"]["count"] > 0
    made = speak("gov").post("/data-policies", rows)
    assert (made.status_code, made.json["filter"], made.json["mask"]) == (201, rows["filter"], None)
    gone = speak("gov").get(f"/data-policies/{made.json['id']}/retirement").json
    assert gone["sources"][0]["more_rows"] == told["sources"][0]["fewer_rows"]


@pytest.mark.parametrize(
    ("changed", "code", "told"),
    [
        ({"kind": "deny"}, "invalid-input", "kind"),
        ({"scope": {}}, "invalid-input", "exactly one of"),
        ({"scope": {"source": "orders", "tag": "PII"}}, "invalid-input", "exactly one of"),
        ({"scope": {"source": "orders", "columns": [1]}}, "invalid-input", "scope.columns"),
        ({"scope": {"tag": "HR..Pay"}}, "bad-data-policy", "no tag"),
        ({"who": None}, "invalid-input", "who"),
        ({"who": {"role": "x"}}, "invalid-input", "no kind of condition"),
        ({"name": ""}, "invalid-input", "name"),
    ],
    ids=str,
)
def test_what_is_no_policy_is_refused(speak: Speak, changed: dict[str, object], code: str, told: str) -> None:
    for address in ("/subscription-policies", "/subscription-policies/preview"):
        answer = speak("gov").post(address, NEW | changed)
        assert refusal(answer) == (422, code)
        assert told in answer.json["detail"]


@pytest.mark.parametrize(
    ("filter", "told"),
    [({"like": "x"}, "one of"), ({"=": 1e30}, "15 digits"), ({"in": {"attribute": 5}}, "a value is a text")],
    ids=str,
)
def test_what_is_no_row_filter_is_refused(speak: Speak, filter: dict[str, object], told: str) -> None:
    scope = {"source": "orders", "columns": [2]}
    answer = speak("gov").post("/data-policies", {"name": "Rows", "filter": filter, "scope": scope})
    assert refusal(answer) == (422, "invalid-input")
    assert told in answer.json["detail"]


def test_a_policy_has_a_mask_or_a_filter(speak: Speak) -> None:
    scope = {"source": "orders", "columns": [2]}
    both = {"mask": {"kind": "null"}, "filter": {"=": "x"}}
    for effect in ({}, both):
        assert refusal(speak("gov").post("/data-policies", {"name": "X", "scope": scope, **effect})) == (
            422,
            "bad-data-policy",
        )


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
def test_a_policy_is_not_changed_by_who_has_not_read_it_as_it_is(speak: Speak, method: str) -> None:
    made = speak("gov").post("/subscription-policies", NEW)
    address, body = f"/subscription-policies/{made.json['id']}", NEW if method == "PUT" else None
    speak("gov").put(address, NEW | {"name": "Other"}, headers={"If-Match": made.headers["ETag"]})
    late = speak("gov").send(method, address, headers={"If-Match": made.headers["ETag"]}, json=body)
    assert refusal(late) == (412, "stale-revision")
    assert refusal(speak("gov").send(method, address, json=body)) == (428, "if-match-missing")
