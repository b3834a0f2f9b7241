"""A backend in a worker of its own, called as if it were here."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterator, Mapping
from pathlib import Path
from typing import Any

from catwalk.backends import import_backend
from catwalk.serving.environments import Environment
from catwalk.serving.process import WorkerProcess
from catwalk.tasks import TranscribeOptions, VoiceInfo, VoiceRef


class IsolatedBackend:
    """Forwards calls to a worker in an environment, and waits for the answers."""

    def __init__(
        self, factory: str, weights: Path | None, options: Mapping[str, Any], environment: Environment, log_path: Path
    ) -> None:
        self._loop = asyncio.new_event_loop()
        self._worker = self._loop.run_until_complete(
            WorkerProcess.start(factory, log_path=log_path, environment=environment)
        )
        self._loop.run_until_complete(self._worker.load(factory, weights, options))
        self.kind = import_backend(factory)
        self.tasks = self.kind.tasks
        self.requires = self.kind.requires
        self.lanes = self._worker.lanes

    def load(self, weights: Path | None, options: Mapping[str, Any]) -> Any:
        """See :class:`catwalk.tasks.Backend`; it is loaded already."""
        raise NotImplementedError

    def warm_up(self) -> None:
        """The worker has done it."""

    def voices(self) -> list[VoiceInfo]:
        """See :class:`catwalk.tasks.Backend`."""
        return list(self.call("voices"))

    def synthesize(self, text: str, *, voice: VoiceRef, speed: float = 1.0) -> Iterator[Any]:
        """See :class:`catwalk.tasks.Synthesizer`."""
        yield from self.stream("synthesize", text=text, voice=voice, speed=speed)

    def transcribe(self, waveform: Any, *, options: TranscribeOptions) -> Iterator[Any]:
        """See :class:`catwalk.tasks.Transcriber`."""
        yield from self.stream("transcribe", waveform=waveform, options=options)

    def call(self, method: str, **arguments: Any) -> Any:
        """The value that a method returns."""
        *_, value = self.stream(method, **arguments)
        return value

    def stream(self, method: str, **arguments: Any) -> Iterator[Any]:
        """Every part of a method's answer; closing it early cancels the call and waits until the worker let go."""
        parts: AsyncGenerator[Any, None] = self._worker.call(method, arguments)
        try:
            while True:
                part = self._loop.run_until_complete(anext(parts))
                if isinstance(part, dict) and part.get("op") == "done":
                    if part["value"] is not None:
                        yield part["value"]
                    return
                yield part
        finally:
            self._loop.run_until_complete(parts.aclose())

    @property
    def latents(self) -> dict[str, int]:
        """Bytes of the latents that the worker holds, by voice, as of the last answer."""
        return self._worker.latents

    def drop_latents(self, voice: str) -> None:
        """See :class:`catwalk.tasks.LatentsHolding`."""
        self._worker.drop_latents(voice)

    def close(self) -> None:
        """End the worker."""
        self._loop.run_until_complete(self._worker.stop())
        self._loop.close()
