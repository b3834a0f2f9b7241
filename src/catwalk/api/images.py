"""OpenAI's route for pictures: ``/v1/images/generations``."""

from __future__ import annotations

import base64
import re
import time
from typing import Annotated, Literal

from fastapi import APIRouter, Body, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from catwalk.api.streaming import run_until_hangup, server_timing
from catwalk.api.terms import KEEP_ALIVE, PRIORITY, LeaseTerms, read_terms
from catwalk.errors import EmptyText, InvalidRequest, UnsupportedFormat
from catwalk.serving.catalog import ModelSpec
from catwalk.serving.lease import Cost
from catwalk.serving.pool import Pool
from catwalk.tasks import Task

MAX_PROMPT_CHARS = 4000
MAX_PICTURES = 10
MIN_SIDE_PX, MAX_SIDE_PX = 16, 4096
MAX_PIXELS = 4_194_304
"""Of one picture: 2048 x 2048. Models have limits of their own below it."""

_SIZE = re.compile(r"(\d{1,5})x(\d{1,5})")
_USUAL_PIXELS = 512 * 512


class ImageRequest(BaseModel):
    """What ``POST /v1/images/generations`` takes."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {"model": "fake", "prompt": "A kettle on a stove", "size": "512x512", "n": 1, "seed": 7}
        }
    )

    model: str = Field(description="Name or alias of a model that can illustrate")
    prompt: str = Field(description=f"What the picture shows, 1 to {MAX_PROMPT_CHARS} characters")
    n: int = Field(1, ge=1, le=MAX_PICTURES, description="How many pictures, drawn one after the other")
    size: str | None = Field(None, description="WIDTHxHEIGHT in pixels, or auto; the model's own when left out")
    response_format: str = Field("b64_json", description="b64_json; nothing is kept that an address could lead to")
    output_format: str = Field("png", description="png")
    stream: bool = Field(False, description="Not supported")
    seed: int | None = Field(
        None, ge=0, lt=2**53, description="The same seed draws the same picture; a second picture takes the next one"
    )
    priority: Literal["interactive", "batch"] = Field("interactive", description=PRIORITY)
    keep_alive: float | str | None = Field(None, description=KEEP_ALIVE)


class ImageObject(BaseModel):
    """One picture."""

    b64_json: str
    """A PNG, base64-encoded."""


class ImagesAnswer(BaseModel):
    """What ``POST /v1/images/generations`` answers."""

    model_config = ConfigDict(
        json_schema_extra={"example": {"created": 1_700_000_000, "data": [{"b64_json": "iVBORw0KGgo="}]}}
    )

    created: int
    """Unix time."""

    data: list[ImageObject]


def build_router(pool: Pool) -> APIRouter:
    """OpenAI's route for pictures over ``pool``."""
    router = APIRouter(prefix="/v1/images", tags=["images"])

    @router.post("/generations", summary="Draw pictures from a description")
    async def generations(
        wanted: Annotated[ImageRequest, Body()], request: Request, response: Response
    ) -> ImagesAnswer:
        _check(wanted)
        size = _read_size(wanted.size)
        spec = pool.catalog.find(wanted.model, Task.ILLUSTRATE)
        terms = read_terms(wanted.priority, wanted.keep_alive)
        cost = Cost()
        pictures = await run_until_hangup(_draw(pool, spec, wanted, size, terms, cost), request.receive)
        response.headers.update(server_timing(cost))
        shown = [ImageObject(b64_json=base64.b64encode(picture).decode()) for picture in pictures]
        return ImagesAnswer(created=int(time.time()), data=shown)

    return router


def _check(wanted: ImageRequest) -> None:
    if not wanted.prompt.strip():
        raise EmptyText("prompt is empty; there is nothing to draw", param="prompt")
    if len(wanted.prompt) > MAX_PROMPT_CHARS:
        raise InvalidRequest(
            f"prompt has {len(wanted.prompt)} characters; at most {MAX_PROMPT_CHARS} are allowed", param="prompt"
        )
    if wanted.response_format != "b64_json":
        raise UnsupportedFormat(
            f"response_format {wanted.response_format!r} is not b64_json: a picture is not kept, so it has no address",
            param="response_format",
        )
    if wanted.output_format != "png":
        raise UnsupportedFormat(f"output_format {wanted.output_format!r} is not png", param="output_format")
    if wanted.stream:
        raise InvalidRequest("stream is not supported here; the picture comes when it is finished", param="stream")


def _read_size(text: str | None) -> tuple[int, int] | None:
    """Width and height in pixels; None for the model's own.

    Raises:
        InvalidRequest: it is no size, or out of range.
    """
    if text is None or text == "auto":
        return None
    found = _SIZE.fullmatch(text)
    if found is None:
        raise InvalidRequest(f"size is WIDTHxHEIGHT such as 512x512, or auto, not {text[:40]!r}", param="size")
    width, height = int(found[1]), int(found[2])
    if min(width, height) < MIN_SIDE_PX or max(width, height) > MAX_SIDE_PX or width * height > MAX_PIXELS:
        raise InvalidRequest(
            f"size {text} is out of range: {MIN_SIDE_PX} to {MAX_SIDE_PX} pixels a side, {MAX_PIXELS:,} in all",
            param="size",
        )
    return width, height


async def _draw(
    pool: Pool, spec: ModelSpec, wanted: ImageRequest, size: tuple[int, int] | None, terms: LeaseTerms, cost: Cost
) -> list[bytes]:
    width, height = size or (None, None)
    n_pixels = wanted.n * (size[0] * size[1] if size else _USUAL_PIXELS)
    async with pool.lease(spec.name, Task.ILLUSTRATE, cost, size=n_pixels, **terms) as lease:
        return [
            await lease.call(
                "illustrate",
                prompt=wanted.prompt,
                width=width,
                height=height,
                seed=None if wanted.seed is None else wanted.seed + number,
            )
            for number in range(wanted.n)
        ]
