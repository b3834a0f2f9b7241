"""The watch over real worker processes, with a clock that is moved by hand."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import math
import os
import signal
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pytest

from catwalk.backends.fake import Fake
from catwalk.errors import LoadFailed, WorkerDied
from catwalk.serving.catalog import Catalog, ModelSpec
from catwalk.serving.gpus import Gpus
from catwalk.serving.metrics import Metrics
from catwalk.serving.pool import Pool
from catwalk.serving.watchdog import LOOK_EVERY_S, STUCK_AFTER_S
from catwalk.tasks import Task, VoiceRef

pytestmark = pytest.mark.anyio

VOICE = VoiceRef("tone")
STALL_S = 120.0
PATIENCE_S = 20.0
"""For what comes at once on a machine that is not overloaded."""

ENDLESS = "A sentence. " * 100_000


@dataclass
class Clock:
    """Moved by hand."""

    now_s: float = 1000.0

    def __call__(self) -> float:
        return self.now_s


def fake(name: str, **options: Any) -> ModelSpec:
    return ModelSpec(name, "fake", "catwalk.backends.fake:Fake", Fake.tasks, options=options)


@contextlib.asynccontextmanager
async def pool_of(home: Path, clock: Clock, *specs: ModelSpec, stall_s: float = STALL_S) -> AsyncIterator[Pool]:
    """A pool that nobody watches but the test."""
    pool = Pool(Catalog(specs), home=home, metrics=Metrics(), stall_s=stall_s, gpus=Gpus(None), clock=clock)
    try:
        async with asyncio.timeout(PATIENCE_S):
            yield pool
    finally:
        await pool.close()


async def watch_for(pool: Pool, clock: Clock, seconds: float) -> None:
    for _ in range(round(seconds / LOOK_EVERY_S)):
        clock.now_s += LOOK_EVERY_S
        await asyncio.sleep(0)
        await pool.watch.look()


def halt(pool: Pool, model: str) -> int:
    """Stop the process of a model in its tracks, as a debugger or a broken driver would; its id comes back."""
    pid = pool.status(model).pid
    assert pid is not None
    os.kill(pid, signal.SIGSTOP)
    while psutil.Process(pid).status() != psutil.STATUS_STOPPED:
        pass
    return pid


def shown(pool: Pool, model: str) -> float | None:
    return pool.metrics.registry.get_sample_value("catwalk_stuck", {"model": model})


async def test_a_worker_that_halts_in_the_middle_of_a_call_is_stuck_until_it_goes_on(tmp_path: Path) -> None:
    clock = Clock()
    async with pool_of(tmp_path, clock, fake("a", run_s=0.005)) as pool, pool.lease("a", Task.SYNTHESIZE) as lease:
        async with contextlib.aclosing(lease.stream("synthesize", text=ENDLESS, voice=VOICE)) as parts:
            await anext(parts)
            pid = halt(pool, "a")

            await watch_for(pool, clock, STUCK_AFTER_S - 1)
            early = pool.status("a").stuck
            await watch_for(pool, clock, 5)
            late = pool.status("a").stuck
            shown_late = shown(pool, "a")
            os.kill(pid, signal.SIGCONT)
            for _ in range(20):
                await anext(parts)
            await watch_for(pool, clock, 1)

    assert early is None
    assert late is not None
    assert late.startswith("model 'a' is running 1 call and has shown no sign of life for ")
    assert shown_late == 1
    assert pool.watch.stuck == {}
    assert shown(pool, "a") == 0


async def test_a_worker_that_stays_stuck_is_ended_and_its_caller_is_told(tmp_path: Path) -> None:
    clock = Clock()
    async with pool_of(tmp_path, clock, fake("a", run_s=0.005)) as pool:
        async with pool.lease("a", Task.SYNTHESIZE) as lease:
            parts = lease.stream("synthesize", text=ENDLESS, voice=VOICE)
            await anext(parts)
            halt(pool, "a")
            await watch_for(pool, clock, STALL_S - 1)
            before = pool.status("a").pid
            await watch_for(pool, clock, 5)
            with pytest.raises(WorkerDied, match="signal 9"):
                [part async for part in parts]
        await watch_for(pool, clock, 1)
        async with pool.lease("a", Task.SYNTHESIZE) as lease:
            again = await lease.call("synthesize", text="Tea.", voice=VOICE)

    assert before is not None
    assert again.duration_s > 0
    assert pool.watch.stuck == {}
    assert shown(pool, "a") == 0


async def test_nothing_is_ended_where_the_settings_forbid_it(tmp_path: Path) -> None:
    clock = Clock()
    async with pool_of(tmp_path, clock, fake("a", run_s=0.005), stall_s=math.inf) as pool:
        async with pool.lease("a", Task.SYNTHESIZE) as lease:
            parts = lease.stream("synthesize", text=ENDLESS, voice=VOICE)
            await anext(parts)
            pid = halt(pool, "a")

            await watch_for(pool, clock, 3 * STALL_S)

            stuck = pool.watch.stuck["a"]
            os.kill(pid, signal.SIGCONT)
            await anext(parts)
            await parts.aclose()

    assert stuck.for_s > 2 * STALL_S


async def test_a_load_that_does_not_move_is_stuck_and_is_ended(tmp_path: Path) -> None:
    clock = Clock()
    async with pool_of(tmp_path, clock, fake("a", load_s=3600)) as pool:
        loading = asyncio.create_task(pool.load("a"))
        longest_s = 0.0

        while not loading.done():
            await watch_for(pool, clock, 1)
            if "a" in pool.watch.stuck:
                assert pool.watch.stuck["a"].doing == "loading"
                longest_s = max(longest_s, pool.watch.stuck["a"].for_s)

        with pytest.raises(LoadFailed, match="signal 9"):
            await loading
    assert longest_s >= STALL_S


async def test_a_worker_that_waits_for_another_machine_is_not_watched(tmp_path: Path) -> None:
    clock = Clock()
    far = dataclasses.replace(fake("a", run_s=0.005), is_remote=True)
    async with pool_of(tmp_path, clock, far) as pool, pool.lease("a", Task.SYNTHESIZE) as lease:
        async with contextlib.aclosing(lease.stream("synthesize", text=ENDLESS, voice=VOICE)) as parts:
            await anext(parts)
            pid = halt(pool, "a")

            await watch_for(pool, clock, STALL_S + 10)
            found = pool.watch.stuck
            os.kill(pid, signal.SIGCONT)
            await anext(parts)

    assert found == {}


async def test_a_worker_whose_answers_nobody_reads_is_not_stuck(tmp_path: Path) -> None:
    clock = Clock()
    async with pool_of(tmp_path, clock, fake("a")) as pool, pool.lease("a", Task.SYNTHESIZE) as lease:
        parts = lease.stream("synthesize", text="One. Two. Three.", voice=VOICE)
        await anext(parts)
        while pool.watch._busy():  # noqa: ASYNC110 - until the other process is done, and only the reader here is not
            await asyncio.sleep(0)

        await watch_for(pool, clock, STALL_S + 10)

        n_left = len([part async for part in parts])

    assert n_left == 2
    assert pool.watch.stuck == {}


async def test_a_worker_that_nobody_asks_anything_is_not_stuck(tmp_path: Path) -> None:
    clock = Clock()
    async with pool_of(tmp_path, clock, fake("a")) as pool:
        await pool.load("a")
        async with pool.lease("a", Task.SYNTHESIZE):
            await watch_for(pool, clock, STALL_S + 10)

    assert pool.watch.stuck == {}
    assert shown(pool, "a") is None
