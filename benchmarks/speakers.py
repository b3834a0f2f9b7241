"""The planted fault "wrong voice": takes of another voice among those of a reading, told by the speaker encoder.

Each voice reads lines that the limit was not set on. The encoder learns it from its first takes, as in a reading;
then come its other takes, which must pass, and takes of every other voice, which must not.

    python -m benchmarks.speakers [--lines 30]      needs resemblyzer (an environment of ``make test-models`` has it)
"""

from __future__ import annotations

import argparse
import asyncio
import os
from collections.abc import Sequence
from itertools import product
from pathlib import Path
from typing import Any

from benchmarks.gate.booth import Booth, Speaker
from benchmarks.gate.lines import rank, read_lines
from benchmarks.measurement import describe_machine, own_home, print_table, running_server, write_result
from catwalk.audio.resample import resample
from catwalk.audio.waveform import Waveform
from catwalk.reader.narrator import LISTEN_RATE_HZ
from catwalk.reader.pace import expect_duration_s
from catwalk.reader.speaker import MIN_TAKE_S, N_KNOWN, SpeakerCheck
from catwalk.reader.verify import Verdict

SPEAKERS = (
    Speaker("hibari", "heart"),
    Speaker("kokoro", "af_bella"),
    Speaker("kokoro", "am_michael"),
    Speaker("kokoro", "bf_emma"),
    Speaker("kokoro", "bm_george"),
)
ENCODER = "resemblyzer"
_RIGHT = Verdict(
    accepted=True,
    wer=0.0,
    missing=(),
    extra=(),
    duration_ratio=1.0,
    speech_ratio=1.0,
    heard="",
    reasons=(),
    score=1.0,
    may_be_misheard=False,
)
"""Every word is right: only the voice is judged here."""


async def speak_all(booth: Booth, speaker: Speaker, texts: Sequence[str]) -> list[Waveform]:
    """Every text in this voice, as the listener gets it."""
    takes = [await booth.speak(text, model=speaker.model, voice=speaker.voice) for text in texts]
    return [resample(take, LISTEN_RATE_HZ) for take in takes]


async def count_rejected(booth: Booth, own: Sequence[Waveform], other: Sequence[Waveform]) -> int:
    """How many takes of the other voice are rejected in a reading by this one."""
    check = SpeakerCheck(booth, ENCODER)
    await check.look([""] * N_KNOWN, own[:N_KNOWN], [_RIGHT] * N_KNOWN)
    verdicts = await check.look([""] * len(other), other, [_RIGHT] * len(other))
    return sum(not verdict.accepted for verdict in verdicts)


async def measure(booth: Booth, n_lines: int) -> list[dict[str, Any]]:
    """A row for each pair of voices."""
    held = [line.spoken for line in read_lines("held") if expect_duration_s(line.spoken) > 1.5 * MIN_TAKE_S]
    texts = sorted(held, key=lambda text: rank("speakers", text))[: n_lines + N_KNOWN]
    takes = {speaker: await speak_all(booth, speaker, texts) for speaker in SPEAKERS}
    rows = []
    for own, other in product(SPEAKERS, SPEAKERS):
        planted = [take for take in takes[other][N_KNOWN:] if take.duration_s >= MIN_TAKE_S]
        n_rejected = await count_rejected(booth, takes[own], planted)
        rows.append({"reading by": str(own), "takes of": str(other), "takes": len(planted), "rejected": n_rejected})
    return rows


def summarise(rows: Sequence[dict[str, Any]]) -> dict[str, float]:
    """Shares over all pairs: of foreign takes that were caught, and of own takes that were not let pass."""

    def share(chosen: Sequence[dict[str, Any]]) -> float:
        n_rejected, n_takes = (sum(int(row[name]) for row in chosen) for name in ("rejected", "takes"))
        return n_rejected / n_takes

    return {
        "caught": share([row for row in rows if row["reading by"] != row["takes of"]]),
        "false alarms": share([row for row in rows if row["reading by"] == row["takes of"]]),
    }


async def listen(url: str, kept: Path, n_lines: int) -> list[dict[str, Any]]:
    """Measure with the server at ``url``."""
    async with Booth(url, kept) as booth:
        return await measure(booth, n_lines)


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lines", type=int, default=30)
    arguments = parser.parse_args()
    machine = describe_machine()
    with own_home() as home, running_server(home) as url:
        kept = Path(os.environ.get("CATWALK_BENCH_HOME", home)) / "quality"
        rows = asyncio.run(listen(url, kept, arguments.lines))
    print_table(rows)
    totals = summarise(rows)
    print_table([totals])
    write_result("speakers", {"machine": machine, **totals, "rows": rows})


if __name__ == "__main__":
    main()
