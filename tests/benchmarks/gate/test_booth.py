"""The client that remembers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from benchmarks.gate.booth import Booth
from catwalk.audio.waveform import Waveform
from conftest import RunningServer

pytestmark = pytest.mark.anyio


async def test_what_was_spoken_once_is_not_spoken_again(running: RunningServer, tmp_path: Path) -> None:
    async with Booth(running.url, tmp_path) as booth:
        first = await booth.speak("Good morning.", model="fake", voice="tone")
        second = await booth.speak("Good morning.", model="fake", voice="tone")
        await booth.speak("Good morning.", model="fake", voice="tone", speed=2.0)

    assert booth.n_spoken == 2
    assert first.rate_hz == second.rate_hz
    assert np.allclose(first.samples, second.samples, atol=1e-4)


async def test_what_was_heard_once_is_not_heard_again(running: RunningServer, tmp_path: Path) -> None:
    sound = Waveform((0.1 * np.sin(np.arange(16_000) / 7)).astype(np.float32), 16_000)
    async with Booth(running.url, tmp_path) as booth:
        first = await booth.transcribe(sound, model="fake", language="en")

    async with Booth(running.url, tmp_path) as other:
        second = await other.transcribe(sound, model="fake", language="en")
        await other.transcribe(sound, model="fake", language="en", words=True)

    assert first == second
    assert (booth.n_heard, other.n_heard) == (1, 1)
