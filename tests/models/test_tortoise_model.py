"""tortoise-tts itself, in its own environment, on tiny random weights."""

from __future__ import annotations

import asyncio
import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

import tiny
from catwalk.audio.waveform import Waveform
from catwalk.backends import TABLE
from catwalk.errors import BackendFailed
from catwalk.serving import environments
from catwalk.serving.environments import Environment
from catwalk.serving.process import WorkerProcess
from catwalk.tasks import VoiceRef
from isolated import IsolatedBackend

CLIP_RATES_HZ = (22_050, 44_100, 16_000)


@pytest.fixture(scope="module")
def environment() -> Environment:
    found = environments.find("tortoise", tiny.ENVIRONMENTS_HOME)
    assert found is not None
    return found


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> tiny.Tiny:
    return tiny.build("tortoise", tmp_path_factory.mktemp("tortoise"))


@pytest.fixture(scope="module")
def tortoise(
    model: tiny.Tiny, environment: Environment, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[IsolatedBackend]:
    log_path = tmp_path_factory.mktemp("log") / "worker.log"
    backend = IsolatedBackend(TABLE["tortoise"], model.weights, model.options, environment, log_path)
    yield backend
    backend.close()


@pytest.fixture(scope="module")
def clips() -> tuple[Waveform, ...]:
    generator = np.random.default_rng(3)
    return tuple(
        Waveform(generator.normal(0, 0.1, 3 * rate_hz).astype(np.float32), rate_hz) for rate_hz in CLIP_RATES_HZ
    )


def speak(backend: IsolatedBackend, voice: VoiceRef) -> Waveform:
    return Waveform.join(backend.synthesize("Tea is ready.", voice=voice))


def test_a_voice_of_three_clips_is_spoken_from_its_latents(
    tortoise: IsolatedBackend, clips: tuple[Waveform, ...], tmp_path: Path
) -> None:
    path = tmp_path / "mol.latents"
    path.write_bytes(tortoise.call("compute_latents", clips=clips))

    mine = speak(tortoise, VoiceRef("mol-of-mine", path))
    packaged = speak(tortoise, VoiceRef("mol"))

    assert mine.duration_s > 0
    assert not np.array_equal(mine.samples, packaged.samples)


def test_the_same_clips_give_the_same_latents(tortoise: IsolatedBackend, clips: tuple[Waveform, ...]) -> None:
    first, second = (tortoise.call("compute_latents", clips=clips) for _ in range(2))

    assert first == second


def test_latents_are_read_once_kept_and_dropped(
    tortoise: IsolatedBackend, clips: tuple[Waveform, ...], tmp_path: Path
) -> None:
    path = tmp_path / "kept.latents"
    path.write_bytes(tortoise.call("compute_latents", clips=clips))
    voice = VoiceRef("kept", path)
    first = speak(tortoise, voice)
    path.unlink()

    second = speak(tortoise, voice)

    assert np.array_equal(first.samples, second.samples)
    assert tortoise.latents["kept"] > 0
    tortoise.drop_latents("kept")
    with pytest.raises(BackendFailed, match="cannot read the latents"):
        speak(tortoise, voice)
    assert "kept" not in tortoise.latents


def test_a_file_that_holds_no_latents_is_an_error_of_the_tree(tortoise: IsolatedBackend, tmp_path: Path) -> None:
    path = tmp_path / "text.latents"
    path.write_text("no latents")

    with pytest.raises(BackendFailed, match="cannot read the latents"):
        speak(tortoise, VoiceRef("text", path))


def test_a_sentence_too_long_for_the_networks_is_still_one_waveform(tortoise: IsolatedBackend) -> None:
    [short] = tortoise.synthesize("Tea is ready.", voice=VoiceRef("mol"))
    [long] = tortoise.synthesize("tea " * 120, voice=VoiceRef("mol"))

    assert long.duration_s > 1.5 * short.duration_s


@pytest.mark.anyio
async def test_a_call_that_is_withdrawn_ends_between_two_tokens(
    model: tiny.Tiny, environment: Environment, tmp_path: Path
) -> None:
    worker = await WorkerProcess.start("tortoise", log_path=tmp_path / "log", environment=environment)
    try:
        await worker.load(TABLE["tortoise"], model.weights, {**model.options, "candidates": 4000})
        parts = worker.call("synthesize", {"text": "Tea is ready.", "voice": VoiceRef("mol")})
        started_s = time.monotonic()

        with pytest.raises(TimeoutError):
            await asyncio.wait_for(anext(parts), 5)  # all candidates would take minutes
        await parts.aclose()

        assert time.monotonic() - started_s < 20
        assert worker.n_running == 0
    finally:
        await worker.stop()


def test_the_stand_in_for_torchaudio_hears_pitch_where_it_is(environment: Environment) -> None:
    program = """
import torch
from catwalk.backends.torchaudio_stand_in import mel_spectrogram, resample
tone = torch.sin(2 * torch.pi * 1000 * torch.arange(22050) / 22050)[None]
again = resample(tone, 22050, 24000)
assert again.shape == (1, 24000), again.shape
assert int(torch.fft.rfft(again[0]).abs().argmax()) == 1000
bands = mel_spectrogram(sample_rate=22050, n_fft=1024, win_length=1024, hop_length=256, f_min=0, f_max=8000, n_mels=80,
                        power=2, normalized=False, norm="slaney")(tone)
assert bands.shape == (1, 80, 87), bands.shape
top = 2595 * torch.log10(torch.tensor(1 + 8000 / 700))  # HTK's mel scale
wanted = 2595 * torch.log10(torch.tensor(1 + 1000 / 700)) / top * 81 - 1
assert abs(int(bands[0, :, 40].argmax()) - float(wanted)) < 1, bands[0, :, 40].argmax()
"""

    subprocess.run([environment.python, "-c", program], env=environment.variables(os.environ), check=True)


def test_it_runs_on_the_transformers_that_it_pins(environment: Environment) -> None:
    program = "import importlib.metadata as m; print(m.version('transformers'), m.version('tortoise-tts'))"

    done = subprocess.run([environment.python, "-c", program], capture_output=True, text=True, check=True)

    assert done.stdout.split() == ["4.31.0", "3.0.0"]
