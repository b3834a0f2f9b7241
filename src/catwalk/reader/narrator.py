"""Speaks every line through the client, listens to every take, and speaks again what came out wrong.

Takes flow from the voice to the listener through a buffer: while the voice speaks the next lines, what is spoken is
packed into whisper's windows, heard, and judged. A take that is rejected in company is heard once more alone; then
the line is spoken again in other ways, and the best take is kept. What stays bad is flagged, never dropped.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from pathlib import Path
from typing import Any

from catwalk.audio.codec import AudioFormat, encode
from catwalk.audio.decoder import decode
from catwalk.audio.resample import resample
from catwalk.audio.waveform import Waveform
from catwalk.client import Client
from catwalk.errors import CatwalkError, ServerAnswered
from catwalk.library.takes import StoredTake, TakeKey, Takes
from catwalk.reader.doubts import Doubt, choose_likely, list_candidates
from catwalk.reader.pace import estimate_pace, measure_pace
from catwalk.reader.pronounce import respell_for_voice
from catwalk.reader.script import Line, LineKind, Script
from catwalk.reader.sentences import split_clauses
from catwalk.reader.speaker import SpeakerCheck
from catwalk.reader.timing import time_words
from catwalk.reader.verify import Verdict, VerifyPolicy, judge
from catwalk.reader.windows import WINDOW_S, Window, assign, join, list_words, pack
from catwalk.tasks import Transcription

log = logging.getLogger("catwalk.reader")

Advance = Callable[[int, int, int], None]
"""Called with lines done, lines in all, lines flagged."""

HandOver = Callable[[Line, StoredTake], Awaitable[None]]
"""Called with every line and its take, as soon as there is one; lines that say the same have the same take."""

LISTEN_RATE_HZ = 16_000
_N_SPEAKING = 4
"""Requests to the voice at once; the server queues what it cannot run."""

_N_LISTENING = 8
"""Windows at the listener at once: as many as whisper's two lanes hear, three together in each, and two that wait."""

_MAX_UNHEARD = 48
"""Takes that wait for the listener; more would only fill memory."""

_CLAUSE_PAUSE_S = 0.12
_BATCH_SIZE = 64


@dataclass(frozen=True, slots=True)
class Voicing:
    """Who speaks and who listens."""

    model: str
    voice: str | None = None
    speed: float = 1.0
    listener: str = "faster_whisper"
    language: str = "en"
    """ISO 639-1 code of what is read."""

    max_retries: int = 3
    """How often the voice speaks a rejected line again."""

    understudy: str | None = None
    """Model that speaks a line, in its default voice, which the voice never got right; None for none."""

    policy: VerifyPolicy = field(default_factory=VerifyPolicy)
    quote_voice: str | None = None
    """Speaks block quotes; None for the same voice."""

    encoder: str | None = None
    """Model that tells speakers apart, and so a take that sounds like somebody else; None for none."""

    made_of: tuple[tuple[str, str], ...] = ()
    """Voices that were made from clips, each with a hash of all that it is made of: another voice may have the name
    tomorrow. :func:`narrate` finds it out."""

    def choose_voice(self, line: Line) -> str | None:
        """The voice that speaks the line; None for the model's default."""
        return self.quote_voice or self.voice if line.kind is LineKind.QUOTE else self.voice

    def key(self, line: Line) -> TakeKey:
        """What the line's take is kept under."""
        return TakeKey(respell_for_voice(line.spoken), self.model, self.identify(self.choose_voice(line)), self.speed)

    def identify(self, voice: str | None) -> str:
        """A voice's name, with what it is made of where that may change."""
        made_of = dict(self.made_of).get(voice or "")
        return f"{voice}@{made_of}" if made_of else voice or ""


@dataclass(frozen=True, slots=True)
class Narration:
    """Every spoken line's take."""

    takes: dict[str, StoredTake]
    """By line id."""

    n_recorded: int
    """Recordings made now, retries included."""

    n_reused: int
    """Lines whose take was there already."""


async def narrate(
    script: Script,
    client: Client,
    takes: Takes,
    voicing: Voicing,
    advance: Advance,
    hand_over: HandOver | None = None,
    *,
    settled: Collection[str] = (),
) -> Narration:
    """Have a checked take of every line that is spoken.

    Lines that say the same are spoken once. Every finished take is kept at once, so that an interruption loses only
    what is in hand, and handed over where somebody wants it. A narration that goes on after an interruption hears its
    takes in the same company as one that was never interrupted, and measures them by the same pace, so that the same
    takes come out.

    Args:
        script: What is read, whole.
        client: Of the server with the voice and the listener.
        takes: Where they are kept.
        voicing: Who speaks and who listens.
        advance: Told how far it is.
        hand_over: Told of every take.
        settled: Ids of lines that are not spoken, because somebody has a take of them.

    Raises:
        CatwalkError: the voice or the listener cannot go on; finished takes are kept.
    """
    voicing = await _look_up_voices(client, voicing)
    lines = [line for line in script.lines if line.kind is not LineKind.PAUSE]
    found = {line.id: take for line in lines if line.id not in settled and (take := takes.find(voicing.key(line)))}
    missing: dict[TakeKey, list[Line]] = {}
    runs: list[list[Line]] = [[]]
    for line in lines:
        if line.id in found or line.id in settled:
            runs.append([])
            continue
        alike = missing.setdefault(voicing.key(line), [])
        alike.append(line)
        if len(alike) == 1:
            runs[-1].append(line)

    async def hand_on(key: TakeKey, take: StoredTake) -> None:
        if hand_over:
            for line in missing[key]:
                await hand_over(line, take)

    if hand_over:
        for line in lines:
            if line.id in found:
                await hand_over(line, found[line.id])
    n_flagged = _count_flagged(found.values())
    session = _Session(client, takes, voicing, advance, hand_on, n_total=len(lines), n_flagged=n_flagged)
    session.speakers = SpeakerCheck(client, voicing.encoder) if voicing.encoder else None
    session.n_done = len(lines) - len(missing)
    session.report()
    made = await session.record([run for run in runs if run])
    return Narration(
        takes={line.id: found.get(line.id) or made[voicing.key(line)] for line in lines if line.id not in settled},
        n_recorded=session.n_recorded,
        n_reused=len(found),
    )


async def _look_up_voices(client: Client, voicing: Voicing) -> Voicing:
    made_of = []
    for name in {voicing.voice, voicing.quote_voice} - {None, ""}:
        voice = await client.find_voice(str(name))
        if voice is not None and voice.get("clips"):
            parts = [[clip["sha256"] for clip in voice["clips"]], voice["blends"]]
            made_of.append((str(name), hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:16]))
    return replace(voicing, made_of=tuple(made_of))


def _count_flagged(takes: Any) -> int:
    return sum(not take.verdict["accepted"] for take in takes)


@dataclass(frozen=True, slots=True)
class Way:
    """One way to speak a line."""

    speed: float = 1.0
    """Beside the reading's own; a slower way takes longer."""

    in_clauses: bool = False
    """Whether clauses are spoken one by one and joined."""

    respelled: bool = True
    """Whether words that voices misread are respelled for them."""

    model: str | None = None
    """Another model, in its default voice; None for the reading's own."""


def list_ways(spoken: str, voicing: Voicing) -> list[Way]:
    """How a rejected line is spoken again: each changes what comes out, which the same request would not."""
    ways = [Way(speed=0.92), Way(in_clauses=True), Way(speed=0.85, in_clauses=True)]
    if respell_for_voice(spoken) != spoken:
        ways.insert(1, Way(respelled=False))
    del ways[voicing.max_retries :]
    return ways if voicing.understudy in {None, voicing.model} else [*ways, Way(model=voicing.understudy)]


@dataclass(frozen=True, slots=True)
class _Recording:
    """A line as it was just spoken."""

    line: Line
    waveform: Waveform
    """As the voice gave it."""

    heard_as: Waveform
    """The same at the listener's rate."""

    way: Way = Way()
    n_attempts: int = 1

    begins_run: bool = False
    """Whether the line before it has a take already; what is spoken before the gap is not heard together with it."""


@dataclass(slots=True)
class _Session:
    """One run over the lines that have no take yet."""

    client: Client
    takes: Takes
    voicing: Voicing
    advance: Advance
    hand_on: Callable[[TakeKey, StoredTake], Awaitable[None]]
    n_total: int
    n_flagged: int = 0
    n_done: int = 0
    n_recorded: int = 0
    made: dict[TakeKey, StoredTake] = field(default_factory=dict)
    speakers: SpeakerCheck | None = None
    pace: asyncio.Future[float | None] = field(default_factory=lambda: asyncio.get_running_loop().create_future())
    """Of the voice, once enough has been spoken; nothing is judged before, so that all of it is judged alike."""

    def report(self) -> None:
        self.advance(self.n_done, self.n_total, self.n_flagged)

    async def record(self, runs: Sequence[Sequence[Line]]) -> dict[TakeKey, StoredTake]:
        unheard: asyncio.Queue[_Recording | None] = asyncio.Queue(_MAX_UNHEARD)
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._speak_all(runs, unheard))
                group.create_task(self._listen_all(unheard, group))
        except* CatwalkError as failures:
            raise _first(failures) from failures
        return self.made

    async def _speak_all(self, runs: Sequence[Sequence[Line]], unheard: asyncio.Queue[_Recording | None]) -> None:
        """Speak in order, several at once, and hand over in order, so that the same windows come out each time."""
        speaking: asyncio.Queue[tuple[asyncio.Task[_Recording], bool] | None] = asyncio.Queue(_N_SPEAKING - 1)

        async def hand_over() -> None:
            pace = _VoicePace(self.takes, self.voicing)
            while (item := await speaking.get()) is not None:
                recording = replace(await item[0], begins_run=item[1])
                if not self.pace.done() and await asyncio.to_thread(pace.is_known, recording):
                    self.pace.set_result(pace.value)
                await unheard.put(recording)
            if not self.pace.done():
                self.pace.set_result(None)
            await unheard.put(None)

        async with asyncio.TaskGroup() as group:
            group.create_task(hand_over())
            for run in runs:
                for line in run:
                    await speaking.put((group.create_task(self._speak(line)), line is run[0]))
            await speaking.put(None)

    async def _speak(self, line: Line, way: Way = Way()) -> _Recording:
        waveform = await speak_line(line, self.client, self.voicing, way)
        self.n_recorded += 1
        return _Recording(line, waveform, await asyncio.to_thread(resample, waveform, LISTEN_RATE_HZ), way)

    async def _find_policy(self, way: Way = Way()) -> VerifyPolicy:
        """What is forgiven, lengths by the voice's pace where enough was spoken to tell it."""
        policy = self.voicing.policy
        pace = None if way.model else policy.pace or await self.pace
        return replace(policy, pace=pace and pace / way.speed)

    async def _listen_all(self, unheard: asyncio.Queue[_Recording | None], group: asyncio.TaskGroup) -> None:
        """Pack what is spoken into windows as it comes; the last ones go when there is nothing left to wait for."""
        free = asyncio.Semaphore(_N_LISTENING)
        waiting: list[_Recording] = []
        while (recording := await unheard.get()) is not None:
            windows = pack([each.heard_as for each in (*waiting, recording)])
            # A window is as full as it gets once another one has begun.
            if waiting and (recording.begins_run or len(windows) > 1):
                await free.acquire()
                group.create_task(self._hear_window(pack([each.heard_as for each in waiting])[0], waiting, free))
                waiting = []
            waiting.append(recording)
        if waiting:
            await free.acquire()
            group.create_task(self._hear_window(pack([each.heard_as for each in waiting])[0], waiting, free))

    async def _hear_window(self, window: Window, spoken: Sequence[_Recording], free: asyncio.Semaphore) -> None:
        recordings = [spoken[index] for index in window.indices]
        try:
            heard = await transcribe_window(window, self.client, self.voicing)
        finally:
            free.release()
        texts = [each.line.spoken for each in recordings]
        verdicts = await asyncio.to_thread(_judge_all, window, texts, heard, await self._find_policy())
        verdicts = await self._check_speakers(recordings, verdicts)
        for recording, verdict in zip(recordings, verdicts, strict=True):
            if verdict.accepted:
                await self._keep(recording, verdict)
            else:
                await self._mend(recording, verdict)

    async def _mend(self, recording: _Recording, verdict: Verdict) -> None:
        """Hear a take alone that was rejected in company; then speak the line again, each time in another way.

        The best is kept.
        """
        best = (await self._hear_alone(recording) if verdict.may_be_misheard else verdict, recording)
        for attempt, way in enumerate(list_ways(recording.line.spoken, self.voicing), 2):
            if best[0].accepted:
                break
            try:
                retry = replace(await self._speak(recording.line, way), n_attempts=attempt)
            except ServerAnswered as error:
                if way.model is None or error.status == HTTPStatus.SERVICE_UNAVAILABLE:
                    raise
                log.warning("%s cannot stand in for %s: %s", way.model, self.voicing.model, error)
                break
            judged = await self._hear_alone(retry)
            if judged.score > best[0].score:
                best = (judged, retry)
        await self._keep(best[1], best[0])

    async def _hear_alone(self, recording: _Recording) -> Verdict:
        (window,) = pack([recording.heard_as])
        voicing = replace(self.voicing, policy=await self._find_policy(recording.way))
        verdicts = await hear(window, [recording.line.spoken], self.client, voicing)
        (verdict,) = await self._check_speakers([recording], verdicts)
        return verdict

    async def _check_speakers(self, recordings: Sequence[_Recording], verdicts: list[Verdict]) -> list[Verdict]:
        if self.speakers is None:
            return verdicts
        # Another model's default voice is another speaker, on purpose.
        voices = [None if each.way.model else self.voicing.choose_voice(each.line) or "" for each in recordings]
        return await self.speakers.look(voices, [each.heard_as for each in recordings], verdicts)

    async def _keep(self, recording: _Recording, verdict: Verdict) -> None:
        flac = await asyncio.to_thread(encode, recording.waveform, AudioFormat.FLAC)
        line, key = recording.line, self.voicing.key(recording.line)
        words = await asyncio.to_thread(time_words, line.text, line.spoken, recording.heard_as)
        spoken_by = recording.way.model
        take = self.takes.keep(key, flac, verdict.to_json(), recording.n_attempts, words, spoken_by)
        self.made[key] = take
        await self.hand_on(key, take)
        self.n_done += 1
        self.n_flagged += not verdict.accepted
        self.report()


@dataclass(slots=True)
class _VoicePace:
    """A voice's pace: the one that was kept when it first spoke, else from the lines that it speaks first."""

    takes: Takes
    voicing: Voicing
    value: float | None = None
    ratios: list[float] = field(default_factory=list)
    """How much longer than expected each take is."""

    def is_known(self, recording: _Recording) -> bool:
        """Whether it is, now that the voice has spoken one more line."""
        own = self.voicing
        self.value = self.takes.find_pace(own.model, own.identify(own.voice), own.speed)
        if self.value is None and (ratio := measure_pace(recording.line.spoken, recording.heard_as)):
            self.ratios.append(ratio)
            if pace := estimate_pace(self.ratios):
                self.value = self.takes.keep_pace(own.model, own.identify(own.voice), own.speed, pace)
        return self.value is not None


async def speak_line(line: Line, client: Client, voicing: Voicing, way: Way = Way()) -> Waveform:
    """A line as the voice says it in one way, unchecked.

    Raises:
        CatwalkError: the voice cannot go on.
    """
    words = respell_for_voice(line.spoken) if way.respelled else line.spoken
    texts = split_clauses(words, max(20, len(words) // 2)) if way.in_clauses else [words]
    model, voice = way.model or voicing.model, None if way.model else voicing.choose_voice(line)
    speed = _bound(voicing.speed * way.speed)
    parts = [await client.speak(text, model=model, voice=voice, speed=speed) for text in texts]
    pause = Waveform.silence(_CLAUSE_PAUSE_S, parts[0].rate_hz)
    return Waveform.join([piece for part in parts for piece in (part, pause)][:-1])


def _bound(speed: float) -> float:
    return min(2.0, max(0.5, speed))


def _first(failures: BaseExceptionGroup[CatwalkError]) -> CatwalkError:
    first = failures.exceptions[0]
    return _first(first) if isinstance(first, BaseExceptionGroup) else first


async def hear(window: Window, texts: Sequence[str], client: Client, voicing: Voicing) -> list[Verdict]:
    """Have a window transcribed and judge each take in it against its text, in the order of ``texts``.

    Of a take that is alone the listener is also asked how likely the words are that it did not hear.
    """
    heard = await transcribe_window(window, client, voicing)
    verdicts = await asyncio.to_thread(_judge_all, window, texts, heard, voicing.policy)
    recording = join(window)
    if len(verdicts) > 1 or not (doubts := verdicts[0].doubts) or recording.duration_s > WINDOW_S:
        return verdicts
    weighed = await client.transcribe(
        recording, model=voicing.listener, language=voicing.language, candidates=list_candidates(doubts)
    )
    likely = choose_likely(doubts, weighed.weights)
    return await asyncio.to_thread(_judge_all, window, texts, heard, voicing.policy, likely) if likely else verdicts


async def transcribe_window(window: Window, client: Client, voicing: Voicing) -> Transcription:
    """What the listener hears in a window; only a take that is alone may be heard a second time by fallback."""
    alone = len(window.takes) == 1
    return await client.transcribe(join(window), model=voicing.listener, language=voicing.language, fallback=alone)


def _judge_all(
    window: Window, texts: Sequence[str], heard: Transcription, policy: VerifyPolicy, likely: Collection[Doubt] = ()
) -> list[Verdict]:
    words = assign(window, texts, list_words(heard))
    return [
        judge(text, said, take, policy=policy, likely=likely)
        for text, said, take in zip(texts, words, window.takes, strict=True)
    ]


# --- recordings that somebody made


@dataclass(frozen=True, slots=True)
class Claim:
    """A recording, and what it is said to say."""

    file: Path
    text: str


async def check_recordings(
    claims: Sequence[Claim], client: Client, listener: str, *, language: str = "en"
) -> AsyncIterator[tuple[Claim, dict[str, Any]]]:
    """Judge recordings against their texts, in order; an unreadable file has ``error`` in place of a verdict."""
    voicing = Voicing(model="", listener=listener, language=language)
    for start in range(0, len(claims), _BATCH_SIZE):
        batch = claims[start : start + _BATCH_SIZE]
        answers = await _check_batch(batch, client, voicing)
        for claim, answer in zip(batch, answers, strict=True):
            yield claim, answer


async def _check_batch(claims: Sequence[Claim], client: Client, voicing: Voicing) -> list[dict[str, Any]]:
    answers: dict[int, dict[str, Any]] = {}
    readable: list[tuple[int, Waveform]] = []
    for index, claim in enumerate(claims):
        try:
            readable.append((index, await asyncio.to_thread(decode, claim.file, rate_hz=LISTEN_RATE_HZ)))
        except CatwalkError as error:
            answers[index] = {"accepted": False, **error.to_body()}
    for window in pack([waveform for _, waveform in readable]):
        indices = [readable[place][0] for place in window.indices]
        texts = [claims[index].text for index in indices]
        verdicts = await hear(window, texts, client, voicing)
        for index, text, take, verdict in zip(indices, texts, window.takes, verdicts, strict=True):
            answers[index] = verdict.to_json()
            if not verdict.accepted and len(window.takes) > 1:
                (alone,) = await hear(pack([take])[0], [text], client, voicing)
                answers[index] = alone.to_json()
    return [answers[index] for index in range(len(claims))]
