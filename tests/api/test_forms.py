"""Request forms over HTTP."""

from __future__ import annotations

import pytest

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
    "agreement": {"name": "Rules of use", "body": "Do **not** pass it on.", "version": 2},
    "packs": ["routing", "eligibility", "quorum", "expiry"],
}
AUTOMATIC = {"kind": "automatic", "justification": "It is public anyway.", "duration": "30 days"}


def test_a_form_is_read_as_it_was_written(speak: Speak) -> None:
    made = speak("max").post("/request-forms", WHOLE)
    assert made.status_code == 201
    read = speak("ann").get(f"/request-forms/{made.json['id']}")
    assert {name: read.json[name] for name in WHOLE} == WHOLE
    assert (read.json["version"], read.json["created_by"], read.headers["ETag"]) == (1, "max", '"1"')
    assert made.headers["Location"] == f"/placet/api/v1/request-forms/{made.json['id']}"
    assert made.json["id"] in [one["id"] for one in speak("ann").get("/request-forms").json["items"]]


def test_an_edit_makes_a_new_version_and_the_old_one_stays(speak: Speak) -> None:
    made = speak("max").post("/request-forms", WHOLE)
    address = f"/request-forms/{made.json['id']}"
    said = {"name": "At once", "flow": AUTOMATIC}
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
        ({"created_by": "someone"}, (422, "invalid-input")),
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
