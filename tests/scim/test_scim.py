"""SCIM against the real app: what its tester says, and what identity providers do."""

from __future__ import annotations

import json
import sys
from datetime import timedelta

import pytest
from flask import Flask
from scim2_client.engines.wsgi import WSGISCIMClient
from scim2_tester import check_server
from werkzeug.test import TestResponse

from placet.domain.tokens import Scope
from placet.service import Marketplace
from placet.service.people_file import PeopleFile
from tests.api.market import NOW, person
from tests.scim.conftest import MEDIA_TYPE, SCIM, Send, sender

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
ZOE = {
    "schemas": [USER, ENTERPRISE],
    "userName": "zoe@example.org",
    "externalId": "00u1",
    "displayName": "Zoe",
    "name": {"givenName": "Zoe", "familyName": "Zimmer"},
    "emails": [{"value": "private@example.org"}, {"value": "zoe@example.org", "type": "work", "primary": True}],
    "active": True,
    "phoneNumbers": [{"value": "+49"}],
    "password": "never kept",
    ENTERPRISE: {"department": "Finance", "manager": {"value": "gov"}},
}


def patch(*operations: dict[str, object]) -> dict[str, object]:
    return {"schemas": [PATCH], "Operations": list(operations)}


def refusal(answer: TestResponse) -> tuple[int, str]:
    """The status and the type of a SCIM error."""
    said = json.loads(answer.data)
    assert answer.mimetype == MEDIA_TYPE
    assert said["schemas"] == ["urn:ietf:params:scim:api:messages:2.0:Error"]
    assert said["status"] == str(answer.status_code)
    assert said["detail"]
    return answer.status_code, said.get("scimType", "")


OTHERWISE = {
    ("check_add_attribute", "emails"): "one address is kept, and shown as that of work",
    ("check_replace_attribute", "emails"): "one address is kept, and shown as that of work",
    ("check_remove_attribute", "active"): "everyone is active or not: what is not said stays as it is",
}
"""Where Placet does something else than the tester expects, and why."""


@pytest.mark.requirement("P3", clause="our own tables")
def test_the_tester_of_the_standard_finds_nothing_else(any_app: Flask) -> None:
    client = WSGISCIMClient(any_app, base_url=f"http://localhost{SCIM}", headers={"X-Person": "gov"})
    results = check_server(client)
    wrong = [one for one in results if one.status.name in ("ERROR", "CRITICAL")]
    left = [one for one in wrong if not any(one.title == t and f"'{a}'" in str(one.reason) for t, a in OTHERWISE)]
    assert [(one.title, one.resource_type, one.reason) for one in left] == []
    assert len(results) - len(wrong) > 50
    assert len(wrong) == len(OTHERWISE)


@pytest.mark.requirement("P3", clause="our own tables")
def test_someone_is_provided_changed_and_taken_away(any_app: Flask) -> None:
    send = sender(any_app)
    people = any_app.extensions["placet"].marketplace
    assert send("GET", '/Users?filter=userName eq "zoe@example.org"').get_json(force=True)["totalResults"] == 0
    made = send("POST", "/Users", ZOE)
    assert (made.status_code, made.mimetype) == (201, MEDIA_TYPE)
    zoe = person(people, "zoe@example.org")
    assert (zoe.name, zoe.email, zoe.active) == ("Zoe", "zoe@example.org", True)
    assert zoe.attributes == {"department": {"Finance"}, "manager": {"gov"}}
    for wanted in ('userName eq "zoe@example.org"', 'externalId eq "00u1"', 'displayName co "zo"'):
        found = send("GET", f"/Users?filter={wanted}").get_json(force=True)
        assert [one["userName"] for one in found["Resources"]] == ["zoe@example.org"]
    again = send("POST", "/Users", ZOE)
    assert refusal(again) == (409, "uniqueness")
    renamed = patch({"op": "replace", "path": "displayName", "value": "Zoe Z."})
    assert send("PATCH", "/Users/zoe@example.org", renamed).status_code == 204
    assert person(people, "zoe@example.org").name == "Zoe Z."
    off = patch({"op": "replace", "value": {"active": False}})
    assert send("PATCH", "/Users/zoe@example.org", off).status_code == 204
    assert send("GET", "/Users/zoe@example.org").get_json(force=True)["active"] is False
    assert send("DELETE", "/Users/zoe@example.org").status_code == 204
    assert refusal(send("GET", "/Users/zoe@example.org"))[0] == 404
    assert not person(people, "zoe@example.org").active
    assert send("POST", "/Users", ZOE).status_code == 201
    assert person(people, "zoe@example.org").active


@pytest.mark.requirement("R12", clause="requests are canceled")
@pytest.mark.parametrize(
    ("method", "body"),
    [
        ("PATCH", patch({"op": "replace", "path": "active", "value": False})),
        ("PUT", {"schemas": [USER], "userName": "ann", "displayName": "Ann Lee", "active": False}),
        ("DELETE", None),
    ],
)
def test_requests_of_who_is_taken_away_are_canceled(
    send: Send, marketplace: Marketplace, method: str, body: dict[str, object] | None
) -> None:
    request = marketplace.requests.submit(person(marketplace, "ann"), "both")
    assert send(method, "/Users/ann", body).status_code in (200, 204)
    assert marketplace.requests.get(person(marketplace, "gov"), request.id).request.status == "canceled"


def test_what_scim_has_no_word_for_stays(send: Send, marketplace: Marketplace) -> None:
    before = person(marketplace, "max")
    put = {"schemas": [USER], "userName": "max", "displayName": "Max M.", "active": True}
    assert send("PUT", "/Users/max", put).status_code == 200
    after = person(marketplace, "max")
    assert (after.domain_permissions, after.groups) == (before.domain_permissions, before.groups)
    assert refusal(send("PUT", "/Users/max", put | {"userName": "other"}))[0] == 400


def test_nobody_is_let_in_again_by_what_is_not_said(send: Send, marketplace: Marketplace) -> None:
    put = {"schemas": [USER], "userName": "gone", "displayName": "Gwen"}
    assert send("PUT", "/Users/gone", put).status_code == 200
    assert not person(marketplace, "gone").active
    assert send("PUT", "/Users/gone", put | {"active": True}).status_code == 200
    assert person(marketplace, "gone").active


def test_a_group_is_provided_with_its_members(any_app: Flask) -> None:
    send = sender(any_app)
    market = any_app.extensions["placet"].marketplace
    made = send("POST", "/Groups", {"schemas": [GROUP], "displayName": "Maps", "members": [{"value": "ann"}]})
    assert made.status_code == 201
    id = made.get_json(force=True)["id"]
    assert person(market, "ann").groups == {"analysts", id}
    assert [one["id"] for one in send("GET", '/Groups?filter=displayName eq "Maps"').get_json(force=True)["Resources"]]
    added = patch({"op": "add", "path": "members", "value": [{"value": "ben"}]})
    assert send("PATCH", f"/Groups/{id}", added).status_code == 204
    removed = patch({"op": "remove", "path": 'members[value eq "ann"]'})
    assert send("PATCH", f"/Groups/{id}", removed).status_code == 204
    by_value = patch({"op": "remove", "path": "members", "value": [{"value": "nobody"}]})
    assert send("PATCH", f"/Groups/{id}", by_value).status_code == 204
    members = send("GET", f"/Groups/{id}").get_json(force=True)["members"]
    assert [one["value"] for one in members] == ["ben"]
    assert members[0]["$ref"].endswith(f"{SCIM}/Users/ben")
    unknown = patch({"op": "add", "path": "members", "value": [{"value": "nobody"}]})
    assert refusal(send("PATCH", f"/Groups/{id}", unknown))[0] == 404
    assert send("DELETE", f"/Groups/{id}").status_code == 204
    assert person(market, "ben").groups == {"analysts"}


def test_a_service_account_is_no_providers_and_stays_in_its_groups(send: Send, marketplace: Marketplace) -> None:
    governor = person(marketplace, "gov")
    marketplace.groups.change_members(governor, "finance", joining=frozenset({"bot"}))
    assert refusal(send("GET", "/Users/bot"))[0] == 404
    emptied = {"schemas": [GROUP], "displayName": "Finance", "members": []}
    assert send("PUT", "/Groups/finance", emptied).status_code == 200
    assert [one.id for one in marketplace.groups.members(governor, "finance").items] == ["bot"]


def test_lists_come_in_pages_by_number(send: Send) -> None:
    first = send("GET", "/Users?count=4").get_json(force=True)
    assert send("GET", f"/Users?startIndex={10**30}").get_json(force=True).get("Resources", []) == []
    second = send("GET", "/Users?count=200&startIndex=5").get_json(force=True)
    names = [one["userName"] for one in (*first["Resources"], *second["Resources"])]
    assert first["totalResults"] == len(names) == 10
    assert names == sorted(names)
    assert send("GET", "/Users?count=0").get_json(force=True)["totalResults"] == 10


def test_who_has_seen_an_older_version_overwrites_nothing(send: Send) -> None:
    tag = send("GET", "/Users/ann").headers["ETag"]
    put = {"schemas": [USER], "userName": "ann", "displayName": "Ann", "active": True}
    assert send("PUT", "/Users/ann", put, If_Match=tag).status_code == 200
    assert refusal(send("PUT", "/Users/ann", put | {"displayName": "Anna"}, If_Match=tag))[0] == 412


def test_it_is_for_those_who_manage_people_and_refusals_are_scims(app: Flask) -> None:
    for path in ("/Users", "/Groups", "/Users/ann", "/ServiceProviderConfig", "/Schemas", "/nowhere"):
        assert refusal(sender(app, "")("GET", path))[0] == 401
        assert refusal(sender(app, "ann")("GET", path))[0] == 403
        assert refusal(sender(app, "ops")("GET", path))[0] == 403
    send = sender(app)
    assert refusal(send("GET", "/nowhere/at/all"))[0] == 404
    assert refusal(send("POST", "/Users", ZOE, Sec_Fetch_Site="cross-site"))[0] == 403
    assert refusal(send("POST", "/Users", {"schemas": [USER]}))[0] == 400
    assert refusal(send("GET", "/Users?filter=userName zz"))[0] == 400
    assert refusal(send("DELETE", "/Users/gov"))[0] == 409
    assert refusal(send("POST", "/Users", ZOE | {"userName": "x" * 300})) == (400, "invalidValue")
    sent = app.test_client().post(f"{SCIM}/Users", data=ZOE, headers={"X-Person": "gov"})
    assert refusal(sent)[0] == 415


def test_ids_with_a_slash_are_found(send: Send, marketplace: Marketplace) -> None:
    from placet.domain.people import Person

    marketplace.people.load("test", PeopleFile((Person("HQ/zoe 100%", "Zoe"),)))
    assert send("GET", "/Users/HQ%2Fzoe 100%25").get_json(force=True)["userName"] == "HQ/zoe 100%"


def test_without_the_library_there_is_no_scim_and_all_else(monkeypatch: pytest.MonkeyPatch) -> None:
    from placet.scim import register_scim

    monkeypatch.setitem(sys.modules, "scim2_server", None)
    monkeypatch.setattr("placet.scim.find_spec", lambda _: None)
    app = Flask("bare")
    register_scim(app, "/placet")
    assert "placet-scim" not in app.blueprints


def test_a_provider_may_come_with_a_token(app: Flask, marketplace: Marketplace) -> None:
    governor, end = person(marketplace, "gov"), NOW + timedelta(days=30)
    people, reads = (
        marketplace.tokens.create(governor, "idp", [scope], end)[1] for scope in (Scope.PEOPLE, Scope.READ)
    )
    provider = sender(app, "")
    assert provider("GET", "/Users", Authorization=f"Bearer {people}").status_code == 200
    new = {"schemas": [USER], "userName": "nina"}
    told = {"Authorization": f"Bearer {people}", "Origin": "https://idp.example"}
    assert provider("POST", "/Users", new, **told).status_code == 201
    assert refusal(provider("GET", "/Users", Authorization=f"Bearer {reads}"))[0] == 403
    bad = provider("GET", "/Users", Authorization="Bearer placet_x")
    assert refusal(bad)[0] == 401
    assert bad.headers["WWW-Authenticate"] == 'Bearer realm="placet", error="invalid_token"'
