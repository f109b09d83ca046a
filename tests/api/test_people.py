"""People and groups over HTTP; what follows from their changes stands in the tests of the service."""

from __future__ import annotations

import pytest
from flask import Flask

from placet.service import Marketplace
from tests.api.client import Client, refusal
from tests.api.conftest import Speak
from tests.api.market import person

ZOE = {
    "id": "zoe",
    "name": "Zoe",
    "email": "zoe@example.org",
    "groups": ["finance"],
    "attributes": {"floor": ["1", "2"]},
    "permissions": ["AUDIT"],
    "domain_permissions": [{"domain": "sales", "permission": "manage-tags"}],
}
DESCRIBED = {name: value for name, value in ZOE.items() if name != "id"}


@pytest.mark.requirement("P3", clause="our own tables")
def test_someone_is_made_read_described_anew_and_let_in_and_out(any_app: Flask) -> None:
    speak = Client(any_app, "gov")
    made = speak.post("/people", ZOE)
    assert (made.status_code, made.headers["Location"]) == (201, "/placet/api/v1/people/zoe")
    read = speak.get("/people/zoe")
    assert read.json == made.json
    assert {name: read.json[name] for name in DESCRIBED} == DESCRIBED
    assert read.json["effective"]["permissions"] == ["AUDIT"]
    tag = {"If-Match": read.headers["ETag"]}
    changed = speak.put("/people/zoe", {"name": "Zoe Z."}, headers=tag)
    assert (changed.json["name"], changed.json["permissions"], changed.json["groups"]) == ("Zoe Z.", [], [])
    assert refusal(speak.put("/people/zoe", DESCRIBED, headers=tag)) == (412, "stale-revision")
    assert refusal(speak.put("/people/zoe", DESCRIBED)) == (428, "if-match-missing")
    gone = speak.post("/people/zoe/deactivate", headers={"If-Match": changed.headers["ETag"]})
    assert not gone.json["active"]
    assert refusal(Client(any_app, "zoe").get("/people")) == (403, "forbidden")
    back = speak.post("/people/zoe/reactivate", headers={"If-Match": gone.headers["ETag"]})
    assert back.json["active"]
    assert Client(any_app, "zoe").get("/people/zoe").json["pending_requests"] == 0


@pytest.mark.parametrize(
    ("said", "refused"),
    [
        (ZOE | {"id": "ann"}, (409, "already-there")),
        (ZOE | {"groups": ["nowhere"]}, (404, "not-found")),
        (ZOE | {"owner": "ann"}, (422, "bad-person")),
        (ZOE | {"kind": "service-account"}, (422, "bad-person")),
        (ZOE | {"kind": "service-account", "owner": "gone"}, (409, "owner-inactive")),
        (ZOE | {"permissions": ["KING"]}, (422, "invalid-input")),
        (ZOE | {"active": "yes"}, (422, "invalid-input")),
        (ZOE | {"attributes": {"floor": "1"}}, (422, "invalid-input")),
    ],
)
def test_nobody_can_be_as_no_one_is(speak: Speak, said: dict[str, object], refused: tuple[int, str]) -> None:
    assert refusal(speak("gov").post("/people", said)) == refused


def test_who_does_not_manage_people_finds_the_active_and_reads_themselves(speak: Speak) -> None:
    found = speak("ann").get("/people?search=steward").json["items"]
    assert [(one["id"], one["name"], set(one)) for one in found] == [
        ("sam", "Sam Steward", {"id", "name", "email", "kind", "active"}),
        ("sue", "Sue Steward", {"id", "name", "email", "kind", "active"}),
    ]
    assert "gone" not in [one["id"] for one in speak("ann").get("/people").json["items"]]
    assert refusal(speak("ann").get("/people?group=finance")) == (403, "forbidden")
    assert refusal(speak("ann").get("/people?active=false")) == (403, "forbidden")
    assert refusal(speak("ann").get("/people/sam")) == (404, "not-found")
    assert speak("ann").get("/people/ann").json["groups"] == ["analysts"]
    assert speak("ben").get("/people/bot").json["owner"] == "ben"
    assert refusal(speak("ann").post("/people", ZOE)) == (403, "forbidden")
    assert refusal(speak("ann").get("/groups")) == (403, "forbidden")


def test_people_are_listed_page_by_page_and_by_what_they_are(speak: Speak) -> None:
    first = speak("gov").get("/people?limit=4")
    rest = speak("gov").get("/people?limit=200&cursor=" + first.json["next"]).json
    ids = [one["id"] for one in (*first.json["items"], *rest["items"])]
    assert ids == sorted(ids)
    assert len(ids) == 11
    assert 'rel="next"' in first.headers["Link"]
    assert [one["id"] for one in speak("gov").get("/people?active=false").json["items"]] == ["gone"]
    assert [one["id"] for one in speak("gov").get("/people?kind=service-account").json["items"]] == ["bot"]
    assert [one["id"] for one in speak("gov").get("/people?group=finance").json["items"]] == ["sam"]
    assert refusal(speak("gov").get("/people?cursor=x")) == (422, "bad-cursor")


def test_nobody_locks_everyone_out(any_app: Flask) -> None:
    speak = Client(any_app, "gov")
    tag = {"If-Match": speak.get("/people/gov").headers["ETag"]}
    before = speak.get("/audit?limit=1").json
    assert refusal(speak.post("/people/gov/deactivate", headers=tag)) == (409, "last-user-admin")
    assert refusal(speak.put("/people/gov", {"name": "Gus"}, headers=tag)) == (409, "last-user-admin")
    assert speak.get("/audit?limit=1").json == before


def test_a_group_is_made_filled_described_anew_and_deleted(any_app: Flask) -> None:
    speak = Client(any_app, "gov")
    made = speak.post("/groups", {"id": "maps", "name": "Map makers", "permissions": ["AUDIT"]})
    assert (made.status_code, made.headers["Location"]) == (201, "/placet/api/v1/groups/maps")
    assert speak.put("/groups/maps/members/ann", {}).json["members"] == 1
    assert [one["id"] for one in speak.get("/groups/maps/members").json["items"]] == ["ann"]
    assert Client(any_app, "ann").get("/people/ann").json["effective"]["permissions"] == ["AUDIT"]
    tag = {"If-Match": speak.get("/groups/maps").headers["ETag"]}
    assert speak.put("/groups/maps", {"name": "Maps"}, headers=tag).json["permissions"] == []
    assert refusal(speak.delete("/groups/maps", headers=tag)) == (412, "stale-revision")
    assert refusal(speak.put("/groups/maps/members/nobody", {})) == (404, "not-found")
    assert speak.delete("/groups/maps/members/ann").status_code == 204
    assert speak.delete("/groups/maps", headers={"If-Match": speak.get("/groups/maps").headers["ETag"]}).data == b""
    assert refusal(speak.get("/groups/maps")) == (404, "not-found")
    assert [one["id"] for one in speak.get("/groups?search=fin").json["items"]] == ["finance"]


def test_a_file_is_tried_and_then_imported(any_app: Flask) -> None:
    speak = Client(any_app, "gov")
    text = "id,name,active\nzoe,Zoe,\nann,Ann Lee,no\n"
    tried = speak.post("/people/import", {"text": text, "dry_run": True}).json
    assert (tried["added"], tried["changed"], tried["deactivated"]) == (["zoe"], ["ann"], ["ann"])
    assert refusal(speak.get("/people/zoe")) == (404, "not-found")
    assert speak.post("/people/import", {"text": text}).json == tried | {"dry_run": False}
    assert not speak.get("/people/ann").json["active"]
    wrong = {"text": "id,active\nx,perhaps\ny,perhaps\n"}
    assert len(speak.post("/people/import", wrong | {"dry_run": True}).json["problems"]) == 2
    refused = speak.post("/people/import", wrong)
    assert refusal(refused) == (422, "bad-import")
    assert len(refused.get_json(force=True)["problems"]) == 2


@pytest.mark.requirement("P3", clause="stewards can be listed")
def test_whom_a_steward_source_names_is_listed_for_those_who_make_forms(speak: Speak) -> None:
    address = "/stewards?kind=group&name=finance"
    for who in ("gov", "max"):
        assert [one["name"] for one in speak(who).get(address).json["items"]] == ["Sam Steward"]
    assert speak("gov").get("/stewards?kind=domain-permission&name=manage-data-products&value=sales").json["items"]
    assert refusal(speak("ann").get(address)) == (403, "forbidden")
    assert refusal(speak("gov").get("/stewards?kind=king&name=x")) == (422, "invalid-input")


@pytest.mark.requirement("R12", clause="requests are canceled")
def test_requests_of_who_is_deactivated_are_canceled(speak: Speak, marketplace: Marketplace) -> None:
    asked = speak("ann").post("/access-requests", {"product": "both"}).json
    tag = {"If-Match": speak("gov").get("/people/ann").headers["ETag"]}
    speak("gov").post("/people/ann/deactivate", headers=tag)
    assert speak("gov").get(f"/access-requests/{asked['id']}").json["status"] == "canceled"
    assert not person(marketplace, "ann").active
