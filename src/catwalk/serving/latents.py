"""Voices as a leased model takes them: a blend, or latents that were computed once and kept on disk."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import logging
from collections.abc import AsyncIterator
from pathlib import Path

from catwalk.errors import BackendFailed, UnknownVoice
from catwalk.serving.catalog import Catalog, ModelSpec
from catwalk.serving.lease import Lease
from catwalk.serving.metrics import Metrics
from catwalk.serving.voices import Voice, VoiceLibrary, write_whole
from catwalk.tasks import Task, VoiceRef

log = logging.getLogger("catwalk.latents")

_WITHOUT_EFFECT = frozenset({"batch_size", "device", "lanes", "threads"})
"""Options that change where and how fast latents are computed, not what they are."""


def find_speakers(catalog: Catalog, voice: Voice | None = None) -> list[ModelSpec]:
    """Models that can speak in voices of the library or, with ``voice``, in that one."""
    return [
        spec
        for spec in catalog
        if Task.SYNTHESIZE in spec.tasks
        and not spec.is_internal
        and (spec.clones or (voice is not None and spec.backend in voice.blends))
    ]


def latents_key(spec: ModelSpec, voice: Voice) -> str:
    """Name of the file with what this model makes of this voice: another model or other clips give another."""
    told = {name: value for name, value in spec.options.items() if name not in _WITHOUT_EFFECT}
    identity = json.dumps(
        [spec.factory, [repr(source) for source in spec.weights], told, voice.content_hash], sort_keys=True, default=str
    )
    return f"{spec.backend}-{hashlib.sha256(identity.encode()).hexdigest()[:24]}"


class VoiceCasting:
    """Finds the voice that a request names, for the model that it got hold of."""

    def __init__(self, library: VoiceLibrary, catalog: Catalog, metrics: Metrics) -> None:
        """Nothing is read yet."""
        self.library = library
        self._catalog = catalog
        self._metrics = metrics
        self._computing: dict[Path, asyncio.Lock] = {}

    def check(self, spec: ModelSpec, name: str) -> None:
        """Make sure, before anything waits, that a model can speak in a voice if that is one of the library.

        Raises:
            UnknownVoice: it cannot, and has no fallback; the message names the models that can.
        """
        if name in self.library and spec.fallback is None:
            self._check_able(spec, self.library.find(name))

    def _check_able(self, spec: ModelSpec, voice: Voice) -> None:
        able = find_speakers(self._catalog, voice)
        if spec.name not in [each.name for each in able]:
            names = ", ".join(each.name for each in able) or "none"
            raise UnknownVoice(
                f"voice {voice.name!r} is made from clips, and model {spec.name!r} cannot clone voices;"
                f" models of the catalog that can speak in it: {names}",
                param="voice",
            )

    @contextlib.asynccontextmanager
    async def cast(self, lease: Lease, name: str) -> AsyncIterator[VoiceRef]:
        """The voice ``name`` for the model that ``lease`` holds; its files stay as long as this is open.

        Latents are computed within the lease the first time, and read from disk ever after.

        Raises:
            UnknownVoice: the model cannot speak in it.
            BackendFailed: the model could not make anything of the clips.
        """
        if name not in self.library:
            yield VoiceRef(name)
            return
        with self.library.use(name) as voice:
            self._check_able(lease.spec, voice)
            if lease.spec.clones:
                yield VoiceRef(name, await self._find_latents(lease, voice))
            else:
                yield VoiceRef(voice.blends[lease.spec.backend])

    async def _find_latents(self, lease: Lease, voice: Voice) -> Path:
        path = self.library.latents_path(voice, latents_key(lease.spec, voice))
        if path.is_file():
            return path
        lock = self._computing.setdefault(path, asyncio.Lock())
        try:
            async with lock:
                if not path.is_file():
                    await self._compute(lease, voice, path)
        finally:
            if not lock.locked():
                self._computing.pop(path, None)
        return path

    async def _compute(self, lease: Lease, voice: Voice, path: Path) -> None:
        clips = await asyncio.to_thread(self.library.read_clips, voice)
        latents = await lease.call_aside("compute_latents", clips=clips)
        if not isinstance(latents, bytes) or not latents:
            raise BackendFailed(f"model {lease.spec.name!r} made no latents of voice {voice.name!r}")
        await asyncio.to_thread(write_whole, path, latents)
        self._metrics.latents_computed.labels(lease.spec.name).inc()
        log.info("model %s made %d bytes of latents of voice %s", lease.spec.name, len(latents), voice.name)
