"""Rule packs over HTTP: reading, checking, trying, and putting in force."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from placet.domain.forms import STANDARD_PACKS
from placet.service import Marketplace
from tests.api.client import Client, refusal
from tests.api.conftest import Speak
from tests.api.market import person
from tests.service.test_replaying import CAREFUL
from tests.service.test_rule_packs import CASES

SINCE = "2026-01-01T00:00:00Z"
FACTS = "{quorum: any, requires: [[finance, 1]], determination: [[ann, approve]], stood for: [[ann, finance]]}"


def text_of(governor: Client, name: str) -> str:
    return str(governor.get(f"/rule-packs/{name}").get_json()["text"])


def put(client: Client, text: str = CAREFUL, name: str = "careful", **headers: str) -> TestResponse:
    named = {key.replace("_", "-"): value for key, value in headers.items()}
    return client.put(f"/rule-packs/{name}", {"text": text, "cases": ""}, headers=named)


ACTS: dict[str, tuple[str, str, dict[str, Any] | None]] = {
    "list": ("GET", "/rule-packs", None),
    "read": ("GET", "/rule-packs/quorum", None),
    "put": ("PUT", "/rule-packs/careful", {"text": CAREFUL}),
    "put a faulty one": ("PUT", "/rule-packs/careful", {"text": "pack: ["}),
    "check": ("POST", "/rule-packs/check", {"text": CAREFUL, "cases": CASES}),
    "diff": ("POST", "/rule-packs/diff", {"text": CAREFUL}),
    "simulate": ("POST", "/rule-packs/simulate", {"facts": FACTS}),
    "replay": ("POST", "/rule-packs/replay", {"text": CAREFUL, "since": SINCE}),
}


@pytest.mark.parametrize(("method", "path", "body"), ACTS.values(), ids=ACTS)
def test_rule_packs_are_for_governance(
    speak: Speak, marketplace: Marketplace, method: str, path: str, body: dict[str, Any] | None
) -> None:
    for other in ("ann", "sam", "max", "ops", "aud", "gone"):
        assert refusal(speak(other).send(method, path, json=body)) == (403, "forbidden")
    cards = marketplace.rule_packs.all(person(marketplace, "gov"))
    assert "careful" not in {card.name for card in cards if card.in_force}


def test_the_packs_are_listed_with_what_is_in_force_and_on_offer(speak: Speak) -> None:
    items = {one["name"]: one for one in speak("gov").get("/rule-packs").get_json()["items"]}
    quorum = items["quorum"]
    assert set(STANDARD_PACKS) <= set(items)
    assert quorum["by"] == "placet"
    assert quorum["offers"] == [{"origin": "shipped", "hash": quorum["in_force"]}]
    assert "One has to agree" in quorum["forms"]


def test_a_pack_is_read_whole_with_the_hash_in_force_as_its_tag_and_earlier_versions_by_theirs(speak: Speak) -> None:
    governor = speak("gov")
    answer = governor.get("/rule-packs/quorum")
    before = answer.get_json()
    assert answer.headers["ETag"] == f'"{before["hash"]}"'
    assert before["text"].startswith("pack: quorum\n")
    assert before["cases"].startswith("packs: [quorum]")
    changed = before["text"].replace("{steward} denied the request.", "{steward} said no.")
    after = put(governor, changed, "quorum", If_Match=answer.headers["ETag"]).get_json()
    assert [one["hash"] for one in after["versions"]] == [after["hash"], before["hash"]]
    assert governor.get(f"/rule-packs/quorum?hash={before['hash']}").get_json()["text"] == before["text"]
    for path in ("/rule-packs/nowhere", "/rule-packs/quorum?hash=none"):
        assert refusal(governor.get(path)) == (404, "not-found")


def test_a_pack_that_replaces_another_names_its_hash(any_app: Flask) -> None:
    governor = Client(any_app, "gov")
    tag, text = governor.get("/rule-packs/quorum").headers["ETag"], text_of(governor, "quorum")
    for said, headers, answer in (
        ("# a", {}, (428, "if-match-missing")),
        ("# b", {"If_Match": '"other"'}, (412, "stale-revision")),
        ("# c", {"If_None_Match": "*", "If_Match": tag}, (412, "stale-revision")),
    ):
        assert refusal(put(governor, f"{text}{said}\n", "quorum", **headers)) == answer
    assert text_of(governor, "quorum") == text
    made = put(governor, f"{text}# d\n", "quorum", If_Match=tag)
    assert (made.status_code, made.headers["ETag"] != tag) == (200, True)
    assert refusal(put(governor, f"{text}# e\n", "quorum", If_Match=tag)) == (412, "stale-revision")
    assert put(governor, f"{text}# f\n", "quorum", If_Match="*").status_code == 200


def test_the_first_pack_of_a_name_replaces_none(any_app: Flask) -> None:
    governor = Client(any_app, "gov")
    assert refusal(put(governor, If_Match="*")) == (412, "stale-revision")
    made = put(governor, If_None_Match="*")
    assert (made.status_code, made.headers["Location"]) == (201, "/placet/api/v1/rule-packs/careful")
    assert made.get_json()["in_force"] == made.get_json()["hash"]
    assert refusal(put(governor, If_None_Match="*")) == (412, "stale-revision")
    assert refusal(put(governor)) == (428, "if-match-missing")


def test_who_was_overtaken_while_the_pack_was_checked_is_told(speak: Speak, monkeypatch: pytest.MonkeyPatch) -> None:
    governor = speak("gov")
    monkeypatch.setattr("placet.api.rule_packs.hash_in_force", lambda _: "")
    assert put(governor).status_code == 201
    assert refusal(put(governor, f"{CAREFUL}# later\n", If_None_Match="*")) == (412, "stale-revision")
    assert refusal(put(governor, f"{CAREFUL}# later\n")) == (409, "stale-revision")


@pytest.mark.requirement("N3", clause="linter")
def test_what_is_wrong_with_a_pack_is_told_with_its_place_and_it_does_not_come_into_force(speak: Speak) -> None:
    governor = speak("gov")
    faulty = CAREFUL.replace("then: [hold: {reason: second-person}]", "then: [holds: {reason: second-person}]")
    found = governor.post("/rule-packs/check", {"text": faulty}).get_json()
    [wrong] = [one for one in found["findings"] if one["severity"] == "error" and one["rule"] == "two"]
    assert (found["ok"], wrong["file"], wrong["line"], wrong["code"]) == (False, "pack.yaml", 17, "unknown-word")
    assert "did you mean `hold`?" in wrong["text"]
    answer = put(governor, faulty)
    assert refusal(answer) == (422, "bad-rule-pack")
    assert any(one.startswith("pack.yaml:17:") for one in answer.get_json()["problems"])
    assert refusal(put(governor, name="other")) == (422, "bad-rule-pack")
    assert refusal(governor.get("/rule-packs/careful")) == (404, "not-found")


def test_a_check_runs_the_cases(speak: Speak) -> None:
    governor = speak("gov")
    held = governor.post("/rule-packs/check", {"text": CAREFUL, "cases": CASES}).get_json()
    assert (held["ok"], held["cases"], held["missed"]) == (True, 2, [])
    failed = CASES.replace("approvals: 2", "approvals: 3")
    found = governor.post("/rule-packs/check", {"text": CAREFUL, "cases": failed}).get_json()
    assert [(one["case"], one["line"]) for one in found["findings"] if one["severity"] == "error"] == [("two", 5)]
    assert governor.post("/rule-packs/check", {"text": CAREFUL}).get_json()["cases"] is None


def test_what_a_pack_says_otherwise_is_told_rule_by_rule(speak: Speak) -> None:
    governor = speak("gov")
    text = text_of(governor, "quorum").replace("{steward} denied the request.", "{steward} said no.")
    found = governor.post("/rule-packs/diff", {"text": text}).get_json()
    assert (found["name"], [(one["name"], one["how"]) for one in found["differences"]]) == (
        "quorum",
        [("one denial denies", "reworded")],
    )
    assert any(line.startswith("+") and "said no" in line for line in found["differences"][0]["lines"])
    assert refusal(governor.post("/rule-packs/diff", {"text": "rules: ["})) == (422, "bad-rule-pack")


def test_rules_are_tried_on_facts_that_someone_writes_down(speak: Speak) -> None:
    governor = speak("gov")
    said = governor.post("/rule-packs/simulate", {"facts": FACTS}).get_json()
    approved = next(one for one in said["concluded"] if one["fact"] == "outcome approved")
    assert approved["because"] == "Enough have approved, no one denied, nothing holds it."
    assert said["cut"] is False
    assert "quorum/approved" in [one["rule"] for one in said["proof"]["conclusions"]]
    held = governor.post("/rule-packs/simulate", {"facts": FACTS, "text": CAREFUL}).get_json()
    assert "hold second-person" in [one["fact"] for one in held["concluded"]]
    for body, answer in (
        ({"facts": "{quorum: most}"}, (422, "bad-fact")),
        ({"facts": "["}, (422, "bad-fact")),
        ({"facts": "{}", "text": "["}, (422, "bad-rule-pack")),
        ({"facts": "{}", "packs": ["nowhere"]}, (404, "not-found")),
    ):
        assert refusal(governor.post("/rule-packs/simulate", body)) == answer


MANY = """\
pack: many
names: [person]
reads:
  first: {person}
  second: {person}
concludes:
  pair: {first: person, second: person}
rules:
  pairs:
    when: [first: {person: $one}, second: {person: $two}]
    then: [pair: {first: $one, second: $two}]
    because: "{one} and {two}."
"""


def pairs(number: int) -> dict[str, Any]:
    people = ", ".join(f"p{n}" for n in range(number))
    return {"facts": f"{{first: [{people}], second: [{people}]}}", "text": MANY, "packs": []}


def test_an_answer_of_a_simulation_is_bounded_and_so_is_its_time(speak: Speak) -> None:
    said = speak("gov").post("/rule-packs/simulate", pairs(40)).get_json()
    assert (len(said["concluded"]), said["cut"], said["proof"]) == (1_000, True, None)
    assert refusal(speak("gov").post("/rule-packs/simulate", pairs(2_400))) == (422, "bad-fact")


@pytest.mark.requirement("N2", clause="simulated before in force")
def test_a_replay_shows_each_request_that_would_have_ended_differently_with_both_proofs(speak: Speak) -> None:
    id = speak("ann").post("/access-requests", {"product": "asked", "answers": {"why": "Forecasts."}}).get_json()["id"]
    speak("sam").post(f"/access-requests/{id}/determinations", {"verdict": "approve", "reason": "fine"})
    governor = speak("gov")
    found = governor.post("/rule-packs/replay", {"text": CAREFUL, "since": SINCE}).get_json()
    [one] = found["different"]
    assert (found["requests"], found["same"], found["differ"], found["cut"]) == (1, 0, 1, False)
    assert (one["request"], one["was"]["status"], one["would_be"]["status"]) == (id, "approved", "pending")
    assert one["was"]["reasons"] == ["Enough have approved, no one denied, nothing holds it."]
    assert "outcome" in [step["kind"] for step in one["was"]["proof"]["conclusions"]]
    assert "hold" in [step["kind"] for step in one["would_be"]["proof"]["conclusions"]]
    later = governor.post("/rule-packs/replay", {"text": CAREFUL, "since": "2026-03-03T00:00:00Z"}).get_json()
    assert later["requests"] == 0


def test_a_replay_goes_over_no_more_requests_than_it_is_asked_to(speak: Speak) -> None:
    for product in ("quick", "both"):
        speak("ann").post("/access-requests", {"product": product})
    body = {"text": CAREFUL, "since": SINCE}
    assert speak("gov").post("/rule-packs/replay", {**body, "most": 1}).get_json()["cut"] is True
    assert refusal(speak("gov").post("/rule-packs/replay", {**body, "most": 501})) == (422, "invalid-input")
    assert refusal(speak("gov").post("/rule-packs/replay", {"text": "[", "since": SINCE})) == (422, "bad-rule-pack")


@pytest.mark.parametrize("path", ["check", "diff", "replay"])
def test_a_text_beyond_the_limit_is_refused_unread(speak: Speak, path: str) -> None:
    more = {"since": SINCE} if path == "replay" else {}
    body = {"text": "x" * (256 * 1024 + 1), **more}
    assert refusal(speak("gov").post(f"/rule-packs/{path}", body)) == (422, "invalid-input")
