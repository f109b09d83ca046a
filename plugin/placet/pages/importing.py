"""Importing data sources from a platform's catalog or from a file: looked at first, then taken."""

from __future__ import annotations

from flask import Response, request

from placet.domain.errors import PlacetError
from placet.domain.permissions import Action, refuse_unless_may
from placet.identity.web import marketplace, signed_in
from placet.pages.refused import NOTHING, Refused, refused
from placet.pages.rendering import page
from placet.service.importing import ImportReport
from placet.service.people_file import BadImport

CATALOG = "catalog"
FORMATS = {
    "csv": "CSV of schema, table, column, type, tags",
    "json": "JSON with a list `sources`",
    "dbt": "dbt manifest, version 10 to 12",
    "odcs": "data contract, ODCS 3",
}
FIELDS = {"bad-import": "content", "bad-data-source": "content", "bad-tag": "content", "dynamic-domain": "domain"}


def show_import() -> Response:
    """The forms."""
    refuse_unless_may(signed_in(), Action.SHAPE_DOMAINS)
    return _import_page(NOTHING, None)


def import_sources() -> Response:
    """Say what an import would do, or do it and say what it did."""
    try:
        report = _imported(dry_run=request.form.get("do") != "import")
    except PlacetError as error:
        return _import_page(refused(error, FIELDS), None)
    return _import_page(NOTHING, report)


def _imported(dry_run: bool) -> ImportReport:
    person, form, sources = signed_in(), request.form, marketplace().sources
    target, domain = form.get("target", ""), form.get("domain", "")
    if form.get("format") == CATALOG:
        return sources.import_catalog(person, target, form.get("schema", ""), domain, dry_run)
    return sources.import_file(person, _content(), form.get("format", ""), target, domain, dry_run)


def _content() -> str:
    """The file that was sent, else the text that was put in."""
    file = request.files.get("file")
    if file is None or not file.filename:
        return request.form.get("content", "")
    try:
        return str(file.read(), "utf-8")
    except UnicodeDecodeError:
        raise BadImport("the file is no text in UTF-8: save it as such") from None


def _import_page(refusal: Refused, report: ImportReport | None) -> Response:
    person = signed_in()
    return page(
        "import_sources.html",
        refusal.status,
        given=request.form,
        refusal=refusal,
        report=report,
        formats=FORMATS,
        domains=[one for one in marketplace().domains.all(person) if not one.dynamic],
        targets=marketplace().sources.targets(person),
        platforms=sorted(marketplace().context.targets),
    )
