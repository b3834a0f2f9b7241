"""How quick the studio is in a real browser, before a library of a size that people reach after years.

A shelf of 5,000 episodes and a reading of 2,000 lines, put into the library directly; the server, the page and Chromium
are the real ones, and nothing is spoken. Every browser context begins with an empty cache.

    python -m benchmarks.studio [--episodes 5000] [--lines 2000] [--edits 200]

Usable: a line (or an episode) is painted and the main thread is free, counted from the last byte of the page, so with
all scripts and answers between, and from the last byte of the answer that it comes from. Typing: from the key as the
browser got it until the picture with it was painted. Memory: the JavaScript heap after a collection, at the 20th edit
and at the last. Where the main thread's own time stands beside a figure, the rest of it was other programs' work, so
that a busy machine can be told from a slow page.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import random
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import numpy as np
import sqlalchemy as sql
from playwright.sync_api import Browser, CDPSession, Page, sync_playwright

from benchmarks.library import START, fill, write_words
from benchmarks.measurement import (
    describe_machine,
    median,
    own_home,
    print_table,
    quantile,
    running_server,
    write_result,
)
from catwalk.audio.codec import AudioFormat, encode
from catwalk.audio.waveform import Waveform
from catwalk.library.database import Library, open_library
from catwalk.library.ranks import spread
from catwalk.library.tables import (
    Article,
    ArticleVersion,
    Episode,
    EpisodeState,
    Line,
    LineVersion,
    Origin,
    Render,
    Take,
)

USABLE_MS = 1000.0
TYPING_MS = 50.0
LONG_TASK_MS = 100.0
SWITCH_MS = 200.0
FLAT_MB = 1.0
"""More than this over 200 edits, which is 5 kB an edit, is a leak."""

N_LOADS = 5
N_KEYS = 120
N_SWITCHES = 5
N_FIRST_EDITS = 20
"""Until then the page fills caches of its own."""

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
]

_WATCH = """() => {
  window.painted = () => new Promise((done) => requestAnimationFrame(() => {
    const channel = new MessageChannel();
    channel.port1.onmessage = () => done(performance.now());
    channel.port2.postMessage(null);
  }));
  window.keys = [];
  document.addEventListener('keydown', (event) => {
    if (event.key.length === 1) window.painted().then((at) => window.keys.push(at - event.timeStamp));
  }, true);
  window.usable = new Promise((done) => {
    const begun = new MutationObserver(() => {
      if (!document.querySelector('[data-line], main h3')) return;
      begun.disconnect();
      window.painted().then(done);
    });
    begun.observe(document, { childList: true, subtree: true });
  });
}"""
"""Before anything of the page runs: keys until they are painted, and the first row."""

_RESPONSE_END = (
    """(data) => performance.getEntriesByType('resource').find(({ name }) => name.includes(data)).responseEnd"""
)

_SWITCH = """async ([link, wanted]) => {
  const begun = performance.now();
  const old = document.querySelector('main > *');
  document.querySelector(link).click();
  while (document.querySelector('main > *') === old || !document.querySelector(wanted)) {
    await new Promise(requestAnimationFrame);
    if (performance.now() - begun > 10_000) throw new Error(`no ${wanted} after ${link}`);
  }
  return await window.painted() - begun;
}"""


def add_reading(library: Library, number: int, n_lines: int) -> None:
    """A post of that many lines, all of them spoken, every fiftieth flagged; one recording stands for all takes."""
    hum = np.sin(np.linspace(0, 4000, 4 * 24_000, dtype=np.float32)) * np.linspace(0, 0.5, 4 * 24_000, dtype=np.float32)
    audio = library.blobs.put(encode(Waveform(hum, 24_000), AudioFormat.FLAC), ".flac")
    choice, words = random.Random(7), write_words()
    texts = [" ".join(choice.choices(words, k=choice.randint(4, 24))).capitalize() + "." for _ in range(n_lines)]
    first, title = 10_000_000, "A post of many lines"
    ids = range(first, first + n_lines)
    blocks = [
        {"id": f"b{place}", "kind": "paragraph", "text": " ".join(texts[place * 5 : place * 5 + 5])}
        for place in range(n_lines // 5)
    ]
    document = {"title": title, "author": "Ann", "published": None, "blocks": blocks}
    with library.write() as session:
        moment = {"created_at": START, "changed_at": START}
        article = {
            "id": number,
            "url": "https://blog.test/many",
            "title": title,
            "version_id": number,
            "created_at": START,
        }
        session.execute(sql.insert(Article), [article])
        version = {"id": number, "article_id": number, "digest": "many", "document": document, "fetched_at": START}
        session.execute(sql.insert(ArticleVersion), [version])
        episode = {
            "id": number, "show_id": 1, "article_id": number, "guid": "many", "title": title,
            "state": EpisodeState.READY, "published": START + timedelta(days=4000), "render_id": number, "revision": 1,
            **moment,
        }  # fmt: skip
        session.execute(sql.insert(Episode), [episode])
        render = {
            "id": number, "episode_id": number, "audio": "0.mp3", "duration_s": 4.0 * n_lines, "n_bytes": 1,
            "made_of": [[line, line, line] for line in ids], "made_at": START,
        }  # fmt: skip
        session.execute(sql.insert(Render), [render])
        ranks = spread(None, None, n_lines)
        lines, versions, takes = [], [], []
        for place, (line, text) in enumerate(zip(ids, texts, strict=True)):
            lines.append({
                "id": line, "episode_id": number, "rank": ranks[place], "version_id": line, "take_id": line,
                "scripted_id": line, "place": place, "block": f"b{place // 5}",
            })  # fmt: skip
            versions.append({
                "id": line, "line_id": line, "kind": "prose", "text": text, "spoken": text, "pause_s": 0.4,
                "made_at": START,
            })  # fmt: skip
            is_good = place % 50 != 49
            takes.append({
                "id": line, "line_id": line, "version_id": line, "audio": audio, "duration_s": 4.0,
                "words": _time_words(text), "accepted": is_good,
                "verdict": {"heard": text, "reasons": [] if is_good else ["missing 'tea'"], "accepted": is_good},
                "origin": Origin.VOICE, "model": "hibari", "voice": "heart", "speed": 1.0, "made_at": START,
            })  # fmt: skip
        session.execute(sql.insert(Line), lines)
        session.execute(sql.insert(LineVersion), versions)
        session.execute(sql.insert(Take), takes)


def _time_words(text: str) -> list[list[Any]]:
    words = text.split()
    each_s = 4.0 / len(words)
    return [[word, round(place * each_s, 3), round((place + 1) * each_s, 3)] for place, word in enumerate(words)]


@contextlib.contextmanager
def opened(browser: Browser, url: str) -> Iterator[Page]:
    """A page with an empty cache, watched."""
    context = browser.new_context(base_url=url, viewport={"width": 1440, "height": 900}, service_workers="block")
    page = context.new_page()
    page.add_init_script(f"({_WATCH})()")
    yield page
    context.close()


@dataclass(frozen=True, slots=True)
class Task:
    """A stretch in which the page's main thread could do nothing else."""

    wall_ms: float
    cpu_ms: float
    """Of its own; what is missing to the other is other programs' work."""


@contextlib.contextmanager
def traced(browser: Browser, page: Page) -> Iterator[list[Task]]:
    """Tasks of a page's main thread, the longest first; they are there once the block has ended."""
    tasks: list[Task] = []
    browser.start_tracing(page=page, categories=["toplevel"])
    yield tasks
    events = json.loads(browser.stop_tracing())["traceEvents"]
    threads = {
        (event["pid"], event["tid"]): list[Task]()
        for event in events
        if event["name"] == "thread_name" and event["args"]["name"] == "CrRendererMain"
    }
    for event in events:
        thread = threads.get((event["pid"], event["tid"]))
        if thread is not None and event["ph"] == "X" and event["name"] == "ThreadControllerImpl::RunTask":
            thread.append(Task(event.get("dur", 0) / 1000, event.get("tdur", 0) / 1000))
    busiest = max(threads.values(), key=lambda found: sum(task.cpu_ms for task in found))
    tasks += sorted(busiest, key=lambda task: -task.wall_ms)


def show_tasks(tasks: list[Task]) -> dict[str, Any]:
    """What is kept of tasks: the longest one by both clocks, and how much there was to do."""
    return {
        "longest_wall_ms": max(task.wall_ms for task in tasks),
        "longest_cpu_ms": max(task.cpu_ms for task in tasks),
        "above_50_ms": sum(task.wall_ms > 50 for task in tasks),
        "busy_ms": sum(task.cpu_ms for task in tasks),
    }


def load(browser: Browser, url: str, path: str, data: str) -> dict[str, float]:
    """Open one address: milliseconds until its first row is painted, from the page's last byte and from the data's."""
    with opened(browser, url) as page:
        cdp = page.context.new_cdp_session(page)
        cdp.send("Performance.enable", {"timeDomain": "threadTicks"})
        page.goto(path, wait_until="commit")
        at_ms = float(page.evaluate("window.usable"))
        cpu_ms = _busy_ms(cdp)
        page_ms = float(page.evaluate("performance.getEntriesByType('navigation')[0].responseEnd"))
        data_ms = float(page.evaluate(_RESPONSE_END, data))
        return {"from_page_ms": at_ms - page_ms, "from_data_ms": at_ms - data_ms, "cpu_ms": cpu_ms}


def type_into(page: Page) -> list[float]:
    """Milliseconds of keys until they were painted, typed as fast as a person can."""
    page.evaluate("window.keys = []")
    choice, words = random.Random(1), write_words()
    text = " ".join(choice.choices(words, k=N_KEYS))[:N_KEYS]
    page.keyboard.type(text, delay=40)
    page.wait_for_timeout(200)
    return [float(took) for took in page.evaluate("window.keys")]


def scroll(browser: Browser, page: Page, over: str, n_steps: int) -> dict[str, Any]:
    """Tasks while a list is scrolled two thirds of the way down and the rest up again."""
    box = page.locator(over).bounding_box()
    assert box is not None, over
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + min(box["height"], 700) / 2)
    page.wait_for_timeout(500)
    with traced(browser, page) as tasks:
        for step in range(n_steps):
            page.mouse.wheel(0, 900 if step < n_steps * 2 / 3 else -900)
            page.wait_for_timeout(16)
        page.wait_for_timeout(500)
    return show_tasks(tasks)


def weigh(cdp: CDPSession) -> float:
    """Megabytes of the JavaScript heap after a collection."""
    cdp.send("HeapProfiler.collectGarbage")
    used: float = cdp.send("Runtime.getHeapUsage")["usedSize"]
    return used / 1e6


def edit(page: Page, n_edits: int) -> dict[str, Any]:
    """Word line after line anew by keyboard; the heap at the start, at the 20th edit and at every 20th after it."""
    cdp = page.context.new_cdp_session(page)
    weights = {}
    field = page.locator("[data-field=text]")  # a handle of an element would keep it in memory
    page.locator("[data-line]").first.focus()
    for number in range(1, n_edits + 1):
        page.keyboard.press("e")
        field.wait_for()
        page.keyboard.type(" more")
        page.keyboard.press("Enter")
        field.wait_for(state="detached")
        page.keyboard.press("ArrowDown" if number % 20 else "Home")  # the same twenty lines, over and over
        if number % 20 == 0:
            weights[number] = round(weigh(cdp), 2)
    first, last = weights[N_FIRST_EDITS], weights[max(weights)]
    return {"heap_mb": weights, "grown_mb": round(last - first, 2), "edits": n_edits}


def switch(page: Page, reading: int) -> dict[str, dict[str, list[float]]]:
    """From the click on a link until the page behind it is painted, and the main thread's share; visit by visit."""
    shelf_row, line = "main h3", "[data-line]"
    ways = [
        ("Shows", "a[href='/shows']", "main h1"),
        ("Voices", "a[href='/voices']", "main h1"),
        ("Models", "a[href='/models']", "main h1"),
        ("Jobs", "a[href='/jobs']", "main h1"),
        ("Settings", "a[href='/settings']", "main h1"),
        ("Shelf", "nav a[href='/']", shelf_row),
        ("Reading", f"main a[href='/episodes/{reading}']", line),
        ("Shelf", "nav a[href='/']", shelf_row),
    ]
    cdp = page.context.new_cdp_session(page)
    cdp.send("Performance.enable", {"timeDomain": "threadTicks"})
    took: dict[str, dict[str, list[float]]] = {}
    for _ in range(N_SWITCHES):
        for name, link, wanted in ways:
            page.locator(link).first.wait_for(state="attached")
            page.wait_for_timeout(300)
            before_ms = _busy_ms(cdp)
            wall_ms = float(page.evaluate(_SWITCH, [link, wanted]))
            of = took.setdefault(name, {"wall_ms": [], "cpu_ms": []})
            of["wall_ms"].append(wall_ms)
            of["cpu_ms"].append(_busy_ms(cdp) - before_ms)
    return took


def _busy_ms(cdp: CDPSession) -> float:
    found = {metric["name"]: metric["value"] for metric in cdp.send("Performance.getMetrics")["metrics"]}
    return float(found["TaskDuration"]) * 1000


def measure(browser: Browser, url: str, reading: int, n_edits: int) -> dict[str, Any]:
    """All of it, one thing after the other."""
    path, row = f"/episodes/{reading}", "main h3"
    found: dict[str, Any] = {
        "reading": {"loads": [load(browser, url, path, "/lines?") for _ in range(N_LOADS)]},
        "shelf": {"loads": [load(browser, url, "/", "/v1/episodes?") for _ in range(N_LOADS)]},
    }
    with opened(browser, url) as page:
        page.goto("/")
        page.locator(row).first.wait_for()
        found["shelf"]["scrolling"] = scroll(browser, page, "main", 240)
        found["switches"] = switch(page, reading)
        page.goto("/")
        page.get_by_placeholder("Search").first.focus()
        found["shelf"]["typing_ms"] = type_into(page)
    with opened(browser, url) as page:
        page.goto(path)
        page.locator("[role=feed][aria-busy=false]").first.wait_for()
        found["reading"]["scrolling"] = scroll(browser, page, "[role=feed]", 240)
        page.keyboard.press("f")  # amid the lines, not at their edge
        page.wait_for_timeout(500)
        page.keyboard.press("e")
        page.locator("[data-field=text]").first.wait_for()
        found["reading"]["typing_ms"] = type_into(page)
        page.keyboard.press("Escape")
        found["editing"] = edit(page, n_edits)
    return found


def sum_up(found: dict[str, Any]) -> list[dict[str, Any]]:
    """Every figure beside its limit; of what the main thread did, also how long it took by its own clock."""
    rows = []
    for place in ("shelf", "reading"):
        loads, typing_ms, scrolling = (found[place][name] for name in ("loads", "typing_ms", "scrolling"))
        for name, since in (("from_page_ms", "page"), ("from_data_ms", "data")):
            took = sorted(load[name] for load in loads)
            cpu_ms = median([load["cpu_ms"] for load in loads]) if since == "page" else None
            rows.append(
                _row(f"{place}: usable after its {since}, median of {N_LOADS}", median(took), USABLE_MS, cpu_ms)
            )
            rows.append(_row(f"{place}: usable after its {since}, worst of {N_LOADS}", took[-1], USABLE_MS))
        rows.append(_row(f"{place}: key to paint, p95 of {N_KEYS}", quantile(typing_ms, 0.95), TYPING_MS))
        longest = scrolling["longest_wall_ms"], scrolling["longest_cpu_ms"]
        rows.append(_row(f"{place}: longest task while scrolling", longest[0], LONG_TASK_MS, longest[1]))
    for name, visits in found["switches"].items():
        wall_ms, of_cpu_ms = visits["wall_ms"], visits["cpu_ms"]
        rows.append(_row(f"to {name}: first visit", wall_ms[0], SWITCH_MS, of_cpu_ms[0]))
        rows.append(_row(f"to {name}: later, median", median(wall_ms[1:]), SWITCH_MS, median(of_cpu_ms[1:])))
    grown_kb = found["editing"]["grown_mb"] * 1000
    rows.append(_row(f"heap from edit {N_FIRST_EDITS} to {found['editing']['edits']}, kB", grown_kb, FLAT_MB * 1000))
    return rows


def _row(what: str, value: float, limit: float, cpu_ms: float | None = None) -> dict[str, Any]:
    return {
        "what": what,
        "measured": round(value, 1),
        "of it cpu": "" if cpu_ms is None else f"{cpu_ms:.0f}",
        "limit": f"{limit:g}",
        "kept": "yes" if value <= limit else "NO",
    }


def main() -> None:
    """Fill, measure, print, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--episodes", type=int, default=5000, help="on the shelf")
    parser.add_argument("--lines", type=int, default=2000, help="of the reading")
    parser.add_argument("--edits", type=int, default=200)
    wanted = parser.parse_args()
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        parser.error("there is no chromium: apt-get install chromium")
    machine, reading = describe_machine(), wanted.episodes
    with own_home() as home:
        library = open_library(home)
        fill(library, wanted.episodes - 1, 4)
        add_reading(library, reading, wanted.lines)
        library.close()
        with running_server(home) as url, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
            found = measure(browser, url, reading, wanted.edits)
            machine["chromium"] = browser.version
            browser.close()
    rows = sum_up(found)
    print_table(rows)
    size = {"episodes": wanted.episodes, "lines": wanted.lines, "edits": wanted.edits}
    write_result("studio", {"machine": machine, **size, "summary": rows, **_rounded(found)})


def _rounded(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _rounded(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_rounded(each) for each in value]
    return round(value, 2) if isinstance(value, float) else value


if __name__ == "__main__":
    main()
