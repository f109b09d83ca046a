"""Keeps other sites from using the API in someone's name: a browser sends the host's cookies along by itself.

Two fences, always both, whatever the host does: what changes something has to be JSON, which no HTML form can send and
no script of another site may without being asked first; and a browser that says it sends from another site is refused.
"""

from __future__ import annotations

from flask import request

from placet.api.errors import CrossSite, NotJson
from placet.identity.bearer import token_in
from placet.identity.origin import SAFE, from_elsewhere

WITH_BODY = frozenset({"POST", "PUT", "PATCH"})
"""DELETE is none of these: it has no body here, and no other site can send it without being asked first."""


def refuse_cross_site() -> None:
    """Raises CrossSite for a change sent from another site, and NotJson where a body is no JSON.

    Who sends a token of ours put it there on purpose, and no cookie counts beside it, valid or not.
    """
    if request.method in SAFE:
        return
    if from_elsewhere(request) and not token_in(request):
        raise CrossSite("this was sent from a page of another site: nothing is changed from there")
    if request.method in WITH_BODY and request.mimetype != "application/json":
        said = f"the body is `{request.mimetype[:80]}`" if request.mimetype else "nothing says what the body is"
        raise NotJson(f"{said}: send `Content-Type: application/json`")
