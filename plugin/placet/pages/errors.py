"""What the pages show when something is refused or missing; the host's own error pages stay as they are."""

from __future__ import annotations

import logging
from typing import cast

from flask import Blueprint, Response, request
from werkzeug.exceptions import HTTPException, InternalServerError, default_exceptions

from placet.domain.errors import PlacetError, Unauthenticated
from placet.identity.web import login_url, url_for
from placet.pages.rendering import moved, plain_page

log = logging.getLogger("placet.pages")


def handle_errors(pages: Blueprint) -> None:
    """Register the handlers on our blueprint; by status code as well, since some hosts have theirs by code."""
    pages.register_error_handler(PlacetError, show_refusal)
    pages.register_error_handler(Unauthenticated, ask_to_sign_in)
    pages.register_error_handler(Exception, show_broken)
    for code in default_exceptions:
        pages.register_error_handler(code, show_http_error)


def show_refusal(error: PlacetError) -> Response:
    return plain_page("error.html", error.status, title=error.title, detail=error.detail, sign_in=None)


def show_broken(error: Exception) -> Response:
    """What nobody foresaw: logged whole, and nothing of it shown."""
    log.error("%s %s failed", request.method, request.path, exc_info=error)
    return show_http_error(InternalServerError())


def show_http_error(error: HTTPException) -> Response:
    """A host that refuses before a view of ours is reached may have its answer ready, or say more in headers."""
    if error.response is not None:
        return cast(Response, error.response)
    page = plain_page("error.html", error.code or 500, title=error.name, detail=error.description or "", sign_in=None)
    for name, value in error.get_headers():
        page.headers.setdefault(name, value)
    return page


def ask_to_sign_in(error: Unauthenticated) -> Response:
    """Send a visitor to the host's login and back to this address; a form has to be sent anew."""
    sign_in = login_url(_address_after_sign_in())
    if sign_in and request.method == "GET":
        return moved(sign_in)
    return plain_page("error.html", error.status, title=error.title, detail=error.detail, sign_in=sign_in)


def _address_after_sign_in() -> str:
    if request.method == "GET":
        return (request.script_root + request.full_path).rstrip("?")
    return url_for("placet.catalog")
