from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from catwalk.serving.process import WorkerProcess
from catwalk.tasks import VoiceRef

pytestmark = pytest.mark.anyio


@pytest.fixture
async def worker(tmp_path: Path) -> AsyncIterator[WorkerProcess]:
    path = os.pathsep.join([str(Path(__file__).parent), os.environ.get("PYTHONPATH", "")])
    started = await WorkerProcess.start("stepping", log_path=tmp_path / "log", variables={"PYTHONPATH": path})
    await started.load("stepping_backend:Stepping", None, {})
    yield started
    await started.stop()


async def speak(worker: WorkerProcess, text: str) -> list[object]:
    return [part async for part in worker.call("synthesize", {"text": text, "voice": VoiceRef("only")})]


async def test_a_backend_that_asks_ends_a_sentence_that_nobody_waits_for(worker: WorkerProcess) -> None:
    started_s = time.monotonic()

    with pytest.raises(TimeoutError):
        await asyncio.wait_for(speak(worker, "long"), 0.3)

    assert time.monotonic() - started_s < 10
    assert worker.n_running == 0


async def test_the_next_call_is_not_taken_for_the_one_that_was_withdrawn(worker: WorkerProcess) -> None:
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(speak(worker, "long"), 0.3)

    assert len(await speak(worker, "short")) == 2
