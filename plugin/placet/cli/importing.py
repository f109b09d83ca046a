"""`placet import`: people, data sources and tags, from files and from the catalogs of data platforms."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import click
from flask.cli import with_appcontext

from placet.cli.people import import_people
from placet.cli.saying import THE_OPERATOR, counted, out, said_plainly, state
from placet.service.importing import Imported, ImportReport
from placet.service.membership import in_words
from placet.service.source_file import FORMATS

file_argument = click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
domain_option = click.option("--domain", default="", help="The id of a domain; none: where their tags bring them.")
dry_run_option = click.option("--dry-run", is_flag=True, help="Only say what would be done.")
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@click.group("import", help="Take people, data sources or tags in.")
def import_group() -> None:
    pass


import_group.add_command(import_people)


@import_group.command(help="The tables of one schema of a data platform, into a domain.")
@click.argument("target")
@click.argument("schema")
@domain_option
@dry_run_option
@json_option
@with_appcontext
@said_plainly
def catalog(target: str, schema: str, domain: str, dry_run: bool, as_json: bool) -> None:
    sources = state().marketplace.sources
    show(sources.import_catalog(THE_OPERATOR, target, schema, domain, dry_run), as_json)


@import_group.command(help="Data sources from a CSV or JSON file, a dbt manifest, or an ODCS data contract.")
@file_argument
@click.option("--format", required=True, type=click.Choice(list(FORMATS)), help="What kind of file it is.")
@click.option("--target", required=True, help="The name of the data platform that they are on.")
@domain_option
@dry_run_option
@json_option
@with_appcontext
@said_plainly
def sources(file: Path, format: str, target: str, domain: str, dry_run: bool, as_json: bool) -> None:
    text = file.read_text(encoding="utf-8")
    found = state().marketplace.sources.import_file(THE_OPERATOR, text, format, target, domain, dry_run)
    show(found, as_json)


@import_group.command(help="Tags from a CSV of schema, table, column, tags.")
@file_argument
@with_appcontext
@said_plainly
def tags(file: Path) -> None:
    count = state().marketplace.sources.import_tags(THE_OPERATOR, file.read_text(encoding="utf-8"))
    out.print(f"{counted(count, 'row', 'rows')} of tags imported")


def show(report: ImportReport, as_json: bool) -> None:
    """What an import did or would do: each source that is not the same, and what was looked for in vain."""
    if as_json:
        click.echo(json.dumps(asdict(report) | {"count": report.count}))
        return
    for one in report.sources:
        if one.state != "same":
            out.print(said(one), markup=False)
    for name in report.vanished:
        out.print(f"not described any more: {name}", markup=False)
    for name in report.missing:
        out.print(f"not on the platform: {name}", markup=False)
    for note in report.notes:
        out.print(note, style="yellow", markup=False)
    sources = counted(report.count, "data source", "data sources")
    out.print(f"{sources} {'would be imported' if report.dry_run else 'imported'}")


def said(one: Imported) -> str:
    """One source in a line."""
    moved = [f"into {domain}" for domain in one.entered] + [f"out of {domain}" for domain in one.left]
    return "; ".join(part for part in (f"{one.state}: {one.name}", in_words(one.columns), ", ".join(moved)) if part)
