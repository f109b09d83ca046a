"""Where visitors sign in, and how they come back to the address they asked for."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit, urlunsplit

from flask import request

from placet.identity.principal import Identity


def login_address(setting: str, identity: Identity, next: str) -> str | None:
    """The setting with `next` added, else what the identity's own `login_url` makes of it, else None."""
    if setting:
        return with_next(setting, next)
    ask = getattr(identity, "login_url", None)
    return ask(next) if ask else None


def with_next(login: str, next: str) -> str:
    """The address of a login with the address to come back to, which is whole where the login is at another server."""
    parts = urlsplit(login)
    back = urljoin(request.host_url, next) if parts.netloc else next
    return urlunsplit(parts._replace(query=urlencode([*parse_qsl(parts.query), ("next", back)])))
