"""No other site changes anything in someone's name."""

from __future__ import annotations

import pytest

from tests.api.client import refusal
from tests.api.conftest import Speak

ASKED = {"product": "both"}


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "cross-site", "Origin": "http://localhost"},
        {"Origin": "https://evil.example"},
        {"Origin": "http://localhost.evil.example"},
        {"Origin": "http://localhost:8000"},
        {"Origin": "null"},
    ],
)
def test_what_another_site_sends_changes_nothing(speak: Speak, headers: dict[str, str]) -> None:
    ann = speak("ann")
    assert refusal(ann.post("/access-requests", ASKED, headers=headers)) == (403, "cross-site")
    assert refusal(speak("max").delete("/data-products/both", headers=headers | {"If-Match": "*"})) == (
        403,
        "cross-site",
    )
    assert ann.get("/access-requests").json["items"] == []
    assert speak("max").get("/data-products/both").json["state"] == "published"


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Sec-Fetch-Site": "same-origin", "Origin": "http://localhost"},
        {"Sec-Fetch-Site": "none"},
        {"Origin": "http://localhost"},
        {"Sec-Fetch-Site": "same-origin", "Origin": "https://behind-a-proxy.example"},
    ],
)
def test_what_our_own_pages_and_programs_send_is_taken(speak: Speak, headers: dict[str, str]) -> None:
    assert speak("ann").post("/access-requests", ASKED, headers=headers).status_code == 201


def test_another_site_may_link_here(speak: Speak) -> None:
    assert speak("ann").get("/data-products", headers={"Sec-Fetch-Site": "cross-site"}).status_code == 200


@pytest.mark.parametrize(
    "mimetype",
    ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "application/problem+json", ""],
)
@pytest.mark.parametrize("path", ["/access-requests", "/data-products/both/suspend"])
def test_what_a_form_of_another_site_could_send_is_no_json_whatever_it_holds(
    speak: Speak, path: str, mimetype: str
) -> None:
    answer = speak("gov").send("POST", path, data=b'{"product": "both"}', headers={"Content-Type": mimetype})
    assert refusal(answer) == (415, "not-json")


def test_json_may_say_in_which_characters_it_is_written(speak: Speak) -> None:
    written = {"Content-Type": "application/json; charset=utf-8"}
    assert (
        speak("ann").send("POST", "/access-requests", data=b'{"product": "both"}', headers=written).status_code == 201
    )
