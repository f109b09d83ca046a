"""`placet apply` and `placet export`: the marketplace as files."""

from __future__ import annotations

import json
import sys
from typing import BinaryIO

import click
from flask.cli import with_appcontext

from placet.cli.saying import DRIFTED, THE_OPERATOR, out, said_plainly, state
from placet.service.definitions import BadDefinitions, DefinitionPlan, File
from placet.service.definitions.text import schema


@click.command("apply")
@click.option("-f", "--file", "files", multiple=True, required=True, type=click.File("rb"), help="A file; `-`: stdin.")
@click.option("--yes", is_flag=True, help="Do it.")
@click.option("--plan", "digest", default="", help="Do it only where it is still what this plan said.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@with_appcontext
@said_plainly
def apply_definitions(files: tuple[BinaryIO, ...], yes: bool, digest: str, as_json: bool) -> None:
    """Bring the marketplace to what files define; prints the plan, and acts on it with --yes.

    Exit code 0: nothing is left to do; 1: refused, and nothing was done; 2: the plan waits for --yes.
    """
    definitions, given = state().marketplace.definitions, [read(file) for file in files]
    plan = definitions.plan(THE_OPERATOR, given)
    if yes and plan.changes:
        definitions.apply(THE_OPERATOR, given, digest or plan.digest)
    show(plan, done=yes, as_json=as_json)
    sys.exit(DRIFTED if plan.changes and not yes else 0)


@click.command(help="The marketplace as a file that `apply` takes; no secrets, no logins.")
@click.option("--people", is_flag=True, help="Groups and people too, with what they hold.")
@click.option("--schema", "only_schema", is_flag=True, help="Instead the JSON Schema of such files, for editors.")
@with_appcontext
@said_plainly
def export(people: bool, only_schema: bool) -> None:
    text = (
        json.dumps(schema(), indent=2) if only_schema else state().marketplace.definitions.export(THE_OPERATOR, people)
    )
    click.echo(text, nl=only_schema)


def read(file: BinaryIO) -> File:
    """A file as text. Raises BadDefinitions for one that is none."""
    try:
        return File(file.name, file.read().decode())
    except UnicodeDecodeError as error:
        raise BadDefinitions(f"{file.name}: this is no UTF-8 at byte {error.start}: save it as such") from None


def show(plan: DefinitionPlan, done: bool, as_json: bool) -> None:
    """Each thing that changes with its members, and how many stay as they are."""
    if as_json:
        steps = [
            {
                "section": step.section,
                "id": step.id,
                "what": step.what,
                "members": {one.member: {"before": one.before, "after": one.after} for one in step.differences},
            }
            for step in plan.steps
        ]
        click.echo(json.dumps({"plan": plan.digest, "done": done, "steps": steps}))
        return
    for step in plan.changes:
        out.print(f"{step.what} {step.section}.{step.id}", markup=False)
        for one in step.differences:
            out.print(f"  {one}", markup=False)
    out.print(f"{len(plan.changes)} to change, {len(plan.steps) - len(plan.changes)} unchanged")
    if plan.changes:
        out.print("done" if done else f"nothing was done: say --yes to do it, with --plan {plan.digest} only this")
