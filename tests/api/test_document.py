"""The OpenAPI document: whole, described, and true about what is refused."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from jsonschema import Draft202012Validator

from tests.api.client import API, MEDIA_TYPE, Client, document_of, refusal

GUIDE = Path(__file__).parents[2] / "docs" / "api.md"


@pytest.fixture
def document(app: Flask) -> dict[str, Any]:
    return document_of(app)


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in document["paths"].items():
        yield from ((method.upper(), path, said) for method, said in methods.items() if isinstance(said, dict))


def ours(app: Flask) -> Iterator[tuple[str, str]]:
    """Each route of the API with its method, as the app has them."""
    for rule in app.url_map.iter_rules():
        if rule.rule.startswith(f"{API}/"):
            yield from ((method, rule.rule) for method in rule.methods - {"HEAD", "OPTIONS"})


def test_every_route_is_in_the_document(app: Flask, document: dict[str, Any]) -> None:
    documented = {(method, path) for method, path, _ in operations(document)}
    assert documented == {(method, re.sub(r"<(\w+)>", r"{\1}", path)) for method, path in ours(app)}


def test_every_operation_says_what_it_does_and_has_a_name_of_its_own(document: dict[str, Any]) -> None:
    said = [operation for _, _, operation in operations(document)]
    assert all(operation["summary"] for operation in said)
    assert len({operation["operationId"] for operation in said}) == len(said)


def test_every_member_says_of_what_type_it_is(document: dict[str, Any]) -> None:
    members = [
        f"{schema}.{name}"
        for schema, said in document["components"]["schemas"].items()
        for name, member in said.get("properties", {}).items()
        if not {"type", "$ref", "anyOf", "oneOf", "allOf", "enum"} & set(member)
    ]
    assert sorted(members) == ["DefinitionChange.after", "DefinitionChange.before"]  # whatever the file says


def test_every_member_and_every_parameter_is_described(document: dict[str, Any]) -> None:
    members = [
        f"{schema}.{name}"
        for schema, said in document["components"]["schemas"].items()
        for name, member in said.get("properties", {}).items()
        if schema != "PaginationMetadata" and "description" not in member
    ]
    parameters = [
        f"{path} {one['name']}"
        for _, path, operation in operations(document)
        for one in operation.get("parameters", ())
        if "name" in one and "description" not in one
    ]
    assert members + parameters == []


def test_what_is_read_admits_no_unknown_member(document: dict[str, Any]) -> None:
    bodies = [
        operation["requestBody"]["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
        for _, _, operation in operations(document)
        if "requestBody" in operation
    ]
    assert bodies
    assert [body for body in bodies if document["components"]["schemas"][body]["additionalProperties"]] == []


def test_every_schema_is_a_valid_one(document: dict[str, Any]) -> None:
    for schema in document["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)
    assert document["openapi"] == "3.1.0"


def test_who_is_nobody_is_refused_by_every_route_that_is_not_public(app: Flask, document: dict[str, Any]) -> None:
    nobody, open_to_all = Client(app), set()
    for method, path, operation in operations(document):
        if operation.get("security") == []:
            open_to_all.add(path.removeprefix(API))
            continue
        assert MEDIA_TYPE in operation["responses"]["401"]["content"]
        body = {} if method in ("POST", "PUT") else None
        answer = nobody.send(method, re.sub(r"{\w+}", "x", path.removeprefix(API)), json=body)
        assert refusal(answer) == (401, "unauthenticated"), operation["operationId"]
    assert open_to_all == {"/health/live", "/health/ready", "/openapi.json"}


def test_every_refusal_has_a_code_and_the_guide_explains_each(document: dict[str, Any]) -> None:
    codes = set()
    for _, _, operation in operations(document):
        for status, answer in operation["responses"].items():
            if int(status) >= 400 and MEDIA_TYPE in answer["content"]:
                codes |= {f"`{code}` | {status}" for code in codes_of(answer)}
    explained = set(re.findall(r"^\| (`[a-z-]+` \| \d{3}) \|", GUIDE.read_text(), re.MULTILINE))
    assert explained == codes


def codes_of(answer: dict[str, Any]) -> list[str]:
    return answer["content"][MEDIA_TYPE]["schema"]["allOf"][1]["properties"]["code"]["enum"]


def test_the_guide_lists_every_route(app: Flask) -> None:
    listed = set(re.findall(r"^\| `([A-Z]+) (/[^`]*)` \|", GUIDE.read_text(), re.MULTILINE))
    assert listed == {(method, re.sub(r"<(\w+)>", r"{\1}", path.removeprefix(API))) for method, path in ours(app)}
