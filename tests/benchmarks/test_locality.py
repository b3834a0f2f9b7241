"""The simulator, its formats, the policies that are compared, and what catwalk's own must never do."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.account import audit
from benchmarks.locality import main, measure, play
from benchmarks.optimum import Search, TooLargeError
from benchmarks.simulation import Entry
from benchmarks.traces import (
    Arrival,
    Costs,
    MalformedError,
    ModelCost,
    VoiceCost,
    make_endless,
    make_mixed,
    make_storm,
    read_catalog,
    read_trace,
    write_catalog,
    write_trace,
)

TWO = Costs(
    100,
    {
        "a": ModelCost(60, 5.0, {"u": VoiceCost(10, 1.0), "v": VoiceCost(10, 2.0)}),
        "b": ModelCost(60, 3.0),
        "giant": ModelCost(101, 1.0),
    },
)


@st.composite
def catalogs(draw: st.DrawFn) -> Costs:
    models = {}
    for name in draw(st.sampled_from(["a", "ab", "abc", "abcd"])):
        voices = {
            voice: VoiceCost(draw(st.integers(0, 40)), draw(st.floats(0, 3)))
            for voice in draw(st.sampled_from(["", "u", "uvw"]))
        }
        models[name] = ModelCost(draw(st.integers(1, 100)), draw(st.floats(0, 20)), voices)
    return Costs(
        draw(st.integers(1, 300)), models, max_wait_s=draw(st.floats(0, 60)), quantum_s=draw(st.floats(8.0, 30.0))
    )


@st.composite
def traces(draw: st.DrawFn) -> tuple[list[Arrival], Costs]:
    """Up to 60 requests; no run with its latents is longer than the shortest quantum."""
    costs = draw(catalogs())
    arrivals, t_s = [], 0.0
    for number in range(draw(st.integers(1, 60))):
        t_s += draw(st.sampled_from([0.0, 0.0, 0.1, 1.0, 10.0, 100.0]))
        model = draw(st.sampled_from(sorted(costs.models)))
        voice = draw(st.sampled_from([None, *costs.models[model].voices]))
        hangs_up_s = draw(st.sampled_from([None, None, None, 0.0, 1.0, 30.0]))
        arrivals.append(
            Arrival(
                t_s,
                f"r{number}",
                model,
                draw(st.sampled_from([0.0, 0.1, 1.0, 5.0])),
                voice,
                draw(st.sampled_from(["interactive", "batch"])),
                None if hangs_up_s is None else t_s + hangs_up_s,
            )
        )
    return arrivals, costs


# --- what must never happen


@settings(max_examples=150)
@given(traces())
def test_nobody_starves_the_budget_holds_and_every_request_is_answered_once(trace: tuple[list[Arrival], Costs]) -> None:
    figures, faults = measure(*trace, "catwalk")

    assert faults == []
    assert (figures.starved, figures.over_budget_bytes, figures.unanswered) == (0, 0, 0)


@pytest.mark.parametrize("seeds", [range(start, start + 50) for start in (0, 50, 100, 150)], ids=str)
def test_no_storm_breaks_a_rule(seeds: range) -> None:
    assert {seed: faults for seed in seeds if (faults := measure(*make_storm(seed), "catwalk")[1])} == {}


def test_endless_traffic_to_a_warm_model_does_not_starve_another() -> None:
    arrivals, costs = make_endless()

    figures, faults = measure(arrivals, costs, "catwalk")
    log = play(arrivals, costs, "catwalk")

    started = next(entry.t_s for entry in log if entry.event == "start" and entry.id == "lonely")
    assert (figures.starved, faults) == (0, [])
    assert started - 20.0 <= 60.0 + 0.6 + 8.0 + 1.0


def test_the_same_traffic_starves_it_under_collate() -> None:
    arrivals, costs = make_endless()

    figures, faults = measure(arrivals, costs, "collate")

    assert figures.starved == 1
    assert len(faults) == 1


# --- what it must reach


@pytest.mark.parametrize("seed", [1, 7, 15])
def test_loads_and_makespan_stay_far_below_those_of_arrival_order(seed: int) -> None:
    arrivals, costs = make_mixed(seed)

    ours, fifo = measure(arrivals, costs, "catwalk")[0], measure(arrivals, costs, "fifo-lru")[0]

    assert fifo.loads >= 10 * ours.loads
    assert ours.makespan_s <= 0.3 * fifo.makespan_s


@pytest.mark.parametrize("seed", range(1, 11))
def test_it_is_no_worse_than_collate(seed: int) -> None:
    arrivals, costs = make_mixed(seed)

    ours, collate = measure(arrivals, costs, "catwalk")[0], measure(arrivals, costs, "collate")[0]

    assert ours.makespan_s <= 1.02 * collate.makespan_s
    assert ours.wait_p99_s <= 1.10 * collate.wait_p99_s


def test_it_needs_few_more_loads_than_the_optimum_on_small_traces() -> None:
    traces_of_14 = [make_mixed(seed, 14, mean_gap_s=2.0) for seed in range(1, 11)]

    ours = sum(measure(*trace, "catwalk")[0].loads for trace in traces_of_14)
    best = sum(measure(*trace, "optimum")[0].loads for trace in traces_of_14)

    assert best <= ours <= 1.3 * best


# --- the policies that it is compared with


def arrivals_of(*rows: tuple[float, str, float]) -> list[Arrival]:
    return [Arrival(t_s, f"r{number}", model, run_s) for number, (t_s, model, run_s) in enumerate(rows)]


def test_fifo_lru_takes_one_request_at_a_time_in_order_of_arrival() -> None:
    arrivals = arrivals_of((0, "a", 1), (0, "b", 1), (0, "a", 1))

    log = play(arrivals, TWO, "fifo-lru")

    assert [entry.id for entry in log if entry.event == "start"] == ["r0", "r1", "r2"]
    assert measure(arrivals, TWO, "fifo-lru")[0].loads == 3
    assert log[-1].t_s == pytest.approx(5 + 1 + 3 + 1 + 5 + 1)


def test_collate_serves_the_ready_model_while_it_has_requests() -> None:
    arrivals = arrivals_of((0, "a", 1), (0, "b", 1), (0, "a", 1))

    log = play(arrivals, TWO, "collate")

    assert [entry.id for entry in log if entry.event == "start"] == ["r0", "r2", "r1"]
    assert log[-1].t_s == pytest.approx(5 + 2 + 3 + 1)


def test_the_optimum_evicts_what_is_wanted_last() -> None:
    costs = Costs(2, {name: ModelCost(1, 1.0) for name in "abc"})
    arrivals = arrivals_of((0, "a", 1), (10, "b", 1), (20, "c", 1), (30, "a", 1), (40, "b", 1))

    figures, faults = measure(arrivals, costs, "optimum")

    assert figures.loads == 4
    assert faults == []


@pytest.mark.parametrize("seed", range(5))
def test_the_optimum_breaks_no_rule_either(seed: int) -> None:
    arrivals, costs = make_mixed(seed, 10, mean_gap_s=3.0)

    _, faults = measure(arrivals, costs, "optimum")

    assert faults == []


def test_all_policies_leave_a_model_that_never_fits_alone() -> None:
    arrivals = arrivals_of((0, "a", 1), (1, "giant", 1))

    for policy in ("catwalk", "fifo-lru", "collate", "optimum"):
        figures, faults = measure(arrivals, TWO, policy)
        assert (figures.served, figures.rejected, figures.loads, faults) == (1, 1, 1, [])


# --- the simulated machine


def test_a_voice_loads_in_the_run_that_needs_it_first_and_stays() -> None:
    arrivals = [Arrival(0.0, "r1", "a", 1.0, "u"), Arrival(0.0, "r2", "a", 1.0, "u"), Arrival(0.0, "r3", "a", 1.0, "v")]

    figures, _ = measure(arrivals, TWO, "catwalk")

    assert figures.voice_loads == 2
    assert figures.makespan_s == pytest.approx(5 + (1 + 1) + 1 + (1 + 2))


def test_a_request_whose_caller_hangs_up_is_cancelled_whether_it_waits_or_runs() -> None:
    arrivals = [
        Arrival(0.0, "runs", "a", 10.0, cancel_t_s=7.0),
        Arrival(0.0, "waits", "a", 1.0, cancel_t_s=6.0),
        Arrival(0.0, "stays", "a", 1.0),
    ]

    log = play(arrivals, TWO, "catwalk")

    assert [(entry.t_s, entry.id) for entry in log if entry.event == "cancel"] == [(6.0, "waits"), (7.0, "runs")]
    assert log[-1] == Entry(8.0, "finish", "stays", "a")


def test_a_cancelled_load_gives_its_bytes_back() -> None:
    arrivals = [Arrival(0.0, "gone", "a", 1.0, cancel_t_s=1.0), Arrival(2.0, "next", "b", 1.0)]

    figures, faults = measure(arrivals, TWO, "catwalk")

    assert faults == []
    assert figures.makespan_s == pytest.approx(2.0 + 3.0 + 1.0)


# --- the audit notices


GOOD = [
    Entry(0.0, "load", model="b"),
    Entry(3.0, "loaded", model="b"),
    Entry(3.0, "start", "r0", "b"),
    Entry(4.0, "finish", "r0", "b"),
]
ONE = [Arrival(0.0, "r0", "b", 1.0)]


def test_an_honest_log_has_no_faults() -> None:
    assert audit(GOOD, ONE, TWO)[1] == []


@pytest.mark.parametrize(
    ("log", "fault"),
    [
        (GOOD[:3], "answered 0 times"),
        ([*GOOD, Entry(4.0, "finish", "r0", "b")], "answered 2 times"),
        ([*GOOD[:3], Entry(3.5, "evict", model="b"), GOOD[3]], "evicted under a lease"),
        ([*GOOD[:1], Entry(1.0, "load", model="a"), *GOOD[1:]], "over the budget"),
        ([*GOOD[:1], Entry(1.0, "load", model="a"), *GOOD[1:]], "loads beside"),
        ([*GOOD[:3], Entry(3.5, "finish", "r0", "b")], "ran for 0.5 s"),
        (GOOD[2:], "not in memory"),
        ([Entry(0.0, "load", model="b"), Entry(1.0, "loaded", model="b"), *GOOD[2:]], "loaded in no time"),
    ],
)
def test_a_log_that_breaks_a_rule_is_found_out(log: list[Entry], fault: str) -> None:
    _, faults = audit(log, ONE, TWO)

    assert any(fault in each for each in faults)


def test_a_model_that_stays_unloaded_past_the_bound_counts_as_starved() -> None:
    bound_s = 60.0 + 1 * (30.0 + 3.0) + 1.0
    late = [replace(entry, t_s=entry.t_s + bound_s - 3.0 + 0.01) for entry in GOOD]
    in_time = [replace(entry, t_s=entry.t_s + bound_s - 3.0 - 0.01) for entry in GOOD]

    assert audit(late, ONE, TWO)[0].starved == 1
    assert audit(in_time, ONE, TWO)[0].starved == 0


# --- files and the command


def test_what_was_written_is_read_back(tmp_path: Path) -> None:
    arrivals, costs = make_storm(3)

    write_trace(arrivals, tmp_path / "t.jsonl")
    write_catalog(costs, tmp_path / "c.json")

    again = read_catalog((tmp_path / "c.json").read_text())
    assert again == costs
    assert read_trace((tmp_path / "t.jsonl").read_text(), again) == arrivals


def test_unknown_fields_are_ignored_and_optional_ones_may_be_left_out() -> None:
    costs = read_catalog('{"budget_bytes": 5, "note": 1, "models": {"a": {"bytes": 1, "load_s": 2, "colour": "red"}}}')

    (arrival,) = read_trace('\n{"t_s": 1, "id": "x", "model": "a", "run_s": 2, "mood": "good"}\n', costs)

    assert arrival == Arrival(1.0, "x", "a", 2.0)
    assert (costs.max_wait_s, costs.quantum_s) == (60.0, 30.0)


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"t_s": "soon"}, "t_s must be a number"),
        ({"t_s": -1}, "t_s must be a number of at least 0"),
        ({"run_s": None}, "run_s must be a number"),
        ({"id": 7}, "id must be a text"),
        ({"model": "z"}, "the catalog has no model 'z'"),
        ({"voice": "z"}, "has no voice 'z'"),
        ({"priority": "urgent"}, "priority must be"),
        ({"cancel_t_s": "never"}, "cancel_t_s must be a number"),
    ],
)
def test_a_line_that_is_no_request_is_refused_with_its_number(changes: dict[str, Any], complaint: str) -> None:
    good = {"t_s": 0, "id": "x", "model": "a", "voice": "u", "run_s": 1}

    with pytest.raises(MalformedError, match=complaint) as caught:
        read_trace(json.dumps(good) + "\n" + json.dumps({**good, "id": "y", **changes}), TWO)

    assert "line 2" in str(caught.value)


def test_two_requests_of_one_id_are_refused() -> None:
    line = json.dumps({"t_s": 0, "id": "x", "model": "a", "run_s": 1})

    with pytest.raises(MalformedError, match="was used before"):
        read_trace(f"{line}\n{line}", TWO)


@pytest.mark.parametrize("text", ["", "[]", "{", '{"budget_bytes": 1}', '{"budget_bytes": true, "models": {}}'])
def test_a_catalog_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(MalformedError):
        read_catalog(text)


def run(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> tuple[int, str, str]:
    code = main([str(argument) for argument in arguments])
    said = capsys.readouterr()
    return code, said.out, said.err


def test_the_command_answers_with_one_json_document_and_writes_every_event(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    trace, catalog, events = tmp_path / "t.jsonl", tmp_path / "c.json", tmp_path / "e.jsonl"
    run(capsys, "--generate", "7", "--trace", trace, "--catalog", catalog)

    code, out, _ = run(
        capsys, "--trace", trace, "--catalog", catalog, "--policy", "catwalk", "--json", "--events", events
    )

    answer = json.loads(out)
    log = [Entry(**json.loads(line)) for line in events.read_text().splitlines()]
    costs = read_catalog(catalog.read_text())
    figures, faults = audit(log, read_trace(trace.read_text(), costs), costs)
    assert code == 0
    assert answer == {"policy": "catwalk", **asdict(figures)}
    assert faults == []
    assert {entry.event for entry in log} >= {"load", "loaded", "start", "finish", "evict"}


def test_the_same_trace_gives_the_same_answer_every_time(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    trace, catalog = tmp_path / "t.jsonl", tmp_path / "c.json"
    run(capsys, "--generate", "3", "--trace", trace, "--catalog", catalog)

    first = run(capsys, "--trace", trace, "--catalog", catalog, "--json")

    assert run(capsys, "--trace", trace, "--catalog", catalog, "--json") == first


def test_a_broken_file_and_a_missing_one_end_with_2_and_a_word_about_why(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = tmp_path / "broken.json"
    broken.write_text("{")

    code, out, err = run(capsys, "--trace", tmp_path / "none.jsonl", "--catalog", broken, "--json")
    missing = run(capsys, "--trace", tmp_path / "none.jsonl", "--catalog", tmp_path / "none.json")

    assert (code, out) == (2, "")
    assert "the catalog is not JSON" in err
    assert missing[0] == 2


def test_an_empty_trace_has_an_answer(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_trace([], tmp_path / "t.jsonl")
    write_catalog(TWO, tmp_path / "c.json")

    for policy in ("catwalk", "fifo-lru", "collate", "optimum"):
        code, out, _ = run(
            capsys, "--trace", tmp_path / "t.jsonl", "--catalog", tmp_path / "c.json", "--policy", policy, "--json"
        )
        assert code == 0
        assert json.loads(out)["loads"] == 0


def test_a_trace_too_large_to_search_is_refused() -> None:
    search = Search(*make_mixed(1, 12))
    search.max_states = 3

    with pytest.raises(TooLargeError, match="too many schedules"):
        search.run()
