"""How well the posts of blogs are found: written blogs, and the one beside the repository where there is one.

    python -m benchmarks.discovery [--fast]

Every blog is served on loopback, with a clock that is moved by hand; one of them again with the real clock and the
pause that strangers' hosts get (``--fast`` leaves that out). Prints a table and writes
``benchmarks/results/discovery.json``.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import re
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.measurement import describe_machine, print_table, write_result
from catwalk.podcast.follow import FeedState, poll
from catwalk.podcast.politeness import SystemClock

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from sites.blog_server import Answer, BlogServer, Site, Truth, serve_blog
from sites.crawling import HandClock, crawl_site, make_web, score
from sites.feed_only import make_feed_only
from sites.paginated import make_paginated
from sites.substack import make_substack
from sites.wordpress import make_wordpress

SHARED = Path(__file__).parents[2] / "shared" / "site"
_SHARED_PORT = 8900
_SHARED_AUTHOR = "inaimathi"
_KINDS = {".html": "text/html", ".xml": "application/xml", ".txt": "text/plain", "": "application/atom+xml"}

BLOGS: dict[str, Callable[[], Site]] = {
    "wordpress": make_wordpress,
    "wordpress, REST": lambda: make_wordpress(rest=True),
    "substack": make_substack,
    "substack, no API": lambda: make_substack(interface=False),
    "paginated": make_paginated,
    "feed only": make_feed_only,
}


def read_shared() -> Site:
    """The blog beside the repository; its sitemap and its posts' own pages say what is true of it."""
    answers: dict[str, Answer] = {}
    for path in SHARED.rglob("*"):
        if path.is_file() and "static" not in path.parts:
            name = f"/{path.relative_to(SHARED)}"
            answer = Answer(path.read_bytes(), _KINDS.get(path.suffix, "application/octet-stream"))
            answers[name] = answer
            if path.name == "index.html":
                answers[name.removesuffix("index.html")] = answers[name.removesuffix("/index.html") or "/"] = answer
    days = re.findall(r"<loc>[^<]*?(/posts/[^<]*)</loc><lastmod>([\d-]+)", (SHARED / "sitemap.xml").read_text())
    front = (SHARED / "index.html").read_text()
    titles = dict(re.findall(r'<a href="(/posts/[^"]+)">([^<]+)</a>', front))
    truth = [Truth(path, titles[path], day, _SHARED_AUTHOR) for path, day in days]
    return Site("shared", answers, truth, ("/meta",))


def measure(name: str, site: Site, port: int) -> dict[str, Any]:
    """One blog, crawled without waiting."""
    clock = HandClock()
    with serve_blog(site, clock.now, port) as server:
        began = time.perf_counter()
        found = crawl_site(server, web=make_web(clock))
        took_s = time.perf_counter() - began
        result = score(found.posts, site.truth, server.root)
        n_faults = len(result.missing) + len(result.twice) + len(result.wrong)
        return {
            "blog": name,
            "posts": result.n_true,
            "found once": round(1 - n_faults / result.n_true, 4),
            "dates": round(1 - len(result.dates) / result.n_true, 4),
            "authors": round(1 - len(result.authors) / result.n_true, 4),
            "requests": len(server.hits),
            "refused by robots, asked": len([hit for hit in server.hits if hit.path.startswith(site.forbidden)]),
            "least gap s": round(least_gap_s(server), 3),
            "work ms/request": round(1000 * took_s / len(server.hits), 1),
            "quiet poll": poll_quietly(server, found.feed_url),
        }


def least_gap_s(server: BlogServer) -> float:
    """Between any two requests."""
    return min(later.at - earlier.at for earlier, later in itertools.pairwise(server.hits))


def poll_quietly(server: BlogServer, feed_url: str | None) -> str:
    """What a poll asks when there is nothing new."""
    if feed_url is None:
        return "no feed"
    web = make_web(HandClock())
    state = asyncio.run(poll(FeedState(feed_url), web, 0.0)).state
    n_before = len(server.hits)
    asyncio.run(poll(state, web, 1.0))
    return " ".join(f"{hit.status}{' conditional' if hit.conditional else ''}" for hit in server.hits[n_before:])


def measure_real_pace() -> dict[str, Any]:
    """The real clock: about seventy requests, a second apart at least."""
    with serve_blog(make_paginated()) as server:
        began = time.perf_counter()
        crawl_site(server, web=make_web(SystemClock()))
        took_s = time.perf_counter() - began
        busiest = max(sum(1 for other in server.hits if hit.at <= other.at < hit.at + 1.0) for hit in server.hits)
        return {
            "requests": len(server.hits),
            "took s": round(took_s, 1),
            "least gap s": round(least_gap_s(server), 3),
            "most requests within a second": busiest,
        }


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--fast", action="store_true", help="leave out the crawl with the real clock")
    fast = parser.parse_args().fast
    rows = [measure(name, make(), 0) for name, make in BLOGS.items()]
    if SHARED.is_dir():
        rows.append(measure("beside the repository", read_shared(), _SHARED_PORT))
    print_table(rows)
    result: dict[str, Any] = {"machine": describe_machine(), "rows": rows}
    if not fast:
        result["real clock"] = measure_real_pace()
        print_table([result["real clock"]])
    write_result("discovery", result)


if __name__ == "__main__":
    main()
