"""What is sent has to fit; what does not is named, with what it should have been."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.client import refusal
from tests.api.conftest import Speak

FORM = {"name": "X", "flow": {"kind": "automatic", "justification": "Public."}}


def misfits(speak: Speak, path: str, body: object) -> dict[str, str]:
    """The errors of a refused body by field."""
    answer = speak("gov").send("POST", path, json=body)
    assert refusal(answer) == (422, "invalid-input")
    said: Any = answer.get_json(force=True)
    for error in said["errors"]:
        assert error["detail"] in said["detail"]
    return {error["field"]: error["detail"] for error in said["errors"]}


def test_an_unknown_member_is_named_with_the_nearest_known_one(speak: Speak) -> None:
    assert misfits(speak, "/access-requests", {"product": "both", "benificiary": "ben"}) == {
        "benificiary": "is unknown here: did you mean `beneficiary`?"
    }


def test_an_unknown_member_that_is_like_none_is_told_what_is_known(speak: Speak) -> None:
    told = misfits(speak, "/access-requests", {"product": "both", "xyz": 1})["xyz"]
    known = "product, beneficiary, beneficiary_kind, columns, type, answers, accepts_agreement, form"
    assert told == f"is unknown here: known are {known}"
    assert misfits(speak, "/data-products/both/publish", {"now": 1})["now"] == "is unknown here: known are none"


def test_what_the_server_sets_is_not_offered_as_the_nearest(speak: Speak) -> None:
    assert "known are name" in misfits(speak, "/domains", {"name": "X", "revision": 2})["revision"]


def test_every_misfit_is_listed_with_its_place(speak: Speak) -> None:
    sources = [{"kind": "user", "name": "sam"}, {"kind": "team", "nam": "x"}]
    assert misfits(speak, "/request-forms", {"flow": {"kind": "listed", "sources": sources}, "questions": "none"}) == {
        "name": "missing data for required field",
        "flow.sources.1.kind": "must be one of: user, group, attribute, global-permission, domain-permission",
        "flow.sources.1.name": "missing data for required field",
        "flow.sources.1.nam": "is unknown here: did you mean `name`?",
        "questions": "not a valid list",
    }


@pytest.mark.parametrize("body", [b"[]", b'"both"', b"1", b"null", b"NaN"])
def test_a_body_that_is_no_object_is_refused(speak: Speak, body: bytes) -> None:
    answer = speak("ann").send("POST", "/access-requests", data=body, content_type="application/json")
    assert refusal(answer) == (422, "invalid-input")
    assert answer.get_json(force=True)["errors"] == [{"field": "", "detail": "invalid input type"}]


@pytest.mark.parametrize(
    "body",
    [
        b'{"product": "both"',
        b"{'product': 'both'}",
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"product": ' + b"9" * 5_000 + b"}",
        b'{"product": "both", "answers": {"x": ' + b'{"x":' * 50_000 + b"1" + b"}" * 50_000 + b"}}",
    ],
    ids=["cut", "quotes", "bytes", "deep", "long number", "deep answers"],
)
def test_a_body_that_no_reader_can_read_is_refused_as_such(speak: Speak, body: bytes) -> None:
    answer = speak("ann").send("POST", "/access-requests", data=body, content_type="application/json")
    assert refusal(answer) == (400, "malformed-json")


def test_an_empty_body_stands_for_an_empty_object(speak: Speak) -> None:
    answer = speak("ann").send("POST", "/access-requests", data=b"", content_type="application/json")
    assert refusal(answer) == (422, "invalid-input")
    suspended = speak("max").send(
        "POST", "/data-products/both/suspend", data=b"", content_type="application/json", headers={"If-Match": "*"}
    )
    assert suspended.status_code == 200


def test_a_body_over_the_limit_of_the_host_is_refused_before_it_is_read(speak: Speak, app: Any) -> None:
    app.config["MAX_CONTENT_LENGTH"] = 1_000
    assert refusal(speak("ann").post("/access-requests", {"product": "x" * 2_000})) == (413, "request-entity-too-large")
