"""The command line: `placet ...` on its own, and the same commands under `flask placet ...` in a host's app."""

from __future__ import annotations

import json
import signal
import sys
from pathlib import Path

import click
from flask.cli import ScriptInfo, with_appcontext

from placet.cli.definitions import apply_definitions, export
from placet.cli.importing import import_group
from placet.cli.people import people
from placet.cli.policies import policies
from placet.cli.rules import rules
from placet.cli.saying import DRIFTED, THE_OPERATOR, out, said_plainly, state
from placet.cli.tokens import tokens
from placet.worker import Worker, make_queue


@click.group("placet", help="The data access marketplace of this app.")
def flask_group() -> None:
    pass


@flask_group.command(help="Bring approvals into effect, end what has ended, deliver webhooks; until stopped.")
@with_appcontext
@said_plainly
def worker() -> None:
    here = state()
    Worker(here.marketplace, make_queue(here.settings)).run()


@flask_group.group(help="Placet's own database.")
def db() -> None:
    pass


@db.command(help="Bring the tables up to date and put the shipped rule packs in force.")
@with_appcontext
@said_plainly
def upgrade() -> None:
    ran = state().marketplace.upgrade()
    out.print("\n".join(f"ran {name}" for name in ran) or "the tables are up to date")


@flask_group.group(help="The audit trail.")
def audit() -> None:
    pass


@audit.command(help="Walk the whole chain; exit code 2 where something was changed. Note the head for the next time.")
@click.option("--head", default="", help="The head printed last time: finds a tail that was cut.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@with_appcontext
@said_plainly
def verify(head: str, as_json: bool) -> None:
    report = state().marketplace.audit.verify(THE_OPERATOR, head)
    if as_json:
        click.echo(
            json.dumps({"entries": report.entries, "head": report.head, "faults": list(map(str, report.problems))})
        )
    else:
        for fault in report.problems:
            out.print(fault, style="red", markup=False)
        out.print(f"{report.entries} entries, {len(report.problems) or 'no'} faults, head {report.head}")
    sys.exit(DRIFTED if report.problems else 0)


@click.group(help="Placet, a data access marketplace. All but the demo work in the app that --app names.")
@click.option("-A", "--app", envvar="FLASK_APP", help="The Flask app that has loaded Placet, as `module:app`.")
@click.pass_context
def main(context: click.Context, app: str | None) -> None:
    context.obj = ScriptInfo(app_import_path=app)


flask_group.add_command(policies)
flask_group.add_command(rules)
flask_group.add_command(tokens)
flask_group.add_command(import_group)
flask_group.add_command(people)
flask_group.add_command(apply_definitions)
flask_group.add_command(export)
for _command in flask_group.commands.values():
    main.add_command(_command)


def leave_in_order() -> None:
    """Close what is open on a signal that would end the process at once: the embedded server would stay behind."""
    for ending in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(ending) is signal.SIG_DFL:
            signal.signal(ending, lambda number, _: sys.exit(128 + number))


@main.command(help="Try Placet on real data, with an embedded PostgreSQL as the data platform.")
@click.option("--check", is_flag=True, help="Play the story without a browser; exit code 0 only if all of it held.")
@click.option("--port", default=5000, show_default=True, help="Where the pages are served on 127.0.0.1.")
@click.option("--folder", type=click.Path(file_okay=False, path_type=Path), help="Keep everything in this folder.")
@said_plainly
def demo(check: bool, port: int, folder: Path | None) -> None:
    from placet.demo import check_story, serve

    leave_in_order()
    if check:
        sys.exit(0 if check_story(out, folder) else 1)
    serve(out, port, folder)
