"""ETags made of revisions, so that no one overwrites what they have not seen.

`If-Match` is required where a revision is changed. `If-None-Match` is not answered with 304: what one reader sees also
depends on who they are and on what they have asked for, which no revision counts.
"""

from __future__ import annotations

from flask import request
from werkzeug.http import quote_etag

from placet.api.errors import MatchMissing, StaleMatch

NO_REVISION = 0
"""A revision that nothing has: they are counted from 1."""

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
    if tag and not _matches(tag):
        raise StaleMatch("this was changed since you read it: read it again and repeat the change")
    if not tag and "If-Match" in request.headers:
        raise StaleMatch("there is none: leave `If-Match` out")
    return tag


def revision_meant(present: int) -> int:
    """The present revision, if `If-Match` names it, or else NO_REVISION. Raises MatchMissing.

    It is the service that holds the change to it, so that whoever may not change the thing is told that, and not
    whether they have seen it as it is.
    """
    return present if _matches(str(present)) else NO_REVISION


def _matches(tag: str) -> bool:
    """Whether `If-Match` names what is there. Raises MatchMissing where it is not sent.

    Weak tags count too: a proxy that compresses answers makes our tags weak, and a revision is the same whatever the
    bytes it was sent in.
    """
    if "If-Match" not in request.headers:
        raise MatchMissing(
            "send `If-Match` with the `ETag` of what you have read, so that you overwrite nothing unseen"
        )
    return request.if_match.contains_weak(tag)
