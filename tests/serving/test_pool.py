"""The pool with real worker processes, each of which holds a fake."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import json
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
    NeverFits,
    QueueFull,
    ShuttingDown,
    UnknownModel,
    UnknownVoice,
    WorkerDied,
    WrongTask,
)
from catwalk.serving.catalog import Catalog, ModelSpec
from catwalk.serving.events import Priority
from catwalk.serving.gpus import Gpus
from catwalk.serving.lease import Cost
from catwalk.serving.metrics import Metrics
from catwalk.serving.pool import Pool
from catwalk.serving.residence import Limits, State
from catwalk.tasks import Task, VoiceRef

pytestmark = pytest.mark.anyio

MB = 10**6
TEXT = "One. Two. Three."
VOICE = VoiceRef("tone")


def fake(name: str, **options: Any) -> ModelSpec:
    return ModelSpec(
        name,
        "fake",
        "catwalk.backends.fake:Fake",
        Fake.tasks,
        options=options,
        extra_bytes=Fake.expect_bytes(options),
        latents_bytes=Fake.expect_latents_bytes(options),
    )


def unforeseen(name: str, **options: Any) -> ModelSpec:
    """A fake whose size nobody knows before it was loaded."""
    return dataclasses.replace(fake(name, **options), extra_bytes=0, latents_bytes=0)


@contextlib.asynccontextmanager
async def pool_of(
    home: Path, *specs: ModelSpec, limits: Limits = Limits(), budget_mb: float = 10_000
) -> AsyncIterator[Pool]:
    budget = {"ram": int(budget_mb * MB)}
    pool = Pool(Catalog(specs), home=home, metrics=Metrics(), limits=limits, budget=budget, gpus=Gpus(None))
    await pool.start()
    try:
        yield pool
    finally:
        await pool.close()


async def speak(pool: Pool, model: str, text: str = TEXT, voice: str = "tone", **terms: Any) -> int:
    n_parts = 0
    async with pool.lease(model, Task.SYNTHESIZE, voice=voice, **terms) as lease:
        async for _ in lease.stream("synthesize", text=text, voice=VoiceRef(voice)):
            n_parts += 1
    return n_parts


def is_resident(pool: Pool, *models: str) -> list[bool]:
    return [pool.status(model).state is State.READY for model in models]


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
    async with pool_of(tmp_path, dataclasses.replace(fake("a"), tasks=frozenset({Task.SYNTHESIZE}))) as pool:
        with pytest.raises(UnknownModel, match="the catalog has: a"):
            await speak(pool, "b")
        with pytest.raises(WrongTask, match="cannot caption"):
            async with pool.lease("a", Task.CAPTION):
                pass


async def test_a_broken_message_from_a_worker_is_an_error_for_its_callers(tmp_path: Path) -> None:
    async with pool_of(tmp_path, fake("a")) as pool, pool.lease("a", Task.SYNTHESIZE) as lease:
        with pytest.raises((BackendFailed, InvalidRequest), match="no_such_method"):
            await lease.call("no_such_method")


# --- memory


async def test_a_model_for_which_there_is_no_room_evicts_the_idle_one(tmp_path: Path) -> None:
    async with pool_of(tmp_path, fake("a", n_bytes=60 * MB), fake("b", n_bytes=60 * MB), budget_mb=170) as pool:
        await speak(pool, "a")
        await speak(pool, "b")

        assert is_resident(pool, "a", "b") == [False, True]
        assert pool.status("a").evictions == {"room": 1}
        assert pool.status("a").last_unload == "room for b"


async def test_the_bytes_of_an_evicted_model_come_back(tmp_path: Path) -> None:
    async with pool_of(tmp_path, fake("a", n_bytes=60 * MB)) as pool:
        await speak(pool, "a")
        status = await pool.unload("a")

        assert status.last_departure is not None
        assert status.last_departure.held_bytes > 60 * MB
        assert status.last_departure.returned_share == 1.0


async def test_what_never_fits_is_refused_and_nobody_leaves_for_it(tmp_path: Path) -> None:
    async with pool_of(tmp_path, fake("a"), fake("giant", n_bytes=500 * MB), budget_mb=200) as pool:
        await speak(pool, "a")

        with pytest.raises(NeverFits, match="giant"):
            await speak(pool, "giant")
        with pytest.raises(NeverFits):
            await pool.load("giant")

        assert is_resident(pool, "a", "giant") == [True, False]


async def test_a_model_that_outgrows_its_estimate_is_refused_once_that_is_seen(tmp_path: Path) -> None:
    async with pool_of(tmp_path, unforeseen("giant", n_bytes=300 * MB, load_s=0.01), budget_mb=200) as pool:
        with pytest.raises(NeverFits):
            await speak(pool, "giant")

        assert pool.status("giant").state is State.UNLOADED


async def test_what_was_measured_is_known_to_the_next_server(tmp_path: Path) -> None:
    spec = unforeseen("a", n_bytes=100 * MB)
    async with pool_of(tmp_path, spec) as pool:
        await speak(pool, "a")
        measured = pool.status("a").footprint["ram"]

    async with pool_of(tmp_path, spec) as later:
        assert later.status("a").footprint["ram"] == pytest.approx(measured, rel=0.05)
        assert measured > 100 * MB


async def test_a_model_that_once_took_more_than_there_is_now_is_served_where_less_was_enough(tmp_path: Path) -> None:
    spec = unforeseen("a", n_bytes=60 * MB)
    async with pool_of(tmp_path, spec) as pool:
        await speak(pool, "a")
    path = tmp_path / "footprints.json"
    ((key, entry),) = ((key, each) for key, each in json.loads(path.read_text()).items() if each["model"] == "a")
    path.write_text(json.dumps({key: entry | {"sizes": {"ram": 400 * MB}, "least": {"ram": 120 * MB}}}))

    async with pool_of(tmp_path, spec, budget_mb=200) as later:
        await speak(later, "a")

        assert is_resident(later, "a") == [True]


async def test_a_pinned_model_stays_and_the_other_is_refused(tmp_path: Path) -> None:
    async with pool_of(tmp_path, fake("a", n_bytes=60 * MB), fake("b", n_bytes=60 * MB), budget_mb=170) as pool:
        await speak(pool, "a")

        assert pool.pin("a", pinned=True).pinned
        with pytest.raises(NeverFits, match="pinned models stay: a"):
            await speak(pool, "b")
        pool.pin("a", pinned=False)
        await speak(pool, "b")

        assert is_resident(pool, "a", "b") == [False, True]


async def test_a_voice_for_which_there_is_no_room_evicts_another_voice(tmp_path: Path) -> None:
    spec = fake("a", voice_bytes=40 * MB, voices=("u", "v", "w"))
    async with pool_of(tmp_path, spec, budget_mb=150) as pool:
        for voice in ("u", "v", "w"):
            await speak(pool, "a", voice=voice)

        assert sorted(pool.status("a").held_voices) == ["v", "w"]
        assert counted(pool, "catwalk_voice_evictions_total", model="a") == 1
        assert pool.status("a").n_loads == 1


async def test_preloads_evict_nobody(tmp_path: Path) -> None:
    specs = [dataclasses.replace(fake(name, n_bytes=60 * MB), preload=True) for name in "ab"]
    async with pool_of(tmp_path, *specs, budget_mb=170) as pool:
        await pool.load("a")

        assert is_resident(pool, "a", "b") == [True, False]


# --- orders and terms


async def test_a_request_may_say_how_long_the_model_stays(tmp_path: Path) -> None:
    async with pool_of(tmp_path, fake("a")) as pool:
        await speak(pool, "a", keep_alive_s=0.0)
        await pool.unload("a")

        assert pool.status("a").evictions == {"idle": 1}


async def test_people_come_before_batch_work(tmp_path: Path) -> None:
    order: list[str] = []

    async def ask(name: str, priority: Priority) -> None:
        await speak(pool, "a", priority=priority)
        order.append(name)

    async with pool_of(tmp_path, fake("a")) as pool:
        async with pool.lease("a", Task.SYNTHESIZE):
            asking = [
                asyncio.create_task(ask("night", Priority.BATCH)),
                asyncio.create_task(ask("person", Priority.INTERACTIVE)),
            ]
            await asyncio.sleep(0)
        await asyncio.gather(*asking)

    assert order == ["person", "night"]


async def test_what_waits_already_is_served_as_one_batch(tmp_path: Path) -> None:
    async with pool_of(tmp_path, fake("a", batch_size=4)) as pool:
        async with pool.lease("a", Task.SYNTHESIZE):
            asking = [asyncio.create_task(speak(pool, "a", text)) for text in ("One.", "One. Two.", TEXT)]
            await asyncio.sleep(0)
        parts = await asyncio.gather(*asking)

        assert parts == [1, 2, 3]
        assert counted(pool, "catwalk_batches_total", model="a") == 1


async def test_a_bad_request_in_a_batch_fails_alone(tmp_path: Path) -> None:
    async def ask(voice: str) -> Any:
        async with pool.lease("a", Task.SYNTHESIZE, voice="tone") as lease:
            return await lease.call("synthesize", text="One.", voice=VoiceRef(voice))

    async with pool_of(tmp_path, fake("a", batch_size=4)) as pool:
        async with pool.lease("a", Task.SYNTHESIZE):
            asking = [asyncio.create_task(ask(voice)) for voice in ("tone", "nobody")]
            await asyncio.sleep(0)
        good, bad = await asyncio.gather(*asking, return_exceptions=True)

    assert not isinstance(good, BaseException)
    assert isinstance(bad, UnknownVoice)


async def test_who_leaves_a_batch_does_not_hold_the_others_up(tmp_path: Path) -> None:
    async def leave() -> None:
        async with pool.lease("a", Task.SYNTHESIZE, voice="tone"):
            pass

    async with pool_of(tmp_path, fake("a", batch_size=4)) as pool:
        async with pool.lease("a", Task.SYNTHESIZE):
            asking = [asyncio.create_task(speak(pool, "a")), asyncio.create_task(leave())]
            await asyncio.sleep(0)
        assert await asyncio.gather(*asking) == [3, None]


async def test_a_load_that_nobody_waits_for_any_more_is_broken_off(tmp_path: Path) -> None:
    async with pool_of(tmp_path, fake("a", load_s=60)) as pool:
        waiting = asyncio.create_task(speak(pool, "a"))
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        await pool.unload("a")

        assert pool.status("a").state is State.UNLOADED
        assert counted(pool, "catwalk_unloads_total", model="a", reason="unwanted") == 1


async def test_what_never_fits_goes_to_its_fallback_with_that_ones_voice(tmp_path: Path) -> None:
    giant = dataclasses.replace(fake("giant", n_bytes=500 * MB), fallback="far")
    far = dataclasses.replace(fake("far"), voice_aliases={"heart": "low"})
    async with pool_of(tmp_path, giant, far, budget_mb=200) as pool:
        async with pool.lease("giant", Task.SYNTHESIZE, cost := Cost(), voice="heart") as lease:
            assert lease.voice == "low"
            await lease.call("synthesize", text=TEXT, voice=VoiceRef("low"))

        assert cost.model == "far"
        labels = {"model": "giant", "to": "far", "reason": "model_never_fits"}
        assert counted(pool, "catwalk_fallbacks_total", **labels) == 1


async def test_a_model_that_does_not_load_leaves_its_requests_to_the_fallback(tmp_path: Path) -> None:
    broken = dataclasses.replace(fake("broken", fault="load"), fallback="far")
    async with pool_of(tmp_path, broken, fake("far")) as pool:
        assert await speak(pool, "broken") == 3


async def test_the_predicted_wait_is_told_and_compared(tmp_path: Path) -> None:
    async with pool_of(tmp_path, fake("a")) as pool:
        async with pool.lease("a", Task.SYNTHESIZE, first := Cost()):
            pass
        async with pool.lease("a", Task.SYNTHESIZE, second := Cost()):
            pass

        assert (first.predicted_wait_s > 0.0, second.predicted_wait_s) == (True, 0.0)
        assert counted(pool, "catwalk_wait_error_seconds_count", model="a") == 2
