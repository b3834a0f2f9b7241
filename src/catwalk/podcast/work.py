"""What each kind of job does: read an episode, bring in an archive, look whether a followed blog has something new."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Any

from catwalk.errors import CatwalkError, InvalidRequest
from catwalk.library.articles import find_article
from catwalk.library.editing import release_takes
from catwalk.library.episodes import (
    change_episode,
    find_episode,
    find_reading,
)
from catwalk.library.shows import change_show, find_show
from catwalk.library.tables import EpisodeState, Show
from catwalk.podcast.discover import Discovery, discover
from catwalk.podcast.discovery.crawl import Crawl, Selection
from catwalk.podcast.discovery.crawl_file import CrawlFile
from catwalk.podcast.discovery.feeds import Entry
from catwalk.podcast.follow import FeedState, Poll, load_state, poll, save_state
from catwalk.podcast.job import Queue, Tell, Urgency, Work, may_pass
from catwalk.podcast.newsroom import ARCHIVE, DISCOVER, POLL, READ, Newsroom
from catwalk.podcast.production import make_episode


def list_queues(n_readings: int) -> tuple[Queue, ...]:
    """Readings wait for readings; archives and polls for each other."""
    return (Queue("readings", frozenset({READ}), n_readings), Queue("fetches", frozenset({ARCHIVE, POLL, DISCOVER}), 2))


def list_works(newsroom: Newsroom) -> Mapping[str, Work]:
    """What to do, by kind of job."""
    kinds = {READ: _read, ARCHIVE: _archive, POLL: _poll, DISCOVER: _discover}
    return {kind: partial(work, newsroom) for kind, work in kinds.items()}


async def _read(newsroom: Newsroom, arguments: dict[str, Any], tell: Tell) -> Any:
    episode_id = int(arguments["episode"])
    is_ended = False
    try:
        if arguments.get("revoice"):
            await asyncio.to_thread(_release_takes, newsroom, episode_id)
        made = await make_episode(newsroom.studio, episode_id, tell, anew=bool(arguments.get("anew")))
        is_ended = True
    except CatwalkError as error:
        is_ended = True
        await asyncio.to_thread(_note_failure, newsroom, episode_id, error)
        raise
    finally:
        if not is_ended:  # the job was paused or cancelled, or the server goes: none of it is an error of ours
            _leave(newsroom, episode_id)
    return {"episode": episode_id, "made": made}


def _leave(newsroom: Newsroom, episode_id: int) -> None:
    with contextlib.suppress(CatwalkError), newsroom.library.write() as session:
        episode = find_episode(session, episode_id)
        if episode.state is EpisodeState.READING:
            state = EpisodeState.WAITING if episode.render_id is None else EpisodeState.READY
            change_episode(session, episode_id, state=state)


def _release_takes(newsroom: Newsroom, episode_id: int) -> None:
    with newsroom.library.read() as session:
        show = session.get_one(Show, find_episode(session, episode_id).show_id)
    own = newsroom.studio.choose(show).voicing
    with newsroom.library.write() as session:
        revision = find_episode(session, episode_id).revision
        release_takes(session, episode_id, model=own.model, voice=own.voice, speed=own.speed, revision=revision)


def _note_failure(newsroom: Newsroom, episode_id: int, error: CatwalkError) -> None:
    state = EpisodeState.WAITING if may_pass(error) else EpisodeState.FAILED
    with contextlib.suppress(CatwalkError), newsroom.library.write() as session:
        episode = find_episode(session, episode_id)
        if episode.state is EpisodeState.WITHDRAWN:
            return
        problem = [str(error)]
        if episode.render_id is not None:
            problem.append("the feed goes on offering what was read before")
        if state is EpisodeState.WAITING:
            problem.append("it is tried again by itself")
        change_episode(session, episode_id, state=state, problem="; ".join(problem))


async def _archive(newsroom: Newsroom, arguments: dict[str, Any], tell: Tell) -> Any:
    slug = arguments["show"]
    found, kept = await _search(newsroom, arguments, tell)
    episodes = await asyncio.to_thread(_take_in, newsroom, slug, found)
    for episode_id in episodes:
        await asyncio.to_thread(newsroom.ask_reading, episode_id, Urgency.ARCHIVE)
    kept.remove()
    return {"posts": len(found.posts), "new": len(episodes), "ended": found.ended}


async def _discover(newsroom: Newsroom, arguments: dict[str, Any], tell: Tell) -> Any:
    found, kept = await _search(newsroom, arguments, tell)
    kept.remove()
    expected = newsroom.estimate(found.posts)
    return {
        "n_posts": len(found.posts),
        "posts": [
            {"url": post.url, "title": post.title, "published": post.published, "author": post.author}
            for post in found.posts
        ],
        "title": found.title,
        "hours_audio": expected.audio_s and round(expected.audio_s / 3600, 2),
        "hours_work": expected.work_s and round(expected.work_s / 3600, 2),
        "ended": found.ended,
    }


async def _search(newsroom: Newsroom, arguments: dict[str, Any], tell: Tell) -> tuple[Discovery, CrawlFile]:
    url = arguments["url"]
    kept = CrawlFile.of(newsroom.library.home, url)

    def advance(crawl: Crawl) -> None:
        kept.save(crawl)
        tell("discovering", crawl.n_pages, len(crawl.candidates))

    found = await discover(
        url,
        web=newsroom.studio.open_web(url),
        limits=newsroom.limits,
        selection=Selection(**arguments["selection"]),
        crawl=kept.take_up(),
        advance=advance,
    )
    return found, kept


def _take_in(newsroom: Newsroom, slug: str, found: Discovery) -> list[int]:
    """Give a show every post that was found; returns its episodes that are still to be read, the oldest first."""
    with newsroom.library.write() as session:
        show = find_show(session, slug)
        if found.feed_url and not show.feed_url:
            change_show(session, slug, feed_url=found.feed_url)
    posts = [(post.url, post.title, post.author, post.published) for post in reversed(found.posts)]
    return newsroom.add_posts(slug, posts)


async def _poll(newsroom: Newsroom, arguments: dict[str, Any], tell: Tell) -> Any:
    slug = arguments["show"]
    tell("polling", 0, 0)
    state = await asyncio.to_thread(_find_followed, newsroom, slug)
    found = await poll(state, newsroom.studio.open_web(state.url), newsroom.clock(), newsroom.rhythm())
    new, changed = await asyncio.to_thread(_take_news, newsroom, slug, found)
    for episode_id in new:
        await asyncio.to_thread(newsroom.ask_reading, episode_id, Urgency.NEW)
    for episode_id in changed:
        await asyncio.to_thread(newsroom.ask_reading, episode_id, Urgency.NEW, anew=True)
    return {"new": len(new), "changed": len(changed), "trouble": found.error}


def _find_followed(newsroom: Newsroom, slug: str) -> FeedState:
    with newsroom.library.read() as session:
        show = find_show(session, slug)
    if show.feed_url is None:
        raise InvalidRequest(f"show {slug!r} has no feed to follow")
    return load_state(json.dumps(show.following)) if show.following else FeedState(show.feed_url)


def _take_news(newsroom: Newsroom, slug: str, found: Poll) -> tuple[list[int], list[int]]:
    new = newsroom.add_posts(slug, [_to_post(entry) for entry in found.new])
    next_at = found.state.next_at
    with newsroom.library.write() as session:
        show = find_show(session, slug)
        articles = (find_article(session, entry.url) for entry in found.changed)
        readings = (find_reading(session, show.id, article.id) for article in articles if article)
        changed = [episode.id for episode in readings if episode]
        change_show(
            session,
            slug,
            following=json.loads(save_state(found.state)),
            feed_url=found.state.url,
            next_poll_at=None if next_at is None else datetime.fromtimestamp(next_at, UTC),
        )
    return new, changed


def _to_post(entry: Entry) -> tuple[str, str, str | None, str | None]:
    return entry.url, entry.title, entry.author, entry.published
