from __future__ import annotations

from datetime import UTC, datetime

import pytest

from catwalk.errors import NotInLibrary
from catwalk.library.articles import (
    Fetched,
    find_article,
    find_known,
    get_version,
    keep_article,
    keep_script,
    list_article_versions,
    list_articles,
)
from catwalk.library.database import Library
from libraries import Clock

URL = "https://blog.test/post"


def fetched(text: str, title: str = "A post") -> Fetched:
    return Fetched(URL, title, "Ann", datetime(2020, 5, 1, tzinfo=UTC), {"text": text})


def test_every_version_of_a_post_is_kept_and_one_that_reads_the_same_is_none(library: Library, clock: Clock) -> None:
    with library.write() as session:
        outcomes = [keep_article(session, fetched(text))[2] for text in ("old", "old", "new", "old")]
    clock.advance(days=1)
    with library.write() as session:
        article, version, _ = keep_article(session, fetched("new", "Another title"))

        versions = list_article_versions(session, article.id).items
        documents = [get_version(session, version.id).document["text"] for version in versions]

    assert outcomes == [True, False, True, True]
    assert documents == ["new", "old", "new", "old"]
    assert (article.title, article.version_id, version.fetched_at) == ("Another title", version.id, clock.now)


def test_times_come_back_as_they_were_given(library: Library) -> None:
    with library.write() as session:
        keep_article(session, fetched("x"))

    with library.read() as session:
        found = find_article(session, URL)
    assert found is not None
    assert found.published == datetime(2020, 5, 1, tzinfo=UTC)


def test_articles_are_listed_with_the_last_one_first(library: Library) -> None:
    with library.write() as session:
        for number in range(5):
            keep_article(session, Fetched(f"{URL}/{number}", f"{number}", None, None, {}))

        titles, after = [], None
        while True:
            page = list_articles(session, after=after, limit=2)
            titles += [article.title for article in page.items]
            after = page.next
            if after is None:
                break

    assert titles == ["4", "3", "2", "1", "0"]


def test_of_many_addresses_those_are_told_that_are_known(library: Library) -> None:
    with library.write() as session:
        keep_article(session, fetched("x"))

        assert find_known(session, [f"{URL}/{number}" for number in range(1200)] + [URL]) == {URL}
        assert find_article(session, f"{URL}/1") is None


def test_the_same_policy_on_the_same_version_is_one_script(library: Library) -> None:
    with library.write() as session:
        _, version, _ = keep_article(session, fetched("x"))

        first = keep_script(session, version.id, policy={"code": "skip"}, document={"lines": []})
        again = keep_script(session, version.id, policy={"code": "skip"}, document={"lines": [1]})
        other = keep_script(session, version.id, policy={"code": "read"}, document={"lines": []})

        assert first is again
        assert first.id != other.id
        with pytest.raises(NotInLibrary, match="version 99"):
            get_version(session, 99)
