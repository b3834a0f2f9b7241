"""The newsroom: where shows are made, posts are brought in, and work is asked for, ended and gone on with."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy.orm import Session

from catwalk.errors import AlreadyInLibrary, InvalidRequest, NoPosts, NotInLibrary
from catwalk.library.articles import keep_article, name_file, note_article
from catwalk.library.database import Library
from catwalk.library.episodes import (
    add_episode,
    change_episode,
    find_episode,
    find_reading,
    list_put_off,
    list_scripted,
)
from catwalk.library.shows import change_show, find_show, list_due_shows, mix
from catwalk.library.tables import Article as KeptArticle
from catwalk.library.tables import Episode, EpisodeState, Show, ShowKind
from catwalk.podcast.discover import find_feed
from catwalk.podcast.discovery.crawl import CrawlLimits, Selection
from catwalk.podcast.discovery.feeds import Feed
from catwalk.podcast.discovery.posts import Post
from catwalk.podcast.estimate import Estimate
from catwalk.podcast.follow import Rhythm, after_quiet
from catwalk.podcast.job import Job, Urgency
from catwalk.podcast.jobs import Jobs
from catwalk.podcast.portrait import find_portrait
from catwalk.podcast.production import Studio, keep_page, to_moment
from catwalk.podcast.publications import open_show
from catwalk.reader.article import Article, extract
from catwalk.reader.fetch import Source

READ, ARCHIVE, POLL, DISCOVER = "read", "archive", "poll", "discover"

RETRY_AFTER = timedelta(hours=1)
"""A post whose host did not answer is asked for again after so long."""

GIVE_UP_AFTER = timedelta(days=3)
"""From when it was first to be read."""

CANCELLED = "its reading was cancelled; nothing is lost, ask for it again and it goes on from there"


@dataclass(frozen=True)
class Newsroom:
    """What brings posts in and has them read."""

    studio: Studio
    jobs: Callable[[], Jobs]
    """Those that run; an error where none do."""

    limits: CrawlLimits
    rhythm: Callable[[], Rhythm]
    """When the feeds of followed shows are asked."""

    estimate: Callable[[Sequence[Post]], Estimate]
    """How long posts would be to listen to, and to read."""

    base_url: str | None = None
    """Where the server is found, for the guid of a new show."""

    clock: Callable[[], float] = time.time

    @property
    def library(self) -> Library:
        """Where all of it is kept."""
        return self.studio.library

    # --- shows

    async def add_show(
        self,
        url: str | None,
        *,
        title: str | None = None,
        public: bool = False,
        is_own: bool = False,
        choices: Mapping[str, Any] | None = None,
        follow: bool = False,
    ) -> Show:
        """Make a show of the blog at ``url``, or a reading list where there is none.

        Raises:
            InvalidRequest: a reading list needs a title, and cannot be followed.
            NoPosts: the blog is to be followed and has no feed.
            SourceError: the address cannot be had.
        """
        if url is None and (not title or follow):
            raise InvalidRequest("a reading list needs a title, and has no feed to follow", param="title")
        feed_url, feed = await self._look(url, needed=follow) if url else (None, Feed())
        picture = await find_portrait(self.studio.open_web(url), feed, feed.home or url) if url else None
        show = await asyncio.to_thread(
            open_show,
            self.library,
            kind=ShowKind.BLOG if url else ShowKind.LIST,
            title=title or feed.title or urlsplit(url or "").hostname or "",
            source_url=url,
            feed_url=feed_url,
            author=feed.author,
            public=public,
            is_own=is_own,
            choices=choices or {},
            picture=picture,
            base_url=self.base_url,
        )
        return await self.set_following(show.slug, following=True) if follow else show

    def add_mix(self, title: str, members: Sequence[str], *, public: bool = False) -> Show:
        """Make a show that has the episodes of others.

        Raises:
            NotInLibrary: one of them is not there.
            InvalidRequest: one of them is a mix itself.
        """
        with self.library.read() as session:
            for member in members:
                if find_show(session, member).kind is ShowKind.MIX:
                    raise InvalidRequest(f"a mix has blogs and lists, and {member!r} is a mix", param="shows")
        show = open_show(self.library, kind=ShowKind.MIX, title=title, public=public, base_url=self.base_url)
        with self.library.write() as session:
            mix(session, show.slug, members)
        return show

    async def _look(self, url: str, *, needed: bool) -> tuple[str | None, Feed]:
        try:
            return await find_feed(url, self.studio.open_web(url))
        except NoPosts:
            if needed:
                raise
            return None, Feed()

    async def set_following(self, slug: str, *, following: bool) -> Show:
        """Follow a show's blog from now on, or no more.

        Raises:
            NotInLibrary: there is no such show.
            NoPosts: the blog has no feed.
            InvalidRequest: it is no blog's.
        """
        with self.library.read() as session:
            show = find_show(session, slug)
        if not following:
            return await asyncio.to_thread(self._change, slug, follow_every_s=None, next_poll_at=None)
        feed_url = show.feed_url
        if feed_url is None:
            if show.source_url is None:
                raise InvalidRequest(f"show {slug!r} is no blog's: it has nothing to follow")
            feed_url, _ = await find_feed(show.source_url, self.studio.open_web(show.source_url))
        now = datetime.fromtimestamp(self.clock(), UTC)
        every_s = self.rhythm().every_s
        return await asyncio.to_thread(
            self._change, slug, feed_url=feed_url, follow_every_s=every_s, next_poll_at=now, following=None
        )

    def _change(self, slug: str, **fields: Any) -> Show:
        with self.library.write() as session:
            return change_show(session, slug, **fields)

    async def have_reading_list(self, slug: str) -> None:
        """Have the show to which posts are added one by one."""
        with self.library.read() as session, contextlib.suppress(NotInLibrary):
            find_show(session, slug)
            return
        with contextlib.suppress(AlreadyInLibrary):  # somebody else was quicker
            await asyncio.to_thread(
                open_show, self.library, kind=ShowKind.LIST, title="Reading list", slug=slug, base_url=self.base_url
            )

    async def take_file(self, slug: str, source: Source) -> int:
        """Have an episode of a post that was handed in as a file; of the same bytes it is the same one.

        Args:
            slug: A list of posts that are added one by one.
            source: The file; the library keeps what it needs of it.

        Returns:
            The episode.

        Raises:
            SourceError: there is no post in the file.
        """
        article = await asyncio.to_thread(extract, source)
        await self.have_reading_list(slug)
        return await asyncio.to_thread(self._take_file, slug, article, source)

    def _take_file(self, slug: str, article: Article, source: Source) -> int:
        fetched = keep_page(self.library, name_file(source.content), article, source)
        with self.library.write() as session:
            kept, _, _ = keep_article(session, fetched)
            return have_episode(session, find_show(session, slug), kept).id

    def add_posts(self, slug: str, posts: Iterable[tuple[str, str, str | None, str | None]]) -> list[int]:
        """Have episodes of posts in a show; returns those that are still to be read.

        Args:
            slug: The show.
            posts: Address, title, author and date of each.

        Raises:
            NotInLibrary: there is no such show.
        """
        waiting = []
        for url, title, author, published in posts:
            with self.library.write() as session:
                show = find_show(session, slug)
                article = note_article(session, url, title=title, author=author, published=to_moment(published))
                episode = find_reading(session, show.id, article.id) or add_episode(session, show.id, article)
                if episode.render_id is None and episode.state is not EpisodeState.WITHDRAWN:
                    waiting.append(episode.id)
        return waiting

    # --- asking for work; these block

    def ask_reading(self, episode_id: int, urgency: Urgency, *, anew: bool = False, revoice: bool = False) -> str:
        """Queue the reading of an episode, unless it is queued already; returns the job.

        Args:
            episode_id: Which.
            urgency: Which goes first.
            anew: Whether its post is fetched again.
            revoice: Whether lines are spoken again that were spoken by another voice or model than the show has now.
        """
        arguments = {"episode": episode_id} | ({"anew": True} if anew else {}) | ({"revoice": True} if revoice else {})
        once = f"{READ}-{episode_id}{'-anew' * anew}{'-revoice' * revoice}"
        return self.jobs().submit(READ, arguments, urgency=urgency, once=once)

    def ask_rereading(self, slug: str) -> dict[int, str]:
        """Have all episodes of a show sound as it is to sound now; returns the job of each.

        Raises:
            NotInLibrary: there is no such show.
            InvalidRequest: it is a mix.
        """
        with self.library.read() as session:
            show = find_show(session, slug)
            if show.kind is ShowKind.MIX:
                raise InvalidRequest(f"show {slug!r} is a mix: its shows decide how their episodes sound")
            episodes = list_scripted(session, show.id)
        return {each: self.ask_reading(each, Urgency.NEW, revoice=True) for each in episodes}

    def ask_posts(self, slug: str, posts: Sequence[tuple[str, str, str | None, str | None]]) -> dict[int, str]:
        """Have posts read in a show, those alone that it has not read; returns the job of each episode.

        Args:
            slug: The show.
            posts: Address, title, author and date of each.

        Raises:
            NotInLibrary: there is no such show.
            InvalidRequest: it is a mix.
        """
        with self.library.read() as session:
            if find_show(session, slug).kind is ShowKind.MIX:
                raise InvalidRequest(f"show {slug!r} is a mix: posts go into one of its shows")
        return {each: self.ask_reading(each, Urgency.ARCHIVE) for each in self.add_posts(slug, posts)}

    def ask_discovery(self, url: str, selection: Selection) -> str:
        """Queue the search for a blog's posts, none of which are read; returns the job."""
        arguments = {"url": url, "selection": asdict(selection)}
        once = f"{DISCOVER}-{hashlib.sha256(json.dumps(arguments, sort_keys=True).encode()).hexdigest()[:16]}"
        return self.jobs().submit(DISCOVER, arguments, urgency=Urgency.PERSON, once=once)

    def ask_archive(self, slug: str, url: str, selection: Selection) -> str:
        """Queue the search for a blog's posts, all of which are read then; returns the job."""
        arguments = {"show": slug, "url": url, "selection": asdict(selection)}
        once = f"{ARCHIVE}-{hashlib.sha256(json.dumps(arguments, sort_keys=True).encode()).hexdigest()[:16]}"
        return self.jobs().submit(ARCHIVE, arguments, urgency=Urgency.PERSON, once=once)

    def ask_due(self) -> None:
        """Queue a poll of every followed show whose time has come, and readings that may succeed by now."""
        with self.library.read() as session:
            due = list_due_shows(session)
            put_off = list_put_off(session, rested=RETRY_AFTER, until=GIVE_UP_AFTER)
        for show in due:
            later = after_quiet(self.clock(), self.rhythm())
            if later > self.clock() and show.following:  # a new one is looked at once: somebody has just asked for it
                self._change(show.slug, next_poll_at=datetime.fromtimestamp(later, UTC))
            else:
                self.jobs().submit(POLL, {"show": show.slug}, urgency=Urgency.NEW, once=f"{POLL}-{show.slug}")
        for episode_id in put_off:
            self.ask_reading(episode_id, Urgency.ARCHIVE)

    # --- having work rest, end and go on; these block

    def cancel(self, job_id: str) -> Job:
        """End a job; what it has done stays done, and an episode that it was to read waits no more.

        Raises:
            JobNotFound: there is none.
            InvalidRequest: it has ended.
        """
        job = self.jobs().cancel(job_id)
        if job.kind == READ:
            with contextlib.suppress(NotInLibrary), self.library.write() as session:
                episode = find_episode(session, int(job.arguments["episode"]))
                if episode.state in {EpisodeState.WAITING, EpisodeState.READING}:
                    is_new = episode.render_id is None
                    state = EpisodeState.FAILED if is_new else EpisodeState.READY
                    change_episode(session, episode.id, state=state, problem=CANCELLED if is_new else None)
        return job

    def resume(self, job_id: str) -> Job:
        """Go on with a job that was paused, cancelled, or has failed; an episode that it is to read waits again.

        Raises:
            JobNotFound: there is none.
            InvalidRequest: it runs, waits or is done.
        """
        job = self.jobs().resume(job_id)
        if job.kind == READ:
            with contextlib.suppress(NotInLibrary), self.library.write() as session:
                await_reading(session, find_episode(session, int(job.arguments["episode"])))
        return job


def have_episode(session: Session, show: Show, article: KeptArticle) -> Episode:
    """The reading of a post in a show, added where there is none, and brought back where it was withdrawn.

    Raises:
        InvalidRequest: the show is a mix.
    """
    if show.kind is ShowKind.MIX:
        raise InvalidRequest(f"show {show.slug!r} is a mix: posts go into one of its shows", param="show")
    episode = find_reading(session, show.id, article.id)
    if episode is None:
        return add_episode(session, show.id, article)
    await_reading(session, episode)
    return episode


def await_reading(session: Session, episode: Episode) -> None:
    """Have an episode wait that was withdrawn or could not be read."""
    if episode.state in {EpisodeState.WITHDRAWN, EpisodeState.FAILED}:
        change_episode(session, episode.id, state=EpisodeState.WAITING, problem=None)
