"""OpenAI's audio routes: ``/v1/audio/speech`` and ``/v1/audio/transcriptions``."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Body, Request
from fastapi.responses import JSONResponse, PlainTextResponse, Response
from pydantic import BaseModel, ConfigDict, Field
from starlette.datastructures import FormData, UploadFile

from catwalk.api.streaming import LiveResponse, bound_upload, run_until_hangup, server_timing
from catwalk.audio.codec import AudioFormat, StreamEncoder
from catwalk.audio.cues import Cue, to_srt, to_vtt
from catwalk.audio.decoder import decode
from catwalk.audio.waveform import Waveform
from catwalk.errors import AudioUnreadable, CatwalkError, EmptyText, InvalidRequest, TextTooLong, UnsupportedFormat
from catwalk.serving.catalog import ModelSpec
from catwalk.serving.lease import Cost
from catwalk.serving.pool import Pool
from catwalk.tasks import MAX_TEXT_CHARS, Segment, Task, TranscribeOptions, Transcription, VoiceRef

LISTEN_RATE_HZ = 16_000
"""What speech-to-text models listen at."""

SPEECH_FORMATS = tuple(AudioFormat(name) for name in ("mp3", "opus", "aac", "flac", "wav", "pcm"))
TRANSCRIPT_FORMATS = ("json", "text", "srt", "vtt", "verbose_json")
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


def build_router(pool: Pool, limits: ApiLimits) -> APIRouter:
    """OpenAI's audio routes over ``pool``."""
    router = APIRouter(prefix="/v1/audio", tags=["audio"])

    @router.post("/speech", summary="Speak a text", response_class=Response, responses=_AUDIO_ANSWER)
    async def speech(wanted: Annotated[SpeechRequest, Body()]) -> Response:
        encoding = _choose_format(wanted.response_format)
        _check_text(wanted.input)
        spec = pool.catalog.find(wanted.model, Task.SYNTHESIZE)
        voice = _choose_voice(spec, wanted.voice)
        cost = Cost()
        audio = _speak(pool, spec, wanted, voice, encoding, cost)
        if wanted.stream_format == "sse":
            return LiveResponse(_to_speech_events(audio), "text/event-stream", lambda: server_timing(cost))
        return LiveResponse(audio, encoding.media_type, lambda: server_timing(cost))

    @router.post(
        "/transcriptions",
        summary="Write down what a recording says",
        response_class=Response,
        responses=_TRANSCRIPT_ANSWER,
        openapi_extra={"requestBody": _TRANSCRIPTION_FORM},
    )
    async def transcriptions(request: Request) -> Response:
        async with bound_upload(request, limits.max_upload_bytes).form(max_files=1) as form:
            wanted = TranscriptionRequest.from_form(form)
            spec = pool.catalog.find(wanted.model, Task.TRANSCRIBE)
            waveform = await asyncio.to_thread(
                decode, wanted.file.file, rate_hz=LISTEN_RATE_HZ, max_duration_s=limits.max_audio_s
            )
        cost = Cost()
        if wanted.stream:
            events = _to_transcript_events(_listen(pool, spec, waveform, wanted, cost))
            return LiveResponse(events, "text/event-stream", lambda: server_timing(cost))
        heard = await run_until_hangup(_listen_to_end(pool, spec, waveform, wanted, cost), request.receive)
        return _show(heard, wanted, server_timing(cost))

    return router


# --- speech


def _choose_format(name: str) -> AudioFormat:
    if name not in SPEECH_FORMATS:
        raise UnsupportedFormat(
            f"response_format {name!r} is not one of {', '.join(SPEECH_FORMATS)}", param="response_format"
        )
    return AudioFormat(name)


def _check_text(text: str) -> None:
    if not any(character.isalnum() for character in text):
        given = f"holds no word, only {text.strip()[:40]!r}" if text.strip() else "is empty"
        raise EmptyText(f"input {given}; there is nothing to speak", param="input")
    if len(text) > MAX_TEXT_CHARS:
        raise TextTooLong(
            f"input has {len(text)} characters; at most {MAX_TEXT_CHARS} are allowed in one request", param="input"
        )


def _choose_voice(spec: ModelSpec, voice: str | NamedVoice | None) -> str:
    name = voice.id if isinstance(voice, NamedVoice) else voice or spec.default_voice
    if not name:
        raise InvalidRequest(f"voice is missing, and model {spec.name!r} has no default voice", param="voice")
    return spec.voice_aliases.get(name, name)


async def _speak(
    pool: Pool, spec: ModelSpec, wanted: SpeechRequest, voice: str, encoding: AudioFormat, cost: Cost
) -> AsyncGenerator[bytes, None]:
    encoder: StreamEncoder | None = None
    async with pool.lease(spec.name, Task.SYNTHESIZE, cost) as lease:
        sentences = lease.stream("synthesize", text=wanted.input, voice=VoiceRef(voice), speed=wanted.speed)
        async with contextlib.aclosing(sentences):
            async for waveform in sentences:
                encoder = encoder or StreamEncoder(encoding, waveform.rate_hz)
                if piece := await _encode(encoder, encoding, waveform):
                    yield piece
    if encoder is None:
        raise EmptyText(f"there is nothing to speak in {wanted.input[:80]!r}", param="input")
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


@dataclass(frozen=True, slots=True)
class TranscriptionRequest:
    """What ``POST /v1/audio/transcriptions`` takes."""

    file: UploadFile
    model: str
    options: TranscribeOptions
    response_format: str
    stream: bool

    @classmethod
    def from_form(cls, form: FormData) -> TranscriptionRequest:
        """Read the form's fields.

        Raises:
            InvalidRequest: a field is missing or out of range.
            AudioUnreadable: there is no file, or nothing in it.
            UnsupportedFormat: no such format.
        """
        file, model = form.get("file"), form.get("model")
        if not isinstance(file, UploadFile):
            raise AudioUnreadable("file is missing: send the recording as a form file named 'file'", param="file")
        if not isinstance(model, str) or not model:
            raise InvalidRequest("model is missing: name a model that can transcribe", param="model")
        response_format = str(form.get("response_format") or "json")
        if response_format not in TRANSCRIPT_FORMATS:
            allowed = ", ".join(TRANSCRIPT_FORMATS)
            raise UnsupportedFormat(
                f"response_format {response_format!r} is not one of {allowed}", param="response_format"
            )
        granularities = {
            str(value)
            for key in ("timestamp_granularities[]", "timestamp_granularities")
            for value in form.getlist(key)
        }
        if granularities - {"word", "segment"}:
            raise InvalidRequest(
                f"timestamp_granularities are word and segment, not {', '.join(sorted(granularities))}",
                param="timestamp_granularities",
            )
        options = TranscribeOptions(
            language=str(form.get("language") or "") or None,
            prompt=str(form.get("prompt") or "") or None,
            words="word" in granularities,
            temperature=_read_temperature(str(form.get("temperature") or "0")),
            fallback=str(form.get("fallback") or "true").lower() != "false",
        )
        return cls(file, model, options, response_format, str(form.get("stream") or "false").lower() == "true")


def _read_temperature(text: str) -> float:
    try:
        temperature = float(text)
    except ValueError:
        temperature = -1.0
    if not 0.0 <= temperature <= 1.0:
        raise InvalidRequest(f"temperature is a number from 0 to 1, not {text!r}", param="temperature")
    return temperature


async def _listen(
    pool: Pool, spec: ModelSpec, waveform: Waveform, wanted: TranscriptionRequest, cost: Cost
) -> AsyncGenerator[Segment | Transcription, None]:
    async with pool.lease(spec.name, Task.TRANSCRIBE, cost) as lease:
        parts = lease.stream("transcribe", waveform=waveform, options=wanted.options)
        async with contextlib.aclosing(parts):
            async for part in parts:
                yield part


async def _listen_to_end(
    pool: Pool, spec: ModelSpec, waveform: Waveform, wanted: TranscriptionRequest, cost: Cost
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


def _show(heard: Transcription, wanted: TranscriptionRequest, headers: dict[str, str]) -> Response:
    cues = [Cue(segment.start_s, segment.end_s, segment.text) for segment in heard.segments]
    match wanted.response_format:
        case "text":
            return PlainTextResponse(f"{heard.text}\n", headers=headers)
        case "srt":
            return PlainTextResponse(to_srt(cues), media_type="application/x-subrip", headers=headers)
        case "vtt":
            return PlainTextResponse(to_vtt(cues), media_type="text/vtt", headers=headers)
        case "verbose_json":
            return JSONResponse(_to_verbose(heard, wanted.options.words), headers=headers)
        case _:
            return JSONResponse({"text": heard.text}, headers=headers)


def _to_verbose(heard: Transcription, with_words: bool) -> dict[str, Any]:
    body: dict[str, Any] = {
        "task": "transcribe",
        "language": heard.language,
        "duration": heard.duration_s,
        "text": heard.text,
        "segments": [
            {
                "id": index,
                "seek": 0,
                "start": segment.start_s,
                "end": segment.end_s,
                "text": segment.text,
                "tokens": [],
                "temperature": segment.temperature,
                "avg_logprob": segment.avg_logprob,
                "compression_ratio": segment.compression_ratio,
                "no_speech_prob": segment.no_speech_prob,
            }
            for index, segment in enumerate(heard.segments)
        ],
    }
    if with_words:
        body["words"] = [
            {"word": word.text, "start": word.start_s, "end": word.end_s, "probability": word.probability}
            for segment in heard.segments
            for word in segment.words
        ]
    return body


_TRANSCRIPTION_FORM: dict[str, Any] = {
    "required": True,
    "content": {
        "multipart/form-data": {
            "schema": {
                "type": "object",
                "required": ["file", "model"],
                "properties": {
                    "file": {"type": "string", "format": "binary", "description": "Any container with an audio track"},
                    "model": {"type": "string", "description": "Name or alias of a model that can transcribe"},
                    "language": {"type": "string", "description": "ISO 639-1 code; found out when left out"},
                    "prompt": {"type": "string", "description": "Text that came before, or names to expect"},
                    "response_format": {"type": "string", "enum": list(TRANSCRIPT_FORMATS), "default": "json"},
                    "temperature": {"type": "number", "minimum": 0, "maximum": 1, "default": 0},
                    "timestamp_granularities[]": {
                        "type": "array",
                        "items": {"type": "string", "enum": ["word", "segment"]},
                    },
                    "fallback": {
                        "type": "boolean",
                        "default": True,
                        "description": "Whether a passage that repeats itself is heard once more",
                    },
                    "stream": {"type": "boolean", "default": False, "description": "Server-sent events"},
                },
            },
            "example": {"file": "(the recording)", "model": "faster_whisper", "response_format": "verbose_json"},
        }
    },
}

_TRANSCRIPT_ANSWER: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "What was said, in the form asked for",
        "content": {
            "application/json": {"example": {"text": "Nothing leaves the box."}},
            "text/plain": {"example": "Nothing leaves the box.\n"},
            "text/vtt": {"example": "WEBVTT\n\n00:00.000 --> 00:01.500\nNothing leaves the box.\n"},
        },
    }
}
