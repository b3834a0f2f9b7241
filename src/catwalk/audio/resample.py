"""The same sound at another rate."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction

import av
import av.error
import av.filter
import numpy as np
from av.audio.frame import AudioFrame
from numpy.typing import NDArray

from catwalk.audio.waveform import Waveform

BLOCK_SAMPLES = 65_536
"""How much goes through a filter at a time: memory stays flat, and Python's share of the time stays small."""


def resample(waveform: Waveform, rate_hz: int) -> Waveform:
    """``waveform`` at ``rate_hz``: exactly ``round(n_samples * rate_hz / waveform.rate_hz)`` samples, without delay."""
    if waveform.rate_hz == rate_hz:
        return waveform
    n_wanted = round(Fraction(len(waveform.samples) * rate_hz, waveform.rate_hz))
    samples = np.zeros(n_wanted, np.float32)
    n_done = 0
    for block in _resampled(waveform, rate_hz):
        n_taken = min(block.size, n_wanted - n_done)
        samples[n_done : n_done + n_taken] = block[:n_taken]
        n_done += n_taken
    return Waveform(samples, rate_hz)


def split(samples: NDArray[np.float32], n_block: int = BLOCK_SAMPLES) -> Iterator[NDArray[np.float32]]:
    """``samples`` in blocks of ``n_block``, the last one shorter."""
    for start in range(0, samples.size, n_block):
        yield samples[start : start + n_block]


def audio_frame(samples: NDArray[np.float32], rate_hz: int, first_sample: int) -> AudioFrame:
    """PyAV's shape of mono samples, of which the first is the stream's ``first_sample``-th; NaN becomes silence."""
    row = np.ascontiguousarray(np.nan_to_num(samples, nan=0.0)[np.newaxis], np.float32)
    frame = AudioFrame.from_ndarray(row, format="flt", layout="mono")
    frame.sample_rate = rate_hz
    frame.pts = first_sample
    frame.time_base = Fraction(1, rate_hz)
    return frame


class MonoMixer:
    """Brings frames of one format, layout and rate to mono float samples of another rate.

    Channels that say the same keep their level: libswresample's own mix of named channels adds them up to 1.41 times.
    Channels whose places nobody named all count the same.

    PyAV's own way to samples, ``AudioFrame.to_ndarray``, is only for frames of few channels: it looks for the end of
    the channels behind the eighth and reads memory that is not theirs.
    """

    def __init__(self, template: AudioFrame, rate_hz: int) -> None:
        """Set up for frames like ``template``."""
        layout = template.layout
        self._graph = av.filter.Graph()
        chain = [
            self._graph.add_abuffer(
                sample_rate=template.sample_rate,
                format=template.format.name,
                layout=layout.name,
                time_base=Fraction(1, template.sample_rate),
            )
        ]
        if layout.name.endswith("channels"):
            shares = "+".join(f"{1 / layout.nb_channels}*c{channel}" for channel in range(layout.nb_channels))
            chain.append(self._graph.add("pan", f"mono|c0={shares}"))
        chain.append(self._graph.add("aresample", rematrix_maxval="1.0"))
        chain.append(self._graph.add("aformat", sample_rates=str(rate_hz), sample_fmts="flt", channel_layouts="mono"))
        chain.append(self._graph.add("abuffersink"))
        self._graph.link_nodes(*chain).configure()

    def mix(self, frame: AudioFrame | None) -> Iterator[NDArray[np.float32]]:
        """What is ready after one more frame; None brings the rest."""
        if frame is not None:
            # Times in a file may jump or run backwards; what counts here is the order of the samples.
            frame.pts = None
        self._graph.push(frame)
        while True:
            try:
                mixed = self._graph.pull()
            except (av.error.BlockingIOError, av.error.EOFError):
                return
            assert isinstance(mixed, AudioFrame)  # noqa: S101  # what an audio sink gives
            yield from rows([mixed])


def rows(frames: Iterable[AudioFrame]) -> Iterator[NDArray[np.float32]]:
    """The samples of mono float frames."""
    for frame in frames:
        samples: NDArray[np.float32] = frame.to_ndarray()[0]
        yield samples


def _resampled(waveform: Waveform, rate_hz: int) -> Iterator[NDArray[np.float32]]:
    resampler = av.AudioResampler("flt", "mono", rate_hz)
    n_fed = 0
    for block in split(waveform.samples):
        yield from rows(resampler.resample(audio_frame(block, waveform.rate_hz, n_fed)))
        n_fed += block.size
    yield from rows(resampler.resample(None))
