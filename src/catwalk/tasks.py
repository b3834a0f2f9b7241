"""The contracts between the server and its backends: what a model can do, and what comes back.

A backend is one class in one file that implements :class:`Backend` and one or more of the task protocols. The pool
makes at most ``lanes`` calls of a backend at a time, each from a thread of its own inside the worker process.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, Self, runtime_checkable

if TYPE_CHECKING:  # numpy takes longer to import than all else that a word on its own needs
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
class Weight:
    """How likely a text is, as natural logarithms of probabilities."""

    logprob: float
    """With the recording in the ear."""

    prior: float
    """With silence in the ear: what the model expects of the language alone."""


@dataclass(frozen=True, slots=True)
class Transcription:
    """What was heard in a recording."""

    text: str
    language: str
    """ISO 639-1 code."""

    duration_s: float
    """Length of the recording."""

    segments: tuple[Segment, ...] = ()

    weights: tuple[Weight, ...] = ()
    """Of each candidate, in their order; none where there were none, or where the backend cannot weigh them."""


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

    candidates: tuple[str, ...] = ()
    """Texts of which the recording says one: it is not heard freely, but each of them is weighed against it, and the
    likeliest comes back. A backend that cannot weigh texts transcribes as always."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a long call has come."""

    done: int
    """Steps that are behind it."""

    total: int


@dataclass(frozen=True, slots=True)
class Message:
    """One turn of a conversation."""

    role: str
    """``system``, ``user`` or ``assistant``."""

    text: str
    images: tuple[bytes, ...] = field(default=())
    """Encoded images that belong to the turn."""


@dataclass(frozen=True, slots=True)
class CompleteOptions:
    """How to go on with a conversation."""

    max_tokens: int | None = None
    """Most tokens of the answer; None leaves it to the model's context."""

    temperature: float = 1.0
    """Sampling temperature, 0 to 2; 0 always takes the likeliest token."""

    top_p: float = 1.0
    """Probability that the tokens to choose from have together, above 0 and at most 1."""

    stop: tuple[str, ...] = ()
    """Texts that end the answer; none of them is part of it."""

    seed: int | None = None
    """The same seed, messages and options give the same answer; None for another one every time."""

    json: bool = False
    """Whether the answer must be a JSON object."""

    json_schema: str | None = None
    """JSON Schema that the answer must follow, as JSON; goes with ``json``."""


@dataclass(frozen=True, slots=True)
class Completion:
    """How a conversation went on."""

    text: str
    """All of the answer."""

    finish_reason: str
    """``stop``: the model was done or met a stop text; ``length``: it was cut off at ``max_tokens`` or the context."""

    prompt_tokens: int | None = None
    """Tokens of the conversation before the answer; None where a remote endpoint does not say."""

    completion_tokens: int | None = None
    """Tokens of the answer; likewise."""


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


_SOUNDS = re.compile(r"\[([^\[\]]+)\]\(/([^/()\s](?:[^/()]*[^/()\s])?)/\)")


def split_sounds(text: str) -> list[tuple[str, str | None]]:
    """Parts of a text to be spoken, each with its sounds where ``[word](/ipa/)`` names them, else None.

    A backend that takes phonemes says the sounds; one that does not says the words (:func:`drop_sounds`).
    """
    parts: list[tuple[str, str | None]] = []
    end = 0
    for found in _SOUNDS.finditer(text):
        parts += [(text[end : found.start()], None), (found[1], found[2])]
        end = found.end()
    return [part for part in (*parts, (text[end:], None)) if part[0]]


def phonemize_around(text: str, phonemize: Callable[[str], str]) -> str:
    """A text as phonemes: the sounds that it names as they stand, the rest as ``phonemize`` has it."""
    pieces = []
    for words, sounds in split_sounds(text):
        # A phonemizer drops the spaces at the ends, and they tell where the neighbours begin.
        around = (" " * words[:1].isspace(), " " * words[-1:].isspace())
        pieces.append(sounds or phonemize(words).strip().join(around))
    return "".join(pieces)


def drop_sounds(text: str) -> str:
    """The text with the words alone of every ``[word](/ipa/)``."""
    return _SOUNDS.sub(r"\1", text) if "](/" in text else text


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
            text: Plain text, at most 4096 characters; markup is spoken as written, but for ``[word](/ipa/)``, see
                :func:`split_sounds`.
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
        """Describe a picture in one sentence; a model that reads gives the text in it, a paragraph a line.

        Args:
            image: Encoded, of any kind that :mod:`catwalk.picture` decodes.
            prompt: How the caption begins, or a question, for a model that takes one.

        Raises:
            PictureUnreadable: it cannot be decoded; also UnsupportedFormat and PictureTooLarge.
            BackendFailed: the model raised; the cause is chained.
        """
        ...


class Completer(Protocol):
    """A loaded text model."""

    def complete(self, messages: tuple[Message, ...], *, options: CompleteOptions) -> Iterator[str | Completion]:
        """Go on with a conversation, piece by piece; the last thing yielded is the whole completion.

        Lazy: closing the iterator stops the work after the token in hand. No part of a stop text is ever yielded.

        Args:
            messages: The turns so far; ``system`` may stand first alone.
            options: Length, sampling, stop texts, JSON.

        Raises:
            ContextTooLong: the conversation leaves no room for an answer.
            InvalidRequest: the model cannot do what an option asks for, such as JSON; or it cannot see images.
            BackendFailed: the model raised; the cause is chained.
        """
        ...


class Illustrator(Protocol):
    """A loaded text-to-image model."""

    def illustrate(
        self, prompt: str, *, width: int | None = None, height: int | None = None, seed: int | None = None
    ) -> Iterator[Progress | bytes]:
        """Draw a picture, step by step; the last thing yielded is the picture as a PNG.

        Lazy: closing the iterator stops the work after the step in hand.

        Args:
            prompt: What the picture shows.
            width: Pixels; None for the model's own size.
            height: Pixels; None for the model's own size.
            seed: The same seed, prompt and size give the same picture on one machine; None draws another every time.

        Raises:
            InvalidRequest: the model cannot draw in that size.
            PictureRefused: the model's safety checker keeps the picture back.
            BackendFailed: the model raised; the cause is chained.
        """
        ...


class SpeakerEncoder(Protocol):
    """A loaded speaker-recognition model."""

    def embed_speaker(self, waveform: Waveform) -> tuple[float, ...]:
        """What is particular to a voice, as a vector of unit length."""
        ...
