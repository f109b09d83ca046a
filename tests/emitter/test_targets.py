"""The kinds of target that settings can name, and one that somebody else has packaged."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from placet.domain.errors import SettingError
from placet.emitter.cedar.target import CedarTarget
from placet.emitter.postgres.target import PostgresTarget
from placet.emitter.rego.target import RegoTarget
from placet.emitter.targets import open_targets

OUTSIDE = Path(__file__).parent / "outside"


def test_shipped_kinds_are_opened_by_their_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DSN", "dbname=nowhere")
    described = {
        "a": {"dsn_variable": "DSN", "hosts": ["a.example"]},
        "b": {"kind": "rego", "package": "shop"},
        "c": {"kind": "cedar"},
    }
    opened = open_targets(described)
    assert [type(one) for one in opened.values()] == [PostgresTarget, RegoTarget, CedarTarget]


@pytest.mark.parametrize(
    ("described", "told"),
    [
        ({"kind": "oracle"}, "of kind `oracle`, which is unknown: there are `cedar`"),
        ({"kind": "rego", "colour": "red"}, "can't be described so"),
        ({"dsn_variable": "NOT_THERE"}, "has no connection string"),
        ({}, "has no connection string"),
    ],
    ids=str,
)
def test_what_can_not_be_opened_is_refused_with_the_reason(described: dict[str, str], told: str) -> None:
    with pytest.raises(SettingError, match=told):
        open_targets({"warehouse": described})


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which a package from outside the tree is installed, as pip does it."""
    folder, copy = tmp_path_factory.mktemp("installed"), tmp_path_factory.mktemp("package") / "ledger"
    shutil.copytree(OUTSIDE, copy)
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation", "--no-index"]
    subprocess.run([*pip, "--target", str(folder), str(copy)], check=True)
    return folder


STORY = """
import json, sys
from flask import Flask
from placet import Placet, Principal
from placet.domain.errors import SettingError
from placet.emitter.targets import open_targets

folder = sys.argv[1]
described = {"books": {"kind": "ledger", "file": folder + "/ledger.json"}}
app = Flask("host")
app.config |= {"SECRET_KEY": "k", "PLACET_DATABASE": "sqlite:///" + folder + "/placet.db", "PLACET_TARGETS": described}
Placet(identity=lambda: Principal("ann")).init_app(app)
found = {"address": app.extensions["placet"].marketplace.context.target("books").address("raw", "orders")}
for kind in ("broken", "rego"):
    try:
        found[kind] = type(open_targets({"x": {"kind": kind}})["x"]).__name__
    except SettingError as error:
        found[kind] = error.detail
print(json.dumps(found))
"""


def test_a_target_that_is_installed_beside_placet_is_opened_by_its_kind(installed: Path, tmp_path: Path) -> None:
    """Nothing takes the place of a kind that ships; one that can't be loaded says why."""
    run = subprocess.run(
        [sys.executable, "-c", STORY, str(tmp_path)],
        check=True,
        capture_output=True,
        text=True,
        env={"PYTHONPATH": str(installed), "PATH": ""},
    )
    found = json.loads(run.stdout.splitlines()[-1])
    assert found["address"] == "books:raw.orders"
    assert found["rego"] == "RegoTarget"
    assert "`placet_ledger.nowhere:Nothing` fails with" in found["broken"]
