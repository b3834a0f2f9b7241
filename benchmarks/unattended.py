"""A whole blog read by a server that nobody looks after, killed at random moments, beside one that is left in peace.

The server is killed with SIGKILL and started again; its model workers end with it. At the end every post is to have its
episode, no file is to be half-written, and the finished files are to be those of a run without kills, byte by byte.

    python -m benchmarks.unattended URL [--kills 20] [--limit N] [--model hibari] [--peace] [--keep FOLDER]
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import random
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx

from benchmarks.measurement import describe_machine, own_home, print_table, write_result
from catwalk.library.database import open_library
from catwalk.library.inspection import check

ENDED = {"done", "failed", "cancelled"}
UNFINISHED = (".making-*", ".trial-*")


class Box:
    """A server in a process group of its own, which can be killed and started again."""

    def __init__(self, home: Path, model: str) -> None:
        self.home = home
        with socket.create_server(("127.0.0.1", 0)) as probe:
            self.port = probe.getsockname()[1]
        self.http = httpx.Client(base_url=f"http://127.0.0.1:{self.port}", timeout=60)
        self.environment = {
            **os.environ,
            "CATWALK_HOME": str(home),
            "CATWALK_READER__MODEL": model,
            "CATWALK_FETCH__ALLOW_PRIVATE": '["127.0.0.0/8", "::1/128"]',
            "CATWALK_CRAWL__PAUSE_S": "0",
        }
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        command = [sys.executable, "-m", "catwalk", "serve", "--port", str(self.port), "--log-format", "json"]
        with (self.home / "server.log").open("ab") as log:
            self.process = subprocess.Popen(command, env=self.environment, stdout=log, stderr=log)
        for _ in range(600):
            with contextlib.suppress(httpx.HTTPError):
                if self.http.get("/healthz").is_success:
                    return
            time.sleep(0.1)
        raise SystemExit(f"the server did not start; see {self.home / 'server.log'}")

    def end(self, how: signal.Signals) -> None:
        assert self.process is not None
        self.process.send_signal(how)
        self.process.wait(60)

    def list_jobs(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.http.get("/v1/jobs", params={"limit": 500}).json()["data"]
        return found

    def list_episodes(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.http.get("/v1/episodes", params={"limit": 500}).json()["data"]
        return found


def read_blog(url: str, home: Path, model: str, *, n_kills: int, limit: int | None, seed: int) -> dict[str, Any]:
    """Have the blog read; what came of it."""
    box, chance, started_s, n_killed = Box(home, model), random.Random(seed), time.perf_counter(), 0
    box.start()
    box.http.post("/v1/shows", json={"url": url, "title": "Blog", "archive": {"limit": limit}}).raise_for_status()
    next_s = time.perf_counter() + chance.uniform(1, 20)
    while True:
        if n_killed < n_kills and time.perf_counter() >= next_s:
            box.end(signal.SIGKILL)
            n_killed += 1
            box.start()
            next_s = time.perf_counter() + chance.uniform(1, 60)
            print(f"killed {n_killed} times", file=sys.stderr)
        jobs = box.list_jobs()
        if jobs and all(job["state"] in ENDED for job in jobs):
            break
        time.sleep(0.5)
    wall_s = time.perf_counter() - started_s
    episodes = box.list_episodes()
    box.end(signal.SIGTERM)
    library = open_library(home)
    flaws = check(library, deep=True)
    library.close()
    return {
        "posts": len(episodes),
        "kills": n_killed,
        "ready": sum(each["state"] == "ready" for each in episodes),
        "failed": [f"{each['title']}: {each['problem']}" for each in episodes if each["state"] != "ready"],
        "lines": sum(each["lines"] for each in episodes),
        "flagged lines": sum(each["flagged"] for each in episodes),
        "posts that need a person": sum(each["flagged"] > 0 or each["state"] != "ready" for each in episodes),
        "audio h": sum(each["duration_s"] or 0 for each in episodes) / 3600,
        "wall min": wall_s / 60,
        "half-written files": [str(path) for name in UNFINISHED for path in home.rglob(name)],
        "flaws of the library": [str(flaw) for flaw in flaws],
        "files": {each["title"]: each["audio"] for each in episodes},
    }


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.unattended")
    parser.add_argument("url")
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--limit", type=int)
    parser.add_argument("--model", default="hibari")
    parser.add_argument("--peace", action="store_true", help="also without kills, and compare")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=Path, help="a new data folder for the first run, kept for benchmarks.correction")
    options = parser.parse_args()
    machine = describe_machine()
    runs: dict[str, dict[str, Any]] = {}
    for name, n_kills in (("killed", options.kills), *([("in peace", 0)] if options.peace else [])):
        with own_home() as own:
            home = own
            if options.keep and not runs:
                home = own.rename(options.keep)
                own.mkdir()
            runs[name] = read_blog(
                options.url, home, options.model, n_kills=n_kills, limit=options.limit, seed=options.seed
            )
        print(json.dumps(runs[name] | {"files": len(runs[name]["files"])}, indent=1), file=sys.stderr)
    files = [run.pop("files") for run in runs.values()]
    same = sum(files[0][title] == name for title, name in files[-1].items())
    print_table(
        [
            {"run": name, **{key: len(v) if isinstance(v, list) else v for key, v in run.items()}}
            for name, run in runs.items()
        ]
    )
    result: dict[str, Any] = {"machine": machine, "model": options.model, **runs}
    if options.peace:
        result["files that are the same"] = same
        print(f"{same} of {len(files[-1])} finished files are the same, byte by byte")
    write_result("unattended", result)


if __name__ == "__main__":
    main()
