"""The same voice, faster or slower, at the same pitch."""

from __future__ import annotations

from fractions import Fraction

import av
import av.error
import av.filter
import numpy as np
from numpy.typing import NDArray

from catwalk.audio.resample import audio_frame
from catwalk.audio.waveform import Waveform

_MARGIN_S = 0.1


def change_tempo(waveform: Waveform, speed: float) -> Waveform:
    """``waveform`` in ``1 / speed`` of its time; FFmpeg's ``atempo`` lays stretches of sound over one another (WSOLA).

    Args:
        waveform: Sound of any length.
        speed: Above 1 is faster; 0.5 to 2.0 sounds natural.
    """
    if speed == 1.0 or not waveform.samples.size:
        return waveform
    margin = np.zeros(round(_MARGIN_S * waveform.rate_hz), np.float32)  # the filter keeps its last stretch back
    graph = av.filter.Graph()
    source = graph.add_abuffer(
        sample_rate=waveform.rate_hz, format="flt", layout="mono", time_base=Fraction(1, waveform.rate_hz)
    )
    graph.link_nodes(source, graph.add("atempo", str(speed)), graph.add("abuffersink")).configure()
    graph.push(audio_frame(np.concatenate([waveform.samples, margin]), waveform.rate_hz, 0))
    graph.push(None)
    blocks: list[NDArray[np.float32]] = []
    while True:
        try:
            frame = graph.pull()
        except (av.error.BlockingIOError, av.error.EOFError):
            break
        blocks.append(frame.to_ndarray()[0])
    samples = np.concatenate(blocks) if blocks else np.zeros(0, np.float32)
    return Waveform(np.ascontiguousarray(samples[: round(waveform.samples.size / speed)], np.float32), waveform.rate_hz)
