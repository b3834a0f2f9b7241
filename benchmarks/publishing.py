"""How long a person waits who has corrected one line of a long post: from the key press to the new file in the feed.

A post of half an hour is read by a server of its own. Then one line after another is changed as the studio's page does
it: the change, a request to read, and the feed until it offers another file. The models stay warm. At the end the
episode is made once more with nothing kept of its mastering; the bytes are to be the same.

    python -m benchmarks.publishing [--minutes 30] [--corrections 5]
"""

from __future__ import annotations

import argparse
import contextlib
import random
import re
import shutil
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx

from benchmarks.measurement import describe_machine, median, own_home, print_table, running_server, write_result

WHO = (
    "The old harbour", "A careful reader", "My neighbour", "The second edition", "Every patient gardener",
    "The compiler", "Nobody in the village", "The morning train", "A well kept notebook", "The lighthouse keeper",
)  # fmt: skip
DOES = ("remembers", "quietly ignores", "measures", "has never understood", "carries", "repairs", "describes")
WHAT = (
    "the longest list of questions", "a box of unsorted letters", "three kinds of weather",
    "the difference between a map and a walk", "what the instruments were saying", "an argument about the tides",
    "the smallest possible version of the idea", "those numbers in the margin",
)  # fmt: skip
WHEN = (
    "before the evening begins", "although it was raining", "because someone has to",
    "with more patience than anyone expected", "and then writes it down again", "whenever the lights go out",
)  # fmt: skip
SENTENCES_PER_MINUTE = 10.2
PER_PARAGRAPH, PER_CHAPTER = 5, 40

ENDED = {"done", "failed", "cancelled"}
LOOK_S = 0.1


def write_sentence(choice: random.Random) -> str:
    """One that a voice speaks in about five seconds."""
    return " ".join(choice.choice(words) for words in (WHO, DOES, WHAT, WHEN)) + "."


def write_page(minutes: float) -> str:
    """A post that takes about so long to listen to."""
    choice, html = random.Random(1), ["<html lang='en'><title>On keeping time</title><article><h1>On keeping time</h1>"]
    for number in range(round(minutes * SENTENCES_PER_MINUTE)):
        if number % PER_CHAPTER == 0:
            html.append(f"<h2>Part {number // PER_CHAPTER + 1}</h2>")
        if number % PER_PARAGRAPH == 0:
            html.append("<p>")
        html.append(write_sentence(choice))
    return "\n".join(html) + "</article></html>"


@contextlib.contextmanager
def serving_page(page: str) -> Iterator[str]:
    """A blog of one post; its address."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            is_post = self.path == "/time"
            self.send_response(200 if is_post else 404)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(page.encode() if is_post else b"")

        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/time"
        server.shutdown()


def await_job(http: httpx.Client, job: str, seen: dict[str, float]) -> None:
    """Wait until a job has ended; ``seen`` gets when each of its stages was seen first."""
    while True:
        state = http.get(f"/v1/jobs/{job}").raise_for_status().json()
        now_s = time.perf_counter()
        if state["state"] != "queued":
            seen.setdefault("begun", now_s)
        if stage := state["progress"].get("stage"):
            seen.setdefault(stage, now_s)
        if state["state"] in ENDED:
            if state["state"] != "done":
                raise SystemExit(f"job {job}: {state['problem']}")
            return
        time.sleep(LOOK_S)


def find_enclosure(http: httpx.Client, show: str) -> str | None:
    """What the feed offers."""
    feed = http.get(f"/feeds/{show}.xml").raise_for_status().text
    found = re.search(r'<enclosure[^>]*url="([^"]+)"', feed)
    return found[1] if found else None


def correct(http: httpx.Client, episode: int, show: str, line: dict[str, Any], text: str) -> dict[str, Any]:
    """Change a line and publish; one row, times in seconds from the key press."""
    before = find_enclosure(http, show)
    revision = http.get(f"/v1/episodes/{episode}/lines", params={"limit": 1}).json()["revision"]
    seen: dict[str, float] = {}
    started_s = time.perf_counter()
    change = {"revision": revision, "changes": {line["id"]: {"text": text}}}
    http.patch(f"/v1/episodes/{episode}/lines", json=change).raise_for_status()
    seen["changed"] = time.perf_counter()
    job = http.post(f"/v1/episodes/{episode}/read").raise_for_status().json()["job"]
    waiting = threading.Thread(target=await_job, args=(http, job, seen))
    waiting.start()
    while find_enclosure(http, show) == before:
        time.sleep(LOOK_S)
    offered_s = time.perf_counter()
    waiting.join()
    marks = {name: at_s - started_s for name, at_s in seen.items()}
    return {
        "change": marks["changed"],
        "queue": marks["begun"] - marks["changed"],
        "script": marks.get("speaking", marks["begun"]) - marks["begun"],
        "speak, check": marks["mastering"] - marks.get("speaking", marks["begun"]),
        "master, offer": offered_s - started_s - marks["mastering"],
        "in all s": offered_s - started_s,
    }


def list_lines(http: httpx.Client, episode: int) -> list[dict[str, Any]]:
    """All of an episode's."""
    lines, after = [], None
    while True:
        page = http.get(f"/v1/episodes/{episode}/lines", params={"limit": 500} | ({"after": after} if after else {}))
        lines += page.json()["data"]
        after = page.json()["next"]
        if after is None:
            return lines


def find_render(http: httpx.Client, episode: int) -> dict[str, Any]:
    """The file that an episode offers."""
    found: dict[str, Any] = http.get(f"/v1/episodes/{episode}/renders", params={"limit": 1}).json()["data"][0]
    return found


def measure(http: httpx.Client, url: str, home: Path, n_corrections: int) -> dict[str, Any]:
    """The first reading, the corrections, and the same file with nothing kept."""
    choice = random.Random(2)
    http.post("/v1/shows", json={"title": "Time", "public": True}).raise_for_status()
    asked = http.post("/v1/episodes", json={"url": url, "show": "time"}).raise_for_status().json()
    episode, started_s = asked["id"], time.perf_counter()
    seen: dict[str, float] = {}
    await_job(http, asked["job"], seen)
    ended_s = time.perf_counter()
    first = find_render(http, episode)
    kept_mb = sum(path.stat().st_size for path in (home / "mastered").glob("*/*")) / 1e6
    print(f"read in {ended_s - started_s:.0f} s; now the corrections", file=sys.stderr)
    lines = [line for line in list_lines(http, episode) if line["spoken"] and not line["chapter"]]
    rows = []
    for number in range(n_corrections):
        line = lines[(number * 2 + 1) * len(lines) // (2 * n_corrections)]
        rows.append({"correction": number + 1} | correct(http, episode, "time", line, write_sentence(choice)))
    print("corrected; now with nothing kept", file=sys.stderr)
    last = find_render(http, episode)
    shutil.rmtree(home / "mastered")
    # A pause that is longer and then what it was: what is offered has to be mastered again.
    anew_s = [set_pause(http, episode, lines[0], pause_s) for pause_s in (lines[0]["pause_s"] + 1, lines[0]["pause_s"])]
    return {
        "post": {
            "minutes": first["duration_s"] / 60,
            "lines": len(lines),
            "read s": ended_s - started_s,
            "mastered s": ended_s - seen["mastering"],
            "kept MB": kept_mb,
            "with nothing kept s": anew_s[0],
        },
        "rows": rows,
        "median s": median([row["in all s"] for row in rows]),
        "worst s": max(row["in all s"] for row in rows),
        "same bytes from nothing": find_render(http, episode)["audio"] == last["audio"],
    }


def set_pause(http: httpx.Client, episode: int, line: dict[str, Any], pause_s: float) -> float:
    """Change the silence after a line and publish; how long it took."""
    revision = http.get(f"/v1/episodes/{episode}/lines", params={"limit": 1}).json()["revision"]
    started_s = time.perf_counter()
    change = {"revision": revision, "changes": {line["id"]: {"pause_s": pause_s}}}
    http.patch(f"/v1/episodes/{episode}/lines", json=change).raise_for_status()
    await_job(http, http.post(f"/v1/episodes/{episode}/read").raise_for_status().json()["job"], {})
    return time.perf_counter() - started_s


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.publishing")
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--corrections", type=int, default=5)
    options = parser.parse_args()
    machine = describe_machine()
    environment = {
        "CATWALK_READER__MODEL": "hibari",
        "CATWALK_FETCH__ALLOW_PRIVATE": '["127.0.0.0/8"]',
        "CATWALK_CRAWL__PAUSE_S": "0",
    }
    with (
        own_home() as home,
        serving_page(write_page(options.minutes)) as page,
        running_server(home, preload=("hibari", "faster_whisper"), environment=environment) as url,
        httpx.Client(base_url=url, timeout=60) as http,
    ):
        result = measure(http, page, home, options.corrections)
    print_table([result["post"]])
    print_table(result["rows"])
    print(f"same bytes with nothing kept: {result['same bytes from nothing']}")
    write_result("publishing", {"machine": machine, **result})


if __name__ == "__main__":
    main()
