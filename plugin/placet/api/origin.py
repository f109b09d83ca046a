"""Keeps other sites from using the API in someone's name: a browser sends the host's cookies along by itself.

Two fences, always both, whatever the host does: what changes something has to be JSON, which no HTML form can send and
no script of another site may without being asked first; and a browser that says it sends from another site is refused.
The headers are judged in the order of Go's `http.CrossOriginProtection`.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import request

from placet.api.errors import CrossSite, NotJson

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
WITH_BODY = frozenset({"POST", "PUT", "PATCH"})
"""DELETE is none of these: it has no body here, and no other site can send it without being asked first."""


def refuse_cross_site() -> None:
    """Raises CrossSite for a change sent from another site, and NotJson where a body is no JSON."""
    if request.method in SAFE:
        return
    if from_elsewhere():
        raise CrossSite("this was sent from a page of another site: nothing is changed from there")
    if request.method in WITH_BODY and request.mimetype != "application/json":
        raise NotJson(f"the body is `{request.mimetype[:80]}`: send `Content-Type: application/json`")


def from_elsewhere() -> bool:
    """What the browser says about the sender. One that says nothing is no browser, and sends no one's cookies."""
    if site := request.headers.get("Sec-Fetch-Site"):
        return site not in ("same-origin", "none")
    origin = request.headers.get("Origin")
    return origin is not None and urlsplit(origin).netloc != request.host
