"""From which site a request comes, as the browser says: one rule for the API and for the pages.

The headers are judged in the order of Go's `http.CrossOriginProtection`.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Request

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
"""The methods that change nothing (RFC 9110, 9.2.1)."""


def from_elsewhere(request: Request) -> bool:
    """Whether the browser says that another site sent this.

    A sender that says nothing is no browser of today, and counts as no other site: what else it has to bring, JSON or
    a token, is for those who ask.
    """
    if site := request.headers.get("Sec-Fetch-Site"):
        return site not in ("same-origin", "none")
    origin = request.headers.get("Origin")
    return origin is not None and urlsplit(origin).netloc != request.host
