"""Text laid over the recording of it, sound by sound: where each word begins and ends.

A segmental Viterbi search: every sound is a stretch of frames whose spectrum fits its class and whose length fits the
sound, with silence allowed between words. The classes are coarse, because spelling only hints at sounds and voices
differ; words are found all the same, since a word is several sounds in a row.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from catwalk.audio.resample import resample
from catwalk.audio.waveform import Waveform

_Floats = NDArray[np.float64]

RATE_HZ = 16_000
FRAME_S = 0.01
_HOP, _WINDOW = 160, 400  # samples: 10 and 25 ms
_BANDS_HZ = (80, 350, 800, 1600, 2800, 4500, 7800)

_CLASSES = ("", "sz", "SZCJ", "fTh", "ptk", "bdgv", "mnN", "lrwy", "aoWAu@", "eEiI", "OUY")
"""Sounds that are told from each other; the first class is silence."""

# Each row a class, decibels: the six bands against their mean over the take's speech, the level against the loudest,
# and its change over 20 ms. From ten rounds of alignment and averaging over 96 lines of two voices of two models
# (``benchmarks/word_times.py --train``).
_MEANS = (
    (-42.2, -42.1, -39.5, -37.4, -38.4, -35.4, -49.2, 0.1),
    (-24.6, -22.2, -14.0, -8.4, -1.8, 17.7, -25.7, -1.7),
    (-23.1, -20.1, -14.6, -1.5, 11.4, 12.8, -20.7, -0.1),
    (-20.8, -19.6, -13.5, -7.6, -5.0, -0.6, -28.8, 3.0),
    (-22.1, -20.9, -18.7, -14.9, -12.2, -6.7, -29.7, -0.6),
    (-9.5, -16.3, -18.2, -15.6, -14.0, -9.6, -21.0, -1.6),
    (7.6, 0.7, -4.6, -7.7, -10.4, -12.8, -5.5, -1.5),
    (-2.8, -2.3, -2.3, -7.2, -9.9, -8.6, -13.2, 0.8),
    (6.2, 7.8, 10.8, 6.1, 3.2, -0.9, -4.9, 0.8),
    (6.2, 6.7, 1.7, 5.6, 5.9, 1.1, -5.5, 0.2),
    (7.5, 7.3, 2.8, -0.8, -1.1, -2.7, -4.5, 0.1),
)
_SPREADS = (
    (5.8, 6.3, 9.1, 11.5, 9.6, 9.7, 3.7, 6.3),
    (12.8, 9.4, 7.1, 7.5, 7.8, 11.2, 8.1, 9.8),
    (11.3, 8.1, 10.3, 14.1, 18.1, 19.0, 8.7, 9.9),
    (15.2, 13.2, 13.2, 13.1, 12.6, 11.7, 13.0, 15.3),
    (12.6, 14.1, 17.7, 19.4, 20.6, 20.8, 12.9, 15.5),
    (14.8, 14.0, 16.1, 17.5, 18.0, 17.8, 13.4, 13.9),
    (9.1, 9.4, 8.7, 8.5, 8.5, 8.0, 8.7, 7.5),
    (13.9, 12.8, 12.7, 15.6, 12.6, 12.1, 11.4, 11.7),
    (6.6, 7.6, 10.0, 10.9, 9.6, 8.4, 5.9, 8.3),
    (7.5, 8.6, 12.0, 9.9, 7.8, 7.8, 6.8, 8.7),
    (7.1, 9.1, 11.2, 12.2, 10.0, 10.0, 6.6, 7.8),
)

_CLASS_OF = {sound: number for number, sounds in enumerate(_CLASSES) for sound in sounds}
_UNKNOWN = _CLASSES.index("aoWAu@")

_LENGTH_S = {**dict.fromkeys("aEoOuUAWY", 0.11), **dict.fromkeys("eiI@", 0.075), **dict.fromkeys("szSZCJ", 0.09)}
_OTHER_LENGTH_S = 0.06
_MAX_FRAMES = 45
_SCALES = (0.6, 1.8)
"""Fastest and slowest pace, as a factor of the lengths above."""

# Swept over 0.3 to 0.55 and 0.1 to 0.35 on held-out lines.
_LENGTH_SPREAD = 0.4
"""Standard deviation of the logarithm of a sound's length."""

_EVIDENCE = 0.15
"""Weight of a frame, whose neighbours say much the same."""

_PAUSE_COST, _STOP_COST = 12.0, 1.0
"""What a silence between words costs, without punctuation and with it."""

_SPEECH_DB = -30.0
_FLOOR_DB = -45.0
_IMPOSSIBLE = -1e9


@dataclass(frozen=True, slots=True)
class SpokenWord:
    """A word as it is to be found in the sound."""

    sounds: str
    """As :mod:`catwalk.reader.letter_sounds` has them; anything else counts as a vowel. Empty for what is not heard."""

    pauses_after: bool = False
    """Whether punctuation follows."""


def locate_words(words: Sequence[SpokenWord], take: Waveform) -> list[tuple[float, float]] | None:
    """Start and end of each word, in seconds, in order and within the take.

    A word without sounds has the end of the word before it for both. None where the words cannot lie in the take: it is
    too short or too long for them, or there are none.
    """
    features = _measure(resample(take, RATE_HZ).samples)
    sounds = [(index, sound) for index, word in enumerate(words) for sound in word.sounds]
    if not sounds or len(sounds) > len(features):
        return None
    stretches = _search(words, sounds, _rate(features))
    if stretches is None:
        return None
    times, last_s = [], 0.0
    for index in range(len(words)):
        own = [stretch for stretch, (owner, _) in zip(stretches, sounds, strict=True) if owner == index]
        start_s, last_s = (own[0][0] * FRAME_S, own[-1][1] * FRAME_S) if own else (last_s, last_s)
        times.append((min(start_s, take.duration_s), min(last_s, take.duration_s)))
    return times


@lru_cache(maxsize=1)
def _band_weights() -> NDArray[np.float32]:
    """Shape (257, 6): the mean over each band of a spectrum."""
    frequencies_hz = np.fft.rfftfreq(512, 1 / RATE_HZ)
    columns = [(frequencies_hz >= low) & (frequencies_hz < high) for low, high in pairwise(_BANDS_HZ)]
    return np.stack([column / column.sum() for column in columns], axis=1).astype(np.float32)


def _measure(samples: NDArray[np.float32]) -> _Floats:
    """What is seen of each frame, shape (n_frames, 8)."""
    n_frames = max(1, -(-samples.size // _HOP))
    padded = np.zeros(n_frames * _HOP + _WINDOW, np.float32)
    before = (_WINDOW - _HOP) // 2
    padded[before : before + samples.size] = np.nan_to_num(samples, nan=0.0, posinf=1.0, neginf=-1.0)
    frames = np.lib.stride_tricks.sliding_window_view(padded, _WINDOW)[::_HOP][:n_frames]
    spectra = np.square(np.abs(np.fft.rfft(frames * np.hanning(_WINDOW).astype(np.float32), 512, axis=1)))
    powers = spectra.astype(np.float32) @ _band_weights()
    bands_db = 10 * np.log10(powers.astype(np.float64) + 1e-9)
    levels_db = 10 * np.log10(powers.sum(axis=1).astype(np.float64) + 1e-9)
    levels_db -= np.percentile(levels_db, 95)
    # A voice's and a microphone's own colour are taken out.
    bands_db -= bands_db[levels_db > _SPEECH_DB].mean(axis=0)
    levels_db = np.maximum(levels_db, -50)
    changes_db = np.zeros_like(levels_db)
    changes_db[1:-1] = levels_db[2:] - levels_db[:-2]
    return np.column_stack([np.maximum(bands_db, _FLOOR_DB), levels_db, changes_db])


def _rate(features: _Floats) -> _Floats:
    """Log-likelihood of each frame in each class, up to a constant; shape (n_frames, n_classes)."""
    means, spreads = np.array(_MEANS, float), np.array(_SPREADS, float)
    away = (features[:, None, :] - means) / spreads
    likelihoods: _Floats = -0.5 * np.square(away).sum(axis=2) - np.log(spreads).sum(axis=1)
    return likelihoods


def _search(
    words: Sequence[SpokenWord], sounds: Sequence[tuple[int, str]], rated: _Floats
) -> list[tuple[int, int]] | None:
    """First frame of each sound and one after its last, along the likeliest path; None where there is no path."""
    n_frames = len(rated)
    sums = np.vstack([np.zeros(rated.shape[1]), np.cumsum(rated * _EVIDENCE, axis=0)])
    places = np.arange(n_frames + 1)
    lengths = np.arange(1, _MAX_FRAMES + 1)
    expected_s = np.array([_LENGTH_S.get(sound, _OTHER_LENGTH_S) for _, sound in sounds])
    n_voiced = int((rated[:, 0] < rated[:, 1:].max(axis=1)).sum())
    expected_s *= np.clip(n_voiced * FRAME_S / expected_s.sum(), *_SCALES)
    # scores[t]: the best path that has all sounds so far in the first t frames
    scores = np.full(n_frames + 1, _IMPOSSIBLE)
    scores[0] = 0.0
    steps: list[tuple[NDArray[np.intp], NDArray[np.intp]]] = []
    last = -1
    for (index, sound), length_s in zip(sounds, expected_s, strict=True):
        silent_since = places
        if index != last:
            scores, silent_since = _allow_silence(scores, sums[:, 0], _price_silence(words, last, index))
            last = index
        heard = sums[:, _CLASS_OF.get(sound, _UNKNOWN)]
        fits = -0.5 * np.square(np.log(lengths * FRAME_S / length_s) / _LENGTH_SPREAD)
        before = np.concatenate([np.full(_MAX_FRAMES, _IMPOSSIBLE), scores - heard])
        ways = np.lib.stride_tricks.sliding_window_view(before, _MAX_FRAMES)[: n_frames + 1, ::-1] + fits
        chosen = ways.argmax(axis=1)
        scores = np.maximum(ways[places, chosen] + heard, _IMPOSSIBLE)
        steps.append((chosen + 1, silent_since))
    end = int(np.argmax(scores + sums[-1, 0] - sums[:, 0]))
    return _walk_back(steps, end) if scores[end] > _IMPOSSIBLE / 2 else None


def _allow_silence(scores: _Floats, silence: _Floats, cost: float) -> tuple[_Floats, NDArray[np.intp]]:
    """The scores with silence before the next word where that is likelier, and where that silence begins."""
    places = np.arange(scores.size)
    entered = scores - silence
    best = np.maximum.accumulate(entered)
    since = np.maximum.accumulate(np.where(entered >= best, places, 0))
    silent = best + silence - cost
    return np.maximum(scores, silent), np.where(silent > scores, since, places)


def _price_silence(words: Sequence[SpokenWord], last: int, index: int) -> float:
    if last < 0:
        return 0.0
    return _STOP_COST if any(word.pauses_after for word in words[last:index]) else _PAUSE_COST


def _walk_back(steps: Sequence[tuple[NDArray[np.intp], NDArray[np.intp]]], end: int) -> list[tuple[int, int]]:
    stretches = []
    for lengths, silent_since in reversed(steps):
        start = end - int(lengths[end])
        stretches.append((start, end))
        end = int(silent_since[start])
    return stretches[::-1]
