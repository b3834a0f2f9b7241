"""Voices over HTTP: presets and the library, clips in, samples out; and vectors of speakers."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Body, Query, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field
from pydantic.config import JsonDict
from starlette.datastructures import FormData, UploadFile
from starlette.responses import Response

from catwalk.api.openai import SPEECH_FORMATS, ApiLimits, check_text, choose_format, speak
from catwalk.api.streaming import LiveResponse, bound_upload, run_until_hangup, server_timing
from catwalk.audio.decoder import decode
from catwalk.errors import (
    AudioUnreadable,
    ConsentMissing,
    InvalidRequest,
    NotServable,
    UnknownVoice,
    VoiceExists,
    VoiceNotFound,
)
from catwalk.serving.clips import ClipRules, PreparedClip, Recording, prepare, reject_flawed
from catwalk.serving.latents import VoiceCasting, find_speakers
from catwalk.serving.lease import Cost
from catwalk.serving.pool import Pool
from catwalk.serving.presets import Preset, taken_names
from catwalk.serving.speakers import embed, find_encoder, find_strangers
from catwalk.serving.voices import Voice, VoiceLibrary, check_name
from catwalk.tasks import Task

SAMPLE_TEXT = "Nothing leaves the box. Good evening, and welcome to a voice that you may come to know."

EMBED_RATE_HZ = 16_000
MAX_EMBED_FILES = 64

_VOICE: JsonDict = {
    "name": "mol",
    "kind": "cloned",
    "language": None,
    "description": "",
    "models": ["tortoise"],
    "created": 1_700_000_000,
    "blends": {},
    "clips": [{"number": 1, "name": "clip1.wav", "duration_s": 8.2, "sha256": "9f86d081884c7d65…"}],
    "notes": [],
}
_PRESET: JsonDict = {
    "name": "heart",
    "kind": "preset",
    "language": "en-US",
    "description": "American, female",
    "models": ["hibari"],
    "created": None,
    "blends": {},
    "clips": [],
    "notes": [],
}


class ClipObject(BaseModel):
    """One clip of a voice."""

    number: int
    """From 1; its sound is at ``/v1/voices/{name}/clips/{number}``."""

    name: str
    duration_s: float
    sha256: str
    """Of the clip as it was given."""


class VoiceObject(BaseModel):
    """A voice: a model's own, or one of the library."""

    model_config = ConfigDict(json_schema_extra={"example": _VOICE})

    name: str
    kind: str
    """``preset`` (a model's own) or ``cloned`` (made from clips)."""

    language: str | None
    """BCP 47 tag; null where nobody knows, as for clips."""

    description: str
    models: list[str]
    """Models of the catalog that can speak in it."""

    created: int | None
    """Unix time; null for presets."""

    blends: dict[str, str]
    """By backend: the blend of its own voices that was fitted to the clips."""

    clips: list[ClipObject]
    notes: list[str]
    """What could not be checked when it was made, or was put up with."""


class VoiceList(BaseModel):
    """Every voice that is known."""

    model_config = ConfigDict(json_schema_extra={"example": {"object": "list", "data": [_VOICE, _PRESET]}})

    object: str = "list"
    data: list[VoiceObject]


class BlendRequest(BaseModel):
    """What ``PUT /v1/voices/{name}/blends/{backend}`` takes."""

    model_config = ConfigDict(json_schema_extra={"example": {"blend": "am_michael(2)+am_onyx(1)"}})

    blend: str = Field(min_length=1, max_length=4000, description="Voices of the backend, as it writes blends")


class EmbeddingObject(BaseModel):
    """One recording's vector."""

    index: int
    name: str
    duration_s: float
    embedding: list[float]


class EmbeddingList(BaseModel):
    """A vector of unit length for every recording, in order."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "object": "list",
                "model": "resemblyzer",
                "data": [{"index": 0, "name": "clip1.wav", "duration_s": 8.2, "embedding": [0.0, 0.6, 0.8]}],
            }
        }
    )

    object: str = "list"
    model: str
    data: list[EmbeddingObject]


_ADD_FORM: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["name", "clips", "consent"],
                    "properties": {
                        "name": {"type": "string", "pattern": "^[a-z0-9][a-z0-9_-]{0,39}$"},
                        "clips": {
                            "type": "array",
                            "items": {"type": "string", "format": "binary"},
                            "description": "Recordings of one speaker, 3 s to 10 min each, of any kind",
                        },
                        "consent": {
                            "type": "boolean",
                            "description": "That the speaker agrees to have the voice copied; must be true",
                        },
                        "force": {
                            "type": "boolean",
                            "default": False,
                            "description": "Whether noise, clipping, music and other speakers are put up with",
                        },
                    },
                },
                "example": {"name": "mol", "clips": ["(the recordings)"], "consent": True},
            }
        },
    }
}
_EMBED_FORM: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "properties": {
                        "file": {"type": "array", "items": {"type": "string", "format": "binary"}},
                        "model": {"type": "string", "description": "The first speaker encoder when left out"},
                    },
                },
                "example": {"file": ["(the recordings)"], "model": "resemblyzer"},
            }
        },
    }
}
_SOUND: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "Sound",
        "content": {
            media: {"schema": {"type": "string", "format": "binary"}, "example": "(bytes)"}
            for media in ("audio/mpeg", "audio/flac")
        },
    }
}


@dataclass(frozen=True, slots=True)
class _Voices:
    """What the routes stand on."""

    pool: Pool
    casting: VoiceCasting
    presets: Callable[[], list[Preset]]

    @property
    def library(self) -> VoiceLibrary:
        return self.casting.library

    def show(self, voice: Voice) -> VoiceObject:
        return VoiceObject(
            name=voice.name,
            kind="cloned",
            language=None,
            description="",
            models=[spec.name for spec in find_speakers(self.pool.catalog, voice)],
            created=int(voice.created_s),
            blends=dict(voice.blends),
            clips=[
                ClipObject(number=number, name=clip.name, duration_s=clip.duration_s, sha256=clip.sha256)
                for number, clip in enumerate(voice.clips, 1)
            ],
            notes=list(voice.notes),
        )

    def find(self, name: str) -> VoiceObject:
        if name in self.library:
            return self.show(self.library.find(name))
        for preset in self.presets():
            if preset.name == name:
                return _show_preset(preset)
        self.library.find(name)  # which says what there is
        raise VoiceNotFound(f"there is no voice {name!r}", param="name")

    async def add(self, name: str, recordings: Sequence[Recording], *, force: bool) -> VoiceObject:
        check_name(name)
        self.library.check_free(name)
        if (model := taken_names(self.pool, self.presets()).get(name)) is not None:
            raise VoiceExists(f"model {model!r} has a voice {name!r} of its own; choose another name", param="name")
        clips, flaws = await asyncio.to_thread(prepare, recordings, ClipRules(), force=force)
        notes = [f"{clip}: {flaw}" for clip, flaw in flaws] + await self._check_speakers(clips, force)
        return self.show(await asyncio.to_thread(self.library.add, name, clips, notes))

    async def _check_speakers(self, clips: Sequence[PreparedClip], force: bool) -> list[str]:
        """What could not be checked, or was put up with.

        Raises:
            ClipsFlawed: clips hold another speaker.
        """
        try:
            encoder = find_encoder(self.pool.catalog)
            faults = await find_strangers(self.pool, encoder, [(clip.name, clip.waveform) for clip in clips])
        except NotServable as error:
            return [f"nobody looked whether the clips hold one speaker only: {error.message}"]
        if faults and not force:
            raise reject_flawed(faults)
        return [f"{clip}: {fault}" for clip, fault in faults]


def _show_preset(preset: Preset) -> VoiceObject:
    return VoiceObject(
        name=preset.name,
        kind="preset",
        language=preset.language or None,
        description=preset.description,
        models=list(preset.models),
        created=None,
        blends={},
        clips=[],
        notes=[],
    )


def build_router(
    pool: Pool, limits: ApiLimits, casting: VoiceCasting, presets: Callable[[], list[Preset]]
) -> APIRouter:
    """The routes under ``/v1/voices`` and ``/v1/speakers``; ``presets`` lists the models' own voices."""
    router = APIRouter(prefix="/v1", tags=["voices"])
    voices = _Voices(pool, casting, presets)
    _add_library_routes(router, voices, limits)
    _add_sound_routes(router, voices)
    _add_speaker_routes(router, pool, limits)
    return router


def _add_library_routes(router: APIRouter, voices: _Voices, limits: ApiLimits) -> None:
    @router.get("/voices", summary="List the voices of the library and of every model")
    async def list_voices() -> VoiceList:
        own = {voice.name: voices.show(voice) for voice in voices.library.voices()}
        presets = [_show_preset(preset) for preset in voices.presets() if preset.name not in own]
        return VoiceList(data=[*own.values(), *presets])

    @router.get("/voices/{name}", summary="Show one voice")
    async def show_voice(name: str) -> VoiceObject:
        return voices.find(name)

    @router.post("/voices", summary="Make a voice from clips", status_code=201, openapi_extra=_ADD_FORM)
    async def add_voice(request: Request) -> VoiceObject:
        async with bound_upload(request, limits.max_upload_bytes).form(max_files=ClipRules().max_clips) as form:
            name = _read_text(form, "name")
            _check_consent(_read_text(form, "consent"))
            recordings = [Recording(file.filename or "clip", file.file) for file in _read_files(form, "clips")]
            force = _says_yes(_read_text(form, "force", required=False))
            return await run_until_hangup(voices.add(name, recordings, force=force), request.receive)

    @router.delete("/voices/{name}", summary="Remove a voice, its clips and latents")
    async def remove_voice(name: str) -> VoiceObject:
        shown = voices.show(voices.library.find(name))
        voices.library.remove(name)
        return shown

    @router.put("/voices/{name}/blends/{backend}", summary="Say which blend of a backend's voices stands for a voice")
    async def set_blend(name: str, backend: str, wanted: Annotated[BlendRequest, Body()]) -> VoiceObject:
        able = {spec.backend for spec in voices.pool.catalog if Task.SYNTHESIZE in spec.tasks and not spec.clones}
        if backend not in able:
            raise InvalidRequest(
                f"backend {backend[:60]!r} is not one that speaks without cloning: {', '.join(sorted(able))}",
                param="backend",
            )
        return voices.show(voices.library.set_blend(name, backend, wanted.blend))


def _add_sound_routes(router: APIRouter, voices: _Voices) -> None:
    @router.get(
        "/voices/{name}/sample", summary="Hear a voice: a text spoken in it", response_class=Response, responses=_SOUND
    )
    async def speak_sample(
        name: str,
        model: Annotated[str | None, Query(description="The first that can speak in it when left out")] = None,
        text: Annotated[str, Query(max_length=1000)] = SAMPLE_TEXT,
        response_format: Annotated[str, Query(description=f"One of {', '.join(SPEECH_FORMATS)}")] = "mp3",
    ) -> Response:
        encoding = choose_format(response_format)
        check_text(text)
        able = voices.find(name).models
        if not able and model is None:
            raise UnknownVoice(
                f"no model of the catalog can speak in voice {name!r}; `catwalk voices fit` finds a blend for it",
                param="name",
            )
        spec = voices.pool.catalog.find(model or able[0], Task.SYNTHESIZE)
        voices.casting.check(spec, name)
        cost = Cost()
        leasing = voices.pool.lease(spec.name, Task.SYNTHESIZE, cost, voice=name, size=len(text))
        audio = speak(leasing, voices.casting, text=text, speed=1.0, encoding=encoding)
        return LiveResponse(audio, encoding.media_type, lambda: server_timing(cost))

    @router.get(
        "/voices/{name}/clips/{number}",
        summary="Hear a clip, as it was prepared",
        response_class=Response,
        responses=_SOUND,
    )
    async def show_clip(name: str, number: int) -> Response:
        voice = voices.library.find(name)
        if not 1 <= number <= len(voice.clips):
            raise VoiceNotFound(
                f"voice {name!r} has clips 1 to {len(voice.clips)}, not {number}",
                param="number",
            )
        path = voices.library.clip_path(voice, voice.clips[number - 1])
        return Response(await asyncio.to_thread(path.read_bytes), media_type="audio/flac")


def _add_speaker_routes(router: APIRouter, pool: Pool, limits: ApiLimits) -> None:
    @router.post(
        "/speakers/embeddings",
        summary="What is particular to voices, as vectors",
        response_model=EmbeddingList,
        openapi_extra=_EMBED_FORM,
    )
    async def embed_speakers(request: Request) -> JSONResponse:
        async with bound_upload(request, limits.max_upload_bytes).form(max_files=MAX_EMBED_FILES) as form:
            spec = find_encoder(pool.catalog, _read_text(form, "model", required=False) or None)
            files = _read_files(form, "file")
            waveforms = [
                await asyncio.to_thread(decode, file.file, rate_hz=EMBED_RATE_HZ, max_duration_s=ClipRules().max_clip_s)
                for file in files
            ]
            names = [file.filename or "recording" for file in files]
        cost = Cost()
        vectors = await run_until_hangup(embed(pool, spec, waveforms, cost=cost), request.receive)
        data = [
            EmbeddingObject(index=index, name=name, duration_s=round(waveform.duration_s, 3), embedding=list(vector))
            for index, (name, waveform, vector) in enumerate(zip(names, waveforms, vectors, strict=True))
        ]
        return JSONResponse(EmbeddingList(model=spec.name, data=data).model_dump(), headers=server_timing(cost))


def _read_text(form: FormData, field: str, *, required: bool = True) -> str:
    value = form.get(field)
    if isinstance(value, str) and (value or not required):
        return value
    if value is None and not required:
        return ""
    raise InvalidRequest(f"{field} is missing: send it as a form field", param=field)


def _read_files(form: FormData, field: str) -> list[UploadFile]:
    files = [value for name in (field, f"{field}[]") for value in form.getlist(name)]
    found = [value for value in files if isinstance(value, UploadFile)]
    if not found or len(found) != len(files):
        raise AudioUnreadable(f"{field} is missing: send recordings as form files named {field!r}", param=field)
    return found


def _says_yes(said: str) -> bool:
    return said.strip().lower() in {"true", "yes", "1"}


def _check_consent(said: str) -> None:
    if not _says_yes(said):
        raise ConsentMissing(
            f"consent must be true, not {said[:40]!r}: a voice is made only of somebody who agrees to have it copied",
            param="consent",
        )
