"""The command line as an operator has it: `placet` in processes of its own, over a real data platform."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from tests.journeys.journey import WAIT, Journey

BIN = Path(sys.executable).parent
ROOT = Path(__file__).parents[2]
APP = "tests.journeys.host:make_app"
VIEW = "marketplace.pay__salaries"

Run = Callable[..., "subprocess.CompletedProcess[str]"]


def run(*arguments: str | Path, program: str = "placet") -> subprocess.CompletedProcess[str]:
    return subprocess.run([BIN / program, *arguments], cwd=ROOT, capture_output=True, text=True, timeout=WAIT)


def placet(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """A command in the app of the journey."""
    return run("--app", APP, *arguments)


@pytest.fixture
def operated(journey: Journey) -> Journey:
    """A journey whose worker is stopped, so that only the operator does something."""
    journey.worker.stop()
    return journey


def approve_something(journey: Journey) -> str:
    request = journey.ask()
    journey.approve(request)
    return request


def test_without_an_app_there_is_help_and_a_word_on_what_is_missing() -> None:
    shown = run("--help")
    assert shown.returncode == 0
    for command in ("audit", "db", "demo", "import", "policies", "worker"):
        assert command in shown.stdout
    lost = run("audit", "verify")
    assert lost.returncode != 0
    assert "app" in lost.stderr
    assert "Traceback" not in lost.stderr


@pytest.mark.requirement("E4", clause="plan")
@pytest.mark.requirement("E4", clause="apply")
def test_a_plan_is_shown_and_acted_on_only_with_yes(operated: Journey) -> None:
    assert placet("policies", "plan", "warehouse").stdout == "nothing to change\n"
    approve_something(operated)
    planned = placet("policies", "plan", "warehouse")
    assert (planned.returncode, "rita_db" in planned.stdout) == (0, True)
    told = json.loads(placet("policies", "plan", "warehouse", "--json").stdout)
    assert {change["kind"] for change in told} == {"entitlement", "membership"}
    assert all(change["statements"] for change in told)
    asked = placet("policies", "apply", "warehouse")
    assert (asked.returncode, "nothing was done" in asked.stdout) == (0, True)
    assert operated.rows("rita") is None
    done = placet("policies", "apply", "warehouse", "--yes")
    assert (done.returncode, "nothing was done" in done.stdout) == (0, False)
    assert operated.rows("rita") == 2
    assert placet("policies", "plan", "warehouse").stdout == "nothing to change\n"


@pytest.mark.requirement("E4", clause="verify")
def test_a_platform_that_was_tampered_with_ends_with_two_until_it_is_mended(operated: Journey) -> None:
    assert placet("policies", "verify", "warehouse").returncode == 0
    with psycopg.connect(operated.dsn, autocommit=True) as admin:
        admin.execute(f"CREATE OR REPLACE VIEW {VIEW} AS SELECT id, amount FROM pay.salaries")
        admin.execute(f"GRANT SELECT ON {VIEW} TO tom_db")
    assert operated.rows("tom") == 2
    found = placet("policies", "verify", "warehouse")
    assert found.returncode == 2
    assert VIEW in found.stdout
    assert "has drifted" in found.stdout
    assert placet("policies", "apply", "warehouse", "--yes").returncode == 0
    assert operated.rows("tom") is None
    mended = placet("policies", "verify", "warehouse")
    assert (mended.returncode, "drift:" in mended.stdout) == (0, False)


def test_a_platform_that_is_away_is_said_in_a_line(operated: Journey, outage: Callable[[bool], None]) -> None:
    outage(True)
    for command in ("plan", "apply", "verify"):
        lost = placet("policies", command, "warehouse")
        assert (lost.returncode, lost.stdout) == (1, "")
        assert lost.stderr.startswith("placet: ")
        assert len(lost.stderr.splitlines()) == 1


@pytest.mark.requirement("V1", clause="finds an edit")
@pytest.mark.requirement("V1", clause="finds a cut tail")
def test_a_trail_that_was_edited_or_cut_ends_with_two(operated: Journey, sqlite_url: str) -> None:
    whole = placet("audit", "verify", "--json")
    assert whole.returncode == 0
    noted = json.loads(whole.stdout)
    assert placet("audit", "verify", "--head", noted["head"]).returncode == 0
    tamper(sqlite_url, "DELETE FROM placet_audit WHERE sequence = (SELECT max(sequence) FROM placet_audit)")
    assert placet("audit", "verify").returncode == 0
    cut = placet("audit", "verify", "--head", noted["head"])
    assert (cut.returncode, "cut" in cut.stdout) == (2, True)
    misread = placet("audit", "verify", "--head", "[/red]")
    assert (misread.returncode, "`[/red]`" in misread.stdout) == (2, True)
    tamper(sqlite_url, "UPDATE placet_audit SET actor = 'nobody' WHERE sequence = 2")
    edited = placet("audit", "verify")
    assert (edited.returncode, "entry 2 was edited" in edited.stdout) == (2, True)


def tamper(url: str, statement: str) -> None:
    """Change the trail as who can write the file may, past the triggers."""
    with sqlite3.connect(url.removeprefix("sqlite:///")) as connection:
        for name in ("update", "delete"):
            connection.execute(f"DROP TRIGGER IF EXISTS placet_audit_no_{name}")
        assert connection.execute(statement).rowcount == 1
    connection.close()


def test_people_and_tables_come_in_and_take_effect(operated: Journey, tmp_path: Path) -> None:
    login = {"person": "zoe", "target": "warehouse", "login": "ann_db"}
    file = tmp_path / "people.json"
    file.write_text(json.dumps({"people": [{"id": "zoe", "groups": ["legal"]}], "logins": [login]}))
    assert placet("import", "people", file).stdout == "added: zoe\n1 person and 1 login imported\n"
    imported = placet("import", "catalog", "warehouse", "pay", "--domain", "pay").stdout
    assert imported.splitlines()[-1] == "2 data sources imported"
    unknown = placet("import", "catalog", "warehouse", "pay", "--domain", "nowhere")
    assert (unknown.returncode, "`nowhere`" in unknown.stderr) == (1, True)
    request = operated.ask("tom")
    operated.say("ann", request)
    assert operated.say("zoe", request) == "approved"


@pytest.mark.parametrize("program", ["placet", "flask"])
def test_tables_are_made_where_there_are_none(journey_env: Callable[[str], None], empty_url: str, program: str) -> None:
    journey_env(empty_url)
    command = ["--app", APP, *(["placet"] if program == "flask" else []), "db", "upgrade"]
    first = run(*command, program=program)
    if empty_url.startswith("postgresql"):
        assert first.stdout.startswith("ran 0001_first_tables")
    assert first.returncode == 0
    assert run(*command, program=program).stdout == "the tables are up to date\n"
