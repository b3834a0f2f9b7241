import io
import struct
from pathlib import Path

import av
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from catwalk.audio.codec import AudioFormat, StreamEncoder, encode
from catwalk.audio.decoder import decode
from catwalk.audio.waveform import Waveform
from catwalk.errors import AudioTooLong, AudioUnreadable, CatwalkError

TIMES = np.arange(48_000) / 24_000
TONE = Waveform((0.5 * np.sin(2 * np.pi * 300 * TIMES) * (1 + np.sin(9 * TIMES)) / 2).astype(np.float32), 24_000)
FILES: dict[AudioFormat, bytes] = {
    audio_format: encode(TONE, audio_format) for audio_format in AudioFormat if audio_format is not AudioFormat.PCM
}
TELLING = [AudioFormat.MP3, AudioFormat.OPUS, AudioFormat.FLAC, AudioFormat.WAV, AudioFormat.M4A]


def wav(channels: NDArray[np.int16], rate_hz: int = 24_000) -> bytes:
    """A WAV file; ``channels`` has one row a sample."""
    n_channels, data = channels.shape[1], channels.astype("<i2").tobytes()
    n_frame = 2 * n_channels
    fmt = struct.pack("<HHIIHH", 1, n_channels, rate_hz, rate_hz * n_frame & 0xFFFFFFFF, n_frame, 16)
    body = b"WAVEfmt " + struct.pack("<I", len(fmt)) + fmt + b"data" + struct.pack("<I", len(data)) + data
    return b"RIFF" + struct.pack("<I", len(body)) + body


def test_a_path_is_read(tmp_path: Path) -> None:
    path = tmp_path / "take.flac"
    path.write_bytes(FILES[AudioFormat.FLAC])

    assert decode(path).duration_s == decode(str(path)).duration_s == 2


def test_the_file_stays_open_and_is_read_from_its_start() -> None:
    file = io.BytesIO(FILES[AudioFormat.WAV])
    file.seek(100)

    heard = decode(file)

    assert heard.rate_hz == 16_000
    assert heard.duration_s == 2
    assert not file.closed


def encode_layout(channels: NDArray[np.float32], layout: str) -> io.BytesIO:
    """A FLAC file that says where its channels stand; ``channels`` has one row a sample."""
    file = io.BytesIO()
    with av.open(file, "w", format="flac") as container:
        stream = container.add_stream("flac", rate=24_000)
        assert isinstance(stream, av.AudioStream)
        stream.codec_context.layout = layout
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(channels.reshape(1, -1)), format="flt", layout=layout)
        frame.sample_rate = 24_000
        container.mux([*stream.encode(frame), *stream.encode(None)])
    return file


@pytest.mark.parametrize("n_channels", [2, 3, 6, 9])
def test_channels_of_no_known_place_that_say_the_same_keep_their_level(n_channels: int) -> None:
    column = (TONE.samples * 32767).astype(np.int16)[:, np.newaxis]

    heard = decode(io.BytesIO(wav(np.repeat(column, n_channels, axis=1))), rate_hz=24_000)

    assert heard.peak == pytest.approx(TONE.peak, rel=0.01)


@pytest.mark.parametrize(("layout", "n_channels"), [("stereo", 2), ("5.1", 6), ("7.1", 8)])
def test_channels_of_known_places_that_say_the_same_keep_their_level(layout: str, n_channels: int) -> None:
    channels = np.repeat(TONE.samples[:, np.newaxis], n_channels, axis=1)

    heard = decode(encode_layout(channels, layout), rate_hz=24_000)

    assert heard.peak == pytest.approx(TONE.peak, rel=0.01)


def test_both_channels_are_heard() -> None:
    silence = np.zeros(48_000, np.int16)
    voice = (TONE.samples * 32767).astype(np.int16)

    left = decode(io.BytesIO(wav(np.stack((voice, silence), axis=1))))
    right = decode(io.BytesIO(wav(np.stack((silence, voice), axis=1))))

    assert left.peak == pytest.approx(TONE.peak / 2, rel=0.05)
    assert right.peak == pytest.approx(left.peak, rel=0.01)


def test_an_empty_file_is_called_empty() -> None:
    with pytest.raises(AudioUnreadable, match="empty"):
        decode(io.BytesIO())


def test_a_file_that_is_not_there_is_unreadable() -> None:
    with pytest.raises(AudioUnreadable, match="No such file"):
        decode("/nowhere/at/all.mp3")


@pytest.mark.parametrize("content", [b"\0" * 5000, b"just some text\n" * 500, b"\x89PNG\r\n\x1a\n" + b"x" * 3000])
def test_what_is_no_recording_is_refused(content: bytes) -> None:
    with pytest.raises(AudioUnreadable):
        decode(io.BytesIO(content))


def test_a_film_without_sound_is_refused() -> None:
    file = io.BytesIO()
    with av.open(file, "w", format="matroska") as container:
        film = container.add_stream("mpeg4", rate=10, options={"flags": "+bitexact"})
        assert isinstance(film, av.VideoStream)
        film.width = film.height = 32
        film.pix_fmt = "yuv420p"
        container.mux(film.encode(av.VideoFrame.from_ndarray(np.zeros((32, 32, 3), np.uint8), format="rgb24")))
        container.mux(film.encode(None))

    with pytest.raises(AudioUnreadable, match="no audio stream, only video"):
        decode(file)


@pytest.mark.parametrize("audio_format", TELLING)
@pytest.mark.parametrize("share", [0.02, 0.3, 0.6])
def test_a_recording_that_is_cut_off_is_refused(audio_format: AudioFormat, share: float) -> None:
    encoded = FILES[audio_format]

    with pytest.raises(AudioUnreadable, match="cut off"):
        decode(io.BytesIO(encoded[: int(len(encoded) * share)]))


@pytest.mark.parametrize("audio_format", [AudioFormat.MP3, AudioFormat.OPUS, AudioFormat.FLAC, AudioFormat.WAV])
def test_what_is_left_of_a_cut_off_recording_can_be_had(audio_format: AudioFormat) -> None:
    encoded = FILES[audio_format]

    heard = decode(io.BytesIO(encoded[: len(encoded) * 6 // 10]), allow_cut_off=True)

    assert 0.5 < heard.duration_s < 1.8


@pytest.mark.parametrize(
    "audio_format", [AudioFormat.MP3, AudioFormat.OPUS, AudioFormat.AAC, AudioFormat.FLAC, AudioFormat.WAV]
)
def test_a_stream_that_tells_no_length_is_whole(audio_format: AudioFormat) -> None:
    encoder = StreamEncoder(audio_format, 24_000)

    encoded = encoder.encode(TONE) + encoder.close()

    assert abs(decode(io.BytesIO(encoded)).duration_s - 2) < 0.1


def test_a_recording_that_is_too_long_is_refused() -> None:
    with pytest.raises(AudioTooLong, match=r"longer than 1\.5 s"):
        decode(io.BytesIO(FILES[AudioFormat.OPUS]), max_duration_s=1.5)


def test_a_recording_of_just_the_longest_length_is_taken() -> None:
    assert decode(io.BytesIO(FILES[AudioFormat.WAV]), max_duration_s=2.0).duration_s == 2


@pytest.mark.parametrize("rate_hz", [1, 8, 4_000_000])
def test_a_rate_that_no_sound_has_is_refused(rate_hz: int) -> None:
    with pytest.raises(AudioUnreadable):
        decode(io.BytesIO(wav(np.ones((50_000, 1), np.int16), rate_hz)))


@pytest.mark.parametrize(
    "script",
    [
        "ffconcat version 1.0\nfile secret.wav\n",
        "ffconcat version 1.0\nfile '{folder}/secret.wav'\n",
        "#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\nsecret.wav\n#EXT-X-ENDLIST\n",
        "#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\nfile://{folder}/secret.wav\n#EXT-X-ENDLIST\n",
    ],
)
def test_a_file_that_names_other_files_gets_none_of_them(
    script: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "secret.wav").write_bytes(FILES[AudioFormat.WAV])
    monkeypatch.chdir(tmp_path)

    with pytest.raises(AudioUnreadable):
        decode(io.BytesIO(script.format(folder=tmp_path).encode()))


@pytest.mark.parametrize("n_channels", [8, 9, 20, 64])
def test_many_channels_in_separate_planes_are_read_within_their_bounds(n_channels: int) -> None:
    file = io.BytesIO()
    with av.open(file, "w", format="matroska") as container:
        stream = container.add_stream("wavpack", rate=24_000)
        assert isinstance(stream, av.AudioStream)
        stream.codec_context.layout = f"{n_channels} channels"
        stream.codec_context.format = "fltp"
        samples = np.repeat(TONE.samples[:, np.newaxis], n_channels, axis=1).reshape(1, -1)
        frame = av.AudioFrame.from_ndarray(samples, format="flt", layout=f"{n_channels} channels")
        frame.sample_rate = 24_000
        container.mux([*stream.encode(frame), *stream.encode(None)])

    heard = decode(file, rate_hz=16_000)

    assert heard.peak == pytest.approx(TONE.peak, rel=0.01)


def test_a_recording_of_which_more_is_broken_than_whole_is_refused() -> None:
    encoded = bytearray(FILES[AudioFormat.AAC])
    for at in np.random.default_rng(3).integers(1_500, len(encoded), 300):
        encoded[at] ^= 0xFF

    with pytest.raises(AudioUnreadable, match="packets cannot be decoded"):
        decode(io.BytesIO(bytes(encoded)), allow_cut_off=True)


def test_an_ogg_file_of_which_most_pages_are_broken_is_refused() -> None:
    encoded = bytearray(FILES[AudioFormat.OPUS])
    for at in range(1_000, len(encoded) - 2_000, 50):
        encoded[at] ^= 0xFF

    with pytest.raises(AudioUnreadable):
        decode(io.BytesIO(bytes(encoded)))


@settings(max_examples=60)
@given(st.binary(max_size=3_000))
@example(b"RIFF\0\0\0\0WAVE")
@example(b"OggS" + b"\0" * 40)
@example(b"ID3\x03\0\0\x7f\x7f\x7f\x7f")
def test_any_bytes_give_a_waveform_or_one_of_our_errors(content: bytes) -> None:
    try:
        heard = decode(io.BytesIO(content), max_duration_s=10)
    except CatwalkError:
        return
    assert heard.peak <= 1


@settings(max_examples=80)
@given(
    st.sampled_from(sorted(FILES)),
    st.lists(st.tuples(st.floats(0, 0.999), st.integers(0, 255)), max_size=20),
    st.floats(0.01, 1),
)
def test_a_damaged_recording_gives_a_waveform_or_one_of_our_errors(
    audio_format: AudioFormat, changes: list[tuple[float, int]], share: float
) -> None:
    encoded = bytearray(FILES[audio_format])
    for place, value in changes:
        encoded[int(place * len(encoded))] = value

    try:
        heard = decode(io.BytesIO(bytes(encoded[: int(share * len(encoded))])), max_duration_s=10)
    except CatwalkError:
        return
    assert heard.peak <= 1
