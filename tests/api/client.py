"""A client that holds every answer to the OpenAPI document: its status, its code and the shape of its body."""

from __future__ import annotations

import functools
import re
from typing import Any

from flask import Flask
from jsonschema import Draft202012Validator
from werkzeug.test import TestResponse

API = "/placet/api/v1"
MEDIA_TYPE = "application/problem+json"


class Client:
    """Speaks as one person, or as nobody. Paths begin after `/api/v1`."""

    def __init__(self, app: Flask, person: str = "", prefix: str = API) -> None:
        self._app = app
        self._client = app.test_client()
        self._prefix = prefix
        self._headers = {"X-Person": person} if person else {}
        self._document = document_of(app, prefix)

    def get(self, path: str, **options: Any) -> TestResponse:
        return self.send("GET", path, **options)

    def post(self, path: str, json: object = None, **options: Any) -> TestResponse:
        return self.send("POST", path, json={} if json is None else json, **options)

    def put(self, path: str, json: object, **options: Any) -> TestResponse:
        return self.send("PUT", path, json=json, **options)

    def delete(self, path: str, **options: Any) -> TestResponse:
        return self.send("DELETE", path, **options)

    def send(self, method: str, path: str, headers: dict[str, str] | None = None, **options: Any) -> TestResponse:
        headers = self._headers | (headers or {})
        answer = self._client.open(f"{self._prefix}{path}", method=method, headers=headers, **options)
        hold_to(self._document, self._operation(method, path), answer, options.get("json"))
        return answer

    def _operation(self, method: str, path: str) -> dict[str, Any]:
        adapter = self._app.url_map.bind("localhost")
        rule, _ = adapter.match(f"{self._prefix}{path.partition('?')[0]}", method=method, return_rule=True)
        return self._document["paths"][re.sub(r"<(\w+)>", r"{\1}", rule.rule)][method.lower()]


@functools.lru_cache(maxsize=4)
def document_of(app: Flask, prefix: str = API) -> dict[str, Any]:
    """The OpenAPI document that the app serves."""
    return app.test_client().get(f"{prefix}/openapi.json").get_json()


def hold_to(document: dict[str, Any], operation: dict[str, Any], answer: TestResponse, sent: object) -> None:
    """Fails for a status, a code or a body that the operation does not document."""
    documented = operation["responses"].get(str(answer.status_code))
    assert documented, f"{operation['operationId']} does not document {answer.status}: {answer.text}"
    if "content" not in documented:
        assert answer.data == b""
        return
    assert answer.mimetype in documented["content"], answer.mimetype
    schema = documented["content"][answer.mimetype]["schema"]
    if schema.get("format") == "binary":
        return
    fits(document, schema, answer.get_json(force=True))
    if answer.status_code < 300 and sent is not None:
        fits(document, operation["requestBody"]["content"]["application/json"]["schema"], sent)


def fits(document: dict[str, Any], schema: dict[str, Any], value: object) -> None:
    validator = Draft202012Validator({**schema, "components": document["components"]})
    assert not [f"{error.json_path}: {error.message}" for error in validator.iter_errors(value)]


def refusal(answer: TestResponse) -> tuple[int, str]:
    """The status and the code of a refusal, which every problem document says alike."""
    assert answer.mimetype == MEDIA_TYPE, answer.text
    document = answer.get_json(force=True)
    assert document["status"] == answer.status_code
    assert document["type"] == f"urn:placet:problem:{document['code']}"
    assert document["detail"][0] != " "
    assert "``" not in document["detail"], "nothing is quoted"
    assert document["title"]
    return answer.status_code, document["code"]
