"""Faults of the sound: a good take as a machine might spoil it, one function a kind.

Each takes a recording, the times of its words and a source of chance, and gives the spoiled recording, or None where
the kind does not fit.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random

import numpy as np
from numpy.typing import NDArray

from catwalk.audio.acoustics import measure
from catwalk.audio.waveform import Waveform
from catwalk.tasks import Word

Samples = NDArray[np.float32]
Damage = Callable[["Recording", Random], "Samples | None"]

_MIN_WORDS = 5
_CHORDS_HZ = ((220.0, 277.2, 329.6), (196.0, 246.9, 293.7), (174.6, 220.0, 261.6), (130.8, 164.8, 196.0))


class Recording:
    """A good take, and where its words are."""

    def __init__(self, take: Waveform, words: Sequence[Word], other: Waveform) -> None:
        """``other`` is a take of another line in the same voice."""
        self.samples, self.rate_hz, self.words, self.other = take.samples, take.rate_hz, words, other
        acoustics = measure(take)
        self.start_s, self.end_s = acoustics.start_s, acoustics.end_s
        self.loudness = float(np.sqrt(np.mean(take.samples**2)))

    @property
    def length_s(self) -> float:
        """From the first sound to the last."""
        return self.end_s - self.start_s

    def at(self, time_s: float) -> int:
        """Index of a sample."""
        return int(np.clip(time_s * self.rate_hz, 0, len(self.samples)))

    def quiet_at(self, time_s: float, reach_s: float = 0.05) -> int:
        """Index of the quietest sample within ``reach_s`` of a time, where a cut clicks least."""
        low, high = self.at(time_s - reach_s), self.at(time_s + reach_s)
        width = self.rate_hz // 100
        if high - low <= width:
            return self.at(time_s)
        power = np.convolve(self.samples[low:high] ** 2, np.ones(width) / width, "same")
        return low + int(power.argmin())

    def pick(self, rng: Random, length_s: float, margin_s: float = 0.1) -> slice | None:
        """Some stretch of so many seconds within the speech; None where the speech is too short for it."""
        room_s = self.length_s - length_s - 2 * margin_s
        if room_s <= 0:
            return None
        start = self.at(self.start_s + margin_s + rng.uniform(0, room_s))
        return slice(start, start + round(length_s * self.rate_hz))

    def rest(self, length_s: float) -> Samples:
        """Silence."""
        return np.zeros(round(length_s * self.rate_hz), np.float32)


def _fade(samples: Samples, n: int = 120) -> Samples:
    faded = samples.copy()
    n = min(n, len(faded) // 2)
    if n:
        faded[:n] *= np.linspace(0, 1, n, dtype=np.float32)
        faded[-n:] *= np.linspace(1, 0, n, dtype=np.float32)
    return faded


def _noise(n: int, rng: Random) -> Samples:
    return np.random.default_rng(rng.randrange(1 << 30)).standard_normal(n).astype(np.float32)


def _music(n: int, rate_hz: int, rng: Random) -> Samples:
    """Chords of organ tones, as loud as noise of deviation 1."""
    times = np.arange(n) / rate_hz
    step_s = rng.uniform(0.4, 1.5)
    sound = np.zeros(n)
    for place, chord in enumerate(_CHORDS_HZ):
        plays = (times // step_s) % len(_CHORDS_HZ) == place
        for hz in chord:
            sound += plays * sum(np.sin(2 * np.pi * hz * part * times) / part for part in (1, 2, 3))
    level: Samples = (sound / np.sqrt(np.mean(sound**2))).astype(np.float32)
    return level


def _gain(rng: Random, low_db: float, high_db: float) -> np.float32:
    return np.float32(10 ** (rng.uniform(low_db, high_db) / 20))


def cut_end(take: Recording, rng: Random) -> Samples | None:
    """Ends 0.15 to 0.4 s too soon, in the middle of a sound."""
    return take.samples[: take.at(take.end_s - rng.uniform(0.15, 0.4))] if take.length_s > 0.8 else None


def cut_start(take: Recording, rng: Random) -> Samples | None:
    """Begins 0.15 to 0.4 s too late."""
    return take.samples[take.at(take.start_s + rng.uniform(0.15, 0.4)) :] if take.length_s > 0.8 else None


def lose_end(take: Recording, rng: Random) -> Samples | None:
    """The last tenth to half of the words is cut off at a pause, and silence follows."""
    if len(take.words) < _MIN_WORDS:
        return None
    n_lost = max(1, round(len(take.words) * rng.uniform(0.1, 0.5)))
    end = take.quiet_at(take.words[-n_lost].start_s)
    return np.concatenate([_fade(take.samples[:end], 480), take.rest(0.3)])


def cut_word(take: Recording, rng: Random) -> Samples | None:
    """One word is cut out."""
    words = [word for word in take.words[:-1] if word.end_s - word.start_s > 0.2]
    if len(take.words) < _MIN_WORDS or not words:
        return None
    word = rng.choice(words)
    start, end = take.quiet_at(word.start_s), take.quiet_at(word.end_s)
    if end - start < 0.15 * take.rate_hz:
        return None
    return np.concatenate([_fade(take.samples[:start]), _fade(take.samples[end:])])


def repeat_stretch(take: Recording, rng: Random) -> Samples | None:
    """One to three words come twice, the second time from the same samples."""
    n = rng.choice((1, 2, 3))
    if len(take.words) < n + 3:
        return None
    at = rng.randrange(0, len(take.words) - n)
    start, end = take.quiet_at(take.words[at].start_s), take.quiet_at(take.words[at + n - 1].end_s)
    if end - start < 0.2 * take.rate_hz:
        return None
    return np.concatenate([_fade(take.samples[:end]), _fade(take.samples[start:])])


def swap_stretches(take: Recording, rng: Random) -> Samples | None:
    """Two neighbouring stretches of two words change places."""
    if len(take.words) < _MIN_WORDS + 1:
        return None
    at = rng.randrange(0, len(take.words) - 4)
    a, b, c = (take.quiet_at(take.words[place].start_s) for place in (at, at + 2, at + 4))
    if min(b - a, c - b) < 0.2 * take.rate_hz:
        return None
    pieces = (take.samples[:a], take.samples[b:c], take.samples[a:b], take.samples[c:])
    return np.concatenate([_fade(piece) for piece in pieces])


def babble_after(take: Recording, rng: Random) -> Samples | None:
    """0.7 to 2.5 s of speech run backwards follow the line."""
    babble = take.other.samples[::-1]
    loud = np.flatnonzero(np.abs(babble) > 0.02)
    babble = babble[loud[0] :][: round(rng.uniform(0.7, 2.5) * take.rate_hz)]
    return np.concatenate([take.samples, _fade(babble), take.rest(0.25)])


def babble_inside(take: Recording, rng: Random) -> Samples | None:
    """0.6 to 1.5 s of the line run backwards."""
    place = take.pick(rng, rng.uniform(0.6, 1.5))
    if place is None:
        return None
    spoiled = take.samples.copy()
    spoiled[place] = _fade(spoiled[place][::-1])
    return spoiled


def fall_silent(take: Recording, rng: Random) -> Samples | None:
    """1.5 to 4 s of silence inside."""
    if take.length_s < 0.8:
        return None
    at = take.quiet_at(rng.uniform(take.start_s + 0.3, take.end_s - 0.3))
    return np.concatenate([_fade(take.samples[:at]), take.rest(rng.uniform(1.5, 4)), _fade(take.samples[at:])])


def mute(take: Recording, rng: Random) -> Samples | None:
    """0.4 to 1 s of the line are muted."""
    place = take.pick(rng, rng.uniform(0.4, 1.0))
    if place is None:
        return None
    spoiled = take.samples.copy()
    spoiled[place] = 0
    return spoiled


def get_stuck(take: Recording, rng: Random) -> Samples | None:
    """A stretch of 60 to 200 ms comes four to eight times, as when a buffer plays on."""
    place = take.pick(rng, rng.uniform(0.06, 0.2))
    if place is None:
        return None
    piece = take.samples[place]
    return np.concatenate([take.samples[: place.stop], *[piece] * rng.randint(3, 7), take.samples[place.stop :]])


def clip(take: Recording, rng: Random) -> Samples | None:
    """2.5 to 8 times too loud for the samples to hold, then perhaps turned down again."""
    loud = take.samples / np.abs(take.samples).max() * np.float32(rng.uniform(2.5, 8))
    clipped: Samples = (np.clip(loud, -1, 1) * np.float32(rng.choice((1.0, 0.5)))).astype(np.float32)
    return clipped


def add_noise(take: Recording, rng: Random) -> Samples | None:
    """White noise behind the whole take, 0 to 20 dB below the voice."""
    return take.samples + _noise(len(take.samples), rng) * take.loudness * _gain(rng, -20, 0)


def add_noise_burst(take: Recording, rng: Random) -> Samples | None:
    """White noise over 0.5 to 1.2 s, from 3 dB below the voice to 6 dB above."""
    place = take.pick(rng, rng.uniform(0.5, 1.2))
    if place is None:
        return None
    spoiled = take.samples.copy()
    spoiled[place] += _fade(_noise(place.stop - place.start, rng)) * take.loudness * _gain(rng, -3, 6)
    return spoiled


def add_music(take: Recording, rng: Random) -> Samples | None:
    """Chords behind the whole take, 0 to 20 dB below the voice."""
    return take.samples + _music(len(take.samples), take.rate_hz, rng) * take.loudness * _gain(rng, -20, 0)


def add_music_burst(take: Recording, rng: Random) -> Samples | None:
    """Chords over 0.7 to 1.5 s, from 3 dB below the voice to 6 dB above."""
    place = take.pick(rng, rng.uniform(0.7, 1.5))
    if place is None:
        return None
    spoiled = take.samples.copy()
    music = _music(place.stop - place.start, take.rate_hz, rng)
    spoiled[place] += _fade(music) * take.loudness * _gain(rng, -3, 6)
    return spoiled


def follow_with_music(take: Recording, rng: Random) -> Samples | None:
    """1 to 3 s of chords after the line."""
    music = _music(round(rng.uniform(1, 3) * take.rate_hz), take.rate_hz, rng)
    return np.concatenate([take.samples, _fade(music) * take.loudness * _gain(rng, -10, 0), take.rest(0.2)])


def play_at_wrong_rate(take: Recording, rng: Random) -> Samples | None:
    """Played 1.3 to 1.8 times too fast or too slow, the pitch along with it."""
    factor = rng.uniform(1.3, 1.8) ** rng.choice((-1, 1))
    places = np.arange(0, len(take.samples) - 1, factor)
    played: Samples = np.interp(places, np.arange(len(take.samples)), take.samples).astype(np.float32)
    return played


def say_nothing(take: Recording, rng: Random) -> Samples | None:
    """Silence, or noise alone."""
    return _noise(len(take.samples), rng) * np.float32(rng.choice((0.0, 1e-3, 0.05)))


DAMAGES: dict[str, Damage] = {
    "cut off at the end": cut_end,
    "cut at the start": cut_start,
    "end missing, then silence": lose_end,
    "word cut out": cut_word,
    "stretch repeated by splice": repeat_stretch,
    "stretches swapped by splice": swap_stretches,
    "babble after the line": babble_after,
    "babble inside": babble_inside,
    "long silence inside": fall_silent,
    "stretch muted": mute,
    "stuck": get_stuck,
    "clipping": clip,
    "noise behind": add_noise,
    "noise burst": add_noise_burst,
    "music behind": add_music,
    "music burst": add_music_burst,
    "music after": follow_with_music,
    "wrong rate": play_at_wrong_rate,
    "nothing said": say_nothing,
}
"""Every kind of damage by its name in the tables."""

SPEEDS = (0.5, 0.55, 1.8, 2.0)
"""Of the kind "wrong speed", which is spoken and not spliced: the voice is asked for another pace."""
