"""A model that another OpenAI-compatible endpoint serves: OpenAI, Ollama, llama-server, speaches, another catwalk."""

from __future__ import annotations

import base64
import contextlib
import dataclasses
import io
import itertools
import logging
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from catwalk.audio.codec import AudioFormat, decode, encode
from catwalk.audio.wav import WavReader
from catwalk.audio.waveform import Waveform
from catwalk.backends.remote.chat import PNG, read_events, read_reply, to_question, to_turn
from catwalk.backends.remote.endpoint import Answer, Endpoint, join_pieces, read_key, read_url
from catwalk.backends.remote.problems import read_problem
from catwalk.backends.remote.transcripts import read_transcription
from catwalk.errors import AudioUnreadable, InvalidRequest, UnknownVoice
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
    drop_sounds,
)

OPENAI_VOICES = ("alloy", "ash", "ballad", "coral", "echo", "fable", "nova", "onyx", "sage", "shimmer", "verse")

_SPEECH, _HEARING, _CHAT, _IMAGES = "audio/speech", "audio/transcriptions", "chat/completions", "images/generations"
_PIECE_S = 0.5
_DECODED_RATE_HZ = 24_000
_CAPTION_PROMPT = (
    "Describe this image in one plain sentence for a listener who cannot see it. Answer with the sentence."
)
_CAPTION_TOKENS = 400
_MAX_LANES = 256
_MAX_WAIT_S = 86_400.0

Fields = dict[str, Any]

log = logging.getLogger("catwalk.openai_api")


@dataclass(frozen=True, slots=True)
class _Options:
    url: str
    """Base address, with or without ``/v1``."""

    model: str
    """Its name there."""

    key_env: str | None = None
    """Name of the environment variable that holds the key."""

    voices: tuple[str, ...] = OPENAI_VOICES
    """Names that it offers; any other is passed on as well."""

    timeout_s: float = 120.0
    """Longest time without any byte."""

    connect_timeout_s: float = 5.0
    lanes: int = 8

    @classmethod
    def parse(cls, options: Mapping[str, Any]) -> _Options:
        names = [field.name for field in dataclasses.fields(cls)]
        if unknown := sorted(set(options) - set(names)):
            raise InvalidRequest(f"openai_api knows the options {', '.join(names)}, not {', '.join(unknown)}")
        if missing := [name for name in ("url", "model") if name not in options]:
            raise InvalidRequest(f"openai_api needs the options url and model; {' and '.join(missing)} is missing")
        given = {name: value for name, value in options.items() if value is not None}
        for name in {"url", "model", "key_env"} & set(given):
            if not isinstance(given[name], str) or not given[name].strip():
                raise InvalidRequest(f"openai_api's option {name} is a text, not {type(given[name]).__name__}")
        for name, highest in (("timeout_s", _MAX_WAIT_S), ("connect_timeout_s", _MAX_WAIT_S)):
            _check_number(name, given.get(name, 1.0), highest, float | int)
        _check_number("lanes", given.get("lanes", 1), _MAX_LANES, int)
        if "voices" in given:
            given["voices"] = _read_voices(given["voices"])
        return cls(**given)


def _check_number(name: str, value: object, highest: float, kind: Any) -> None:
    if isinstance(value, bool) or not isinstance(value, kind) or not 0 < value <= highest:
        raise InvalidRequest(f"openai_api's option {name} is a number above 0 and at most {highest:g}, not {value!r}")


def _read_voices(value: object) -> tuple[str, ...]:
    if not isinstance(value, list | tuple) or not all(isinstance(name, str) and name for name in value):
        raise InvalidRequest(f"openai_api's option voices is a list of names, not {value!r}")
    return tuple(dict.fromkeys(value))


def _rename_limit(fields: Fields) -> Fields:
    return {("max_completion_tokens" if name == "max_tokens" else name): value for name, value in fields.items()}


def _ask_plain(fields: Fields) -> Fields:
    return _leave_out("timestamp_granularities[]", "timestamp_granularities")(fields) | {"response_format": "json"}


def _leave_out(*names: str) -> Callable[[Fields], Fields]:
    return lambda fields: {name: value for name, value in fields.items() if name not in names}


_BENDS: dict[tuple[str, str], Callable[[Fields], Fields]] = {
    (_CHAT, "max_tokens"): _rename_limit,  # OpenAI's reasoning models
    (_CHAT, "temperature"): _leave_out("temperature"),  # likewise: they have but one
    (_CHAT, "stream_options"): _leave_out("stream_options"),  # then no usage is known
    (_IMAGES, "response_format"): _leave_out("response_format"),  # gpt-image models always answer b64_json
    (_HEARING, "response_format"): _ask_plain,  # gpt-4o-transcribe knows no times
    (_HEARING, "timestamp_granularities"): _ask_plain,
    (_HEARING, "timestamp_granularities[]"): _ask_plain,
    (_HEARING, "fallback"): _leave_out("fallback"),  # catwalk's own
}
"""What to ask for instead where an endpoint does not take a parameter; nothing else is ever left out."""


class OpenaiApi:
    """One endpoint, called by every lane; the lanes only wait for the network."""

    tasks: ClassVar[frozenset[Task]] = frozenset(
        {Task.TRANSCRIBE, Task.SYNTHESIZE, Task.CAPTION, Task.COMPLETE, Task.ILLUSTRATE}
    )
    requires: ClassVar[tuple[str, ...]] = ("httpx",)
    is_remote: ClassVar[bool] = True
    """Its worker only waits, and is not stuck while it does."""

    sees_images: ClassVar[bool] = True
    """The model there may; it says so itself where it does not."""

    def __init__(self, endpoint: Endpoint, options: _Options) -> None:
        self.lanes = options.lanes
        self._endpoint = endpoint
        self._options = options
        self._not_taken: frozenset[tuple[str, str]] = frozenset()
        """Path and name of parameters that the endpoint turned out not to take."""

    @classmethod
    def load(cls, weights: Path | None, options: Mapping[str, Any]) -> Self:
        """See :class:`catwalk.tasks.Backend`; contacts nobody, and ``weights`` are not looked at.

        Options: ``url``, the base address with or without ``/v1``; ``model``, the name there; ``key_env``, name of the
        environment variable that holds the key (none); ``voices``, names that it offers (OpenAI's); ``timeout_s``,
        longest time without any byte (120); ``connect_timeout_s`` (5); ``lanes``, calls at once (8).
        """
        del weights
        parsed = _Options.parse(options)
        endpoint = Endpoint(
            read_url(parsed.url),
            key_env=parsed.key_env,
            key=read_key(parsed.key_env, os.environ) if parsed.key_env else None,
            timeout_s=parsed.timeout_s,
            connect_timeout_s=parsed.connect_timeout_s,
        )
        return cls(endpoint, parsed)

    def warm_up(self) -> None:
        """See :class:`catwalk.tasks.Backend`: nothing, because an outage there must not fail a load here."""

    def close(self) -> None:
        """Let go of the connections that were kept; a worker's go with its process."""
        self._endpoint.close()

    def voices(self) -> list[VoiceInfo]:
        """See :class:`catwalk.tasks.Backend`: what the options say; ``mul`` stands for many languages."""
        return [VoiceInfo(name, "mul", f"at {self._endpoint.address}") for name in self._options.voices]

    # --- speech

    def synthesize(self, text: str, *, voice: VoiceRef, speed: float = 1.0) -> Iterator[Waveform]:
        """See :class:`catwalk.tasks.Synthesizer`: half a second or more a piece, as it arrives.

        Closing the iterator closes the connection, by which the other side knows to stop.
        """
        if voice.latents is not None:
            raise UnknownVoice(
                f"{voice.name!r} was made from clips on this machine; {self._endpoint.address} does not have it",
                param="voice",
            )
        wanted = {"input": drop_sounds(text), "voice": voice.name, "response_format": "wav", "speed": speed}
        with self._ask(_SPEECH, wanted) as answer, contextlib.closing(answer.pieces()) as pieces:
            n_samples = 0
            for waveform in self._hear(answer, pieces):
                n_samples += len(waveform.samples)
                yield waveform
        if n_samples == 0:
            raise self._endpoint.misunderstand("answered with no sound")

    def _hear(self, answer: Answer, pieces: Iterator[bytes]) -> Iterator[Waveform]:
        head = b""
        for piece in pieces:
            head += piece
            if len(head) >= 4:
                break
        whole = itertools.chain((head,), pieces)
        if head[:4] in {b"RIFF", b"RF64"}:
            return self._read_wav(whole)
        if answer.media_type.startswith(("text/", "application/json")) or not head:
            problem = read_problem(join_pieces(self._endpoint, whole))
            said = f": {problem.message}" if problem else ""
            raise self._endpoint.misunderstand(f"answered {answer.media_type or 'nothing'} instead of sound{said}")
        return self._decode(answer, whole)

    def _read_wav(self, pieces: Iterator[bytes]) -> Iterator[Waveform]:
        reader = WavReader()
        waiting: list[NDArray[np.float32]] = []
        for piece in pieces:
            try:
                waiting.append(reader.feed(piece))
            except AudioUnreadable as error:
                raise self._endpoint.misunderstand(f"answered sound that cannot be read: {error}") from error
            if reader.rate_hz and sum(map(len, waiting)) >= _PIECE_S * reader.rate_hz:
                yield Waveform(np.concatenate(waiting), reader.rate_hz)
                waiting = []
        try:
            reader.close()
        except AudioUnreadable as error:
            raise self._endpoint.break_off(str(error)) from error
        if any(map(len, waiting)):
            yield Waveform(np.concatenate(waiting), reader.rate_hz)

    def _decode(self, answer: Answer, pieces: Iterator[bytes]) -> Iterator[Waveform]:
        body = join_pieces(self._endpoint, pieces)
        log.warning(
            "%s answers %s although wav was asked for: nothing is heard before all of it is there",
            self._endpoint.address,
            answer.media_type or "an unnamed format",
        )
        try:
            yield decode(io.BytesIO(body), rate_hz=_DECODED_RATE_HZ)
        except AudioUnreadable as error:
            kind = answer.media_type or "something unnamed"
            raise self._endpoint.misunderstand(f"answered {kind} instead of a WAV file: {error}") from error

    # --- transcription

    def transcribe(self, waveform: Waveform, *, options: TranscribeOptions) -> Iterator[Segment | Transcription]:
        """See :class:`catwalk.tasks.Transcriber`; nothing comes before all of it is heard.

        Where the endpoint gives no times, the whole is one segment without words.
        """
        wanted: Fields = {
            "response_format": "verbose_json",
            "timestamp_granularities[]": ["segment", "word"] if options.words else ["segment"],
        }
        if options.temperature:
            wanted["temperature"] = str(options.temperature)
        if not options.fallback:
            wanted["fallback"] = "false"
        wanted |= {name: value for name, value in (("language", options.language), ("prompt", options.prompt)) if value}
        upload = {"file": ("recording.wav", encode(waveform, AudioFormat.WAV), "audio/wav")}
        with self._ask(_HEARING, wanted, upload) as answer:
            body = answer.read_json()
        try:
            heard = read_transcription(body, waveform.duration_s, options)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise self._endpoint.refuse_body(body, f"answered no transcription: {error!r}") from error
        yield from heard.segments
        yield heard

    # --- text and images

    def complete(self, messages: tuple[Message, ...], *, options: CompleteOptions) -> Iterator[str | Completion]:
        """See :class:`catwalk.tasks.Completer`. Closing the iterator closes the connection."""
        with self._ask(_CHAT, to_question(messages, options)) as answer:
            if answer.media_type == "application/json":  # it does not stream
                yield from read_reply(self._endpoint, answer.read_json())
                return
            with contextlib.closing(answer.pieces()) as pieces:
                yield from read_events(self._endpoint, pieces)

    def caption(self, image: bytes, *, prompt: str | None = None) -> str:
        """See :class:`catwalk.tasks.Captioner`; ``prompt`` is what the model is asked."""
        turn = to_turn(Message("user", prompt or _CAPTION_PROMPT, (image,)))
        with self._ask(_CHAT, {"messages": [turn], "max_tokens": _CAPTION_TOKENS, "temperature": 0.0}) as answer:
            said = [part for part in read_reply(self._endpoint, answer.read_json()) if isinstance(part, str)]
        caption = " ".join("".join(said).split())
        if not caption:
            raise self._endpoint.misunderstand("answered with an empty caption")
        return caption

    def illustrate(
        self, prompt: str, *, width: int | None = None, height: int | None = None, seed: int | None = None
    ) -> Iterator[Progress | bytes]:
        """See :class:`catwalk.tasks.Illustrator`; tells no progress, and fetches no picture from an address."""
        wanted: Fields = {"prompt": prompt, "n": 1, "response_format": "b64_json"}
        if width is not None and height is not None:
            wanted["size"] = f"{width}x{height}"
        if seed is not None:
            wanted["seed"] = seed
        with self._ask(_IMAGES, wanted) as answer:
            body = answer.read_json()
        try:
            first = body["data"][0]
            encoded = first.get("b64_json")
            if not encoded and first.get("url"):
                raise self._endpoint.misunderstand(
                    "answered with the address of a picture, which is not fetched; it must answer with b64_json"
                )
            picture = base64.b64decode(encoded, validate=True)
        except (LookupError, TypeError, ValueError, AttributeError) as error:
            raise self._endpoint.refuse_body(body, f"answered no picture: {error!r}") from error
        if not picture.startswith(PNG):
            raise self._endpoint.misunderstand(f"answered a picture that is no PNG but begins with {picture[:8]!r}")
        yield picture

    # --- transport

    def _ask(self, path: str, wanted: Fields, upload: Fields | None = None) -> Answer:
        """An answer that is a success, after asking in other words where a parameter is not taken."""
        while True:
            not_taken = self._not_taken  # another lane may learn more meanwhile
            fields: Fields = {"model": self._options.model} | wanted
            for place, name in not_taken:
                fields = _BENDS[place, name](fields) if place == path else fields
            content: Fields = {"data": fields, "files": upload} if upload else {"json": fields}
            answer = self._endpoint.send(path, **content)
            refused = (path, answer.refused_parameter or "")
            if refused not in _BENDS or refused in not_taken:
                answer.check()
                return answer
            log.info("%s/%s does not take %s as it was asked", self._endpoint.address, *refused)
            self._not_taken |= {refused}
