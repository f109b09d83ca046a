"""`placet policies ...`: what the data platforms enforce, and what it means for someone."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import click
from flask.cli import with_appcontext

from placet.cli.saying import DRIFTED, THE_OPERATOR, out, said_plainly, state
from placet.domain.errors import SettingError
from placet.service.enforcement import Enforcement
from placet.service.terms import instant


@click.group(help="What the data platforms enforce.")
def policies() -> None:
    pass


@policies.command(help="What applying would change on a platform; changes nothing.")
@click.argument("target")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@with_appcontext
@said_plainly
def plan(target: str, as_json: bool) -> None:
    show_plan(enforcement(target).plan(), as_json)


@policies.command(help="Bring a platform to what it should enforce; prints the plan, and acts on it with --yes.")
@click.argument("target")
@click.option("--yes", is_flag=True, help="Do it.")
@with_appcontext
@said_plainly
def apply(target: str, yes: bool) -> None:
    done = enforcement(target).apply() if yes else enforcement(target).plan()
    show_plan(done, as_json=False)
    if not yes and not done.empty:
        out.print("nothing was done: say --yes to do it")


@policies.command("verify", help="Compare a platform with what it should enforce; exit code 2 where it has drifted.")
@click.argument("target")
@with_appcontext
@said_plainly
def verify_target(target: str) -> None:
    found = enforcement(target).verify()
    for drift in found:
        out.print(f"{drift.severity}: {drift.kind} {drift.object}: {drift.detail}", markup=False)
    drifted = any(drift.severity == "drift" for drift in found)
    out.print("the platform has drifted" if drifted else "the platform enforces what it should")
    sys.exit(DRIFTED if drifted else 0)


@policies.command("export", help="Write the files of a platform that fetches what it enforces; they count as fetched.")
@click.argument("target")
@click.option("--to", "folder", required=True, type=click.Path(file_okay=False, path_type=Path), help="Into which.")
@with_appcontext
@said_plainly
def export_policies(target: str, folder: Path) -> None:
    made = state().marketplace.handing_out.export(target, lambda files: write_files(folder, files))
    for problem in made.output.problems:
        out.print(f"{problem.kind} {problem.object}: {problem.summary}", markup=False)
    out.print(f"wrote {', '.join(sorted(made.output.files))} of revision {made.revision}", markup=False)


def write_files(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write files into a folder, each whole or not at all."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in files.items():
            beside = folder / f".{name}.new"
            beside.write_bytes(content)
            beside.replace(folder / name)
    except OSError as error:
        raise SettingError(f"`{folder}` can't be written: {error.strerror}") from error


def enforcement(target: str) -> Enforcement:
    """The data platform of this name, and what it should enforce. Raises NotFound."""
    return state().marketplace.work.enforcement(target)


def show_plan(plan: Any, as_json: bool) -> None:
    """Each change with its statements, who loses direct access by it, and what a person has to see to."""
    rows = [{"kind": one.kind, "object": one.object, "summary": one.summary} for one in (*plan.changes, *plan.problems)]
    if as_json:
        statements = [list(one.statements) for one in (*plan.changes, *plan.problems)]
        click.echo(json.dumps([row | {"statements": some} for row, some in zip(rows, statements, strict=True)]))
        return
    for row in rows:
        out.print(f"{row['kind']} {row['object']}: {row['summary']}", markup=False)
    for loss in plan.losses:
        out.print(f"{loss.role} loses {', '.join(loss.privileges)} on {loss.source}", markup=False)
    if not rows:
        out.print("nothing to change")


@policies.command(help="What someone may read of a data source, and why: an id, or schema.table.")
@click.argument("person")
@click.argument("source")
@click.option("--at", default="", help="At which instant, as 2027-01-31T12:00:00Z; now by default.")
@with_appcontext
@said_plainly
def decide(person: str, source: str, at: str) -> None:
    marketplace, when = state().marketplace, _instant(at)
    id = marketplace.subscription_policies.source_named(THE_OPERATOR, source).source
    found = marketplace.decisions.decide(THE_OPERATOR, person, id, when)
    out.print(f"{person} {'may' if found.allowed else 'may not'} read {source} at {found.at:%Y-%m-%d %H:%M:%S} UTC")
    for reason in found.reasons:
        out.print(f"  {reason}", markup=False)
    if found.allowed:
        for column in found.columns:
            out.print(f"{column.name}: {column.shown} ({'; '.join(column.reasons)})", markup=False)
        for filter in found.filters:
            out.print(filter, markup=False)


def _instant(text: str) -> datetime | None:
    return instant(text) if text else None


@policies.command(help="The effective policy of a data source: an id, or schema.table.")
@click.argument("source")
@with_appcontext
@said_plainly
def show(source: str) -> None:
    for line in state().marketplace.source_policies.described(THE_OPERATOR, source):
        out.print(line, markup=False)
