"""Posts that are handed in as files, over HTTP."""

from __future__ import annotations

import asyncio
from pathlib import PurePosixPath
from typing import Any

from fastapi import APIRouter, Request
from starlette.datastructures import UploadFile

from catwalk.api.streaming import bound_upload
from catwalk.errors import InvalidRequest, UploadTooLarge
from catwalk.library.shows import find_show
from catwalk.podcast.newsroom import Newsroom
from catwalk.reader.fetch import take_file
from catwalk.studio.answers import example
from catwalk.studio.episode_answers import EPISODE, EpisodeAsked
from catwalk.studio.episodes import READING_LIST, have_read
from catwalk.studio.job_answers import JOB_ID

_FRAME_BYTES = 64 * 1024
"""What a form takes beside the file in it, at most."""

_FORM: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "properties": {
                        "file": {"type": "string", "format": "binary", "description": "An .html, .md or .txt file"},
                        "show": {"type": "string", "description": "The list that it comes into; else the reading list"},
                    },
                },
                "example": {"file": "(the bytes of a page)"},
            }
        },
    }
}


def build_router(newsroom: Newsroom, *, max_bytes: int) -> APIRouter:
    """``/v1/uploads``, for files of so many bytes at most."""
    router = APIRouter(prefix="/v1", tags=["library"])

    @router.post(
        "/uploads",
        summary="Have a file read: into the reading list, or any show; the same file again is the same episode",
        status_code=202,
        responses=example(EPISODE | {"state": "waiting", "url": None, "job": JOB_ID}, 202),
        openapi_extra=_FORM,
    )
    async def post_upload(request: Request) -> EpisodeAsked:
        async with bound_upload(request, max_bytes + _FRAME_BYTES).form(max_files=1, max_fields=1) as form:
            file = form.get("file")
            if not isinstance(file, UploadFile):
                raise InvalidRequest("file is missing: send a post as a form file named 'file'", param="file")
            show = str(form.get("show") or READING_LIST)
            content = await file.read(max_bytes + 1)
            if len(content) > max_bytes:
                raise UploadTooLarge(f"a post has at most {max_bytes} bytes", param="file")
        if show != READING_LIST:
            await asyncio.to_thread(_check_show, newsroom, show)
        name = PurePosixPath(file.filename or "").name[:200]
        episode_id = await newsroom.take_file(show, take_file(name, content))
        return await asyncio.to_thread(have_read, newsroom, episode_id)

    return router


def _check_show(newsroom: Newsroom, slug: str) -> None:
    with newsroom.library.read() as session:
        find_show(session, slug)
