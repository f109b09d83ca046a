"""API tokens: one's own, and for USER_ADMIN those of service accounts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marshmallow import fields, pre_dump, validate

from placet.api.base import Instant, Strict, about, plain, text
from placet.api.listing import LINKED, PageQuery, linked, page_of
from placet.api.nothing import Nothing
from placet.api.resource import Resource
from placet.domain.errors import NotFound
from placet.domain.tokens import LONGEST_NAME, BadToken, Scope, Token, TokenState
from placet.identity.web import marketplace, signed_in, state
from placet.service import BadCursor
from placet.service.views import Page

tokens = Resource("tokens", "API tokens: how scripts and catalogs speak for their holder.")


class TokenQuery(PageQuery):
    """Whose tokens."""

    holder = text("The id of whose tokens; left out: oneself.", load_default="")


class NewToken(Strict):
    name = text("What it is used for.", LONGEST_NAME, 1, required=True)
    scopes = fields.List(
        fields.Enum(Scope, by_value=True),
        required=True,
        validate=validate.Length(1, len(Scope)),
        **about("What it lets through."),
    )
    ends_at = Instant(required=True, **about("Until when it is good (excluded)."))
    holder = text("The id of a service account; left out: oneself.", load_default="")


class TokenSchema(Strict):
    """An API token."""

    id = fields.String(required=True, **about("Its id, which stands in its text too."))
    name = fields.String(required=True, **about("What it is used for."))
    holder = fields.String(required=True, **about("The id of whom it speaks for."))
    scopes = fields.List(fields.String(), required=True, **about("What it lets through."))
    created_at = Instant(required=True, **about("When it was made."))
    created_by = fields.String(required=True, **about("The id of who made it."))
    ends_at = Instant(required=True, **about("Until when it is good (excluded)."))
    used_at = Instant(required=True, allow_none=True, **about("When it was last used, to the hour, or null."))
    revoked_at = Instant(required=True, allow_none=True, **about("When it was revoked, or null."))
    state = fields.Enum(TokenState, by_value=True, required=True, **about("How it stands now."))

    @pre_dump
    def flat(self, token: Token | Mapping[str, object], **_: Any) -> Mapping[str, object]:
        return shown(token) if isinstance(token, Token) else token


class TokenMade(TokenSchema):
    """A token with its text."""

    token = fields.String(required=True, **about("The token itself; it is shown this once."))


@tokens.route("/tokens")
@tokens.arguments(TokenQuery, location="query")
@tokens.response(200, page_of(TokenSchema), headers=LINKED)
@tokens.reads(BadCursor, NotFound)
def mine(asked: dict[str, Any]) -> tuple[Page[Token], dict[str, str]]:
    """List one's API tokens

    The newest first, also those that have ended or were revoked.
    """
    page = marketplace().tokens.of(signed_in(), **asked)
    return page, linked(page)


@tokens.route("/tokens", methods=["POST"])
@tokens.arguments(NewToken)
@tokens.response(201, TokenMade)
@tokens.changes(BadToken, NotFound)
def create(given: dict[str, Any]) -> Mapping[str, object]:
    """Make an API token

    The answer holds its text; it is never shown again.
    """
    token, text = marketplace().tokens.create(signed_in(), **given)
    return {**shown(token), "token": text}


@tokens.route("/tokens/<id>/revoke", methods=["POST"])
@tokens.arguments(Nothing)
@tokens.response(200, TokenSchema)
@tokens.changes(NotFound)
def revoke(_: dict[str, Any], id: str) -> Token:
    """Revoke an API token at once

    One's own, or for USER_ADMIN that of anyone, who is told.
    """
    return marketplace().tokens.revoke(signed_in(), id)


def shown(token: Token) -> dict[str, object]:
    """The members of a token with how it stands now."""
    return plain(token) | {"scopes": sorted(token.scopes), "state": token.state_at(state().clock.now())}
