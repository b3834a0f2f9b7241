"""What may be loaded and what is: ``/v1/models``, load and unload."""

from __future__ import annotations

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict
from pydantic.config import JsonDict

from catwalk.serving.pool import ModelStatus, Pool

_EXAMPLE: JsonDict = {
    "id": "hibari",
    "object": "model",
    "created": 0,
    "owned_by": "catwalk",
    "backend": "hibari",
    "tasks": ["synthesize"],
    "aliases": ["tts-1"],
    "state": "ready",
    "resident_bytes": 210_000_000,
    "peak_bytes": 220_000_000,
    "waiting": 0,
    "running": 0,
    "voices": ["heart"],
    "last_used": 1_700_000_000.0,
    "loads": 1,
    "error": None,
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

    resident_bytes: int
    peak_bytes: int
    waiting: int
    running: int
    voices: list[str]
    last_used: float | None
    """Unix time."""

    loads: int
    error: str | None


class ModelList(BaseModel):
    """Every model of the catalog."""

    model_config = ConfigDict(json_schema_extra={"example": {"object": "list", "data": [_EXAMPLE]}})

    object: str = "list"
    data: list[ModelObject]


def _show(status: ModelStatus) -> ModelObject:
    return ModelObject(
        id=status.spec.name,
        backend=status.spec.backend,
        tasks=sorted(status.spec.tasks),
        aliases=list(status.spec.aliases),
        state=status.state,
        resident_bytes=status.resident_bytes,
        peak_bytes=status.peak_bytes,
        waiting=status.n_waiting,
        running=status.n_leases,
        voices=list(status.voices),
        last_used=status.last_used_s,
        loads=status.n_loads,
        error=status.last_error,
    )


def build_router(pool: Pool) -> APIRouter:
    """The routes under ``/v1/models``."""
    router = APIRouter(prefix="/v1/models", tags=["models"])

    @router.get("", summary="List every model of the catalog, resident or not")
    async def list_models() -> ModelList:
        return ModelList(data=[_show(status) for status in pool.statuses()])

    @router.get("/{model}", summary="Show one model")
    async def show_model(model: str) -> ModelObject:
        return _show(pool.status(model))

    @router.post("/{model}/load", summary="Bring a model into memory; answers when it is ready")
    async def load_model(model: str) -> ModelObject:
        return _show(await pool.load(model))

    @router.post("/{model}/unload", summary="Let a model go; answers when its process is gone")
    async def unload_model(model: str) -> ModelObject:
        return _show(await pool.unload(model))

    return router
