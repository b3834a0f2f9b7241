"""Where a crawl is kept until it has come to its end, so that one that was broken off goes on."""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass
from pathlib import Path

from catwalk.errors import InvalidRequest
from catwalk.library.blobs import write_atomically
from catwalk.podcast.discovery.crawl import Crawl, load_crawl, save_crawl


@dataclass
class CrawlFile:
    """A file for one crawl."""

    path: Path
    rest_until_s: float = 0.0

    @classmethod
    def of(cls, home: Path, url: str) -> CrawlFile:
        """Of the crawl from ``url``."""
        return cls(home / "crawls" / f"{hashlib.sha256(url.encode()).hexdigest()[:32]}.json")

    def take_up(self, *, newest_s: float = 24 * 3600.0) -> Crawl | None:
        """The crawl that was broken off, unless that is too long ago."""
        try:
            if time.time() - self.path.stat().st_mtime > newest_s:
                return None
            crawl = load_crawl(self.path.read_text(encoding="utf-8"))
        except (FileNotFoundError, InvalidRequest):
            return None
        crawl.ended = ""
        return crawl

    def save(self, crawl: Crawl) -> None:
        """Keep it as it stands; a very large crawl now and then."""
        began_s = time.monotonic()
        if began_s >= self.rest_until_s:
            write_atomically(self.path, save_crawl(crawl).encode())
            self.rest_until_s = began_s + 20 * (time.monotonic() - began_s)

    def remove(self) -> None:
        """It has come to its end."""
        self.path.unlink(missing_ok=True)
