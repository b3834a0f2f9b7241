"""MP3 files encoded on every core.

LAME codes 44.1 kHz mono at about a hundred times real time, which makes it the longest part of mastering. Without a bit
reservoir a frame depends on nothing but the sound around it, so stretches can be encoded apart and laid end to end:
each encoder runs in over a few frames that are thrown away, after which its filters hold what they would hold if it had
come all the way. Where the stretches meet does not depend on the number of threads, so neither do the bytes.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from fractions import Fraction
from typing import IO

import av
import numpy as np
from av.audio.codeccontext import AudioCodecContext
from av.packet import Packet
from numpy.typing import NDArray

from catwalk.audio.resample import audio_frame, split

RUN_IN_FRAMES = 16
STRETCH_FRAMES = 980
"""25.6 s at 44.1 kHz; the run-in costs less than 2 % of that."""

LOOK_AHEAD_FRAMES = 4
"""LAME gives a frame out once it has seen the next two."""

MAX_THREADS = 8

OPTIONS = {"compression_level": "7", "reservoir": "0", "flags": "+bitexact"}

SCALES = ((256_000, 1.0), (224_000, 0.98), (192_000, 0.97), (0, 0.95))
"""What LAME multiplies its input by from a bitrate on (``presets.c``, ``abr_switch_map``), against overshooting."""

Reader = Callable[[int, int], NDArray[np.float32]]
"""Gives samples from a start up to an end; called from several threads at once."""


@dataclass(frozen=True, slots=True)
class _Job:
    read: Reader
    n_samples: int
    rate_hz: int
    bitrate_bps: int


def write_mp3(file: IO[bytes], read: Reader, n_samples: int, rate_hz: int, *, bitrate_bps: int) -> None:
    """Write a mono MP3 file of constant bitrate, with a header that tells its length and what to cut off.

    Args:
        file: Can seek.
        read: Where the samples come from, in [-1, 1].
        n_samples: How many there are.
        rate_hz: One of MP3's rates.
        bitrate_bps: One of MP3's bitrates at that rate.
    """
    job = _Job(read, n_samples, rate_hz, bitrate_bps)
    options = {"fflags": "+bitexact", "id3v2_version": "0"}
    with closing(av.open(file, "w", format="mp3", container_options=options)) as container:
        stream = container.add_stream("libmp3lame", rate=rate_hz, options=OPTIONS)
        assert isinstance(stream, av.AudioStream)  # noqa: S101  # what add_stream gives for an audio codec
        _set_up(stream.codec_context, job)
        container.start_encoding()
        n_frame = stream.codec_context.frame_size
        n_stretches = max(1, -(-n_samples // (STRETCH_FRAMES * n_frame)))
        with ThreadPoolExecutor(min(MAX_THREADS, os.cpu_count() or 1, n_stretches)) as threads:
            packets_of = threads.map(lambda index: _encode_stretch(job, index, n_stretches), range(n_stretches))
            for packets in packets_of:
                for packet in packets:
                    packet.stream = stream
                    container.mux(packet)


def undo_scale(bitrate_bps: int) -> float:
    """The factor that samples need before LAME so that the file is as loud as they are."""
    return next(1 / scale for lowest_bps, scale in SCALES if bitrate_bps >= lowest_bps)


def _encode_stretch(job: _Job, index: int, n_stretches: int) -> list[Packet[av.AudioStream]]:
    """The packets of one stretch, without those of the run-in."""
    encoder = av.CodecContext.create("libmp3lame", "w")
    assert isinstance(encoder, AudioCodecContext)  # noqa: S101  # what create gives for an audio codec
    encoder.options = OPTIONS
    encoder.time_base = Fraction(1, job.rate_hz)
    _set_up(encoder, job)
    encoder.open()
    n_frame = encoder.frame_size
    n_run_in = RUN_IN_FRAMES if index else 0
    start = (index * STRETCH_FRAMES - n_run_in) * n_frame
    is_last = index == n_stretches - 1
    n_fed = (n_run_in + STRETCH_FRAMES + LOOK_AHEAD_FRAMES) * n_frame
    samples = job.read(start, job.n_samples if is_last else min(start + n_fed, job.n_samples))
    louder = np.clip(samples, -1.0, 1.0) * np.float32(undo_scale(job.bitrate_bps))
    packets = list(_encode(encoder, louder, start, job.rate_hz))
    return packets[n_run_in:] if is_last else packets[n_run_in : n_run_in + STRETCH_FRAMES]


def _encode(
    encoder: AudioCodecContext, samples: NDArray[np.float32], first_sample: int, rate_hz: int
) -> Iterator[Packet[av.AudioStream]]:
    n_done = first_sample
    for block in split(samples):
        yield from encoder.encode(audio_frame(block, rate_hz, n_done))
        n_done += block.size
    yield from encoder.encode(None)


def _set_up(encoder: AudioCodecContext, job: _Job) -> None:
    encoder.sample_rate = job.rate_hz
    encoder.layout = "mono"
    encoder.format = "fltp"
    encoder.bit_rate = job.bitrate_bps
