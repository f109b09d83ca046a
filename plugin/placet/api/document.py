"""The OpenAPI document of the API itself."""

from __future__ import annotations

import importlib.metadata
from typing import Any

from flask import Flask, current_app, request

from placet.api.resource import Resource

document = Resource("openapi", "This document.", public=True)

DESCRIPTION = """\
Everything Placet does. Errors are problem documents (RFC 9457) with a stable `code`. What changes something is sent as
`application/json`. Times are ISO 8601 in UTC. Lists come in pages: send `next` back as `cursor`.
"""


def document_of(app: Flask) -> dict[str, Any]:
    """What flask-smorest is told about the document."""
    session = {
        "type": "apiKey",
        "in": "cookie",
        "name": app.config["SESSION_COOKIE_NAME"],
        "description": "Whoever is signed in to the server that Placet is part of; most do so by this cookie.",
    }
    token = {"type": "http", "scheme": "bearer", "description": "A token of Placet's own, as `placet_...`."}
    return {
        "title": "Placet",
        "version": importlib.metadata.version("placet"),
        "openapi_version": "3.1.0",
        "info": {"description": DESCRIPTION, "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"}},
        "components": {"securitySchemes": {"host": session, "token": token}},
        "security": [{"host": []}],
    }


@document.route("/openapi.json")
@document.response(200, {"type": "object"}, description="An OpenAPI 3.1 document.")
@document.reads()
def openapi() -> Any:
    """Read this document"""
    api = current_app.extensions["flask-smorest"]["apis"]["PLACET_"]["ext_obj"]
    return current_app.json.response({**api.spec.to_dict(), "servers": [{"url": request.script_root or "/"}]})
