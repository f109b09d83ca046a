"""Rule packs on the command line: write, check, test and try them, look back with them, put them in force.

What needs no database works on files alone: `check`, `test`, `simulate`, `diff`, `new`, `schema`, `vocabulary`.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

import click
from flask.cli import with_appcontext
from rich.progress import Progress

from placet.cli.new_pack import write_new
from placet.cli.rules_shown import (
    needs_of,
    replayed_as_json,
    show_differences,
    show_explanation,
    show_replay,
    show_report,
)
from placet.cli.saying import DRIFTED, THE_OPERATOR, err, out, said_plainly, state
from placet.domain.errors import Invalid, PackError
from placet.engine import PackSource, cases_schema, pack_schema, run_cases
from placet.engine.differences import differences
from placet.service.checking import check_together, standard_with
from placet.service.combining import name_of
from placet.service.replaying import MOST
from placet.service.simulating import simulate
from placet.workflow.vocabulary_page import vocabulary_page

CASES = ".cases.yaml"
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
as_json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
packs_option = click.option(
    "--pack", "packs", multiple=True, type=FILE, help="A pack besides the standard ones, or in place of one."
)


@click.group(help="Rule packs: write, check, try, and put them in force.")
def rules() -> None:
    pass


@rules.command(help="Say what is wrong or odd about packs, joined with the standard ones; exit code 2 for a wrong one.")
@click.argument("files", nargs=-1, required=True, type=FILE)
@as_json_option
@said_plainly
def check(files: tuple[Path, ...], as_json: bool) -> None:
    reports = [check_together(joined_with(file, files), cases_beside(file)) for file in files]
    if as_json:
        click.echo(json.dumps([vars(finding) for report in reports for finding in report.findings]))
    else:
        for file, report in zip(files, reports, strict=True):
            show_report(file, report)
    sys.exit(0 if all(report.ok for report in reports) else DRIFTED)


@rules.command(
    help="Run the cases of packs, `NAME.cases.yaml` beside `NAME.yaml`; exit code 2 where one does not hold."
)
@click.argument("files", nargs=-1, required=True, type=FILE)
@said_plainly
def test(files: tuple[Path, ...]) -> None:
    failed = False
    for file in files:
        report = run_cases(file if file.name.endswith(CASES) else file.with_name(f"{file.stem}{CASES}"))
        failed |= bool(report.findings)
        for finding in report.findings:
            out.print(str(finding), style="red", markup=False)
        missed = f", no case makes these rules apply: {', '.join(report.missed)}" if report.missed else ""
        out.print(f"{file.name}: {report.cases} cases, {len(report.findings) or 'no'} problems{missed}", markup=False)
    sys.exit(DRIFTED if failed else 0)


@rules.command("simulate", help="What the rules conclude from facts in a YAML file, written as `given` of a case.")
@click.argument("facts", type=FILE)
@packs_option
@click.option("--proof", is_flag=True, help="Print the whole proof.")
@as_json_option
@said_plainly
def simulate_facts(facts: Path, packs: tuple[Path, ...], proof: bool, as_json: bool) -> None:
    said = simulate(standard_with(map(source_of, packs)), text_of(facts))
    if as_json:
        click.echo(json.dumps(said.evaluation.proof().as_json()))
        return
    for one in said.concluded:
        out.print(f"{one.fact}: {one.because}", markup=False)
    if proof:
        out.print(f"\n{said.evaluation.proof().as_text()}", markup=False)
    if not said.concluded:
        out.print("nothing follows from these facts")


@rules.command(help="What the pack in file NEW says otherwise than the one in OLD, rule by rule.")
@click.argument("old", type=FILE)
@click.argument("new", type=FILE)
@as_json_option
@said_plainly
def diff(old: Path, new: Path, as_json: bool) -> None:
    found = differences(source_of(old), source_of(new))
    if as_json:
        click.echo(json.dumps([vars(one) for one in found]))
    else:
        show_differences(found)


@rules.command("new", help="Write a new pack and its cases to begin with.")
@click.argument("name")
@said_plainly
def new_pack(name: str) -> None:
    for path in write_new(name, Path()):
        out.print(f"wrote {path}", markup=False)


@rules.command(help="The JSON Schema of packs for editors, or with --cases that of their cases.")
@click.option("--cases", is_flag=True, help="Of files of cases.")
def schema(cases: bool) -> None:
    click.echo(json.dumps(cases_schema() if cases else pack_schema(), indent=2))


@rules.command(help="The facts that packs may read, in Markdown.")
def vocabulary() -> None:
    click.echo(vocabulary_page(), nl=False)


@rules.command(help="Why a request stands as it does: every answer of the rules with its proof, and what is missing.")
@click.argument("request")
@as_json_option
@with_appcontext
@said_plainly
def explain(request: str, as_json: bool) -> None:
    found = state().marketplace.requests.explain(THE_OPERATOR, request)
    if as_json:
        answers = [{"question": one.question, "proof": one.proof.as_json(found.names)} for one in found.answers]
        click.echo(json.dumps({"request": request, "answers": answers, "needs": needs_of(found)}))
    else:
        show_explanation(found)


@rules.command(help="Run the requests since a date again under a pack; list each that would have ended differently.")
@click.argument("file", type=FILE)
@click.option("--since", required=True, help="A date or an instant: 2026-01-31.")
@click.option("--most", default=MOST, show_default=True, help="How many requests at most, the oldest first.")
@as_json_option
@with_appcontext
@said_plainly
def replay(file: Path, since: str, most: int, as_json: bool) -> None:
    rule_packs = state().marketplace.rule_packs
    with Progress(console=err, transient=True, disable=as_json) as progress:
        task = progress.add_task("replaying", total=None)
        found = rule_packs.replay(
            THE_OPERATOR,
            text_of(file),
            instant_of(since),
            most=most,
            progress=lambda number: progress.update(task, completed=number),
        )
    if as_json:
        click.echo(json.dumps(replayed_as_json(found)))
    else:
        show_replay(found)


@rules.command(
    "put-in-force", help="Let new requests be decided by a pack; says what would change, and acts with --yes."
)
@click.argument("file", type=FILE)
@click.option("--yes", is_flag=True, help="Do it.")
@with_appcontext
@said_plainly
def put_in_force(file: Path, yes: bool) -> None:
    rule_packs, text, cases = state().marketplace.rule_packs, text_of(file), cases_beside(file)
    report = rule_packs.check(THE_OPERATOR, text, cases)
    show_report(file, report)
    if not report.ok:
        sys.exit(DRIFTED)
    name = name_of(text)
    show_differences(rule_packs.compare(THE_OPERATOR, name, text))
    if not yes:
        out.print("nothing was done: say --yes to do it")
        return
    made = rule_packs.put_in_force(THE_OPERATOR, text, cases)
    out.print(f"{name} is in force as {made.hash}; open requests keep the rules they were submitted with")


def text_of(file: Path) -> str:
    """The text of a file. Raises PackError where it is none."""
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        raise PackError([f"{file.name}:1:1: can't be read as UTF-8: save it so"]) from None


def source_of(file: Path) -> PackSource:
    return PackSource(file.name, text_of(file))


def cases_beside(file: Path) -> str:
    """The cases of a pack, where there are some."""
    beside = file.with_name(f"{file.stem}{CASES}")
    return text_of(beside) if beside.exists() else ""


def joined_with(file: Path, files: Iterable[Path]) -> tuple[PackSource, ...]:
    """The standard packs with all of these, the one that is checked last."""
    others = [source_of(other) for other in files if other != file]
    return standard_with([*others, source_of(file)])


def instant_of(since: str) -> datetime:
    """A date, or an instant with or without its zone, as an instant in UTC. Raises Invalid."""
    try:
        at = datetime.fromisoformat(since)
    except ValueError:
        raise Invalid(f"`{since}` is neither a date nor an instant: write it as `2026-01-31`") from None
    return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
