"""How fast a post is read, beside the limit that the raw rates of the same run allow.

The limit is 1 ÷ (1/synthesis + 1/packed transcription), both in seconds of audio a second: what a reading would take
if speaking and listening cost nothing but the models' own work, one after the other, with all cores, and every window
were heard by itself. What checking costs is the time beyond what the same server takes to speak the same lines
with nobody listening.

    python -m benchmarks.reading [SOURCE] [--models hibari kokoro]
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from benchmarks.measurement import describe_machine, own_home, print_table, running_server, write_result
from catwalk.app.catalogs import built_in_specs
from catwalk.app.choices import fetch_limits, reading_choices
from catwalk.audio.resample import resample
from catwalk.audio.waveform import Waveform
from catwalk.backends import import_backend
from catwalk.client import Client
from catwalk.reader.reading import prepare
from catwalk.reader.script import LineKind
from catwalk.reader.windows import join, pack
from catwalk.serving import weights
from catwalk.settings import read_settings
from catwalk.tasks import TranscribeOptions, VoiceRef

SAMPLE = Path(__file__).parents[1] / "examples" / "sample-post.md"
SPECS = {spec.name: spec for spec in built_in_specs()}


def _load(name: str, home: Path) -> Any:
    spec = SPECS[name]
    backend = import_backend(spec.factory).load(weights.locate(spec, home), spec.options)
    backend.warm_up()
    return backend


def measure_synthesis(name: str, texts: Sequence[str], home: Path) -> tuple[list[Waveform], float]:
    """Speak every text with all lanes of the backend, in this process; the takes, and audio seconds a second."""
    backend, voice = _load(name, home), VoiceRef(SPECS[name].default_voice or "")

    def speak(text: str) -> Waveform:
        return Waveform.join(backend.synthesize(text, voice=voice))

    started_s = time.perf_counter()
    with ThreadPoolExecutor(backend.lanes) as lanes:
        takes = list(lanes.map(speak, texts))
    return takes, sum(take.duration_s for take in takes) / (time.perf_counter() - started_s)


def measure_transcription(takes: Sequence[Waveform], home: Path) -> float:
    """Audio seconds a second of whisper on packed windows with all its lanes, in this process."""
    backend = _load("faster_whisper", home)
    windows = [join(window) for window in pack([resample(take, 16_000) for take in takes])]

    def listen(window: Waveform) -> None:
        for _ in backend.transcribe(window, options=TranscribeOptions(language="en", fallback=False)):
            pass

    started_s = time.perf_counter()
    with ThreadPoolExecutor(backend.lanes) as lanes:
        list(lanes.map(listen, windows))
    return sum(take.duration_s for take in takes) / (time.perf_counter() - started_s)


async def _speak_all(texts: Sequence[str], model: str, url: str) -> None:
    places = asyncio.Semaphore(4)  # as many as the narrator asks for

    async def speak(client: Client, text: str) -> None:
        async with places:
            await client.speak(text, model=model)

    async with Client(url) as client, asyncio.TaskGroup() as group:
        for text in texts:
            group.create_task(speak(client, text))


def read_with_server(source: str, model: str, home: Path, url: str) -> dict[str, Any]:
    """Run ``catwalk read`` against a warm server; what it printed."""
    command = [sys.executable, "-m", "catwalk", "read", source, "-o", str(home / f"{model}.mp3"), "--json"]
    done = subprocess.run(
        [*command, "--model", model],
        env={**os.environ, "CATWALK_HOME": str(home), "CATWALK_URL": url},
        capture_output=True,
        check=True,
    )
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def measure(source: str, model: str) -> dict[str, Any]:
    """One row: the reading, and its limit."""
    settings = read_settings()
    choices = reading_choices(settings, model=model)
    draft = asyncio.run(prepare(source, limits=fetch_limits(settings, for_person=True), choices=choices))
    texts = [line.spoken for line in draft.script.lines if line.kind is not LineKind.PAUSE]
    with own_home() as home:
        takes, synthesis = measure_synthesis(model, texts, home)
        transcription = measure_transcription(takes, home)
        with running_server(home, preload=(model, "faster_whisper")) as url:
            started_s = time.perf_counter()
            asyncio.run(_speak_all(texts, model, url))
            speaking_s = time.perf_counter() - started_s
            started_s = time.perf_counter()
            answer = read_with_server(source, model, home, url)
            command_s = time.perf_counter() - started_s
    limit = 1 / (1 / synthesis + 1 / transcription)
    return {
        "model": model,
        "lines": answer["lines"],
        "flagged": len(answer["flagged"]),
        "takes": answer["takes"],
        "audio s": answer["duration_s"],
        "spoken s": sum(take.duration_s for take in takes),
        "wall s": answer["wall_s"],
        "command s": command_s,
        "speaking s": speaking_s,
        "checking": 1 - speaking_s / answer["wall_s"],
        "synthesis x": synthesis,
        "transcription x": transcription,
        "limit x": limit,
        "reached x": answer["duration_s"] / answer["wall_s"],
        "of limit": answer["duration_s"] / answer["wall_s"] / limit,
    }


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source", nargs="?", default=str(SAMPLE))
    parser.add_argument("--models", nargs="+", default=["hibari", "kokoro"])
    arguments = parser.parse_args()
    machine = describe_machine()
    rows = [measure(arguments.source, model) for model in arguments.models]
    print_table(rows)
    write_result("reading", {"machine": machine, "source": Path(arguments.source).name, "rows": rows})


if __name__ == "__main__":
    main()
