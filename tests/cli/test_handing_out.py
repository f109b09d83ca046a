"""`placet policies` for platforms that fetch what they enforce."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask import Flask

from placet import Placet
from placet.domain.conditions import InGroup
from placet.domain.policies import DataPolicy
from placet.domain.products import Column, DataSource
from placet.domain.row_filters import Comparison, RowFilter
from placet.domain.scopes import NamedColumns, OnSource
from placet.domain.subscriptions import SubscriptionKind, SubscriptionPolicy
from placet.storage import Session
from tests.cli.test_cli import Run, invoke

NOW = datetime(2026, 1, 1, tzinfo=UTC)
TARGETS = {"opa": {"kind": "rego", "package": "lake"}, "cedar": {"kind": "cedar"}}


@pytest.fixture
def app(tmp_path: Path) -> Flask:
    app = Flask("host")
    app.config.update(PLACET_DATABASE=f"sqlite:///{tmp_path / 'placet.db'}", PLACET_TARGETS=TARGETS)
    Placet(app, identity=lambda: None)
    with app.extensions["placet"].store.writing() as session:
        for target in TARGETS:
            _fill(session, target)
    return app


def _fill(session: Session, target: str) -> None:
    """A source that a group may read, of Europe alone, and a job that waits for its platform."""
    session.sources.save(DataSource(target, target, "sales", "orders", (Column(1, "region", "varchar"),)))
    allow = SubscriptionPolicy(
        f"a {target}",
        f"sellers of {target}",
        SubscriptionKind.ALLOW,
        OnSource(target),
        InGroup("sellers"),
        created_at=NOW,
    )
    session.subscriptions.add(allow)
    europe = RowFilter(Comparison.EQUAL, ("EU",))
    scope = NamedColumns(target, frozenset({1}))
    session.policies.add(DataPolicy(f"f {target}", f"Europe {target}", None, scope, filter=europe, created_at=NOW))
    session.jobs.add("policies", target, target, NOW)


@pytest.fixture
def run(app: Flask) -> Run:
    return lambda *arguments: invoke(app, *arguments)


def waiting(app: Flask, target: str) -> int:
    with app.extensions["placet"].store.reading() as session:
        return len(session.jobs.waiting_on(target))


def test_files_are_written_and_count_as_fetched(app: Flask, run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "new" / "folder"
    assert waiting(app, "opa") == 1
    done = run("policies", "export", "opa", "--to", str(folder))
    assert (done.exit_code, waiting(app, "opa"), waiting(app, "cedar")) == (0, 0, 1)
    assert {path.name for path in folder.iterdir()} == {".manifest", "data.json", "policy.rego"}
    assert json.loads((folder / ".manifest").read_text())["revision"] in done.output
    assert "package lake\n" in (folder / "policy.rego").read_text()


def test_what_is_refused_is_named_by_every_command(run: Run, tmp_path: Path) -> None:
    said = "source sales.orders: is not shared: the platform can't keep row filters"
    for command in (["plan", "cedar"], ["apply", "cedar", "--yes"], ["export", "cedar", "--to", str(tmp_path / "x")]):
        assert run("policies", *command).output.startswith(said)
    verified = run("policies", "verify", "cedar")
    assert (verified.exit_code, verified.output.startswith(f"warning: {said}")) == (0, True)
    assert run("policies", "plan", "opa").output == "nothing to change\n"


def test_what_can_not_be_written_brings_nothing_into_effect(app: Flask, run: Run, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    done = run("policies", "export", "opa", "--to", str(tmp_path / "file" / "folder"))
    assert (done.exit_code, waiting(app, "opa")) == (1, 1)
    assert done.stderr.endswith("(bad-setting)\n")
    assert run("policies", "export", "nowhere", "--to", str(tmp_path)).stderr.endswith("(not-found)\n")
