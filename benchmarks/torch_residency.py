"""Real PyTorch workers under a budget for one: whisper and BLIP in the server's own environment, tortoise in its own.

The models are the tiny ones of the tests, so nearly all that a worker takes is PyTorch and its libraries. First each
model runs alone and is measured; then the budget holds the largest and no second one, and requests come in turns of a
few each. The workers' memory is sampled from outside.

    make test-models
    PYTHONPATH=src:. .venv-models/bin/python -m benchmarks.torch_residency [--models blip,tortoise,whisper] [--turns 10]
"""

from __future__ import annotations

import argparse
import base64
import io
import json
import os
import random
import sys
import tempfile
import time
import wave
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
from PIL import Image

from benchmarks.measurement import describe_machine, own_home, print_table, running_server, write_result
from benchmarks.residency import MB, Sampler, find_server, read_lives

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))
os.environ["TEST_MODELS"] = "1"

import tiny

SLACK = 1.1
"""Budget over the largest model: latents, and what a run takes beyond what was measured."""


def _silence() -> bytes:
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16_000)
        file.writeframes(bytes(2 * 16_000 * 2))
    return buffer.getvalue()


def _speak(http: httpx.Client, model: str) -> httpx.Response:
    return http.post(
        "/v1/audio/speech", json={"model": model, "input": "Tea.", "voice": "mol", "response_format": "pcm"}
    )


def _listen(http: httpx.Client, model: str) -> httpx.Response:
    return http.post("/v1/audio/transcriptions", data={"model": model}, files={"file": ("a.wav", _silence())})


def _look(http: httpx.Client, model: str) -> httpx.Response:
    file = io.BytesIO()
    Image.new("RGB", (640, 480), "teal").save(file, "PNG")
    url = f"data:image/png;base64,{base64.b64encode(file.getvalue()).decode()}"
    asked = [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": url}}]}]
    return http.post("/v1/chat/completions", json={"model": model, "messages": asked})


ASK: dict[str, Callable[[httpx.Client, str], httpx.Response]] = {"blip": _look, "tortoise": _speak, "whisper": _listen}
"""One request of each model; a new one joins with a line here and a ``tests/models/tiny_NAME.py``."""


def write_settings(path: Path, models: dict[str, tiny.Tiny], budget_bytes: int | None) -> None:
    """A catalog of these models."""
    lines = [] if budget_bytes is None else ["[memory]", f"ram = {budget_bytes}"]
    lines += ["[server]", "max_wait_s = 10", "quantum_s = 5"]
    for name, model in models.items():
        lines += [f"[models.{name}]", f'backend = "{name}"', f"weights = {{ path = {json.dumps(str(model.weights))} }}"]
        lines += [f"[models.{name}.options]", *(f"{key} = {json.dumps(value)}" for key, value in model.options.items())]
    path.write_text("\n".join(lines) + "\n")


def measure_alone(home: Path, models: dict[str, tiny.Tiny]) -> dict[str, int]:
    """Bytes that each takes after work, as the server counts them."""
    write_settings(home / "catwalk.toml", models, None)
    with running_server(home, environment=_variables(home)) as url, httpx.Client(base_url=url, timeout=600) as http:
        for name in models:
            for _ in range(2):
                ASK[name](http, name).raise_for_status()
            time.sleep(1.5)  # the server looks once a second
        listing = {each["id"]: each for each in http.get("/v1/models").json()["data"]}
    return {name: sum(listing[name]["footprint"].values()) for name in models}


def run_turns(home: Path, models: dict[str, tiny.Tiny], budget_bytes: int, turns: int) -> dict[str, Any]:
    """Requests in turns under the budget; what was seen from outside and what the server said."""
    write_settings(home / "catwalk.toml", models, budget_bytes)
    choice, statuses, log = random.Random(1), dict[int, int](), home / "server.log"
    with (
        running_server(home, environment=_variables(home), log=log) as url,
        httpx.Client(base_url=url, timeout=600) as http,
    ):
        sampler = Sampler(find_server(url))
        sampler.start()
        for turn in range(turns):
            name = list(models)[turn % len(models)]
            for _ in range(choice.randrange(1, 4)):
                answer = ASK[name](http, name)
                statuses[answer.status_code] = statuses.get(answer.status_code, 0) + 1
                if answer.is_error:
                    print(f"turn {turn}: {answer.status_code} {answer.text}", file=sys.stderr)
        totals = [n_bytes for _, n_bytes in sampler.stop().pss]
    lives = [life for each in read_lives(log).values() for life in each]
    return {
        "answers": statuses,
        "samples": len(totals),
        "budget MB": budget_bytes / MB,
        "largest sample MB": max(totals) / MB,
        "over budget at most": max(0.0, max(totals) / budget_bytes - 1),
        "unloads": len(lives),
        "share that came back, least": min(life["returned_share"] for life in lives),
        "seconds until it was back, most": max(life["returned_in_s"] for life in lives),
    }


def _variables(home: Path) -> dict[str, str]:
    return {"CATWALK_CONFIG": str(home / "catwalk.toml")}


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.torch_residency")
    parser.add_argument("--models", default=",".join(sorted(ASK)))
    parser.add_argument("--turns", type=int, default=10)
    options = parser.parse_args()
    machine = describe_machine()
    with own_home() as home, tempfile.TemporaryDirectory() as scratch:
        (home / "environments").symlink_to(tiny.ENVIRONMENTS_HOME / "environments")
        models = {}
        for name in options.models.split(","):
            folder = Path(scratch) / name
            folder.mkdir()
            models[name] = tiny.build(name, folder)
        alone = measure_alone(home, models)
        row = run_turns(home, models, int(SLACK * max(alone.values())), options.turns)
    print_table([{"model": name, "MB": n_bytes / MB} for name, n_bytes in alone.items()])
    print()
    print_table([{"figure": name, "value": value} for name, value in row.items()])
    write_result("torch_residency", {"machine": machine, "alone MB": {k: v / MB for k, v in alone.items()}, **row})


if __name__ == "__main__":
    main()
