"""Everything refused, as a problem document (RFC 9457); for our own blueprints only.

The host's error pages stay as they are: nothing is registered on the app.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Mapping

from flask import Blueprint, Response, request
from werkzeug.exceptions import HTTPException, default_exceptions

from placet.domain.answers import BadAnswers
from placet.domain.errors import PlacetError, StaleRevision
from placet.identity.by_token import HEADERS
from placet.workflow.columns import BadColumns

MEDIA_TYPE = "application/problem+json"

log = logging.getLogger("placet.api")


def handle_errors(blueprint: Blueprint) -> None:
    """Register the handlers; by status code as well: some hosts have theirs so, and Flask asks those first."""
    blueprint.register_error_handler(PlacetError, refused)
    blueprint.register_error_handler(Exception, broken)
    for code in default_exceptions:
        blueprint.register_error_handler(code, http_refused)


def refused(error: PlacetError) -> Response:
    """A refusal in its own words; what is a mistake of ours or of the host's says nothing but that."""
    if error.status == PlacetError.status:
        return broken(error)
    facts = {} if error.status > PlacetError.status else facts_of(error)
    answer = problem(status_of(error), error.code, error.title, error.detail, facts)
    answer.headers.extend([HEADERS[error.code]] if error.code in HEADERS else [])
    return answer


def http_refused(error: HTTPException) -> Response:
    """What Flask or the host refused on one of our routes; its headers, such as `Retry-After`, stay.

    A 500 here is what broke in the host's own handlers.
    """
    status = error.code or PlacetError.status
    if status == PlacetError.status:
        return broken(error)
    code = re.sub("[^a-z]+", "-", error.name.lower())
    answer = problem(status, code, error.name, error.description or error.name, {})
    answer.headers.extend((name, value) for name, value in error.get_headers() if name != "Content-Type")
    return answer


def broken(error: Exception) -> Response:
    """What no one foresaw: logged whole, and nothing of it shown."""
    log.error("%s %s failed", request.method, request.path, exc_info=error)
    detail = "something went wrong on the server, where it was logged: see what was done before you repeat it"
    return problem(PlacetError.status, PlacetError.code, PlacetError.title, detail, {})


def status_of(error: PlacetError) -> int:
    """The error's own; but where a header named a stale revision, that precondition failed (RFC 9110, 13.1)."""
    conditional = "If-Match" in request.headers or "If-None-Match" in request.headers
    return 412 if isinstance(error, StaleRevision) and conditional else error.status


def facts_of(error: PlacetError) -> Mapping[str, object]:
    """What is added for machines; answers that do not fit are listed as every other field is."""
    kinds: dict[type[PlacetError], str] = {BadAnswers: "answers", BadColumns: "columns"}
    kind = kinds.get(type(error))
    if kind and isinstance(problems := error.facts.get("problems"), Mapping):
        errors = [{"field": f"{kind}.{name}", "detail": str(why)} for name, why in problems.items()]
        return {**{name: fact for name, fact in error.facts.items() if name != "problems"}, "errors": errors}
    return error.facts


def problem(status: int, code: str, title: str, detail: str, facts: Mapping[str, object]) -> Response:
    """A problem document. Facts never replace a member that every document has."""
    document = {
        **facts,
        "type": f"urn:placet:problem:{code}",
        "title": title,
        "status": status,
        "detail": detail,
        "code": code,
    }
    return Response(json.dumps(document, default=str), status, mimetype=MEDIA_TYPE)
