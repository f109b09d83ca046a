"""Request forms over HTTP."""

from __future__ import annotations

import pytest
from jsonschema import Draft202012Validator
from werkzeug.test import TestResponse

from tests.api.client import refusal
from tests.api.conftest import Speak

WHOLE = {
    "name": "Everything",
    "flow": {
        "kind": "listed",
        "quorum": "all",
        "sources": [
            {"kind": "user", "name": "sam", "value": ""},
            {"kind": "group", "name": "privacy", "value": ""},
            {"kind": "attribute", "name": "country", "value": "DE"},
            {"kind": "global-permission", "name": "GOVERNANCE", "value": ""},
            {"kind": "domain-permission", "name": "manage-data-products", "value": ""},
        ],
        "justification": "",
        "duration": None,
    },
    "questions": [
        {
            "id": "tool",
            "kind": "one-of",
            "label": "Which tool?",
            "required": True,
            "help": "Choose one.",
            "options": ["SQL", "Notebook"],
            "shown_when": None,
        },
        {
            "id": "where",
            "kind": "short-answer",
            "label": "Which notebook?",
            "required": False,
            "help": "",
            "options": [],
            "shown_when": {"question": "tool", "answer": "Notebook"},
        },
    ],
    "agreement": {"id": "rules", "version": 2},
    "packs": ["routing", "eligibility", "quorum", "expiry"],
}
AUTOMATIC = {"kind": "automatic", "justification": "It is public anyway.", "duration": "30 days"}


def test_the_question_after_the_access_duration_has_a_label_of_its_own(speak: Speak) -> None:
    asked = {"id": "long", "kind": "access-duration"}
    made = speak("max").post("/request-forms", WHOLE | {"questions": [asked]})
    assert made.json["questions"][0]["label"] == "How long do you need access?"
    other = WHOLE | {"questions": [asked | {"kind": "number"}]}
    assert refusal(speak("max").post("/request-forms", other)) == (422, "bad-request-form")


def test_a_form_is_read_as_it_was_written(speak: Speak) -> None:
    made = speak("max").post("/request-forms", WHOLE)
    assert made.status_code == 201
    read = speak("ann").get(f"/request-forms/{made.json['id']}")
    text = {"name": "Rules of use", "body": "Do not pass it on."}
    assert {name: read.json[name] for name in WHOLE} == WHOLE | {"agreement": {"id": "rules", "version": 2} | text}
    assert (read.json["version"], read.json["created_by"], read.headers["ETag"]) == (1, "max", '"1"')
    assert made.headers["Location"] == f"/placet/api/v1/request-forms/{made.json['id']}"
    listed = {one["id"]: one for one in speak("ann").get("/request-forms").json["items"]}
    assert listed[made.json["id"]] == {name: said for name, said in made.json.items() if name != "questions"}


def test_an_edit_makes_a_new_version_and_the_old_one_stays(speak: Speak) -> None:
    made = speak("max").post("/request-forms", WHOLE)
    address = f"/request-forms/{made.json['id']}"
    said = {"name": "Done at once", "flow": AUTOMATIC}
    edited = speak("max").put(address, said, headers={"If-Match": made.headers["ETag"]})
    assert (edited.json["version"], edited.headers["ETag"]) == (2, '"2"')
    assert (edited.json["questions"], edited.json["agreement"]) == ([], None)
    assert speak("ann").get(f"{address}?version=1").json["name"] == "Everything"
    assert speak("ann").get(address).json["flow"]["duration"] == "30 days"


def test_an_edit_of_a_version_that_is_not_the_latest_is_refused(speak: Speak) -> None:
    made = speak("max").post("/request-forms", WHOLE)
    address = f"/request-forms/{made.json['id']}"
    assert refusal(speak("max").put(address, WHOLE)) == (428, "if-match-missing")
    speak("max").put(address, WHOLE, headers={"If-Match": '"1"'})
    assert refusal(speak("max").put(address, WHOLE, headers={"If-Match": '"1"'})) == (412, "stale-revision")
    assert speak("max").get(address).json["version"] == 2


@pytest.mark.parametrize(
    ("said", "refused"),
    [
        ({"flow": {"kind": "listed"}}, (422, "bad-request-form")),
        ({"flow": {"kind": "automatic"}}, (422, "bad-request-form")),
        ({"flow": {"kind": "voting"}}, (422, "invalid-input")),
        ({"flow": AUTOMATIC | {"duration": "a while"}}, (422, "invalid-input")),
        ({"questions": [{"id": "a", "kind": "one-of", "label": "?"}]}, (422, "bad-request-form")),
        ({"questions": [{"id": "a", "kind": "number", "label": "?", "required": "yes"}]}, (422, "invalid-input")),
        ({"packs": ["routing", "eligibility", "quorum", "expiry", "mine"]}, (422, "bad-request-form")),
        ({"packs": ["routing"]}, (422, "bad-request-form")),
        ({"agreement": {"id": "rules", "version": 4}}, (422, "bad-request-form")),
        ({"agreement": {"id": "none"}}, (422, "bad-request-form")),
        ({"agreement": {"name": "Rules", "body": "Be kind."}}, (422, "invalid-input")),
        ({"flow": {"kind": "listed", "sources": [{"kind": "group", "name": "nobody"}]}}, (422, "bad-request-form")),
        ({"created_by": "someone"}, (422, "invalid-input")),
        ({"name": "\ud800"}, (422, "bad-text")),
        ({"name": "a\0b"}, (422, "bad-text")),
        ({"questions": [{"id": "q", "kind": "number", "label": "\udfff"}]}, (422, "bad-text")),
    ],
)
def test_a_form_that_can_not_be_is_refused(speak: Speak, said: dict[str, object], refused: tuple[int, str]) -> None:
    before = speak("max").get("/request-forms").json
    assert refusal(speak("max").post("/request-forms", WHOLE | said)) == refused
    assert speak("max").get("/request-forms").json == before


def test_forms_are_made_and_edited_by_those_who_may(speak: Speak) -> None:
    assert refusal(speak("ann").post("/request-forms", WHOLE)) == (403, "forbidden")
    assert refusal(speak("ann").put("/request-forms/two", WHOLE, headers={"If-Match": "*"})) == (403, "forbidden")
    assert refusal(speak("ann").get("/request-forms/nothing")) == (404, "not-found")
    assert refusal(speak("ann").get("/request-forms/two?version=7")) == (404, "not-found")


@pytest.mark.requirement("F1", clause="accepting")
def test_an_agreement_that_was_not_read_is_not_accepted(speak: Speak) -> None:
    form = speak("ann").get("/request-forms/agreed").json
    said = {"name": form["name"], "flow": form["flow"], "agreement": None}
    asked = {"product": "agreed", "accepts_agreement": True, "form": {"id": "agreed", "version": 1}}
    speak("gov").put("/request-forms/agreed", said, headers={"If-Match": '"1"'})
    assert refusal(speak("ann").post("/access-requests", asked)) == (409, "form-changed")
    made = speak("ann").post("/access-requests", asked | {"form": {"id": "agreed", "version": 2}})
    assert (made.status_code, made.json["acceptance"]) == (201, None)


def named(page: TestResponse) -> list[str]:
    return [one["name"] for one in page.json["items"]]


def test_forms_and_agreements_are_listed_by_name_in_pages_and_found_by_words(speak: Speak) -> None:
    ann = speak("ann")
    first = ann.get("/request-forms?limit=3")
    assert named(first) == ["At once", "One has to agree", "Standard form"]
    second = ann.get(f"/request-forms?limit=3&cursor={first.json['next']}")
    assert (named(second), second.json["next"]) == (["Two have to agree", "With an agreement"], None)
    assert named(ann.get("/request-forms?search=agree+has")) == ["One has to agree"]
    assert named(ann.get("/data-use-agreements?search=use")) == ["Rules of use"]
    for path in ("/request-forms", "/data-use-agreements", "/request-forms/one/versions"):
        assert refusal(ann.get(f"{path}?cursor=x")) == (422, "bad-cursor")


def test_every_version_of_a_form_is_listed_the_latest_first(speak: Speak) -> None:
    made = speak("max").post("/request-forms", WHOLE)
    speak("max").put(f"/request-forms/{made.json['id']}", WHOLE | {"name": "B"}, headers={"If-Match": '"1"'})
    versions = speak("ann").get(f"/request-forms/{made.json['id']}/versions").json["items"]
    assert [(one["version"], one["name"]) for one in versions] == [(2, "B"), (1, "Everything")]
    assert refusal(speak("ann").get("/request-forms/nothing/versions")) == (404, "not-found")


def test_the_schema_of_a_version_says_what_its_answers_are(speak: Speak) -> None:
    made = speak("max").post("/request-forms", WHOLE)
    address = f"/request-forms/{made.json['id']}/schema"
    speak("max").put(f"/request-forms/{made.json['id']}", WHOLE | {"questions": []}, headers={"If-Match": '"1"'})
    schema = speak("ann").get(f"{address}?version=1").json
    Draft202012Validator.check_schema(schema)
    validator = Draft202012Validator(schema)
    assert validator.is_valid({"tool": "Notebook", "where": "here"})
    assert not validator.is_valid({"tool": "Excel"})
    assert speak("ann").get(address).json["properties"] == {}
    assert refusal(speak("ann").get(f"{address}?version=3")) == (404, "not-found")


@pytest.mark.requirement("F5", clause="a form in use stays")
def test_a_form_is_deleted_by_its_latest_version_unless_a_product_asks_by_it(speak: Speak) -> None:
    made = speak("max").post("/request-forms", WHOLE)
    address = f"/request-forms/{made.json['id']}"
    assert refusal(speak("max").delete(address)) == (428, "if-match-missing")
    assert refusal(speak("ann").delete(address, headers={"If-Match": '"1"'})) == (403, "forbidden")
    assert speak("max").delete(address, headers={"If-Match": '"1"'}).status_code == 204
    assert refusal(speak("max").get(address)) == (404, "not-found")
    used = speak("gov").delete("/request-forms/two", headers={"If-Match": '"1"'})
    assert refusal(used) == (409, "form-in-use")
    assert "Both product" in used.json["detail"]


@pytest.mark.requirement("F1", clause="agreement")
def test_an_agreement_is_made_edited_read_and_deleted(speak: Speak) -> None:
    manager, said = speak("max"), {"name": "House rules", "body": "Be *kind*."}
    made = manager.post("/data-use-agreements", said)
    address = f"/data-use-agreements/{made.json['id']}"
    assert (made.status_code, made.headers["Location"]) == (201, f"/placet/api/v1{address}")
    assert refusal(speak("ann").post("/data-use-agreements", said)) == (403, "forbidden")
    assert refusal(manager.put(address, said)) == (428, "if-match-missing")
    edited = manager.put(address, said | {"body": "Be nice."}, headers={"If-Match": made.headers["ETag"]})
    assert (edited.json["version"], edited.headers["ETag"]) == (2, '"2"')
    assert refusal(manager.put(address, said, headers={"If-Match": '"1"'})) == (412, "stale-revision")
    assert refusal(manager.post("/data-use-agreements", {"name": "x", "body": " "})) == (422, "bad-data-use-agreement")
    assert speak("ann").get(f"{address}?version=1").json["body"] == "Be *kind*."
    assert [one["version"] for one in speak("ann").get(f"{address}/versions").json["items"]] == [2, 1]
    in_use = speak("gov").delete("/data-use-agreements/rules", headers={"If-Match": '"3"'})
    assert refusal(in_use) == (409, "agreement-in-use")
    assert manager.delete(address, headers={"If-Match": '"2"'}).status_code == 204
    assert refusal(manager.get(address)) == (404, "not-found")


@pytest.mark.requirement("F3", clause="a change of deciders is taken up")
@pytest.mark.requirement("P4", clause="taking up a form version")
def test_a_version_that_changes_who_decides_is_taken_up_by_who_manages_the_product(speak: Speak) -> None:
    form = speak("gov").get("/request-forms/two").json
    said = {"name": form["name"], "flow": form["flow"] | {"quorum": "any"}}
    assert speak("gov").put("/request-forms/two", said, headers={"If-Match": '"1"'}).status_code == 200
    address = "/data-products/both"
    read = speak("max").get(address)
    assert (read.json["form_version"], read.json["newer_forms"]) == (1, {"data-access": 2})
    assert speak("ann").get(address).json["newer_forms"] == {}
    tag = {"If-Match": read.headers["ETag"]}
    assert refusal(speak("max").post(f"{address}/take-up-form")) == (428, "if-match-missing")
    assert refusal(speak("ann").post(f"{address}/take-up-form", headers=tag)) == (403, "forbidden")
    assert refusal(speak("max").post(f"{address}/take-up-form", {"version": 1}, headers=tag)) == (409, "wrong-state")
    taken = speak("max").post(f"{address}/take-up-form", {"type": "data-access", "version": 2}, headers=tag)
    assert taken.json["form_version"] == 2
    assert refusal(speak("max").post(f"{address}/take-up-form", headers=tag)) == (412, "stale-revision")
