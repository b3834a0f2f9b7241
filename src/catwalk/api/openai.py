"""OpenAI's audio routes: ``/v1/audio/speech`` and ``/v1/audio/transcriptions``."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
from collections.abc import AsyncGenerator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Body, Request
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field

from catwalk.api import transcripts
from catwalk.api.streaming import LiveResponse, bound_upload, run_until_hangup, server_timing
from catwalk.api.terms import KEEP_ALIVE, PRIORITY, read_terms
from catwalk.audio.codec import AudioFormat, StreamEncoder
from catwalk.audio.decoder import decode
from catwalk.audio.waveform import Waveform
from catwalk.errors import CatwalkError, EmptyText, InvalidRequest, TextTooLong, UnsupportedFormat
from catwalk.serving.catalog import ModelSpec
from catwalk.serving.latents import VoiceCasting
from catwalk.serving.lease import Cost, Lease
from catwalk.serving.pool import Pool
from catwalk.tasks import MAX_TEXT_CHARS, Segment, Task, Transcription

LISTEN_RATE_HZ = 16_000
"""What speech-to-text models listen at."""

SPEECH_FORMATS = tuple(AudioFormat(name) for name in ("mp3", "opus", "aac", "flac", "wav", "pcm"))
_PLAIN = frozenset({AudioFormat.WAV, AudioFormat.PCM})


@dataclass(frozen=True, slots=True)
class ApiLimits:
    """What one request may bring."""

    max_upload_bytes: int = 100 * 1024 * 1024
    max_audio_s: float = 3 * 3600.0


class NamedVoice(BaseModel):
    """A voice as OpenAI's newer clients name it."""

    id: str


class SpeechRequest(BaseModel):
    """What ``POST /v1/audio/speech`` takes."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "model": "hibari",
                "input": "Nothing leaves the box.",
                "voice": "heart",
                "response_format": "mp3",
                "speed": 1.0,
            }
        }
    )

    model: str = Field(description="Name or alias of a model that can synthesize")
    input: str = Field(description=f"Plain text, 1 to {MAX_TEXT_CHARS} characters")
    voice: str | NamedVoice | None = Field(None, description="A voice of the model; its default voice when left out")
    response_format: str = Field("mp3", description=f"One of {', '.join(SPEECH_FORMATS)}")
    speed: float = Field(1.0, ge=0.5, le=2.0, description="Rate relative to the voice's own")
    stream_format: Literal["audio", "sse"] = Field("audio", description="Bare bytes, or server-sent events")
    instructions: str | None = Field(None, description="Accepted for compatibility; no model here follows it")
    priority: Literal["interactive", "batch"] = Field("interactive", description=PRIORITY)
    keep_alive: float | str | None = Field(None, description=KEEP_ALIVE)


_AUDIO_ANSWER: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The audio, sentence by sentence as it is ready, or server-sent events",
        "content": {
            **{media: {"schema": {"type": "string", "format": "binary"}} for media in ("audio/mpeg", "audio/wav")},
            "text/event-stream": {
                "example": 'data: {"type": "speech.audio.delta", "audio": "SUQzBAA="}\n\n'
                'data: {"type": "speech.audio.done"}\n\n'
            },
        },
    }
}


def build_router(pool: Pool, limits: ApiLimits, casting: VoiceCasting) -> APIRouter:
    """OpenAI's audio routes over ``pool``, in its models' own voices and those of the library."""
    router = APIRouter(prefix="/v1/audio", tags=["audio"])

    @router.post("/speech", summary="Speak a text", response_class=Response, responses=_AUDIO_ANSWER)
    async def speech(wanted: Annotated[SpeechRequest, Body()]) -> Response:
        encoding = choose_format(wanted.response_format)
        check_text(wanted.input)
        spec = pool.catalog.find(wanted.model, Task.SYNTHESIZE)
        terms = read_terms(wanted.priority, wanted.keep_alive)
        voice = wanted.voice.id if isinstance(wanted.voice, NamedVoice) else wanted.voice
        casting.check(spec, check_voice(spec, spec.name_voice(voice)))
        cost = Cost()
        leasing = pool.lease(spec.name, Task.SYNTHESIZE, cost, voice=voice, size=len(wanted.input), **terms)
        audio = speak(leasing, casting, text=wanted.input, speed=wanted.speed, encoding=encoding)
        if wanted.stream_format == "sse":
            return LiveResponse(_to_speech_events(audio), "text/event-stream", lambda: server_timing(cost))
        return LiveResponse(audio, encoding.media_type, lambda: server_timing(cost))

    @router.post(
        "/transcriptions",
        summary="Write down what a recording says",
        response_class=Response,
        responses=transcripts.ANSWER,
        openapi_extra={"requestBody": transcripts.FORM},
    )
    async def transcriptions(request: Request) -> Response:
        async with bound_upload(request, limits.max_upload_bytes).form(max_files=1) as form:
            wanted = transcripts.TranscriptionRequest.from_form(form)
            spec = pool.catalog.find(wanted.model, Task.TRANSCRIBE)
            waveform = await asyncio.to_thread(
                decode, wanted.file.file, rate_hz=LISTEN_RATE_HZ, max_duration_s=limits.max_audio_s
            )
        cost = Cost()
        if wanted.stream:
            events = _to_transcript_events(_listen(pool, spec, waveform, wanted, cost))
            return LiveResponse(events, "text/event-stream", lambda: server_timing(cost))
        heard = await run_until_hangup(_listen_to_end(pool, spec, waveform, wanted, cost), request.receive)
        return transcripts.show(heard, wanted, server_timing(cost))

    return router


# --- speech


def choose_format(name: str) -> AudioFormat:
    """The format of that name.

    Raises:
        UnsupportedFormat: speech does not come in it.
    """
    if name not in SPEECH_FORMATS:
        raise UnsupportedFormat(
            f"response_format {name!r} is not one of {', '.join(SPEECH_FORMATS)}", param="response_format"
        )
    return AudioFormat(name)


def check_text(text: str) -> None:
    """Make sure that there is something to speak, and not too much.

    Raises:
        EmptyText, TextTooLong: it is not so.
    """
    if not any(character.isalnum() for character in text):
        given = f"holds no word, only {text.strip()[:40]!r}" if text.strip() else "is empty"
        raise EmptyText(f"input {given}; there is nothing to speak", param="input")
    if len(text) > MAX_TEXT_CHARS:
        raise TextTooLong(
            f"input has {len(text)} characters; at most {MAX_TEXT_CHARS} are allowed in one request", param="input"
        )


def check_voice(spec: ModelSpec, voice: str | None) -> str:
    """The voice, if there is one.

    Raises:
        InvalidRequest: none was named, and the model has no default voice.
    """
    if not voice:
        raise InvalidRequest(f"voice is missing, and model {spec.name!r} has no default voice", param="voice")
    return voice


async def speak(
    leasing: AbstractAsyncContextManager[Lease],
    casting: VoiceCasting,
    *,
    text: str,
    speed: float,
    encoding: AudioFormat,
) -> AsyncGenerator[bytes, None]:
    """A text as encoded sound, sentence by sentence, in the voice that the lease is for.

    Raises:
        UnknownVoice: the model cannot speak in it. EmptyText: there was nothing to speak.
        CatwalkError: what the pool or the model raised.
    """
    encoder: StreamEncoder | None = None
    async with leasing as lease, casting.cast(lease, check_voice(lease.spec, lease.voice)) as voice:
        sentences = lease.stream("synthesize", text=text, voice=voice, speed=speed)
        async with contextlib.aclosing(sentences):
            async for waveform in sentences:
                encoder = encoder or StreamEncoder(encoding, waveform.rate_hz)
                if piece := await _encode(encoder, encoding, waveform):
                    yield piece
    if encoder is None:
        raise EmptyText(f"there is nothing to speak in {text[:80]!r}", param="input")
    if rest := encoder.close():
        yield rest


async def _encode(encoder: StreamEncoder, encoding: AudioFormat, waveform: Waveform) -> bytes:
    if encoding in _PLAIN:
        return encoder.encode(waveform)
    return await asyncio.to_thread(encoder.encode, waveform)


async def _to_speech_events(audio: AsyncGenerator[bytes, None]) -> AsyncGenerator[bytes, None]:
    n_pieces = 0
    async with contextlib.aclosing(audio):
        try:
            async for piece in audio:
                n_pieces += 1
                yield _event({"type": "speech.audio.delta", "audio": base64.b64encode(piece).decode()})
        except CatwalkError as error:
            if n_pieces:  # before that the status still tells
                yield _event({"type": "error", **error.to_body()})
            raise
    yield _event({"type": "speech.audio.done"})


def _event(body: dict[str, Any]) -> bytes:
    return f"data: {json.dumps(body, ensure_ascii=False)}\n\n".encode()


# --- transcriptions


async def _listen(
    pool: Pool, spec: ModelSpec, waveform: Waveform, wanted: transcripts.TranscriptionRequest, cost: Cost
) -> AsyncGenerator[Segment | Transcription, None]:
    async with pool.lease(spec.name, Task.TRANSCRIBE, cost, size=waveform.duration_s, **wanted.terms) as lease:
        parts = lease.stream("transcribe", waveform=waveform, options=wanted.options)
        async with contextlib.aclosing(parts):
            async for part in parts:
                yield part


async def _listen_to_end(
    pool: Pool, spec: ModelSpec, waveform: Waveform, wanted: transcripts.TranscriptionRequest, cost: Cost
) -> Transcription:
    parts = [part async for part in _listen(pool, spec, waveform, wanted, cost)]
    whole = parts[-1]
    assert isinstance(whole, Transcription)  # noqa: S101 - the contract of Transcriber
    return whole


async def _to_transcript_events(
    parts: AsyncGenerator[Segment | Transcription, None],
) -> AsyncGenerator[bytes, None]:
    async with contextlib.aclosing(parts):
        async for part in parts:
            kind = {"type": "transcript.text.delta", "delta": f"{part.text} "}
            if isinstance(part, Transcription):
                kind = {"type": "transcript.text.done", "text": part.text}
            yield _event(kind)
