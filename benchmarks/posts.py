"""Whole posts from source to finished MP3, judged by other means than those that made them.

Each post is read by ``catwalk read``; then the MP3 is transcribed as a whole and compared, word for word, with what the
voice was given (both normalised alike, nothing forgiven by sound); FFmpeg's ebur128 filter measures loudness and true
peak; and each chapter's start is compared with the moment at which sound sets in after the silence before its heading.

    python -m benchmarks.posts POST [POST …] [--model kokoro]
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import httpx
import numpy as np

from benchmarks.measurement import describe_machine, own_home, print_table, running_server, write_result
from catwalk.audio.decoder import decode
from catwalk.reader.alignment import find_differences
from catwalk.reader.hearing import say_figures
from catwalk.reader.wording import Token, split_words

FRAME_S = 0.01
QUIET_DB = -45.0
"""Quieter than this is the silence between lines."""

AROUND_S = 0.6
"""How far around a chapter's start its heading is looked for."""


def count_errors(expected: Sequence[Token], heard: Sequence[Token]) -> int:
    """Words to insert, delete or replace.

    Nothing is forgiven by sound; only what differs in spaces alone ("A I" and "AI", "code base") is the same.
    """
    return sum(max(len(each.expected), len(each.heard)) for each in find_differences(expected, heard))


def measure_loudness(audio: Path) -> tuple[float, float]:
    """Integrated LUFS and true peak in dBTP by FFmpeg."""
    command = ["ffmpeg", "-hide_banner", "-nostats", "-i", str(audio), "-af", "ebur128=peak=true", "-f", "null", "-"]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stderr
    summary = said[said.rindex("Summary:") :]
    found = [re.search(rf"{name}:\s+(-?[\d.]+)", summary) for name in ("I", "Peak")]
    return tuple(float(each[1]) if each else float("nan") for each in found)  # type: ignore[return-value]  # two names


def measure_chapters(audio: Path, chapters: Sequence[dict[str, Any]]) -> list[float]:
    """Seconds from each chapter's start to the sound of its heading; positive when the heading comes later."""
    sound = decode(audio, rate_hz=16_000)
    size = round(FRAME_S * sound.rate_hz)
    frames = sound.samples[: len(sound.samples) // size * size].reshape(-1, size)
    loud = 10 * np.log10(np.mean(np.square(frames, dtype=np.float64), axis=1) + 1e-12) > QUIET_DB
    onsets = np.flatnonzero(loud[1:] & ~loud[:-1]) + 1
    onsets = np.array([each for each in onsets if not loud[max(0, each - 20) : each].any()])  # after 0.2 s of silence
    misses = []
    for chapter in chapters:
        near = onsets * FRAME_S - chapter["startTime"]
        near = near[np.abs(near) < AROUND_S]
        misses.append(float(near[np.argmin(np.abs(near))]) if near.size else float("nan"))
    return misses


def read_post(source: str, model: str, folder: Path, number: int, url: str, home: Path) -> dict[str, Any]:
    """Read one post, with no take of it kept before, and judge the result."""
    target = folder / f"post-{number}.mp3"
    command = [sys.executable, "-m", "catwalk", "read", source, "-o", str(target), "--model", model, "--json"]
    environment = {**os.environ, "CATWALK_URL": url, "CATWALK_HOME": str(home)}
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    reading = json.loads(done.stdout)
    script = json.loads(Path(reading["script"]).read_text())
    spoken = " ".join(line["spoken"] for line in script["lines"] if line["spoken"])
    with httpx.Client(base_url=url, timeout=1800) as http, target.open("rb") as file:
        fields = {"model": "faster_whisper", "language": "en"}
        heard = http.post("/v1/audio/transcriptions", data=fields, files={"file": file}).raise_for_status().json()
    expected = split_words(spoken)
    said = split_words(" ".join(say_figures(word) for word in heard["text"].split()))
    lufs, peak_dbtp = measure_loudness(target)
    misses = measure_chapters(target, json.loads(Path(reading["chapters"]).read_text())["chapters"])
    return {
        "post": Path(source).parent.name or source,
        "words": len(expected),
        "wer": round(count_errors(expected, said) / len(expected), 4),
        "lines": reading["lines"],
        "flagged": len(reading["flagged"]),
        "duration_s": reading["duration_s"],
        "times real time": round(reading["duration_s"] / reading["wall_s"], 2),
        "lufs": lufs,
        "peak_dbtp": peak_dbtp,
        "chapters": len(misses),
        "chapter off by, most s": round(max((abs(each) for each in misses), default=0.0), 3),
    }


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.posts")
    parser.add_argument("posts", nargs="+", metavar="POST")
    parser.add_argument("--model", default="kokoro")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="leave the finished files there")
    options = parser.parse_args()
    machine, rows = describe_machine(), []
    with own_home() as home, running_server(home, preload=(options.model, "faster_whisper")) as url:
        folder = options.keep or home / "out"
        folder.mkdir(parents=True, exist_ok=True)
        for number, source in enumerate(options.posts, start=1):
            rows.append(read_post(source, options.model, folder, number, url, home))
            print_table(rows[-1:])
    print()
    print_table(rows)
    write_result("posts", {"machine": machine, "model": options.model, "posts": rows})


if __name__ == "__main__":
    main()
