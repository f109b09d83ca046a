"""What Placet keeps in one app, and who is asking in the request under way."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import Request, g, request

from placet.domain.clock import Clock
from placet.domain.errors import Unauthenticated, Unavailable
from placet.domain.people import Person
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
    _tables_fit: bool = field(default=False, init=False)

    def person(self) -> Person:
        """Who is asking. Raises Unauthenticated where it is nobody, Forbidden for someone inactive."""
        if person := self.person_or_none():
            return person
        raise Unauthenticated("nobody is signed in: sign in to this server first")

    def person_or_none(self) -> Person | None:
        """Who is asking, or None. Raises Forbidden for someone inactive.

        Asked once for each request, and kept with that request: an app context may outlive it and serve another.
        """
        here = request._get_current_object()  # type: ignore[attr-defined] # of werkzeug's LocalProxy
        kept: tuple[Request, Person | None] | None = g.get(KEPT)
        if kept is None or kept[0] is not here:
            kept = here, self._ask()
            setattr(g, KEPT, kept)
        return kept[1]

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
