"""Shows of a library, with episodes that have files."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from catwalk.library.articles import Fetched, keep_article
from catwalk.library.database import Library
from catwalk.library.episodes import Finished, add_episode, add_render
from catwalk.library.tables import Episode, Render, Show, ShowKind
from catwalk.podcast.publications import open_show

PAGE = """<html lang="en"><head><title>{title}</title></head><body><article><h1>{title}</h1>
<p>A teapot pours best when its spout is cut on a slant, and the lid has a hole of its own for the air.</p>
<p>More in <a href="https://kettles.example/spouts">a study of spouts</a>, which took eleven years to write.</p>
</article></body></html>"""


def add_blog(library: Library, title: str = "On teapots", **changes: Any) -> Show:
    facts: dict[str, Any] = {"kind": ShowKind.BLOG, "source_url": "https://teapots.example/", "author": "Ada Pott"}
    return open_show(library, title=title, **(facts | changes))


def add_post(library: Library, show: Show, number: int = 1, *, author: str | None = "Ben Clay") -> Episode:
    """An episode that nobody has read yet."""
    title = f"Pot {number}"
    page = library.blobs.put(PAGE.format(title=title).encode(), ".html")
    published = datetime(2024, 1, number, 9, 30, tzinfo=UTC)
    fetched = Fetched(f"https://teapots.example/{number}", title, author, published, {"n": number}, source=page)
    with library.write() as session:
        article, _, _ = keep_article(session, fetched)
        return add_episode(session, show.id, article)


def read_out(library: Library, episode: Episode, sound: bytes = b"sound" * 100, *, seconds: float = 61.4) -> Render:
    """Give an episode a file."""
    tag = f"{episode.id} ".encode() + sound
    finished = Finished(
        audio=library.blobs.put(sound, ".mp3"),
        transcript=library.blobs.put(b"WEBVTT " + tag, ".vtt"),
        chapters=library.blobs.put(b'{"version": "1.2.0"} ' + tag, ".json"),
        cover=library.blobs.put(b"picture " + tag, ".jpg"),
        duration_s=seconds,
        n_bytes=len(sound),
        lufs=-16.0,
        made_of=[],
    )
    with library.write() as session:
        return add_render(session, episode.id, finished)
