from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from placet.domain.errors import SettingError
from placet.outbox.addresses import FORBIDDEN, ForbiddenAddress, Guard, forbidden, system_addresses

FORBIDDEN_ADDRESSES = {
    "loopback": ["127.0.0.1", "127.1.2.3", "127.255.255.254", "::1"],
    "private": ["10.0.0.1", "172.16.0.1", "172.31.255.254", "192.168.1.1", "fc00::1", "fd12:3456:789a::1", "fec0::1"],
    "link-local": ["169.254.1.1", "fe80::1", "fe80::1%eth0"],
    "metadata services": ["169.254.169.254", "fd00:ec2::254", "100.100.100.200", "192.0.0.192", "168.63.129.16"],
    "unspecified": ["0.0.0.0", "0.1.2.3", "::"],
    "multicast": ["224.0.0.1", "239.255.255.255", "ff02::1", "ff0e::1"],
    "broadcast and reserved": ["255.255.255.255", "240.0.0.1", "192.0.0.1", "198.18.0.1"],
    "shared": ["100.64.0.1", "100.127.255.254"],
    "mapped": ["::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:8.8.8.8", "::ffff:0:127.0.0.1", "::127.0.0.1"],
    "NAT64": ["64:ff9b::7f00:1", "64:ff9b::808:808", "64:ff9b:1::1"],
    "tunnels": ["2002:7f00:1::", "2002:a00:1::1", "2001:0:7f00:1::1", "192.88.99.1"],
    "documentation": ["192.0.2.1", "198.51.100.1", "203.0.113.1", "2001:db8::1", "3fff::1"],
    "unassigned": ["4000::1", "1::1"],
}

PUBLIC_ADDRESSES = [
    "8.8.8.8",
    "1.1.1.1",
    "172.32.0.1",
    "100.128.0.1",
    "2606:4700:4700::1111",
    "2a00:1450:4001:82a::200e",
]


def leads_to(*addresses: str) -> Guard:
    return Guard(resolve=lambda host, port: addresses)


@pytest.mark.parametrize(
    "address", [pytest.param(one, id=f"{kind} {one}") for kind, many in FORBIDDEN_ADDRESSES.items() for one in many]
)
def test_what_is_not_open_to_everyone_is_refused(address: str) -> None:
    with pytest.raises(ForbiddenAddress) as refused:
        leads_to(address).address_of("hooks.example", 443)
    assert "`hooks.example` leads to" in refused.value.detail


@pytest.mark.parametrize("address", PUBLIC_ADDRESSES)
def test_public_addresses_are_reached(address: str) -> None:
    assert leads_to(address).address_of("hooks.example", 443) == address


@given(st.ip_addresses(v=4))
def test_no_disguise_of_an_ipv4_address_helps(inner: IPv4Address) -> None:
    packed = int(inner)
    disguises = [
        IPv6Address(packed),
        IPv6Address((0xFFFF << 32) | packed),
        IPv6Address((0xFFFF << 48) | packed),
        IPv6Address((0x64FF9B << 96) | packed),
        IPv6Address((0x2002 << 112) | (packed << 80)),
    ]
    assert all(map(forbidden, disguises))


@given(st.ip_addresses())
def test_only_global_unicast_addresses_are_ever_reached(address: IPv4Address | IPv6Address) -> None:
    if not forbidden(address):
        assert address.is_global
        assert not address.is_multicast


@given(st.sampled_from(list(FORBIDDEN)).flatmap(lambda network: st.ip_addresses(network=network)))
def test_forbidden_networks_are_forbidden_to_their_last_address(address: IPv4Address | IPv6Address) -> None:
    assert forbidden(address)


def test_one_forbidden_address_among_several_refuses_them_all() -> None:
    with pytest.raises(ForbiddenAddress):
        leads_to("8.8.8.8", "10.0.0.1").address_of("hooks.example", 443)


def test_listed_networks_may_be_reached_and_no_others() -> None:
    guard = Guard(["10.1.0.0/16", "fd00:1::/32"], resolve=lambda host, port: [host])
    assert guard.address_of("10.1.2.3", 80) == "10.1.2.3"
    assert guard.address_of("fd00:1::5", 80) == "fd00:1::5"
    for other in ("10.2.0.1", "fd00:2::5", "::ffff:10.1.2.3"):
        with pytest.raises(ForbiddenAddress):
            guard.address_of(other, 80)


@pytest.mark.parametrize("listed", ["10.0.0.1/8", "everything", "10.0.0.0/33"])
def test_what_is_no_network_can_not_be_listed(listed: str) -> None:
    with pytest.raises(SettingError, match="webhook_allow_cidrs"):
        Guard([listed])


def test_a_name_without_addresses_is_an_error_of_the_network() -> None:
    with pytest.raises(OSError, match="no address"):
        leads_to().address_of("hooks.example", 443)


@pytest.mark.parametrize(
    "host", ["2130706433", "0x7f000001", "0x7f.1", "0177.0.0.1", "017700000001", "127.1", "localhost"]
)
def test_however_this_machine_is_written_it_is_refused(host: str) -> None:
    assert ip_address(system_addresses(host, 80)[0]).is_loopback
    with pytest.raises(ForbiddenAddress):
        Guard().address_of(host, 80)
