"""How near a blend of Kokoro's voices comes to a person's, and what it costs in word errors and in time.

    python -m benchmarks.fit CLIP… [--minutes 10 | --processor-minutes 20]

The search goes through a real server, as ``catwalk voices fit`` does. Likeness is judged on sentences that were not
searched with. On a machine that others use as well, processor time says more than the clock: ten minutes of two free
cores are at most twenty processor minutes.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import math
import time
from pathlib import Path
from typing import Any

import psutil

from benchmarks.measurement import describe_machine, own_home, print_table, running_server, write_result
from catwalk.casting.fit import END_SHARE, FitChoices, fit_voice
from catwalk.client import Client

_VOICE = "person"


def _processor_s(pid: int) -> float:
    """Of a process and all its children so far."""
    total = 0.0
    with contextlib.suppress(psutil.NoSuchProcess):
        process = psutil.Process(pid)
        for each in (process, *process.children(recursive=True)):
            with contextlib.suppress(psutil.NoSuchProcess):
                times = each.cpu_times()
                total += times.user + times.system
    return total


async def _fit(url: str, clips: list[Path], limit_s: float, processor_limit_s: float, seed: int) -> dict[str, Any]:
    course: list[dict[str, Any]] = []
    me = psutil.Process().pid
    async with Client(url) as client:
        await client.add_voice(_VOICE, clips, consent=True, force=True)
        for model in ("kokoro", "resemblyzer", "faster_whisper"):
            await client.load(model)
        started_s, spent_s = time.monotonic(), _processor_s(me)

        def note(what: str, n_done: int, best: float) -> None:
            if n_done % 5 == 0:
                step = {
                    "what": what.split(maxsplit=1)[0],
                    "done": n_done,
                    "nearest": round(best, 4),
                    "wall_s": round(time.monotonic() - started_s, 1),
                    "processor_s": round(_processor_s(me) - spent_s, 1),
                }
                course.append(step)
                print(step, flush=True)

        def is_over() -> bool:
            return _processor_s(me) - spent_s > processor_limit_s * (1 - END_SHARE)

        choices = FitChoices("kokoro", limit_s=limit_s, seed=seed)
        found = await fit_voice(client, _VOICE, choices, report=note, stop=is_over)
        return found.to_json() | {"processor_s": round(_processor_s(me) - spent_s, 1), "course": course}


def main() -> None:
    """Fit, print and write down."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("clips", nargs="+", type=Path)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--processor-minutes", type=float, help="end after these, whatever the clock says")
    parser.add_argument("--seed", type=int, default=0)
    wanted = parser.parse_args()
    limits = (wanted.minutes * 60, math.inf)
    if wanted.processor_minutes is not None:
        limits = (math.inf, wanted.processor_minutes * 60)
    machine = describe_machine()
    with own_home() as home, running_server(home) as url:
        found = asyncio.run(_fit(url, wanted.clips, *limits, wanted.seed))
    rows = [
        {"voice": name, "likeness": found[name]["likeness"], "word errors": found[name]["word_errors"]}
        for name in ("preset", "fitted")
    ]
    print_table(rows)
    print(f"gain {found['gain']:.3f} after {found['n_trials']} blends, {found['processor_s']:.0f} processor seconds")
    write_result(
        "fit",
        {"machine": machine, "n_clips": len(wanted.clips)} | found,
    )


if __name__ == "__main__":
    main()
