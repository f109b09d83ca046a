"""Domains and data sources over HTTP: described, listed, tagged, imported, and refused."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.api.client import Client, refusal
from tests.api.conftest import Speak

CSV = "schema,table,column,type,tags\nshop,carts,,,Money.Carts\nshop,carts,id,bigint,\nshop,carts,mail,text,PII.Mail\n"
NEW = {
    "target": "lake",
    "schema": "raw",
    "name": "clicks",
    "columns": [{"name": "id"}, {"name": "who", "tags": ["PII"]}],
}


def names(client: Client, query: str) -> list[str]:
    return [one["name"] for one in client.get(f"/data-sources?{query}").json["items"]]


@pytest.mark.requirement("D3", clause="by API")
def test_a_source_is_described_read_described_anew_and_deleted(any_app: Flask) -> None:
    gov = Client(any_app, "gov")
    made = gov.post("/data-sources", NEW | {"id": "clicks", "domain": "web"})
    assert (made.status_code, made.json["id"], made.json["domains"]) == (201, "clicks", ["web"])
    assert [(one["id"], one["name"], one["confirmed"]) for one in made.json["columns"]] == [
        (1, "id", True),
        (2, "who", True),
    ]
    assert refusal(gov.post("/data-sources", NEW | {"id": "clicks"})) == (409, "already-there")
    assert refusal(gov.post("/data-sources", NEW)) == (409, "already-there")
    described = {"columns": [{"name": "who", "tags": ["PII"]}, {"name": "when"}], "tags": ["Web"]}
    assert refusal(gov.put("/data-sources/clicks", described)) == (428, "if-match-missing")
    changed = gov.put("/data-sources/clicks", described, headers={"If-Match": made.headers["ETag"]})
    assert [(one["id"], one["name"], one["tags"], one["confirmed"]) for one in changed.json["columns"]] == [
        (2, "who", ["PII"], True),
        (3, "when", [], False),
    ]
    stale = {"If-Match": made.headers["ETag"]}
    assert refusal(gov.delete("/data-sources/clicks", headers=stale)) == (412, "stale-revision")
    assert gov.delete("/data-sources/clicks", headers={"If-Match": changed.headers["ETag"]}).status_code == 204
    assert refusal(gov.get("/data-sources/clicks")) == (404, "not-found")


def test_a_source_that_a_product_holds_is_not_deleted(any_app: Flask) -> None:
    gov = Client(any_app, "gov")
    tag = gov.get("/data-sources/visits").headers["ETag"]
    assert refusal(gov.delete("/data-sources/visits", headers={"If-Match": tag})) == (409, "source-in-use")
    product = gov.get("/data-products/quick").headers["ETag"]
    assert gov.delete("/data-products/quick", headers={"If-Match": product}).status_code == 204
    assert gov.delete("/data-sources/visits", headers={"If-Match": tag}).status_code == 204
    assert gov.get("/data-products/quick").json["data_sources"] == []


def test_sources_are_listed_by_domain_tag_platform_and_words(any_app: Flask) -> None:
    gov = Client(any_app, "gov")
    gov.post("/data-sources", NEW)
    assert names(gov, "") == ["clicks", "orders", "refunds", "visits"]
    assert names(gov, "domain=web") == ["visits"]
    assert names(gov, "target=lake") == ["clicks"]
    assert names(gov, "tag=PII") == ["clicks", "orders", "refunds", "visits"]
    assert names(gov, "tag=PII.Name&search=ord") == ["orders"]
    first = gov.get("/data-sources?limit=2").json
    assert [one["name"] for one in first["items"]] == ["clicks", "orders"]
    assert names(gov, f"limit=2&cursor={first['next']}") == ["refunds", "visits"]
    assert refusal(gov.get("/data-sources?cursor=x")) == (422, "bad-cursor")
    assert names(Client(any_app, "ann"), "") == ["orders", "refunds", "visits"]


@pytest.mark.requirement("D3", clause="tags by API and file")
def test_tags_and_confirmations_are_given_by_who_has_seen_the_source(any_app: Flask) -> None:
    gov = Client(any_app, "gov")
    read = gov.get("/data-sources/orders")
    asked = {"tags": ["Money.Sales"], "columns": {"id": ["Key"]}}
    tagged = gov.put("/data-sources/orders/tags", asked, headers={"If-Match": read.headers["ETag"]})
    assert (tagged.json["tags"], [one["tags"] for one in tagged.json["columns"]]) == (
        ["Money.Sales"],
        [["Key"], ["PII.Name"]],
    )
    match = {"If-Match": tagged.headers["ETag"]}
    again = gov.put("/data-sources/orders/tags", {"columns": {"id": []}}, headers=match)
    assert again.json["tags"] == ["Money.Sales"], "what is left out keeps its tags"
    match = {"If-Match": again.headers["ETag"]}
    wrong = {"columns": {"nothing": ["Key"]}}
    assert refusal(gov.put("/data-sources/orders/tags", wrong, headers=match)) == (404, "not-found")
    assert refusal(gov.put("/data-sources/orders/tags", {"tags": ["a\nb"]}, headers=match)) == (422, "bad-tag")
    assert refusal(gov.post("/data-sources/orders/confirm", {"columns": [9]}, headers=match)) == (404, "not-found")
    assert gov.post("/data-sources/orders/confirm", {"columns": [1]}, headers=match).status_code == 200
    ann = Client(any_app, "ann")
    assert refusal(ann.put("/data-sources/orders/tags", {"tags": []}, headers=match)) == (403, "forbidden")
    assert refusal(ann.post("/data-sources/orders/confirm", {"columns": [1]}, headers=match)) == (403, "forbidden")


@pytest.mark.requirement("D1", clause="dynamic domains refuse changes by hand")
def test_a_domain_is_made_changed_filled_and_deleted(any_app: Flask) -> None:
    gov = Client(any_app, "gov")
    made = gov.post("/domains", {"id": "money", "name": "Money", "tags": ["Money"]})
    assert (made.json["dynamic"], names(gov, "domain=money")) == (True, ["orders", "refunds", "visits"])
    moved = gov.post("/domains/money/sources", {"take_out": ["orders"]})
    assert refusal(moved) == (409, "dynamic-domain")
    assert moved.get_json(force=True)["tags"] == ["Money"]
    fixed = gov.put("/domains/money", {"name": "Money"}, headers={"If-Match": made.headers["ETag"]})
    assert gov.post("/domains/money/sources", {"take_out": ["orders"]}).json == {"entered": [], "left": ["orders"]}
    assert names(gov, "domain=money") == ["refunds", "visits"]
    assert refusal(gov.delete("/domains/sales", headers={"If-Match": "*"})) == (409, "domain-in-use")
    assert gov.delete("/domains/money", headers={"If-Match": fixed.headers["ETag"]}).status_code == 204
    assert refusal(gov.get("/domains/money")) == (404, "not-found")
    page = gov.get("/domains?limit=1").json
    assert [one["name"] for one in page["items"]] == ["Sales"]
    assert [one["name"] for one in gov.get(f"/domains?cursor={page['next']}").json["items"]] == ["Web"]


@pytest.mark.requirement("D2", clause="a source that leaves is told")
def test_a_product_says_which_of_its_sources_left_its_domain(speak: Speak) -> None:
    speak("gov").post("/domains/sales/sources", {"take_out": ["refunds"]})
    assert speak("ann").get("/data-products/both").json["left"] == ["refunds"]
    told = [one["message"] for one in speak("max").get("/notifications").json["items"]]
    assert "The data sources of Both product have changed. Left its domain: shop.refunds." in told


def test_a_file_is_tried_and_then_imported(speak: Speak) -> None:
    asked = {"format": "csv", "content": CSV, "target": "lake", "domain": "web"}
    looked = speak("gov").post("/data-sources/import-file", asked | {"dry_run": True}).json
    assert (looked["count"], looked["sources"][0]["state"], looked["sources"][0]["id"]) == (1, "new", "")
    assert names(speak("gov"), "search=carts") == []
    taken = speak("gov").post("/data-sources/import-file", asked).json
    assert speak("gov").get(f"/data-sources/{taken['sources'][0]['id']}").json["name"] == "carts"
    bad = asked | {"format": "odcs"}
    assert refusal(speak("gov").post("/data-sources/import-file", bad)) == (422, "bad-import")
    assert refusal(speak("max").post("/data-sources/import-file", asked)) == (403, "forbidden")
