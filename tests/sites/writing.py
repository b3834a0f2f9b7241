"""Posts to fill blogs with: titles, dates, authors and paragraphs, the same ones every time."""

from __future__ import annotations

import random
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

_SUBJECTS = [
    "Kettles",
    "Bridges",
    "Harbours",
    "Lanterns",
    "Compilers",
    "Gardens",
    "Clocks",
    "Maps",
    "Violins",
    "Railways",
    "Mushrooms",
    "Ferries",
]
_TURNS = ("On", "Against", "A short history of", "What I learned from", "Notes about", "Three questions for")
_WORDS = [
    "water",
    "stone",
    "quiet",
    "river",
    "engine",
    "letter",
    "window",
    "morning",
    "copper",
    "habit",
    "answer",
    "measure",
    "winter",
    "table",
    "signal",
    "paper",
    "village",
    "handle",
    "market",
    "thread",
    "corner",
    "circle",
    "argument",
    "patience",
    "ladder",
    "weather",
    "number",
    "garden",
]


@dataclass(frozen=True)
class Written:
    slug: str
    title: str
    moment: datetime
    author: str
    paragraphs: tuple[str, ...]

    @property
    def day(self) -> str:
        return self.moment.date().isoformat()

    @property
    def html(self) -> str:
        return "".join(f"<p>{text}</p>\n" for text in self.paragraphs)

    @property
    def mail_date(self) -> str:
        return format_datetime(self.moment)


def write_posts(n_posts: int, authors: tuple[str, ...], seed: int, newest: datetime | None = None) -> list[Written]:
    """Posts, newest first, a week or two apart; every title once, except that one comes back a year later."""
    chance = random.Random(seed)
    moment = newest or datetime(2024, 5, 20, 9, 30, tzinfo=UTC)
    posts: list[Written] = []
    for index in range(n_posts):
        subject, turn = _SUBJECTS[index % len(_SUBJECTS)], _TURNS[(index // len(_SUBJECTS) + index) % len(_TURNS)]
        title = f"{turn} {subject}" if index % 7 else f"{turn} {subject}, part {index // 7 + 1}"
        slug = re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")
        slug = f"{slug}-{index}" if any(each.slug == slug for each in posts) else slug
        paragraphs = tuple(
            " ".join(chance.choice(_WORDS) for _ in range(chance.randint(25, 60))).capitalize() + "." for _ in range(4)
        )
        posts.append(Written(slug, title, moment, authors[index % len(authors)], paragraphs))
        moment -= timedelta(days=chance.randint(5, 16), minutes=chance.randint(1, 300))
    return posts


def write_rss(title: str, home: str, items: list[str], *, extra: str = "") -> str:
    return (
        '<?xml version="1.0" encoding="UTF-8"?><rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/" '
        'xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:atom="http://www.w3.org/2005/Atom">'
        f"<channel><title>{title}</title><link>{home}</link><description>x</description>{extra}{''.join(items)}"
        "</channel></rss>"
    )


def write_urls(places: list[tuple[str, str]]) -> str:
    rows = "".join(f"<url><loc>{url}</loc><lastmod>{day}</lastmod></url>" for url, day in places)
    return f'<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{rows}</urlset>'


def write_index(urls: list[str]) -> str:
    rows = "".join(f"<sitemap><loc>{url}</loc></sitemap>" for url in urls)
    return (
        f'<?xml version="1.0"?><sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{rows}</sitemapindex>'
    )
