"""The contracts between the server and its backends: what a model can do, and what comes back.

A backend is one class in one file that implements :class:`Backend` and one or more of the task protocols. The pool
makes at most ``lanes`` calls of a backend at a time, each from a thread of its own inside the worker process.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, ClassVar, Protocol, Self, runtime_checkable

from catwalk.audio.waveform import Waveform

MAX_TEXT_CHARS = 4096
"""Longest text of one synthesis, as in OpenAI's API."""


CALLER_HAS_LEFT: ContextVar[Callable[[], bool]] = ContextVar("CALLER_HAS_LEFT", default=lambda: False)
"""Set around every call; what it holds says whether the call was withdrawn.

A backend whose parts take long may ask between the steps of one, and end it by raising
:class:`~catwalk.errors.Cancelled`; the others are closed between two parts. Set in the thread that makes the call.
"""


class Task(StrEnum):
    """What a model can do; the value is the verb."""

    TRANSCRIBE = "transcribe"
    SYNTHESIZE = "synthesize"
    CAPTION = "caption"
    COMPLETE = "complete"
    ILLUSTRATE = "illustrate"
    EMBED_SPEAKER = "embed_speaker"


@dataclass(frozen=True, slots=True)
class VoiceRef:
    """The voice that a request asks for."""

    name: str
    """A voice of the model, or a blend such as ``af_heart(2)+am_michael(1)`` where the backend can blend."""

    latents: Path | None = None
    """File of what this backend computed from a cloned voice's clips; None for the model's own voices."""


@dataclass(frozen=True, slots=True)
class VoiceInfo:
    """A voice that a loaded model can speak in."""

    name: str
    language: str
    """BCP 47 tag."""

    description: str = ""
    """For people: gender, accent, origin."""


@dataclass(frozen=True, slots=True)
class Word:
    """One word that was heard, and when."""

    text: str
    """As heard, with punctuation, without surrounding spaces."""

    start_s: float
    end_s: float
    probability: float
    """The model's own confidence, 0 to 1."""


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of speech, about a sentence."""

    text: str
    start_s: float
    end_s: float
    avg_logprob: float = 0.0
    """Mean log probability of the tokens."""

    no_speech_prob: float = 0.0
    """Probability that nobody speaks, 0 to 1."""

    compression_ratio: float = 1.0
    """Bytes of the text per byte compressed; above 2.4 it repeats itself (openai/whisper, ``transcribe.py``)."""

    temperature: float = 0.0
    """Sampling temperature that gave this text."""

    words: tuple[Word, ...] = ()
    """Empty unless asked for."""


@dataclass(frozen=True, slots=True)
class Transcription:
    """What was heard in a recording."""

    text: str
    language: str
    """ISO 639-1 code."""

    duration_s: float
    """Length of the recording."""

    segments: tuple[Segment, ...] = ()


@dataclass(frozen=True, slots=True)
class TranscribeOptions:
    """How to listen."""

    language: str | None = None
    """ISO 639-1 code; None lets the model find out."""

    prompt: str | None = None
    """Text that came before, or names to expect."""

    words: bool = False
    """Whether to time every word."""

    temperature: float = 0.0
    """Sampling temperature, 0 to 1; 0 lets the backend fall back to higher ones when it hears itself repeat."""

    fallback: bool = True
    """Whether that fallback is allowed at all."""


@dataclass(frozen=True, slots=True)
class Message:
    """One turn of a conversation."""

    role: str
    """``system``, ``user`` or ``assistant``."""

    text: str
    images: tuple[bytes, ...] = field(default=())
    """Encoded images that belong to the turn."""


@runtime_checkable
class Backend(Protocol):
    """A loaded model of one family."""

    tasks: ClassVar[frozenset[Task]]
    """What models of this family can do."""

    requires: ClassVar[tuple[str, ...]]
    """Import names that must be found before a load makes sense; probed without importing them."""

    lanes: int
    """Calls that may run at once; more than 1 only where the library is safe to call from several threads."""

    @classmethod
    def load(cls, weights: Path | None, options: Mapping[str, Any]) -> Self:
        """Bring a model into memory; heavy imports happen here.

        Args:
            weights: Folder with the spec's weights; None for a backend that carries its own.
            options: The spec's options; unknown names are an error.

        Raises:
            LoadFailed: the model cannot be loaded; the cause is chained.
            InvalidRequest: an option is unknown or out of range.
        """
        ...

    def warm_up(self) -> None:
        """Run one tiny inference, so that the first request does not pay for what the library puts off."""
        ...

    def voices(self) -> list[VoiceInfo]:
        """Voices of this model, best first; empty for a model that does not speak."""
        ...


@runtime_checkable
class Batching(Protocol):
    """A backend that can run several calls of one method and voice together, in less time than one after another."""

    batch_size: int
    """Calls that it takes at once."""

    def run_batch(self, method: str, calls: Sequence[Mapping[str, Any]]) -> Iterator[tuple[int, Any]]:
        """Run calls together.

        Args:
            method: A task method of this backend.
            calls: Arguments of each call, at most ``batch_size``.

        Yields:
            (index of the call, part of its answer), the parts of one call in order. A call that cannot be run yields
            its :class:`~catwalk.errors.CatwalkError` in place of parts; what is raised fails all of them.
        """
        ...


@runtime_checkable
class Foreseeing(Protocol):
    """A backend that knows before a load what a model will take beyond its weights, such as a cache of a given size."""

    @classmethod
    def expect_bytes(cls, options: Mapping[str, Any]) -> int:
        """Bytes that a model with these options takes beyond the process and the weights; imports nothing."""
        ...

    @classmethod
    def expect_latents_bytes(cls, options: Mapping[str, Any]) -> int:
        """Bytes that the latents of one voice take; 0 where it keeps none."""
        ...


@runtime_checkable
class LatentsHolding(Protocol):
    """A backend that keeps what it computed of a voice in memory, once it was asked for."""

    def latents(self) -> dict[str, int]:
        """Bytes of the latents that it holds, by voice."""
        ...

    def drop_latents(self, voice: str) -> None:
        """Forget a voice's latents; called while no call uses them, from another thread than calls."""
        ...


@runtime_checkable
class Cloning(Protocol):
    """A text-to-speech backend that can speak in a voice made from recordings."""

    def compute_latents(self, clips: tuple[Waveform, ...]) -> bytes:
        """What this model makes of a voice's clips: the content of the file that ``VoiceRef.latents`` names later.

        Args:
            clips: Recordings of one speaker, of any rate, trimmed and of even loudness.

        Raises:
            BackendFailed: the model raised; the cause is chained.
        """
        ...


@runtime_checkable
class Presetting(Protocol):
    """A text-to-speech backend that can name a model's own voices before it is loaded."""

    @classmethod
    def preset_voices(cls, weights: Path | None, options: Mapping[str, Any]) -> list[VoiceInfo]:
        """Voices that a model with these weights will have, best first; imports and fetches nothing.

        Args:
            weights: Where they lie; None while they are not on this disk, or for a backend that carries its own.
            options: The spec's options.

        Returns:
            Empty where that cannot be told yet.
        """
        ...


class Synthesizer(Protocol):
    """A loaded text-to-speech model."""

    def synthesize(self, text: str, *, voice: VoiceRef, speed: float = 1.0) -> Iterator[Waveform]:
        """Speak ``text``, one waveform per sentence, in order.

        Lazy: a sentence is computed when it is asked for, so closing the iterator stops the work.
        Not re-entrant beyond ``lanes``: the pool makes no more calls at a time.

        Args:
            text: Plain text, at most 4096 characters; markup is spoken as written.
            voice: One of this model's voices, or a cloned voice with its latents.
            speed: Rate relative to the voice's own, 0.5 to 2.0.

        Raises:
            UnknownVoice: ``voice`` is not one this model can speak in.
            BackendFailed: the model raised; the cause is chained.
        """
        ...


class Transcriber(Protocol):
    """A loaded speech-to-text model."""

    def transcribe(self, waveform: Waveform, *, options: TranscribeOptions) -> Iterator[Segment | Transcription]:
        """Write down what is said, segment by segment; the last thing yielded is the whole transcription.

        Lazy: closing the iterator stops the work after the segment in hand.

        Args:
            waveform: 16 kHz mono, of any length.
            options: Language, prompt, word times.

        Raises:
            InvalidRequest: the model does not know the language.
            BackendFailed: the model raised; the cause is chained.
        """
        ...


class Captioner(Protocol):
    """A loaded image-to-text model."""

    def caption(self, image: bytes, *, prompt: str | None = None) -> str:
        """Describe an encoded image (PNG, JPEG, WebP) in one sentence."""
        ...


class Completer(Protocol):
    """A loaded text model."""

    def complete(self, messages: tuple[Message, ...], *, max_tokens: int, temperature: float) -> Iterator[str]:
        """Continue a conversation, piece by piece."""
        ...


class Illustrator(Protocol):
    """A loaded text-to-image model."""

    def illustrate(self, prompt: str, *, width: int, height: int, seed: int | None = None) -> bytes:
        """Draw a picture; a PNG comes back."""
        ...


class SpeakerEncoder(Protocol):
    """A loaded speaker-recognition model."""

    def embed_speaker(self, waveform: Waveform) -> tuple[float, ...]:
        """What is particular to a voice, as a vector of unit length."""
        ...
