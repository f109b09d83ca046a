"""The schemas for editors: every pack and every case that loads fits them, and what is misspelled does not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from ruamel.yaml import YAML

from placet.engine import cases_schema, pack_schema
from tests.engine.random_packs import random_packs

RULES = Path(__file__).parents[2] / "rules"
FILES = sorted(RULES.rglob("*.yaml"))


def problems(schema: dict[str, Any], text: str) -> list[str]:
    """What a validator says of a text, read as an editor reads it; dates are shown as they are written."""
    found = YAML(typ="safe", pure=True).load(text)
    checker = jsonschema.Draft202012Validator(schema)
    return [error.message for error in checker.iter_errors(json.loads(json.dumps(found, default=str)))]


def schema_of(name: str) -> dict[str, Any]:
    return cases_schema() if name.endswith(".cases.yaml") else pack_schema()


@pytest.mark.parametrize("path", FILES, ids=[path.name for path in FILES])
def test_what_is_shipped_fits_its_schema(path: Path) -> None:
    assert problems(schema_of(path.name), path.read_text()) == []


def test_what_loads_fits_its_schema() -> None:
    import random

    for seed in range(100):
        for pack in random_packs(random.Random(seed)):
            assert problems(pack_schema(), pack.source("random").text) == []


WRONG = [
    ("a.yaml", "pack: a\nrulez: {}\n", "'rulez' was unexpected"),
    ("a.yaml", "pack: a\nrules: {r: {when: [x]}}\n", "'then' is a required property"),
    ("a.yaml", "pack: a\nrules: {r: {when: [x], then: [y], becuase: so}}\n", "'becuase' was unexpected"),
    ("a.yaml", "pack: a\nreads: {x: {p: {q: r}}}\n", "is not of type"),
    (
        "a.yaml",
        "pack: a\nrules: {r: {when: [x: {p: {q: r}}], then: [y]}}\n",
        "is not valid under any of the given schemas",
    ),
    ("a.yaml", "pack: [a]\n", "is not of type 'string'"),
    ("a.cases.yaml", "packs: [a]\ncases: {c: {givn: {x: 1}}}\n", "'givn' was unexpected"),
    ("a.cases.yaml", "cases: {}\n", "'packs' is a required property"),
    ("a.cases.yaml", "packs: a\n", "is not of type"),
]


@pytest.mark.parametrize(("name", "text", "message"), WRONG)
def test_what_is_misspelled_does_not_fit(name: str, text: str, message: str) -> None:
    assert any(message in problem for problem in problems(schema_of(name), text))


def test_every_key_is_explained() -> None:
    for schema in (pack_schema(), cases_schema()):
        jsonschema.Draft202012Validator.check_schema(schema)
        assert all("description" in one for one in schema["properties"].values())
    assert all("description" in one for one in pack_schema()["$defs"]["rule"]["properties"].values())


@pytest.mark.parametrize(("name", "schema"), [("pack", pack_schema()), ("cases", cases_schema())])
def test_the_schemas_are_shipped_beside_the_packs(name: str, schema: dict[str, Any]) -> None:
    assert json.loads((RULES / f"{name}.schema.json").read_text()) == schema
