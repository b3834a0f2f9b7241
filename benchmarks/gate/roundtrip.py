"""Round trip: lines spoken by a voice and heard by whisper; what comes back wrong, before any forgiving by sound."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from benchmarks.gate.booth import Booth, Speaker
from benchmarks.gate.lines import SpokenLine, rank, read_lines
from benchmarks.gate.tally import Tally
from catwalk.audio.resample import resample
from catwalk.reader.alignment import find_differences
from catwalk.reader.hearing import join_words, list_ways_to_say
from catwalk.reader.narrator import LISTEN_RATE_HZ, Voicing, transcribe_window
from catwalk.reader.pronounce import respell_for_voice
from catwalk.reader.windows import Window, assign, list_words, pack
from catwalk.reader.wording import split_words


def choose_lines(n_lines: int) -> list[SpokenLine]:
    """Lines of every kind in turn, the same ones each time."""
    by_kind: dict[str, list[SpokenLine]] = {}
    for line in sorted(read_lines(), key=lambda line: rank("roundtrip", line.text)):
        by_kind.setdefault(line.kind, []).append(line)
    turns = max(map(len, by_kind.values()))
    return [lines[turn] for turn in range(turns) for lines in by_kind.values() if turn < len(lines)][:n_lines]


async def measure(booth: Booth, speaker: Speaker, lines: Sequence[SpokenLine]) -> Tally:
    """The words that came back as they were to be spoken, out of all."""
    takes = await asyncio.gather(
        *(booth.speak(respell_for_voice(line.spoken), model=speaker.model, voice=speaker.voice) for line in lines)
    )
    windows = pack([resample(take, LISTEN_RATE_HZ) for take in takes])
    tally = Tally()
    for window, heard in zip(windows, await asyncio.gather(*(_hear(booth, lines, w) for w in windows)), strict=True):
        for index, text in zip(window.indices, heard, strict=True):
            _count(lines[index].spoken, text, tally)
    return tally


async def _hear(booth: Booth, lines: Sequence[SpokenLine], window: Window) -> list[str]:
    heard = await transcribe_window(window, booth, Voicing(""))
    texts = [lines[index].spoken for index in window.indices]
    return [join_words(words) for words in assign(window, texts, list_words(heard))]


def _count(spoken: str, heard: str, tally: Tally) -> None:
    wanted = split_words(spoken)
    ways = [find_differences(wanted, split_words(way)) for way in list_ways_to_say(heard)]
    best = min(ways, key=lambda found: sum(max(len(each.expected), len(each.heard)) for each in found))
    n_wrong = sum(max(len(each.expected), len(each.heard)) for each in best)
    tally.add("words", len(wanted) - n_wrong, len(wanted))
    if n_wrong:
        tally.remarks.append(f"{n_wrong} words: {spoken!r} heard as {heard!r}")
