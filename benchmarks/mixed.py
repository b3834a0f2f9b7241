"""Three real models under a budget that holds two of them: a mixed load, served in catwalk's order and in fifo-lru's.

``fifo-lru`` takes the same requests strictly in order of arrival, one at a time, and before each makes room by
unloading the least recently used model, as a server does that counts models. Both are driven over HTTP against
servers with the same budget, in one run.

    python -m benchmarks.mixed [--requests 60] [--rounds 3]
"""

from __future__ import annotations

import argparse
import asyncio
import io
import random
import time
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from benchmarks.measurement import (
    describe_machine,
    median,
    own_home,
    print_table,
    quantile,
    running_server,
    write_result,
)

MODELS = ("kokoro", "hibari", "faster_whisper")
SENTENCES = (
    "The kettle is on, and the tea is nearly ready.",
    "Nobody expected the second train to be on time.",
    "A box under the desk keeps its models warm.",
    "She read the whole archive on the way home.",
)
GAP_S = 0.25
"""Mean time between arrivals."""

SHARE = 1.03
"""Room for two models, and a little for what measurements differ by."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """One request of the load."""

    at_s: float
    model: str
    text: str


def make_load(n_requests: int, seed: int) -> list[Wanted]:
    """Requests for models in random order, at random times."""
    choice = random.Random(seed)
    at_s, load = 0.0, []
    for _ in range(n_requests):
        load.append(Wanted(at_s, choice.choice(MODELS), choice.choice(SENTENCES)))
        at_s += choice.expovariate(1 / GAP_S)
    return load


async def send(http: httpx.AsyncClient, wanted: Wanted, recording: bytes) -> None:
    """One request, to its end."""
    if wanted.model == "faster_whisper":
        fields = {"model": wanted.model, "language": "en"}
        files = {"file": io.BytesIO(recording)}
        answer = await http.post("/v1/audio/transcriptions", data=fields, files=files)
    else:
        body = {"model": wanted.model, "input": wanted.text, "response_format": "pcm"}
        answer = await http.post("/v1/audio/speech", json=body)
    answer.raise_for_status()


async def serve_catwalk(http: httpx.AsyncClient, load: Sequence[Wanted], recording: bytes) -> list[float]:
    """Everything is sent when it arrives; the server chooses the order. Seconds from arrival to answer."""
    started_s = time.perf_counter()

    async def one(wanted: Wanted) -> float:
        await asyncio.sleep(max(0.0, started_s + wanted.at_s - time.perf_counter()))
        await send(http, wanted, recording)
        return time.perf_counter() - started_s - wanted.at_s

    return await asyncio.gather(*(one(wanted) for wanted in load))


async def serve_fifo_lru(http: httpx.AsyncClient, load: Sequence[Wanted], recording: bytes) -> list[float]:
    """One after another, in order of arrival; at most two models stay."""
    started_s = time.perf_counter()
    kept: OrderedDict[str, None] = OrderedDict()
    seconds = []
    for wanted in load:
        await asyncio.sleep(max(0.0, started_s + wanted.at_s - time.perf_counter()))
        if wanted.model not in kept:
            while len(kept) >= 2:
                victim, _ = kept.popitem(last=False)
                (await http.post(f"/v1/models/{victim}/unload")).raise_for_status()
            (await http.post(f"/v1/models/{wanted.model}/load")).raise_for_status()
        kept[wanted.model] = None
        kept.move_to_end(wanted.model)
        await send(http, wanted, recording)
        seconds.append(time.perf_counter() - started_s - wanted.at_s)
    return seconds


async def _measure(url: str, load: Sequence[Wanted], recording: bytes, policy: str) -> dict[str, Any]:
    async with httpx.AsyncClient(base_url=url, timeout=600) as http:
        for model in MODELS:
            await http.post(f"/v1/models/{model}/unload")
        before = await _count_loads(http)
        started_s = time.perf_counter()
        serve = serve_catwalk if policy == "catwalk" else serve_fifo_lru
        seconds = await serve(http, load, recording)
        wall_s = time.perf_counter() - started_s
        return {
            "policy": policy,
            "requests": len(seconds),
            "finished after s": round(wall_s, 2),
            "answer p50 s": round(quantile(seconds, 0.5), 2),
            "answer p99 s": round(quantile(seconds, 0.99), 2),
            "loads": await _count_loads(http) - before,
        }


async def _count_loads(http: httpx.AsyncClient) -> int:
    models = (await http.get("/v1/models")).json()["data"]
    return sum(model["loads"] for model in models if model["id"] in MODELS)


def _prepare(home: Path) -> tuple[bytes, int]:
    """A recording to be heard, and a budget that holds the two largest models and not the third."""
    with running_server(home) as url, httpx.Client(base_url=url, timeout=600) as http:
        body = {"model": "hibari", "input": SENTENCES[0], "response_format": "wav"}
        recording = http.post("/v1/audio/speech", json=body).raise_for_status().content
        for model in ("hibari", "kokoro"):
            for text in SENTENCES:
                asyncio.run(_send_once(url, Wanted(0.0, model, text), recording))
        asyncio.run(_send_once(url, Wanted(0.0, "faster_whisper", ""), recording))
        for model in MODELS:
            http.post(f"/v1/models/{model}/unload").raise_for_status()
    # What was measured is on disk now, and a second server knows it before any load.
    with running_server(home) as url, httpx.Client(base_url=url, timeout=600) as http:
        listing = http.get("/v1/models").json()
    sizes = {model["id"]: model["footprint"]["ram"] for model in listing["data"]}
    held = sum(each["held_bytes"] + each["reserved_bytes"] for each in listing["memory"] if each["device"] == "ram")
    two = sorted(sizes[model] for model in MODELS)[1:]
    print(f"footprints: {', '.join(f'{model} {sizes[model] / 1e6:.0f} MB' for model in MODELS)}")
    return recording, int(SHARE * sum(two)) + held


async def _send_once(url: str, wanted: Wanted, recording: bytes) -> None:
    async with httpx.AsyncClient(base_url=url, timeout=600) as http:
        await send(http, wanted, recording)


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.mixed")
    parser.add_argument("--requests", type=int, default=60)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    machine, rows, ratios = describe_machine(), [], []
    with own_home() as home:
        recording, budget_bytes = _prepare(home)
        environment = {"CATWALK_MEMORY__RAM": str(budget_bytes)}
        with running_server(home, environment=environment) as url:
            for number in range(options.rounds):
                load = make_load(options.requests, seed=number)
                pair = [asyncio.run(_measure(url, load, recording, policy)) for policy in ("fifo-lru", "catwalk")]
                rows += [{"round": number + 1, **row} for row in pair]
                ratios.append(pair[0]["finished after s"] / pair[1]["finished after s"])
    print_table(rows)
    print(f"\ncatwalk is done {median(ratios):.2f} times sooner (least {min(ratios):.2f})")
    result = {"machine": machine, "budget_bytes": budget_bytes, "rounds": rows}
    write_result("mixed", {**result, "times_sooner_median": median(ratios), "times_sooner_least": min(ratios)})


if __name__ == "__main__":
    main()
