"""A WAV stream, cut anywhere, gives the samples that were written."""

from __future__ import annotations

import struct
import wave
from io import BytesIO

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from catwalk.audio.codec import AudioFormat, StreamEncoder, encode
from catwalk.audio.wav import WavReader
from catwalk.audio.waveform import Waveform
from catwalk.errors import AudioUnreadable

RAMP = np.linspace(-1.0, 1.0, 200).astype(np.float32)


def read(data: bytes) -> Waveform:
    reader = WavReader()
    samples = reader.feed(data)
    reader.close()
    return Waveform(samples, reader.rate_hz)


def form(tag: int, bits: int, n_channels: int = 1, rate_hz: int = 8_000, more: bytes = b"") -> bytes:
    n_frame = n_channels * bits // 8
    said = struct.pack("<HHIIHH", tag, n_channels, rate_hz, rate_hz * n_frame, n_frame, bits) + more
    return struct.pack("<4sI", b"fmt ", len(said)) + said


def wav(coding: bytes, samples: bytes, size: int | None = None) -> bytes:
    claimed = len(samples) if size is None else size
    return struct.pack("<4sI4s", b"RIFF", 0, b"WAVE") + coding + struct.pack("<4sI", b"data", claimed) + samples


def test_what_catwalk_streams_comes_back_exactly() -> None:
    encoder = StreamEncoder(AudioFormat.WAV, 24_000)
    whole = np.rint(RAMP * 32767).astype(np.float32) / np.float32(32767)

    heard = read(encoder.encode(Waveform(whole, 24_000)) + encoder.close())

    assert heard.rate_hz == 24_000
    assert np.array_equal(heard.samples, whole)


@given(st.lists(st.integers(1, 60), max_size=20))
def test_where_the_bytes_are_cut_makes_no_difference(sizes: list[int]) -> None:
    data = wav(form(1, 16, 2), (RAMP * 32767).astype("<i2").tobytes()) + b"LIST\x03\x00\x00\x00abc\x00"
    reader = WavReader()
    pieces = []

    for size in sizes:
        pieces.append(reader.feed(data[:size]))
        data = data[size:]
    pieces.append(reader.feed(data))
    reader.close()

    assert np.concatenate(pieces) == pytest.approx(RAMP.reshape(-1, 2).mean(axis=1), abs=1e-4)


@pytest.mark.parametrize(
    ("coding", "samples"),
    [
        (form(1, 8), np.rint(RAMP * 127 + 128).astype(np.uint8).tobytes()),
        (form(1, 16), np.rint(RAMP * 32767).astype("<i2").tobytes()),
        (form(1, 24), np.rint(RAMP * 8388607).astype("<i4").view(np.uint8).reshape(-1, 4)[:, :3].tobytes()),
        (form(1, 32), np.rint(RAMP.astype(float) * 2147483647).astype("<i4").tobytes()),
        (form(3, 32), RAMP.tobytes()),
        (form(3, 64), RAMP.astype("<f8").tobytes()),
        (form(0xFFFE, 16, more=struct.pack("<HHIH", 22, 16, 4, 1) + bytes(14)), (RAMP * 32767).astype("<i2").tobytes()),
    ],
    ids=["u8", "s16", "s24", "s32", "f32", "f64", "extensible"],
)
def test_every_usual_coding_is_understood(coding: bytes, samples: bytes) -> None:
    heard = read(wav(coding, samples))

    assert heard.samples == pytest.approx(RAMP, abs=0.008)
    assert heard.peak <= 1.0


@pytest.mark.parametrize("size", [0, 0xFFFFFFFF, 0xFFFFFFFF - 36, 0x7FFFFFFF, 2_000_000_000])
def test_a_writer_that_did_not_know_its_end_is_read_to_the_end(size: int) -> None:
    heard = read(wav(form(1, 16), (RAMP * 32767).astype("<i2").tobytes(), size))

    assert len(heard.samples) == len(RAMP)


def test_files_end_to_end_are_read_as_one() -> None:
    one = encode(Waveform(RAMP, 24_000), AudioFormat.WAV)

    heard = read(one + one + one)

    assert len(heard.samples) == 3 * len(RAMP)


def test_the_byte_that_evens_out_a_file_is_no_sample() -> None:
    odd = wav(form(1, 8), b"\x80\x90\xa0")

    heard = read(odd + b"\x00" + odd + b"\x00" + odd)

    assert len(heard.samples) == 9


def test_a_file_that_pythons_own_library_wrote_is_read() -> None:
    file = BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(2)
        writer.setsampwidth(2)
        writer.setframerate(44_100)
        writer.writeframes(np.array([[32767, -32767], [32767, 32767]], "<i2").tobytes())

    heard = read(file.getvalue())

    assert heard.rate_hz == 44_100
    assert heard.samples.tolist() == [0.0, 1.0]


def test_the_rate_is_known_as_soon_as_the_header_is() -> None:
    reader = WavReader()
    data = wav(form(1, 16, rate_hz=22_050), b"", 0)

    before = reader.feed(data[:30])
    assert reader.rate_hz == 0
    reader.feed(data[30:])

    assert before.size == 0
    assert reader.rate_hz == 22_050


@pytest.mark.parametrize("n_missing", [1, 2, 100, 399, 400, 404, 420])
def test_a_stream_that_ends_before_its_header_says_is_an_error(n_missing: int) -> None:
    data = wav(form(1, 16), (RAMP * 32767).astype("<i2").tobytes())

    with pytest.raises(AudioUnreadable, match=r"cut off|ends before"):
        read(data[:-n_missing])


def test_an_endless_stream_that_ends_inside_a_sample_is_an_error() -> None:
    with pytest.raises(AudioUnreadable, match="middle of a sample"):
        read(wav(form(1, 16), b"\x00\x00\x00", 0))


def test_a_last_frame_that_its_writer_never_filled_is_passed_over() -> None:
    assert len(read(wav(form(1, 16), b"\x00" * 5)).samples) == 2


@pytest.mark.parametrize(
    ("data", "complaint"),
    [
        (b"ID3\x04 this is an MP3", "no WAV"),
        (b"RIFF\x00\x00\x00\x00AVI LIST", "no WAV"),
        (wav(form(6, 8), b""), "not understood"),
        (wav(form(1, 16, n_channels=0), b""), "not understood"),
        (wav(form(1, 16, rate_hz=7), b""), "7 samples a second"),
        (wav(b"fmt \x02\x00\x00\x00ab", b""), "2 bytes"),
        (wav(b"fmt \xff\xff\xff\x7f", b""), "claims a format"),
        (wav(b"", b"\x00\x00"), "before their format"),
        (wav(form(1, 16), b"\x00\x00") + b"\x01\x02\x03\x04\x05\x06\x07\x08", "wrong length"),
        (wav(form(1, 16), b"\x00\x00") + wav(form(1, 16, rate_hz=9_000), b""), "changes from 8000 to 9000"),
    ],
)
def test_what_is_no_wav_says_why(data: bytes, complaint: str) -> None:
    with pytest.raises(AudioUnreadable, match=complaint):
        read(data)


@given(st.binary(max_size=200))
def test_any_bytes_give_samples_or_an_error_of_the_tree(data: bytes) -> None:
    reader = WavReader()

    try:
        samples = reader.feed(b"RIFF\x00\x00\x00\x00WAVE" + data)
        reader.close()
    except AudioUnreadable:
        return

    assert samples.dtype == np.float32
