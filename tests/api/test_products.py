"""The life of a product over HTTP, and who overwrites whom."""

from __future__ import annotations

import pytest
from flask import Flask

from placet.service import Marketplace
from tests.api.client import Client, refusal
from tests.api.conftest import Speak
from tests.api.market import person

NEW = {"name": "Refunds", "domain": "sales", "form": "two", "sources": ["refunds"], "maximum": "30 days"}


def test_a_product_is_made_as_a_draft_published_changed_suspended_unpublished_and_deleted(any_app: Flask) -> None:
    manager, consumer = Client(any_app, "max"), Client(any_app, "ann")
    made = manager.post("/data-products", NEW)
    assert (made.status_code, made.json["state"], made.json["form_version"]) == (201, "draft", 1)
    address = f"/data-products/{made.json['id']}"
    assert made.headers["Location"] == f"/placet/api/v1{address}"
    assert refusal(consumer.get(address)) == (404, "not-found")

    def act(how: str, tag: str) -> tuple[str, str]:
        answer = manager.post(f"{address}/{how}", headers={"If-Match": tag})
        assert answer.status_code == 200, answer.text
        return answer.json["state"], answer.headers["ETag"]

    state, tag = act("publish", made.headers["ETag"])
    assert state == "published"
    assert consumer.get(address).json["maximum"] == "30 days"
    changed = manager.put(address, NEW | {"form_version": 1, "maximum": None}, headers={"If-Match": tag})
    assert (changed.json["maximum"], changed.json["state"]) == (None, "published")
    state, tag = act("suspend", changed.headers["ETag"])
    assert state == "suspended"
    assert consumer.get(address).status_code == 200
    state, tag = act("unpublish", tag)
    assert state == "unpublished"
    assert refusal(consumer.get(address)) == (404, "not-found")
    state, tag = act("publish", tag)
    assert manager.delete(address, headers={"If-Match": tag}).status_code == 204
    assert manager.get(address).json["state"] == "deleted"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("PUT", ""),
        ("DELETE", ""),
        ("POST", "/publish"),
        ("POST", "/suspend"),
        ("POST", "/unpublish"),
    ],
)
def test_a_product_is_not_changed_by_who_has_not_read_it_as_it_is(
    speak: Speak, marketplace: Marketplace, method: str, path: str
) -> None:
    body = None if method == "DELETE" else NEW | {"form_version": 1} if method == "PUT" else {}
    read = speak("max").get("/data-products/asked")

    def change(**headers: str) -> tuple[int, str]:
        return refusal(speak("max").send(method, f"/data-products/asked{path}", headers=headers, json=body))

    assert change() == (428, "if-match-missing")
    marketplace.products.suspend(person(marketplace, "gov"), "asked")
    marketplace.products.publish(person(marketplace, "gov"), "asked")
    now = speak("max").get("/data-products/asked")
    stale, current = read.headers["ETag"], now.headers["ETag"]
    assert stale != current
    assert change(**{"If-Match": stale}) == (412, "stale-revision")
    assert change(**{"If-Match": f"W/{stale}"}) == (412, "stale-revision")
    assert change(**{"If-Match": "asked"}) == (412, "stale-revision")
    assert speak("max").get("/data-products/asked").json == now.json


@pytest.mark.parametrize("tag", ["*", '"4711", {current}', "W/{current}"])
def test_if_match_may_name_whatever_is_there_or_several_or_what_a_proxy_made_of_it(speak: Speak, tag: str) -> None:
    current = speak("max").get("/data-products/asked").headers["ETag"]
    suspended = speak("max").post("/data-products/asked/suspend", headers={"If-Match": tag.format(current=current)})
    assert suspended.json["state"] == "suspended"


def test_a_change_between_reading_and_writing_is_still_a_failed_precondition(
    speak: Speak, marketplace: Marketplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    tag = speak("max").get("/data-products/asked").headers["ETag"]
    change = marketplace.products.change

    def quicker(*asked: object) -> object:
        monkeypatch.undo()
        marketplace.products.suspend(person(marketplace, "gov"), "asked")
        return change(*asked)

    monkeypatch.setattr(marketplace.products, "change", quicker)
    answer = speak("max").put("/data-products/asked", NEW | {"form_version": 1}, headers={"If-Match": tag})
    assert refusal(answer) == (412, "stale-revision")


@pytest.mark.parametrize(
    ("who", "said", "refused"),
    [
        ("ann", {}, (403, "forbidden")),
        ("max", {"domain": "web"}, (403, "forbidden")),
        ("gov", {"domain": "nowhere"}, (404, "not-found")),
        ("max", {"form": "nothing"}, (404, "not-found")),
        ("max", {"form_version": 9}, (404, "not-found")),
        ("max", {"form_version": 0}, (422, "invalid-input")),
        ("max", {"form_version": 10**400}, (422, "invalid-input")),
        ("max", {"form_version": "1"}, (422, "invalid-input")),
        ("max", {"name": "Asked product"}, (409, "already-there")),
        ("max", {"name": "ASKED  product"}, (409, "already-there")),
        ("max", {"sources": ["visits"]}, (422, "bad-data-product")),
        ("max", {"sources": ["nothing"]}, (422, "bad-data-product")),
        ("max", {"visible_to": ["nobody"]}, (422, "bad-data-product")),
        ("max", {"stewards": [{"kind": "user", "name": "sam"}]}, (422, "bad-data-product")),
        ("max", {"masking_form": "nothing"}, (404, "not-found")),
        ("max", {"masking_form_version": 1}, (422, "bad-data-product")),
        ("max", {"name": " "}, (422, "bad-data-product")),
        ("max", {"links": ["javascript:alert(1)"]}, (422, "bad-data-product")),
        ("max", {"maximum": "for ever"}, (422, "invalid-input")),
        ("max", {"maximum": 30}, (422, "invalid-input")),
        ("max", {"state": "published"}, (422, "invalid-input")),
        ("max", {"description": "\x00"}, (422, "bad-text")),
        ("max", {"stewards": [{"kind": "user"}]}, (422, "invalid-input")),
    ],
)
def test_a_product_that_can_not_be_is_refused(
    speak: Speak, who: str, said: dict[str, object], refused: tuple[int, str]
) -> None:
    before = speak("gov").get("/audit?limit=1").json
    assert refusal(speak(who).post("/data-products", NEW | said)) == refused
    assert speak("gov").get("/audit?limit=1").json == before


@pytest.mark.parametrize(("how", "product"), [("publish", "asked"), ("suspend", "draft"), ("unpublish", "draft")])
def test_a_step_that_is_not_possible_from_here_is_a_conflict(speak: Speak, how: str, product: str) -> None:
    answer = speak("max").post(f"/data-products/{product}/{how}", headers={"If-Match": "*"})
    assert refusal(answer) == (409, "wrong-state")


@pytest.mark.requirement("M1", clause="separate forms")
def test_a_product_has_a_second_form_if_one_is_named(speak: Speak) -> None:
    made = speak("max").post("/data-products", NEW | {"masking_form": "one"}).json
    assert (made["masking_form"], made["masking_form_version"]) == ("one", 1)
    said = NEW | {"form_version": 1}
    changed = speak("max").put(f"/data-products/{made['id']}", said, headers={"If-Match": "*"}).json
    assert (changed["masking_form"], changed["masking_form_version"]) == ("", 0)


def test_the_catalog_holds_what_the_reader_may_see_with_what_they_have_of_it(speak: Speak) -> None:
    speak("ann").post("/access-requests", {"product": "quick"})
    asked = speak("ann").post("/access-requests", {"product": "both"}).json
    catalog = {one["id"]: one for one in speak("ann").get("/data-products").json["items"]}
    assert set(catalog) == {"agreed", "asked", "both", "quick"}
    assert catalog["quick"]["grant"]["status"] == "active"
    assert (catalog["both"]["open_request"], catalog["asked"]["open_request"]) == (asked["id"], None)
    assert {one["id"] for one in speak("out").get("/data-products?search=hidden").json["items"]} == {"hidden"}
    assert [one["id"] for one in speak("ann").get("/data-products?domain=web").json["items"]] == ["quick"]


@pytest.mark.requirement("P4", clause="catalog")
@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("tag=PII", {"agreed", "asked", "both", "quick"}),
        ("tag=PI", set()),
        ("tag=Money&domain=web", {"quick"}),
        ("target=warehouse&search=both", {"both"}),
        ("target=lake", set()),
        ("standing=have", {"quick"}),
        ("standing=asked", {"both"}),
        ("standing=neither&limit=200", {"agreed", "asked"}),
    ],
)
def test_the_catalog_is_filtered(speak: Speak, query: str, found: set[str]) -> None:
    for product in ("quick", "both"):
        speak("ann").post("/access-requests", {"product": product})
    assert {one["id"] for one in speak("ann").get(f"/data-products?{query}").json["items"]} == found
    assert refusal(speak("ann").get("/data-products?standing=none")) == (422, "invalid-input")


def test_a_product_shows_its_form_and_sources_and_its_members_only_to_those_who_may_see_them(speak: Speak) -> None:
    speak("ann").post("/access-requests", {"product": "both"})
    speak("ann").post("/access-requests", {"product": "quick"})
    shown = speak("ann").get("/data-products/both").json
    assert shown["request_form"]["flow"]["quorum"] == "all"
    assert [one["name"] for one in shown["data_sources"]] == ["orders", "refunds"]
    column = {"id": 2, "name": "customer", "type": "text", "tags": ["PII.Name"], "confirmed": True}
    assert shown["data_sources"][0]["columns"][1] == column
    assert shown["left"] == []
    assert (shown["may_manage"], shown["may_see_members"]) == (False, False)
    assert len(shown["requests"]) == 1
    assert speak("ben").get("/data-products/both").json["requests"] == []
    seen = speak("gov").get("/data-products/quick").json
    assert [one["beneficiary"] for one in seen["members"]] == ["ann"]
    assert speak("ann").get("/data-products/quick").json["members"] == []
