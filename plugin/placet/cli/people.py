"""People on the command line: taking them in from a file, and from the host's directory."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path

import click
from flask.cli import with_appcontext

from placet.cli.saying import THE_OPERATOR, counted, out, said_plainly, state
from placet.service.people_import import ImportReport


@click.command("people", help="People, groups and logins from a CSV or JSON file.")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Say what would be changed; exit code 1 where the file is wrong.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@with_appcontext
@said_plainly
def import_people(file: Path, dry_run: bool, as_json: bool) -> None:
    format = "json" if file.suffix.lower() == ".json" else "csv"
    text = file.read_text(encoding="utf-8")
    report = state().marketplace.people.import_report(THE_OPERATOR, text, format, dry_run)
    if as_json:
        click.echo(json.dumps(asdict(report)))
    else:
        show_report(report)
    sys.exit(1 if report.problems else 0)


def show_report(report: ImportReport) -> None:
    """Who is new, changed or deactivated, and what is wrong; in a dry run, what would be."""
    for what in ("added", "changed", "deactivated", "groups"):
        if ids := getattr(report, what):
            out.print(f"{what}: {', '.join(ids)}", markup=False)
    for one in report.differences if report.dry_run else ():
        for what, words in (("gains", one.gains), ("loses", one.loses)):
            if words:
                out.print(f"{one.person} {what}: {', '.join(words)}", markup=False)
    for note in report.notes:
        out.print(note, style="yellow", markup=False)
    for problem in report.problems:
        out.print(problem, style="red", markup=False)
    if report.dry_run:
        out.print("nothing was changed: this was a dry run")
    else:
        logins = f" and {counted(report.logins, 'login', 'logins')}" if report.logins else ""
        out.print(f"{counted(report.count, 'person', 'people')}{logins} imported")


@click.group(help="The directory.")
def people() -> None:
    pass


@people.command(help="Bring Placet's tables to what the host's own directory says now.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@with_appcontext
@said_plainly
def sync(as_json: bool) -> None:
    done = state().marketplace.people.sync()
    if as_json:
        click.echo(json.dumps(vars(done)))
        return
    for what, ids in vars(done).items():
        if ids:
            out.print(f"{what}: {', '.join(ids)}", markup=False)
    out.print("the directory is as the host has it")
