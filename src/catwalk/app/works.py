"""Joins what works by itself: the library, the jobs, and what asks the server's own models."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from fastapi import APIRouter
from pydantic import ValidationError

from catwalk.app.preferences import Preferences
from catwalk.client import Client
from catwalk.errors import CatwalkError, InvalidRequest, JobsNotRunning
from catwalk.library.collection import collect_if_due
from catwalk.library.database import Library
from catwalk.library.shows import hasten_polls
from catwalk.library.tables import Show
from catwalk.podcast.corrections import Corrections
from catwalk.podcast.discovery.crawl import CrawlLimits
from catwalk.podcast.discovery.posts import Post
from catwalk.podcast.estimate import Estimate, estimate_work
from catwalk.podcast.follow import Rhythm
from catwalk.podcast.job import JobState, Urgency
from catwalk.podcast.jobs import Jobs
from catwalk.podcast.lexicons import find_lexicon
from catwalk.podcast.newsroom import Newsroom
from catwalk.podcast.production import Studio
from catwalk.podcast.retakes import Retakes
from catwalk.podcast.web import Web
from catwalk.podcast.work import list_queues, list_works
from catwalk.reader.fetch import FetchLimits
from catwalk.reader.reading import Choices
from catwalk.settings import ScriptSettings, Settings, parse_size_bytes
from catwalk.studio import episodes, events, jobs, lexicon, preferences, publication, readings, shows, takes, uploads

log = logging.getLogger("catwalk.works")

_TICK_S = 15.0
"""How often it is looked whether a followed blog is due, and whether another process has left jobs behind."""


@dataclass(frozen=True)
class Means:
    """What the composition root has already."""

    client: Client
    """Asks for what can wait."""

    prompt_client: Client
    """Asks for what a person waits for."""

    open_web: Callable[[str], Web]
    choose: Callable[[Show], Choices]
    crawl_limits: CrawlLimits
    picture_limits: FetchLimits
    show_models: Callable[[], dict[str, Any]]
    """What is in memory, and who waits for it."""


class Works:
    """The jobs of a server, from its start to its end, and the routes to them."""

    def __init__(self, keeper: Preferences, library: Callable[[], Library], means: Means) -> None:
        """Nothing runs before :meth:`running`."""
        self._preferences = keeper
        self._settings = settings = keeper.now
        self._jobs: Jobs | None = None
        studio = Studio(library, means.client, means.open_web, means.choose, means.picture_limits)
        self.newsroom = Newsroom(
            studio,
            self.find_jobs,
            means.crawl_limits,
            self._rhythm,
            self._estimate,
            settings.podcast.base_url,
        )
        keeper.after_change = self._hasten
        self.corrections = Corrections(library, self._ask_reading)
        self.bulletin = events.Bulletin(library, self.find_jobs, means.show_models)
        self._readings = readings.Readings(studio, self.bulletin.tell)
        retakes = Retakes(library, means.prompt_client, means.choose)
        self._takes = takes.LineTakes(library, retakes, self.bulletin.tell)

    def find_jobs(self) -> Jobs:
        """The jobs that run.

        Raises:
            JobsNotRunning: none do.
        """
        if self._jobs is None:
            raise JobsNotRunning("this server runs no jobs; start one with `catwalk serve`")
        return self._jobs

    def routers(self) -> list[APIRouter]:
        """All of them."""
        return [
            shows.build_router(self.newsroom, self._check_policy),
            episodes.build_router(self.newsroom),
            publication.build_router(self.newsroom),
            lexicon.build_router(self.corrections),
            jobs.build_router(self.newsroom),
            events.build_router(self.bulletin),
            preferences.build_router(self._preferences),
            readings.build_router(self._readings),
            takes.build_router(self._takes, max_upload_bytes=self._settings.server.max_upload_bytes),
            uploads.build_router(self.newsroom, max_bytes=self._settings.fetch.max_bytes),
        ]

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Jobs run inside."""
        settings = self._settings
        database = settings.library.database
        self._jobs = await Jobs.start(
            settings.home,
            database if database and "://" in database else None,
            list_queues(settings.jobs.readings),
            lambda _: list_works(self.newsroom),
            keep_free_bytes=parse_size_bytes(settings.jobs.keep_free, setting="jobs.keep_free"),
        )
        ticking = asyncio.create_task(self._tick())
        try:
            yield
        finally:
            ticking.cancel()
            running, self._jobs = self._jobs, None
            await running.stop()

    async def _tick(self) -> None:
        while True:
            try:
                await asyncio.to_thread(self.find_jobs().adopt)
                await asyncio.to_thread(self.newsroom.ask_due)
                await asyncio.to_thread(self._tidy_up)
            except CatwalkError as error:
                log.warning("cannot look for what is due: %s", error)
            await asyncio.sleep(_TICK_S)

    def _tidy_up(self) -> None:
        idle = not self.find_jobs().list(state=JobState.RUNNING, limit=1)
        collected = collect_if_due(self.newsroom.library, idle=idle)
        if collected is not None:
            log.info(
                "garbage was collected: %d files of %.1f MB, among them what %d replaced renders had",
                collected.n_blobs,
                collected.n_bytes / 1e6,
                collected.n_renders,
            )

    def _ask_reading(self, episode_id: int, urgency: Urgency) -> str:
        return self.newsroom.ask_reading(episode_id, urgency)

    def _check_policy(self, policy: Mapping[str, Any]) -> None:
        own = self._settings.reader.script.model_dump()
        try:
            ScriptSettings.model_validate(own | dict(policy))
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(str(step) for step in first["loc"])
            raise InvalidRequest(f"policy.{where}: {first['msg']}", param="policy") from error

    def _estimate(self, posts: Sequence[Post]) -> Estimate:
        reader = self._preferences.now.reader
        return estimate_work(posts, model=reader.model, speed=reader.speed)

    def _hasten(self, before: Settings, now: Settings) -> None:
        """Where blogs are to be looked at more often, begin with the next look."""
        if now.jobs.follow_every_h < before.jobs.follow_every_h:
            library = self.newsroom.library
            with library.write() as session:
                hasten_polls(session, library.clock() + timedelta(hours=now.jobs.follow_every_h))

    def _rhythm(self) -> Rhythm:
        own = self._preferences.now.jobs
        return Rhythm(
            every_s=own.follow_every_h * 3600,
            quiet_from=own.quiet_from,
            quiet_until=own.quiet_until,
            zone=ZoneInfo(own.timezone) if own.timezone else None,
        )


def list_lexicons_of(settings: Settings, show: Show) -> list[Path]:
    """The lexicon files of one show, which go before those of all."""
    path = find_lexicon(settings.home, show.slug)
    return [path] if path.is_file() else []
