"""Where webhooks may go: a name is resolved once, its addresses are judged, and the judged one is connected to."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from placet.domain.errors import Invalid, SettingError

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

Resolver = Callable[[str, int], Iterable[str]]
"""From a host and a port to the addresses it has, the best first. Raises OSError where there are none."""

FORBIDDEN: dict[Network, str] = {
    ip_network(network): what
    for network, what in {
        "0.0.0.0/8": "unspecified",
        "10.0.0.0/8": "private",
        "100.64.0.0/10": "shared inside a provider's network",
        "127.0.0.0/8": "loopback",
        "168.63.129.16/32": "a metadata service",
        "169.254.0.0/16": "link-local",
        "172.16.0.0/12": "private",
        "192.0.0.0/24": "reserved",
        "192.0.2.0/24": "for documentation",
        "192.88.99.0/24": "a relay into other networks",
        "192.168.0.0/16": "private",
        "198.18.0.0/15": "for benchmarks",
        "198.51.100.0/24": "for documentation",
        "203.0.113.0/24": "for documentation",
        "224.0.0.0/4": "multicast",
        "240.0.0.0/4": "reserved",
        "::/128": "unspecified",
        "::1/128": "loopback",
        "::/96": "an IPv4 address in disguise",
        "::ffff:0:0/96": "an IPv4 address in disguise",
        "::ffff:0:0:0/96": "an IPv4 address in disguise",
        "64:ff9b::/96": "translated to IPv4",
        "64:ff9b:1::/48": "translated to IPv4",
        "100::/64": "discarded",
        "2001::/23": "reserved, or a tunnel",
        "2001:db8::/32": "for documentation",
        "2002::/16": "a tunnel to IPv4",
        "3fff::/20": "for documentation",
        "fc00::/7": "private",
        "fe80::/10": "link-local",
        "fec0::/10": "private",
        "ff00::/8": "multicast",
    }.items()
}
"""The special-purpose addresses of the IANA registries (RFC 6890) that no webhook has to reach, those that carry an
IPv4 address inside, and the one metadata service that stands on a public address."""

GIVEN_OUT = (ip_network("0.0.0.0/0"), ip_network("2000::/3"))
"""Where public addresses are given out at all: the rest of IPv6 belongs to no one yet."""


class ForbiddenAddress(Invalid):
    """A webhook that would reach what is not open to everyone."""

    code = "forbidden-address"
    title = "Webhooks may not go there"


def system_addresses(host: str, port: int) -> list[str]:
    """What the resolver of this machine says, names in its `hosts` file included."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(entry[4][0]) for entry in found]


def networks(listed: Iterable[str]) -> tuple[Network, ...]:
    """The networks as written in the settings. Raises SettingError for one that is none."""
    try:
        return tuple(ip_network(one) for one in listed)
    except ValueError as error:
        raise SettingError(f"`webhook_allow_cidrs` lists what is no network: {error}") from error


class Guard:
    """Says which address a webhook may be sent to.

    `allow` lists networks that may be reached although they are not public, as `10.1.0.0/16`. Raises SettingError for
    one that is no network.
    """

    def __init__(self, allow: Iterable[str] = (), resolve: Resolver = system_addresses) -> None:
        self._allowed = networks(allow)
        self._resolve = resolve

    def address_of(self, host: str, port: int) -> str:
        """The address to connect to. Raises ForbiddenAddress where one of several is, OSError where there is none."""
        addresses = [ip_address(one) for one in self._resolve(host, port)]
        if not addresses:
            raise OSError(f"`{host}` has no address")
        for address in addresses:
            self.refuse(host, address)
        return str(addresses[0])

    def refuse(self, host: str, address: Address) -> None:
        """Raise ForbiddenAddress unless webhooks may reach this address."""
        if not self._listed(address) and (what := forbidden(address)):
            raise ForbiddenAddress(
                f"`{host}` leads to {address}, which is {what}: webhooks go to public addresses, "
                "and to the networks that `PLACET_WEBHOOK_ALLOW_CIDRS` lists"
            )

    def _listed(self, address: Address) -> bool:
        return any(_inside(address, network) for network in self._allowed)


def forbidden(address: Address) -> str:
    """Why webhooks may not go to an address; empty for a public one."""
    for network, what in FORBIDDEN.items():
        if _inside(address, network):
            return what
    return "" if address.is_global and any(_inside(address, network) for network in GIVEN_OUT) else "not public"


def _inside(address: Address, network: Network) -> bool:
    return address.version == network.version and address in network
