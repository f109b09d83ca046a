"""Everything Placet refuses, each with an HTTP status and a stable code.

Messages are lower case, put user input in backticks and say what to do next. HTTP maps these once into
`application/problem+json` (RFC 9457); nothing else in the project knows about status codes.
"""

from __future__ import annotations

from collections.abc import Mapping


class PlacetError(Exception):
    """A refusal that a person can act on.

    `detail` is the sentence people read; `facts` are machine-readable members added to the problem document.
    """

    status = 500
    code = "internal-error"
    title = "Something went wrong"

    def __init__(self, detail: str, **facts: object) -> None:
        super().__init__(detail)
        self.detail = detail
        self.facts: Mapping[str, object] = facts


class Unauthenticated(PlacetError):
    status = 401
    code = "unauthenticated"
    title = "Sign in first"


class Forbidden(PlacetError):
    status = 403
    code = "forbidden"
    title = "Not allowed"


class NotFound(PlacetError):
    status = 404
    code = "not-found"
    title = "Not found"


class Conflict(PlacetError):
    status = 409
    code = "conflict"
    title = "Conflicts with the present state"


class AlreadyThere(Conflict):
    code = "already-there"
    title = "There is one already"


class StaleRevision(Conflict):
    """Someone else changed it since it was read."""

    code = "stale-revision"
    title = "Changed by someone else meanwhile"


class Invalid(PlacetError):
    status = 422
    code = "invalid"
    title = "Not valid"


class Unavailable(PlacetError):
    status = 503
    code = "unavailable"
    title = "Not available now"


class SettingError(PlacetError):
    code = "bad-setting"
    title = "A setting is wrong"


class PackError(Invalid):
    """A rule pack or a fact that the rule language does not admit; `problems` lists every one found."""

    code = "bad-rule-pack"
    title = "The rule pack is not valid"

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems), problems=problems)
        self.problems = problems


class FactError(Invalid):
    """A fact that does not fit its declared type; refused before any engine sees it."""

    code = "bad-fact"
    title = "A fact does not fit the rules"


class EngineDisagreement(Unavailable):
    """The two engines gave different answers to one question, or one answer contradicts itself: no verdict."""

    code = "engine-disagreement"
    title = "The rule engines do not agree"


class TargetError(Unavailable):
    """A data platform does not answer, is busy, or lacks what it needs just now; the work is tried again."""

    code = "target-unavailable"
    title = "The data platform can't be reached or changed now"


class TargetDown(TargetError):
    """A data platform does not even let us in: nothing else there is worth trying until it does."""
