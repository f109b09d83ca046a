"""Bearer tokens over HTTP: who they speak for, what they let through, and every way of trying without a good one."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from placet.domain.clock import SetClock
from placet.domain.tokens import Scope
from placet.identity.bearer import ATTEMPTS
from placet.identity.scopes import SCOPES
from tests.api.client import API, Client, refusal
from tests.api.conftest import Speak
from tests.api.market import NOW

END = "2026-06-01T00:00:00Z"


def made(client: Client, *scopes: Scope, **more: object) -> dict[str, Any]:
    answer = client.post("/tokens", {"name": "nightly", "scopes": list(scopes), "ends_at": END, **more})
    assert answer.status_code == 201
    return answer.get_json()


def by(token: str, **more: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}", **more}


@pytest.mark.requirement("P4", clause="tokens")
def test_a_token_is_made_listed_used_and_revoked(any_app: Flask, clock: SetClock) -> None:
    ann, script = Client(any_app, "ann"), Client(any_app)
    one = made(ann, Scope.READ)
    [listed] = ann.get("/tokens").get_json()["items"]
    assert listed == {key: value for key, value in one.items() if key != "token"}
    assert (listed["state"], listed["used_at"]) == ("active", None)
    answer = script.get("/access-requests", headers=by(one["token"]))
    assert answer.status_code == 200
    answer.close()
    assert ann.get("/tokens").get_json()["items"][0]["used_at"] == "2026-03-02T09:30:00Z"
    assert ann.post(f"/tokens/{one['id']}/revoke").get_json()["state"] == "revoked"
    refused = script.get("/access-requests", headers=by(one["token"]))
    assert refusal(refused) == (401, "invalid-token")
    assert refused.headers["WWW-Authenticate"] == 'Bearer realm="placet", error="invalid_token"'


def test_every_operation_says_which_scopes_let_a_token_through(app: Flask) -> None:
    open_to_all = {"health.live", "health.ready", "openapi.openapi"}
    operations = {rule.endpoint.removeprefix("placet-") for rule in app.url_map.iter_rules() if ours(rule.endpoint)}
    assert operations - open_to_all == set(SCOPES)
    assert {operation for operation, scopes in SCOPES.items() if not scopes} == {
        "tokens.mine",
        "tokens.create",
        "tokens.revoke",
    }


def ours(endpoint: str) -> bool:
    return endpoint.startswith("placet-")


def test_a_token_is_let_through_to_exactly_what_its_scopes_name(app: Flask, speak: Speak) -> None:
    """Each route by a token of each scope, of someone who holds most there is: refused for the scope or not for it."""
    governor, script = speak("gov"), speak()
    tokens = {scope: made(governor, scope)["token"] for scope in Scope}
    for rule in app.url_map.iter_rules():
        operation = rule.endpoint.removeprefix("placet-")
        if not ours(rule.endpoint) or operation not in SCOPES or operation == "scim.scim":
            continue
        for scope, token in tokens.items():
            [method] = rule.methods - {"HEAD", "OPTIONS"}
            path = rule.rule.removeprefix(API).replace("<id>", "x").replace("<name>", "x")
            options = {"json": {}} if method in ("POST", "PUT") else {}
            answer = script.send(method, path, headers=by(token), **options)
            out = answer.status_code == 403 and answer.get_json()["code"] == "insufficient-scope"
            assert out == (scope not in SCOPES[operation]), (operation, scope, answer.text)


def test_a_token_can_do_no_more_than_its_holder(speak: Speak) -> None:
    token = made(speak("ann"), *Scope)["token"]
    for path in ("/audit", "/webhooks"):
        assert refusal(speak().get(path, headers=by(token))) == (403, "forbidden")
    body = {"name": "Mine"}
    assert refusal(speak().post("/domains", body, headers=by(token))) == (403, "forbidden")
    assert "no token does; sign in yourself" in speak().get("/tokens", headers=by(token)).json["detail"]


@pytest.mark.requirement("P4", clause="decisions about others")
@pytest.mark.parametrize(
    ("maker", "holder", "scope", "answer"),
    [
        ("gov", "bot", Scope.DECISIONS, 200),
        ("gov", "bot", Scope.READ, 403),
        ("gov", "", Scope.DECISIONS, 200),
        ("gov", "", Scope.READ, 403),
        ("aud", "", Scope.DECISIONS, 200),
        ("ann", "", Scope.DECISIONS, 403),
    ],
)
def test_a_token_asks_about_others_by_its_scope(
    speak: Speak, maker: str, holder: str, scope: Scope, answer: int
) -> None:
    token = made(speak(maker), scope, holder=holder)["token"]
    assert speak().get("/decisions?source=orders&person=ben", headers=by(token)).status_code == answer
    assert speak().get("/decisions?source=orders", headers=by(token)).status_code == 200


def test_a_token_counts_before_a_session_and_a_bad_one_is_nobodys(speak: Speak) -> None:
    token = made(speak("ann"), Scope.READ)["token"]
    both = speak("gov").get("/decisions?source=orders", headers=by(token))
    assert both.get_json()["person"] == "ann"
    assert refusal(speak("gov").get("/domains", headers=by(token[:-1]))) == (401, "invalid-token")


def test_a_bearer_header_that_is_not_ours_is_left_to_the_host(speak: Speak) -> None:
    for header in ("Bearer eyJhbGciOi.x.y", "Bearer", "Basic placet_x", "placet_x", "Bearer Placet_x", ""):
        assert speak("ann").get("/domains", headers={"Authorization": header}).status_code == 200
        assert refusal(speak().get("/domains", headers={"Authorization": header})) == (401, "unauthenticated")


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_the_scheme_is_read_in_any_case(speak: Speak, scheme: str) -> None:
    token = made(speak("ann"), Scope.READ)["token"]
    assert speak().get("/domains", headers={"Authorization": f"{scheme} {token}"}).status_code == 200


def test_nothing_that_is_nearly_a_token_lets_anyone_in(speak: Speak) -> None:
    mine, other = made(speak("ann"), Scope.READ)["token"], made(speak("ben"), Scope.READ)["token"]
    tries = [
        "placet_",
        mine[:-1],
        mine[:30],
        mine + "0",
        mine + " x",
        f"{mine},{mine}",
        f"{mine}, Bearer {other}",
        mine.upper().replace("PLACET", "placet"),
        mine[:24] + other[24:],
        "placet_" + "0" * 10_000,
        "placet_\xff\xfe",
        "placet_' OR 1=1 --",
        mine.replace("_", "_é", 1),
    ]
    for text in tries:
        answer = speak().get("/domains", headers=by(text))
        assert refusal(answer) == (401, "invalid-token"), text
        assert mine not in answer.text


def test_a_token_in_an_address_or_on_a_page_is_nobodys(app: Flask, speak: Speak) -> None:
    token = made(speak("ann"), *Scope)["token"]
    for name in ("token", "access_token", "Authorization"):
        assert refusal(speak().get(f"/domains?{name}={token}")) == (401, "unauthenticated")
    page = app.test_client().get("/placet/requests", headers=by(token))
    assert page.status_code == 401


def test_a_token_needs_no_cross_site_guard_and_does_not_weaken_it_for_cookies(speak: Speak) -> None:
    token = made(speak("ann"), Scope.REQUEST)["token"]
    elsewhere = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}
    body = {"product": "quick"}
    assert refusal(speak("ann").post("/access-requests", body, headers=elsewhere)) == (403, "cross-site")
    for header in ({"Authorization": "Bearer x"}, {"Authorization": "placet_"}):
        assert refusal(speak("ann").post("/access-requests", body, headers=elsewhere | header)) == (403, "cross-site")
    bad = speak("ann").post("/access-requests", body, headers=elsewhere | by("placet_x"))
    assert refusal(bad) == (401, "invalid-token")
    assert speak().post("/access-requests", body, headers=elsewhere | by(token)).status_code == 201


def test_a_holder_who_is_not_active_any_more_is_nobody(app: Flask, speak: Speak, clock: SetClock) -> None:
    token = made(speak("ann"), Scope.READ)["token"]
    with app.extensions["placet"].store.writing() as session:
        known = session.people.direct("ann")
        session.people.save(type(known)(known.id, known.name, active=False))
    assert refusal(speak().get("/domains", headers=by(token))) == (401, "invalid-token")
    ended = made(speak("ben"), Scope.READ)["token"]
    clock.at = NOW + timedelta(days=100)
    assert refusal(speak().get("/domains", headers=by(ended))) == (401, "invalid-token")


def test_guessing_is_slowed_down_and_keeps_no_valid_token_out(speak: Speak, caplog: pytest.LogCaptureFixture) -> None:
    token = made(speak("ann"), Scope.READ)["token"]
    caplog.set_level(logging.INFO)
    answers = [speak().get("/domains", headers=by("placet_x")) for _ in range(ATTEMPTS.amount + 5)]
    assert [answer.status_code for answer in answers] == [401] * ATTEMPTS.amount + [429] * 5
    assert refusal(answers[-1]) == (429, "too-many-attempts")
    assert answers[-1].headers["Retry-After"] == "60"
    assert speak().get("/domains", headers=by(token)).status_code == 200
    told = [record.getMessage() for record in caplog.records if record.name == "placet.identity"]
    assert len(told) == ATTEMPTS.amount
    assert "placet_" not in "".join(told)


def test_what_can_not_be_counted_keeps_nobody_out(database: str, clock: SetClock) -> None:
    from tests.api.conftest import with_placet

    app = with_placet(Flask("host"), database, clock, limits_storage="redis://127.0.0.1:1/0")
    token = made(Client(app, "ann"), Scope.READ)["token"]
    assert refusal(Client(app).get("/domains", headers=by("placet_x"))) == (401, "invalid-token")
    assert Client(app).get("/domains", headers=by(token)).status_code == 200


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"scopes": []}, "invalid-input"),
        ({"scopes": ["everything"]}, "invalid-input"),
        ({"ends_at": None}, "invalid-input"),
        ({"ends_at": "2026-03-02T09:30:00Z"}, "bad-token"),
        ({"ends_at": "2030-01-01T00:00:00Z"}, "bad-token"),
        ({"name": " "}, "bad-token"),
    ],
)
def test_what_can_not_be_a_token_is_refused(speak: Speak, body: dict[str, object], code: str) -> None:
    whole = {"name": "nightly", "scopes": ["read"], "ends_at": END} | body
    assert refusal(speak("ann").post("/tokens", whole)) == (422, code)


def test_the_tokens_of_others_are_not_there(speak: Speak) -> None:
    mine = made(speak("ann"), Scope.READ)
    assert refusal(speak("ben").post(f"/tokens/{mine['id']}/revoke")) == (404, "not-found")
    assert refusal(speak("ben").get("/tokens?holder=ann")) == (403, "forbidden")
    assert refusal(speak("ben").get("/tokens?holder=nobody")) == (404, "not-found")
