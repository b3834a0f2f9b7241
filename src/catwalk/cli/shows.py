"""``archive``."""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from catwalk.errors import InvalidRequest

if TYPE_CHECKING:
    from catwalk.podcast.discover import Discovery
    from catwalk.podcast.discovery.crawl import Crawl, Selection
    from catwalk.podcast.discovery.posts import Post
    from catwalk.podcast.estimate import Estimate
    from catwalk.settings import Settings

_day = click.DateTime(formats=["%Y-%m-%d"])
_STALE_S = 24 * 3600.0


@click.command()
@click.argument("url")
@click.option("--dry-run", is_flag=True, help="Only list the posts")
@click.option("--since", type=_day, help="Posts of this day and later ones")
@click.option("--until", type=_day, help="Posts of this day and earlier ones")
@click.option("--limit", type=click.IntRange(min=1), help="So many posts, the newest")
@click.option("--match", metavar="REGEX", help="Posts with this in title or address; case does not matter")
@click.option("--max-pages", type=click.IntRange(min=1), help="Pages that are asked for  [default: crawl.max_pages]")
@click.option("--pause", type=click.FloatRange(min=0.0), help="Seconds between requests; under 1 on this machine only")
@click.option("--json", "as_json", is_flag=True, help="One JSON document a post, one line each.")
def archive(
    url: str,
    dry_run: bool,
    since: datetime | None,
    until: datetime | None,
    limit: int | None,
    match: str | None,
    max_pages: int | None,
    pause: float | None,
    as_json: bool,
) -> None:
    """Find all posts of the blog at URL, newest first: its home page, a feed, a sitemap or an archive.

    The page of a tag, a category, an author or a year gives the posts that it lists. The site's robots.txt is obeyed
    and a host is asked once a second at most; interrupted, the same command goes on where it stopped.

    \b
    catwalk archive https://example.com/blog/ --dry-run
    catwalk archive https://example.com/feed.xml --dry-run --since 2024-01-01 --json | jq .title
    """
    from catwalk.podcast.discovery.crawl import Selection
    from catwalk.podcast.estimate import estimate_work
    from catwalk.settings import read_settings

    if not dry_run:
        raise click.UsageError("only --dry-run is there so far")
    if match is not None:
        try:
            re.compile(match)
        except re.error as error:
            raise click.UsageError(f"--match {match!r} is no regular expression: {error}") from error
    if not url.startswith(("http://", "https://")):
        raise click.UsageError(f"URL must begin with http:// or https://, not {url[:80]!r}")
    settings = read_settings()
    selection = Selection(_iso(since), _iso(until), limit, match)
    found = asyncio.run(_discover(url, settings, selection, max_pages=max_pages, pause_s=pause))
    for post in found.posts:
        print(json.dumps(_to_json(post), ensure_ascii=False) if as_json else _show(post), flush=True)
    reader = settings.reader
    print(_summarise(found, estimate_work(found.posts, model=reader.model, speed=reader.speed)), file=sys.stderr)


def _iso(day: datetime | None) -> str | None:
    return day.date().isoformat() if day else None


async def _discover(
    url: str, settings: Settings, selection: Selection, *, max_pages: int | None, pause_s: float | None
) -> Discovery:
    from catwalk.app import crawl_limits, crawl_web
    from catwalk.podcast.discover import discover

    kept = settings.home / "crawls" / f"{hashlib.sha256(url.encode()).hexdigest()[:32]}.json"

    rest_until = 0.0

    def advance(crawl: Crawl) -> None:
        nonlocal rest_until
        began = time.monotonic()
        if began >= rest_until:
            _keep(kept, crawl)
            rest_until = began + 20 * (time.monotonic() - began)  # of a very large crawl, not after every page
        _report(crawl)

    found = await discover(
        url,
        web=crawl_web(settings, url, pause_s=pause_s),
        limits=crawl_limits(settings, max_pages=max_pages),
        selection=selection,
        crawl=_take_up(kept),
        advance=advance,
    )
    if sys.stderr.isatty():
        print(file=sys.stderr)
    kept.unlink(missing_ok=True)
    return found


def _take_up(kept: Path) -> Crawl | None:
    """A crawl of the last day that was broken off."""
    from catwalk.podcast.discovery.crawl import load_crawl

    try:
        if datetime.now(UTC).timestamp() - kept.stat().st_mtime > _STALE_S:
            return None
        crawl = load_crawl(kept.read_text(encoding="utf-8"))
    except (FileNotFoundError, InvalidRequest):
        return None
    crawl.ended = ""
    print(f"taking up the crawl that stopped after {crawl.n_pages} pages", file=sys.stderr)
    return crawl


def _keep(kept: Path, crawl: Crawl) -> None:
    from catwalk.podcast.discovery.crawl import save_crawl

    kept.parent.mkdir(parents=True, exist_ok=True)
    unfinished = kept.with_suffix(".tmp")
    unfinished.write_text(save_crawl(crawl), encoding="utf-8")
    unfinished.replace(kept)


def _report(crawl: Crawl) -> None:
    live = sys.stderr.isatty()
    if live or crawl.n_pages % 20 == 0:
        text = f"{crawl.n_pages} pages asked, {len(crawl.candidates)} addresses that may be posts"
        print(f"\r{text}" if live else text, end="" if live else "\n", file=sys.stderr, flush=True)


def _to_json(post: Post) -> dict[str, str | int | None]:
    return {
        "url": post.url,
        "title": post.title,
        "published": post.published,
        "author": post.author,
        "words": post.n_words,
    }


def _show(post: Post) -> str:
    about = "  ".join(part for part in ((post.published or "          ")[:10], post.title) if part)
    return f"{about}  ({post.author})\n            {post.url}" if post.author else f"{about}\n            {post.url}"


def _summarise(found: Discovery, estimate: Estimate) -> str:
    lines = [f"{estimate.n_posts} posts{f' of {found.title}' if found.title else ''}, newest first"]
    if found.left_out:
        lines.append(f"{len(found.left_out)} other pages left out")
    refused = sum(each.reason == "robots_refused" for each in found.left_out)
    if refused:
        lines.append(f"{refused} of them by the site's robots.txt")
    if estimate.audio_s is None:
        lines.append("length unknown: the words of no post are known before it is read")
    else:
        basis = "" if estimate.n_known == estimate.n_posts else f", from the words of {estimate.n_known} of them"
        work = "of unknown work" if estimate.work_s is None else f"{_hours(estimate.work_s)} of work on two cores"
        lines.append(f"about {_hours(estimate.audio_s)} of audio, {work}{basis}")
    if found.ended:
        lines.append(f"not all was looked at: {found.ended}")
    return "\n".join(lines)


def _hours(seconds: float) -> str:
    return f"{seconds / 3600:.1f} h" if seconds >= 3600 else f"{seconds / 60:.0f} min"


COMMANDS = (archive,)
