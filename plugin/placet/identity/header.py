"""Hosts behind a proxy that signs people in and says in a header who it was."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from flask import request

from placet.domain.errors import SettingError
from placet.identity.principal import Principal

Network = IPv4Network | IPv6Network


class HeaderIdentity:
    """The person that a header names, where the request comes straight from a trusted proxy."""

    def __init__(self, name: str, proxies: tuple[Network, ...]) -> None:
        self._name = name
        self._proxies = proxies

    def __call__(self) -> Principal | None:
        """Who the header says, or None: without the header, from anywhere else, or with more than one name in it."""
        person = request.headers.get(self._name, "").strip()
        # Two headers of one name arrive joined by a comma: the proxy's own and one that a visitor brought along.
        return Principal(person) if person and "," not in person and self._from_proxy() else None

    def _from_proxy(self) -> bool:
        try:
            address = ip_address(_peer())
        except ValueError:
            return False
        return any(address in network for network in self._proxies)


def header_identity(name: str, proxies: Iterable[str]) -> HeaderIdentity:
    """Trust a header, as `X-Forwarded-User`, of requests that come straight from one of `proxies`.

    `proxies` are addresses or networks (`10.1.2.3`, `10.1.0.0/16`). The proxy has to take the header away from what
    visitors send. Raises SettingError for an address that is none, and for no proxies.
    """
    try:
        networks = tuple(ip_network(proxy) for proxy in proxies)
    except ValueError as error:
        raise SettingError(f"the proxies of `header_identity` don't fit: {error}") from error
    if not networks:
        raise SettingError("`header_identity` needs the addresses of the proxies that it may trust")
    return HeaderIdentity(name, networks)


def _peer() -> str:
    """Who is at the other end of the connection, also where werkzeug's ProxyFix has put the visitor's address there.

    ProxyFix takes that address from a header, which anyone may send who reaches the server past the proxy.
    """
    kept = request.environ.get("werkzeug.proxy_fix.orig", request.environ)
    return kept.get("REMOTE_ADDR") or ""
