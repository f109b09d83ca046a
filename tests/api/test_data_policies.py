"""Data policies over HTTP: their life, their conditions, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from placet.service import Marketplace
from tests.api.client import Client, refusal
from tests.api.conftest import Speak

NOT_OUT = {"all": [{"group": "analysts"}, {"not": {"attribute": {"key": "contract", "value": "ended"}}}]}
NEW: dict[str, Any] = {
    "name": "Customers",
    "mask": {"kind": "partial", "first": 1, "last": 0},
    "scope": {"source": "orders", "columns": [2]},
    "everyone_except": NOT_OUT,
}


def test_a_policy_is_made_read_listed_changed_and_retired(any_app: Flask) -> None:
    governor = Client(any_app, "gov")
    made = governor.post("/data-policies", NEW)
    assert made.status_code == 201
    said = {**NEW, "description": "", "for_everyone_who": None, "revision": 1, "active": True}
    assert {name: made.json[name] for name in said} == said
    address = f"/data-policies/{made.json['id']}"
    assert made.headers["Location"] == f"/placet/api/v1{address}"

    read = governor.get(address)
    assert read.headers["ETag"] == made.headers["ETag"]
    assert {name: read.json[name] for name in said} == said
    [source] = read.json["sources"]
    assert (source["source"], source["name"]) == ("orders", "shop.orders")
    assert [one["column"]["name"] for one in source["columns"]] == ["customer"]
    assert (read.json["others"], read.json["may_manage"]) == (False, True)

    tagged = {"name": "Names", "mask": {"kind": "hash"}, "scope": {"tag": "PII"}, "for_everyone_who": {"group": "out"}}
    changed = governor.put(address, tagged, headers={"If-Match": made.headers["ETag"]})
    assert (changed.status_code, changed.json["revision"], changed.json["everyone_except"]) == (200, 2, None)
    assert {name: changed.json[name] for name in tagged} == tagged
    assert [one["id"] for one in governor.get("/data-policies").json["items"]] == [made.json["id"]]

    assert governor.delete(address, headers={"If-Match": changed.headers["ETag"]}).status_code == 204
    assert governor.get("/data-policies").json["items"] == []
    [retired] = governor.get("/data-policies?active=false").json["items"]
    assert (retired["id"], retired["active"]) == (made.json["id"], False)
    assert refusal(governor.delete(address, headers={"If-Match": "*"})) == (409, "wrong-state")


def test_what_is_read_can_be_sent_back_as_it_is(speak: Speak) -> None:
    domain = {"name": "Sales", "mask": {"kind": "rounding", "places": -2}, "scope": {"domain": "sales"}}
    for body in (NEW, domain, domain | {"name": "C", "mask": {"kind": "constant", "text": ""}}):
        made = speak("gov").post("/data-policies", body)
        again = {name: made.json[name] for name in (*body, "description", "everyone_except", "for_everyone_who")}
        address = f"/data-policies/{made.json['id']}"
        assert speak("gov").put(address, again, headers={"If-Match": made.headers["ETag"]}).status_code == 200


@pytest.mark.parametrize(
    ("changed", "code", "told"),
    [
        ({"mask": {"kind": "magic"}}, "invalid-input", "mask.kind"),
        ({"mask": {"kind": "partial", "first": 1}}, "bad-data-policy", "`first` and `last`"),
        ({"mask": {"kind": "partial", "first": "1", "last": 1}}, "invalid-input", "mask.first"),
        ({"mask": {"kind": "null", "text": "x"}}, "bad-data-policy", "no parameters"),
        ({"mask": {"kind": "hash", "sql": "x"}}, "invalid-input", "mask.sql"),
        ({"scope": {}}, "invalid-input", "exactly one of"),
        ({"scope": {"source": "orders"}}, "invalid-input", "exactly one of"),
        ({"scope": {"source": "orders", "columns": []}}, "invalid-input", "scope.columns"),
        ({"scope": {"source": "orders", "columns": [2], "tag": "PII"}}, "invalid-input", "exactly one of"),
        ({"scope": {"tag": "PII", "domain": "sales"}}, "invalid-input", "exactly one of"),
        ({"scope": {"source": "orders", "columns": [9]}}, "bad-data-policy", "no column"),
        ({"scope": {"tag": "HR..Pay"}}, "bad-data-policy", "no tag"),
        ({"everyone_except": {"all": []}}, "invalid-input", "everyone_except"),
        ({"everyone_except": {"role": "x"}}, "invalid-input", "no kind of condition"),
        ({"everyone_except": "analysts"}, "invalid-input", "no condition"),
        ({"for_everyone_who": {"group": "out"}}, "bad-data-policy", "one of both"),
        ({"name": ""}, "invalid-input", "name"),
    ],
    ids=str,
)
def test_what_is_no_policy_is_refused(speak: Speak, changed: dict[str, object], code: str, told: str) -> None:
    answer = speak("gov").post("/data-policies", NEW | changed)
    assert refusal(answer) == (422, code)
    assert told in answer.json["detail"]
    assert speak("gov").get("/data-policies").json["items"] == []


def test_a_condition_as_deep_as_a_body_can_be_is_refused(speak: Speak) -> None:
    condition: dict[str, object] = {"group": "analysts"}
    for _ in range(200):
        condition = {"not": condition}
    assert refusal(speak("gov").post("/data-policies", NEW | {"everyone_except": condition})) == (422, "invalid-input")


@pytest.mark.parametrize("scope", [{"source": "none", "columns": [1]}, {"domain": "none"}])
def test_what_a_policy_is_on_has_to_be_there(speak: Speak, scope: dict[str, object]) -> None:
    assert refusal(speak("gov").post("/data-policies", NEW | {"scope": scope})) == (404, "not-found")


def test_a_name_in_force_is_taken(speak: Speak) -> None:
    assert speak("gov").post("/data-policies", NEW).status_code == 201
    assert refusal(speak("gov").post("/data-policies", NEW)) == (409, "already-there")


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
def test_a_policy_is_not_changed_by_who_has_not_read_it_as_it_is(speak: Speak, method: str) -> None:
    made = speak("gov").post("/data-policies", NEW)
    address, body = f"/data-policies/{made.json['id']}", NEW if method == "PUT" else None

    def change(**headers: str) -> tuple[int, str]:
        return refusal(speak("gov").send(method, address, headers=headers, json=body))

    assert change() == (428, "if-match-missing")
    speak("gov").put(address, NEW | {"name": "Other"}, headers={"If-Match": made.headers["ETag"]})
    assert change(**{"If-Match": made.headers["ETag"]}) == (412, "stale-revision")
    assert speak("gov").get(address).json["name"] == "Other"


@pytest.mark.parametrize("who", ["ann", "max", "ops", "sam", "out"])
def test_policies_are_for_those_who_govern_them(speak: Speak, who: str) -> None:
    made = speak("gov").post("/data-policies", NEW)
    address = f"/data-policies/{made.json['id']}"
    match = {"If-Match": made.headers["ETag"]}
    assert refusal(speak(who).get("/data-policies")) == (403, "forbidden")
    assert refusal(speak(who).get(address)) == (403, "forbidden")
    assert refusal(speak(who).post("/data-policies", NEW | {"name": "Mine"})) == (403, "forbidden")
    assert refusal(speak(who).put(address, NEW, headers=match)) == (403, "forbidden")
    assert refusal(speak(who).delete(address, headers=match)) == (403, "forbidden")


def test_an_auditor_reads_them_and_changes_nothing(speak: Speak) -> None:
    made = speak("gov").post("/data-policies", NEW)
    read = speak("aud").get(f"/data-policies/{made.json['id']}")
    assert (read.status_code, read.json["may_manage"]) == (200, False)
    assert refusal(speak("aud").post("/data-policies", NEW | {"name": "Mine"})) == (403, "forbidden")


def test_pages_lead_on_to_each_other(speak: Speak, marketplace: Marketplace) -> None:
    for name in ("b", "a", "c"):
        speak("gov").post("/data-policies", NEW | {"name": name})
    first = speak("gov").get("/data-policies?limit=2")
    assert [one["name"] for one in first.json["items"]] == ["a", "b"]
    second = speak("gov").get(f"/data-policies?limit=2&cursor={first.json['next']}")
    assert ([one["name"] for one in second.json["items"]], second.json["next"]) == (["c"], None)
    assert refusal(speak("gov").get("/data-policies?cursor=x")) == (422, "bad-cursor")
