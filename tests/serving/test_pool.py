"""The pool with real worker processes, each of which holds a fake."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from catwalk.backends.fake import Fake
from catwalk.errors import (
    BackendFailed,
    BackendNotInstalled,
    CoolingDown,
    InvalidRequest,
    LoadFailed,
    QueueFull,
    ShuttingDown,
    UnknownModel,
    UnknownVoice,
    WorkerDied,
    WrongTask,
)
from catwalk.serving.catalog import Catalog, ModelSpec
from catwalk.serving.metrics import Metrics
from catwalk.serving.pool import Pool
from catwalk.serving.residence import Limits, State
from catwalk.tasks import Task, VoiceRef

pytestmark = pytest.mark.anyio

TEXT = "One. Two. Three."
VOICE = VoiceRef("tone")


def fake(name: str, **options: Any) -> ModelSpec:
    return ModelSpec(name, "fake", "catwalk.backends.fake:Fake", Fake.tasks, options=options)


@contextlib.asynccontextmanager
async def pool_of(home: Path, *specs: ModelSpec, limits: Limits = Limits()) -> AsyncIterator[Pool]:
    pool = Pool(Catalog(specs), home=home, metrics=Metrics(), limits=limits)
    await pool.start()
    try:
        yield pool
    finally:
        await pool.close()


async def speak(pool: Pool, model: str, text: str = TEXT) -> int:
    n_parts = 0
    async with pool.lease(model, Task.SYNTHESIZE) as lease:
        async for _ in lease.stream("synthesize", text=text, voice=VOICE):
            n_parts += 1
    return n_parts


def counted(pool: Pool, name: str, **labels: str) -> float:
    return pool.metrics.registry.get_sample_value(name, labels) or 0.0


async def test_the_first_request_loads_and_the_second_finds_it_warm(tmp_path: Path) -> None:
    async with pool_of(tmp_path, fake("a", load_s=0.05)) as pool:
        async with pool.lease("a", Task.SYNTHESIZE) as first:
            await first.call("synthesize", text=TEXT, voice=VOICE)
        async with pool.lease("a", Task.SYNTHESIZE) as second:
            await second.call("synthesize", text=TEXT, voice=VOICE)

        assert first.cost.load_s >= 0.05
        assert second.cost.load_s == 0.0
        assert pool.status("a").n_loads == 1


async def test_requests_that_come_during_a_load_join_it(tmp_path: Path) -> None:
    async with pool_of(tmp_path, fake("a", load_s=0.05)) as pool:
        parts = await asyncio.gather(*(speak(pool, "a") for _ in range(5)))

        assert parts == [3] * 5
        assert pool.status("a").n_loads == 1


async def test_what_the_settings_name_is_loaded_at_the_start(tmp_path: Path) -> None:
    async with pool_of(tmp_path, dataclasses.replace(fake("a"), preload=True), fake("b")) as pool:
        await pool.load("a")

        assert pool.status("a").n_loads == 1
        assert pool.status("b").state is State.UNLOADED


async def test_a_ready_model_reports_the_bytes_of_its_process(tmp_path: Path) -> None:
    async with pool_of(tmp_path, fake("small"), fake("large", n_bytes=50_000_000)) as pool:
        small, large = await pool.load("small"), await pool.load("large")

        assert large.resident_bytes - small.resident_bytes == pytest.approx(50_000_000, rel=0.2)


async def test_unload_ends_the_process_and_the_next_request_loads_again(tmp_path: Path) -> None:
    async with pool_of(tmp_path, fake("a")) as pool:
        await speak(pool, "a")

        status = await pool.unload("a")
        parts = await speak(pool, "a")

        assert (status.state, status.resident_bytes) == (State.UNLOADED, 0)
        assert parts == 3
        assert pool.status("a").n_loads == 2


async def test_unload_waits_for_the_leases(tmp_path: Path) -> None:
    async with pool_of(tmp_path, fake("a")) as pool:
        async with pool.lease("a", Task.SYNTHESIZE) as lease:
            unloading = asyncio.create_task(pool.unload("a"))
            await asyncio.sleep(0)
            await lease.call("synthesize", text=TEXT, voice=VOICE)
            assert not unloading.done()

        assert (await unloading).state is State.UNLOADED


async def test_a_model_with_keep_alive_zero_goes_as_soon_as_it_is_idle(tmp_path: Path) -> None:
    async with pool_of(tmp_path, dataclasses.replace(fake("a"), keep_alive_s=0.0)) as pool:
        await speak(pool, "a")
        await pool.unload("a")

        assert counted(pool, "catwalk_unloads_total", model="a", reason="idle") == 1


async def test_a_worker_that_dies_fails_its_caller_and_serves_the_next(tmp_path: Path) -> None:
    async with pool_of(tmp_path, fake("mortal", fault="die"), fake("b")) as pool:
        await speak(pool, "b")

        with pytest.raises(WorkerDied, match=r"mortal.*signal 9"):
            await speak(pool, "mortal")

        assert await speak(pool, "b") == 3
        assert counted(pool, "catwalk_worker_deaths_total", model="mortal") == 1


async def test_a_model_that_dies_twice_and_serves_nothing_rests(tmp_path: Path) -> None:
    async with pool_of(tmp_path, fake("mortal", fault="die")) as pool:
        for _ in range(2):
            with pytest.raises(WorkerDied):
                await speak(pool, "mortal")

        with pytest.raises(CoolingDown) as refusal:
            await speak(pool, "mortal")

        assert refusal.value.retry_after_s == 4


async def test_a_failed_load_tells_everyone_who_waited_why(tmp_path: Path) -> None:
    async with pool_of(tmp_path, fake("broken", fault="load")) as pool:
        answers = await asyncio.gather(*(speak(pool, "broken") for _ in range(3)), return_exceptions=True)

        assert [type(answer) for answer in answers] == [LoadFailed] * 3
        assert "told to fail its load" in str(answers[0])
        assert pool.status("broken").state is State.FAILED


async def test_a_process_that_ends_during_its_load_is_a_failed_load(tmp_path: Path) -> None:
    async with pool_of(tmp_path, fake("broken", fault="die_on_load")) as pool:
        with pytest.raises(LoadFailed, match="signal 9"):
            await pool.load("broken")


async def test_an_unknown_option_is_said_when_the_model_loads(tmp_path: Path) -> None:
    async with pool_of(tmp_path, fake("odd", colour="red")) as pool:
        with pytest.raises(LoadFailed, match="colour"):
            await pool.load("odd")


async def test_a_backend_whose_packages_are_missing_is_said_so(tmp_path: Path) -> None:
    async with pool_of(tmp_path, dataclasses.replace(fake("a"), requires=("no_such_library",))) as pool:
        with pytest.raises(BackendNotInstalled, match="no_such_library"):
            await speak(pool, "a")


async def test_errors_of_the_backend_arrive_as_themselves(tmp_path: Path) -> None:
    async with pool_of(tmp_path, fake("a"), fake("broken", fault="run")) as pool:
        with pytest.raises(BackendFailed, match="told to fail"):
            await speak(pool, "broken")
        with pytest.raises(UnknownVoice, match="not as 'nobody'"):
            async with pool.lease("a", Task.SYNTHESIZE) as lease:
                await lease.call("synthesize", text=TEXT, voice=VoiceRef("nobody"))


async def test_closing_a_stream_stops_the_work_between_sentences(tmp_path: Path) -> None:
    async with pool_of(tmp_path, fake("a", run_s=0.02)) as pool:
        async with pool.lease("a", Task.SYNTHESIZE) as lease:
            stream = lease.stream("synthesize", text="A sentence. " * 100_000, voice=VOICE)
            await anext(stream)
            await stream.aclose()
        async with asyncio.timeout(60):  # all of it would take half an hour
            parts = await speak(pool, "a")

        assert parts == 3


async def test_a_caller_who_leaves_the_queue_is_forgotten(tmp_path: Path) -> None:
    async with pool_of(tmp_path, fake("a")) as pool:
        async with pool.lease("a", Task.SYNTHESIZE):
            waiting = asyncio.create_task(speak(pool, "a"))
            await asyncio.sleep(0)
            assert pool.status("a").n_waiting == 1
            waiting.cancel()
            await asyncio.gather(waiting, return_exceptions=True)
            assert pool.status("a").n_waiting == 0

        assert await speak(pool, "a") == 3


async def test_a_model_with_two_lanes_serves_two_at_once(tmp_path: Path) -> None:
    async with pool_of(tmp_path, fake("a", lanes=2)) as pool:
        async with pool.lease("a", Task.SYNTHESIZE), pool.lease("a", Task.SYNTHESIZE):
            assert pool.status("a").n_leases == 2


async def test_a_full_queue_rejects(tmp_path: Path) -> None:
    async with pool_of(tmp_path, fake("a"), limits=Limits(max_queue=1)) as pool:
        async with pool.lease("a", Task.SYNTHESIZE):
            waiting = asyncio.create_task(speak(pool, "a"))
            await asyncio.sleep(0)
            with pytest.raises(QueueFull):
                await speak(pool, "a")

        assert await waiting == 3


async def test_closing_the_pool_rejects_who_waits(tmp_path: Path) -> None:
    async with pool_of(tmp_path, fake("a", load_s=30)) as pool:
        waiting = asyncio.create_task(speak(pool, "a"))
        await asyncio.sleep(0)
        await pool.close()

        with pytest.raises(ShuttingDown):
            await waiting


async def test_unknown_models_and_wrong_tasks_are_refused_with_what_there_is(tmp_path: Path) -> None:
    async with pool_of(tmp_path, fake("a")) as pool:
        with pytest.raises(UnknownModel, match="the catalog has: a"):
            await speak(pool, "b")
        with pytest.raises(WrongTask, match="cannot caption"):
            async with pool.lease("a", Task.CAPTION):
                pass


async def test_a_broken_message_from_a_worker_is_an_error_for_its_callers(tmp_path: Path) -> None:
    async with pool_of(tmp_path, fake("a")) as pool, pool.lease("a", Task.SYNTHESIZE) as lease:
        with pytest.raises((BackendFailed, InvalidRequest), match="no_such_method"):
            await lease.call("no_such_method")
