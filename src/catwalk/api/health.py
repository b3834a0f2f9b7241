"""Is the process there, can it work, and how does it do: ``/healthz``, ``/readyz``, ``/metrics``."""

from __future__ import annotations

import asyncio

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse, PlainTextResponse
from prometheus_client import CONTENT_TYPE_LATEST

from catwalk import __version__
from catwalk.errors import CatwalkError
from catwalk.serving.catalog import PROBE_MODEL
from catwalk.serving.pool import Pool
from catwalk.tasks import Task, VoiceRef

PROBE_TIMEOUT_S = 5.0


async def probe(pool: Pool) -> str | None:
    """Send a request through the scheduler to a fake model; returns what went wrong, or None."""
    try:
        async with asyncio.timeout(PROBE_TIMEOUT_S), pool.lease(PROBE_MODEL, Task.SYNTHESIZE) as lease:
            await lease.call("synthesize", text="Ready.", voice=VoiceRef("tone"))
    except TimeoutError:
        return f"the probe did not come back within {PROBE_TIMEOUT_S:.0f} s"
    except CatwalkError as error:
        return error.message
    return None


def build_router(pool: Pool) -> APIRouter:
    """The routes that watch the server."""
    router = APIRouter(tags=["health"])

    @router.get(
        "/healthz", summary="Does the process answer?", responses=_example({"status": "ok", "catwalk": "0.1.0"})
    )
    async def healthz() -> dict[str, str]:
        return {"status": "ok", "catwalk": __version__}

    @router.get(
        "/readyz",
        summary="Does a request come through the scheduler and a worker?",
        responses=_example({"ready": True, "reason": None, "stuck": []})
        | {503: {"description": "It does not", "content": {"application/json": {"example": {"ready": False}}}}},
    )
    async def readyz() -> JSONResponse:
        reason = await probe(pool)
        stuck = [str(each) for each in pool.watch.stuck.values()]
        body = {"ready": reason is None and not stuck, "reason": reason, "stuck": stuck}
        return JSONResponse(body, 200 if body["ready"] else 503)

    @router.get(
        "/metrics",
        summary="Counters, gauges and histograms for Prometheus",
        response_class=Response,  # what goes wrong is JSON here too
        responses={
            200: {"content": {"text/plain": {"example": 'catwalk_resident_bytes{model="hibari",device="ram"} 2.1e+08'}}}
        },
    )
    async def metrics() -> PlainTextResponse:
        for status in pool.statuses():
            pool.metrics.queued.labels(status.spec.name).set(status.n_waiting)
        return PlainTextResponse(pool.metrics.expose(), media_type=CONTENT_TYPE_LATEST)

    return router


def _example(body: dict[str, object]) -> dict[int | str, dict[str, object]]:
    return {200: {"content": {"application/json": {"example": body}}}}
