"""A backend that needs nothing: instant and deterministic, with load time, run time, bytes and faults as told.

It lets anyone drive the whole server without weights. It speaks a soft tone for each sentence, also in voices cloned
from clips, and tells voices apart by their spectrum; it writes down a fixed sentence for any recording, goes on with a
conversation by saying the last turn once more, tells the size of a picture, and draws pictures of one colour.
"""

from __future__ import annotations

import dataclasses
import hashlib
import itertools
import json
import math
import os
import re
import secrets
import signal
import struct
import time
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np

from catwalk.audio.waveform import Waveform
from catwalk.backends.generation import StopFilter, count_room, refuse_images
from catwalk.errors import BackendFailed, InvalidRequest, LoadFailed, UnknownVoice
from catwalk.tasks import (
    CompleteOptions,
    Completion,
    Message,
    Progress,
    Segment,
    Task,
    TranscribeOptions,
    Transcription,
    VoiceInfo,
    VoiceRef,
    Word,
    drop_sounds,
)

RATE_HZ = 24_000
_TONE_HZ = 220.0
_LOUDNESS = 0.1
_CHARS_PER_S = 15.0  # of ordinary speech
_SENTENCE = re.compile(r"[^.!?]+[.!?]*")
_SIDE_PX = 256
_DRAWING_STEPS = 4
_TOKEN = re.compile(r"\s*\S+\s*$|\s*\S+|\s+$")
_VOICES = ("tone", "low")
_MIN_PITCH_HZ, _MAX_PITCH_HZ = 60.0, 4000.0
_N_BANDS = 48
_MIN_SAMPLES = 800
_FAULTS = ("", "load", "run", "late", "die", "die_on_load")


@dataclass(frozen=True, slots=True)
class _Options:
    load_s: float = 0.0
    """How long a load takes."""

    run_s: float = 0.0
    """How long one sentence, one transcription, or one step of a picture takes."""

    n_bytes: int = 0
    """Memory that it holds beside Python itself."""

    voice_bytes: int = 0
    """Memory that the latents of one voice take, from its first use on."""

    voice_s: float = 0.0
    """How long they take to compute."""

    chars_per_s: float = _CHARS_PER_S
    """How fast it speaks."""

    lanes: int = 1
    batch_size: int = 1
    voices: tuple[str, ...] = _VOICES
    fault: str = ""
    """``load``, ``run`` and (in mid-completion) ``late`` raise; ``die`` and ``die_on_load`` end the process."""

    heard: str = "This is what a fake hears."
    seen: str | None = None
    """What it says of every picture; its size when left out."""

    said: str | None = None
    """What it answers in a conversation; the last turn once more when None."""

    n_ctx: int = 4096
    """Words that a conversation and its answer may have together."""


class Fake:
    """Tones for words."""

    tasks: ClassVar[frozenset[Task]] = frozenset(Task)
    requires: ClassVar[tuple[str, ...]] = ()

    def __init__(self, options: _Options) -> None:
        self.lanes = options.lanes
        self.batch_size = options.batch_size
        self._options = options
        self._ballast = np.ones(options.n_bytes, np.uint8)  # ones: zeros would cost no memory until written
        self._latents: dict[str, np.ndarray[Any, np.dtype[np.uint8]]] = {}
        self._pitches_hz: dict[str, float] = {}
        """Of cloned voices, from their latents."""

    @classmethod
    def load(cls, weights: Path | None, options: Mapping[str, Any]) -> Self:
        """See :class:`catwalk.tasks.Backend`; ``weights`` are not looked at."""
        del weights
        try:
            parsed = _Options(**options)
        except TypeError as error:
            raise InvalidRequest(f"fake knows the options {', '.join(_Options.__slots__)}: {error}") from error
        if parsed.fault not in _FAULTS:
            raise InvalidRequest(f"fake knows the faults {', '.join(_FAULTS[1:])}, not {parsed.fault!r}")
        parsed = dataclasses.replace(parsed, voices=tuple(parsed.voices))
        time.sleep(parsed.load_s)
        if parsed.fault == "load":
            raise LoadFailed("this fake was told to fail its load")
        if parsed.fault == "die_on_load":
            os.kill(os.getpid(), signal.SIGKILL)
        return cls(parsed)

    @classmethod
    def expect_bytes(cls, options: Mapping[str, Any]) -> int:
        """See :class:`catwalk.tasks.Foreseeing`."""
        n_bytes = options.get("n_bytes")
        return n_bytes if isinstance(n_bytes, int) else 0

    @classmethod
    def expect_latents_bytes(cls, options: Mapping[str, Any]) -> int:
        """See :class:`catwalk.tasks.Foreseeing`."""
        n_bytes = options.get("voice_bytes")
        return n_bytes if isinstance(n_bytes, int) else 0

    def warm_up(self) -> None:
        """See :class:`catwalk.tasks.Backend`."""

    def voices(self) -> list[VoiceInfo]:
        """See :class:`catwalk.tasks.Backend`."""
        return _describe(self._options.voices)

    @classmethod
    def preset_voices(cls, weights: Path | None, options: Mapping[str, Any]) -> list[VoiceInfo]:
        """See :class:`catwalk.tasks.Presetting`."""
        del weights
        return _describe(options.get("voices", _VOICES))

    def compute_latents(self, clips: tuple[Waveform, ...]) -> bytes:
        """See :class:`catwalk.tasks.Cloning`: the pitch of its tone, that of the clips' loudest partial."""
        time.sleep(self._options.voice_s)
        samples = np.concatenate([clip.samples for clip in clips])
        hz = np.fft.rfftfreq(len(samples), 1 / clips[0].rate_hz)
        power = np.abs(np.fft.rfft(samples)) * ((hz > _MIN_PITCH_HZ) & (hz < _MAX_PITCH_HZ))
        return json.dumps({"pitch_hz": max(_MIN_PITCH_HZ, float(hz[np.argmax(power)]))}).encode()

    def synthesize(self, text: str, *, voice: VoiceRef, speed: float = 1.0) -> Iterator[Waveform]:
        """See :class:`catwalk.tasks.Synthesizer`: a tone as long as the sentence would take to say."""
        pitch_hz = self._choose_pitch(voice)
        for sentence in _SENTENCE.findall(drop_sounds(text)):
            self._work()
            yield _tone(pitch_hz, len(sentence) / self._options.chars_per_s / speed)

    def _choose_pitch(self, voice: VoiceRef) -> float:
        if voice.latents is None and voice.name not in self._options.voices:
            raise UnknownVoice(
                f"fake speaks as {', '.join(self._options.voices)}, not as {voice.name!r}", param="voice"
            )
        if self._options.voice_bytes and voice.name not in self._latents:
            time.sleep(0.0 if voice.latents else self._options.voice_s)
            self._latents[voice.name] = np.ones(self._options.voice_bytes, np.uint8)
        if voice.latents is None:
            return _TONE_HZ / (1 + self._options.voices.index(voice.name))
        if voice.name not in self._pitches_hz:
            self._pitches_hz[voice.name] = float(json.loads(voice.latents.read_text())["pitch_hz"])
        return self._pitches_hz[voice.name]

    def latents(self) -> dict[str, int]:
        """See :class:`catwalk.tasks.LatentsHolding`."""
        return {voice: held.nbytes for voice, held in list(self._latents.items())}

    def drop_latents(self, voice: str) -> None:
        """See :class:`catwalk.tasks.LatentsHolding`."""
        self._latents.pop(voice, None)
        self._pitches_hz.pop(voice, None)

    def run_batch(self, method: str, calls: Sequence[Mapping[str, Any]]) -> Iterator[tuple[int, Any]]:
        """See :class:`catwalk.tasks.Batching`: a step of all calls takes as long as one of a single call."""
        if method != "synthesize":
            for index, call in enumerate(calls):
                yield from self._run_alone(method, index, call)
            return
        steps: list[Iterator[Waveform | UnknownVoice]] = [self._speak(**call) for call in calls]
        for parts in itertools.zip_longest(*steps):
            self._work()
            yield from ((index, part) for index, part in enumerate(parts) if part is not None)

    def _run_alone(self, method: str, index: int, call: Mapping[str, Any]) -> Iterator[tuple[int, Any]]:
        try:
            answer = getattr(self, method)(**call)
            yield from ((index, part) for part in (answer if isinstance(answer, Iterator) else (answer,)))
        except InvalidRequest as error:
            yield index, error

    def _speak(self, text: str, *, voice: VoiceRef, speed: float = 1.0) -> Iterator[Waveform | UnknownVoice]:
        try:
            pitch_hz = self._choose_pitch(voice)
        except UnknownVoice as error:
            yield error
            return
        for sentence in _SENTENCE.findall(drop_sounds(text)):
            yield _tone(pitch_hz, len(sentence) / self._options.chars_per_s / speed)

    def transcribe(self, waveform: Waveform, *, options: TranscribeOptions) -> Iterator[Segment | Transcription]:
        """See :class:`catwalk.tasks.Transcriber`: always the same sentence."""
        self._work()
        words = tuple(_spread(self._options.heard, waveform.duration_s)) if options.words else ()
        segment = Segment(self._options.heard, 0.0, waveform.duration_s, words=words)
        yield segment
        yield Transcription(self._options.heard, options.language or "en", waveform.duration_s, (segment,))

    def caption(self, image: bytes, *, prompt: str | None = None) -> str:
        """See :class:`catwalk.tasks.Captioner`: the size of the picture, after the prompt."""
        self._work()
        from catwalk.picture import decode_picture  # noqa: PLC0415 - Pillow; an environment for speech lacks it

        picture = decode_picture(image)
        lead = f"{prompt} " if prompt else ""
        return self._options.seen or f"{lead}a picture of {picture.width} by {picture.height} pixels"

    def illustrate(
        self, prompt: str, *, width: int | None = None, height: int | None = None, seed: int | None = None
    ) -> Iterator[Progress | bytes]:
        """See :class:`catwalk.tasks.Illustrator`: one colour, which prompt and seed decide, in a few steps."""
        colour = hashlib.sha256(f"{prompt}\0{secrets.randbits(32) if seed is None else seed}".encode()).digest()[:3]
        for step in range(_DRAWING_STEPS):
            self._work()
            yield Progress(step + 1, _DRAWING_STEPS)
        yield _paint(width or _SIDE_PX, height or _SIDE_PX, colour)

    def complete(self, messages: tuple[Message, ...], *, options: CompleteOptions) -> Iterator[str | Completion]:
        """See :class:`catwalk.tasks.Completer`: the last turn once more, word by word, as JSON if asked."""
        refuse_images(messages, "fake")
        n_prompt = sum(len(message.text.split()) for message in messages)
        room = count_room(n_prompt, self._options.n_ctx, options.max_tokens)
        answer = messages[-1].text if self._options.said is None else self._options.said
        if options.json:
            answer = json.dumps({"said": answer}, ensure_ascii=False)
        tokens = _TOKEN.findall(answer)
        filtering = StopFilter(options.stop)
        n_tokens = 0
        for token in tokens[:room]:
            self._work()
            n_tokens += 1
            if self._options.fault == "late" and n_tokens > 1:
                raise BackendFailed("this fake was told to fail in the middle")
            if piece := filtering.feed(token):
                yield piece
            if filtering.stopped:
                break
        if rest := filtering.close():
            yield rest
        reason = "stop" if filtering.stopped or n_tokens == len(tokens) else "length"
        yield Completion(filtering.text, reason, n_prompt, n_tokens)

    def embed_speaker(self, waveform: Waveform) -> tuple[float, ...]:
        """See :class:`catwalk.tasks.SpeakerEncoder`: how the power lies over ``_N_BANDS`` bands, loudness aside."""
        self._work()
        if len(waveform.samples) < _MIN_SAMPLES:
            raise InvalidRequest(f"fake tells no voice from less than {_MIN_SAMPLES} samples", param="file")
        power = np.abs(np.fft.rfft(waveform.samples)) ** 2
        hz = np.fft.rfftfreq(len(waveform.samples), 1 / waveform.rate_hz)
        edges_hz = np.geomspace(_MIN_PITCH_HZ, _MAX_PITCH_HZ, _N_BANDS + 1)
        bands = np.histogram(hz, edges_hz, weights=power)[0] ** 0.5
        return tuple(float(value) for value in bands / max(1e-12, float(np.linalg.norm(bands))))

    def _work(self) -> None:
        if self._options.fault == "die":
            os.kill(os.getpid(), signal.SIGKILL)
        if self._options.fault == "run":
            raise BackendFailed("this fake was told to fail when it runs")
        if self._options.run_s:
            time.sleep(self._options.run_s)


def _paint(width: int, height: int, colour: bytes) -> bytes:
    """A PNG of one colour (PNG specification, third edition: one row filter byte, then the pixels)."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    rows = zlib.compress((b"\0" + colour * width) * height)
    chunks = ((b"IHDR", header), (b"IDAT", rows), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body)) for name, body in chunks
    )


def _describe(voices: Sequence[str]) -> list[VoiceInfo]:
    return [VoiceInfo(name, "en", "a tone") for name in voices]


def _tone(pitch_hz: float, duration_s: float) -> Waveform:
    times_s = np.arange(round(duration_s * RATE_HZ)) / RATE_HZ
    return Waveform((_LOUDNESS * np.sin(2 * math.pi * pitch_hz * times_s)).astype(np.float32), RATE_HZ)


def _spread(text: str, duration_s: float) -> Iterator[Word]:
    words = text.split()
    step_s = duration_s / len(words)
    for index, word in enumerate(words):
        yield Word(word, index * step_s, (index + 1) * step_s, 1.0)
