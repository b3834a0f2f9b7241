"""Which models there are: those that need no settings, changed and joined by what the settings say."""

from __future__ import annotations

import dataclasses
import importlib.util
from collections.abc import Collection

from catwalk.backends import find_factory, import_backend
from catwalk.backends.generation import expect_cache_bytes
from catwalk.errors import SettingsInvalid
from catwalk.serving.budget import RAM
from catwalk.serving.catalog import (
    FOREVER,
    GEMMA_3_270M,
    GEMMA_CHAT_TEMPLATE,
    GEMMA_TERMS,
    KOKORO_82M,
    OPENAI_VOICES_OF_KOKORO,
    PROBE_MODEL,
    RESEMBLYZER,
    WHISPER_BASE,
    Catalog,
    HubRepository,
    LocalFolder,
    ModelSpec,
    WeightsSource,
)
from catwalk.settings import ModelSettings, WeightsSettings, parse_keep_alive_s, parse_size_bytes
from catwalk.tasks import Cloning, Foreseeing, Task

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
        dataclasses.replace(_spec(PROBE_MODEL, "fake"), is_internal=True, preload=True, pinned=True),
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
