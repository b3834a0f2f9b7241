"""Following a blog: one conditional request now and then, and what its answer means."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta, tzinfo
from enum import StrEnum
from random import random
from typing import Protocol
from urllib.parse import urljoin

from pydantic import TypeAdapter, ValidationError

from catwalk.errors import InvalidRequest, SourceError
from catwalk.podcast.discovery.feeds import Entry, Feed, parse_feed
from catwalk.podcast.politeness import cache_headers, parse_retry_after
from catwalk.podcast.urls import clean_url, fold_url
from catwalk.reader.fetch import Reply

MAX_HOPS = 5
MAX_SEEN = 5000
"""Posts that are remembered of one feed; of more, those that left the feed longest ago are forgotten."""

_MISSING_AFTER = 5
_FIRST_RETRY_S = 15 * 60.0
_ACCEPTED = "application/atom+xml,application/rss+xml,application/feed+json,application/xml;q=0.9,*/*;q=0.5"


class Standing(StrEnum):
    """How it goes with a followed feed."""

    FOLLOWED = "followed"
    FAILING = "failing"
    """The last polls failed; it is asked again, less and less often."""

    MISSING = "missing"
    """It has not been there for several polls: a person should look; it is still asked, once in a long while."""

    GONE = "gone"
    """The host says that it will not come back; it is not asked again."""


@dataclass(frozen=True, slots=True)
class Rhythm:
    """When a followed feed is asked."""

    every_s: float = 6 * 3600.0
    jitter: float = 0.1
    """Share of ``every_s`` by which polls come earlier or later, so that hosts are not asked on the hour."""

    quiet_from: int | None = None
    """Hour of the day, 0 to 23, from which nothing is asked until ``quiet_until``; may run over midnight."""

    quiet_until: int | None = None
    max_back_off_s: float = 7 * 86400.0
    zone: tzinfo | None = UTC
    """Whose hours those are; None for this machine's."""


@dataclass(frozen=True, slots=True)
class FeedState:
    """All that is remembered of a followed feed between two polls; a plain value."""

    url: str
    etag: str | None = None
    last_modified: str | None = None
    seen: Mapping[str, str] = field(default_factory=dict)
    """Digest of each post by its key; the most recently seen last."""

    standing: Standing = Standing.FOLLOWED
    n_failures: int = 0
    """Polls in a row that failed."""

    trouble: str = ""
    """What the last failure was, in words."""

    next_at: float | None = 0.0
    """When to ask next, in seconds since 1970; None for never."""

    polled_at: float | None = None
    is_primed: bool = False
    """Whether a poll has succeeded; what the first one finds is not new."""


@dataclass(frozen=True, slots=True)
class Poll:
    """What came of a poll."""

    state: FeedState
    """To be kept for the next one."""

    new: tuple[Entry, ...] = ()
    """Posts that were not in the feed before, oldest first."""

    changed: tuple[Entry, ...] = ()
    """Posts whose title or text is not what it was, oldest first."""

    error: str = ""
    """Why there is no answer; empty where there is one."""


class Asker(Protocol):
    """Puts one request and follows nothing: `catwalk.podcast.web.Web` does."""

    async def ask_once(self, url: str, headers: Mapping[str, str]) -> Reply:
        """The answer to one GET."""
        ...


async def poll(
    state: FeedState,
    web: Asker,
    now: float,
    rhythm: Rhythm = Rhythm(),
    *,
    chance: float | None = None,  # frozen
) -> Poll:
    """Ask a followed feed for what is new: one conditional GET, and one more for each redirect.

    Like any feed reader this does not ask for robots.txt; the posts themselves are asked for under its rules.

    Args:
        state: What the last poll left; ``FeedState(url)`` for the first.
        web: Asks, in its turn.
        now: Seconds since 1970.
        rhythm: When to ask next.
        chance: From 0 up to 1, for the jitter; drawn where it is left out.
    """
    chance = random() if chance is None else chance  # noqa: S311  # spreads polls, hides nothing
    if state.standing is Standing.GONE:
        return Poll(state)
    asked = cache_headers({"etag": state.etag or "", "last-modified": state.last_modified or ""})
    url, permanent = state.url, True
    try:
        for _ in range(MAX_HOPS):
            reply = await web.ask_once(url, {"Accept": _ACCEPTED, **asked})
            target = clean_url(urljoin(url, reply.headers.get("location", ""))) if _is_redirect(reply) else None
            if target is None:
                break
            permanent = permanent and reply.status in {301, 308}
            url = target
            state = replace(state, url=url) if permanent else state
    except SourceError as error:
        return _fail(state, str(error), now, rhythm, chance)
    return decide(state, reply, now, rhythm, chance)


def _is_redirect(reply: Reply) -> bool:
    return reply.status in {301, 302, 303, 307, 308} and bool(reply.headers.get("location"))


def decide(state: FeedState, reply: Reply, now: float, rhythm: Rhythm, chance: float) -> Poll:
    """What an answer means. Pure.

    304 and 200 are good; 410 ends the following; all else is tried again, ever less often.
    """
    if reply.status == 304:
        return Poll(_succeed(state, now, rhythm, chance))
    if reply.status == 410:
        trouble = f"{state.url} is gone for good (410)"
        return Poll(replace(state, standing=Standing.GONE, next_at=None, polled_at=now, trouble=trouble), error=trouble)
    if reply.status != 200:
        wait_s = parse_retry_after(reply.headers.get("retry-after"), now)
        missing = reply.status in {404, 451}
        return _fail(state, f"{state.url} answers {reply.status}", now, rhythm, chance, wait_s=wait_s, missing=missing)
    feed = parse_feed(reply.content, reply.url)
    if feed is None or (not feed.entries and state.seen):
        what = "holds no posts any more" if feed else "is no feed any more"
        return _fail(state, f"{state.url} {what}", now, rhythm, chance)
    return _compare(state, feed, reply, now, rhythm, chance)


def _compare(state: FeedState, feed: Feed, reply: Reply, now: float, rhythm: Rhythm, chance: float) -> Poll:
    found = {_key(entry): entry for entry in reversed(feed.entries)}
    new = tuple(entry for key, entry in found.items() if key not in state.seen)
    changed = tuple(entry for key, entry in found.items() if state.seen.get(key, entry.digest) != entry.digest)
    older = {key: digest for key, digest in state.seen.items() if key not in found}
    seen = {**older, **{key: entry.digest for key, entry in found.items()}}
    kept = dict(list(seen.items())[-max(MAX_SEEN, len(found)) :])
    after = replace(
        _succeed(state, now, rhythm, chance),
        etag=reply.headers.get("etag"),
        last_modified=reply.headers.get("last-modified"),
        seen=kept,
        is_primed=True,
    )
    return Poll(after, new=new if state.is_primed else (), changed=changed)


def _key(entry: Entry) -> str:
    """A guid stays when an address changes; where a guid is an address, its variants are one."""
    return fold_url(entry.guid) if "://" in entry.guid else entry.guid


def _succeed(state: FeedState, now: float, rhythm: Rhythm, chance: float) -> FeedState:
    delay_s = rhythm.every_s * (1 + rhythm.jitter * (2 * chance - 1))
    return replace(
        state,
        standing=Standing.FOLLOWED,
        n_failures=0,
        trouble="",
        polled_at=now,
        next_at=after_quiet(now + delay_s, rhythm, chance),
    )


def _fail(
    state: FeedState,
    trouble: str,
    now: float,
    rhythm: Rhythm,
    chance: float,
    *,
    wait_s: float | None = None,
    missing: bool = False,
) -> Poll:
    n_failures = state.n_failures + 1
    delay_s = min(_FIRST_RETRY_S * 2.0 ** min(n_failures - 1, 30), rhythm.max_back_off_s)
    delay_s = max(delay_s, wait_s or 0.0) * (1 + rhythm.jitter * chance)
    lost = missing and n_failures >= _MISSING_AFTER
    after = replace(
        state,
        standing=Standing.MISSING if lost else Standing.FAILING,
        n_failures=n_failures,
        trouble=trouble,
        polled_at=now,
        next_at=after_quiet(now + delay_s, rhythm, chance),
    )
    return Poll(after, error=trouble)


def after_quiet(moment: float, rhythm: Rhythm, chance: float = 0.0) -> float:
    """The moment itself, or one in the first half hour after the quiet hours that it lies in.

    Args:
        moment: In seconds since 1970.
        rhythm: Which hours are quiet.
        chance: Where in that half hour, 0 to 1.
    """
    begin, end = rhythm.quiet_from, rhythm.quiet_until
    if begin is None or end is None or begin == end:
        return moment
    local = datetime.fromtimestamp(moment, rhythm.zone)
    is_quiet = begin <= local.hour < end if begin < end else local.hour >= begin or local.hour < end
    if not is_quiet:
        return moment
    # By the clock on the wall, which is a day later even when that day has 23 hours or 25.
    opens = local.replace(hour=end, minute=0, second=0, microsecond=0, fold=0)
    opens = opens if opens > local else opens + timedelta(days=1)
    return opens.timestamp() + 1800 * chance


_ADAPTER: TypeAdapter[FeedState] = TypeAdapter(FeedState)


def save_state(state: FeedState) -> str:
    """The state as JSON text."""
    return _ADAPTER.dump_json(state).decode()


def load_state(text: str) -> FeedState:
    """A state from what `save_state` gave.

    Raises:
        InvalidRequest: it is none.
    """
    try:
        return _ADAPTER.validate_json(text)
    except ValidationError as error:
        raise InvalidRequest(f"the saved state of a feed cannot be read: {error.errors()[0]['msg']}") from error
