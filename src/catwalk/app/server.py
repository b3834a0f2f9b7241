"""A server: a pool of models, a library, jobs, and the HTTP application in front of them."""

from __future__ import annotations

import contextlib
import dataclasses
import math
import secrets
from collections.abc import AsyncIterator, Callable, Collection, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import httpx
from fastapi import FastAPI

from catwalk import __version__
from catwalk.api import auth, chat, health, images, models, openai, problems, voices
from catwalk.api.request_log import RequestLog
from catwalk.api.sites import SiteCheck
from catwalk.app.catalogs import build_catalog
from catwalk.app.choices import fetch_limits, reading_choices
from catwalk.app.crawling import crawl_limits, crawl_web
from catwalk.app.preferences import Preferences
from catwalk.app.works import Means, Works, list_lexicons_of
from catwalk.backends import import_backend
from catwalk.client import Client
from catwalk.library.database import LibraryOnDemand
from catwalk.library.tables import Show
from catwalk.podcast.politeness import SystemClock, Turns
from catwalk.podcast.publications import LibraryPublications
from catwalk.reader.fetch import fetch_picture
from catwalk.reader.reading import Choices
from catwalk.serving.latents import VoiceCasting
from catwalk.serving.metrics import Metrics
from catwalk.serving.pool import Pool
from catwalk.serving.presets import list_presets
from catwalk.serving.residence import Limits
from catwalk.serving.voices import VoiceLibrary
from catwalk.settings import Settings, parse_budget
from catwalk.studio import media, page
from catwalk.tasks import Presetting, VoiceInfo

_INSIDE = "http://catwalk"
"""Address of the server in its own process; nothing resolves it."""


@dataclass(slots=True)
class Server:
    """A pool of models, a library, and the HTTP application in front of them."""

    pool: Pool
    library: LibraryOnDemand
    http: FastAPI
    works: Works
    key_hashes: frozenset[str] = field(default_factory=frozenset)


def build(
    settings: Settings,
    *,
    host: str = "127.0.0.1",
    preload: Collection[str] = (),
    works: bool = False,
    for_person: bool = False,
) -> Server:
    """A server that is ready to be started by whoever runs its ASGI application.

    Args:
        settings: What the person set.
        host: The address that it will listen on.
        preload: Models to load at the start beside those that the settings name.
        works: Whether it has jobs too; one server in a process can.
        for_person: Whether only the person at this command line asks it, who may read this machine's own pages.

    Raises:
        UnknownModel: ``preload`` names a model that is not in the catalog.
        SettingsInvalid: the settings contradict themselves, or ``host`` needs a key and there is none.
    """
    key_hashes = auth.read_key_hashes(settings.home / "keys")
    needs_key = auth.require_keys_for(host, key_hashes)
    pool = Pool(
        build_catalog(settings.models),
        home=settings.home,
        metrics=Metrics(),
        limits=_limits(settings),
        budget=parse_budget(settings.memory),
        stall_s=settings.server.stall_s or math.inf,
    )
    wanted = {pool.catalog.find(name).name for name in preload}
    limits = openai.ApiLimits(settings.server.max_upload_bytes, settings.server.max_audio_s)
    casting = VoiceCasting(VoiceLibrary(settings.home / "voices", pool.forget_voice), pool.catalog, pool.metrics)
    presets = partial(list_presets, pool, settings.home, _ask_presets)
    library = LibraryOnDemand(settings.home, settings.library.database)

    @contextlib.asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with contextlib.AsyncExitStack() as stack:
            stack.callback(library.close)
            stack.push_async_callback(pool.close)
            await pool.start(wanted)
            if works:
                await stack.enter_async_context(night.running())
            yield

    http = FastAPI(
        title="catwalk",
        version=__version__,
        lifespan=lifespan,
        summary="A warm server for speech models",
        responses=problems.ANSWERS,
    )
    problems.install(http)
    http.router.default = page.show_missing(http.router.default)
    bring_picture = partial(fetch_picture, limits=fetch_limits(settings, for_person=False))
    for router in (
        openai.build_router(pool, limits, casting),
        chat.build_router(pool, bring_picture),
        images.build_router(pool),
        voices.build_router(pool, limits, casting, presets),
        models.build_router(pool),
        health.build_router(pool),
        media.build_router(LibraryPublications(library), base_url=settings.podcast.base_url),
        page.build_router(key_hashes=key_hashes if needs_key else ()),
    ):
        http.include_router(router)
    own_key = secrets.token_urlsafe()
    inside = Client(_INSIDE, api_key=own_key, transport=httpx.ASGITransport(http), priority="batch")
    prompt = Client(_INSIDE, api_key=own_key, transport=httpx.ASGITransport(http))
    preferences = Preferences(settings, pool.catalog)
    night = Works(
        preferences, library, _means(preferences, inside, prompt, partial(_show_models, pool), for_person=for_person)
    )
    for router in night.routers():
        http.include_router(router)
    if needs_key:
        http.add_middleware(auth.KeyCheck, key_hashes=key_hashes | {auth.hash_key(own_key)}, is_open=page.is_open)
    http.add_middleware(SiteCheck, base_url=settings.podcast.base_url, checks_hosts=not needs_key)
    http.add_middleware(RequestLog)
    return Server(pool, library, http, night, key_hashes)


def _means(
    preferences: Preferences,
    client: Client,
    prompt_client: Client,
    show_models: Callable[[], dict[str, Any]],
    *,
    for_person: bool,
) -> Means:
    turns = Turns(SystemClock())
    settings = preferences.now

    def choose(show: Show) -> Choices:
        own, settings = show.choices, preferences.now
        lexicons = list_lexicons_of(settings, show)
        return reading_choices(
            settings,
            model=own.get("model"),
            voice=own.get("voice"),
            speed=own.get("speed"),
            lexicons=lexicons,
            policy=own.get("policy"),
        )

    return Means(
        client,
        prompt_client,
        lambda url: crawl_web(settings, url, turns=turns, for_person=for_person),
        choose,
        crawl_limits(settings),
        fetch_limits(settings, for_person=for_person),
        show_models,
    )


def _show_models(pool: Pool) -> dict[str, Any]:
    """What changes of the models that people look at."""
    resident = [status for status in pool.statuses() if status.pid is not None and not status.spec.is_internal]
    waiting = {status.spec.name: status.n_waiting + status.n_leases for status in pool.statuses()}
    return {
        "resident": [status.spec.name for status in resident],
        "memory": [dataclasses.asdict(each) for each in pool.memory()],
        "queue": {name: n for name, n in waiting.items() if n},
    }


def _ask_presets(factory: str, weights: Path | None, options: Mapping[str, Any]) -> list[VoiceInfo]:
    kind = import_backend(factory)
    return kind.preset_voices(weights, options) if issubclass(kind, Presetting) else []


def _limits(settings: Settings) -> Limits:
    server = settings.server
    return Limits(
        max_queue=server.max_queue,
        max_wait_s=server.max_wait_s,
        quantum_s=server.quantum_s,
        max_local_wait_s=math.inf if server.max_local_wait_s is None else server.max_local_wait_s,
    )


@contextlib.asynccontextmanager
async def serve_inside(settings: Settings, *, works: bool = False) -> AsyncIterator[Client]:
    """A client of a server inside this process, for the person at this command line.

    Args:
        settings: What the person set.
        works: Whether it has jobs too; they run until the caller is done.
    """
    server = build(settings, works=works, for_person=True)
    async with contextlib.AsyncExitStack() as stack:
        if works:
            await stack.enter_async_context(server.http.router.lifespan_context(server.http))
        else:
            stack.push_async_callback(server.pool.close)
            stack.callback(server.library.close)
        yield await stack.enter_async_context(Client(_INSIDE, transport=httpx.ASGITransport(server.http)))
