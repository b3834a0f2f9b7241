"""How the tests call a backend whose model the far server has."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from far_server import FarServer

from catwalk.audio.waveform import Waveform
from catwalk.backends.openai_api import OpenaiApi
from catwalk.tasks import CompleteOptions, Completion, Message, TranscribeOptions, Transcription, VoiceRef

KEY = "sk-test-3f9a2c7d5e"
NOVA = VoiceRef("nova")
RECORDING = Waveform.silence(1.0, 16_000)

Loader = Callable[..., OpenaiApi]


def loader(far: FarServer) -> Iterator[Loader]:
    """Loads backends, and lets go of them at the end; for a fixture."""
    with contextlib.ExitStack() as stack, pytest.MonkeyPatch.context() as patch:
        patch.delenv("SSL_CERT_FILE", raising=False)
        patch.setenv("SSL_CERT_DIR", str(Path(__file__).parent))  # no authorities: reading the usual ones takes 40 ms

        def make(**options: Any) -> OpenaiApi:
            backend = OpenaiApi.load(None, {"url": far.url, "model": "far-model", "timeout_s": 5} | options)
            stack.callback(backend.close)
            return backend

        yield make


def speak(backend: OpenaiApi, text: str = "The kettle is on.") -> Waveform:
    return Waveform.join(backend.synthesize(text, voice=NOVA))


def complete(backend: OpenaiApi) -> str:
    parts = list(go_on(backend, max_tokens=50, temperature=0.5))
    whole = parts.pop()
    assert isinstance(whole, Completion)
    assert whole.text == "".join(str(part) for part in parts)
    return whole.text


def go_on(backend: OpenaiApi, *messages: Message, **options: Any) -> Iterator[str | Completion]:
    return backend.complete(messages or (Message("user", "What is it?"),), options=CompleteOptions(**options))


def hear(backend: OpenaiApi, **options: Any) -> Transcription:
    *_, whole = backend.transcribe(RECORDING, options=TranscribeOptions(**options))
    assert isinstance(whole, Transcription)
    return whole
