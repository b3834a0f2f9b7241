"""``archive``."""

from __future__ import annotations

import asyncio
import json
import re
import sys
from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from catwalk.client import Client
    from catwalk.podcast.discover import Discovery
    from catwalk.podcast.discovery.crawl import Crawl, Selection
    from catwalk.podcast.discovery.posts import Post
    from catwalk.podcast.estimate import Estimate
    from catwalk.settings import Settings

_day = click.DateTime(formats=["%Y-%m-%d"])


@click.command()
@click.argument("url")
@click.option("--dry-run", is_flag=True, help="Only list the posts")
@click.option("--since", type=_day, help="Posts of this day and later ones")
@click.option("--until", type=_day, help="Posts of this day and earlier ones")
@click.option("--limit", type=click.IntRange(min=1), help="So many posts, the newest")
@click.option("--match", metavar="REGEX", help="Posts with this in title or address; case does not matter")
@click.option("--max-pages", type=click.IntRange(min=1), help="Pages that are asked for  [default: crawl.max_pages]")
@click.option("--pause", type=click.FloatRange(min=0.0), help="Seconds between requests; under 1 on this machine only")
@click.option("--show", metavar="SHOW", help="Into this show, which is there  [default: a new one, named as the blog]")
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
    show: str | None,
    as_json: bool,
) -> None:
    """Find all posts of the blog at URL and read them: its home page, a feed, a sitemap or an archive.

    The page of a tag, a category, an author or a year gives the posts that it lists. The site's robots.txt is obeyed
    and a host is asked once a second at most; interrupted, the same command goes on where it stopped.

    A server goes on with it by itself (catwalk jobs); where none runs, this command stays until all is read.

    \b
    catwalk archive https://example.com/blog/ --dry-run
    catwalk archive https://example.com/blog/ --since 2024-01-01
    catwalk archive https://example.com/feed.xml --dry-run --since 2024-01-01 --json | jq .title
    """
    from catwalk.podcast.discovery.crawl import Selection
    from catwalk.podcast.estimate import estimate_work
    from catwalk.settings import read_settings

    if match is not None:
        try:
            re.compile(match)
        except re.error as error:
            raise click.UsageError(f"--match {match!r} is no regular expression: {error}") from error
    if not url.startswith(("http://", "https://")):
        raise click.UsageError(f"URL must begin with http:// or https://, not {url[:80]!r}")
    if not dry_run:
        if max_pages is not None or pause is not None:
            raise click.UsageError("--max-pages and --pause go with --dry-run; [crawl] in the settings is for the rest")
        _read_all(url, show, {"since": _iso(since), "until": _iso(until), "limit": limit, "match": match}, as_json)
        return
    settings = read_settings()
    selection = Selection(_iso(since), _iso(until), limit, match)
    found = asyncio.run(_discover(url, settings, selection, max_pages=max_pages, pause_s=pause))
    for post in found.posts:
        print(json.dumps(_to_json(post), ensure_ascii=False) if as_json else _show(post), flush=True)
    reader = settings.reader
    print(_summarise(found, estimate_work(found.posts, model=reader.model, speed=reader.speed)), file=sys.stderr)


def _read_all(url: str, slug: str | None, selection: dict[str, str | int | None], as_json: bool) -> None:
    from catwalk.cli.following import work

    async def ask(client: Client) -> dict[str, Any]:
        if slug is not None:
            found: dict[str, Any] = await client.ask("GET", f"/v1/shows/{slug}")
            return {**found, **await client.ask("POST", f"/v1/shows/{slug}/archive", json=selection)}
        made: dict[str, Any] = await client.ask("POST", "/v1/shows", json={"url": url, "archive": selection})
        return made

    made = work(ask)
    print(json.dumps(made, ensure_ascii=False) if as_json else f"{made['slug']}  {made['title']}  {made['feed']}")


def _iso(day: datetime | None) -> str | None:
    return day.date().isoformat() if day else None


async def _discover(
    url: str, settings: Settings, selection: Selection, *, max_pages: int | None, pause_s: float | None
) -> Discovery:
    from catwalk.app.crawling import crawl_limits, crawl_web
    from catwalk.podcast.discover import discover
    from catwalk.podcast.discovery.crawl_file import CrawlFile

    kept = CrawlFile.of(settings.home, url)
    crawl = kept.take_up()
    if crawl is not None:
        print(f"taking up the crawl that stopped after {crawl.n_pages} pages", file=sys.stderr)

    def advance(crawl: Crawl) -> None:
        kept.save(crawl)
        _report(crawl)

    found = await discover(
        url,
        web=crawl_web(settings, url, pause_s=pause_s),
        limits=crawl_limits(settings, max_pages=max_pages),
        selection=selection,
        crawl=crawl,
        advance=advance,
    )
    if sys.stderr.isatty():
        print(file=sys.stderr)
    kept.remove()
    return found


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
