"""Real processes with real bytes: five fake models and forty voices under one budget, for ten minutes.

Another process would see what this sees: the proportional set sizes of all workers are sampled ten times a second
from ``/proc``, without the server's help, and compared with the budget; for each unload, when and how much came back;
for each load of a model that was loaded before, how far off the footprint was that the server expected.

    python -m benchmarks.residency [--minutes 10]
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import psutil

from benchmarks.measurement import describe_machine, own_home, print_table, quantile, running_server, write_result

MB = 10**6
N_VOICES = 8
MODELS: dict[str, dict[str, Any]] = {
    "ant": {"n_bytes": 200 * MB, "voice_bytes": 10 * MB, "load_s": 0.3, "run_s": 0.05},
    "bee": {"n_bytes": 350 * MB, "voice_bytes": 20 * MB, "load_s": 0.5, "run_s": 0.08},
    "cat": {"n_bytes": 500 * MB, "voice_bytes": 15 * MB, "load_s": 0.8, "run_s": 0.05},
    "dog": {"n_bytes": 700 * MB, "voice_bytes": 25 * MB, "load_s": 1.0, "run_s": 0.10},
    "elk": {"n_bytes": 900 * MB, "voice_bytes": 30 * MB, "load_s": 1.5, "run_s": 0.06},
}
BUDGET_BYTES = 1_600 * MB
"""Holds two or three of them, and not all their voices."""

SAMPLE_EVERY_S = 0.1
GAP_S = 0.15
"""Mean time between arrivals; models come in turns of some requests, as people use them."""


def write_settings(path: Path) -> None:
    """A catalog of the five, with their voices."""
    lines = ["[memory]", f"ram = {BUDGET_BYTES}", "[server]", "max_wait_s = 10", "quantum_s = 5", "max_queue = 10000"]
    for name, options in MODELS.items():
        voices = [f"{name}{number}" for number in range(N_VOICES)]
        lines += [f"[models.{name}]", 'backend = "fake"', f'voice = "{voices[0]}"', f"[models.{name}.options]"]
        lines += [f"{key} = {value}" for key, value in options.items()]
        lines += [f"voices = {json.dumps(voices)}", "voice_s = 0.05"]
    path.write_text("\n".join(lines) + "\n")


@dataclass
class Samples:
    """What was seen from outside."""

    pss: list[tuple[float, int]] = field(default_factory=list)
    """(seconds, bytes of all workers together)."""


class Sampler(threading.Thread):
    """Reads the memory of a server's children."""

    def __init__(self, server_pid: int) -> None:
        super().__init__(daemon=True)
        self.samples = Samples()
        self._server = psutil.Process(server_pid)
        self._done = threading.Event()

    def run(self) -> None:
        """Sample until told to stop."""
        while not self._done.wait(SAMPLE_EVERY_S):
            now_s, total = time.perf_counter(), 0
            for worker in self._server.children(recursive=True):
                try:
                    n_bytes = worker.memory_full_info().pss
                except psutil.Error:
                    continue
                total += n_bytes
            self.samples.pss.append((now_s, total))

    def stop(self) -> Samples:
        """End sampling."""
        self._done.set()
        self.join()
        return self.samples


async def drive(url: str, minutes: float) -> dict[str, int]:
    """Requests in bursts of one model each, in random voices, for the given time."""
    choice = random.Random(1)
    outcomes: dict[str, int] = {}
    tasks: set[asyncio.Task[None]] = set()
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=50)

    async with httpx.AsyncClient(base_url=url, timeout=600, limits=limits) as http:

        async def one(model: str) -> None:
            voice = f"{model}{choice.randrange(N_VOICES)}"
            body = {"model": model, "voice": voice, "input": "One. Two. Three.", "response_format": "pcm"}
            status = str((await http.post("/v1/audio/speech", json=body)).status_code)
            outcomes[status] = outcomes.get(status, 0) + 1

        end_s = time.perf_counter() + 60 * minutes
        while time.perf_counter() < end_s:
            model = choice.choice(list(MODELS))
            for _ in range(choice.randrange(1, 30)):
                task = asyncio.create_task(one(model))
                tasks.add(task)
                task.add_done_callback(tasks.discard)
                await asyncio.sleep(choice.expovariate(1 / GAP_S))
        await asyncio.gather(*tasks)
    return outcomes


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.residency")
    parser.add_argument("--minutes", type=float, default=10.0)
    options = parser.parse_args()
    machine = describe_machine()
    with own_home() as home:
        write_settings(home / "catwalk.toml")
        environment = {"CATWALK_CONFIG": str(home / "catwalk.toml")}
        log = home / "server.log"
        with running_server(home, environment=environment, log=log) as url:
            sampler = Sampler(find_server(url))
            sampler.start()
            outcomes = asyncio.run(drive(url, options.minutes))
            samples = sampler.stop()
            listing = httpx.get(f"{url}/v1/models", timeout=60).json()
        lives = read_lives(log)
    row = summarise(samples, lives)
    models = [
        {
            "model": model["id"],
            "loads": model["loads"],
            "evictions": sum(model["evictions"].values()),
            "footprint MB": model["footprint"]["ram"] / MB,
        }
        for model in listing["data"]
        if model["id"] in MODELS
    ]
    print_table(models)
    print()
    print_table([{"figure": name, "value": value} for name, value in row.items()])
    print(f"answers: {outcomes}")
    write_result("residency", {"machine": machine, "minutes": options.minutes, "answers": outcomes, **row})


def find_server(url: str) -> int:
    port = int(url.rpartition(":")[2])
    for process in psutil.process_iter():
        try:
            if any(each.laddr.port == port and each.status == "LISTEN" for each in process.net_connections("inet")):
                return process.pid
        except psutil.Error:
            continue
    raise RuntimeError(f"nobody listens on {port}")


def read_lives(log: Path) -> dict[str, list[dict[str, Any]]]:
    """What the server's log says of every unload: seconds until the memory was back, share, and its prediction."""
    lives: dict[str, list[dict[str, Any]]] = {}
    for line in log.read_text().splitlines():
        record = json.loads(line) if line.startswith("{") else {}
        if record.get("event") == "unloaded":
            lives.setdefault(record["model"], []).append(record)
    return lives


def summarise(samples: Samples, lives: dict[str, list[dict[str, Any]]]) -> dict[str, float]:
    """The figures that are asked for."""
    totals = [n_bytes for _, n_bytes in samples.pss]
    every = [life for each in lives.values() for life in each]
    known = [life for each in lives.values() for life in each if life["expected_bytes"] and life["has_worked"]]
    misses = [abs(life["took_bytes"] / life["expected_bytes"] - 1) for life in known]
    return {
        "samples": len(totals),
        "budget MB": BUDGET_BYTES / MB,
        "largest sample MB": max(totals) / MB,
        "over budget at most": max(0.0, max(totals) / BUDGET_BYTES - 1),
        "mean use of the budget": sum(totals) / len(totals) / BUDGET_BYTES,
        "unloads": len(every),
        "share that came back, least": min(life["returned_share"] for life in every),
        "seconds until it was back, most": max(life["returned_in_s"] for life in every),
        "lives of known models": len(known),
        "prediction off by, p50": quantile(misses, 0.5),
        "prediction off by, most": max(misses),
    }


if __name__ == "__main__":
    main()
