"""How a host is treated: one request at a time, a pause after each, longer ones when it asks for them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from threading import Lock
from typing import Protocol

from protego import Protego

from catwalk.errors import RobotsRefused

ROBOT = "catwalk"
"""The name by which robots.txt may address us."""

MIN_PAUSE_S = 1.0
MAX_CRAWL_DELAY_S = 120.0
"""A host that asks for more gets this: some files say a day where they mean never."""

ROBOTS_BYTES = 512 * 1024
"""RFC 9309 has a crawler read at least 500 KiB."""

_BACK_OFF_S, _MAX_BACK_OFF_S = 2.0, 300.0
_LOOK_S = 0.05


class Clock(Protocol):
    """What time it is, and a way to let it pass."""

    def now(self) -> float:
        """Seconds since 1970."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Let time pass."""
        ...


class SystemClock:
    """This machine's clock."""

    def now(self) -> float:
        """Seconds since 1970."""
        return time.time()

    async def sleep(self, seconds: float) -> None:
        """Let time pass."""
        await asyncio.sleep(seconds)


@dataclass(slots=True)
class _Host:
    busy: bool = False
    free_at: float = 0.0


class Turns:
    """Whose turn it is at each host; one of these for all crawls and polls of a process.

    A pause runs from the end of one request to the start of the next, so that slow connections cannot bring two of
    them closer together on the host's side. It may be shared by threads and event loops.
    """

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self._hosts: dict[str, _Host] = {}
        self._lock = Lock()

    @asynccontextmanager
    async def turn(self, host: str, pause_s: float) -> AsyncIterator[None]:
        """Wait until ``host`` may be asked, and keep everybody else from it meanwhile and for ``pause_s`` after."""
        while (wait_s := self._take(host)) > 0:
            await self.clock.sleep(wait_s)
        try:
            yield
        finally:
            with self._lock:
                own = self._hosts[host]
                own.busy = False
                own.free_at = max(own.free_at, self.clock.now() + pause_s)

    def _take(self, host: str) -> float:
        """Seconds to wait before looking again; 0 when the turn is ours."""
        with self._lock:
            own = self._hosts.setdefault(host, _Host())
            left_s = own.free_at - self.clock.now()
            if own.busy:
                return max(left_s, _LOOK_S)
            own.busy = left_s <= 0
            return max(left_s, 0.0)

    def hold(self, host: str, seconds: float) -> None:
        """Let nobody ask ``host`` for so long."""
        with self._lock:
            own = self._hosts.setdefault(host, _Host())
            own.free_at = max(own.free_at, self.clock.now() + seconds)


def parse_retry_after(value: str | None, now: float) -> float | None:
    """Seconds to wait by a ``Retry-After`` header, at least 0; None where there is none that can be understood.

    Args:
        value: Seconds, or a date of HTTP.
        now: Seconds since 1970.
    """
    value = (value or "").strip()
    if value.isascii() and value.isdigit():
        return float(value[:9])
    try:
        moment = parsedate_to_datetime(value)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    try:
        return max(0.0, moment.timestamp() - now)
    except (OverflowError, ValueError):
        return None


def back_off_s(n_failures: int) -> float:
    """How long a host rests after ``n_failures`` in a row: 2 s, 4 s, 8 s, at most five minutes."""
    return min(_BACK_OFF_S * 2.0 ** min(max(n_failures, 1) - 1, 30), _MAX_BACK_OFF_S)


@dataclass(frozen=True, slots=True)
class Robots:
    """What a host's robots.txt asks of us."""

    rules: Protego
    sitemaps: tuple[str, ...] = ()
    crawl_delay_s: float | None = None

    def allow(self, url: str) -> bool:
        """Whether we may ask for ``url``."""
        return bool(self.rules.can_fetch(url, ROBOT))


def parse_robots(content: bytes) -> Robots:
    """A robots.txt, however broken; what cannot be understood allows."""
    text = content[:ROBOTS_BYTES].decode("utf-8-sig", errors="replace").replace("\0", "")
    rules = Protego.parse(text)
    delay_s = rules.crawl_delay(ROBOT)
    rate = rules.request_rate(ROBOT)
    if rate is not None and rate.requests:
        delay_s = max(delay_s or 0.0, rate.seconds / rate.requests)
    delay_s = None if delay_s is None or not delay_s >= 0 else min(float(delay_s), MAX_CRAWL_DELAY_S)
    return Robots(rules, tuple(rules.sitemaps), delay_s)


def read_robots(status: int, content: bytes) -> str:
    """The text to live by after an answer to ``/robots.txt``.

    No such file allows all, a server that fails nothing (RFC 9309, 2.3.1).
    """
    if status == 200:
        return content[:ROBOTS_BYTES].decode("utf-8-sig", errors="replace").replace("\0", "")
    return "" if status < 500 else "User-agent: *\nDisallow: /\n"


def refuse(url: str) -> RobotsRefused:
    """The error for an address that robots.txt keeps us from."""
    return RobotsRefused(f"robots.txt of the site does not allow {url} to be read by {ROBOT}")


def cache_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """The conditional headers that ask whether an answer with ``headers`` still holds."""
    found = {"If-None-Match": headers.get("etag"), "If-Modified-Since": headers.get("last-modified")}
    return {name: value for name, value in found.items() if value}


def format_moment(seconds: float) -> str:
    """Seconds since 1970 as ISO 8601 in UTC."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")
