"""One word said otherwise across a library: what is spoken again, how long it takes, what stays as it was.

python -m benchmarks.unattended URL --kills 0 --keep FOLDER
python -m benchmarks.correction FOLDER WRITTEN SPOKEN [--model hibari]
"""

from __future__ import annotations

import argparse
import signal
import statistics
import time
from pathlib import Path
from typing import Any

from benchmarks.measurement import describe_machine, print_table, write_result
from benchmarks.unattended import ENDED, Box


def list_takes(box: Box, episode: int) -> dict[int, tuple[str, str | None]]:
    """Of each line of an episode: its text, and the hash of the audio that stands for it."""
    found: dict[int, tuple[str, str | None]] = {}
    wanted: dict[str, int] | None = {"limit": 1000}
    while wanted:
        page = box.http.get(f"/v1/episodes/{episode}/lines", params=wanted).raise_for_status().json()
        for line in page["data"]:
            take = line["take"]
            sound = box.http.head(take["audio"]).raise_for_status().headers["etag"] if take else None
            found[line["id"]] = (line["text"], sound)
        wanted = {"limit": 1000, "after": page["next"]} if page["next"] else None
    return found


def correct(box: Box, written: str, spoken: str) -> dict[str, Any]:
    """Correct the word; what came of it."""
    episodes = {each["id"]: each for each in box.list_episodes()}
    lines = {episode: list_takes(box, episode) for episode in episodes}
    started_s = time.perf_counter()
    answer = box.http.post("/v1/lexicon", json={"written": written, "spoken": spoken}).raise_for_status().json()
    queued_s = time.perf_counter() - started_s
    took_s: list[float] = []
    last_s = time.perf_counter()
    waiting = dict(answer["episodes"])
    while waiting:
        for episode, job in list(waiting.items()):
            state = box.http.get(f"/v1/jobs/{job}").json()
            if state["state"] in ENDED:
                if state["state"] != "done":
                    raise SystemExit(f"episode {episode}: {state['problem']}")
                del waiting[episode]
                now_s = time.perf_counter()
                took_s.append(now_s - last_s)
                last_s = now_s
        time.sleep(0.02)
    after = {each["id"]: each for each in box.list_episodes()}
    concerned = {line["line"] for line in answer["lines"]}
    redone = {int(episode) for episode in answer["episodes"]}
    spoken_again, others_changed, n_others = 0, 0, 0
    for episode, old in lines.items():
        for line, sound in list_takes(box, episode).items():
            if line in concerned:
                spoken_again += sound != old.get(line)
            else:
                n_others += 1
                others_changed += sound != old.get(line)
    return {
        "episodes": len(episodes),
        "lines": sum(map(len, lines.values())),
        "lines with the word": len(concerned),
        "of them spoken again": spoken_again,
        "other lines": n_others,
        "other lines whose audio changed": others_changed,
        "episodes made anew": len(redone),
        "guids changed": sum(after[i]["guid"] != each["guid"] for i, each in episodes.items()),
        "enclosures new": sum(after[i]["media"] != episodes[i]["media"] for i in redone),
        "other enclosures changed": sum(after[i]["media"] != episodes[i]["media"] for i in episodes if i not in redone),
        "answer s": queued_s,
        "an episode s, median": statistics.median(took_s) if took_s else None,
        "an episode s, most": max(took_s, default=None),
        "all s": time.perf_counter() - started_s,
    }


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.correction")
    parser.add_argument("home", type=Path)
    parser.add_argument("written")
    parser.add_argument("spoken")
    parser.add_argument("--model", default="hibari")
    options = parser.parse_args()
    machine = describe_machine()
    box = Box(options.home, options.model)
    box.start()
    try:
        found = correct(box, options.written, options.spoken)
    finally:
        box.end(signal.SIGTERM)
    print_table([{"what": key, "figure": value} for key, value in found.items()])
    word = {"written": options.written, "spoken": options.spoken}
    write_result("correction", {"machine": machine, "model": options.model, "word": word, **found})


if __name__ == "__main__":
    main()
