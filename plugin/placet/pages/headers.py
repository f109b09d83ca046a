"""The headers of every response of the pages, and of no other."""

from __future__ import annotations

from flask import Response

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "style-src 'self'",
        "img-src 'self' data:",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    )
)
"""The pages run no script and load only their own stylesheet; nobody may frame a button that decides something."""

ALWAYS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # Not `no-referrer`: browsers would then send `Origin: null` with our own forms.
    "Referrer-Policy": "same-origin",
}
PERSONAL = ALWAYS | {"Cache-Control": "no-store"}


def guarded(response: Response, headers: dict[str, str] = PERSONAL) -> Response:
    """The response with our headers; what is shown to a person is stored in no cache."""
    response.headers.update(headers)
    return response
