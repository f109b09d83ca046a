"""What Placet keeps in one app, and who is asking in the request under way."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import Request, g, request

from placet.domain.clock import Clock
from placet.domain.errors import Unauthenticated, Unavailable
from placet.domain.people import Person
from placet.domain.tokens import InvalidToken, Token
from placet.identity.bearer import Asking, Attempts, token_in
from placet.identity.login import login_address
from placet.identity.principal import BadPrincipal, Identity, Principal
from placet.service import Marketplace
from placet.service.people import SignIn
from placet.settings import Settings
from placet.storage import Store

Bar = Callable[[], tuple[str, Mapping[str, Any]] | None]
"""Gives the name of a template and its context, shown above each page; or None for no bar."""

UrlFor = Callable[..., str]
"""From the name of an endpoint and its values to an address, as `flask.url_for`."""


KEPT = "_placet_person"
"""Under this name a request's answer stands in `flask.g`."""


class NotUpgraded(Unavailable):
    """The database was not brought up to date after an installation or an upgrade."""

    code = "migrations-pending"
    title = "Placet's database has to be brought up to date"


@dataclass(repr=False)
class State:
    """Everything Placet keeps in one app: `app.extensions["placet"]`; not shown whole, as settings hold secrets."""

    settings: Settings
    store: Store
    marketplace: Marketplace
    clock: Clock
    identity: Identity
    url_for: UrlFor
    bar: Bar | None = None
    attempts: Attempts = field(init=False)
    _tables_fit: bool = field(default=False, init=False)

    def __post_init__(self) -> None:
        self.attempts = Attempts(self.settings.limits_storage)

    def person(self) -> Person:
        """Who is asking. Raises Unauthenticated where it is nobody, Forbidden for someone inactive."""
        if person := self.person_or_none():
            return person
        raise Unauthenticated("nobody is signed in: sign in to this server first")

    def person_or_none(self) -> Person | None:
        """Who is asking, or None. Raises Forbidden for someone inactive.

        Asked once for each request, and kept with that request: an app context may outlive it and serve another.
        """
        return (self._kept() or self._keep(Asking(self._ask()))).person

    def take_token(self) -> None:
        """Let whoever sends a token of ours ask as its holder, whatever else the request brings; before all else.

        Raises InvalidToken where it is not valid, and then nobody is asking; TooManyAttempts where that is tried often.
        """
        if text := token_in(request):
            self._refuse_old_tables()
            try:
                self._keep(Asking(*self.marketplace.tokens.speaker(text)))
            except InvalidToken:
                self.attempts.count(request.remote_addr or "")
                raise

    def token(self) -> Token | None:
        """The token of ours that the request under way was let in by, if by one."""
        kept = self._kept()
        return kept.token if kept else None

    def _kept(self) -> Asking | None:
        kept: tuple[Request, Asking] | None = g.get(KEPT)
        return kept[1] if kept and kept[0] is _this_request() else None

    def _keep(self, asking: Asking) -> Asking:
        setattr(g, KEPT, (_this_request(), asking))
        return asking

    def login_url(self, next: str) -> str | None:
        """Where a visitor signs in and comes back from to `next`; None where neither settings nor identity say."""
        return login_address(self.settings.login_url, self.identity, next)

    def _ask(self) -> Person | None:
        principal = self.identity()
        if principal is None:
            return None
        if not isinstance(principal, Principal):
            raise BadPrincipal("`identity` has to return a `Principal` or None: mend it in the app that loads Placet")
        self._refuse_old_tables()
        return self.marketplace.people.sign_in(_signing_in(principal))

    def _refuse_old_tables(self) -> None:
        """Nobody is let in before the tables are what this version expects; asked until they are."""
        if not self._tables_fit and self.store.pending_migrations():
            raise NotUpgraded("the tables are older than this Placet: run `flask placet db upgrade`")
        self._tables_fit = True


def _this_request() -> Request:
    here: Request = request._get_current_object()  # type: ignore[attr-defined] # of werkzeug's LocalProxy
    return here


def _signing_in(principal: Principal) -> SignIn:
    attributes = principal.attributes
    return SignIn(
        id=principal.id,
        name=principal.name or "",
        email=principal.email or "",
        groups=None if principal.groups is None else frozenset(principal.groups),
        attributes=None if attributes is None else {key: frozenset(values) for key, values in attributes.items()},
        roles=frozenset(principal.roles),
    )
