"""What a server does for callers who are gone, and for a model that can never fit.

A thousand requests over HTTP, of which three in ten hang up: how long a queued one stays in the queue after its
connection closed, how long a running one goes on, and what share of all the work was done for nobody. Then requests
for a model whose weights are larger than the budget: how soon they are answered, and who was evicted for them.

    python -m benchmarks.hangups [--requests 1000]
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import random
import re
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx

from benchmarks.measurement import describe_machine, own_home, print_table, quantile, running_server, write_result
from benchmarks.wire import load, make_request

SENTENCE_S = 0.05
N_SENTENCES = 3
LEAVING_SHARE = 0.3
AT_ONCE = 48
SETTINGS = """
[memory]
ram = "1500MB"
[models.slow]
backend = "fake"
[models.slow.options]
run_s = {run_s}
[models.giant]
backend = "fake"
weights = {{ path = "{weights}" }}
"""


async def _connect(url: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    parts = urlsplit(url)
    return await asyncio.open_connection(parts.hostname, parts.port)


async def storm(url: str, n_requests: int) -> dict[str, int]:
    """Requests of which some hang up after a random time, whether they are queued or running then."""
    choice = random.Random(3)
    body = {"model": "slow", "input": "One. " * N_SENTENCES, "response_format": "pcm"}
    request = make_request(url, "/v1/audio/speech", body)
    gate, counts = asyncio.Semaphore(AT_ONCE), {"answered": 0, "hung up": 0, "failed": 0}
    patience_s = AT_ONCE * N_SENTENCES * SENTENCE_S

    async def one(leaves: bool) -> None:
        async with gate:
            reader, writer = await _connect(url)
            writer.write(request)
            if leaves:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(reader.read(), choice.uniform(0.0, patience_s))
                counts["hung up"] += 1
            else:
                answer = await reader.readuntil(b"\r\n\r\n")
                while piece := await reader.readline():
                    if piece == b"0\r\n":
                        break
                counts["answered" if b" 200 " in answer[:20] else "failed"] += 1
            writer.close()

    await asyncio.gather(*(one(choice.random() < LEAVING_SHARE) for _ in range(n_requests)))
    return counts


def _status(http: httpx.Client, model: str) -> dict[str, Any]:
    found: dict[str, Any] = http.get(f"/v1/models/{model}").json()
    return found


async def time_leaving(url: str, n_trials: int) -> tuple[list[float], list[float]]:
    """Milliseconds until a queued request has left the queue, and until a running one has let its lane go."""
    queued_ms, running_ms = [], []
    long = make_request(url, "/v1/audio/speech", {"model": "slow", "input": "One. " * 200, "response_format": "pcm"})
    async with httpx.AsyncClient(base_url=url, timeout=60) as http:

        async def wait_for(field: str, value: int) -> float:
            started_s = time.perf_counter()
            while (await http.get("/v1/models/slow")).json()[field] != value:  # noqa: ASYNC110 - seen from outside
                await asyncio.sleep(0.001)
            return 1000 * (time.perf_counter() - started_s)

        for _ in range(n_trials):
            _, running = await _connect(url)
            running.write(long)
            await wait_for("running", 1)
            _, queued = await _connect(url)
            queued.write(long)
            await wait_for("waiting", 1)
            queued.close()
            queued_ms.append(await wait_for("waiting", 0))
            running.close()
            running_ms.append(await wait_for("running", 0))
    return queued_ms, running_ms


def _read_metric(http: httpx.Client, name: str, model: str) -> float:
    found = re.search(rf'^{name}{{model="{model}"}} (\S+)$', http.get("/metrics").text, re.MULTILINE)
    return float(found[1]) if found else 0.0


def measure_giant(url: str, http: httpx.Client) -> dict[str, Any]:
    """Requests for a model that never fits, while others are in memory."""
    for model in ("fake", "slow"):
        http.post(f"/v1/models/{model}/load").raise_for_status()
    before = http.get("/v1/models").json()["data"]
    seconds, codes = [], set()
    for _ in range(200):
        started_s = time.perf_counter()
        answer = http.post("/v1/audio/speech", json={"model": "giant", "input": "Hi."})
        seconds.append(time.perf_counter() - started_s)
        codes.add(f"{answer.status_code} {answer.json()['error']['code']}")
    after = http.get("/v1/models").json()["data"]
    evictions = sum(sum(model["evictions"].values()) for model in after) - sum(
        sum(model["evictions"].values()) for model in before
    )
    return {
        "never fits": ", ".join(sorted(codes)),
        "answered p50 ms": 1000 * quantile(seconds, 0.5),
        "answered max ms": 1000 * max(seconds),
        "evictions": evictions,
        "still ready": sum(model["state"] == "ready" for model in after),
    }


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.hangups")
    parser.add_argument("--requests", type=int, default=1000)
    options = parser.parse_args()
    machine = describe_machine()
    with own_home() as home:
        weights = home / "giant.bin"
        with weights.open("wb") as file:
            file.truncate(4 << 30)  # sparse: it takes no room on the disk
        (home / "catwalk.toml").write_text(SETTINGS.format(run_s=SENTENCE_S, weights=weights))
        environment = {"CATWALK_CONFIG": str(Path(home) / "catwalk.toml")}
        with running_server(home, environment=environment) as url, httpx.Client(base_url=url, timeout=60) as http:
            giant = measure_giant(url, http)
            asyncio.run(load(url, make_request(url, "/healthz"), concurrency=1, n_requests=10))
            queued_ms, running_ms = asyncio.run(time_leaving(url, 40))
            ghost_before = _read_metric(http, "catwalk_ghost_seconds_total", "slow")
            run_before = _read_metric(http, "catwalk_run_seconds_sum", "slow")
            counts = asyncio.run(storm(url, options.requests))
            ghost_s = _read_metric(http, "catwalk_ghost_seconds_total", "slow") - ghost_before
            run_s = _read_metric(http, "catwalk_run_seconds_sum", "slow") - run_before
            left = _status(http, "slow")
    row = {
        "requests": options.requests,
        **counts,
        "queued left, p50 ms": quantile(queued_ms, 0.5),
        "queued left, max ms": max(queued_ms),
        "running stopped, p50 ms": quantile(running_ms, 0.5),
        "running stopped, max ms": max(running_ms),
        "a sentence, ms": 1000 * SENTENCE_S,
        "work s": run_s,
        "ghost work s": ghost_s,
        "ghost share": ghost_s / run_s,
        "left behind": left["waiting"] + left["running"],
    }
    for figures in (giant, row):
        print_table([{"figure": name, "value": value} for name, value in figures.items()])
        print()
    write_result("hangups", {"machine": machine, "never_fits": giant, "hangups": row})


if __name__ == "__main__":
    main()
