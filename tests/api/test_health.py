from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from catwalk.api.health import probe
from catwalk.backends.fake import Fake
from catwalk.serving.catalog import Catalog, ModelSpec
from catwalk.serving.metrics import Metrics
from catwalk.serving.pool import Pool
from conftest import RunningServer


def test_healthz_answers(running: RunningServer) -> None:
    with running.http() as http:
        answer = http.get("/healthz")

    assert answer.json()["status"] == "ok"


def test_readyz_sends_a_request_through_a_worker(running: RunningServer) -> None:
    with running.http() as http:
        answer = http.get("/readyz")
        loads = http.get("/v1/models/probe").json()["loads"]

    assert (answer.status_code, answer.json()) == (200, {"ready": True, "reason": None, "stuck": []})
    assert loads >= 1


@pytest.mark.anyio
async def test_a_probe_that_fails_says_why(tmp_path: Path) -> None:
    spec = ModelSpec("probe", "fake", "catwalk.backends.fake:Fake", Fake.tasks, options={"fault": "run"})
    pool = Pool(Catalog([spec]), home=tmp_path, metrics=Metrics())

    reason = await asyncio.wait_for(probe(pool), 20)
    await pool.close()

    assert reason == "this fake was told to fail when it runs"


def test_metrics_count_requests_and_bytes(running: RunningServer) -> None:
    with running.http() as http:
        http.post("/v1/audio/speech", json={"model": "fake", "input": "Tea."}).raise_for_status()
        text = http.get("/metrics").text

    assert 'catwalk_requests_total{model="fake",outcome="ok",task="synthesize"}' in text
    assert 'catwalk_resident_bytes{device="ram",model="fake"}' in text
    assert 'catwalk_queue_seconds_bucket{le="0.001",model="fake"}' in text
