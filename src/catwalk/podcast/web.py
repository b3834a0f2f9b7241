"""The web as a crawl may use it: robots.txt, turns, conditional requests, redirects hop by hop, and patience."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from catwalk.errors import FetchFailed, FetchTimeout, HostResting, SourceTooLarge
from catwalk.podcast.page_cache import PageCache
from catwalk.podcast.politeness import (
    MIN_PAUSE_S,
    Robots,
    Turns,
    back_off_s,
    cache_headers,
    parse_retry_after,
    parse_robots,
    read_robots,
    refuse,
)
from catwalk.podcast.urls import clean_url, host_of, is_loopback
from catwalk.reader.fetch import FetchLimits, Reply, ask

_PERMANENT, _REDIRECTS = {301, 308}, {301, 302, 303, 307, 308}
_LATER = {408, 425, 429, 500, 502, 503, 504}
"""Statuses after which the same request may succeed."""


@dataclass(frozen=True, slots=True)
class Manners:
    """How patient a crawl is."""

    pause_s: float = 1.0
    """Between two requests to one host; less than a second only for this machine's own addresses."""

    max_wait_s: float = 600.0
    """A host that asks to be left alone for longer ends the crawl, which may be taken up later."""

    max_tries: int = 4
    """How often one address is asked for while the host is failing."""

    def pause_for(self, host: str, robots: Robots | None) -> float:
        """Seconds between two requests to ``host``: ours or the host's, whichever is longer.

        A pause of 0 on a loopback address holds whatever its robots.txt says.
        """
        if is_loopback(host.partition(":")[0]):
            if self.pause_s == 0:
                return 0.0
            least_s = 0.0
        else:
            least_s = MIN_PAUSE_S
        return max(self.pause_s, least_s, (robots.crawl_delay_s or 0.0) if robots else 0.0)


@dataclass(frozen=True, slots=True)
class Fetched:
    """What came of a request, redirects followed."""

    url: str
    """Where it came from in the end."""

    status: int
    headers: Mapping[str, str]
    content: bytes
    moved: bool = False
    """Whether every redirect on the way was a permanent one, and there was one."""

    @property
    def ok(self) -> bool:
        """Whether there is content."""
        return self.status == 200

    @property
    def content_type(self) -> str:
        """As declared, without parameters, in lower case."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()


class Web:
    """Asks for one crawl; whoever shares its ``turns`` is counted with it."""

    def __init__(self, turns: Turns, limits: FetchLimits, manners: Manners, cache: PageCache | None = None) -> None:
        """Make one.

        Args:
            turns: Shared by all crawls and polls of the process.
            limits: Of every single request; `guard` says what a crawl from some address may reach.
            manners: How patient to be.
            cache: Where answers are kept for conditional requests.
        """
        self._turns, self._limits, self._manners, self._cache = turns, limits, manners, cache
        self._robots: dict[str, Robots] = {}
        self.robots_texts: dict[str, str] = {}
        """What was read of robots.txt, by origin; to be kept with a crawl."""

        self.now = turns.clock.now

    def take_up(self, robots_texts: Mapping[str, str]) -> None:
        """Live by the rules that an earlier crawl was given, without asking for them again."""
        self.robots_texts.update(robots_texts)
        self._robots.update({origin: parse_robots(text.encode()) for origin, text in robots_texts.items()})

    async def robots(self, url: str) -> Robots:
        """The rules of the host of ``url``; asked for once."""
        parts = urlsplit(url)
        origin = f"{parts.scheme}://{parts.netloc}"
        if origin not in self._robots:
            try:
                found = await self._follow(f"{origin}/robots.txt", guarded=False)
            except SourceTooLarge:
                found = Fetched(origin, 404, {}, b"")  # no rules are that long
            text = read_robots(found.status, found.content)
            self.robots_texts[origin] = text
            self._robots[origin] = parse_robots(text.encode())
        return self._robots[origin]

    async def get(self, url: str) -> Fetched:
        """Ask for ``url``, politely, and follow where it leads.

        Raises:
            RobotsRefused: the site does not want us there, or where it redirects.
            HostResting: it asks to be left alone for longer than we wait.
            SourceError: there was no answer, even after several tries.
        """
        return await self._follow(url, guarded=True)

    async def ask_once(self, url: str, headers: Mapping[str, str]) -> Reply:
        """One request to ``url`` in its turn: no robots.txt, no cache, no redirect, no second try.

        Raises:
            SourceError: there was no answer.
        """
        host = host_of(url)
        async with self._turns.turn(host, self._manners.pause_for(host, None)):
            reply = await ask(url, limits=self._limits, headers=headers)
        wait_s = parse_retry_after(reply.headers.get("retry-after"), self.now())
        if wait_s and reply.status in _LATER:
            self._turns.hold(host, min(wait_s, self._manners.max_wait_s))
        return reply

    async def _follow(self, url: str, *, guarded: bool) -> Fetched:
        permanent = True
        for n_hops in range(self._limits.max_redirects + 1):
            robots = await self.robots(url) if guarded else None
            if robots is not None and not robots.allow(url):
                raise refuse(url)
            reply = await self._persist(url, robots)
            location = reply.headers.get("location")
            if reply.status not in _REDIRECTS or not location:
                return Fetched(url, reply.status, reply.headers, reply.content, moved=bool(n_hops) and permanent)
            permanent = permanent and reply.status in _PERMANENT
            target = clean_url(location, url)
            if target is None:
                msg = f"{url} leads to {location[:200]!r}, which is not an http or https address"
                raise FetchFailed(msg)
            url = target
        msg = f"{url} redirects more than {self._limits.max_redirects} times"
        raise FetchFailed(msg)

    async def _persist(self, url: str, robots: Robots | None) -> Reply:
        """Ask until there is an answer that stands, resting longer each time."""
        host = host_of(url)
        for n_tries in range(1, self._manners.max_tries + 1):
            last = n_tries == self._manners.max_tries
            wait_s: float | None = None
            try:
                async with self._turns.turn(host, self._manners.pause_for(host, robots)):
                    reply = await self._ask_kept(url)
            except FetchTimeout:
                if last or n_tries >= 2:  # each costs as long as a page may take
                    raise
            else:
                if reply.status not in _LATER:
                    return reply
                wait_s = parse_retry_after(reply.headers.get("retry-after"), self.now())
                if wait_s is not None and wait_s > self._manners.max_wait_s:
                    msg = f"{host} asks to be left alone for {wait_s:.0f} s; the crawl can be taken up then"
                    raise HostResting(msg, retry_after_s=wait_s)
                if last:
                    return reply
            self._turns.hold(host, back_off_s(n_tries) if wait_s is None else wait_s)
        raise AssertionError("the last try returns or raises")

    async def _ask_kept(self, url: str) -> Reply:
        kept = self._cache.find(url) if self._cache else None
        reply = await ask(url, limits=self._limits, headers=cache_headers(kept.headers) if kept else {})
        if reply.status == 304 and kept:
            return kept
        if reply.status == 200 and self._cache:
            self._cache.keep(url, reply)
        return reply


def guard(limits: FetchLimits, start: str) -> FetchLimits:
    """The limits for a crawl from ``start``: one that begins on the internet never reaches this machine."""
    own = is_loopback(host_of(start).rpartition(":")[0] or host_of(start))
    return replace(limits, allow_loopback=limits.allow_loopback and own)
