"""Importing people from a file: first what it would change, then changing it."""

from __future__ import annotations

from flask import Response, request

from placet.domain.errors import Invalid, PlacetError
from placet.identity.web import marketplace
from placet.pages.people import manager
from placet.pages.refused import NOTHING, Problem, Refused, refused
from placet.pages.rendering import page
from placet.service.people_file import BadImport
from placet.service.people_import import ImportReport

FORMATS = ("csv", "json")


def show_form() -> Response:
    """The form for a file, with what it would change, or has."""
    manager()
    return _import_page(NOTHING)


def import_people() -> Response:
    """Try a file, or take it in."""
    text, format = request.form.get("text", ""), request.form.get("format", "csv")
    actor, dry_run = manager(), request.form.get("do") != "import"
    try:
        if not text.strip() or format not in FORMATS:
            raise Invalid("there is nothing to read: put the text of a file into the field")
        report = marketplace().people.import_report(actor, text, format, dry_run)
    except BadImport as error:
        return _import_page(Refused(error.title, error.status, tuple(Problem(one, "text") for one in error.problems)))
    except PlacetError as error:
        return _import_page(refused(error, {"invalid": "text"}))
    if report.problems:
        told = tuple(Problem(one, "text") for one in report.problems)
        return _import_page(Refused(BadImport.title, BadImport.status, told))
    return _import_page(NOTHING, report)


def _import_page(refusal: Refused, report: ImportReport | None = None) -> Response:
    given = request.form
    return page("people_import.html", refusal.status, refusal=refusal, report=report, given=given, formats=FORMATS)
