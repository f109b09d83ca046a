"""A blueprint of the API: guarded, with errors of its own, and every status it can answer with documented."""

from __future__ import annotations

from collections.abc import Callable
from itertools import groupby
from typing import Any, TypeVar

from flask import Response
from flask_smorest import Blueprint
from marshmallow import Schema

from placet.api import errors
from placet.api.origin import refuse_cross_site
from placet.api.parsing import StrictParser
from placet.api.problems import MEDIA_TYPE, handle_errors
from placet.domain.errors import Conflict, Forbidden, PlacetError, StaleRevision, Unauthenticated, Unavailable
from placet.domain.tokens import InvalidToken, OutOfScope, TooManyAttempts
from placet.identity.by_token import note_use, refuse_out_of_scope, take_token
from placet.identity.ids import carry_any_id
from placet.identity.scopes import scopes_for
from placet.identity.state import NotUpgraded
from placet.identity.web import keep_connected, release_connection, signed_in
from placet.service import BadText

View = TypeVar("View", bound=Callable[..., Any])

Shown = type[Schema] | dict[str, str]
"""A schema of ours, or a piece of JSON Schema for what is no schema of ours."""

ALWAYS = (PlacetError, Unavailable)
SIGNED_IN = (
    Unauthenticated,
    InvalidToken,
    Forbidden,
    OutOfScope,
    BadText,
    errors.BadInput,
    TooManyAttempts,
    NotUpgraded,
)
CHANGING = (
    errors.Malformed,
    errors.CrossSite,
    errors.TooLarge,
    errors.NotJson,
    Conflict,
    StaleRevision,
)


class Resource(Blueprint):  # type: ignore[misc] # flask-smorest brings no types
    """The routes of one resource. `public` ones ask no one to sign in."""

    ARGUMENTS_PARSER = StrictParser()

    def __init__(self, name: str, description: str, public: bool = False) -> None:
        super().__init__(f"placet-{name}", __name__, description=description)
        self.public = public
        self._refused_everywhere = ALWAYS if public else ALWAYS + SIGNED_IN
        carry_any_id(self)
        handle_errors(self)
        self.before_request(refuse_cross_site)
        if not public:
            self.before_request(keep_connected)
            self.before_request(take_token)
            self.before_request(refuse_strangers)
            self.before_request(refuse_out_of_scope)
            self.after_request(note_use)
            self.teardown_request(release_connection)
        self.after_request(keep_private)

    def route(self, rule: str, **options: Any) -> Callable[[View], View]:
        """As the library's, with types and a name for each operation."""
        register: Callable[[View], View] = super().route(rule, **options)

        def registered(view: View) -> View:
            operation = f"{self.name.removeprefix('placet-')}.{view.__name__}"
            shown: dict[str, Any] = {"operationId": operation}
            if scopes := sorted(scopes_for(operation)):
                shown["security"] = [{"host": []}, {"token": scopes}]
            if self.public:
                shown["security"] = []
            documented: View = self.doc(**shown)(view)
            return register(documented)

        return registered

    def arguments(self, schema: type[Schema], location: str = "json") -> Callable[[View], View]:
        """As the library's, with types; what was read comes as the first argument of the view.

        The schema is made once: given its class, the library would make one for each request.
        """
        read: Callable[[View], View] = super().arguments(schema(), location=location)
        return read

    def response(self, status: int, schema: Shown | None = None, **shown: Any) -> Callable[[View], View]:
        """As the library's, with types; what the view returns is dumped by the schema."""
        dump: Callable[[View], View] = super().response(status, schema, **shown)
        return dump

    def alt_response(self, status: int, **shown: Any) -> Callable[[View], View]:
        """As the library's, with types; documents another answer."""
        document: Callable[[View], View] = super().alt_response(status, **shown)
        return document

    def reads(self, *kinds: type[PlacetError]) -> Callable[[View], View]:
        """Document what a view that changes nothing refuses, beside what every view does."""
        return self._refuses((*kinds, *self._refused_everywhere))

    def changes(self, *kinds: type[PlacetError]) -> Callable[[View], View]:
        """Document what a view that changes something refuses, beside what every such view does."""
        return self._refuses((*kinds, *self._refused_everywhere, *CHANGING))

    def matches(self, view: View) -> View:
        """Document that a view asks for the revision it changes."""
        refuses = self._refuses((errors.StaleMatch, errors.MatchMissing))
        documented: View = self.doc(parameters=["IF_MATCH"])(refuses(view))
        return documented

    def _refuses(self, kinds: tuple[type[PlacetError], ...]) -> Callable[[View], View]:
        def documented(view: View) -> View:
            for status, same in groupby(sorted(set(kinds), key=_status_and_code), key=lambda kind: kind.status):
                view = self._refuses_with(status, list(same), view)
            return view

        return documented

    def _refuses_with(self, status: int, kinds: list[type[PlacetError]], view: View) -> View:
        told = "; ".join(f"`{kind.code}`: {kind.title}" for kind in kinds)
        codes = {"properties": {"code": {"enum": sorted({kind.code for kind in kinds})}}}
        schema = {"allOf": [{"$ref": "#/components/schemas/Problem"}, codes]}
        return self.alt_response(status, schema=schema, content_type=MEDIA_TYPE, description=told)(view)


def _status_and_code(kind: type[PlacetError]) -> tuple[int, str]:
    return kind.status, kind.code


def refuse_strangers() -> None:
    """Raises Unauthenticated before anything of a request is read."""
    signed_in()


def keep_private(response: Response) -> Response:
    """What one person was shown is kept by no cache on the way."""
    response.headers.setdefault("Cache-Control", "no-store")
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    return response
