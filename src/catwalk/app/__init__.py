"""Builds everything and joins it: the one place that knows all layers."""

from __future__ import annotations

import contextlib
import dataclasses
import importlib.util
import logging
import math
import secrets
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
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
from catwalk.app.preferences import Preferences
from catwalk.app.works import Means, Works, list_lexicons_of
from catwalk.backends import find_factory, import_backend
from catwalk.backends.generation import expect_cache_bytes
from catwalk.client import Client
from catwalk.errors import ServerUnreachable, SettingsInvalid, UnknownModel
from catwalk.library.database import LibraryOnDemand
from catwalk.library.tables import Show
from catwalk.podcast.discovery.crawl import CrawlLimits
from catwalk.podcast.page_cache import PageCache
from catwalk.podcast.politeness import SystemClock, Turns
from catwalk.podcast.publications import LibraryPublications
from catwalk.podcast.web import Manners, Web, guard
from catwalk.reader.describing import DescribingModels
from catwalk.reader.fetch import FetchLimits, fetch_picture
from catwalk.reader.narrator import Voicing
from catwalk.reader.picture_describing import PictureModels
from catwalk.reader.policy import ScriptPolicy
from catwalk.reader.pronounce import Lexicon
from catwalk.reader.reading import Choices
from catwalk.serving.budget import RAM
from catwalk.serving.catalog import (
    FOREVER,
    GEMMA_3_270M,
    GEMMA_CHAT_TEMPLATE,
    GEMMA_TERMS,
    KOKORO_82M,
    OPENAI_VOICES_OF_KOKORO,
    RESEMBLYZER,
    WHISPER_BASE,
    Catalog,
    HubRepository,
    LocalFolder,
    ModelSpec,
    WeightsSource,
)
from catwalk.serving.latents import VoiceCasting
from catwalk.serving.metrics import Metrics
from catwalk.serving.pool import Pool
from catwalk.serving.presets import list_presets
from catwalk.serving.residence import Limits
from catwalk.serving.voices import VoiceLibrary
from catwalk.settings import (
    ModelSettings,
    Settings,
    WeightsSettings,
    list_lexicons,
    parse_budget,
    parse_keep_alive_s,
    parse_size_bytes,
)
from catwalk.studio import media, page
from catwalk.tasks import Cloning, Foreseeing, Presetting, Task, VoiceInfo

log = logging.getLogger("catwalk.app")

_INSIDE = "http://catwalk"
"""Address of the server in its own process; nothing resolves it."""


_GEMMA_OPTIONS = {
    "chat_template": GEMMA_CHAT_TEMPLATE,
    "n_ctx": 4096,
    "kv_bytes_per_token": 18_432,  # 18 layers, 1 head of 256 keys and 256 values, 2 bytes each
}


def _spec(name: str, backend: str) -> ModelSpec:
    factory = find_factory(backend)
    kind = import_backend(factory)
    return ModelSpec(
        name=name,
        backend=backend,
        factory=factory,
        tasks=kind.tasks,
        requires=kind.requires,
        is_remote=getattr(kind, "is_remote", False),
        sees_images=getattr(kind, "sees_images", False),
        clones=issubclass(kind, Cloning),
    )


def built_in_specs() -> list[ModelSpec]:
    """Models that need no settings: their weights come with Python packages."""
    return [
        dataclasses.replace(
            _spec("hibari", "hibari"),
            aliases=("tts-1", "gpt-4o-mini-tts"),
            voice_aliases={"alloy": "heart"},
            default_voice="heart",
            understudy="kokoro",
        ),
        dataclasses.replace(
            _spec("kokoro", "kokoro"),
            aliases=("tts-1-hd",),
            weights=KOKORO_82M,
            voice_aliases=OPENAI_VOICES_OF_KOKORO,
            default_voice="af_heart",
        ),
        dataclasses.replace(
            _spec("faster_whisper", "faster_whisper"), aliases=("whisper-1", "whisper-base"), weights=WHISPER_BASE
        ),
        _spec("ocr", "ocr"),
        dataclasses.replace(
            _spec("gemma", "llama_cpp"),
            aliases=("gemma-3-270m",),
            weights=GEMMA_3_270M,
            terms=GEMMA_TERMS,
            options=_GEMMA_OPTIONS,
            extra_bytes=expect_cache_bytes(_GEMMA_OPTIONS, 0),
        ),
        *_find_encoders(),
        dataclasses.replace(_spec("fake", "fake"), default_voice="tone"),
        dataclasses.replace(_spec(health.PROBE_MODEL, "fake"), is_internal=True, preload=True, pinned=True),
    ]


def _find_encoders() -> list[ModelSpec]:
    """The speaker encoder where it is installed; nobody misses it in a catalog without."""
    spec = dataclasses.replace(_spec("resemblyzer", "resemblyzer"), weights=RESEMBLYZER)
    return [spec] if all(importlib.util.find_spec(name) for name in spec.requires) else []


def build_catalog(chosen: dict[str, ModelSettings]) -> Catalog:
    """The built-in models, changed and joined by what the settings say.

    Raises:
        SettingsInvalid: a model has no backend, or names one that does not exist.
    """
    specs = {spec.name: spec for spec in built_in_specs()}
    for name, wanted in chosen.items():
        spec = specs.get(name)
        if spec is None or (wanted.backend and wanted.backend != spec.backend):
            if wanted.backend is None:
                raise SettingsInvalid(f"models.{name} is not built in, so it needs a backend")
            spec = _spec(name, wanted.backend)
            packaged = next((known for known in specs.values() if known.backend == wanted.backend), None)
            if packaged is not None:  # another model of a family that is known: same weights unless told
                spec = dataclasses.replace(
                    spec,
                    weights=packaged.weights,
                    terms=packaged.terms,
                    options={} if wanted.weights else packaged.options,
                    voice_aliases=packaged.voice_aliases,
                    default_voice=packaged.default_voice,
                )
        specs[name] = _apply(spec, wanted)
    return Catalog(specs.values())


def _apply(spec: ModelSpec, wanted: ModelSettings) -> ModelSpec:
    kind = import_backend(spec.factory)
    options = {**spec.options, **wanted.options}
    device = str(wanted.options.get("device", "cpu"))
    keep_alive_s, expected_bytes = FOREVER, None
    if wanted.keep_alive is not None:
        keep_alive_s = parse_keep_alive_s(wanted.keep_alive, setting=f"models.{spec.name}.keep_alive")
    if wanted.memory is not None:
        expected_bytes = parse_size_bytes(wanted.memory, setting=f"models.{spec.name}.memory")
    return dataclasses.replace(
        spec,
        tasks=_narrow(spec, wanted.tasks),
        weights=(_to_source(spec.name, wanted.weights),) if wanted.weights else spec.weights,
        terms=dataclasses.replace(spec.terms, accepted=wanted.accept_terms) if spec.terms else None,
        options=options,
        extra_bytes=kind.expect_bytes(options) if issubclass(kind, Foreseeing) else 0,
        latents_bytes=kind.expect_latents_bytes(options) if issubclass(kind, Foreseeing) else 0,
        aliases=spec.aliases if wanted.aliases is None else wanted.aliases,
        default_voice=wanted.voice or spec.default_voice,
        voice_aliases={**spec.voice_aliases, **(wanted.voice_aliases or {})},
        keep_alive_s=keep_alive_s,
        preload=wanted.preload,
        pinned=wanted.pin,
        device=device if device.startswith("cuda:") else RAM,
        latents_device=device if device.startswith("cuda:") else RAM,
        expected_bytes=expected_bytes,
        fallback=wanted.fallback,
    )


def _narrow(spec: ModelSpec, chosen: Collection[str] | None) -> frozenset[Task]:
    if chosen is None:
        return spec.tasks
    unknown = set(chosen) - set(spec.tasks)
    if unknown or not chosen:
        able = ", ".join(sorted(spec.tasks))
        raise SettingsInvalid(f"models.{spec.name}.tasks: backend {spec.backend} can {able}, not {sorted(unknown)}")
    return frozenset(Task(name) for name in chosen)


def _to_source(model: str, wanted: WeightsSettings) -> WeightsSource:
    if wanted.path is not None and wanted.hub is None:
        return LocalFolder(wanted.path.expanduser())
    if wanted.hub is not None and wanted.revision is not None and wanted.path is None:
        return HubRepository(wanted.hub, wanted.revision, wanted.files)
    raise SettingsInvalid(f"models.{model}.weights needs either path, or hub with revision")


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
async def connect(settings: Settings, *, works: bool = False) -> AsyncIterator[Client]:
    """A client of the server at ``settings.url`` when it answers, otherwise of one inside this process.

    Args:
        settings: What the person set.
        works: Whether a server inside this process has jobs too; they run until the caller is done.
    """
    async with Client(settings.url, api_key=settings.api_key) as remote:
        if await remote.answers():
            yield remote
            return
    server = build(settings, works=works, for_person=True)
    async with contextlib.AsyncExitStack() as stack:
        if works:
            await stack.enter_async_context(server.http.router.lifespan_context(server.http))
        else:
            stack.push_async_callback(server.pool.close)
            stack.callback(server.library.close)
        yield await stack.enter_async_context(Client(_INSIDE, transport=httpx.ASGITransport(server.http)))


@contextlib.asynccontextmanager
async def require_server(settings: Settings) -> AsyncIterator[Client]:
    """A client of the server at ``settings.url``.

    Raises:
        ServerUnreachable: no catwalk server answers there.
    """
    async with Client(settings.url, api_key=settings.api_key) as client:
        if not await client.answers():
            raise ServerUnreachable(f"no catwalk server answers at {settings.url}; start one with `catwalk serve`")
        yield client


def fetch_limits(settings: Settings, *, for_person: bool) -> FetchLimits:
    """What may be fetched; a person at the command line may also read this machine's own pages."""
    return FetchLimits(
        max_bytes=settings.fetch.max_bytes,
        timeout_s=settings.fetch.timeout_s,
        allow_private=settings.fetch.allow_private,
        allow_loopback=for_person,
    )


def crawl_limits(settings: Settings, *, max_pages: int | None = None) -> CrawlLimits:
    """How far a crawl goes: what the settings say, changed by what was asked for now."""
    own = settings.crawl
    return CrawlLimits(max_pages=max_pages or own.max_pages, max_depth=own.max_depth, max_bytes=own.max_bytes)


def crawl_web(
    settings: Settings,
    start: str,
    *,
    turns: Turns | None = None,
    pause_s: float | None = None,
    for_person: bool = True,
) -> Web:
    """What asks for a crawl from ``start``; crawls and polls of one process share their ``turns``."""
    own = settings.crawl
    contact = f"; +{own.contact}" if own.contact else ""
    limits = dataclasses.replace(
        fetch_limits(settings, for_person=for_person),
        user_agent=f"Mozilla/5.0 (compatible; catwalk/{__version__}{contact})",
    )
    cache = PageCache(settings.home / "crawls" / "pages", own.max_bytes)
    cache.trim()
    return Web(
        turns or Turns(SystemClock()),
        guard(limits, start),
        Manners(pause_s=own.pause_s if pause_s is None else pause_s),
        cache,
    )


def reading_choices(
    settings: Settings,
    *,
    model: str | None = None,
    voice: str | None = None,
    speed: float | None = None,
    lexicons: Sequence[Path] = (),
    any_language: bool = False,
    policy: Mapping[str, Any] | None = None,
) -> Choices:
    """How posts are read: what the settings say, changed by what was asked for now."""
    reader = settings.reader
    speaker = model or reader.model
    wanted = voice or (reader.voice if speaker == reader.model else None)
    voicing = Voicing(
        model=speaker,
        voice=wanted or _default_voice(settings, speaker),
        speed=reader.speed if speed is None else speed,
        listener=reader.listener,
        quote_voice=reader.quote_voice if speaker == reader.model else None,
        understudy=_find_understudy(settings, speaker, wanted),
        encoder=_find_encoder(settings),
    )
    script = reader.script.model_copy(update=dict(policy or {})).model_dump()
    models = DescribingModels(
        code=script.pop("code_model"),
        summary=script.pop("summary_model"),
        pictures=PictureModels(seeing=script.pop("image_model") or None, reading=script.pop("ocr_model") or None),
    )
    script_policy = ScriptPolicy(**script)
    return Choices(
        voicing,
        script_policy,
        models,
        bitrate_bps=reader.bitrate_kbps * 1000,
        cover=reader.cover,
        any_language=any_language,
        lexicon=Lexicon.stack([*lexicons, *list_lexicons(settings)]),
    )


def _find_encoder(settings: Settings) -> str | None:
    """The encoder that the settings name, where there is one; a server elsewhere may have more, but is not asked."""
    wanted = settings.reader.encoder
    try:
        return build_catalog(settings.models).find(wanted).name if wanted else None
    except UnknownModel:
        return None


def _find_understudy(settings: Settings, model: str, voice: str | None) -> str | None:
    """The model that the settings name, or one that is installed and has as good as the same voice."""
    if settings.reader.understudy != "auto":
        return settings.reader.understudy or None
    catalog = build_catalog(settings.models)
    try:
        spec = catalog.find(model)
        other = catalog.find(spec.understudy) if spec.understudy else None
    except UnknownModel:
        return None
    is_alike = voice in {None, spec.default_voice}
    is_there = other is not None and all(importlib.util.find_spec(name) for name in other.requires)
    return other.name if other and is_alike and is_there else None


def _default_voice(settings: Settings, model: str) -> str | None:
    """The voice that a request without one gets; None where only the server at ``settings.url`` knows the model."""
    try:
        return build_catalog(settings.models).find(model).default_voice
    except UnknownModel:
        return None
