"""Measures locality over many traces, prints the tables and writes ``benchmarks/results/locality.json``."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from statistics import mean
from typing import Any

from benchmarks.account import Figures
from benchmarks.traces import Arrival, Costs, make_endless, make_mixed, make_storm

RESULTS = Path(__file__).parent / "results" / "locality.json"
SMALL_REQUESTS = 14
N_SMALL = 40

Measure = Callable[[Sequence[Arrival], Costs, str], tuple[Figures, list[str]]]


def write(measure: Measure, *, n_seeds: int, n_storms: int) -> None:
    """Measure all, print it, write it."""
    results = {
        "mixed": compare(measure, n_seeds),
        "small": compare_with_optimum(measure),
        "endless": try_endless(measure),
        "storms": weather(measure, n_storms),
    }
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    print(f"\nwritten to {RESULTS}")


def compare(measure: Measure, n_seeds: int) -> dict[str, Any]:
    """Seeds 1 to ``n_seeds`` of the mixed trace under three policies."""
    print("500 requests, 4 models with 6 voices each, memory for 2; loads, makespan and p99 wait in seconds\n")
    print("seed   fifo-lru        collate               catwalk               catwalk / fifo   catwalk / collate")
    print("       loads  makesp.  loads  makesp.   p99  loads  makesp.   p99  loads  makesp.   makesp.   p99")
    rows: list[dict[str, Any]] = []
    for seed in range(1, n_seeds + 1):
        arrivals, costs = make_mixed(seed)
        fifo, collate, ours = (_clean(measure(arrivals, costs, each)) for each in ("fifo-lru", "collate", "catwalk"))
        row: dict[str, Any] = {
            "seed": seed,
            "fifo_lru": asdict(fifo),
            "collate": asdict(collate),
            "catwalk": asdict(ours),
            "fewer_loads_than_fifo": round(fifo.loads / ours.loads, 2),
            "shorter_than_fifo": round(1 - ours.makespan_s / fifo.makespan_s, 4),
            "makespan_over_collate": round(ours.makespan_s / collate.makespan_s, 4),
            "p99_over_collate": round(ours.wait_p99_s / collate.wait_p99_s, 4),
        }
        rows.append(row)
        print(
            f"{seed:4} {fifo.loads:7} {fifo.makespan_s:8.0f} {collate.loads:6} {collate.makespan_s:8.1f}"
            f" {collate.wait_p99_s:5.1f} {ours.loads:6} {ours.makespan_s:8.1f} {ours.wait_p99_s:5.1f}"
            f" {row['fewer_loads_than_fifo']:5.1f}x {-row['shorter_than_fifo']:8.0%}"
            f" {row['makespan_over_collate']:9.3f} {row['p99_over_collate']:6.3f}"
        )
    summary = _summarise(rows)
    for name, value in summary.items():
        print(f"{name:>34} {value:.4f}")
    return {"summary": summary, "seeds": rows}


def _summarise(rows: list[dict[str, Any]]) -> dict[str, float]:
    def over(key: str) -> float:
        return float(mean(row["catwalk"][key] for row in rows) / mean(row["collate"][key] for row in rows))

    return {
        "fewer_loads_than_fifo_least": min(row["fewer_loads_than_fifo"] for row in rows),
        "shorter_than_fifo_least": min(row["shorter_than_fifo"] for row in rows),
        "makespan_over_collate_worst": max(row["makespan_over_collate"] for row in rows),
        "makespan_over_collate_mean": round(over("makespan_s"), 4),
        "p99_over_collate_worst": max(row["p99_over_collate"] for row in rows),
        "p99_over_collate_mean": round(over("wait_p99_s"), 4),
        "p50_over_collate_mean": round(over("wait_p50_s"), 4),
    }


def compare_with_optimum(measure: Measure) -> dict[str, Any]:
    """Small traces, dense and sparse, under catwalk and under the search."""
    print(f"\n{N_SMALL} traces of {SMALL_REQUESTS} requests each, loads of catwalk over those of the optimum")
    found: dict[str, Any] = {}
    for name, gap_s in (("dense", 0.4), ("loose", 2.0), ("sparse", 8.0)):
        pairs = []
        for seed in range(1, N_SMALL + 1):
            arrivals, costs = make_mixed(seed, SMALL_REQUESTS, mean_gap_s=gap_s)
            best, ours = _clean(measure(arrivals, costs, "optimum")), _clean(measure(arrivals, costs, "catwalk"))
            pairs.append((ours.loads, best.loads))
        total = sum(ours for ours, _ in pairs) / sum(best for _, best in pairs)
        worst = max(ours / best for ours, best in pairs)
        found[name] = {"mean_gap_s": gap_s, "ratio": round(total, 4), "worst": round(worst, 4), "loads": pairs}
        print(f"{name:>8} (one request each {gap_s} s): {total:.3f} in all, worst {worst:.2f}")
    return found


def try_endless(measure: Measure) -> dict[str, Any]:
    """Endless traffic to a warm model and one request to another."""
    arrivals, costs = make_endless()
    found = {policy: asdict(measure(arrivals, costs, policy)[0]) for policy in ("catwalk", "collate", "fifo-lru")}
    print("\nendless traffic to a warm model, one request to another")
    for policy, figures in found.items():
        print(f"{policy:>8}: starved {figures['starved']}, longest wait {figures['wait_max_s']:.1f} s")
    return found


def weather(measure: Measure, n_storms: int) -> dict[str, Any]:
    """Random and adversarial traces; every broken rule counts."""
    faults: dict[int, list[str]] = {}
    totals = dict.fromkeys(
        ("starved", "over_budget_bytes", "unanswered", "served", "cancelled", "rejected", "loads"), 0
    )
    for seed in range(n_storms):
        arrivals, costs = make_storm(seed)
        figures, broken = measure(arrivals, costs, "catwalk")
        if broken:
            faults[seed] = broken
        for key in totals:
            totals[key] += getattr(figures, key)
    print(f"\n{n_storms} random and adversarial traces: {len(faults)} with a broken rule; {totals}")
    return {"traces": n_storms, "broken": faults, **totals}


def _clean(measured: tuple[Figures, list[str]]) -> Figures:
    figures, faults = measured
    broken = [fault for fault in faults if not fault.startswith("starved")]  # which the others may be
    assert not broken, broken
    return figures
