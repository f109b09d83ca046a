"""Domains, data sources, notifications, the audit trail, webhooks and health."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask

from placet.service import Marketplace
from tests.api.client import Client, refusal
from tests.api.conftest import Speak, with_placet
from tests.api.market import person


def test_domains_are_made_by_governance_and_listed_for_all(speak: Speak) -> None:
    made = speak("gov").post("/domains", {"name": "People", "description": "Who works here"})
    assert made.status_code == 201
    assert [one["name"] for one in speak("ann").get("/domains").json["items"]] == ["People", "Sales", "Web"]
    assert refusal(speak("max").post("/domains", {"name": "Mine"})) == (403, "forbidden")
    assert refusal(speak("gov").post("/domains", {"name": " "})) == (422, "bad-data-product")
    assert refusal(speak("gov").post("/domains", {"nme": "x"})) == (422, "invalid-input")


def test_data_sources_are_listed_and_read(speak: Speak) -> None:
    listed = speak("ann").get("/data-sources?domain=web").json["items"]
    assert [one["id"] for one in listed] == ["visits"]
    assert speak("ann").get("/data-sources/visits").json == listed[0]
    assert listed[0]["tags"] == ["Money"]
    assert len(speak("ann").get("/data-sources").json["items"]) == 3
    assert refusal(speak("ann").get("/data-sources/nothing")) == (404, "not-found")


def test_tags_are_imported_all_or_none(speak: Speak) -> None:
    head = "schema,table,column,tags\n"
    tagged = speak("gov").post("/data-sources/import-tags", {"csv": head + "shop,orders,customer,PII.Name Trial\n"})
    assert tagged.json == {"count": 1}
    assert speak("gov").get("/data-sources/orders").json["columns"][1]["tags"] == ["PII.Name", "Trial"]
    wrong = head + "shop,orders,,\nshop,lost,,Trial\n"
    assert refusal(speak("gov").post("/data-sources/import-tags", {"csv": wrong})) == (404, "not-found")
    assert speak("gov").get("/data-sources/orders").json["tags"] == ["Money"]
    assert refusal(speak("gov").post("/data-sources/import-tags", {"csv": head})) == (422, "bad-import")
    assert refusal(speak("max").post("/data-sources/import-tags", {"csv": head + "shop,orders,,x\n"})) == (
        403,
        "forbidden",
    )


def test_a_catalog_of_a_platform_that_nobody_named_is_not_imported(speak: Speak) -> None:
    asked = {"target": "warehouse", "schema": "shop", "domain": "sales"}
    assert refusal(speak("gov").post("/data-sources/import", asked)) == (404, "not-found")
    assert refusal(speak("max").post("/data-sources/import", asked)) == (403, "forbidden")


def test_stewards_are_told_of_a_request_and_mark_that_as_read_once(speak: Speak) -> None:
    asked = speak("ann").post("/access-requests", {"product": "both"}).json
    [told] = [one for one in speak("sam").get("/notifications").json["items"] if one["subject"] == asked["id"]]
    assert (told["type"], told["read_at"]) == ("access_request.created", None)
    unread = speak("sam").get("/notifications").json["unread"]
    assert refusal(speak("sue").post(f"/notifications/{told['id']}/read")) == (404, "not-found")
    assert speak("sam").post(f"/notifications/{told['id']}/read").status_code == 204
    assert speak("sam").get("/notifications").json["unread"] == unread - 1
    assert refusal(speak("sam").post(f"/notifications/{told['id']}/read")) == (404, "not-found")


@pytest.mark.requirement("P4", clause="audit")
def test_the_audit_trail_is_read_newest_first_by_those_who_may(speak: Speak) -> None:
    speak("ann").post("/access-requests", {"product": "both"})
    first, second = speak("aud").get("/audit?limit=2").json["items"]
    assert (first["type"], first["actor"], first["data"]["product"]) == ("access_request.created", "ann", "both")
    assert (first["previous"], first["sequence"]) == (second["hash"], second["sequence"] + 1)
    assert refusal(speak("max").get("/audit")) == (403, "forbidden")


def test_webhooks_are_added_listed_without_their_secret_and_removed(speak: Speak) -> None:
    added = speak("ops").post(
        "/webhooks", {"url": "https://hooks.example/placet", "types": ["access_request.approved"]}
    )
    assert added.status_code == 201
    assert added.json["secret"].startswith("whsec_")
    [listed] = speak("ops").get("/webhooks").json["items"]
    assert "secret" not in listed
    assert listed == {name: value for name, value in added.json.items() if name != "secret"}
    assert speak("ops").delete(f"/webhooks/{listed['id']}").status_code == 204
    assert speak("ops").get("/webhooks").json["items"] == []
    assert refusal(speak("ops").delete(f"/webhooks/{listed['id']}")) == (404, "not-found")


@pytest.mark.parametrize(
    ("who", "said", "refused"),
    [
        ("gov", {"url": "https://hooks.example"}, (403, "forbidden")),
        ("ops", {"url": "ftp://hooks.example"}, (422, "bad-webhook-url")),
        ("ops", {"url": "https://hooks.example", "types": ["access_request.aproved"]}, (422, "bad-event-types")),
        ("ops", {"url": "http://127.0.0.1/"}, (422, "forbidden-address")),
    ],
)
def test_a_webhook_that_can_not_be_is_refused(
    speak: Speak, who: str, said: dict[str, object], refused: tuple[int, str]
) -> None:
    assert refusal(speak(who).post("/webhooks", said)) == refused
    assert speak("ops").get("/webhooks").json["items"] == []


def test_health_needs_no_one_to_sign_in(any_app: Flask) -> None:
    assert Client(any_app).get("/health/live").json["ready"]
    ready = Client(any_app).get("/health/ready")
    assert (ready.status_code, ready.json) == (
        200,
        {"ready": True, "checks": {"database": "ok", "engines": "ok"}, "warnings": []},
    )


def test_a_server_without_its_tables_is_alive_and_not_ready(app: Flask, database: str) -> None:
    Path(database.removeprefix("sqlite:///")).unlink()
    Path(database.removeprefix("sqlite:///")).with_suffix(".db-wal").unlink(missing_ok=True)
    app.extensions["placet"].store.close()
    assert Client(app).get("/health/live").status_code == 200
    ready = Client(app).get("/health/ready")
    assert (ready.status_code, ready.json["ready"]) == (503, False)
    assert "migrations are pending" in ready.json["checks"]["database"]


def test_a_database_that_does_not_answer_is_unavailable_and_nothing_of_it_is_shown(
    app: Flask, database: str, marketplace: Marketplace
) -> None:
    assert person(marketplace, "ann")
    file = Path(database.removeprefix("sqlite:///"))
    app.extensions["placet"].store.close()
    file.unlink()
    file.mkdir()
    answer = Client(app, "ann").get("/data-products")
    assert refusal(answer) == (503, "unavailable")
    assert str(file) not in answer.text


def test_an_api_whose_tables_were_not_made_says_so_and_how_to_make_them(tmp_path: Path) -> None:
    (tmp_path / "placet.db").touch()
    app = with_placet(Flask("host"), f"sqlite:///{tmp_path / 'placet.db'}")
    for answer in (Client(app, "ann").get("/data-products"), Client(app, "gov").post("/domains", {"name": "Pay"})):
        assert refusal(answer) == (503, "migrations-pending")
        assert "flask placet db upgrade" in answer.json["detail"]
