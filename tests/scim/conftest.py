"""The host of the API's tests; SCIM stands beside the API."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from tests.api.conftest import *  # noqa: F403 - fixtures are found by their names

SCIM = "/placet/scim/v2"
MEDIA_TYPE = "application/scim+json"

Send = Callable[..., TestResponse]


def sender(app: Flask, person: str = "gov") -> Send:
    """Sends SCIM requests as someone: method, path below the root, body, headers."""

    def send(method: str, path: str, body: object = None, **headers: str) -> TestResponse:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        more: dict[str, Any] = {} if body is None else {"json": body, "content_type": MEDIA_TYPE}
        said = ({"X-Person": person} if person else {}) | named
        return app.test_client().open(f"{SCIM}{path}", method=method, headers=said, **more)

    return send


@pytest.fixture
def send(app: Flask) -> Send:
    """As someone who manages people."""
    return sender(app)
