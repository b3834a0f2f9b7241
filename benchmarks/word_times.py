"""How near the times of words come to those of faster-whisper, over the lines of a post.

    python -m benchmarks.word_times [POST ...] [--models hibari kokoro] [--lines 40] [--train]

faster-whisper begins a word where the one before it ends, also across a pause, and the first word at 0. So errors are
given twice: against its times as they are, and against those moved to the next sound where they lie in silence.
``--train`` prints the tables of ``catwalk.reader.sound_alignment`` anew from these lines.
"""

from __future__ import annotations

import argparse
import asyncio
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.measurement import describe_machine, print_table, quantile, write_result
from benchmarks.reading import SAMPLE
from catwalk.app.choices import fetch_limits, reading_choices
from catwalk.app.connection import connect
from catwalk.audio.resample import resample
from catwalk.audio.waveform import Waveform
from catwalk.client import Client
from catwalk.library.takes import TimedWord
from catwalk.reader import sound_alignment, timing
from catwalk.reader.alignment import match_words
from catwalk.reader.narrator import LISTEN_RATE_HZ
from catwalk.reader.pronounce import respell_for_voice
from catwalk.reader.reading import prepare
from catwalk.reader.script import LineKind
from catwalk.reader.windows import list_words
from catwalk.reader.wording import split_words
from catwalk.settings import Settings, read_settings
from catwalk.tasks import Word

SILENT_DB = -36.0
ROUNDS = 10


@dataclass(frozen=True, slots=True)
class Sample:
    """A line, spoken and heard."""

    model: str
    spoken: str
    take: Waveform
    heard: list[Word]


def pick_lines(sources: Sequence[str], settings: Settings, n_lines: int) -> list[str]:
    """Lines of the posts, drawn at random, the same each time."""
    limits, choices = fetch_limits(settings, for_person=True), reading_choices(settings)
    drafts = [asyncio.run(prepare(source, limits=limits, choices=choices)) for source in sources]
    lines = [line.spoken for draft in drafts for line in draft.script.lines if line.kind is not LineKind.PAUSE]
    return random.Random(5).sample(lines, min(n_lines, len(lines)))  # a draw, not a secret


async def record(lines: Sequence[str], model: str, client: Client) -> list[Sample]:
    """Have each line spoken, and heard word by word."""
    samples = []
    for spoken in lines:
        said = await client.speak(respell_for_voice(spoken), model=model)
        take = resample(said, LISTEN_RATE_HZ)
        heard = await client.transcribe(take, model="faster_whisper", language="en", words=True, fallback=False)
        samples.append(Sample(model, spoken, take, list_words(heard)))
    return samples


def compare(sample: Sample, words: Sequence[TimedWord]) -> Iterator[tuple[float, float]]:
    """For each word that both have: its start against the transcriber's, as that is and moved out of silence."""
    levels_db = sound_alignment._measure(sample.take.samples)[:, -2]
    expected = split_words(sample.spoken, fold_numbers=False)
    heard = [(token, word) for word in sample.heard for token in split_words(word.text, fold_numbers=False)]
    for i, j in match_words(expected, [token for token, _ in heard]):
        source, word = expected[i].source, heard[j][1]
        if (i and expected[i - 1].source == source) or (j and heard[j - 1][1] is word):
            continue
        frame = min(int(word.start_s / sound_alignment.FRAME_S), len(levels_db) - 1)
        sounding = np.flatnonzero(levels_db[frame:] > SILENT_DB)
        in_silence = levels_db[frame] < SILENT_DB and sounding.size
        moved_s = (frame + sounding[0]) * sound_alignment.FRAME_S if in_silence else word.start_s
        yield abs(words[source].start_s - word.start_s), abs(words[source].start_s - float(moved_s))


def rate(samples: Sequence[Sample], model: str, way: str) -> dict[str, Any]:
    """One row of the table."""
    errors: list[tuple[float, float]] = []
    for sample in samples:
        found = timing.time_words(sample.spoken, sample.spoken, sample.take)
        spread = timing.spread_words(sample.spoken, 0.0, sample.take.duration_s)
        errors += compare(sample, found if way == "found" else spread)
    as_they_are, moved = ([pair[side] for pair in errors] for side in (0, 1))
    return {
        "model": model,
        "words": way,
        "n": len(errors),
        "median s": quantile(as_they_are, 0.5),
        "p95 s": quantile(as_they_are, 0.95),
        "median s, moved": quantile(moved, 0.5),
        "p95 s, moved": quantile(moved, 0.95),
    }


def train(samples: Sequence[Sample]) -> None:
    """Align and average in turn, from an even spread of the sounds over the speech on."""
    lines = []
    for sample in samples:
        written = sample.spoken.split()
        tokens = split_words(sample.spoken, fold_numbers=False)
        words = [
            timing._to_spoken(word, [token for token in tokens if token.source == index])
            for index, word in enumerate(written)
        ]
        sounds = [(index, sound) for index, word in enumerate(words) for sound in word.sounds]
        lines.append((words, sounds, sound_alignment._measure(sample.take.samples)))
    for count in range(ROUNDS + 1):
        frames: list[list[NDArray[np.float64]]] = [[] for _ in sound_alignment._CLASSES]
        for words, sounds, features in lines:
            stretches = (
                sound_alignment._search(words, sounds, sound_alignment._rate(features))
                if count
                else spread_evenly(sounds, features)
            )
            last = 0
            for (_, sound), (start, end) in zip(sounds, stretches or (), strict=False):
                frames[0].append(features[last:start])
                frames[sound_alignment._CLASS_OF.get(sound, sound_alignment._UNKNOWN)].append(features[start:end])
                last = end
            frames[0].append(features[last:])
        means = [np.concatenate(each).mean(axis=0).round(1).tolist() for each in frames]
        spreads = [(np.concatenate(each).std(axis=0) + 1.5).round(1).tolist() for each in frames]
        sound_alignment._MEANS, sound_alignment._SPREADS = means, spreads  # type: ignore[assignment]  # as a trial
    print("_MEANS =", means, "\n_SPREADS =", spreads)


def spread_evenly(sounds: Sequence[tuple[int, str]], features: NDArray[np.float64]) -> list[tuple[int, int]]:
    """The sounds in a row from the first frame of speech to the last."""
    speech = np.flatnonzero(features[:, -2] > sound_alignment._SPEECH_DB)
    bounds = np.linspace(speech[0], speech[-1] + 1, len(sounds) + 1).round().astype(int).tolist()
    return list(pairwise(bounds))


def main() -> None:
    """Record, compare, print, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("posts", nargs="*", default=[str(SAMPLE)])
    parser.add_argument("--models", nargs="+", default=["hibari", "kokoro"])
    parser.add_argument("--lines", type=int, default=40)
    parser.add_argument("--train", action="store_true")
    options = parser.parse_args()
    settings = read_settings()
    lines = pick_lines(options.posts, settings, options.lines)

    async def record_all() -> dict[str, list[Sample]]:
        async with connect(settings) as client:
            return {model: await record(lines, model, client) for model in options.models}

    machine, samples = describe_machine(), asyncio.run(record_all())
    if options.train:
        train([sample for each in samples.values() for sample in each])
    rows = [rate(each, model, way) for model, each in samples.items() for way in ("spread", "found")]
    print_table(rows)
    if not options.train:
        write_result("word_times", {"machine": machine, "lines": len(lines), "rows": rows})


if __name__ == "__main__":
    main()
