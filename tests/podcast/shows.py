"""Shows and episodes that tests publish."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from catwalk.podcast.feed import make_guid
from catwalk.podcast.show import FeedEpisode, FeedShow, Media, PublishedFile

BASE = "https://box.example"


def media(content: bytes | str, suffix: str, n_bytes: int | None = None) -> Media:
    raw = content.encode() if isinstance(content, str) else content
    return Media(hashlib.sha256(raw).hexdigest() + suffix, len(raw) if n_bytes is None else n_bytes)


def a_show(**changes: object) -> FeedShow:
    facts: dict[str, object] = {
        "slug": "teapots",
        "title": "On teapots",
        "description": "Posts about pots.",
        "link": "https://teapots.example/",
        "language": "en",
        "guid": make_guid(f"{BASE}/feeds/teapots.xml"),
        "image": media("cover", ".jpg"),
        "author": "Ada Pott",
        "is_own": True,
        "updated": datetime(2026, 3, 1, 12, tzinfo=UTC),
    }
    return FeedShow(**(facts | changes))  # type: ignore[arg-type]  # whatever the test wants


def an_episode(number: int = 1, **changes: object) -> FeedEpisode:
    facts: dict[str, object] = {
        "guid": f"episode-{number}",
        "title": f"Pot {number}",
        "published": datetime(2024, 1, 1, tzinfo=UTC) + timedelta(days=number),
        "audio": media(f"audio {number}", ".mp3", 1000 + number),
        "duration_s": 60.4 + number,
        "link": f"https://teapots.example/{number}",
        "summary": f"How pot {number} was made.",
        "notes": f"<p>How pot {number} was made.</p>",
        "transcript": media(f"words {number}", ".vtt"),
        "chapters": media(f"chapters {number}", ".json"),
    }
    return FeedEpisode(**(facts | changes))  # type: ignore[arg-type]  # likewise


@dataclass
class Shelf:
    """Publications in memory; media lie in a folder."""

    folder: Path
    shows: dict[str, FeedShow] = field(default_factory=dict)
    episodes: dict[str, list[FeedEpisode]] = field(default_factory=dict)
    files: dict[str, PublishedFile] = field(default_factory=dict)

    def add_file(self, content: bytes, suffix: str, *, is_public: bool = True, keys: tuple[str, ...] = ()) -> Media:
        made = media(content, suffix)
        path = self.folder / made.name
        path.write_bytes(content)
        self.files[made.name] = PublishedFile(path, is_public, keys)
        return made

    def add_show(self, show: FeedShow, episodes: list[FeedEpisode]) -> None:
        self.shows[show.slug], self.episodes[show.slug] = show, episodes

    def list_shows(self) -> list[FeedShow]:
        return sorted(self.shows.values(), key=lambda show: show.title)

    def find_show(self, slug: str) -> FeedShow | None:
        return self.shows.get(slug)

    def count_episodes(self, slug: str) -> int:
        return len(self.episodes[slug])

    def list_episodes(self, slug: str, *, start: int, n_most: int) -> list[FeedEpisode]:
        return self.episodes[slug][start : start + n_most]

    def find_media(self, name: str) -> PublishedFile | None:
        return self.files.get(name)
