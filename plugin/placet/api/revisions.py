"""ETags made of revisions, so that no one overwrites what they have not seen.

`If-Match` is required where a revision is changed. `If-None-Match` is not answered with 304: what one reader sees also
depends on who they are and on what they have asked for, which no revision counts.
"""

from __future__ import annotations

from typing import TypeVar

from flask import request
from werkzeug.http import quote_etag

from placet.api.errors import MatchMissing, StaleMatch

Revision = TypeVar("Revision", int, str)

TAGGED = {"ETag": {"description": "The revision, for `If-Match`.", "schema": {"type": "string"}}}
"""For the documentation of headers."""


def tagged(revision: int | str) -> dict[str, str]:
    """The header that names a revision."""
    return {"ETag": quote_etag(str(revision))}


def refuse_stale_or_new(tag: str) -> str:
    """The tag of what is there, if `If-Match` names it, or nothing, which needs no `If-Match`: it replaces nothing.

    Raises MatchMissing and StaleMatch, also where `If-None-Match` names what is there.
    """
    if tag and "If-None-Match" in request.headers and request.if_none_match.contains_weak(tag):
        raise StaleMatch("there is one already: read it, and send its `ETag` as `If-Match`")
    if tag:
        refuse_stale(tag)
    elif "If-Match" in request.headers:
        raise StaleMatch("there is none: leave `If-Match` out")
    return tag


def refuse_stale(revision: Revision) -> Revision:
    """The revision that is there, if `If-Match` names it. Raises MatchMissing and StaleMatch.

    Weak tags count too: a proxy that compresses answers makes our tags weak, and a revision is the same whatever the
    bytes it was sent in.
    """
    if "If-Match" not in request.headers:
        raise MatchMissing(
            "send `If-Match` with the `ETag` of what you have read, so that you overwrite nothing unseen"
        )
    if not request.if_match.contains_weak(str(revision)):
        raise StaleMatch("this was changed since you read it: read it again and repeat the change")
    return revision
