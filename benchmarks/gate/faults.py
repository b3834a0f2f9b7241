"""How good the checking is: faults planted in real takes, and clean takes beside them, judged as the reader judges."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from random import Random

from benchmarks.gate.booth import Booth, Speaker
from benchmarks.gate.damage import DAMAGES, SPEEDS, Recording
from benchmarks.gate.lines import SpokenLine, rank
from benchmarks.gate.misreadings import MISREADINGS
from catwalk.audio.resample import resample
from catwalk.audio.waveform import Waveform
from catwalk.reader.narrator import LISTEN_RATE_HZ, Voicing, hear
from catwalk.reader.pace import estimate_pace
from catwalk.reader.pronounce import respell_for_voice
from catwalk.reader.verify import Verdict, judge
from catwalk.reader.windows import Window, assign, join, list_words, pack
from catwalk.tasks import Word

HIBARI = Speaker("hibari", "heart")
KOKORO = Speaker("kokoro", "am_michael")
SPEED_KIND = "wrong speed"
KINDS = (*MISREADINGS, *DAMAGES, SPEED_KIND)
_KINDS_TOGETHER = 4
"""Faults of so many kinds are heard together, in turn; a kind that changes costs only the windows of its group."""

_MIN_S = 0.1


@dataclass(frozen=True, slots=True)
class Plan:
    """What is planted."""

    lines: tuple[SpokenLine, ...]
    speakers: tuple[Speaker, ...]
    n_each: int
    """Faults of each kind for each speaker."""

    kinds: tuple[str, ...] = KINDS


@dataclass(frozen=True, slots=True)
class Case:
    """One take, and what is wrong with it."""

    kind: str | None
    """None for a clean one."""

    speaker: Speaker
    line: SpokenLine
    said: str
    """The words that were really said, where they are known."""

    take: Waveform
    """At the listener's rate."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the reader made of a case."""

    case: Case
    together: Verdict
    """Heard among other takes."""

    final: Verdict
    """Heard alone, where it was rejected among others; else the same."""


class Planter:
    """Makes the cases of a plan, the same ones each time."""

    def __init__(self, booth: Booth, plan: Plan) -> None:
        self._booth = booth
        self._plan = plan
        self._spoken = [line.spoken for line in plan.lines]
        self._words: dict[tuple[Speaker, str], list[Word]] = {}

    async def make_clean(self, speaker: Speaker) -> list[Case]:
        """Every line as it should be."""
        takes = await asyncio.gather(*(self._speak(line.spoken, speaker) for line in self._plan.lines))
        return [
            Case(None, speaker, line, line.spoken, resample(take, LISTEN_RATE_HZ))
            for line, take in zip(self._plan.lines, takes, strict=True)
        ]

    async def make_faulty(self, speaker: Speaker, kinds: Sequence[str]) -> list[Case]:
        """Faults of these kinds in turn; no line comes twice among them, so that no two takes nearby say the same."""
        used: set[str] = set()
        made: dict[str, list[Case]] = {kind: [] for kind in kinds}
        for kind in kinds:
            for line in sorted(self._plan.lines, key=lambda line: rank(kind, str(speaker), line.text)):
                if len(made[kind]) < self._plan.n_each and line.text not in used:
                    case = await self._plant(kind, line, speaker)
                    if case is not None:
                        made[kind].append(case)
                        used.add(line.text)
        turns = range(self._plan.n_each)
        return [made[kind][turn] for turn in turns for kind in kinds if turn < len(made[kind])]

    async def _plant(self, kind: str, line: SpokenLine, speaker: Speaker) -> Case | None:
        rng = Random(rank("chance", kind, str(speaker), line.text))
        others = [other for other in self._spoken if other != line.spoken]
        said, take = line.spoken, None
        if kind in MISREADINGS:
            words = MISREADINGS[kind](line.spoken.split(), rng, others)
            if words is not None and words != line.spoken.split():
                said = " ".join(words)
                take = await self._speak(said, speaker)
        elif kind == SPEED_KIND:
            take = await self._speak(said, speaker, rng.choice(SPEEDS)) if len(said.split()) > 3 else None
        else:
            recording = await self._record(line.spoken, speaker, rng.choice(others))
            samples = DAMAGES[kind](recording, rng)
            take = None if samples is None else Waveform(samples, recording.rate_hz)
        if take is None or take.duration_s < _MIN_S:
            return None
        return Case(kind, speaker, line, said, resample(take, LISTEN_RATE_HZ))

    async def _record(self, spoken: str, speaker: Speaker, other: str) -> Recording:
        take = await self._speak(spoken, speaker)
        return Recording(take, await self._time_words(spoken, speaker), await self._speak(other, speaker))

    async def _speak(self, spoken: str, speaker: Speaker, speed: float = 1.0) -> Waveform:
        words = respell_for_voice(spoken)
        return await self._booth.speak(words, model=speaker.model, voice=speaker.voice, speed=speed)

    async def _time_words(self, spoken: str, speaker: Speaker) -> list[Word]:
        """When each word of a clean take is said; all lines of a speaker are timed at once, in packed windows."""
        if (speaker, spoken) not in self._words:
            takes = [resample(await self._speak(each, speaker), LISTEN_RATE_HZ) for each in self._spoken]
            for window in pack(takes):
                texts = [self._spoken[index] for index in window.indices]
                heard = await self._booth.transcribe(
                    join(window), model=Voicing("").listener, language="en", words=True, fallback=False
                )
                for text, words in zip(texts, assign(window, texts, list_words(heard)), strict=True):
                    self._words[speaker, text] = words
        return self._words[speaker, spoken]


async def measure(booth: Booth, plan: Plan) -> AsyncIterator[Outcome]:
    """Plant, hear and judge, one voice after the other; clean takes come first."""
    planter = Planter(booth, plan)
    for speaker in plan.speakers:
        clean = await planter.make_clean(speaker)
        voicing = await _learn_pace(booth, clean)
        async for outcome in _judge(booth, clean, voicing):
            yield outcome
        for start in range(0, len(plan.kinds), _KINDS_TOGETHER):
            kinds = plan.kinds[start : start + _KINDS_TOGETHER]
            async for outcome in _judge(booth, await planter.make_faulty(speaker, kinds), voicing):
                yield outcome
            print(f"{speaker}: {', '.join(kinds)}", file=sys.stderr, flush=True)


async def _learn_pace(booth: Booth, clean: Sequence[Case]) -> Voicing:
    """How takes of a voice are judged once a reading has heard enough of them to know its pace."""
    voicing = Voicing("")
    finals = [each.final async for each in _judge(booth, clean, voicing)]
    pace = estimate_pace(final.duration_ratio for final in finals if final.accepted)
    return replace(voicing, policy=replace(voicing.policy, pace=pace))


async def _judge(booth: Booth, cases: Sequence[Case], voicing: Voicing) -> AsyncIterator[Outcome]:
    """Judge as the reader does: in packed windows, and what is rejected there once more alone."""
    unheard = []
    for case in cases:
        # What is rejected however well it was heard needs no listening.
        verdict = judge(case.line.spoken, case.line.spoken, case.take, policy=voicing.policy)
        if verdict.accepted:
            unheard.append(case)
        else:
            yield Outcome(case, verdict, verdict)
    windows = pack([case.take for case in unheard])
    for judged in await asyncio.gather(*(_judge_window(booth, unheard, window, voicing) for window in windows)):
        for outcome in judged:
            yield outcome


async def _judge_window(booth: Booth, cases: Sequence[Case], window: Window, voicing: Voicing) -> list[Outcome]:
    verdicts = await hear(window, [cases[index].line.spoken for index in window.indices], booth, voicing)
    outcomes = []
    for index, verdict in zip(window.indices, verdicts, strict=True):
        case, final = cases[index], verdict
        if not verdict.accepted:
            (final,) = await hear(pack([case.take])[0], [case.line.spoken], booth, voicing)
        outcomes.append(Outcome(case, verdict, final))
    return outcomes
