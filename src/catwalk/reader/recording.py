"""One line while a person waits: spoken in another way than before, or as somebody recorded it; checked and timed."""

from __future__ import annotations

import asyncio
import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import IO

from catwalk.audio.acoustics import measure
from catwalk.audio.codec import AudioFormat, encode
from catwalk.audio.decoder import decode
from catwalk.audio.loudness import SILENT_LUFS, integrated_lufs, normalise
from catwalk.audio.resample import resample
from catwalk.audio.waveform import Waveform
from catwalk.client import Client
from catwalk.errors import RecordingSilent
from catwalk.library.takes import TimedWord
from catwalk.reader.narrator import LISTEN_RATE_HZ, Voicing, Way, hear, speak_line
from catwalk.reader.pronounce import respell_for_voice
from catwalk.reader.script import Line
from catwalk.reader.sound import trim
from catwalk.reader.timing import time_words
from catwalk.reader.verify import Verdict
from catwalk.reader.windows import pack

MAX_RECORDING_S = 300.0
"""Longest recording of one line."""

RECORDING_RATE_HZ = 44_100
"""Rate at which a person's recordings are kept: that of the finished file."""

LEVEL_LUFS = -20.0
"""Where a recording is brought that has nothing beside it; speech gets there without its peaks being touched much."""

_N_TRIES = 3
_WAYS = (
    Way(),
    Way(speed=0.96),
    Way(in_clauses=True),
    Way(speed=1.04),
    Way(speed=0.92, in_clauses=True),
    Way(speed=0.9),
)


@dataclass(frozen=True, slots=True)
class Checked:
    """A recording of a line, and what was found of it."""

    waveform: Waveform
    verdict: Verdict
    words: tuple[TimedWord, ...]

    def to_flac(self) -> bytes:
        """The recording as it is kept."""
        return encode(self.waveform, AudioFormat.FLAC)


def list_other_ways(spoken: str, n_before: int) -> Iterator[Way]:
    """Ways to speak a line that was spoken ``n_before`` times, without end: none that was tried comes out the same."""
    ways = list(_WAYS)
    if respell_for_voice(spoken) != spoken:
        ways.insert(1, Way(respelled=False))
    while True:
        round_, place = divmod(n_before, len(ways))
        yield replace(ways[place], speed=ways[place].speed * 0.985**round_)
        n_before += 1


async def speak_again(
    line: Line, client: Client, voicing: Voicing, *, n_before: int, pace: float | None = None
) -> Checked:
    """Speak a line in a way in which it was not spoken yet; where that comes out wrong, in a few others.

    Args:
        line: What is spoken.
        client: Of the server with the voice and the listener.
        voicing: Who speaks and who listens.
        n_before: How often this voice has spoken the line.
        pace: Of the voice, where it is known.

    Returns:
        The first take that is right, else the best.

    Raises:
        CatwalkError: the voice or the listener cannot go on.
    """
    best: Checked | None = None
    for way in islice(list_other_ways(line.spoken, n_before), _N_TRIES):
        take = await speak_line(line, client, voicing, way)
        policy = replace(voicing.policy, pace=pace and pace / way.speed)
        checked = await check(line, take, client, replace(voicing, policy=policy))
        if best is None or checked.verdict.score > best.verdict.score:
            best = checked
        if checked.verdict.accepted:
            break
    assert best is not None  # noqa: S101 - there are ways without end
    return best


async def check(line: Line, take: Waveform, client: Client, voicing: Voicing) -> Checked:
    """Hear and judge a recording of a line, and find its words in it.

    Raises:
        CatwalkError: the listener cannot go on.
    """
    heard_as = await asyncio.to_thread(resample, take, LISTEN_RATE_HZ)
    (window,) = pack([heard_as])
    (verdict,) = await hear(window, [line.spoken], client, voicing)
    words = await asyncio.to_thread(time_words, line.text, line.spoken, heard_as)
    return Checked(take, verdict, words)


def read_recording(file: IO[bytes], *, beside: Sequence[Path] = ()) -> Waveform:
    """What a person recorded, without the silence around it, as loud as the takes beside it.

    Args:
        file: Any audio.
        beside: Takes of other lines.

    Raises:
        AudioUnreadable: it is no recording.
        AudioTooLong: it is longer than :data:`MAX_RECORDING_S`.
        RecordingSilent: there is nothing to hear in it.
    """
    recording = decode(file, rate_hz=RECORDING_RATE_HZ, max_duration_s=MAX_RECORDING_S, allow_cut_off=True)
    acoustics = measure(recording)
    if acoustics.is_silent:
        raise RecordingSilent(
            f"there is nothing to hear in this recording of {recording.duration_s:.1f} s: is the right microphone "
            "chosen, and is it on?",
            param="file",
        )
    return normalise(trim(recording), target_lufs=find_level(beside))


def find_level(takes: Sequence[Path]) -> float:
    """How loud takes are, in LUFS; :data:`LEVEL_LUFS` where none can be measured."""
    levels = [integrated_lufs(decode(take, rate_hz=LISTEN_RATE_HZ)) for take in takes]
    return statistics.median([level for level in levels if level > SILENT_LUFS] or [LEVEL_LUFS])


def listen_to_person(voicing: Voicing) -> Voicing:
    """How a person's recording is judged: its edges were cut, and everybody speaks at a pace of their own."""
    return replace(voicing, policy=replace(voicing.policy, check_edges=False, pace=None))
