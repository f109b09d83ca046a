"""`placet apply` and `placet export`."""

from __future__ import annotations

import json
from pathlib import Path

from tests.cli.test_cli import Run, run

__all__ = ["run"]

DOMAIN = "domains:\n  pay:\n    name: Pay\n"


def test_a_plan_waits_for_yes_and_is_done_once(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "market.yaml"
    file.write_text(DOMAIN)
    waiting = run("apply", "-f", str(file), "--json")
    told = json.loads(waiting.output)
    assert (waiting.exit_code, told["done"], told["steps"][0]["what"]) == (2, False, "create")
    assert told["steps"][0]["members"]["name"] == {"before": None, "after": "Pay"}
    said = run("apply", "-f", str(file))
    assert said.exit_code == 2
    assert 'create domains.pay\n  name: null -> "Pay"\n' in said.output
    assert f"--plan {told['plan']}" in said.output
    other = run("apply", "-f", str(file), "--yes", "--plan", "0" * 64)
    assert (other.exit_code, other.stdout) == (1, "")
    assert other.stderr.endswith("(stale-plan)\n")
    done = run("apply", "-f", str(file), "--yes", "--plan", told["plan"])
    assert (done.exit_code, done.output.splitlines()[-1]) == (0, "done")
    again = run("apply", "-f", str(file))
    assert (again.exit_code, again.output) == (0, "0 to change, 1 unchanged\n")
    assert run("export").output == DOMAIN


def test_what_is_wrong_with_files_is_told_with_their_lines(run: Run, tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("domain: {}\n")
    (tmp_path / "b.yaml").write_text("domains:\n  pay: {nmae: Pay}\n")
    wrong = run("apply", "-f", str(tmp_path / "a.yaml"), "-f", str(tmp_path / "b.yaml"), "--yes")
    assert (wrong.exit_code, wrong.stdout) == (1, "")
    assert f"{tmp_path / 'a.yaml'}:1:1: " in wrong.stderr
    assert f"{tmp_path / 'b.yaml'}:2:8: " in wrong.stderr
    (tmp_path / "a.yaml").write_bytes(b"\xff")
    assert "this is no UTF-8" in run("apply", "-f", str(tmp_path / "a.yaml")).stderr


def test_the_schema_is_printed_for_editors(run: Run) -> None:
    assert "products" in json.loads(run("export", "--schema").output)["properties"]
