"""What only HTTP refuses, before the marketplace is asked."""

from __future__ import annotations

from placet.domain.errors import Forbidden, Invalid, PlacetError


class Malformed(PlacetError):
    status = 400
    code = "malformed-json"
    title = "The body is not JSON"


class CrossSite(Forbidden):
    code = "cross-site"
    title = "Sent from another site"


class StaleMatch(PlacetError):
    """RFC 9110, 13.1.1: `If-Match` names something else than what is there."""

    status = 412
    code = "stale-revision"
    title = "Changed by someone else meanwhile"


class TooLarge(PlacetError):
    status = 413
    code = "request-entity-too-large"
    title = "The body is too large"


class NotJson(PlacetError):
    status = 415
    code = "not-json"
    title = "The body has to be JSON"


class BadInput(Invalid):
    """Members of a body or a query that do not fit; `errors` lists each as `{field, detail}`."""

    code = "invalid-input"
    title = "What was sent is not valid"


class MatchMissing(PlacetError):
    """RFC 6585, 3."""

    status = 428
    code = "if-match-missing"
    title = "Say which revision you change"
