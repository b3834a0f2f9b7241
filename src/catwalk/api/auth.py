"""Bearer keys: who may call. Only their SHA-256 is ever stored."""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import secrets
from collections.abc import Callable, Collection
from pathlib import Path

from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Receive, Scope, Send

from catwalk.api.problems import to_response
from catwalk.errors import InvalidRequest, SettingsInvalid, Unauthorized

COOKIE = "catwalk_key"
"""What a browser sends instead of the header, which it cannot for sound, pictures and streams of events."""

_OPEN_PATHS = frozenset({"/healthz", "/readyz", "/feeds.opml"})
_OPEN_FOLDERS = ("/feeds/", "/media/")
"""Podcast apps send no header: private shows have keys of their own, in their addresses."""


def is_loopback(host: str) -> bool:
    """Whether an address to listen on can be reached from this machine alone."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def hash_key(key: str) -> str:
    """What is stored of a key."""
    return hashlib.sha256(key.encode()).hexdigest()


def add_key(path: Path, name: str) -> str:
    """Make a key, store its hash under ``name``, and return the key, which nobody can see again.

    Raises:
        InvalidRequest: the name is taken or is not one word.
    """
    known = path.read_text().splitlines() if path.exists() else []
    if not name or any(character.isspace() for character in name):
        raise InvalidRequest(f"a key's name is one word, not {name!r}")
    if any(line.split()[0] == name for line in known if line.strip()):
        raise InvalidRequest(f"there is a key named {name!r} already, in {path}")
    key = "cw-" + secrets.token_urlsafe(32)
    path.parent.mkdir(parents=True, exist_ok=True)
    making = path.with_suffix(".making")
    making.write_text("".join(f"{line}\n" for line in [*known, f"{name} {hash_key(key)}"]))
    making.chmod(0o600)
    making.replace(path)
    return key


def read_key_hashes(path: Path) -> frozenset[str]:
    """Hashes of every stored key."""
    if not path.exists():
        return frozenset()
    return frozenset(line.split()[1] for line in path.read_text().splitlines() if len(line.split()) == 2)


def require_keys_for(host: str, key_hashes: Collection[str]) -> bool:
    """Whether callers must bring a key when the server listens on ``host``.

    Raises:
        SettingsInvalid: they must, and there is none.
    """
    if is_loopback(host):
        return False
    if not key_hashes:
        raise SettingsInvalid(
            f"listening on {host} opens the server to the network, and there is no key yet:"
            " make one with `catwalk key NAME`, or listen on 127.0.0.1"
        )
    return True


def is_known_key(key: str, key_hashes: Collection[str]) -> bool:
    """Whether a key is one of those whose hashes are given."""
    found = hash_key(key)
    # Every hash is looked at, so that the time taken tells nothing.
    known = [hmac.compare_digest(found, stored) for stored in key_hashes]
    return any(known)


def is_always_open(path: str) -> bool:
    """Whether a path needs no key on any server: it tells nothing, or has a key of its own."""
    return path in _OPEN_PATHS or path.startswith(_OPEN_FOLDERS)


class KeyCheck:
    """ASGI middleware that lets through only requests with a known key."""

    def __init__(
        self, app: ASGIApp, key_hashes: Collection[str], is_open: Callable[[str], bool] = lambda _: False
    ) -> None:
        """Make it.

        Args:
            app: What stands behind it.
            key_hashes: Of the keys that open it.
            is_open: Says of a path whether it needs no key, beside those that never do.
        """
        self._app = app
        self._key_hashes = tuple(key_hashes)
        self._is_open = is_open

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Check, then pass on."""
        path = scope.get("path", "")
        is_open = scope["type"] != "http" or is_always_open(path) or self._is_open(path)
        if is_open or self._is_known(HTTPConnection(scope)):
            await self._app(scope, receive, send)
            return
        response = to_response(Unauthorized("this server wants a key: send the header Authorization: Bearer KEY"))
        response.headers["WWW-Authenticate"] = "Bearer"
        await response(scope, receive, send)

    def _is_known(self, connection: HTTPConnection) -> bool:
        kind, _, key = connection.headers.get("authorization", "").partition(" ")
        given = key.strip() if kind.lower() == "bearer" else connection.cookies.get(COOKIE, "")
        return is_known_key(given, self._key_hashes)
