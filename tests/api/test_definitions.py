"""Definitions over HTTP: planned, applied only as planned, exported, and within what a token lets through."""

from __future__ import annotations

import json

import pytest
from flask import Flask

from placet.api.definition_schemas import MOST_FILES
from placet.domain.tokens import Scope
from placet.service.definitions.text import LARGEST_FILE
from tests.api.client import Client, refusal
from tests.api.conftest import Speak
from tests.api.test_tokens import by, made

TAGGED = """domains:
  tea: {name: Tea}
sources:
  leaves: {target: lake, schema: shop, name: leaves, domains: [tea], columns: {origin: {tags: [Geo]}}}
"""
PEOPLE = "groups:\n  tasters: {name: Tasters}\n"
POLICY = "policies:\n  hide: {name: Hide, mask: {kind: 'null'}, on: {tag: Geo}}\n"


def files(*contents: str, **others: object) -> dict[str, object]:
    named = [{"name": f"{number}.yaml", "content": content} for number, content in enumerate(contents, 1)]
    return {"files": named, **others}


def test_a_plan_is_looked_at_applied_once_and_exported(any_app: Flask) -> None:
    gov = Client(any_app, "gov")
    sent = files(TAGGED, PEOPLE)
    planned = gov.post("/definitions/plan", sent).get_json()
    assert planned["done"] is False
    assert [(step["section"], step["id"], step["what"]) for step in planned["steps"]] == [
        ("domains", "tea", "create"),
        ("groups", "tasters", "create"),
        ("sources", "leaves", "create"),
    ]
    assert planned["steps"][0]["members"]["name"] == {"before": None, "after": "Tea"}
    assert gov.get("/domains/tea").status_code == 404
    done = gov.post("/definitions/apply", sent | {"plan": planned["plan"]}).get_json()
    assert done == planned | {"done": True}
    assert gov.get("/data-sources/leaves").get_json()["columns"][0]["tags"] == ["Geo"]
    again = gov.post("/definitions/plan", sent).get_json()
    assert {step["what"] for step in again["steps"]} == {"unchanged"}
    assert gov.post("/definitions/apply", sent | {"plan": again["plan"]}).get_json()["steps"] == again["steps"]
    exported = gov.get("/definitions/export").get_json()["content"]
    assert "leaves" in exported
    assert "tasters" not in exported
    assert "tasters" in gov.get("/definitions/export?people=true").get_json()["content"]


def test_what_would_be_something_else_by_now_is_refused_and_nothing_is_kept(speak: Speak) -> None:
    gov, sent = speak("gov"), files(TAGGED)
    planned = gov.post("/definitions/plan", sent).get_json()["plan"]
    assert gov.post("/domains", {"id": "tea", "name": "Chai"}).status_code == 201
    assert refusal(gov.post("/definitions/apply", sent | {"plan": planned})) == (409, "stale-plan")
    assert gov.get("/domains/tea").get_json()["name"] == "Chai"
    assert gov.get("/data-sources/leaves").status_code == 404


def test_everything_wrong_is_told_with_its_file_and_line(speak: Speak) -> None:
    answer = speak("gov").post("/definitions/plan", files("domain: {}\n", "domains:\n  tea: {nmae: Tea}\n"))
    assert refusal(answer) == (422, "bad-definitions")
    assert answer.get_json()["problems"] == [
        "1.yaml:1:1: there is no section `domain`: did you mean `domains`?",
        "2.yaml:2:8: domains.tea: `name` is missing",
        "2.yaml:2:9: domains.tea: `nmae` is not known here: did you mean `name`?",
    ]


def test_what_is_deleted_does_not_come_back(speak: Speak) -> None:
    gov = speak("gov")
    assert gov.delete("/data-products/asked", headers={"X-Person": "gov", "If-Match": "*"}).status_code == 204
    again = files("products: {asked: {name: Asked, domain: sales, form: one}}")
    assert refusal(gov.post("/definitions/plan", again)) == (409, "was-deleted")


def test_json_says_the_same_as_yaml_also_beyond_sixteen_bits(speak: Speak) -> None:
    gov = speak("gov")
    text = json.dumps({"domains": {"tea": {"name": "Tea \U0001f375", "description": "a/b"}}})
    assert "\\ud83c" in text
    [step] = gov.post("/definitions/plan", files(text)).get_json()["steps"]
    assert step["members"]["name"]["after"] == "Tea \U0001f375"
    half = files('{"domains": {"tea": {"name": "\\ud83c"}}}')
    assert refusal(gov.post("/definitions/plan", half)) == (422, "bad-definitions")


@pytest.mark.parametrize(
    "sent",
    [
        {"files": []},
        files(*["domains: {}"] * (MOST_FILES + 1)),
        files("#" * (LARGEST_FILE // 2 + 1), "#" * (LARGEST_FILE // 2)),
        files("#" * (LARGEST_FILE + 1)),
        {"files": [{"name": "a.yaml", "content": {"domains": {}}}]},
    ],
    ids=["none", "many", "large together", "large", "no text"],
)
def test_what_is_no_list_of_bearable_texts_is_refused(speak: Speak, sent: dict[str, object]) -> None:
    assert refusal(speak("gov").post("/definitions/plan", sent)) == (422, "invalid-input")


@pytest.mark.parametrize(("content", "needs"), [(TAGGED, Scope.MANAGE), (POLICY, Scope.GOVERN), (PEOPLE, Scope.PEOPLE)])
def test_a_token_lets_through_the_sections_of_its_scopes_alone(speak: Speak, content: str, needs: Scope) -> None:
    gov, script = speak("gov"), speak()
    scopes = {Scope.MANAGE, Scope.GOVERN, Scope.PEOPLE}
    enough, short = (by(made(gov, *those)["token"]) for those in ({needs}, scopes - {needs}))
    planned = gov.post("/definitions/plan", files(content)).get_json()["plan"]
    for path, sent in (("plan", files(content)), ("apply", files(content, plan=planned))):
        assert refusal(script.post(f"/definitions/{path}", sent, headers=short)) == (403, "insufficient-scope")
        assert script.post(f"/definitions/{path}", sent, headers=enough).status_code == 200
