"""The rules of the scheduler, one by one: events in, decisions out, and a clock that the test moves by hand."""

from __future__ import annotations

from typing import Any

import pytest
from simulated_pool import SimulatedPool

from catwalk.errors import CoolingDown, NeverFits, QueueFull
from catwalk.serving import events
from catwalk.serving.events import Decision, Priority, UnloadReason
from catwalk.serving.residence import Limits, ModelTerms, State, VoiceTerms
from catwalk.serving.scheduler import Scheduler

VOICES = {"u": VoiceTerms(10, 1.0), "v": VoiceTerms(10, 1.0), "w": VoiceTerms(10, 1.0)}


def make_pool(*names: str, budget: int = 100, lanes: int = 1, batch_size: int = 1, **limits: Any) -> SimulatedPool:
    """Models of 50 bytes with three voices of 10 bytes each, in a budget for two of them without voices."""
    terms = {name: ModelTerms(sizes={"ram": 50}, load_s=2.0, voices=VOICES) for name in names}
    return make_pool_of(terms, budget=budget, lanes=lanes, batch_size=batch_size, **limits)


def make_pool_of(
    terms: dict[str, ModelTerms], *, budget: int = 100, lanes: int = 1, batch_size: int = 1, **limits: Any
) -> SimulatedPool:
    return SimulatedPool(Scheduler(terms, {"ram": budget}, Limits(**limits)), lanes, batch_size)


def load(pool: SimulatedPool, *names: str) -> None:
    """Bring models into memory with nothing to do."""
    for name in names:
        pool.tell(events.LoadWanted(name))
        pool.now_s += 2.0
        pool.finish_load(name)
    pool.decisions.clear()


def granted(pool: SimulatedPool) -> list[str]:
    return [request for decision in pool.decisions if isinstance(decision, events.Grant) for request in decision.ids]


def of_kind(pool: SimulatedPool, *kinds: type[Decision]) -> list[Decision]:
    return [decision for decision in pool.decisions if isinstance(decision, kinds)]


# --- rules 1 to 4: serving


def test_a_request_for_a_ready_model_with_a_free_lane_is_granted_at_once() -> None:
    pool = make_pool("a")
    load(pool, "a")

    request = pool.ask("a")

    assert pool.decisions == [events.Grant((request,), "a")]


def test_a_request_waits_while_every_lane_is_busy() -> None:
    pool = make_pool("a", lanes=2)
    load(pool, "a")

    first, second, third = pool.ask("a"), pool.ask("a"), pool.ask("a")
    before = granted(pool)
    pool.serve(second)

    assert before == [first, second]
    assert granted(pool) == [first, second, third]


def test_requests_of_one_voice_that_wait_are_granted_together_up_to_the_batch_size() -> None:
    pool = make_pool("a", batch_size=3)
    load(pool, "a")
    first = pool.ask("a", voice="u")
    others = [pool.ask("a", voice=voice) for voice in ("u", "v", "u", "u", "u")]

    pool.serve(first)

    batch = pool.decisions[-1]
    assert isinstance(batch, events.Grant)
    assert batch.ids == (others[0], others[2], others[3])


def test_a_lane_comes_free_when_the_whole_batch_is_served() -> None:
    pool = make_pool("a", batch_size=2)
    load(pool, "a")
    first = pool.ask("a")
    one, other, later = pool.ask("a"), pool.ask("a"), pool.ask("a")
    pool.serve(first)

    pool.serve(one)
    while_the_other_runs = granted(pool)
    pool.serve(other)

    assert later not in while_the_other_runs
    assert granted(pool)[-1] == later


def test_requests_join_a_load_in_flight() -> None:
    pool = make_pool("a")

    first, second = pool.ask("a"), pool.ask("a")
    pool.finish_load("a")
    pool.serve(first)

    assert of_kind(pool, events.Load) == [events.Load("a")]
    assert granted(pool) == [first, second]


def test_loads_come_one_after_another() -> None:
    pool = make_pool("a", "b")

    pool.ask("a")
    pool.ask("b")
    at_first = list(pool.loading)
    pool.finish_load("a")

    assert at_first == ["a"]
    assert pool.loading == ["b"]


def test_loads_may_overlap_when_the_settings_say_so() -> None:
    pool = make_pool("a", "b", max_loads=2)

    pool.ask("a")
    pool.ask("b")

    assert pool.loading == ["a", "b"]


def test_models_that_people_wait_for_are_loaded_before_models_with_batch_work() -> None:
    pool = make_pool("a", "b", "c", budget=200)
    pool.ask("a")

    pool.ask("b", priority=Priority.BATCH)
    pool.ask("c")
    pool.finish_load("a")

    assert pool.loading == ["c"]


def test_people_go_before_batch_work_of_the_same_model() -> None:
    pool = make_pool("a")
    load(pool, "a")
    first, batch, person = pool.ask("a"), pool.ask("a", priority=Priority.BATCH), pool.ask("a")

    pool.serve(first)
    pool.serve(person)

    assert granted(pool) == [first, person, batch]


def test_a_voice_that_would_cost_another_its_place_waits_for_those_in_memory() -> None:
    pool = make_pool("a", budget=60)
    load(pool, "a")
    first = pool.ask("a", voice="u")
    other, same = pool.ask("a", voice="v"), pool.ask("a", voice="u")

    pool.serve(first)
    pool.serve(same)

    assert granted(pool) == [first, same, other]
    assert of_kind(pool, events.EvictVoice) == [events.EvictVoice("a", "u")]


def test_voices_that_fit_beside_each_other_are_served_in_order_of_arrival() -> None:
    pool = make_pool("a", budget=80)
    load(pool, "a")
    first, other, same = pool.ask("a", voice="u"), pool.ask("a", voice="v"), pool.ask("a", voice="u")

    pool.serve(first)
    pool.serve(other)

    assert granted(pool) == [first, other, same]


def test_a_voice_gives_way_to_another_model_whose_own_voice_finds_no_room() -> None:
    pool = make_pool("a", "b", budget=110)
    load(pool, "a", "b")
    first = pool.ask("a", voice="u")

    second = pool.ask("b", voice="u")
    before = granted(pool)
    pool.serve(first)

    assert before == [first]
    assert pool.decisions[-2:] == [events.EvictVoice("a", "u"), events.Grant((second,), "b", "u", loads_voice=True)]


# --- rules 5 to 7: evicting


def test_nothing_is_evicted_while_there_is_room() -> None:
    pool = make_pool("a", "b")
    load(pool, "a")

    pool.ask("b")

    assert pool.decisions == [events.Load("b")]


def test_the_idle_model_that_is_wanted_least_often_is_evicted() -> None:
    pool = make_pool("often", "seldom", "new")
    load(pool, "seldom", "often")
    for _ in range(5):
        pool.serve(pool.ask("often"))
        pool.now_s += 1.0
    pool.serve(pool.ask("seldom"))

    pool.ask("new")

    assert of_kind(pool, events.Unload) == [events.Unload("seldom", UnloadReason.ROOM, "new")]


def test_of_models_wanted_equally_often_the_one_that_loads_fastest_is_evicted() -> None:
    terms = {
        "slow": ModelTerms(sizes={"ram": 50}, load_s=20.0),
        "fast": ModelTerms(sizes={"ram": 50}, load_s=2.0),
        "new": ModelTerms(sizes={"ram": 50}),
    }
    pool = make_pool_of(terms)
    for name, load_s in (("slow", 20.0), ("fast", 2.0)):
        pool.tell(events.LoadWanted(name))
        pool.now_s += load_s
        pool.finish_load(name)

    pool.ask("new")

    assert of_kind(pool, events.Unload) == [events.Unload("fast", UnloadReason.ROOM, "new")]


def test_an_idle_voice_is_evicted_before_a_model_if_that_is_enough() -> None:
    terms = {name: ModelTerms(sizes={"ram": size}, voices=VOICES) for name, size in (("a", 50), ("b", 45))}
    pool = make_pool_of(terms)
    load(pool, "a")
    pool.serve(pool.ask("a", voice="u"))

    pool.ask("b")

    assert pool.decisions[-2:] == [events.EvictVoice("a", "u"), events.Load("b")]


def test_a_load_waits_until_the_memory_of_the_evicted_is_back() -> None:
    pool = make_pool("a", "b", budget=50)
    load(pool, "a")

    pool.ask("b")
    before = list(pool.loading)
    pool.finish_unload("a")

    assert before == []
    assert pool.loading == ["b"]


def test_a_pinned_model_is_never_evicted() -> None:
    pool = make_pool("a", "b", "c")
    load(pool, "a", "b")
    pool.tell(events.Pin("a", pinned=True))
    pool.serve(pool.ask("b"))

    pool.ask("c")

    assert of_kind(pool, events.Unload) == [events.Unload("b", UnloadReason.ROOM, "c")]


def test_a_model_under_a_lease_stays() -> None:
    pool = make_pool("a", "b", budget=50)
    load(pool, "a")
    request = pool.ask("a")

    pool.ask("b")
    pool.wait(1000.0)
    before = of_kind(pool, events.Unload)
    pool.serve(request)

    assert before == []
    assert of_kind(pool, events.Unload) == [events.Unload("a", UnloadReason.ROOM, "b")]


def test_what_never_fits_is_refused_before_anything_is_evicted() -> None:
    pool = make_pool_of({"a": ModelTerms(sizes={"ram": 50}), "giant": ModelTerms(sizes={"ram": 101})})
    load(pool, "a")

    request = pool.ask("giant")

    (refusal,) = pool.decisions
    assert isinstance(refusal, events.Reject)
    assert refusal.id == request
    assert isinstance(refusal.error, NeverFits)


def test_what_never_fits_beside_the_pinned_is_refused() -> None:
    pool = make_pool("a", "b", budget=90)
    load(pool, "a")
    pool.tell(events.Pin("a", pinned=True))

    pool.ask("b")

    (refusal,) = of_kind(pool, events.Reject)
    assert isinstance(refusal, events.Reject)
    assert "pinned models stay: a" in str(refusal.error)


def test_a_pin_that_leaves_no_room_refuses_those_who_wait() -> None:
    pool = make_pool("a", "b", budget=90)
    load(pool, "a")
    running = pool.ask("a")
    waiting = pool.ask("b")

    pool.tell(events.Pin("a", pinned=True))

    assert pool.answers[waiting] == 1
    assert running in pool.running


def test_a_pin_that_leaves_no_room_for_a_voice_refuses_those_who_wait_for_it() -> None:
    pool = make_pool("a", "b", budget=105)
    load(pool, "a", "b")
    pool.ask("b")
    waiting = pool.ask("a", voice="u")
    before = pool.answers[waiting]

    pool.tell(events.Pin("b", pinned=True))

    assert (before, pool.answers[waiting]) == (0, 1)


def test_a_voice_that_never_fits_beside_its_model_is_refused() -> None:
    pool = make_pool("a", budget=55)

    pool.ask("a", voice="u")

    assert [type(each) for each in pool.decisions] == [events.Reject]


# --- rules 8 to 10: fairness


def keep_busy(pool: SimulatedPool, name: str, until_s: float, run_s: float = 1.0) -> None:
    """Endless traffic: whenever a run ends, two requests wait already."""
    while pool.now_s < until_s and name in pool.ready:
        while len([each for each in pool.waiting.values() if each == name]) < 2:
            pool.ask(name)
        running = [request for request, (model, _) in pool.running.items() if model == name]
        pool.wait(run_s)
        pool.serve(running[0], run_s)


def test_endless_traffic_to_a_warm_model_gives_way_after_max_wait_s() -> None:
    pool = make_pool("warm", "other", budget=50, max_wait_s=60.0, quantum_s=30.0)
    load(pool, "warm")
    keep_busy(pool, "warm", 100.0)
    asked_s = pool.now_s

    pool.ask("other")
    keep_busy(pool, "warm", 300.0)

    assert pool.leaving == ["warm"]
    assert 60.0 <= pool.now_s - asked_s <= 62.0


def test_what_was_just_loaded_serves_its_backlog_for_a_quantum() -> None:
    pool = make_pool("warm", "other", budget=50, max_wait_s=10.0, quantum_s=30.0)
    pool.ask("warm")
    pool.finish_load("warm")
    ready_s = pool.now_s

    pool.ask("other")
    keep_busy(pool, "warm", 300.0)

    assert 28.0 <= pool.now_s - ready_s <= 31.0


def test_a_busy_model_that_will_run_dry_soon_may_finish_its_backlog() -> None:
    pool = make_pool("busy", "other", budget=50, max_wait_s=10.0, quantum_s=20.0)
    load(pool, "busy")
    for _ in range(8):
        pool.now_s += 10.0
        pool.serve(pool.ask("busy"), 2.0)
    for _ in range(8):
        pool.ask("busy")

    pool.ask("other")
    while pool.running:
        pool.wait(2.0)
        pool.serve(next(iter(pool.running)), 2.0)

    assert pool.leaving == ["busy"]
    assert list(pool.waiting.values()) == ["other"]


def test_nobody_passes_a_claim_that_waited_too_long() -> None:
    terms = {name: ModelTerms(sizes={"ram": size}) for name, size in (("a", 50), ("b", 30), ("big", 90), ("small", 20))}
    pool = make_pool_of(terms, max_wait_s=10.0)
    load(pool, "a", "b")
    pool.ask("a")
    pool.ask("big")
    pool.wait(11.0)

    pool.ask("small")

    assert pool.loading == []


def test_a_claim_that_cannot_be_met_yet_lets_smaller_ones_pass() -> None:
    terms = {name: ModelTerms(sizes={"ram": size}) for name, size in (("a", 50), ("big", 90), ("small", 20))}
    pool = make_pool_of(terms, max_wait_s=10.0)
    load(pool, "a")
    pool.ask("a")
    pool.ask("big")

    pool.ask("small")

    assert pool.loading == ["small"]


def test_a_victim_takes_work_again_when_nobody_needs_its_place_any_more() -> None:
    pool = make_pool("warm", "other", budget=50, max_wait_s=10.0, quantum_s=5.0)
    load(pool, "warm")
    running, next_one = pool.ask("warm"), pool.ask("warm")
    lonely = pool.ask("other")
    pool.wait(60.0)
    was_draining = pool.scheduler.residence("warm").draining

    pool.hang_up(lonely)
    pool.serve(running)

    assert was_draining
    assert granted(pool)[-1] == next_one


def test_batch_work_makes_room_for_people_after_its_turn() -> None:
    pool = make_pool("batch", "person", budget=50, max_wait_s=60.0, quantum_s=5.0)
    load(pool, "batch")
    running = pool.ask("batch", priority=Priority.BATCH)
    pool.ask("batch", priority=Priority.BATCH)
    pool.wait(6.0)

    pool.ask("person")
    pool.serve(running)

    assert of_kind(pool, events.Unload) == [events.Unload("batch", UnloadReason.ROOM, "person")]


def test_voices_yield_to_a_request_that_waited_too_long() -> None:
    pool = make_pool("a", budget=60, max_wait_s=20.0)
    load(pool, "a")
    first = pool.ask("a", voice="u")
    old = pool.ask("a", voice="v")
    same = [pool.ask("a", voice="u") for _ in range(3)]
    pool.wait(15.0)
    pool.serve(first)
    pool.wait(10.0)

    pool.serve(same[0])

    assert granted(pool) == [first, same[0], old]


def test_old_batch_work_and_people_take_turns() -> None:
    pool = make_pool("a", max_wait_s=10.0)
    load(pool, "a")
    running = pool.ask("a")
    old = [pool.ask("a", priority=Priority.BATCH) for _ in range(2)]
    pool.wait(11.0)
    people = [pool.ask("a") for _ in range(2)]

    for _ in range(4):
        pool.serve(running)
        running = next(iter(pool.running))

    assert granted(pool)[1:] == [old[0], people[0], old[1], people[1]]


# --- rules 11 and 12: refusing and routing


def test_a_full_queue_refuses_and_says_when_to_come_back() -> None:
    pool = make_pool("a", max_queue=2)
    load(pool, "a")
    pool.serve(pool.ask("a"), 4.0)
    for _ in range(3):
        pool.ask("a")

    pool.ask("a")

    refusal = pool.decisions[-1]
    assert isinstance(refusal, events.Reject)
    assert isinstance(refusal.error, QueueFull)
    assert refusal.error.retry_after_s == 12  # one runs, two wait, 4 s each


@pytest.mark.parametrize(("budget", "reason"), [(40, "model_never_fits"), (100, "predicted_wait")])
def test_what_cannot_be_served_here_in_time_goes_to_the_fallback(budget: int, reason: str) -> None:
    terms = {"a": ModelTerms(sizes={"ram": 50}, load_s=30.0, fallback="far")}
    pool = make_pool_of(terms, budget=budget, max_local_wait_s=20.0)

    request = pool.ask("a")

    assert pool.decisions == [events.Route(request, "far", reason)]


def test_a_model_with_a_fallback_is_served_here_while_it_is_quick() -> None:
    terms = {"a": ModelTerms(sizes={"ram": 50}, load_s=3.0, fallback="far")}
    pool = make_pool_of(terms, max_local_wait_s=20.0)

    pool.ask("a")

    assert pool.decisions == [events.Load("a")]


def test_the_predicted_wait_counts_the_load_and_the_work_ahead() -> None:
    pool = make_pool("a", "b")
    load(pool, "a")
    pool.serve(pool.ask("a"), 3.0)
    pool.ask("a")
    pool.ask("a")

    assert pool.scheduler.predicted_wait_s("a", pool.now_s) == pytest.approx(6.0)
    assert pool.scheduler.predicted_wait_s("b", pool.now_s) == pytest.approx(2.0)


# --- rules 13 to 18: coming and going


def test_a_load_that_nobody_wants_any_more_is_cancelled() -> None:
    pool = make_pool("a")
    request = pool.ask("a")

    pool.hang_up(request)

    assert pool.decisions == [events.Load("a"), events.CancelLoad("a")]


def test_a_load_that_a_person_wants_goes_on_when_requests_hang_up() -> None:
    pool = make_pool("a")
    pool.tell(events.LoadWanted("a"))
    request = pool.ask("a")

    pool.hang_up(request)

    assert pool.decisions == [events.Load("a")]


def test_a_request_that_comes_while_its_cancelled_load_ends_loads_again() -> None:
    pool = make_pool("a")
    pool.hang_up(pool.ask("a"))
    pool.ask("a")

    pool.finish_unload("a")

    assert pool.loading == ["a"]


def test_a_failed_load_rejects_who_waits_and_cools_down_with_growing_pauses() -> None:
    pool = make_pool("a", cool_down_s=2.0)
    pool.ask("a")
    pool.finish_load("a", fails=True)
    pool.ask("a")
    refused = pool.decisions[-1]
    pool.wait(2.0)
    pool.ask("a")
    pool.finish_load("a", fails=True)
    pool.wait(3.0)

    pool.ask("a")

    assert isinstance(refused, events.Reject)
    assert isinstance(refused.error, CoolingDown)
    assert isinstance(pool.decisions[-1], events.Reject)
    assert pool.scheduler.residence("a").cool_until_s == 2.0 + 4.0


def test_a_worker_that_dies_is_replaced_for_those_who_wait() -> None:
    pool = make_pool("a")
    load(pool, "a")
    pool.ask("a")
    waiting = pool.ask("a")

    pool.kill("a")
    pool.finish_load("a")

    assert granted(pool)[-1] == waiting


def test_a_worker_that_dies_again_before_it_served_anything_cools_down() -> None:
    pool = make_pool("a", cool_down_s=2.0)
    for _ in range(3):
        pool.ask("a")
    pool.finish_load("a")
    pool.kill("a")
    pool.finish_load("a")

    pool.kill("a")
    before = list(pool.loading)
    pool.wait(10.0)

    assert before == []
    assert pool.loading == ["a"]


def test_a_model_goes_when_it_was_idle_for_its_keep_alive() -> None:
    pool = make_pool_of({"a": ModelTerms(sizes={"ram": 50}, keep_alive_s=5.0)})
    load(pool, "a")
    pool.serve(pool.ask("a"))

    pool.wait(4.9)
    before = list(pool.leaving)
    pool.wait(0.2)

    assert before == []
    assert of_kind(pool, events.Unload) == [events.Unload("a", UnloadReason.IDLE)]


def test_an_event_that_comes_before_a_tick_that_is_due_does_not_swallow_it() -> None:
    pool = make_pool_of({"a": ModelTerms(sizes={"ram": 10}, keep_alive_s=5.0), "b": ModelTerms(sizes={"ram": 10})})
    load(pool, "a", "b")
    pool.serve(pool.ask("a"))

    pool.now_s += 6.0
    pool.ask("b")

    assert of_kind(pool, events.Unload) == [events.Unload("a", UnloadReason.IDLE)]


@pytest.mark.parametrize(("keep_alive_s", "stays"), [(0.0, False), (-1.0, True), (100.0, True)])
def test_the_latest_request_says_how_long_the_model_stays(keep_alive_s: float, *, stays: bool) -> None:
    pool = make_pool_of({"a": ModelTerms(sizes={"ram": 50}, keep_alive_s=5.0)})
    load(pool, "a")

    pool.serve(pool.ask("a", keep_alive_s=keep_alive_s))
    pool.wait(50.0)

    assert ("a" in pool.ready) is stays


def test_an_unload_that_a_person_wants_waits_for_the_leases() -> None:
    pool = make_pool("a")
    load(pool, "a")
    running, waiting = pool.ask("a"), pool.ask("a")

    pool.tell(events.UnloadWanted("a"))
    before = list(pool.leaving)
    pool.serve(running)
    pool.finish_unload("a")
    pool.finish_load("a")

    assert before == []
    assert granted(pool)[-1] == waiting


def test_a_preload_that_does_not_fit_beside_the_others_is_declined() -> None:
    pool = make_pool("a", "b", budget=50)
    load(pool, "a")

    pool.tell(events.LoadWanted("b", may_evict=False))

    assert [type(each) for each in pool.decisions] == [events.Decline]
    assert pool.scheduler.residence("a").state is State.READY


def test_a_person_may_load_a_model_at_the_cost_of_an_idle_one() -> None:
    pool = make_pool("a", "b", budget=50)
    load(pool, "a")

    pool.tell(events.LoadWanted("b"))
    pool.finish_unload("a")

    assert pool.loading == ["b"]


def test_a_measurement_replaces_the_estimate_and_makes_room_for_what_is_over() -> None:
    pool = make_pool("a", "b", budget=110)
    load(pool, "a")
    pool.ask("b")
    pool.loading.remove("b")
    pool.ready["b"], pool.calls["b"] = set(), []

    pool.tell(events.Loaded("b", sizes={"ram": 70}))

    assert of_kind(pool, events.Unload) == [
        events.Unload("a", UnloadReason.OUTGROWN, "b"),
    ]
    assert pool.scheduler.residence("b").sizes == {"ram": 70}


def test_a_model_that_turns_out_never_to_fit_is_unloaded_and_its_requests_refused() -> None:
    pool = make_pool("a", budget=60)
    request = pool.ask("a")
    pool.loading.remove("a")
    pool.ready["a"], pool.calls["a"] = set(), []

    pool.tell(events.Loaded("a", sizes={"ram": 70}))
    pool.finish_unload("a")

    assert pool.answers[request] == 1
    assert pool.loading == []


def outgrow(pool: SimulatedPool, name: str, n_bytes: int) -> None:
    """Serve one request of a model, and measure it meanwhile."""
    running = pool.ask(name)
    pool.tell(events.Measured(name, {"ram": n_bytes}, {}))
    pool.serve(running)


def test_a_model_that_kept_within_the_budget_before_is_tried_again_after_it_did_not() -> None:
    pool = make_pool_of({"a": ModelTerms(sizes={"ram": 95}, least_sizes={"ram": 95})})
    load(pool, "a")
    outgrow(pool, "a", 104)

    while_it_leaves = pool.ask("a")
    pool.finish_unload("a")
    pool.finish_load("a")

    assert of_kind(pool, events.Unload) == [events.Unload("a", UnloadReason.OUTGROWN)]
    assert granted(pool)[-1] == while_it_leaves


def test_a_model_that_comes_to_need_more_than_the_budget_each_time_is_refused() -> None:
    pool = make_pool_of({"a": ModelTerms(sizes={"ram": 95}, least_sizes={"ram": 95})})
    load(pool, "a")
    outgrow(pool, "a", 104)
    pool.leaving.remove("a")

    pool.tell(events.Gone("a", {"ram": 102}))
    load(pool, "a")
    outgrow(pool, "a", 104)
    refused = pool.ask("a")

    assert pool.answers[refused] == 1
    assert isinstance(pool.decisions[-1], events.Reject)
    assert isinstance(pool.decisions[-1].error, NeverFits)


# --- rules together


def test_nobody_passes_a_pressing_claim_even_while_its_victims_have_their_turn() -> None:
    terms = {name: ModelTerms(sizes={"ram": size}) for name, size in (("busy", 50), ("big", 90), ("small", 20))}
    pool = make_pool_of(terms, max_wait_s=10.0, quantum_s=1000.0)
    load(pool, "busy")
    for _ in range(50):
        pool.ask("busy")
    pool.ask("big")
    pool.wait(11.0)

    pool.ask("small")

    assert pool.loading == []


def test_no_voice_takes_the_room_that_is_being_made_for_a_model() -> None:
    terms = {
        "idle": ModelTerms(sizes={"ram": 40}),
        "busy": ModelTerms(sizes={"ram": 40}),
        "speaker": ModelTerms(sizes={"ram": 10}, voices=VOICES),
        "big": ModelTerms(sizes={"ram": 80}),
    }
    pool = make_pool_of(terms, budget=90, max_wait_s=10.0, quantum_s=5.0)
    load(pool, "idle", "busy", "speaker")
    pool.tell(events.Pin("speaker", pinned=True))
    running = pool.ask("busy")
    pool.ask("big")
    pool.wait(11.0)
    pool.finish_unload("idle")

    speaking = pool.ask("speaker", voice="u")
    before = granted(pool)
    pool.serve(running)
    pool.finish_unload("busy")

    assert before == [running]
    assert pool.loading == ["big"]
    assert speaking in pool.waiting


def test_a_load_needs_room_for_the_voice_that_it_will_be_asked_for() -> None:
    pool = make_pool("a", "b", budget=105)
    load(pool, "b")

    pool.ask("a", voice="u")

    assert pool.decisions == [events.Unload("b", UnloadReason.ROOM, "a")]


def test_a_model_whose_voice_finds_no_room_comes_before_the_next_run_of_another() -> None:
    pool = make_pool("a", "b", budget=110)
    load(pool, "a", "b")
    first, _ = pool.ask("a", voice="u"), pool.ask("a", voice="u")
    cramped = pool.ask("b", voice="u")

    pool.serve(first)

    assert granted(pool) == [first, cramped]


def test_lanes_run_dry_for_an_old_request_whose_voice_finds_no_room() -> None:
    pool = make_pool("a", budget=60, lanes=2, max_wait_s=10.0, quantum_s=5.0)
    load(pool, "a")
    running = [pool.ask("a", voice="u"), pool.ask("a", voice="u")]
    old = pool.ask("a", voice="v")

    for _ in range(60):
        pool.ask("a", voice="u")
        pool.wait(0.5)
        pool.serve(running.pop(0), 1.0)
        running += [request for request in pool.running if request not in running]
        if old in pool.running:
            break

    assert old in pool.running
    assert pool.now_s < 4.0 + 10.0 + 10.0 + 5.0


def test_a_tick_is_never_wanted_for_a_time_that_has_passed() -> None:
    pool = make_pool("a", "b", budget=50, max_wait_s=10.0, quantum_s=5.0)
    load(pool, "a")
    pool.ask("a")
    pool.ask("b")

    pool.wait(500.0)

    assert pool.scheduler.next_tick_s() > pool.now_s
