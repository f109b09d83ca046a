"""Each example pack drives a real request to its end over HTTP."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from placet.domain.clock import SetClock
from placet.domain.forms import STANDARD_PACKS
from placet.domain.products import Column, DataSource
from placet.service.people_file import read_json
from tests.api.client import Client, refusal

EXAMPLES = Path(__file__).parent.parent.parent / "rules" / "examples"

PEOPLE = """{
  "people": [
    {"id": "rita", "groups": ["on-call"],
     "attributes": {"manager": ["mona"], "department": ["shop"], "clearance": ["internal"]}},
    {"id": "tom"},
    {"id": "mona"},
    {"id": "olga", "attributes": {"owns": ["shop.wages"]}},
    {"id": "carl", "attributes": {"owns": ["shop.bonuses"]}},
    {"id": "amy", "groups": ["finance"], "attributes": {"department": ["shop"]}},
    {"id": "abe", "groups": ["finance"], "attributes": {"department": ["audit"]}},
    {"id": "pia", "groups": ["privacy"]}
  ],
  "groups": [{"id": "on-call"}, {"id": "finance"}, {"id": "privacy"}]
}"""

TAGS: dict[str, tuple[str, str]] = {
    "wages": ("Money", "HR.Payroll"),
    "bonuses": ("Money", "Money"),
    "news": ("sensitivity.public", "Money"),
    "carts": ("sensitivity.internal", "Money"),
    "mergers": ("sensitivity.internal", "sensitivity.secret"),
}
"""The data sources of the example products, each with its tag and the tag of its one column."""


def source(table: str) -> DataSource:
    own, of_column = TAGS[table]
    columns = (Column(1, "value", "text", frozenset({of_column})),)
    return DataSource(table, "warehouse", "shop", table, columns, frozenset({own}), frozenset({"sales"}))


def groups(*names: str) -> list[dict[str, str]]:
    return [{"kind": "group", "name": name} for name in names]


ONE_OF_FINANCE = {"kind": "listed", "quorum": "any", "sources": groups("finance")}


class Office:
    """People and data sources for the examples, and shorthands for what is done over HTTP."""

    def __init__(self, app: Flask, clock: SetClock) -> None:
        self.app, self.clock = app, clock
        self.marketplace = app.extensions["placet"].marketplace
        self.marketplace.people.load("gov", read_json(PEOPLE))
        with self.marketplace.context.store.writing() as session:
            for table in TAGS:
                session.sources.save(source(table))

    def force(self, name: str) -> None:
        """Put an example in force."""
        text, now = (EXAMPLES / f"{name}.yaml").read_text(), self.clock.now()
        with self.marketplace.context.store.writing() as session:
            session.packs.put_in_force(name, session.packs.put(name, text, now), now, "gov")

    def publish(self, pack: str, flow: Mapping[str, Any], *sources: str, **more: Any) -> str:
        """A published product on these sources, whose form names the example; its id."""
        self.force(pack)
        questions = more.pop("questions", [])
        form = {"name": "Form", "flow": flow, "questions": questions, "packs": [*STANDARD_PACKS, pack]}
        made = self.post("gov", "/request-forms", form)
        product = {"name": " ".join(sources), "domain": "sales", "form": made["id"], "sources": list(sources)}
        id = str(self.post("gov", "/data-products", product | more)["id"])
        published = Client(self.app, "gov").post(f"/data-products/{id}/publish", headers={"If-Match": "*"})
        assert published.status_code == 200, published.text
        return id

    def post(self, person: str, path: str, said: object) -> dict[str, Any]:
        answer = Client(self.app, person).post(path, said)
        assert answer.status_code in (200, 201), answer.text
        return dict(answer.get_json())

    def ask(self, person: str, product: str, **answers: object) -> dict[str, Any]:
        return self.post(person, "/access-requests", {"product": product, "answers": answers})

    def say(self, steward: str, request: Mapping[str, Any], verdict: str = "approve", **term: str) -> str:
        """Determine a request; what became of it."""
        said = {"verdict": verdict, "reason": f"{steward} says so", **term}
        return str(self.post(steward, f"/access-requests/{request['id']}/determinations", said)["status"])

    def refused(self, steward: str, request: Mapping[str, Any]) -> tuple[int, str, dict[str, Any]]:
        """How an approval is refused: status, code and the whole problem."""
        path = f"/access-requests/{request['id']}/determinations"
        answer = Client(self.app, steward).post(path, {"verdict": "approve", "reason": "fine"})
        return *refusal(answer), answer.get_json(force=True)

    def grant(self, person: str, request: Mapping[str, Any]) -> dict[str, Any]:
        return dict(Client(self.app, person).get(f"/access-requests/{request['id']}").get_json()["grant"])

    def reads(self, person: str, source: str) -> bool:
        return bool(Client(self.app, person).get(f"/decisions?source={source}").get_json()["allowed"])


@pytest.fixture
def office(any_app: Flask, clock: SetClock) -> Office:
    return Office(any_app, clock)


def test_two_people_have_to_approve_what_has_a_sensitive_tag(office: Office) -> None:
    wages = office.publish("two-people", ONE_OF_FINANCE, "wages")
    request = office.ask("tom", wages)
    assert office.say("amy", request) == "pending"
    assert not office.reads("tom", "wages")
    assert office.say("abe", request) == "approved"
    assert office.reads("tom", "wages")


def test_one_person_is_enough_for_what_has_none(office: Office) -> None:
    bonuses = office.publish("two-people", ONE_OF_FINANCE, "bonuses")
    assert office.say("amy", office.ask("tom", bonuses)) == "approved"


DELEGATED = {"kind": "delegated", "quorum": "all"}


@pytest.mark.requirement("R13", clause="stages open in order")
def test_the_manager_is_asked_before_the_owner_of_each_data_source(office: Office) -> None:
    pay = office.publish("manager-then-owner", DELEGATED, "wages", "bonuses", stewards=groups("finance"))
    request = office.ask("rita", pay)
    asked = {(one["called"], one["stage"]) for one in request["sources"]}
    owners = {("owner-of-shop.wages", 1), ("owner-of-shop.bonuses", 1)}
    assert asked == {("manager", 0), ("group:finance", 1), *owners}
    assert not request["unroutable"]
    assert office.refused("olga", request)[:2] == (409, "not-your-turn")
    assert [office.say(steward, request) for steward in ("mona", "olga", "amy")] == ["pending"] * 3
    assert not office.reads("rita", "wages")
    assert office.say("carl", request) == "approved"
    assert office.reads("rita", "wages")


def test_without_a_manager_a_request_waits_and_is_flagged(office: Office) -> None:
    pay = office.publish("manager-then-owner", DELEGATED, "wages", stewards=groups("finance"))
    request = office.ask("tom", pay)
    assert (request["status"], request["unroutable"]) == ("pending", True)
    assert office.refused("olga", request)[:2] == (409, "not-your-turn")


def test_with_the_quorum_any_the_manager_does_not_decide_alone(office: Office) -> None:
    wages = office.publish("manager-then-owner", ONE_OF_FINANCE, "wages")
    request = office.ask("rita", wages)
    assert [office.say(one, request) for one in ("mona", "amy", "olga")] == ["pending", "pending", "approved"]


def test_nobody_decides_for_a_colleague_of_the_same_department(office: Office) -> None:
    wages = office.publish("separation-of-duties", ONE_OF_FINANCE, "wages")
    request = office.ask("rita", wages)
    status, code, problem = office.refused("amy", request)
    assert (status, code, problem["reasons"]) == (403, "not-a-steward", ["same-department"])
    assert "amy and rita, who asks, are both in the department shop." in problem["detail"]
    assert office.say("abe", request) == "approved"
    assert office.reads("rita", "wages")


def test_who_is_cleared_for_everything_has_access_at_once(office: Office) -> None:
    shop = office.publish("clearance", ONE_OF_FINANCE, "news", "carts")
    request = office.ask("rita", shop)
    assert (request["status"], request["determinations"]) == ("approved", [])
    assert request["justification"] == "rita is cleared for everything that the product holds."
    assert office.reads("rita", "carts")


@pytest.mark.parametrize(
    ("person", "table"),
    [
        pytest.param("rita", "mergers", id="a column is beyond the clearance"),
        pytest.param("rita", "wages", id="a data source has no level"),
        pytest.param("tom", "news", id="no clearance"),
    ],
)
def test_stewards_decide_what_is_beyond_a_clearance(office: Office, person: str, table: str) -> None:
    product = office.publish("clearance", ONE_OF_FINANCE, table)
    request = office.ask(person, product)
    assert (request["status"], office.reads(person, table)) == ("pending", False)
    assert office.say("abe", request) == "approved"
    assert office.reads(person, table)


@pytest.mark.requirement("R13", clause="once at submission")
def test_a_clearance_that_comes_later_decides_nothing_that_waits(office: Office) -> None:
    both = {"kind": "listed", "quorum": "all", "sources": groups("finance", "privacy")}
    carts = office.publish("clearance", both, "carts")
    request = office.ask("tom", carts)
    cleared = '{"people": [{"id": "tom", "attributes": {"clearance": ["secret"]}}]}'
    office.marketplace.people.load("gov", read_json(cleared))
    assert office.say("amy", request) == "pending"
    assert office.say("pia", request) == "approved"


QUESTIONS = [
    {"id": "emergency", "kind": "yes-no", "label": "Is it an emergency?", "required": True},
    {
        "id": "why",
        "kind": "long-answer",
        "label": "What happened?",
        "required": True,
        "shown_when": {"question": "emergency", "answer": "yes"},
    },
]
FIRE = {"emergency": True, "why": "The till is down."}


def test_an_emergency_gives_access_at_once_and_for_four_hours(office: Office) -> None:
    carts = office.publish("emergency", ONE_OF_FINANCE, "carts", questions=QUESTIONS)
    without_reason = {"product": carts, "answers": {"emergency": True}}
    assert refusal(Client(office.app, "rita").post("/access-requests", without_reason)) == (422, "bad-answers")
    request = office.ask("rita", carts, **FIRE)
    assert (request["status"], request["answers"]["why"]) == ("approved", "The till is down.")
    assert request["justification"] == "rita is on call and says that it is an emergency: access for four hours."
    assert office.grant("rita", request)["end"] == "2026-03-02T13:30:00Z"
    office.clock.advance(hours=3, minutes=59, seconds=59)
    assert office.reads("rita", "carts")
    office.clock.advance(seconds=1)
    assert not office.reads("rita", "carts")


def test_a_second_emergency_within_a_week_is_for_stewards_to_judge(office: Office) -> None:
    carts = office.publish("emergency", ONE_OF_FINANCE, "carts", questions=QUESTIONS)
    office.ask("rita", carts, **FIRE)
    office.clock.advance(hours=1)
    prolonging = office.ask("rita", carts, **FIRE)
    assert (prolonging["status"], prolonging["renews"] is None) == ("pending", False)
    office.post("rita", f"/access-requests/{prolonging['id']}/cancel", {})
    office.clock.advance(days=6)
    again = office.ask("rita", carts, **FIRE)
    assert again["status"] == "pending"
    assert office.say("abe", again, "deny") == "denied"
    office.clock.advance(hours=23)
    assert office.ask("rita", carts, **FIRE)["status"] == "approved"


@pytest.mark.parametrize(
    ("person", "said"),
    [
        pytest.param("tom", FIRE, id="not on call"),
        pytest.param("rita", {"emergency": False}, id="no emergency"),
    ],
)
def test_without_an_emergency_on_call_stewards_decide(office: Office, person: str, said: dict[str, object]) -> None:
    carts = office.publish("emergency", ONE_OF_FINANCE, "carts", questions=QUESTIONS)
    request = office.ask(person, carts, **said)
    assert (request["status"], office.reads(person, "carts")) == ("pending", False)
    assert office.say("abe", request) == "approved"
    assert office.grant(person, request)["end"] is None


def test_access_ends_with_the_quarter_and_is_asked_for_again(office: Office) -> None:
    carts = office.publish("quarterly", ONE_OF_FINANCE, "carts")
    first = office.ask("tom", carts)
    assert office.say("abe", first) == "approved"
    assert office.grant("tom", first)["end"] == "2026-04-01T00:00:00Z"
    office.clock.advance(days=20)
    second = office.ask("tom", carts)
    assert second["renews"] == office.grant("tom", first)["id"]
    assert office.say("abe", second, duration="1 year") == "approved"
    renewed = office.grant("tom", second)
    assert (renewed["start"], renewed["end"]) == ("2026-04-01T00:00:00Z", "2026-07-01T00:00:00Z")
    office.clock.advance(days=100)
    assert office.reads("tom", "carts")
    office.clock.advance(days=1)
    assert not office.reads("tom", "carts")
    assert office.ask("tom", carts)["status"] == "pending"


THREE = {"kind": "listed", "quorum": "all", "sources": groups("finance", "privacy", "analysts")}


def test_two_of_three_groups_are_enough(office: Office) -> None:
    carts = office.publish("n-of-m", THREE, "carts")
    request = office.ask("tom", carts)
    assert office.say("amy", request) == "pending"
    assert office.say("abe", request) == "pending", "both stand for finance"
    assert not office.reads("tom", "carts")
    assert office.say("pia", request) == "approved"
    assert office.reads("tom", "carts")


def test_one_denial_denies_whatever_number_is_enough(office: Office) -> None:
    carts = office.publish("n-of-m", THREE, "carts")
    request = office.ask("tom", carts)
    assert office.say("amy", request) == "pending"
    assert office.say("ben", request, "deny") == "denied"
