"""Takes, one after another, as one recording: trimmed, with their pauses, spooled to a file and measured on the way."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO

import numpy as np
from numpy.typing import NDArray

from catwalk.audio.codec import decode
from catwalk.audio.cues import Cue
from catwalk.audio.limiter import CELL_SAMPLES, PeakMeter
from catwalk.audio.meter import STEP_S, LoudnessMeter, gated_lufs
from catwalk.audio.resample import resample
from catwalk.audio.waveform import Waveform
from catwalk.library.takes import TimedWord
from catwalk.reader.timing import shift_words

LEAD_S = 0.2
"""Silence before the first line: players and wireless headphones swallow the first moments."""

TAIL_S = 0.8
"""Silence after the last line, whatever its own pause."""

FRAME_S = 0.01
"""Speech is told from silence in frames of this length."""

SPEECH_RANGE_DB = 42.0
"""What is this much quieter than a take's loud frames is silence; the ends of words fade to about 35 dB below."""

NOISE_MARGIN_DB, NOISE_RANGE_DB = 6.0, 25.0
"""In a noisy take, silence is what is near the noise, as long as that is still far below the voice."""

SILENCE_DB = -60.0
"""What is quieter than this is silence in any take."""

KEEP_BEFORE_S, KEEP_AFTER_S = 0.04, 0.12
"""Silence that stays around the speech of a take, so that breath and the ends of words are whole."""

FADE_S = 0.008

EVEN_LU = 0.75
"""Lines keep their differences up to this distance from the median line; what is further away is brought there."""

MAX_BOOST_DB, MAX_CUT_DB = 18.0, 18.0
"""A line recorded by microphone may be that far from the voice model's level."""

FAINT_LUFS = -55.0
"""Quieter takes are not raised: there is nothing but noise in them."""


@dataclass(frozen=True, slots=True)
class Part:
    """One line as it was spoken, or a pause."""

    line: str
    """Id of the line."""

    take: Waveform | Path | None
    """The take, or the file that it is in; None for a pause."""

    pause_s: float = 0.0
    """Silence after it."""

    text: str = ""
    """What the transcript shows; nothing is shown for an empty text."""

    chapter: str | None = None
    """Title of the chapter that starts with this line."""

    chapter_url: str | None = None
    """Page that belongs to the chapter."""

    chapter_image: str | None = None
    """Address of a picture that belongs to the chapter."""

    words: tuple[TimedWord, ...] = ()
    """The words of the text, times from the start of the take; empty where they are not known."""


@dataclass(frozen=True, slots=True)
class Span:
    """Where a part lies in the recording."""

    part: Part
    """Without its take."""

    start: int
    """First sample of its speech."""

    end: int
    """One after its last sample of speech."""

    cut_s: float = 0.0
    """Silence that was taken off the start of its take."""


class Recording:
    """All takes joined: samples in a file, and what the meters say."""

    def __init__(self, file: IO[bytes], rate_hz: int) -> None:
        """Begin an empty recording in a file that can be written, read and sought."""
        self.rate_hz = rate_hz
        self.spans: list[Span] = []
        self.n_samples = 0
        self._file = file
        self._loudness, self._peaks = LoudnessMeter(rate_hz), PeakMeter()
        self._gains = np.ones(0, np.float32)

    def add_part(self, part: Part) -> None:
        """Append one part and its pause."""
        if self.n_samples == 0:
            self._write(Waveform.silence(LEAD_S, self.rate_hz).samples)
        start, cut_s = self.n_samples, 0.0
        if part.take is not None:
            take = decode(part.take, rate_hz=self.rate_hz) if isinstance(part.take, Path) else part.take
            cut_s = _find_kept(take)[0] / take.rate_hz
            self._write(resample(trim(take), self.rate_hz).samples)
        self.spans.append(Span(replace(part, take=None), start, self.n_samples, cut_s))
        self._write(Waveform.silence(max(0.0, part.pause_s), self.rate_hz).samples)

    def close(self) -> None:
        """End the recording: the last pause gives way to a fixed one, and the lines' gains are settled."""
        end = self.spans[-1].end if self.spans else 0
        wanted = end + round(TAIL_S * self.rate_hz)
        if self.n_samples < wanted:
            self._write(np.zeros(wanted - self.n_samples, np.float32))
        self.n_samples = wanted
        self._file.flush()
        self._gains = np.array([10 ** (gain_db / 20) for gain_db in self._find_line_gains()], np.float32)

    def energies(self) -> NDArray[np.float64]:
        """Of each tenth of a second, the lines' gains included."""
        energies = self._loudness.step_energies()
        centres = (np.arange(energies.size) + 0.5) * round(STEP_S * self.rate_hz)
        return energies * np.square(self._gains_at(centres), dtype=np.float64)

    def envelope(self) -> NDArray[np.float32]:
        """Of each cell, the lines' gains included."""
        envelope = self._peaks.envelope()
        return envelope * self._gains_at((np.arange(envelope.size) + 0.5) * CELL_SAMPLES)

    def read(self, start: int, end: int) -> NDArray[np.float32]:
        """Samples ``start`` up to ``end``, each line at its gain. Several threads may read at once.

        Positions outside of the recording are silent.
        """
        first, last = max(0, start), max(0, min(end, self.n_samples))
        samples = np.zeros(end - start, np.float32)
        if last > first:
            stored = np.frombuffer(os.pread(self._file.fileno(), (last - first) * 4, first * 4), np.float32)
            samples[first - start : last - start] = stored
            self._apply_gains(samples, start, last)
        return samples

    def _write(self, samples: NDArray[np.float32]) -> None:
        self._file.write(samples.tobytes())
        self._loudness.add(samples)
        self._peaks.add(samples)
        self.n_samples += samples.size

    def _apply_gains(self, samples: NDArray[np.float32], start: int, end: int) -> None:
        """Bring samples that begin at ``start`` to their lines' gains, line by line, in place."""
        starts = np.array([span.start for span in self.spans])
        for line in range(max(0, int(np.searchsorted(starts, start, side="right")) - 1), len(self.spans)):
            if starts[line] >= end:
                break
            ends = starts[line + 1] if line + 1 < len(self.spans) else end
            samples[max(0, starts[line] - start) : max(0, min(ends, end) - start)] *= self._gains[line]

    def _gains_at(self, positions: NDArray[np.number]) -> NDArray[np.float32]:
        """A line's gain holds from its start to the start of the next, so it changes in silence."""
        if not self.spans:
            return np.ones(positions.size, np.float32)
        starts = np.array([span.start for span in self.spans])
        lines = np.maximum(0, np.searchsorted(starts, positions, side="right") - 1)
        gains: NDArray[np.float32] = self._gains[lines]
        return gains

    def _find_line_gains(self) -> list[float]:
        """In decibels, one for each span."""
        energies = self._loudness.step_energies()
        n_step = round(STEP_S * self.rate_hz)
        levels = np.array(
            [gated_lufs(energies[-(-span.start // n_step) : max(0, span.end // n_step)]) for span in self.spans]
        )
        lengths = np.array([span.end - span.start for span in self.spans])
        heard = (levels > FAINT_LUFS) & (lengths > 0)
        if not heard.any():
            return [0.0] * len(self.spans)
        usual = _weighted_median(levels[heard], lengths[heard])
        away = levels - usual
        gains = np.clip(away, -EVEN_LU, EVEN_LU) - away
        return [float(gain) for gain in np.where(heard, np.clip(gains, -MAX_CUT_DB, MAX_BOOST_DB), 0.0)]


def join(parts: Iterable[Part], file: IO[bytes], rate_hz: int) -> Recording:
    """Join the parts in order; the takes are let go of one by one."""
    recording = Recording(file, rate_hz)
    for part in parts:
        recording.add_part(part)
    recording.close()
    return recording


def trim(take: Waveform) -> Waveform:
    """A take without the silence around its speech but for a small margin, its ends faded.

    A take without any speech stays as long as it is.
    """
    start, end = _find_kept(take)
    samples = np.nan_to_num(take.samples[start:end], nan=0.0, posinf=1.0, neginf=-1.0)
    n_fade = min(round(FADE_S * take.rate_hz), samples.size // 2)
    if n_fade:
        slope = (0.5 - 0.5 * np.cos(np.pi * (np.arange(n_fade) + 0.5) / n_fade)).astype(np.float32)
        samples[:n_fade] *= slope
        samples[-n_fade:] *= slope[::-1]
    return Waveform(samples, take.rate_hz)


def _find_kept(take: Waveform) -> tuple[int, int]:
    """First sample that stays and one after the last."""
    n_frame = max(1, round(FRAME_S * take.rate_hz))
    first, last = _find_speech(take.samples, n_frame)
    start = max(0, first * n_frame - round(KEEP_BEFORE_S * take.rate_hz))
    return start, min(take.samples.size, last * n_frame + round(KEEP_AFTER_S * take.rate_hz))


def _find_speech(samples: NDArray[np.float32], n_frame: int) -> tuple[int, int]:
    """First frame of speech and one after the last; all frames where there is no speech."""
    n_frames = -(-samples.size // n_frame)
    padded = np.zeros(n_frames * n_frame, np.float32)
    padded[: samples.size] = samples
    levels = 10 * np.log10(np.square(padded.reshape(-1, n_frame)).mean(axis=1) + 1e-12) if n_frames else np.zeros(0)
    if n_frames == 0:
        return 0, 0
    loud, noise = np.percentile(levels, 95), np.percentile(levels, 5)
    threshold = max(loud - SPEECH_RANGE_DB, min(noise + NOISE_MARGIN_DB, loud - NOISE_RANGE_DB), SILENCE_DB)
    speech = np.flatnonzero(levels > threshold)
    return (int(speech[0]), int(speech[-1]) + 1) if speech.size else (0, n_frames)


def _weighted_median(values: NDArray[np.float64], weights: NDArray[np.int64]) -> float:
    order = np.argsort(values, kind="stable")
    reached = np.cumsum(weights[order])
    return float(values[order][np.searchsorted(reached, reached[-1] / 2)])


def spoken(recording: Recording) -> Iterator[tuple[Part, float, float]]:
    """Each part with the seconds at which it starts and ends."""
    for span in recording.spans:
        yield span.part, span.start / recording.rate_hz, span.end / recording.rate_hz


def list_cues(recording: Recording) -> Iterator[Cue]:
    """The lines that the transcript shows, each with the times of its words where they are known."""
    for span, (part, start_s, end_s) in zip(recording.spans, spoken(recording), strict=True):
        if part.text:
            words = shift_words(part.words, start_s - span.cut_s, start_s=start_s, end_s=end_s)
            yield Cue(start_s, end_s, part.text, tuple(word.start_s for word in words))
