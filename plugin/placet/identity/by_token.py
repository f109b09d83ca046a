"""What a token of ours lets through: asked once before any view of the API and of SCIM; pages take no tokens."""

from __future__ import annotations

import logging
from collections.abc import Mapping

from flask import Response, request

from placet.domain.errors import PlacetError
from placet.domain.tokens import OutOfScope, Token
from placet.identity.scopes import scopes_for
from placet.identity.web import marketplace, state, token
from placet.service import Marketplace

log = logging.getLogger("placet.identity")

HEADERS: Mapping[str, tuple[str, str]] = {
    "unauthenticated": ("WWW-Authenticate", 'Bearer realm="placet"'),
    "invalid-token": ("WWW-Authenticate", 'Bearer realm="placet", error="invalid_token"'),
    "insufficient-scope": ("WWW-Authenticate", 'Bearer realm="placet", error="insufficient_scope"'),
    "too-many-attempts": ("Retry-After", "60"),
}
"""What goes with a code (RFC 6750, 3; RFC 9110, 11.6.1 and 10.2.3)."""


def take_token() -> None:
    """Let a token of ours say who is asking; a `before_request`, before all others that ask who it is."""
    state().take_token()


def refuse_out_of_scope() -> None:
    """Raises OutOfScope where a token does not let through to the operation; the holder's permissions come after."""
    by = token()
    needed = scopes_for(str(request.endpoint).removeprefix("placet-"))
    if by and not by.scopes & needed:
        those = " or ".join(f"`{scope}`" for scope in sorted(needed))
        why = f"the scope for it is {those}" if needed else "no token does; sign in yourself for it"
        raise OutOfScope(f"the token `{by.name}` does not let this through: {why}")


def note_use(response: Response) -> Response:
    """Once an hour, and after the answer has been sent, note that a token was used; an `after_request`."""
    by, market = token(), marketplace()
    if by and by.use_untold_at(market.context.clock.now()):
        response.call_on_close(lambda: _note_quietly(market, by))
    return response


def _note_quietly(market: Marketplace, by: Token) -> None:
    try:
        market.tokens.note_use(by)
    except PlacetError as error:
        log.warning("the use of the token %s was not noted: %s", by.id, error.detail)
