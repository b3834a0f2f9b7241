"""Lists of what is kept: asked of the server, and read where they are kept where none runs.

Neither a server is built for them nor its jobs begun: that takes several times as long as the list.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from catwalk.cli.library import opened

if TYPE_CHECKING:
    from catwalk.client import Client
    from catwalk.settings import Settings

Items = list[dict[str, Any]]
_PAGE = 500


def list_shows() -> Items:
    """Every show, by slug."""
    return _list(lambda client: _ask_pages(client, "/v1/shows", {}), lambda _: _read_shows())


def list_episodes(show: str | None, state: str | None) -> Items:
    """Every episode of a show or of all, in a state or in any, the newest post first."""
    params = {name: value for name, value in (("show", show), ("state", state)) if value}
    return _list(lambda client: _ask_pages(client, "/v1/episodes", params), lambda _: _read_episodes(show, state))


def list_jobs(state: str | None, limit: int) -> Items:
    """The newest jobs, in a state or in any."""
    params = {"limit": limit} | ({"state": state} if state else {})
    return _list(lambda client: _ask(client, "/v1/jobs", params), lambda settings: _read_jobs(settings, state, limit))


def list_log(job: str) -> Items:
    """What has happened to the job whose id begins like that, in order."""

    async def ask(client: Client) -> Items:
        jobs = await _ask(client, "/v1/jobs", {"limit": _PAGE})
        return await _ask(client, f"/v1/jobs/{complete(jobs, job)}/log", {})

    return _list(ask, lambda settings: _read_log(settings, job))


def list_words(show: str | None) -> Items:
    """The words that are said otherwise, in one show or in all."""
    params = {"show": show} if show else {}
    return _list(lambda client: _ask(client, "/v1/lexicon", params), lambda settings: _read_words(settings, show))


def _list(ask: Callable[[Client], Awaitable[Items]], read: Callable[[Settings], Items]) -> Items:
    from catwalk.client import Client
    from catwalk.settings import read_settings

    settings = read_settings()

    async def find() -> Items | None:
        async with Client(settings.url, api_key=settings.api_key) as client:
            return await ask(client) if await client.answers() else None

    found = asyncio.run(find())
    return read(settings) if found is None else found


async def _ask(client: Client, path: str, params: dict[str, Any]) -> Items:
    found: Items = (await client.ask("GET", path, params=params))["data"]
    return found


async def _ask_pages(client: Client, path: str, params: dict[str, Any]) -> Items:
    found: Items = []
    after = None
    while True:
        page = await client.ask("GET", path, params={**params, "limit": _PAGE} | ({"after": after} if after else {}))
        found += page["data"]
        after = page.get("next")
        if after is None:
            return found


def _read_shows() -> Items:
    from catwalk.library.shows import list_all_shows
    from catwalk.studio.show_answers import to_shows

    with opened() as library, library.read() as session:
        return [show.model_dump(mode="json") for show in to_shows(session, list_all_shows(session))]


def _read_episodes(slug: str | None, state: str | None) -> Items:
    from catwalk.library.episodes import list_episodes
    from catwalk.library.shows import find_show
    from catwalk.library.tables import EpisodeState
    from catwalk.studio.episode_answers import to_episodes

    found: Items = []
    with opened() as library, library.read() as session:
        show_id = find_show(session, slug).id if slug else None
        wanted, after = EpisodeState(state) if state else None, None
        while True:
            page = list_episodes(session, show_id=show_id, state=wanted, after=after, limit=_PAGE)
            found += [episode.model_dump(mode="json") for episode in to_episodes(session, page.items)]
            after = page.next
            if after is None:
                return found


def _read_jobs(settings: Settings, state: str | None, limit: int) -> Items:
    from catwalk.podcast.job import JobState
    from catwalk.podcast.jobs import list_kept
    from catwalk.studio.job_answers import to_job

    database = settings.library.database
    address = database if database and "://" in database else None
    jobs = list_kept(settings.home, address, state=JobState(state) if state else None, limit=limit)
    return [to_job(job).model_dump(mode="json") for job in jobs]


def complete(jobs: Items, job: str) -> str:
    """The id that begins like that, as far as only one does."""
    ids = [each["id"] for each in jobs if each["id"].startswith(job)]
    return str(ids[0]) if len(ids) == 1 else job


def _read_log(settings: Settings, job: str) -> Items:
    from catwalk.errors import JobNotFound
    from catwalk.podcast.job_log import JobLog
    from catwalk.podcast.jobs import LOGS
    from catwalk.studio.job_answers import to_log

    jobs = _read_jobs(settings, None, _PAGE)
    job_id = complete(jobs, job)
    if not any(each["id"] == job_id for each in jobs):
        raise JobNotFound(f"there is no job {job!r}")
    return [entry.model_dump(mode="json") for entry in to_log(JobLog(settings.home / LOGS).read(job_id)).data]


def _read_words(settings: Settings, slug: str | None) -> Items:
    from catwalk.library.shows import find_show
    from catwalk.podcast import lexicons

    if slug:
        with opened() as library, library.read() as session:
            slug = find_show(session, slug).slug
    return lexicons.list_words(lexicons.find_lexicon(settings.home, slug))
