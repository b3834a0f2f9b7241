import io
import struct
import wave

import av
import numpy as np
import pytest

from catwalk.audio.codec import AudioFormat, StreamEncoder, decode, encode
from catwalk.audio.waveform import Waveform
from catwalk.errors import UnsupportedFormat

STREAMED = [audio_format for audio_format in AudioFormat if audio_format is not AudioFormat.M4A]
WITH_HEADER = [audio_format for audio_format in AudioFormat if audio_format is not AudioFormat.PCM]
EXACT_LENGTH = [AudioFormat.MP3, AudioFormat.OPUS, AudioFormat.FLAC, AudioFormat.WAV]


def tone(duration_s: float, rate_hz: int, level: float = 0.5) -> Waveform:
    """A tone whose loudness swells, so that it differs everywhere."""
    times = np.arange(round(duration_s * rate_hz)) / rate_hz
    swell = 0.6 + 0.4 * np.sin(2 * np.pi * 1.3 * times)
    samples = level * swell * np.sin(2 * np.pi * 300 * times)
    return Waveform(samples.astype(np.float32), rate_hz)


def stream(waveform: Waveform, audio_format: AudioFormat, n_pieces: int = 7) -> list[bytes]:
    encoder = StreamEncoder(audio_format, waveform.rate_hz)
    pieces = np.array_split(waveform.samples, n_pieces)
    return [*(encoder.encode(Waveform(piece, waveform.rate_hz)) for piece in pieces), encoder.close()]


def read(encoded: bytes, audio_format: AudioFormat, rate_hz: int) -> Waveform:
    if audio_format is AudioFormat.PCM:
        return Waveform(np.frombuffer(encoded, "<i2").astype(np.float32) / np.float32(32767), 24_000)
    return decode(io.BytesIO(encoded), rate_hz=rate_hz)


def level(waveform: Waveform) -> float:
    return float(np.sqrt(np.square(waveform.samples).mean()))


@pytest.mark.parametrize("audio_format", AudioFormat)
def test_a_file_sounds_like_its_waveform(audio_format: AudioFormat) -> None:
    waveform = tone(2, 24_000)

    heard = read(encode(waveform, audio_format), audio_format, 24_000)

    assert abs(heard.duration_s - 2) < 0.1
    assert level(heard) == pytest.approx(level(waveform), rel=0.03)


@pytest.mark.parametrize("audio_format", EXACT_LENGTH)
def test_a_file_tells_its_exact_length_and_plays_without_gaps(audio_format: AudioFormat) -> None:
    waveform = tone(1.2345, 24_000)

    heard = read(encode(waveform, audio_format), audio_format, 24_000)

    assert len(heard.samples) == len(waveform.samples)
    assert np.abs(heard.samples - waveform.samples)[2400:-2400].max() < 0.05


@pytest.mark.parametrize("audio_format", AudioFormat)
def test_the_same_waveform_gives_the_same_bytes(audio_format: AudioFormat) -> None:
    waveform = tone(0.7, 24_000)

    assert encode(waveform, audio_format) == encode(waveform, audio_format)


@pytest.mark.parametrize("audio_format", STREAMED)
def test_a_stream_sounds_like_its_waveforms(audio_format: AudioFormat) -> None:
    waveform = tone(2, 24_000)

    heard = read(b"".join(stream(waveform, audio_format)), audio_format, 24_000)

    assert abs(heard.duration_s - 2) < 0.1
    assert level(heard) == pytest.approx(level(waveform), rel=0.03)


@pytest.mark.parametrize("audio_format", STREAMED)
def test_a_stream_gives_bytes_with_every_sentence(audio_format: AudioFormat) -> None:
    pieces = stream(tone(3, 24_000), audio_format, n_pieces=3)

    assert all(len(piece) > 500 for piece in pieces[:-1])


@pytest.mark.parametrize("rate_hz", [8_000, 11_025, 16_000, 22_050, 24_000, 37_123, 44_100, 48_000, 96_000])
@pytest.mark.parametrize("audio_format", STREAMED)
def test_any_rate_can_be_streamed(audio_format: AudioFormat, rate_hz: int) -> None:
    waveform = tone(0.5, rate_hz)

    heard = read(b"".join(stream(waveform, audio_format)), audio_format, rate_hz)

    assert abs(heard.duration_s - 0.5) < 0.3
    assert heard.peak > 0.3


@pytest.mark.parametrize("audio_format", WITH_HEADER)
def test_the_rate_of_the_source_is_kept_where_the_codec_has_it(audio_format: AudioFormat) -> None:
    expected = 48_000 if audio_format is AudioFormat.OPUS else 24_000

    with av.open(io.BytesIO(encode(tone(0.5, 24_000), audio_format))) as container:
        assert container.streams.audio[0].rate == expected


def test_pcm_is_24_khz_whatever_the_source() -> None:
    assert len(b"".join(stream(tone(1, 16_000), AudioFormat.PCM))) == pytest.approx(48_000, abs=100)
    assert len(encode(tone(1, 16_000), AudioFormat.PCM)) == 48_000


def test_a_wav_file_states_its_sizes() -> None:
    with wave.open(io.BytesIO(encode(tone(0.5, 24_000), AudioFormat.WAV))) as file:
        assert (file.getnframes(), file.getframerate(), file.getnchannels()) == (12_000, 24_000, 1)


def test_a_wav_stream_says_that_it_does_not_know_its_sizes() -> None:
    header = StreamEncoder(AudioFormat.WAV, 24_000).close()

    assert struct.unpack_from("<I", header, 4) == struct.unpack_from("<I", header, 40) == (0xFFFFFFFF,)


@pytest.mark.parametrize("audio_format", STREAMED)
def test_a_stream_of_nothing_ends_well(audio_format: AudioFormat) -> None:
    encoder = StreamEncoder(audio_format, 24_000)

    assert isinstance(encoder.encode(Waveform.silence(0, 24_000)) + encoder.close(), bytes)


@pytest.mark.parametrize("audio_format", AudioFormat)
def test_what_is_louder_than_full_scale_is_clipped_and_not_wrapped(audio_format: AudioFormat) -> None:
    heard = read(encode(tone(1, 24_000, level=4.0), audio_format), audio_format, 24_000)

    assert np.abs(np.diff(heard.samples)).max() < 1.0


@pytest.mark.parametrize("audio_format", AudioFormat)
def test_not_a_number_is_silence(audio_format: AudioFormat) -> None:
    waveform = Waveform(np.full(24_000, np.nan, np.float32), 24_000)

    assert read(encode(waveform, audio_format), audio_format, 24_000).peak < 0.01


@pytest.mark.parametrize("bitrate_bps", [1, 32_000, 1_000_000])
@pytest.mark.parametrize("audio_format", [AudioFormat.MP3, AudioFormat.OPUS, AudioFormat.AAC, AudioFormat.M4A])
def test_an_impossible_bitrate_becomes_the_nearest_possible(audio_format: AudioFormat, bitrate_bps: int) -> None:
    assert encode(tone(0.5, 24_000), audio_format, bitrate_bps=bitrate_bps)


def test_m4a_cannot_be_streamed() -> None:
    with pytest.raises(UnsupportedFormat, match="aac"):
        StreamEncoder(AudioFormat.M4A, 24_000)


def test_a_waveform_of_another_rate_is_refused_in_a_stream() -> None:
    encoder = StreamEncoder(AudioFormat.MP3, 24_000)

    with pytest.raises(ValueError, match="16000"):
        encoder.encode(tone(0.1, 16_000))


def test_a_format_is_found_by_name_and_by_suffix() -> None:
    assert AudioFormat.parse("MP3") is AudioFormat.parse(".mp3") is AudioFormat.MP3
    assert AudioFormat.MP3.suffix == ".mp3"
    assert AudioFormat.MP3.media_type == "audio/mpeg"


def test_an_unknown_format_is_refused_with_what_there_is() -> None:
    with pytest.raises(UnsupportedFormat, match="mp3, opus, aac, flac, wav, pcm, m4a"):
        AudioFormat.parse("midi")
