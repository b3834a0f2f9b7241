import io

import av
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mutagen.mp3 import MP3, BitrateMode
from numpy.typing import NDArray

from catwalk.audio.codec import decode
from catwalk.audio.mp3 import (
    DELAY_SAMPLES,
    FRAME_SAMPLES,
    SILENT_END_FRAMES,
    decode_frames,
    encode_frames,
    split_frames,
    write_mp3,
)

RATE_HZ, BITRATE_BPS = 44_100, 128_000


def sing(n_frames: int, hz: float = 300) -> NDArray[np.float32]:
    """A tone that begins as a take does, and is loud up to the silence at its end."""
    at = np.arange(n_frames * FRAME_SAMPLES) / RATE_HZ
    tone = (0.4 * np.sin(2 * np.pi * hz * at)).astype(np.float32)
    tone[:350] *= np.linspace(0, 1, 350, dtype=np.float32)
    tone[-SILENT_END_FRAMES * FRAME_SAMPLES :] = 0
    return tone


def encode(samples: NDArray[np.float32], bitrate_bps: int = BITRATE_BPS) -> bytes:
    return encode_frames(samples, RATE_HZ, bitrate_bps=bitrate_bps)


def write(stretches: list[bytes]) -> bytes:
    file = io.BytesIO()
    write_mp3(file, stretches, RATE_HZ, bitrate_bps=BITRATE_BPS)
    return file.getvalue()


SUNG = [sing(40), sing(25, 440), sing(9, 1_000), sing(60, 200)]


@pytest.fixture(scope="module")
def stretches() -> list[bytes]:
    return [encode(samples) for samples in SUNG]


def test_stretches_meet_without_a_seam(stretches: list[bytes]) -> None:
    sound = np.concatenate(SUNG)

    heard = decode(io.BytesIO(write(stretches)), rate_hz=RATE_HZ).samples

    assert heard.size == sound.size - DELAY_SAMPLES
    error = np.abs(heard - sound[: heard.size])
    inside = FRAME_SAMPLES * 5
    for border in np.cumsum([samples.size for samples in SUNG])[:-1]:
        assert np.abs(heard[border - FRAME_SAMPLES : border]).max() < 0.001
        assert error[border : border + inside].max() < 0.01


def test_a_stretch_sounds_alone_as_it_does_among_others(stretches: list[bytes]) -> None:
    alone = np.concatenate([decode_frames(frames) for frames in stretches])

    together = decode_frames(b"".join(stretches))

    assert np.abs(alone - together).max() < 0.001


def test_a_stretch_is_as_good_as_in_one_piece(stretches: list[bytes]) -> None:
    sound = np.concatenate(SUNG)

    pieces, whole = decode_frames(b"".join(stretches)), decode_frames(encode(sound))

    assert np.square(pieces - sound).sum() < 1.05 * np.square(whole - sound).sum()


def test_the_same_samples_give_the_same_bytes(stretches: list[bytes]) -> None:
    assert [encode(samples) for samples in SUNG] == stretches


@settings(max_examples=15)
@given(
    n_frames=st.integers(SILENT_END_FRAMES, 20),
    bitrate_bps=st.sampled_from([32_000, 64_000, 96_000, 100_000, 128_000, 192_000, 320_000]),
)
def test_there_is_a_frame_for_each_1152_samples(n_frames: int, bitrate_bps: int) -> None:
    frames = list(split_frames(encode(sing(n_frames), bitrate_bps)))

    assert len(frames) == n_frames
    assert all(frame[:2] == b"\xff\xfb" for frame in frames)


def test_what_is_heard_of_a_stretch_is_as_long_as_what_was_encoded() -> None:
    assert decode_frames(encode(SUNG[0])).size == SUNG[0].size


def test_the_header_tells_the_length_the_bitrate_and_what_to_cut_off(stretches: list[bytes]) -> None:
    written = write(stretches)

    info = MP3(io.BytesIO(written)).info
    n_frames = sum(samples.size for samples in SUNG) // FRAME_SAMPLES
    assert (info.bitrate_mode, info.bitrate, info.channels) == (
        BitrateMode.CBR,
        pytest.approx(BITRATE_BPS, rel=1e-4),
        1,
    )
    assert int.from_bytes(written[written.index(b"Info") + 8 :][:4]) == n_frames
    assert int.from_bytes(written[written.index(b"Info") + 12 :][:4]) == len(written)
    with av.open(io.BytesIO(written), "r") as container:
        assert container.duration == pytest.approx((n_frames * FRAME_SAMPLES - DELAY_SAMPLES) / RATE_HZ * 1e6, abs=100)


def test_the_table_of_places_leads_where_it_says(stretches: list[bytes]) -> None:
    written = write(stretches)

    places = written[written.index(b"Info") + 16 :][:100]
    assert list(places) == pytest.approx([256 * percent / 100 for percent in range(100)], abs=4)


def test_the_bitrate_stays_what_it_says(stretches: list[bytes]) -> None:
    n_bytes = sum(map(len, stretches))

    assert n_bytes == pytest.approx(sum(map(len, SUNG)) / RATE_HZ * BITRATE_BPS / 8, abs=len(stretches) + 1)
