"""Keeps other web sites from using this server through the person's browser.

A browser lets any page send forms to any address, this machine's own among them, and a page may even have its own name
resolve to this machine. Browsers say where a request comes from; programs other than browsers say nothing and pass.
"""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Receive, Scope, Send

from catwalk.api.auth import is_always_open
from catwalk.api.problems import to_response
from catwalk.errors import CatwalkError, ForeignSite, HostUnknown

_READING = frozenset({"GET", "HEAD", "OPTIONS"})
_OWN = frozenset({"same-origin", "none"})
"""What ``Sec-Fetch-Site`` says of this server's own page, and of what the person typed. ``same-site`` is not among
them: another port of this machine is that too."""


class SiteCheck:
    """ASGI middleware that refuses what foreign pages have a browser write, and host names that are not ours."""

    def __init__(self, app: ASGIApp, base_url: str | None = None, *, checks_hosts: bool = False) -> None:
        """Make it.

        Args:
            app: What stands behind it.
            base_url: What the server is called from outside, where it is called so.
            checks_hosts: Whether to refuse requests to foreign names: for a server that asks for no key.
        """
        self._app = app
        self._outside = _find_netloc(base_url or "")
        self._checks_hosts = checks_hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Check, then pass on."""
        problem = self._find_problem(HTTPConnection(scope)) if scope["type"] == "http" else None
        if problem is None:
            await self._app(scope, receive, send)
        else:
            await to_response(problem)(scope, receive, send)

    def _find_problem(self, request: HTTPConnection) -> CatwalkError | None:
        host = request.headers.get("host", "").lower()
        if self._checks_hosts and not is_always_open(request.scope["path"]) and not self._is_ours(host):
            return HostUnknown(
                f"this server is not called {host[:80]!r}: ask it as localhost, or by the name in podcast.base_url"
            )
        if request.scope["method"] not in _READING and self._is_foreign(request, host):
            return ForeignSite("a page of another site may not change anything on this server")
        return None

    def _is_foreign(self, request: HTTPConnection, host: str) -> bool:
        site = request.headers.get("sec-fetch-site")
        if site is not None:
            return site not in _OWN
        # Browsers leave that header out on plain http to other machines, but never this one.
        origin = request.headers.get("origin")
        return origin is not None and _find_netloc(origin) not in {host, self._outside} - {""}

    def _is_ours(self, host: str) -> bool:
        """Whether no page can have been loaded under this name but from here.

        Only a name of the public DNS can be made to resolve to this machine, and such names have a dot.
        """
        name = _find_name(host)
        return (
            "." not in name
            or name.endswith(".localhost")
            or _is_address(name)
            or bool(self._outside and name == _find_name(self._outside))
        )


def _find_netloc(origin: str) -> str:
    """Host and port of an origin; empty for ``null`` and what is none."""
    try:
        return urlsplit(origin).netloc.lower()
    except ValueError:
        return ""


def _find_name(host: str) -> str:
    """A host without its port; an IPv6 address without its brackets."""
    return host[1:].partition("]")[0] if host.startswith("[") else host.partition(":")[0]


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
