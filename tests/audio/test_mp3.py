import io
import os

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from catwalk.audio.codec import decode
from catwalk.audio.mp3 import STRETCH_FRAMES, write_mp3

STRETCH_SAMPLES = STRETCH_FRAMES * 1152


@pytest.fixture(scope="module")
def sound() -> NDArray[np.float32]:
    """A little more than one stretch, swelling so that it differs everywhere."""
    at = np.arange(STRETCH_SAMPLES + 100_001) / 44_100
    return (0.4 * np.sin(2 * np.pi * 300 * at) * (0.6 + 0.4 * np.sin(at))).astype(np.float32)


def write(samples: NDArray[np.float32]) -> bytes:
    def read(start: int, end: int) -> NDArray[np.float32]:
        padded = np.concatenate((np.zeros(max(0, -start), np.float32), samples[max(0, start) : end]))
        return np.pad(padded, (0, end - start - padded.size))

    file = io.BytesIO()
    write_mp3(file, read, samples.size, 44_100, bitrate_bps=128_000)
    return file.getvalue()


@pytest.fixture(scope="module")
def encoded(sound: NDArray[np.float32]) -> bytes:
    return write(sound)


def test_stretches_meet_without_a_seam(sound: NDArray[np.float32], encoded: bytes) -> None:
    heard = decode(io.BytesIO(encoded), rate_hz=44_100).samples

    assert heard.size == sound.size
    error = np.abs(heard - sound)
    seam = slice(STRETCH_SAMPLES - 4_000, STRETCH_SAMPLES + 4_000)
    assert error[seam].max() < 1.5 * error[100_000:-100_000].max()
    assert error[100_000:-100_000].max() < 0.01


def test_the_number_of_threads_does_not_change_the_bytes(
    sound: NDArray[np.float32], encoded: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: 1)

    assert write(sound) == encoded


def test_the_bitrate_is_constant_and_the_header_tells_the_length(sound: NDArray[np.float32], encoded: bytes) -> None:
    with av.open(io.BytesIO(encoded), "r") as container:
        assert container.duration == pytest.approx(sound.size / 44_100 * 1e6, abs=100)
        assert container.streams.audio[0].codec_context.bit_rate == 128_000
    assert len(encoded) == pytest.approx(sound.size / 44_100 * 16_000, abs=1_500)


@pytest.mark.parametrize("n_samples", [1_152, 10_000, 44_100])
def test_short_sound_keeps_its_length(sound: NDArray[np.float32], n_samples: int) -> None:
    heard = decode(io.BytesIO(write(sound[:n_samples])), rate_hz=44_100)

    assert heard.samples.size == n_samples


@pytest.mark.parametrize("n_samples", [0, 1])
def test_next_to_no_sound_makes_a_file_all_the_same(sound: NDArray[np.float32], n_samples: int) -> None:
    assert write(sound[:n_samples])
