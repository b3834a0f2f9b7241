"""What jobs bring into the library, and what they ask for next."""

from __future__ import annotations

import asyncio
import dataclasses
import io
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from catwalk.errors import InvalidRequest, NoArticle, NoPosts
from catwalk.library.database import Library, open_library
from catwalk.library.episodes import Finished, add_render, change_episode, find_episode, list_episodes
from catwalk.library.shows import change_show, find_show, list_shows
from catwalk.library.tables import Episode, EpisodeState, Show
from catwalk.podcast.artwork import is_drawn
from catwalk.podcast.discovery.crawl import CrawlLimits, Selection
from catwalk.podcast.estimate import estimate_work
from catwalk.podcast.follow import Rhythm
from catwalk.podcast.job import Job, JobState, Urgency
from catwalk.podcast.newsroom import ARCHIVE, CANCELLED, DISCOVER, POLL, READ, Newsroom
from catwalk.podcast.production import Studio
from catwalk.podcast.work import list_works
from catwalk.reader.fetch import FetchLimits
from sites.blog_server import Answer, BlogServer, Site, serve_blog
from sites.crawling import HandClock, make_web
from sites.feed_only import make_feed_only
from sites.writing import Written, write_posts, write_rss

POSTS = write_posts(6, ("Ann Lee",), seed=4)


class Stopped(Exception):
    """A job was told to end, in the words of whatever carries it."""


class Asked:
    """Takes the place of jobs, and remembers what it was asked for."""

    def __init__(self) -> None:
        self.jobs: list[tuple[str, dict[str, Any], Urgency]] = []

    def submit(self, kind: str, arguments: dict[str, Any], *, urgency: Urgency, once: str | None = None) -> str:
        assert once is not None
        self.jobs.append((kind, arguments, urgency))
        return f"job {len(self.jobs)}"

    def end(self, job_id: str) -> Job:
        kind, arguments, urgency = self.jobs[int(job_id.removeprefix("job ")) - 1]
        return Job(job_id, kind, arguments, JobState.CANCELLED, urgency, datetime.now(UTC))

    cancel = resume = end


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    opened = open_library(tmp_path)
    yield opened
    opened.close()


@pytest.fixture
def asked() -> Asked:
    return Asked()


@pytest.fixture
def newsroom(library: Library, asked: Asked) -> Newsroom:
    clock = HandClock()
    nothing: Any = None  # no model is asked here
    studio = Studio(lambda: library, nothing, lambda _: make_web(clock), nothing, FetchLimits())
    jobs: Any = asked
    estimate = partial(estimate_work, model="hibari", speed=1.0)
    return Newsroom(studio, lambda: jobs, CrawlLimits(), Rhythm, estimate, clock=clock.now)


def feed(posts: list[Written], root: str, changed: str = "") -> Answer:
    items = [
        f"<item><title>{post.title}</title><link>{root}/{post.slug}</link><guid>{post.slug}</guid>"
        f"<description>{changed if post is posts[-1] else ''}{post.html}</description></item>"
        for post in posts
    ]
    return Answer(write_rss("Tea", f"{root}/", items), "application/rss+xml")


@pytest.fixture
def blog() -> Iterator[BlogServer]:
    with serve_blog(Site("tea", {}, [])) as server:
        server.site.answers["/feed"] = feed(POSTS[2:], server.root)
        yield server


def work(newsroom: Newsroom, kind: str, tell: Callable[..., None] = lambda *told: None, **arguments: Any) -> Any:
    async def run() -> Any:
        return await list_works(newsroom)[kind](arguments, tell)

    return asyncio.run(run())


def episodes_of(library: Library) -> list[Episode]:
    with library.read() as session:
        return list(list_episodes(session, limit=500).items)


def show_of(library: Library, slug: str) -> Show:
    with library.read() as session:
        return find_show(session, slug)


def follow(newsroom: Newsroom, blog: BlogServer) -> Show:
    return asyncio.run(newsroom.add_show(f"{blog.root}/feed", follow=True))


def test_every_post_of_an_archive_becomes_an_episode_once_and_is_asked_to_be_read(
    newsroom: Newsroom, library: Library, asked: Asked
) -> None:
    with serve_blog(make_feed_only()) as site:
        show = asyncio.run(newsroom.add_show(site.root))
        wanted: dict[str, Any] = {"show": show.slug, "url": site.root, "selection": {"limit": 5}}
        first = work(newsroom, ARCHIVE, **wanted)
        n_jobs = len(asked.jobs)
        again = work(newsroom, ARCHIVE, **wanted)

    assert (first["posts"], first["new"]) == (5, 5)
    assert (again["posts"], again["new"]) == (5, 5)  # still to be read: asked for again, under the same name
    assert len(episodes_of(library)) == n_jobs == 5
    assert {(kind, urgency) for kind, _, urgency in asked.jobs} == {(READ, Urgency.ARCHIVE)}


def test_a_new_show_has_its_blogs_own_picture(newsroom: Newsroom, library: Library, blog: BlogServer) -> None:
    file = io.BytesIO()
    Image.new("RGB", (1400, 1400), "red").save(file, "PNG")
    blog.site.answers["/logo.png"] = Answer(file.getvalue(), "image/png")
    blog.site.answers["/"] = Answer('<html><head><link rel="apple-touch-icon" href="/logo.png"></head></html>')

    show = asyncio.run(newsroom.add_show(f"{blog.root}/feed"))

    assert show.cover is not None
    assert not is_drawn(library.blobs.path(show.cover).read_bytes())


def test_what_a_followed_blog_publishes_is_read_and_what_it_had_before_is_not(
    newsroom: Newsroom, library: Library, asked: Asked, blog: BlogServer
) -> None:
    show = follow(newsroom, blog)
    quiet = work(newsroom, POLL, show=show.slug)
    blog.site.answers["/feed"] = feed(POSTS[1:], blog.root)

    news = work(newsroom, POLL, show=show.slug)

    assert (quiet["new"], news["new"]) == (0, 1)
    assert [episode.title for episode in episodes_of(library)] == [POSTS[1].title]
    assert asked.jobs == [(READ, {"episode": episodes_of(library)[0].id}, Urgency.NEW)]


def test_an_edited_post_is_fetched_again_where_the_show_has_it(
    newsroom: Newsroom, library: Library, asked: Asked, blog: BlogServer
) -> None:
    show = follow(newsroom, blog)
    work(newsroom, POLL, show=show.slug)
    blog.site.answers["/feed"] = feed(POSTS[1:], blog.root)
    work(newsroom, POLL, show=show.slug)
    blog.site.answers["/feed"] = feed(POSTS[1:2], blog.root, "An error is mended here. ")

    news = work(newsroom, POLL, show=show.slug)

    assert news["changed"] == 1
    assert asked.jobs[-1] == (READ, {"episode": episodes_of(library)[0].id, "anew": True}, Urgency.NEW)


def test_a_poll_that_fails_says_so_and_is_tried_later(newsroom: Newsroom, library: Library, blog: BlogServer) -> None:
    show = follow(newsroom, blog)
    work(newsroom, POLL, show=show.slug)
    before = show_of(library, show.slug).next_poll_at
    blog.site.answers["/feed"] = Answer("<broken", "application/rss+xml")

    found = work(newsroom, POLL, show=show.slug)

    after = show_of(library, show.slug)
    assert "is no feed any more" in found["trouble"]
    assert after.following is not None
    assert after.following["standing"] == "failing"
    assert before is not None
    assert after.next_poll_at is not None
    assert after.next_poll_at != before


def test_a_blog_is_looked_at_when_it_is_due_and_no_more_when_it_is_not_followed(
    newsroom: Newsroom, asked: Asked, blog: BlogServer
) -> None:
    show = follow(newsroom, blog)
    newsroom.ask_due()
    n_followed = len(asked.jobs)

    asyncio.run(newsroom.set_following(show.slug, following=False))
    newsroom.ask_due()

    assert n_followed == len(asked.jobs) == 1
    assert asked.jobs[0][:2] == (POLL, {"show": show.slug})


def test_a_blog_that_falls_due_in_hours_that_are_quiet_by_now_is_looked_at_after_them(
    newsroom: Newsroom, library: Library, asked: Asked, blog: BlogServer
) -> None:
    show = follow(newsroom, blog)
    work(newsroom, POLL, show=show.slug)
    due = datetime.fromtimestamp(newsroom.clock(), UTC)
    with library.write() as session:
        change_show(session, show.slug, next_poll_at=due)
    quiet = Rhythm(quiet_from=due.hour, quiet_until=(due.hour + 2) % 24)

    dataclasses.replace(newsroom, rhythm=lambda: quiet).ask_due()

    put_off_to = show_of(library, show.slug).next_poll_at
    assert [job for job in asked.jobs if job[0] == POLL] == []
    assert put_off_to is not None
    assert timedelta(hours=1) <= put_off_to - due <= timedelta(hours=2)


def test_a_blog_without_a_feed_can_be_archived_but_not_followed(newsroom: Newsroom, library: Library) -> None:
    with serve_blog(Site("bare", {"/": Answer("<html><title>Bare</title><body>Nothing</body></html>")}, [])) as site:
        made = asyncio.run(newsroom.add_show(site.root, title="Bare"))
        with pytest.raises(NoPosts, match="names no feed"):
            asyncio.run(newsroom.set_following(made.slug, following=True))

    assert show_of(library, made.slug).follow_every_s is None


def test_a_reading_list_has_nothing_to_follow(newsroom: Newsroom, library: Library) -> None:
    for _ in range(2):
        asyncio.run(newsroom.have_reading_list("reading-list"))

    with library.read() as session:
        assert [show.slug for show in list_shows(session).items] == ["reading-list"]
    with pytest.raises(InvalidRequest, match="nothing to follow"):
        asyncio.run(newsroom.set_following("reading-list", following=True))


def test_a_reading_that_fails_leaves_its_reason_with_the_episode(
    newsroom: Newsroom, library: Library, blog: BlogServer
) -> None:
    blog.site.answers["/feed"] = feed(POSTS[5:], blog.root)
    blog.site.answers[f"/{POSTS[5].slug}"] = Answer("<html><body></body></html>")
    show = asyncio.run(newsroom.add_show(f"{blog.root}/feed"))
    [episode_id] = newsroom.add_posts(show.slug, [(f"{blog.root}/{POSTS[5].slug}", "Tea", None, None)])

    with pytest.raises(NoArticle):
        work(newsroom, READ, episode=episode_id)

    with library.read() as session:
        episode = find_episode(session, episode_id)
    assert episode.state is EpisodeState.FAILED
    assert episode.problem


def test_a_reading_that_is_stopped_on_its_way_is_no_longer_said_to_be_read(
    newsroom: Newsroom, library: Library, blog: BlogServer
) -> None:
    blog.site.answers["/feed"] = feed(POSTS[5:], blog.root)
    show = asyncio.run(newsroom.add_show(f"{blog.root}/feed"))
    [episode_id] = newsroom.add_posts(show.slug, [(f"{blog.root}/{POSTS[5].slug}", "Tea", None, None)])
    seen: list[EpisodeState] = []

    def stop(*told: object) -> None:
        with library.read() as session:
            seen.append(find_episode(session, episode_id).state)
        raise Stopped

    with pytest.raises(Stopped):
        work(newsroom, READ, stop, episode=episode_id)

    with library.read() as session:
        seen.append(find_episode(session, episode_id).state)
    assert seen == [EpisodeState.READING, EpisodeState.WAITING]


def test_an_episode_whose_reading_is_cancelled_says_so_and_waits_again_once_it_is_taken_up(
    newsroom: Newsroom, library: Library, blog: BlogServer
) -> None:
    show = asyncio.run(newsroom.add_show(f"{blog.root}/feed"))
    [episode_id] = newsroom.add_posts(show.slug, [(f"{blog.root}/{POSTS[5].slug}", "Tea", None, None)])
    job_id = newsroom.ask_reading(episode_id, Urgency.PERSON)

    newsroom.cancel(job_id)
    [cancelled] = episodes_of(library)
    newsroom.resume(job_id)
    [resumed] = episodes_of(library)

    assert (cancelled.state, cancelled.problem) == (EpisodeState.FAILED, CANCELLED)
    assert (resumed.state, resumed.problem) == (EpisodeState.WAITING, None)


def test_an_episode_that_was_read_before_stays_ready_when_the_job_that_would_renew_it_is_cancelled(
    newsroom: Newsroom, library: Library, blog: BlogServer
) -> None:
    show = asyncio.run(newsroom.add_show(f"{blog.root}/feed"))
    [episode_id] = newsroom.add_posts(show.slug, [(f"{blog.root}/{POSTS[5].slug}", "Tea", None, None)])
    with library.write() as session:
        audio = library.blobs.put(b"sound", ".mp3")
        add_render(session, episode_id, Finished(audio, None, None, None, 1.0, 5, None, []))
        change_episode(session, episode_id, state=EpisodeState.READING)

    newsroom.cancel(newsroom.ask_reading(episode_id, Urgency.PERSON))

    [episode] = episodes_of(library)
    assert (episode.state, episode.problem) == (EpisodeState.READY, None)


def test_the_same_archive_is_asked_for_under_one_name(newsroom: Newsroom, asked: Asked) -> None:
    newsroom.ask_archive("a", "https://blog.test/", Selection(limit=3))

    [(kind, arguments, urgency)] = asked.jobs
    assert (kind, urgency) == (ARCHIVE, Urgency.PERSON)
    assert Selection(**arguments["selection"]) == Selection(limit=3)


def test_a_dry_run_lists_posts_and_reads_none_until_they_are_ticked(
    newsroom: Newsroom, library: Library, asked: Asked
) -> None:
    with serve_blog(make_feed_only()) as site:
        show = asyncio.run(newsroom.add_show(site.root))
        found = work(newsroom, DISCOVER, url=site.root, selection={"limit": 3})

    assert episodes_of(library) == []
    ticked = [(post["url"], post["title"], post["author"], post["published"]) for post in found["posts"][:2]]
    assert len(newsroom.ask_posts(show.slug, ticked)) == 2
    assert len(episodes_of(library)) == 2
    assert found["n_posts"] == len(found["posts"]) == 3
    assert set(found) == {"n_posts", "posts", "title", "hours_audio", "hours_work", "ended"}
