"""What ``POST /v1/audio/transcriptions`` takes, and how it shows what was heard."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from fastapi.responses import JSONResponse, PlainTextResponse
from starlette.datastructures import FormData, UploadFile
from starlette.responses import Response

from catwalk.api.terms import KEEP_ALIVE, PRIORITIES, PRIORITY, LeaseTerms, read_terms
from catwalk.audio.cues import Cue, to_srt, to_vtt
from catwalk.errors import AudioUnreadable, InvalidRequest, UnsupportedFormat
from catwalk.tasks import TranscribeOptions, Transcription

MAX_CANDIDATES = 16
MAX_CANDIDATE_CHARS = 2_000

TRANSCRIPT_FORMATS = ("json", "text", "srt", "vtt", "verbose_json")


@dataclass(frozen=True, slots=True)
class TranscriptionRequest:
    """What ``POST /v1/audio/transcriptions`` takes."""

    file: UploadFile
    model: str
    options: TranscribeOptions
    response_format: str
    stream: bool
    terms: LeaseTerms

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
            candidates=_read_candidates(form),
        )
        terms = read_terms(str(form.get("priority") or ""), str(form.get("keep_alive") or ""))
        stream = str(form.get("stream") or "false").lower() == "true"
        return cls(file, model, options, response_format, stream, terms)


def _read_candidates(form: FormData) -> tuple[str, ...]:
    texts = tuple(str(text).strip() for key in ("candidates[]", "candidates") for text in form.getlist(key))
    if len(texts) > MAX_CANDIDATES or not all(0 < len(text) <= MAX_CANDIDATE_CHARS for text in texts):
        raise InvalidRequest(
            f"candidates are up to {MAX_CANDIDATES} texts of 1 to {MAX_CANDIDATE_CHARS} characters",
            param="candidates[]",
        )
    return texts


def _read_temperature(text: str) -> float:
    try:
        temperature = float(text)
    except ValueError:
        temperature = -1.0
    if not 0.0 <= temperature <= 1.0:
        raise InvalidRequest(f"temperature is a number from 0 to 1, not {text!r}", param="temperature")
    return temperature


def show(heard: Transcription, wanted: TranscriptionRequest, headers: dict[str, str]) -> Response:
    """A transcription in the form that was asked for."""
    cues = [Cue(segment.start_s, segment.end_s, segment.text) for segment in heard.segments]
    match wanted.response_format:
        case "text":
            return PlainTextResponse(f"{heard.text}\n", headers=headers)
        case "srt":
            return PlainTextResponse(to_srt(cues), media_type="application/x-subrip", headers=headers)
        case "vtt":
            return PlainTextResponse(to_vtt(cues), media_type="text/vtt", headers=headers)
        case "verbose_json":
            return JSONResponse(_to_verbose(heard, wanted), headers=headers)
        case _:
            return JSONResponse({"text": heard.text}, headers=headers)


def _to_verbose(heard: Transcription, wanted: TranscriptionRequest) -> dict[str, Any]:
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
    if heard.weights:
        body["candidates"] = [
            {"text": text, "logprob": weight.logprob, "prior": weight.prior}
            for text, weight in zip(wanted.options.candidates, heard.weights, strict=True)
        ]
    if wanted.options.words:
        body["words"] = [
            {"word": word.text, "start": word.start_s, "end": word.end_s, "probability": word.probability}
            for segment in heard.segments
            for word in segment.words
        ]
    return body


FORM: dict[str, Any] = {
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
                    "candidates[]": {
                        "type": "array",
                        "items": {"type": "string", "minLength": 1, "maxLength": MAX_CANDIDATE_CHARS},
                        "maxItems": MAX_CANDIDATES,
                        "description": "Texts of which the recording says one; each is weighed (verbose_json)",
                    },
                    "priority": {"type": "string", "enum": list(PRIORITIES), "description": PRIORITY},
                    "keep_alive": {"type": "string", "description": KEEP_ALIVE},
                    "stream": {"type": "boolean", "default": False, "description": "Server-sent events"},
                },
            },
            "example": {"file": "(the recording)", "model": "faster_whisper", "response_format": "verbose_json"},
        }
    },
}

ANSWER: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "What was said, in the form asked for",
        "content": {
            "application/json": {"example": {"text": "Nothing leaves the box."}},
            "text/plain": {"example": "Nothing leaves the box.\n"},
            "text/vtt": {"example": "WEBVTT\n\n00:00.000 --> 00:01.500\nNothing leaves the box.\n"},
        },
    }
}
