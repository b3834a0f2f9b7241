"""What the server adds to a warm ``/v1/audio/speech`` call, against the same backend called in this process.

Also the time to the first audio byte of a streamed call, and how long ``/healthz`` takes while both cores synthesize.

    python -m benchmarks.overhead
"""

from __future__ import annotations

import asyncio
import time
from typing import Any

from benchmarks.measurement import describe_machine, own_home, print_table, quantile, running_server, write_result
from benchmarks.wire import load, make_request
from catwalk.audio.codec import AudioFormat, StreamEncoder
from catwalk.backends import find_factory, import_backend
from catwalk.tasks import VoiceRef

SENTENCE = "Hi."
LONG = "The kettle is on, and the tea is nearly ready for everybody who wants some. " * 12
VOICES = {"fake": "tone", "hibari": "heart"}
N_REQUESTS = {1: 400, 8: 1600, 64: 3200}


def time_in_process(backend: Any, voice: str, encoding: AudioFormat, n_calls: int) -> list[float]:
    """Seconds of calls that do what the server does, without a server."""
    seconds = []
    for _ in range(n_calls):
        started_s = time.perf_counter()
        encoder: StreamEncoder | None = None
        for waveform in backend.synthesize(SENTENCE, voice=VoiceRef(voice)):
            encoder = encoder or StreamEncoder(encoding, waveform.rate_hz)
            encoder.encode(waveform)
        if encoder is not None:
            encoder.close()
        seconds.append(time.perf_counter() - started_s)
    return seconds


def measure_overhead(
    url: str, model: str, encoding: AudioFormat, concurrencies: tuple[int, ...]
) -> list[dict[str, Any]]:
    """One row a concurrency."""
    backend = import_backend(find_factory(model)).load(None, {})
    backend.warm_up()
    alone = time_in_process(backend, VOICES[model], encoding, 200)
    body = {"model": model, "input": SENTENCE, "voice": VOICES[model], "response_format": str(encoding)}
    request = make_request(url, "/v1/audio/speech", body)
    rows = []
    for concurrency in concurrencies:
        asyncio.run(load(url, request, concurrency=concurrency, n_requests=50))  # warm connections and caches
        times, wall_s = asyncio.run(load(url, request, concurrency=concurrency, n_requests=N_REQUESTS[concurrency]))
        ends = [end for _, end in times]
        rows.append(
            {
                "model": model,
                "format": str(encoding),
                "at once": concurrency,
                "alone p50 ms": 1000 * quantile(alone, 0.5),
                "served p50 ms": 1000 * quantile(ends, 0.5),
                "served p99 ms": 1000 * quantile(ends, 0.99),
                "added p50 ms": 1000 * (quantile(ends, 0.5) - quantile(alone, 0.5)),
                "added p99 ms": 1000 * (quantile(ends, 0.99) - quantile(alone, 0.99)),
                "calls/s": len(times) / wall_s,
            }
        )
    return rows


def measure_first_byte(url: str, encoding: AudioFormat) -> dict[str, Any]:
    """Time to the first audio byte of a long text, warm."""
    body = {"model": "hibari", "input": LONG, "voice": "heart", "response_format": str(encoding)}
    request = make_request(url, "/v1/audio/speech", body)
    times, _ = asyncio.run(load(url, request, concurrency=1, n_requests=20))
    return {
        "hibari, long text": str(encoding),
        "first byte p50 ms": 1000 * quantile([first for first, _ in times], 0.5),
        "first byte max ms": 1000 * max(first for first, _ in times),
        "last byte p50 ms": 1000 * quantile([last for _, last in times], 0.5),
    }


async def _probe_under_load(url: str, n_probes: int) -> list[float]:
    speech = make_request(url, "/v1/audio/speech", {"model": "hibari", "input": LONG, "response_format": "mp3"})
    slow = make_request(url, "/v1/audio/speech", {"model": "kokoro", "input": LONG, "response_format": "mp3"})
    working = [
        asyncio.create_task(load(url, speech, concurrency=2, n_requests=1000)),
        asyncio.create_task(load(url, slow, concurrency=2, n_requests=1000)),
    ]
    health = make_request(url, "/healthz")
    seconds = []
    await asyncio.sleep(1.0)
    for _ in range(n_probes):
        times, _ = await load(url, health, concurrency=1, n_requests=1)
        seconds.append(times[0][1])
        await asyncio.sleep(0.02)
    for task in working:
        task.cancel()
    await asyncio.gather(*working, return_exceptions=True)
    return seconds


def measure_health(url: str) -> dict[str, Any]:
    """How long ``/healthz`` takes, new connections included, while hibari and two lanes of kokoro synthesize."""
    seconds = asyncio.run(_probe_under_load(url, 400))
    return {
        "/healthz under load": "hibari + kokoro",
        "p50 ms": 1000 * quantile(seconds, 0.5),
        "p99 ms": 1000 * quantile(seconds, 0.99),
        "max ms": 1000 * max(seconds),
    }


def main() -> None:
    """Measure, print, write."""
    machine = describe_machine()
    with own_home() as home, running_server(home, preload=("fake", "hibari", "kokoro")) as url:
        rows = [
            *measure_overhead(url, "fake", AudioFormat.PCM, (1, 8, 64)),
            *measure_overhead(url, "fake", AudioFormat.MP3, (1, 8, 64)),
            *measure_overhead(url, "hibari", AudioFormat.MP3, (1,)),
        ]
        print_table(rows)
        print()
        first = [measure_first_byte(url, AudioFormat.PCM), measure_first_byte(url, AudioFormat.MP3)]
        print_table(first)
        print()
        health = [measure_health(url)]
        print_table(health)
    write_result("overhead", {"machine": machine, "overhead": rows, "first_byte": first, "health": health})


if __name__ == "__main__":
    main()
