"""The page of API tokens."""

from __future__ import annotations

import pytest
from flask import Flask

from placet.service.people_file import read_json
from tests.pages.conftest import Browse
from tests.pages.shop import Shop

ACCOUNT = '{"people": [{"id": "bot", "name": "Nightly", "kind": "service-account", "owner": "ann"}]}'


def uses(app: Flask, token: str) -> int:
    headers = {"Authorization": f"Bearer {token}"}
    return app.test_client().get("/placet/api/v1/domains", headers=headers).status_code


@pytest.mark.requirement("P4", clause="tokens")
def test_a_token_is_made_shown_once_and_revoked(app: Flask, browse: Browse) -> None:
    ann = browse("ann")
    form = ann.get("/placet/tokens").form("/tokens")
    page = ann.refused(ann.send(form, name="nightly", days="3"), 422)
    assert page.tree.one("input", id="name").attributes["value"] == "nightly"
    response = ann.send(form, name="<b>nightly</b>", days="30", scopes=["read", "request"])
    assert response.status_code == 200
    token = response.get_data(as_text=True).partition('value="placet_')[2].partition('"')[0]
    assert response.headers["Cache-Control"] == "no-store"
    assert uses(app, f"placet_{token}") == 200
    again = ann.get("/placet/tokens")
    assert token not in again.html
    assert "<b>nightly</b>" in again.main
    assert "read, request" in again.main
    [form_] = [one for one in again.tree.all("form") if one.attributes["action"].endswith("/revoke")]
    path = form_.attributes["action"].removeprefix("/placet")
    assert "revoked" in ann.follow(ann.send(again.form(path))).main
    assert uses(app, f"placet_{token}") == 401


@pytest.mark.parametrize("days", ["", "x", "0", "-1", "366", "99999", "٣", "1e2"])
def test_an_end_that_can_not_be_is_refused(browse: Browse, days: str) -> None:
    ann = browse("ann")
    form = ann.get("/placet/tokens").form("/tokens")
    ann.refused(ann.send(form, name="nightly", days=days, scopes="read"), 422)


def test_user_admin_makes_those_of_service_accounts_and_no_one_those_of_others(shop: Shop, browse: Browse) -> None:
    shop.marketplace.people.load("gov", read_json(ACCOUNT))
    gov = browse("gov")
    form = gov.get("/placet/tokens?holder=bot").form("/tokens")
    assert gov.send(form, name="nightly", days="30", scopes="decisions").status_code == 200
    page = gov.get("/placet/tokens?holder=bot")
    [form_] = [one for one in page.tree.all("form") if one.attributes["action"].endswith("/revoke?holder=bot")]
    assert "revoked" in gov.follow(gov.send(page.form(form_.attributes["action"][7:].partition("?")[0]))).main
    browse("ann").get("/placet/tokens?holder=bot", 403)


@pytest.mark.requirement("P4", clause="tokens")
def test_user_admin_sees_and_revokes_those_of_people_and_makes_none(app: Flask, browse: Browse) -> None:
    ann, gov = browse("ann"), browse("gov")
    made = ann.send(ann.get("/placet/tokens").form("/tokens"), name="nightly", days="30", scopes="read")
    text = "placet_" + made.get_data(as_text=True).partition('value="placet_')[2].partition('"')[0]
    link = next(one for one in gov.get("/placet/people/ann").tree.all("a") if "holder" in one.attributes["href"])
    page = gov.get(link.attributes["href"])
    assert "Only ann can make one" in page.main
    assert not list(page.tree.all("input", id="name"))
    form = page.form("/revoke")
    gov.follow(gov.send(form))
    assert uses(app, text) == 401
    assert "The API token nightly of ann was revoked." in ann.get("/placet/notifications").main
    sent = {**form.fields, "name": "x", "days": "3", "scopes": "read"}
    assert gov.post("/placet/tokens?holder=ann", sent).status_code == 403
    browse("sam").get("/placet/tokens?holder=ann", 403)
