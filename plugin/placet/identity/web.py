"""What API and pages ask in a request: who is asking, which marketplace, which address."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Any, cast

from flask import current_app, g

from placet.domain.people import Person
from placet.domain.tokens import Token
from placet.identity.state import State
from placet.service import Marketplace

EXTENSION = "placet"

CONNECTED = "_placet_connected"
"""Under this name the connection that a request keeps stands in `flask.g`."""


def state() -> State:
    """What Placet keeps in the app that answers now."""
    return cast(State, current_app.extensions[EXTENSION])


def marketplace() -> Marketplace:
    """The marketplace of the app that answers now."""
    return state().marketplace


def signed_in() -> Person:
    """Who is asking. Raises Unauthenticated where it is nobody, Forbidden for someone inactive."""
    return state().person()


def visitor() -> Person | None:
    """Who is asking, or None. Raises Forbidden for someone inactive."""
    return state().person_or_none()


def token() -> Token | None:
    """The token of ours that the request under way was let in by, if by one."""
    return state().token()


def keep_connected() -> None:
    """Use one connection to the database for all of the request under way; a `before_request` of ours."""
    held = ExitStack()
    held.enter_context(state().store.connected())
    setattr(g, CONNECTED, held)


def release_connection(_: BaseException | None = None) -> None:
    """Give the connection back, if one is kept; the `teardown_request` that belongs to `keep_connected`."""
    if held := g.pop(CONNECTED, None):
        held.close()


def url_for(endpoint: str, **values: Any) -> str:
    """The address of an endpoint, made by the host's `url_for` where it brought its own."""
    return state().url_for(endpoint, **values)


def login_url(next: str) -> str | None:
    """Where a visitor signs in and comes back from to the path `next`; None where nobody said."""
    return state().login_url(next)
