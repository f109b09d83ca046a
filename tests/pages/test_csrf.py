"""Forms are only taken from our own pages, from whom they were made for, and not too late."""

from __future__ import annotations

import base64

import pytest
from flask import Flask
from itsdangerous import URLSafeTimedSerializer

from placet.domain.clock import SetClock
from placet.domain.people import Person
from placet.pages.csrf import FIELD, GOOD_FOR, token_for
from tests.pages.addresses import rules
from tests.pages.conftest import Browse, MakeApp
from tests.pages.shop import Shop


def token(app: Flask, person: str) -> str:
    with app.test_request_context():
        return token_for(Person(person, person))


def posts(app: Flask) -> list[str]:
    """The address of every page that takes a form, with some id in it."""
    return [rule.rule.replace("<id>", "none") for rule in rules(app, "POST")]


def refused(app: Flask, browse: Browse, sent: dict[str, str], **headers: str) -> set[str]:
    """The codes with which each page that takes a form refuses this one."""
    assert len(posts(app)) >= 5
    told = set()
    for address in posts(app):
        response = browse("ann").post(address, sent, **headers)
        assert response.status_code == 403, address
        told.add(response.get_data(as_text=True).split('<p class="lead text">')[1].split("</p>")[0])
    return told


def test_a_form_without_a_token_is_refused_everywhere(app: Flask, shop: Shop, browse: Browse) -> None:
    assert refused(app, browse, {}) == {"it carries no valid token: open the page again and send the form from there"}


def test_a_forged_token_is_refused_everywhere(app: Flask, shop: Shop, browse: Browse) -> None:
    payload, *rest = token(app, "sam").split(".")
    body = base64.urlsafe_b64encode(b'["ann","x"]').decode().rstrip("=")
    assert payload != body
    forged = ".".join([body, *rest])
    own_key = str(URLSafeTimedSerializer("of the attacker", salt="placet-csrf").dumps(["ann", "x"]))
    for one in (forged, own_key, "x", "x.y.z", token(app, "ann")[:-1]):
        assert refused(app, browse, {FIELD: one}) == {
            "it carries no valid token: open the page again and send the form from there"
        }


def test_the_token_of_another_person_is_refused_everywhere(app: Flask, shop: Shop, browse: Browse) -> None:
    assert refused(app, browse, {FIELD: token(app, "sam")}) == {
        "it was opened by someone else: open the page again and send the form as yourself"
    }


def test_an_old_token_is_refused_everywhere(app: Flask, shop: Shop, browse: Browse, clock: SetClock) -> None:
    old = token(app, "ann")
    clock.advance(seconds=GOOD_FOR + 1)
    assert refused(app, browse, {FIELD: old}) == {
        "the form lay open for too long: open the page again and send it anew"
    }


def test_a_token_is_good_until_it_is_old(app: Flask, shop: Shop, browse: Browse, clock: SetClock) -> None:
    kept = token(app, "ann")
    clock.advance(seconds=GOOD_FOR)
    assert browse("ann").post("/placet/requests/none/cancel", {FIELD: kept}).status_code == 404


def test_a_token_from_the_future_is_refused(app: Flask, shop: Shop, browse: Browse, clock: SetClock) -> None:
    early = token(app, "ann")
    clock.advance(seconds=-60)
    assert len(refused(app, browse, {FIELD: early})) == 1


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "whatever"},
        {"Sec-Fetch-Site": "cross-site", "Origin": "http://localhost"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": ""},
        {"Origin": "http://localhost:81"},
        {"Origin": "http://localhost.evil.example"},
        {"Origin": "http://sub.localhost"},
    ],
)
def test_a_form_from_another_site_is_refused_everywhere(
    app: Flask, shop: Shop, browse: Browse, headers: dict[str, str]
) -> None:
    assert refused(app, browse, {FIELD: token(app, "ann")}, **headers) == {
        "it was sent from another site: open the page here and send the form from there"
    }


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "http://localhost"},
        {"Origin": "https://localhost"},
        {"Sec-Fetch-Site": "same-origin"},
        {"Sec-Fetch-Site": "none"},
        {"Sec-Fetch-Site": "same-origin", "Origin": "https://behind.a.proxy"},
    ],
)
def test_a_form_from_here_is_taken(app: Flask, shop: Shop, browse: Browse, headers: dict[str, str]) -> None:
    response = browse("ann").post("/placet/requests/none/cancel", {FIELD: token(app, "ann")}, **headers)
    assert response.status_code == 404


def test_a_refused_form_changes_nothing(shop: Shop, browse: Browse) -> None:
    asked = shop.ask("ann")
    page = browse("ann").get(f"/placet/requests/{asked}")
    form = page.form("/cancel")
    form.fields.pop(FIELD)
    assert browse("ann").send(form).status_code == 403
    assert shop.marketplace.requests.get(shop.person("ann"), asked).request.status == "pending"


def test_nobody_is_asked_to_sign_in_before_any_token_counts(app: Flask, shop: Shop, browse: Browse) -> None:
    for address in posts(app):
        assert browse("").post(address, {FIELD: token(app, "ann")}).status_code == 401


def test_each_token_is_another(app: Flask, shop: Shop) -> None:
    assert token(app, "ann") != token(app, "ann")


def test_a_key_of_our_own_takes_the_place_of_the_hosts(make_app: MakeApp, clock: SetClock) -> None:
    plain, keyed = make_app(), make_app(secret_key="ours")
    assert token(plain, "ann").split(".")[2] != token(keyed, "ann").split(".")[2]
    by_ours = URLSafeTimedSerializer("ours", salt="placet-csrf")
    assert by_ours.loads_unsafe(token(keyed, "ann"))[1][0] == "ann"


def test_without_any_key_no_form_is_shown_and_the_page_says_which_setting_is_missing(
    app: Flask, browse: Browse
) -> None:
    app.secret_key = None
    page = browse("ann").get("/placet/", 500)
    assert "PLACET_SECRET_KEY" in page.main
