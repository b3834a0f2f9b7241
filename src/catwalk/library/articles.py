"""Articles: every post by its canonical address, every version that was fetched, and the scripts made from them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sql
from sqlalchemy.orm import Session, defer

from catwalk.errors import NotInLibrary
from catwalk.library.database import now_of
from catwalk.library.paging import Page, read_page
from catwalk.library.tables import Article, ArticleVersion, Script

_HANDED_IN = "urn:sha256:"


@dataclass(frozen=True, slots=True)
class Fetched:
    """A post as it was found now."""

    url: str
    """Canonical address, or :func:`name_file` of a post that was handed in."""

    title: str
    author: str | None
    published: datetime | None
    document: dict[str, Any]
    """The extracted article, as JSON."""

    source: str | None = None
    """Blob: the page."""

    notes: dict[str, Any] | None = None
    """Show notes; where they are left out, they are written when they are first wanted."""


def digest_of(document: Any) -> str:
    """SHA-256 of a JSON document, the same for the same content."""
    text = json.dumps(document, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()


def name_file(content: bytes) -> str:
    """The address of a post that was handed in as a file: the same for the same bytes."""
    return _HANDED_IN + hashlib.sha256(content).hexdigest()


def find_web_address(url: str) -> str | None:
    """An article's address where it has one on the web; None for a post that was handed in."""
    return None if url.startswith(_HANDED_IN) else url


def note_article(
    session: Session, url: str, *, title: str, author: str | None = None, published: datetime | None = None
) -> Article:
    """The article of that canonical address, added where it is not there, without any version: it was only heard of."""
    article = find_article(session, url)
    if article is None:
        article = Article(url=url, title=title, author=author, published=published, created_at=now_of(session))
        session.add(article)
        session.flush()
    return article


def keep_article(session: Session, fetched: Fetched) -> tuple[Article, ArticleVersion, bool]:
    """Keep a post; what it was before is kept too.

    Returns:
        The article, its newest version, and whether that version is new: not so when the post reads as it did.
    """
    now = now_of(session)
    article = session.scalar(sql.select(Article).where(Article.url == fetched.url).with_for_update())
    digest = digest_of(fetched.document)
    if article is None:
        article = Article(url=fetched.url, title=fetched.title, created_at=now)
        session.add(article)
        session.flush()
    elif article.version_id is not None:
        newest = session.get_one(ArticleVersion, article.version_id)
        if newest.digest == digest:
            return article, newest, False
    version = ArticleVersion(
        article_id=article.id,
        digest=digest,
        document=fetched.document,
        source=fetched.source,
        notes=fetched.notes,
        fetched_at=now,
    )
    session.add(version)
    session.flush()
    article.title, article.author, article.published = fetched.title, fetched.author, fetched.published
    article.version_id = version.id
    session.flush()
    return article, version, True


def find_article(session: Session, url: str) -> Article | None:
    """The article of that canonical address, or None."""
    return session.scalar(sql.select(Article).where(Article.url == url))


def find_known(session: Session, urls: Sequence[str]) -> set[str]:
    """Which of these addresses the library has."""
    found: set[str] = set()
    for start in range(0, len(urls), 500):
        found.update(session.scalars(sql.select(Article.url).where(Article.url.in_(urls[start : start + 500]))))
    return found


def list_articles(session: Session, *, after: str | None = None, limit: int = 100) -> Page[Article]:
    """Articles, the last one added first."""
    return read_page(
        session,
        sql.select(Article),
        [Article.id],
        lambda row: row[0],
        after=after,
        limit=limit,
        newest_first=True,
    )


def list_article_versions(
    session: Session, article_id: int, *, after: str | None = None, limit: int = 100
) -> Page[ArticleVersion]:
    """Versions of an article, the newest first, without their documents (:func:`get_version` has them)."""
    query = sql.select(ArticleVersion).where(ArticleVersion.article_id == article_id)
    return read_page(
        session,
        query.options(defer(ArticleVersion.document)),
        [ArticleVersion.id],
        lambda row: row[0],
        after=after,
        limit=limit,
        newest_first=True,
    )


def get_version(session: Session, version_id: int) -> ArticleVersion:
    """A version with its document.

    Raises:
        NotInLibrary: there is no such version.
    """
    version = session.get(ArticleVersion, version_id)
    if version is None:
        raise NotInLibrary(f"the library has no version {version_id} of an article")
    return version


def keep_script(
    session: Session, article_version_id: int, *, policy: dict[str, Any], document: dict[str, Any]
) -> Script:
    """Keep a script; the same policy on the same version gives the script that is there.

    Args:
        session: A writing one.
        article_version_id: What the script was made from.
        policy: All that decides it: policy, lexicon, what models said.
        document: Lines and ledger, as JSON.
    """
    digest = digest_of(policy)
    found = session.scalar(
        sql.select(Script).where(Script.article_version_id == article_version_id, Script.policy_digest == digest)
    )
    if found is not None:
        return found
    script = Script(
        article_version_id=article_version_id,
        policy_digest=digest,
        policy=policy,
        document=document,
        made_at=now_of(session),
    )
    session.add(script)
    session.flush()
    return script
