"""Request links over HTTP."""

from __future__ import annotations

import pytest

from placet.domain.tokens import Scope
from tests.api.client import refusal
from tests.api.conftest import Speak
from tests.api.test_tokens import by, made


def test_a_catalog_asks_by_its_token_where_a_table_is_asked_for(speak: Speak) -> None:
    token = made(speak("ann"), Scope.READ)["token"]
    answer = speak().get("/request-links?fullyQualifiedName=svc.db.shop.visits", headers=by(token)).get_json()
    address = "http://localhost/placet/products/quick/request-access?type=data-access"
    link = {"product": "quick", "product_name": "Quick product", "state": "requestable", "address": address}
    assert answer == {"items": [link]}
    speak("ann").post("/access-requests", {"product": "quick"})
    [link] = speak("ann").get("/request-links?fullyQualifiedName=shop.visits").get_json()["items"]
    assert link["state"] == "has-access"
    assert speak("ann").get("/request-links?fullyQualifiedName=shop.none").get_json() == {"items": []}


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("", (422, "invalid-input")),
        ("fullyQualifiedName=", (422, "invalid-input")),
        ("fullyQualifiedName=x", (404, "not-found")),
        ("fullyQualifiedName=a.b&type=other", (422, "invalid-input")),
    ],
)
def test_what_names_no_source_is_refused(speak: Speak, query: str, told: tuple[int, str]) -> None:
    assert refusal(speak("ann").get(f"/request-links?{query}")) == told
