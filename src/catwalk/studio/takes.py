"""Takes over HTTP: recordings of a line made, handed in, chosen and heard."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import numpy as np
from fastapi import APIRouter, Body, Query, Request, Response
from pydantic import BaseModel, Field
from starlette.datastructures import FormData, UploadFile

from catwalk.api.streaming import bound_upload, run_until_hangup
from catwalk.audio.codec import decode
from catwalk.audio.waveform import Waveform
from catwalk.errors import AudioUnreadable, InvalidRequest, NotInLibrary
from catwalk.library.database import Library
from catwalk.library.desk import Edited
from catwalk.library.editing import choose_take
from catwalk.library.lines import find_line, find_take, list_takes
from catwalk.library.paging import MAX_LIMIT
from catwalk.library.tables import LineVersion, Origin
from catwalk.podcast.retakes import Retakes
from catwalk.podcast.show import PublishedFile
from catwalk.studio.answers import EDITED, TAKE, BodyId, EditedObject, Id, TakeList, example, to_edited, to_take
from catwalk.studio.media import send_file
from catwalk.studio.readings import Undoing

_PEAK_RATE_HZ = 8_000
"""Fine enough for what a picture of a take shows."""

_KEPT = {"Cache-Control": "private, max-age=31536000, immutable"}
"""A take never changes; and nobody but whoever may call the API is to have it."""

_FORM: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file", "revision"],
                    "properties": {
                        "file": {"type": "string", "format": "binary", "description": "Any audio, at most 5 minutes"},
                        "revision": {"type": "integer", "minimum": 0, "description": "Of the episode"},
                        "origin": {"type": "string", "enum": ["microphone", "upload"], "default": "upload"},
                    },
                },
                "example": {"file": "(the bytes of a recording)", "revision": 12, "origin": "microphone"},
            }
        },
    }
}


class Choice(Undoing):
    """The take that a line is to have."""

    take: BodyId


class Recording(Undoing):
    """A line to be spoken once more."""

    speed: Annotated[float, Field(ge=0.5, le=2.0)] | None = None
    """Rate relative to the voice's own; the show's when left out."""


class Peaks(BaseModel):
    """The loudest moments of a take, over equal stretches of it."""

    duration_s: float
    peaks: list[float]
    """0 to 1."""


@dataclass(frozen=True)
class LineTakes:
    """The takes of lines, and what makes more of them."""

    open_library: Callable[[], Library]
    retakes: Retakes
    tell: Callable[[Edited], None]
    """Told of every edit."""

    def list(self, line_id: int) -> TakeList:
        """All takes of a line, the newest first."""
        with self.open_library().read() as session:
            row = find_line(session, line_id)
            takes = list_takes(session, line_id, limit=MAX_LIMIT).items
            versions = {take.version_id: session.get_one(LineVersion, take.version_id) for take in takes}
            data = [to_take(take, versions[take.version_id], is_chosen=take.id == row.line.take_id) for take in takes]
        return TakeList(data=data)

    def choose(self, line_id: int, wanted: Choice) -> EditedObject:
        """Have a line sound as another take does."""
        with self.open_library().write() as session:
            edited = choose_take(session, line_id, wanted.take, revision=wanted.revision)
            answer = to_edited(session, edited)
        self.tell(edited)
        return answer

    def show(self, edited: Edited) -> EditedObject:
        """What became of a new take."""
        self.tell(edited)
        with self.open_library().read() as session:
            return to_edited(session, edited)

    def find_audio(self, take_id: int) -> Path:
        """The file of a take."""
        library = self.open_library()
        with library.read() as session:
            take, _ = find_take(session, take_id)
        path = library.blobs.path(take.audio)
        if not path.is_file():
            raise NotInLibrary(f"the recording of take {take_id} is lost; `catwalk doctor --mend` knows more")
        return path


def find_peaks(take: Waveform, n: int) -> list[float]:
    """The loudest sample of each of ``n`` stretches of a take, 0 to 1."""
    sizes = np.abs(take.samples)
    if not sizes.size:
        return [0.0] * n
    starts = np.arange(n) * sizes.size // n
    return [round(float(peak), 3) for peak in np.minimum(np.maximum.reduceat(sizes, starts), 1.0)]


def build_router(takes: LineTakes, *, max_upload_bytes: int) -> APIRouter:
    """Routes to takes."""
    router = APIRouter(prefix="/v1", tags=["readings"])

    @router.get(
        "/lines/{line_id}/takes",
        summary="List the takes of a line, the newest first",
        responses=example({"object": "list", "data": [TAKE]}),
    )
    def get_takes(line_id: Id) -> TakeList:
        return takes.list(line_id)

    @router.post("/lines/{line_id}/choose", summary="Choose another take of a line", responses=example(EDITED))
    def post_choice(line_id: Id, wanted: Annotated[Choice, Body()]) -> EditedObject:
        return takes.choose(line_id, wanted)

    @router.post(
        "/lines/{line_id}/record",
        summary="Speak a line once more, in another way than before; answers when it was heard",
        responses=example(EDITED),
    )
    async def post_recording(request: Request, line_id: Id, wanted: Annotated[Recording, Body()]) -> EditedObject:
        work = takes.retakes.speak(line_id, revision=wanted.revision, speed=wanted.speed)
        edited = await run_until_hangup(work, request.receive)
        return await asyncio.to_thread(takes.show, edited)

    @router.post(
        "/lines/{line_id}/takes",
        summary="Hand in a recording of a line: trimmed, levelled, checked and chosen",
        responses=example(EDITED),
        openapi_extra=_FORM,
    )
    async def post_take(request: Request, line_id: Id) -> EditedObject:
        async with bound_upload(request, max_upload_bytes).form(max_files=1, max_fields=4) as form:
            work = partial(takes.retakes.take_in, line_id, _read_file(form).file, revision=_read_revision(form))
            edited = await work(origin=_read_origin(form))
        return await asyncio.to_thread(takes.show, edited)

    _add_sound_routes(router, takes)
    return router


def _add_sound_routes(router: APIRouter, takes: LineTakes) -> None:
    sound: dict[int | str, dict[str, Any]] = {
        200: {"content": {"audio/flac": {"schema": {"type": "string"}, "example": "the bytes of the file"}}}
    }

    @router.head("/takes/{take_id}/audio", include_in_schema=False)
    @router.get("/takes/{take_id}/audio", summary="Hear a take", response_class=Response, responses=sound)
    def get_audio(request: Request, take_id: Id) -> Response:
        path = takes.find_audio(take_id)
        return send_file(request, path.name, PublishedFile(path, False), media_type="audio/flac", shared={})

    @router.get(
        "/takes/{take_id}/peaks",
        summary="How loud a take is, for a picture of it",
        responses=example({"duration_s": 3.2, "peaks": [0.0, 0.41, 0.87, 0.12]}),
    )
    def get_peaks(response: Response, take_id: Id, n: Annotated[int, Query(ge=1, le=4000)] = 200) -> Peaks:
        take = decode(takes.find_audio(take_id), rate_hz=_PEAK_RATE_HZ)
        response.headers.update(_KEPT)
        return Peaks(duration_s=round(take.duration_s, 3), peaks=find_peaks(take, n))


def _read_file(form: FormData) -> UploadFile:
    file = form.get("file")
    if isinstance(file, UploadFile):
        return file
    raise AudioUnreadable("file is missing: send a recording as a form file named 'file'", param="file")


def _read_revision(form: FormData) -> int:
    said = form.get("revision")
    if isinstance(said, str) and said.isascii() and said.isdigit() and len(said) < 10:
        return int(said)
    raise InvalidRequest("revision is the number of the episode's revision, as a form field", param="revision")


def _read_origin(form: FormData) -> Origin:
    said = form.get("origin", Origin.UPLOAD.value)
    if said in {Origin.MICROPHONE.value, Origin.UPLOAD.value}:
        return Origin(str(said))
    raise InvalidRequest(f"origin is microphone or upload, not {str(said)[:40]!r}", param="origin")
