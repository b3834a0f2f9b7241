"""Which order of loads, evictions and runs serves a trace best? A deterministic simulator with a public format.

    python -m benchmarks.locality --trace FILE.jsonl --catalog FILE.json --policy catwalk --json [--events FILE]
    python -m benchmarks.locality --generate 7 --trace FILE.jsonl --catalog FILE.json
    python -m benchmarks.locality --report [--seeds 20] [--storms 10000]

The formats stand in ``benchmarks/traces.py``, the rules of the simulated machine in ``benchmarks/simulation.py``, what
the figures mean in ``benchmarks/account.py``. ``--events`` writes every event as a JSON line
``{"t_s", "event", "id", "model", "voice"}``, from which all figures can be checked: a model counts against the budget
from ``load`` to ``evict``, a voice from the first ``start`` that needs it to ``evict_voice`` or its model's ``evict``.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path

from benchmarks import report
from benchmarks.account import Figures, audit
from benchmarks.optimum import Search, TooLargeError
from benchmarks.policies import Collate, FifoLru, make_catwalk
from benchmarks.simulation import Entry, Policy, Simulation
from benchmarks.traces import (
    Arrival,
    Costs,
    MalformedError,
    make_mixed,
    read_catalog,
    read_trace,
    write_catalog,
    write_trace,
)

ONLINE: dict[str, Callable[[Costs], Policy]] = {"catwalk": make_catwalk, "fifo-lru": FifoLru, "collate": Collate}
POLICIES = (*ONLINE, "optimum")


def play(arrivals: Sequence[Arrival], costs: Costs, policy: str) -> list[Entry]:
    """Every event of a trace under a policy.

    Raises:
        TooLargeError: ``optimum`` finds no schedule of so large a trace.
    """
    if policy == "optimum":
        return Search(arrivals, costs).run()
    return Simulation(arrivals, costs, ONLINE[policy](costs)).run()


def measure(arrivals: Sequence[Arrival], costs: Costs, policy: str) -> tuple[Figures, list[str]]:
    """The figures of a trace under a policy, and every rule that was broken."""
    return audit(play(arrivals, costs, policy), arrivals, costs)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one of the three forms; 0 when done, 2 when something about the call or the files is wrong."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.locality", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--trace", type=Path, metavar="FILE.jsonl")
    parser.add_argument("--catalog", type=Path, metavar="FILE.json")
    parser.add_argument("--policy", choices=POLICIES, default="catwalk")
    parser.add_argument("--json", action="store_true", help="print one JSON document and nothing else")
    parser.add_argument("--events", type=Path, metavar="FILE", help="write every event as a JSON line")
    parser.add_argument("--generate", type=int, metavar="SEED", help="write a made trace and its catalog")
    parser.add_argument("--report", action="store_true", help="measure everything and write benchmarks/results")
    parser.add_argument("--seeds", type=int, default=20, help="seeds of the report (default 20)")
    parser.add_argument("--storms", type=int, default=10_000, help="random and adversarial traces of the report")
    options = parser.parse_args(arguments)
    if options.report:
        report.write(measure, n_seeds=options.seeds, n_storms=options.storms)
        return 0
    if options.trace is None or options.catalog is None:
        parser.error("--trace and --catalog are needed")
    if options.generate is not None:
        arrivals, costs = make_mixed(options.generate)
        write_trace(arrivals, options.trace)
        write_catalog(costs, options.catalog)
        return 0
    return _answer(options)


def _answer(options: argparse.Namespace) -> int:
    try:
        costs = read_catalog(options.catalog.read_text(encoding="utf-8"))
        arrivals = read_trace(options.trace.read_text(encoding="utf-8"), costs)
        log = play(arrivals, costs, options.policy)
    except (MalformedError, TooLargeError, OSError, UnicodeDecodeError) as error:
        print(f"locality: {error}", file=sys.stderr)
        return 2
    if options.events is not None:
        options.events.write_text("".join(json.dumps(asdict(entry)) + "\n" for entry in log), encoding="utf-8")
    figures, faults = audit(log, arrivals, costs)
    if options.json:
        print(json.dumps({"policy": options.policy, **asdict(figures)}))
        return 0
    for name, value in asdict(figures).items():
        print(f"{name:>17} {value:,}")
    for fault in faults:
        print(f"fault: {fault}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
