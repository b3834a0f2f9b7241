"""Only public addresses are reached, whatever they are dressed up as."""

from __future__ import annotations

import ipaddress

import pytest

from catwalk.errors import FetchRefused
from catwalk.reader.addresses import AddressRules


@pytest.mark.parametrize(
    "address",
    [
        "0.0.0.0",
        "10.1.2.3",
        "100.64.0.1",
        "127.0.0.1",
        "127.9.9.9",
        "169.254.169.254",
        "172.16.0.1",
        "192.168.1.1",
        "198.18.0.1",
        "224.0.0.1",
        "239.255.255.250",
        "255.255.255.255",
        "::",
        "::1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "64:ff9b::7f00:1",
        "2002:7f00:1::",
        "2002:c0a8:101::1",
        "fc00::1",
        "fe80::1",
        "ff02::1",
    ],
)
def test_an_address_that_is_not_public_is_not_allowed(address: str) -> None:
    rules = AddressRules.parse([], loopback=False)

    allowed = rules.allow(ipaddress.ip_address(address))

    assert not allowed


@pytest.mark.parametrize("address", ["1.1.1.1", "93.184.216.34", "2606:4700::1111", "::ffff:1.1.1.1"])
def test_a_public_address_is_allowed(address: str) -> None:
    rules = AddressRules.parse([], loopback=False)

    allowed = rules.allow(ipaddress.ip_address(address))

    assert allowed


@pytest.mark.parametrize("address", ["127.0.0.1", "::1", "::ffff:127.0.0.1"])
def test_loopback_is_allowed_where_the_rules_say_so(address: str) -> None:
    rules = AddressRules.parse([], loopback=True)

    allowed = rules.allow(ipaddress.ip_address(address))

    assert allowed


def test_a_loopback_permission_does_not_open_the_private_networks() -> None:
    rules = AddressRules.parse([], loopback=True)

    allowed = [rules.allow(ipaddress.ip_address(address)) for address in ("10.0.0.1", "0.0.0.0", "169.254.169.254")]

    assert allowed == [False, False, False]


def test_a_named_network_is_allowed_and_its_neighbour_is_not() -> None:
    rules = AddressRules.parse(["192.168.1.0/24", "fd00::/8"], loopback=False)

    inside = [
        rules.allow(ipaddress.ip_address(address)) for address in ("192.168.1.9", "fd12::1", "::ffff:192.168.1.9")
    ]
    outside = rules.allow(ipaddress.ip_address("192.168.2.9"))

    assert inside == [True, True, True]
    assert not outside


def test_a_network_that_cannot_be_understood_is_named_in_the_error() -> None:
    with pytest.raises(FetchRefused, match="kitchen"):
        AddressRules.parse(["kitchen"], loopback=False)
