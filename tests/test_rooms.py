from __future__ import annotations

from pathlib import Path

import pytest

from tests.rooms import DATA, ORDER, clock_faults, faults, imports_under

ROOT = Path(__file__).parent.parent
PLACET = ROOT / "plugin" / "placet"


@pytest.fixture
def placet(tmp_path: Path) -> Path:
    """An empty package with every room."""
    for room in set().union(*ORDER) - {"placet"}:
        folder = tmp_path / "placet" / room
        folder.mkdir(parents=True)
        (folder / "__init__.py").touch()
    (tmp_path / "placet" / "__init__.py").touch()
    return tmp_path / "placet"


def test_no_import_runs_up_the_rooms_or_in_a_circle() -> None:
    assert faults(PLACET) == []


def test_only_the_clock_asks_for_the_time() -> None:
    assert clock_faults(PLACET) == []


@pytest.mark.parametrize("folder", sorted(DATA))
def test_folders_of_data_import_nothing(folder: str) -> None:
    assert imports_under(ROOT / folder) == []


def test_the_rooms_are_the_ones_the_documentation_lists() -> None:
    listed = (ROOT / "docs" / "architecture.md").read_text().split("```text\n")[1].split("```")[0]
    rooms = [frozenset(step.replace(",", " ").split()) for step in listed.split("<-")]
    assert tuple(rooms) == ORDER[:-1]


@pytest.mark.parametrize(
    ("module", "statement", "reason"),
    [
        ("domain/a", "from placet.engine import load_pack", "domain stands before engine"),
        ("domain/a", "import placet.storage.rows", "domain stands before storage"),
        ("domain/a", "from .. import cli", "domain stands before cli"),
        ("engine/a", "from placet import Placet", "engine stands before placet"),
        ("workflow/a", "def late():\n    from placet.storage import rows", "workflow stands before storage"),
        ("workflow/a", "import importlib\nimportlib.import_module('placet.service')", "workflow stands before service"),
        ("settings/a", "from placet import engine", "settings stands before engine"),
        ("api/a", "from placet.pages import forms", "api stands before pages"),
        ("pages/a", "from ..worker import run", "pages stands before worker"),
        ("api/a", "import placet.storage", "api reaches storage through service only"),
        ("pages/a", "from placet.storage.rows import Row", "pages reaches storage through service only"),
        ("domain/a", "import peewee", "domain is pure"),
        ("domain/a", "from urllib.request import urlopen", "domain is pure"),
        ("domain/a", "from urllib import request", "domain is pure"),
        ("workflow/a", "import psycopg.sql", "workflow is pure"),
        ("workflow/a", "import sqlite3", "workflow is pure"),
        ("service/a", "from tests.servers import postgres_server", "which no one has who installs Placet"),
        ("cli/a", "import placet.rules", "data is read, not imported"),
        ("cli/a", "import placet.attic", "which is no room"),
        ("attic/a", "", "attic: no room of the list"),
    ],
)
def test_a_planted_import_is_caught(module: str, statement: str, reason: str, placet: Path) -> None:
    planted = placet / f"{module}.py"
    planted.parent.mkdir(exist_ok=True)
    planted.write_text(statement + "\n")
    [fault] = faults(placet)
    assert reason in fault


def test_a_planted_circle_inside_a_room_is_caught(placet: Path) -> None:
    (placet / "engine" / "a.py").write_text("from placet.engine import b\n")
    (placet / "engine" / "b.py").write_text("from placet.engine.c import x\n")
    (placet / "engine" / "c.py").write_text("from .a import x\n")
    assert [fault.split(":")[0] for fault in faults(placet)] == ["a circle of imports"]


def test_types_of_one_room_may_name_each_other_and_those_of_another_may_not(placet: Path) -> None:
    for_types = "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from placet.{}.b import x\n"
    (placet / "engine" / "a.py").write_text(for_types.format("engine"))
    (placet / "engine" / "b.py").write_text("from placet.engine import a\n")
    assert faults(placet) == []
    (placet / "domain" / "a.py").write_text(for_types.format("engine"))
    assert faults(placet) == ["placet.domain.a, line 3, imports placet.engine.b: domain stands before engine"]


@pytest.mark.parametrize(
    ("module", "statement"),
    [
        ("domain/a", "import datetime, urllib.parse\nfrom .b import x"),
        ("engine/a", "from placet.domain.errors import PackError\nfrom placet import settings"),
        ("api/a", "from placet.service import submit\nimport flask"),
        ("extension/a", "from placet import api, pages, storage, worker"),
        ("cli/a", "from placet.demo import server"),
    ],
)
def test_an_import_down_the_rooms_is_fine(module: str, statement: str, placet: Path) -> None:
    (placet / f"{module}.py").write_text(statement + "\n")
    (placet / "domain" / "b.py").write_text("x = 1\n")
    assert faults(placet) == []


@pytest.mark.parametrize(
    "statement", ["datetime.now(UTC)", "datetime.datetime.utcnow()", "date.today()", "time.time()", "call = time.time"]
)
def test_a_planted_look_at_the_time_is_caught(statement: str, placet: Path) -> None:
    (placet / "service" / "a.py").write_text(statement + "\n")
    (placet / "domain" / "clock.py").write_text("datetime.now(UTC)\n")
    assert clock_faults(placet) == ["placet.service.a, line 1, asks for the time: use `placet.domain.clock`"]
