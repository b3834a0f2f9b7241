"""The same request served warm, against a process that sets up, runs and ends for each call, per backend.

python -m benchmarks.cold_start
"""

from __future__ import annotations

import io
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx

from benchmarks.measurement import describe_machine, median, own_home, print_table, running_server, write_result
from catwalk.app.catalogs import built_in_specs
from catwalk.audio.codec import AudioFormat, encode
from catwalk.audio.decoder import decode
from catwalk.serving import weights
from catwalk.tasks import Task

SENTENCE = "The kettle is on, and the tea is nearly ready."
N_WARM, N_COLD = 15, 5

ONE_CALL = """
import sys
from pathlib import Path
from catwalk.audio.decoder import decode
from catwalk.backends import find_factory, import_backend
from catwalk.tasks import Task, TranscribeOptions, VoiceRef
name, folder, voice, recording, text = sys.argv[1:]
backend = import_backend(find_factory(name)).load(Path(folder) if folder else None, {})
if Task.SYNTHESIZE in backend.tasks:
    n = sum(len(part.samples) for part in backend.synthesize(text, voice=VoiceRef(voice)))
else:
    n = len(list(backend.transcribe(decode(recording), options=TranscribeOptions(language="en"))))
assert n > 0
"""


def _call(http: httpx.Client, model: str, recording: bytes) -> None:
    if model == "faster_whisper":
        fields = {"model": model, "language": "en"}
        http.post("/v1/audio/transcriptions", data=fields, files={"file": recording}).raise_for_status()
    else:
        body = {"model": model, "input": SENTENCE, "response_format": "pcm"}
        http.post("/v1/audio/speech", json=body).raise_for_status()


def main() -> None:
    """Measure, print, write."""
    machine = describe_machine()
    rows: list[dict[str, Any]] = []
    with own_home() as home:
        names = [spec.name for spec in built_in_specs() if not spec.is_internal]
        with running_server(home, preload=names) as url, httpx.Client(base_url=url, timeout=600) as http:
            spoken = http.post(
                "/v1/audio/speech", json={"model": "hibari", "input": SENTENCE, "response_format": "wav"}
            )
            recording = encode(decode(io.BytesIO(spoken.content)), AudioFormat.WAV)
            path = home / "recording.wav"
            path.write_bytes(recording)
            warm = {
                name: median([_time(lambda name=name: _call(http, name, recording)) for _ in range(N_WARM)])
                for name in names
            }
        for spec in built_in_specs():
            folder = weights.locate(spec, home)
            command = [
                sys.executable,
                "-c",
                ONE_CALL,
                spec.backend,
                str(folder or ""),
                spec.default_voice or "",
                str(path),
                SENTENCE,
            ]
            cold = median([_time(lambda command=command: _run(command)) for _ in range(N_COLD)])
            rows.append(
                {
                    "backend": spec.name,
                    "task": "transcribe" if Task.SYNTHESIZE not in spec.tasks else "synthesize",
                    "warm s": warm[spec.name],
                    "cold s": cold,
                    "cold/warm": cold / warm[spec.name],
                }
            )
    print_table(rows)
    write_result("cold_start", {"machine": machine, "sentence": SENTENCE, "rows": rows})


def _time(work: Any) -> float:
    started_s = time.perf_counter()
    work()
    return time.perf_counter() - started_s


def _run(command: list[str]) -> None:
    subprocess.run(
        command, check=True, env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}, capture_output=True
    )


if __name__ == "__main__":
    main()
