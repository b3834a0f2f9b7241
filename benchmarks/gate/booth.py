"""A client that remembers: what it spoke and what it heard once lies on disk, by content."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

import httpx
import numpy as np

from catwalk.audio.waveform import Waveform
from catwalk.client import Client
from catwalk.library.blobs import write_atomically
from catwalk.tasks import Segment, Transcription, Weight, Word

_PACKAGES = ("hibari-tts", "kokoro-onnx", "faster-whisper", "ctranslate2", "onnxruntime")
_N_AT_ONCE = 4


@dataclass(frozen=True, slots=True)
class Speaker:
    """Who speaks."""

    model: str
    voice: str

    def __str__(self) -> str:
        """For tables."""
        return f"{self.model} {self.voice}"


class Booth(Client):
    """A client of one server with a memory of its own, so that a second run only pays for what changed."""

    def __init__(self, url: str, kept: Path, *, transport: httpx.AsyncBaseTransport | None = None) -> None:
        """Keep takes and hearings under ``kept``."""
        super().__init__(url, transport=transport)
        self._kept = kept
        self._versions = [f"{name} {metadata.version(name)}" for name in _PACKAGES]
        self._free = asyncio.Semaphore(_N_AT_ONCE)
        self.n_spoken = 0
        self.n_heard = 0

    async def speak(self, text: str, *, model: str, voice: str | None = None, speed: float = 1.0) -> Waveform:
        """See :meth:`catwalk.client.Client.speak`."""
        path = self._path("takes", text, model, voice, speed)
        if path.exists():
            rate_hz, *samples = np.frombuffer(path.read_bytes(), "<i2")
            return Waveform(np.array(samples, np.float32) / np.float32(32767), int(rate_hz))
        async with self._free:
            take = await super().speak(text, model=model, voice=voice, speed=speed)
        self.n_spoken += 1
        write_atomically(path, np.array([take.rate_hz, *_to_integers(take)], "<i2").tobytes())
        return take

    async def transcribe(
        self,
        audio: Waveform | Path,
        *,
        model: str,
        language: str | None = None,
        prompt: str | None = None,
        words: bool = False,
        fallback: bool = True,
        candidates: Sequence[str] = (),
    ) -> Transcription:
        """See :meth:`catwalk.client.Client.transcribe`."""
        content = (
            await asyncio.to_thread(audio.read_bytes) if isinstance(audio, Path) else _to_integers(audio).tobytes()
        )
        digest = hashlib.sha256(content).hexdigest()
        path = self._path("hearings", digest, model, language, prompt, words, fallback, *candidates)
        if path.exists():
            return _read_transcription(json.loads(path.read_bytes()))
        async with self._free:
            heard = await super().transcribe(
                audio,
                model=model,
                language=language,
                prompt=prompt,
                words=words,
                fallback=fallback,
                candidates=candidates,
            )
        self.n_heard += 1
        write_atomically(path, json.dumps(asdict(heard), ensure_ascii=False).encode())
        return heard

    def _path(self, folder: str, *what: Any) -> Path:
        name = hashlib.sha256(json.dumps([self._versions, *what]).encode()).hexdigest()
        return self._kept / folder / name[:2] / name


def _to_integers(waveform: Waveform) -> np.ndarray[tuple[int], np.dtype[np.int16]]:
    return (np.clip(waveform.samples, -1, 1) * np.float32(32767)).round().astype("<i2")


def _read_transcription(fields: dict[str, Any]) -> Transcription:
    segments = tuple(
        Segment(**{**segment, "words": tuple(Word(**word) for word in segment["words"])})
        for segment in fields["segments"]
    )
    weights = tuple(Weight(**weight) for weight in fields.get("weights", ()))
    return Transcription(**{**fields, "segments": segments, "weights": weights})
