"""The command line: what each command says, and with which exit code it ends."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from flask import Flask
from flask.cli import ScriptInfo

from placet import Placet
from placet.cli import DRIFTED, flask_group

Run = Callable[..., Result]


def invoke(app: Flask, *arguments: str) -> Result:
    return CliRunner().invoke(flask_group, arguments, obj=ScriptInfo(create_app=lambda: app))


@pytest.fixture
def run(tmp_path: Path) -> Run:
    app = Flask("host")
    app.config.update(SECRET_KEY="of the host", PLACET_DATABASE=f"sqlite:///{tmp_path / 'placet.db'}")
    Placet(app, identity=lambda: None)
    return lambda *arguments: invoke(app, *arguments)


def test_the_tables_are_brought_up_to_date_once(tmp_path: Path) -> None:
    app = Flask("host")
    (tmp_path / "placet.db").touch()
    app.config.update(PLACET_DATABASE=f"sqlite:///{tmp_path / 'placet.db'}")
    Placet(app, identity=lambda: None)
    first, second = invoke(app, "db", "upgrade"), invoke(app, "db", "upgrade")
    assert (first.exit_code, second.exit_code) == (0, 0)
    assert first.output.startswith("ran 0001_first_tables")
    assert second.output == "the tables are up to date\n"


@pytest.mark.parametrize(
    ("name", "text"),
    [("people.csv", "id,name\nrita,Rita\ntom,Tom\n"), ("people.JSON", '{"people": [{"id": "rita"}, {"id": "tom"}]}')],
)
def test_people_come_in_by_the_format_of_their_file(run: Run, tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text)
    done = run("import", "people", str(tmp_path / name))
    assert (done.exit_code, done.output) == (0, "added: rita, tom\n2 people imported\n")


def test_a_refusal_is_one_line_on_the_error_stream_with_its_code(run: Run, tmp_path: Path) -> None:
    (tmp_path / "people.csv").write_text("id,nme\nrita,Rita\n")
    done = run("import", "people", str(tmp_path / "people.csv"))
    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr.startswith("placet: there is an unknown column `nme`")
    assert done.stderr.endswith("(bad-import)\n")


def test_a_trail_that_holds_ends_with_zero_and_gives_the_head_to_note(run: Run, tmp_path: Path) -> None:
    (tmp_path / "people.csv").write_text("id\nrita\n")
    run("import", "people", str(tmp_path / "people.csv"))
    report = json.loads(run("audit", "verify", "--json").output)
    assert (report["entries"], report["faults"]) == (2, [])
    again = run("audit", "verify", "--head", report["head"])
    assert again.exit_code == 0
    assert again.output == f"2 entries, no faults, head {report['head']}\n"


def test_a_trail_that_was_cut_ends_with_two(run: Run) -> None:
    lost = run("audit", "verify", "--head", "ab" * 32)
    assert lost.exit_code == DRIFTED == 2
    assert "the trail was cut" in lost.output
    told = run("audit", "verify", "--head", "ab" * 32, "--json")
    assert told.exit_code == DRIFTED
    assert len(json.loads(told.output)["faults"]) == 1


@pytest.mark.parametrize("command", ["plan", "apply", "verify"])
def test_a_platform_that_nobody_named_is_no_drift(run: Run, command: str) -> None:
    done = run("policies", command, "warehouse")
    assert done.exit_code == 1
    assert "no data platform is called `warehouse`: known are none" in done.stderr


def test_an_app_without_placet_is_no_broken_trail() -> None:
    done = invoke(Flask("host"), "audit", "verify")
    assert done.exit_code == 1
    assert "this app has not loaded Placet" in done.stderr


SOURCES = "schema,table,column,type,tags\nshop,orders,,,Money\nshop,orders,id,bigint,\n"


def test_a_file_of_sources_is_looked_at_and_then_imported(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "sources.csv"
    file.write_text(SOURCES)
    command = ("import", "sources", str(file), "--format", "csv", "--target", "lake")
    looked = run(*command, "--dry-run")
    note = "`lake` is no connected data platform: no access takes effect there; connected are: none\n"
    assert (looked.exit_code, looked.output) == (0, f"new: shop.orders\n{note}1 data source would be imported\n")
    assert json.loads(run(*command, "--json").output)["sources"][0]["state"] == "new"
    assert run(*command).output == f"{note}1 data source imported\n"
    file.write_text(SOURCES.replace("id,bigint", "number,bigint").replace("orders,,,Money", "lines,,,Money"))
    changed = run(*command)
    assert "changed: shop.orders; new: number; gone: id\n" in changed.output
    refused = run(*command, "--domain", "nowhere")
    assert (refused.exit_code, refused.stderr) == (1, "placet: no domain has the id `nowhere` (not-found)\n")


def test_the_catalog_of_a_platform_that_nobody_named_is_not_imported(run: Run) -> None:
    done = run("import", "catalog", "warehouse", "shop", "--dry-run")
    assert done.exit_code == 1
    assert "no data platform is called `warehouse`" in done.stderr


def test_a_dry_run_says_what_would_be_changed_and_what_is_wrong(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "people.csv"
    file.write_text("id,name\nrita,Rita\ntom,Tom\n")
    tried = run("import", "people", str(file), "--dry-run")
    gains = [f"{name.lower()} gains: active, kind person, name {name}\n" for name in ("Rita", "Tom")]
    told = "".join(("added: rita, tom\n", *gains, "nothing was changed: this was a dry run\n"))
    assert (tried.exit_code, tried.output) == (0, told)
    run("import", "people", str(file))
    file.write_text("id,name,active\nrita,Rita,no\ntom,Tom,\n")
    report = json.loads(run("import", "people", str(file), "--dry-run", "--json").output)
    assert (report["added"], report["changed"], report["deactivated"]) == ([], ["rita"], ["rita"])
    file.write_text("id,active\nrita,perhaps\ntom,perhaps\n")
    wrong = run("import", "people", str(file), "--dry-run")
    assert wrong.exit_code == 1
    assert [line.partition(":")[0] for line in wrong.output.splitlines()[:2]] == ["line 2", "line 3"]


def test_without_a_directory_of_the_host_there_is_nothing_to_read(run: Run) -> None:
    done = run("people", "sync")
    assert done.exit_code == 1
    assert done.stderr.endswith("(directory-unreadable)\n")
