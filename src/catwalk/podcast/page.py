"""A show as one page that any browser plays, from a host or from a disk: no script, nothing from elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from catwalk.podcast.feed import describe_show, drop_forbidden
from catwalk.podcast.notes import clean_html
from catwalk.podcast.show import FeedEpisode, FeedShow

_STYLE = """
:root { color-scheme: light dark; }
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 44rem; margin: 2rem auto; padding: 0 1rem; }
header { display: flex; gap: 1.25rem; align-items: flex-start; flex-wrap: wrap; }
header img { width: 9rem; height: 9rem; border-radius: .75rem; }
header div { flex: 1 1 16rem; }
h1 { margin: 0; line-height: 1.2; }
article { border-top: 1px solid #8884; padding: 1.25rem 0; overflow-wrap: anywhere; }
article h2 { font-size: 1.15rem; margin: 0; }
p.facts { margin: .1rem 0 .6rem; opacity: .7; font-size: .875rem; }
audio { width: 100%; }
details { margin-top: .5rem; }
"""


def write_page(show: FeedShow, episodes: Sequence[FeedEpisode], media: str, feed: str) -> bytes:
    """The page; ``media`` is the folder of the files and ``feed`` the feed, both relative to it."""
    title = escape(show.title)
    description = "".join(f"<p>{escape(part)}</p>" for part in describe_show(show).split("\n\n"))
    site = f' · <a href="{escape(_web(show.link))}">{escape(show.link)}</a>' if show.link else ""
    body = "\n".join(_write_episode(episode, media) for episode in episodes)
    page = f"""<!doctype html>
<html lang="{escape(show.language)}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src 'self' file:; media-src 'self' file:; style-src 'unsafe-inline'">
<meta name="robots" content="{"index" if show.is_own and show.key is None else "noindex"}">
<title>{title}</title>
<link rel="alternate" type="application/rss+xml" title="{title}" href="{escape(feed)}">
<style>{_STYLE}</style>
</head>
<body>
<header>
<img src="{escape(media + show.image.name)}" alt="">
<div>
<h1>{title}</h1>
{description}
<p><a href="{escape(feed)}">Feed for podcast apps</a>{site}</p>
</div>
</header>
<main>
{body}
</main>
</body>
</html>
"""  # noqa: E501  # a policy is one line
    return drop_forbidden(page).encode()


def _write_episode(episode: FeedEpisode, media: str) -> str:
    title = escape(episode.title)
    heading = f'<a href="{escape(_web(episode.link))}">{title}</a>' if episode.link else title
    author = f" · {escape(episode.author)}" if episode.author else ""
    notes = f"<details><summary>Notes</summary>{clean_html(episode.notes)}</details>" if episode.notes else ""
    # A WebVTT track would be refused from a disk, where every file is a host of its own.
    words = ""
    if episode.transcript:
        words = f' · <a href="{escape(media + episode.transcript.name)}">transcript</a>'
    return f"""<article>
<h2>{heading}</h2>
<p class="facts">{episode.published:%Y-%m-%d} · {_clock(episode.duration_s)}{author}{words}</p>
<audio controls preload="none" src="{escape(media + episode.audio.name)}"></audio>
{notes}
</article>"""


def _clock(duration_s: float) -> str:
    minutes, seconds = divmod(round(duration_s), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


def _web(url: str | None) -> str:
    """The address, where it is a web page's."""
    return url if url and url.startswith(("http://", "https://")) else "#"
