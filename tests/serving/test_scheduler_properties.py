"""Rules that hold whatever happens, tried on random sequences of everything that can happen."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from simulated_pool import SimulatedPool

from catwalk.serving import events
from catwalk.serving.events import Priority
from catwalk.serving.residence import Limits, ModelTerms, VoiceTerms
from catwalk.serving.scheduler import Scheduler

MODELS = ("a", "b", "c", "d")
VOICES = (None, "u", "v", "w")

TERMS = st.builds(
    lambda n_bytes, voice_bytes, load_s, keep_s: ModelTerms(
        keep_alive_s=keep_s,
        sizes={"ram": n_bytes},
        load_s=load_s,
        voices={voice: VoiceTerms(voice_bytes, 0.5) for voice in ("u", "v", "w")},
    ),
    n_bytes=st.integers(1, 100),
    voice_bytes=st.integers(0, 40),
    load_s=st.floats(0, 20),
    keep_s=st.sampled_from([float("inf"), float("inf"), 0.0, 5.0]),
)
WHAT = {"ask": 8, "serve": 6, "load": 4, "gone": 4} | dict.fromkeys(
    ("wait", "hang up", "fail", "kill", "pin", "want", "unwant", "batch"), 1
)
"""What may happen, and how often beside the others."""

ACTIONS = st.lists(
    st.tuples(
        st.sampled_from([what for what, n_times in WHAT.items() for _ in range(n_times)]),
        st.sampled_from(MODELS),
        st.sampled_from(VOICES),
        st.integers(0, 50),
    ),
    max_size=120,
)


def make_pool(terms: list[ModelTerms], budget: int, lanes: int, batch_size: int, **limits: Any) -> SimulatedPool:
    named = dict(zip(MODELS, terms, strict=True))
    return SimulatedPool(Scheduler(named, {"ram": budget}, Limits(**limits)), lanes, batch_size)


def act(pool: SimulatedPool, what: str, model: str, voice: str | None, number: int) -> None:
    requests = sorted(pool.waiting)
    match what:
        case "ask":
            pool.ask(model, voice=voice, keep_alive_s=0.0 if number == 0 else None)
        case "batch":
            pool.ask(model, voice=voice, priority=Priority.BATCH)
        case "serve" if pool.running:
            pool.serve(sorted(pool.running)[number % len(pool.running)], run_s=number / 10)
        case "load" if pool.loading:
            pool.finish_load(pool.loading[number % len(pool.loading)])
        case "fail" if pool.loading:
            pool.finish_load(pool.loading[0], fails=True)
        case "gone" if pool.leaving:
            pool.finish_unload(pool.leaving[0])
        case "kill" if model in pool.ready or model in pool.loading:
            pool.kill(model)
        case "hang up" if requests:
            pool.hang_up(requests[number % len(requests)])
        case "wait":
            pool.wait(float(number))
        case "pin" | "want" | "unwant":
            order(pool, what, model, number)


def order(pool: SimulatedPool, what: str, model: str, number: int) -> None:
    match what:
        case "pin":
            pool.tell(events.Pin(model, pinned=number > 25))
        case "want":
            pool.tell(events.LoadWanted(model, may_evict=number > 10))
        case "unwant":
            pool.tell(events.UnloadWanted(model))


@settings(max_examples=250)
@given(
    terms=st.lists(TERMS, min_size=4, max_size=4),
    budget=st.integers(60, 300),
    lanes=st.integers(1, 3),
    batch_size=st.integers(1, 3),
    max_loads=st.integers(1, 2),
    actions=ACTIONS,
)
def test_each_request_is_answered_once_nothing_is_evicted_under_a_lease_and_the_budget_holds(
    terms: list[ModelTerms],
    budget: int,
    lanes: int,
    batch_size: int,
    max_loads: int,
    actions: list[tuple[str, str, str | None, int]],
) -> None:
    pool = make_pool(
        terms, budget, lanes, batch_size, max_queue=20, max_wait_s=10.0, quantum_s=5.0, max_loads=max_loads
    )

    for action in actions:
        act(pool, *action)
        assert not pool.scheduler.budget.excess(), "the budget holds at any moment"
        assert len(pool.loading) <= max_loads
    for model in MODELS:
        pool.tell(events.Pin(model, pinned=False))
    pool.settle()

    assert {name: pool.answers[name] for name in (f"r{k}" for k in range(pool.n_asked))} == {
        f"r{k}": 1 for k in range(pool.n_asked)
    }


@settings(max_examples=60)
@given(terms=st.lists(TERMS, min_size=4, max_size=4), budget=st.integers(60, 300), actions=ACTIONS)
def test_the_books_of_the_budget_agree_with_what_is_in_memory(
    terms: list[ModelTerms], budget: int, actions: list[tuple[str, str, str | None, int]]
) -> None:
    pool = make_pool(terms, budget, 1, 1, max_wait_s=10.0, quantum_s=5.0)

    for action in actions:
        act(pool, *action)

    resident = sum(
        pool.scheduler.residence(model).sizes["ram"]
        + sum(pool.scheduler.residence(model).voice_sizes(voice).get("ram", 0) for voice in voices)
        for model, voices in pool.ready.items()
    )
    booked = pool.scheduler.budget.resident()["ram"]
    in_transit = sum(pool.scheduler.residence(model).sizes["ram"] for model in pool.leaving)
    assert booked >= resident
    assert booked <= resident + in_transit + sum(40 * 3 for _ in pool.leaving)


def test_thousands_of_requests_that_wait_are_all_answered() -> None:
    terms = [ModelTerms(sizes={"ram": 10}, voices={f"v{k}": VoiceTerms(1) for k in range(100)}) for _ in MODELS]
    pool = make_pool(terms, 60, 1, 1, max_queue=10**6)
    for k in range(4000):
        pool.ask(MODELS[k % 4], voice=f"v{k % 100}")

    pool.settle()

    assert pool.answers.total() == 4000
    assert len(pool.answers) == 4000
