"""Which addresses may be fetched from, and a transport that connects to no other."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import ssl
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import httpx

from catwalk.errors import FetchFailed, FetchRefused

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
IPNetwork = ipaddress.IPv4Network | ipaddress.IPv6Network

NAT64 = ipaddress.IPv6Network("64:ff9b::/96")  # RFC 6052: the last four bytes are an IPv4 address


@dataclass(frozen=True, slots=True)
class AddressRules:
    """What may be reached besides the public internet."""

    private: tuple[IPNetwork, ...] = ()
    loopback: bool = False

    @classmethod
    def parse(cls, networks: Sequence[str], *, loopback: bool) -> AddressRules:
        """Rules from networks in CIDR notation.

        Raises:
            FetchRefused: a network cannot be understood.
        """
        try:
            return cls(tuple(ipaddress.ip_network(network, strict=False) for network in networks), loopback)
        except ValueError as error:
            msg = f"allow_private: {error}; give networks such as 192.168.1.0/24 or fd00::/8"
            raise FetchRefused(msg) from error

    def allow(self, address: IPAddress) -> bool:
        """Whether ``address`` may be connected to; what an IPv6 address wraps counts as well as the address itself."""
        inner = _unwrap(address)
        if any(inner.version == network.version and inner in network for network in self.private):
            return True
        if inner.is_loopback:
            return self.loopback
        return inner.is_global and not inner.is_multicast


def _unwrap(address: IPAddress) -> IPAddress:
    """The IPv4 address inside an IPv6 one that only carries it, else the address itself."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address in NAT64:
        return ipaddress.IPv4Address(address.packed[-4:])
    return address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else address)


async def resolve(host: str, port: int) -> list[IPAddress]:
    """Every address that ``host`` stands for, in the order in which the system would try them.

    Raises:
        FetchFailed: there is no such host.
    """
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        msg = f"no address found for host {host!r}: {error}"
        raise FetchFailed(msg) from error
    addresses = [ipaddress.ip_address(str(sockaddr[0])) for *_, sockaddr in found]
    return list(dict.fromkeys(addresses))


@lru_cache(maxsize=1)
def _trusted() -> ssl.SSLContext:
    return httpx.create_ssl_context()  # 20 ms, which a crawl would pay for every page


class GuardedTransport(httpx.AsyncBaseTransport):
    """Resolves a host once, checks every address, and connects to one of those that it checked.

    Loopback stays allowed only while the first address asked for was loopback itself: a page on the internet must not
    send the reader to services on this machine by a redirect.
    """

    def __init__(self, rules: AddressRules) -> None:
        self._rules = rules
        self._first = True
        # A connection is named by its address here, so one kept alive could serve another host's TLS name.
        limits = httpx.Limits(max_keepalive_connections=0)
        self._inner = httpx.AsyncHTTPTransport(verify=_trusted(), limits=limits, trust_env=False)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send ``request`` to the first checked address that accepts a connection."""
        host = request.url.raw_host.decode("ascii")
        addresses = await resolve(host, request.url.port or (443 if request.url.scheme == "https" else 80))
        self._check(host, addresses)
        for address in addresses[:-1]:
            try:
                return await self._inner.handle_async_request(_aim(request, host, address))
            except (httpx.ConnectError, httpx.ConnectTimeout):
                continue
        return await self._inner.handle_async_request(_aim(request, host, addresses[-1]))

    def _check(self, host: str, addresses: list[IPAddress]) -> None:
        if self._first:
            self._first = False
            loopback = self._rules.loopback and all(_unwrap(address).is_loopback for address in addresses)
            self._rules = replace(self._rules, loopback=loopback)
        for address in addresses:
            if not self._rules.allow(address):
                msg = (
                    f"{host} is at {address}, which is not a public address; only public addresses are fetched, "
                    "and networks named in [fetch] allow_private"
                )
                raise FetchRefused(msg)

    async def aclose(self) -> None:
        """Close what is still open."""
        await self._inner.aclose()


def _aim(request: httpx.Request, host: str, address: IPAddress) -> httpx.Request:
    """The same request, sent to ``address``; Host header and TLS name stay those of ``host``."""
    return httpx.Request(
        request.method,
        request.url.copy_with(host=str(address)),
        headers=request.headers,
        stream=request.stream,
        extensions={**request.extensions, "sni_hostname": host},
    )
