"""What may be loaded and what is: ``/v1/models``, load, unload and pin."""

from __future__ import annotations

import math

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict
from pydantic.config import JsonDict

from catwalk.serving.pool import Pool
from catwalk.serving.status import MemoryStatus, ModelStatus

_EXAMPLE: JsonDict = {
    "id": "hibari",
    "object": "model",
    "created": 0,
    "owned_by": "catwalk",
    "backend": "hibari",
    "tasks": ["synthesize"],
    "aliases": ["tts-1"],
    "state": "ready",
    "pinned": False,
    "pid": 4242,
    "resident_bytes": 210_000_000,
    "peak_bytes": 220_000_000,
    "footprint": {"ram": 220_000_000},
    "waiting": 0,
    "running": 0,
    "predicted_wait_s": 0.0,
    "voices": ["heart"],
    "held_voices": {"heart": 0},
    "keep_alive_s": None,
    "last_used": 1_700_000_000.0,
    "loads": 1,
    "load_s": 0.4,
    "evictions": {"room": 1},
    "last_unload": "room for kokoro",
    "returned_bytes": 209_000_000,
    "returned_share": 0.995,
    "fallback": None,
    "missing": None,
    "error": None,
    "stuck": None,
}


class ModelObject(BaseModel):
    """A model, as OpenAI's API shows it, and what catwalk knows beyond that."""

    model_config = ConfigDict(json_schema_extra={"example": _EXAMPLE})

    id: str
    object: str = "model"
    created: int = 0
    owned_by: str = "catwalk"
    backend: str
    tasks: list[str]
    aliases: list[str]
    state: str
    """``unloaded``, ``loading``, ``ready``, ``unloading`` or ``failed``."""

    pinned: bool
    pid: int | None
    """Of its worker process."""

    resident_bytes: int
    """In memory now, on all devices together, as measured last."""

    peak_bytes: int
    """The most since it was loaded."""

    footprint: dict[str, int]
    """What the budget counts for it by device, voices aside: measured, or estimated before it was ever loaded."""

    waiting: int
    running: int
    predicted_wait_s: float
    """How long a request that comes now will likely wait."""

    voices: list[str]
    held_voices: dict[str, int]
    """Voices in memory, and the bytes of their latents."""

    keep_alive_s: float | None
    """How long it stays without work; null is forever."""

    last_used: float | None
    """Unix time."""

    loads: int
    load_s: float | None
    """How long the last load took."""

    evictions: dict[str, int]
    """How often it had to leave memory, by reason: ``room``, ``idle``, ``outgrown`` or ``unwanted``."""

    last_unload: str | None
    """Why it left the last time."""

    returned_bytes: int | None
    """What came back when it left the last time."""

    returned_share: float | None
    fallback: str | None
    missing: str | None
    """What has to be installed before it can be loaded, and how."""

    error: str | None
    stuck: str | None
    """What shows no sign of life."""


class MemoryObject(BaseModel):
    """What models may take on one device, and what they do."""

    device: str
    limit_bytes: int
    held_bytes: int
    """Counted for models in memory."""

    reserved_bytes: int
    """Promised to loads in flight."""


class ModelList(BaseModel):
    """Every model of the catalog."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "object": "list",
                "data": [_EXAMPLE],
                "memory": [
                    {
                        "device": "ram",
                        "limit_bytes": 12_000_000_000,
                        "held_bytes": 220_000_000,
                        "reserved_bytes": 0,
                    }
                ],
            }
        }
    )

    object: str = "list"
    data: list[ModelObject]
    memory: list[MemoryObject]


def _show(status: ModelStatus) -> ModelObject:
    departure = status.last_departure
    return ModelObject(
        id=status.spec.name,
        backend=status.spec.backend,
        tasks=sorted(status.spec.tasks),
        aliases=list(status.spec.aliases),
        state=status.state,
        pinned=status.pinned,
        pid=status.pid,
        resident_bytes=status.resident_bytes,
        peak_bytes=status.peak_bytes,
        footprint=dict(status.footprint),
        waiting=status.n_waiting,
        running=status.n_leases,
        predicted_wait_s=round(status.predicted_wait_s, 3),
        voices=list(status.voices),
        held_voices=dict(status.held_voices),
        keep_alive_s=None if math.isinf(status.keep_alive_s) else status.keep_alive_s,
        last_used=status.last_used_s,
        loads=status.n_loads,
        load_s=status.load_s,
        evictions=dict(status.evictions),
        last_unload=status.last_unload,
        returned_bytes=departure.returned_bytes if departure else None,
        returned_share=round(departure.returned_share, 4) if departure else None,
        fallback=status.spec.fallback,
        missing=status.missing,
        error=status.last_error,
        stuck=status.stuck,
    )


def _show_memory(status: MemoryStatus) -> MemoryObject:
    return MemoryObject(
        device=status.device,
        limit_bytes=status.limit_bytes,
        held_bytes=status.held_bytes,
        reserved_bytes=status.reserved_bytes,
    )


def build_router(pool: Pool) -> APIRouter:
    """The routes under ``/v1/models``."""
    router = APIRouter(prefix="/v1/models", tags=["models"])

    @router.get("", summary="List every model of the catalog, resident or not, and the memory budget")
    async def list_models() -> ModelList:
        return ModelList(
            data=[_show(status) for status in pool.statuses()], memory=[_show_memory(each) for each in pool.memory()]
        )

    @router.get("/{model}", summary="Show one model")
    async def show_model(model: str) -> ModelObject:
        return _show(pool.status(model))

    @router.post("/{model}/load", summary="Bring a model into memory; answers when it is ready")
    async def load_model(model: str) -> ModelObject:
        return _show(await pool.load(model))

    @router.post("/{model}/unload", summary="Let a model go; answers when its process is gone")
    async def unload_model(model: str) -> ModelObject:
        return _show(await pool.unload(model))

    @router.post("/{model}/pin", summary="Never evict a model; it is not loaded by that")
    async def pin_model(model: str) -> ModelObject:
        return _show(pool.pin(model, pinned=True))

    @router.delete("/{model}/pin", summary="Let a model be evicted again")
    async def unpin_model(model: str) -> ModelObject:
        return _show(pool.pin(model, pinned=False))

    return router
