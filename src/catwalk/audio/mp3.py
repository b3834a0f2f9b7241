"""MP3 files put together from stretches that were encoded apart.

Without a bit reservoir a frame depends on nothing but the sound around it. A stretch that ends in silence is therefore
encoded by itself, from an encoder's first state, and stretches that are laid end to end are heard as if one encoder
had made them: the same quality, and at their borders the same silence. So a stretch that has not changed need not be
encoded again, and several cores can work on one file.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import closing
from fractions import Fraction
from functools import lru_cache
from typing import IO

import av
import numpy as np
from av.audio.codeccontext import AudioCodecContext
from av.packet import Packet, PacketSideData
from numpy.typing import NDArray

from catwalk.audio.resample import audio_frame, rows, split

FRAME_SAMPLES = 1152

DELAY_SAMPLES = 1105
"""By which sound comes later out of a decoder than it went into LAME; players cut it off the start (LAME tag)."""

SILENT_END_FRAMES = 3
"""Silence that a stretch ends in: what the sound before it leaves in the filters has faded by then."""

LOOK_AHEAD_FRAMES = 4
"""LAME gives a frame out once it has seen the next two."""

OPTIONS = {"compression_level": "7", "reservoir": "0", "flags": "+bitexact"}

SCALES = ((256_000, 1.0), (224_000, 0.98), (192_000, 0.97), (0, 0.95))
"""What LAME multiplies its input by from a bitrate on (``presets.c``, ``abr_switch_map``), against overshooting."""

_BITRATES_KBPS = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
_RATES_HZ = (44_100, 48_000, 32_000)


def encode_frames(samples: NDArray[np.float32], rate_hz: int, *, bitrate_bps: int) -> bytes:
    """A stretch as MP3 frames of constant bitrate, one for each 1152 samples; the same samples give the same bytes.

    Args:
        samples: In [-1, 1]; whole frames, of which the last :data:`SILENT_END_FRAMES` are silent.
        rate_hz: 32,000, 44,100 or 48,000.
        bitrate_bps: One of MP3's bitrates at that rate.
    """
    encoder = _open_encoder(rate_hz, bitrate_bps)
    padded = np.zeros(samples.size + LOOK_AHEAD_FRAMES * FRAME_SAMPLES, np.float32)
    np.clip(samples, -1.0, 1.0, out=padded[: samples.size])
    padded *= np.float32(undo_scale(bitrate_bps))
    packets = list(_encode(encoder, padded, rate_hz))
    return b"".join(bytes(packet) for packet in packets[: samples.size // FRAME_SAMPLES])


def decode_frames(frames: bytes) -> NDArray[np.float32]:
    """What is heard of a stretch, as many samples as were encoded, unclipped."""
    decoder = av.CodecContext.create("mp3float", "r")
    assert isinstance(decoder, AudioCodecContext)  # noqa: S101  # what create gives for an audio codec
    heard = [samples for frame in split_frames(frames) for samples in rows(decoder.decode(Packet(frame)))]
    # The silence at the end makes room for what the delay pushes out.
    return np.concatenate([*heard, np.zeros(DELAY_SAMPLES, np.float32)])[DELAY_SAMPLES:]


def split_frames(frames: bytes) -> Iterator[bytes]:
    """Single frames, by the bitrate, rate and padding that stand in their headers (ISO 11172-3, 2.4.2.3)."""
    start = 0
    while start < len(frames):
        fields = frames[start + 2]
        n_bytes = 144_000 * _BITRATES_KBPS[fields >> 4] // _RATES_HZ[fields >> 2 & 3] + (fields >> 1 & 1)
        yield frames[start : start + n_bytes]
        start += n_bytes


def write_mp3(file: IO[bytes], stretches: Iterable[bytes], rate_hz: int, *, bitrate_bps: int) -> None:
    """Write a mono MP3 file, with a header that tells its length and what to cut off.

    What is heard of it is :data:`DELAY_SAMPLES` shorter than its frames.

    Args:
        file: Can seek.
        stretches: Frames, as :func:`encode_frames` gives them.
        rate_hz: Of all of them.
        bitrate_bps: Of all of them.
    """
    options = {"fflags": "+bitexact", "id3v2_version": "0"}
    with closing(av.open(file, "w", format="mp3", container_options=options)) as container:
        stream = container.add_stream("libmp3lame", rate=rate_hz, options=dict(OPTIONS))
        assert isinstance(stream, av.AudioStream)  # noqa: S101  # what add_stream gives for an audio codec
        _set_up(stream.codec_context, rate_hz, bitrate_bps)
        container.start_encoding()
        cut_off = _find_cut_off(rate_hz, bitrate_bps)
        for stretch in stretches:
            packets = [Packet(frame) for frame in split_frames(stretch)]
            # The header is written from what the first packet says of the start, and the last one of the end.
            for packet in (packets[0], packets[-1]):
                packet.set_sidedata(cut_off)
            for packet in packets:
                packet.stream = stream
            container.mux(packets)


@lru_cache(maxsize=4)
def _find_cut_off(rate_hz: int, bitrate_bps: int) -> PacketSideData:
    """What LAME says of its delay."""
    encoder = _open_encoder(rate_hz, bitrate_bps)
    first = next(_encode(encoder, np.zeros(LOOK_AHEAD_FRAMES * FRAME_SAMPLES, np.float32), rate_hz))
    return first.get_sidedata("skip_samples")


def undo_scale(bitrate_bps: int) -> float:
    """The factor that samples need before LAME so that the file is as loud as they are."""
    return next(1 / scale for lowest_bps, scale in SCALES if bitrate_bps >= lowest_bps)


def _open_encoder(rate_hz: int, bitrate_bps: int) -> AudioCodecContext:
    encoder = av.CodecContext.create("libmp3lame", "w")
    assert isinstance(encoder, AudioCodecContext)  # noqa: S101  # what create gives for an audio codec
    encoder.options = dict(OPTIONS)
    encoder.time_base = Fraction(1, rate_hz)
    _set_up(encoder, rate_hz, bitrate_bps)
    encoder.open()
    return encoder


def _encode(encoder: AudioCodecContext, samples: NDArray[np.float32], rate_hz: int) -> Iterator[Packet[av.AudioStream]]:
    n_done = 0
    for block in split(samples):
        yield from encoder.encode(audio_frame(block, rate_hz, n_done))
        n_done += block.size
    yield from encoder.encode(None)


def _set_up(encoder: AudioCodecContext, rate_hz: int, bitrate_bps: int) -> None:
    encoder.sample_rate = rate_hz
    encoder.layout = "mono"
    encoder.format = "fltp"
    encoder.bit_rate = bitrate_bps
