"""Takes, one after another, as one recording: where each line lies in it, and how loud each is to be.

Every line begins where an MP3 frame begins (:mod:`catwalk.audio.mp3`), so what follows it may move without being
encoded again; a pause is up to 26 ms longer for it. Samples are spooled to a file, or read from the take again where
what the meters say of it was known already.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO

import numpy as np
from numpy.typing import NDArray

from catwalk.audio.cues import Cue
from catwalk.audio.meter import gated_lufs, to_tenths
from catwalk.audio.mp3 import DELAY_SAMPLES, FRAME_SAMPLES
from catwalk.audio.waveform import Waveform
from catwalk.library.cache import Cache
from catwalk.library.takes import TimedWord
from catwalk.reader.sound import CELLS_PER_FRAME, Sound, cut, identify, read_take, weigh
from catwalk.reader.timing import shift_words

LEAD_S = 0.2
"""Silence before the first line: players and wireless headphones swallow the first moments."""

TAIL_S = 0.8
"""Silence after the last line, whatever its own pause."""

EVEN_LU = 0.75
"""Lines keep their differences up to this distance from the median line; what is further away is brought there."""

MAX_BOOST_DB, MAX_CUT_DB = 18.0, 18.0
"""A line recorded by microphone may be that far from the voice model's level."""

FAINT_LUFS = -55.0
"""Quieter takes are not raised: there is nothing but noise in them."""

_SILENCE = Sound(0, 0.0, np.zeros(0), np.zeros(0, np.float32))


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


@dataclass(frozen=True, slots=True)
class _Source:
    """Where the samples of a line are."""

    key: str
    sound: Sound
    take: Path | None
    at: int | None
    """Place of its first sample in the spool; None where they are to be read from the take."""


class Recording:
    """All takes joined."""

    def __init__(self, file: IO[bytes], rate_hz: int, kept: Cache | None = None) -> None:
        """Begin an empty recording.

        Args:
            file: For samples; can be written, read and sought.
            rate_hz: Of the recording.
            kept: What the meters said of takes that were joined before.
        """
        self.rate_hz = rate_hz
        self.spans: list[Span] = []
        self.n_frames: list[int] = []
        """Of each line with its pause."""

        self._file, self._n_spooled, self._kept = file, 0, kept
        self._sources: list[_Source] = []

    @property
    def n_lead_frames(self) -> int:
        """Of the silence before the first line."""
        return _to_frames(LEAD_S * self.rate_hz)

    @property
    def n_samples(self) -> int:
        """What is heard of all frames: a decoder swallows the end of the last pause."""
        return (self.n_lead_frames + sum(self.n_frames)) * FRAME_SAMPLES - DELAY_SAMPLES

    def add_part(self, part: Part) -> None:
        """Append one part and its pause."""
        source = self._find(part.take) if part.take is not None else _Source("", _SILENCE, None, None)
        before = self.spans[-1].start + self.n_frames[-1] * FRAME_SAMPLES if self.spans else 0
        start = before or self.n_lead_frames * FRAME_SAMPLES
        n_samples = source.sound.n_samples
        self._sources.append(source)
        self.spans.append(Span(replace(part, take=None), start, start + n_samples, source.sound.cut_s))
        self.n_frames.append(_to_frames(n_samples + max(0.0, part.pause_s) * self.rate_hz))

    def close(self) -> None:
        """End the recording: the last pause gives way to a fixed one."""
        self._file.flush()
        if self.spans:
            length = self.spans[-1].end - self.spans[-1].start
            self.n_frames[-1] = _to_frames(length + TAIL_S * self.rate_hz + DELAY_SAMPLES)

    def _find(self, take: Waveform | Path) -> _Source:
        content = read_take(take)
        key = identify(content, self.rate_hz)
        known = self._kept.find(key) if self._kept and isinstance(take, Path) else None
        if known is not None:
            return _Source(key, Sound.from_bytes(known), take if isinstance(take, Path) else None, None)
        samples, cut_s = cut(take if isinstance(take, Waveform) else content, self.rate_hz)
        at = self._n_spooled
        self._file.write(samples.tobytes())
        self._n_spooled += samples.size
        sound = Sound(samples.size, cut_s, *weigh(samples, self.rate_hz))
        if self._kept and isinstance(take, Path):
            self._kept.keep(key, sound.to_bytes())
        return _Source(key, sound, None, at)

    def key(self, line: int) -> str:
        """Tells the sound of a line from that of others; empty where it has none."""
        return self._sources[line].key

    def read(self, line: int) -> NDArray[np.float32]:
        """Samples of a line without its pause, as they were recorded. Several threads may read at once."""
        source = self._sources[line]
        if source.at is not None:
            spooled = os.pread(self._file.fileno(), source.sound.n_samples * 4, source.at * 4)
            return np.frombuffer(spooled, np.float32)
        return cut(source.take.read_bytes(), self.rate_hz)[0] if source.take else np.zeros(0, np.float32)

    def envelope(self, lines: range, gains: NDArray[np.float64]) -> NDArray[np.float32]:
        """Highest absolute value in and around each cell of some lines in a row, each at the gain of its place."""
        pieces = []
        for line in lines:
            known = self._sources[line].sound.envelope
            cells = np.zeros(self.n_frames[line] * CELLS_PER_FRAME, np.float32)
            np.multiply(known, np.float32(gains[line]), out=cells[: known.size])
            pieces.append(cells)
        return np.concatenate(pieces) if pieces else np.zeros(0, np.float32)

    def energies(self, gains: NDArray[np.float64]) -> NDArray[np.float64]:
        """Of each tenth of a second from the first line on, each line at the gain of its place."""
        energies = np.zeros(sum(self.n_frames))
        for line, span in enumerate(self.spans):
            known = self._sources[line].sound.energies
            first = span.start // FRAME_SAMPLES - self.n_lead_frames
            np.multiply(known, gains[line] ** 2, out=energies[first : first + known.size])
        return to_tenths(energies, FRAME_SAMPLES, self.rate_hz)

    def even_out(self) -> NDArray[np.float64]:
        """Gain of each line, in decibels, that brings it near the median line."""
        levels = np.array(
            [gated_lufs(to_tenths(each.sound.energies, FRAME_SAMPLES, self.rate_hz)) for each in self._sources]
        )
        lengths = np.array([each.sound.n_samples for each in self._sources])
        heard = (levels > FAINT_LUFS) & (lengths > 0)
        if not heard.any():
            return np.zeros(len(self.spans))
        away = levels - _weighted_median(levels[heard], lengths[heard])
        gains = np.clip(away, -EVEN_LU, EVEN_LU) - away
        return np.where(heard, np.clip(gains, -MAX_CUT_DB, MAX_BOOST_DB), 0.0)


def join(parts: Iterable[Part], file: IO[bytes], rate_hz: int, kept: Cache | None = None) -> Recording:
    """Join the parts in order; the takes are let go of one by one.

    Raises:
        AudioUnreadable: a take's file cannot be decoded.
    """
    recording = Recording(file, rate_hz, kept)
    for part in parts:
        recording.add_part(part)
    recording.close()
    return recording


def _to_frames(n_samples: float) -> int:
    """As many frames as hold so much."""
    return -(-round(n_samples) // FRAME_SAMPLES)


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
