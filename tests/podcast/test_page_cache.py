"""Answers on disk."""

from __future__ import annotations

import os
from pathlib import Path

from catwalk.podcast.page_cache import PageCache
from catwalk.reader.fetch import Reply

URL = "https://example.com/tea"


def reply(content: bytes = b"tea", **headers: str) -> Reply:
    return Reply(URL, 200, {"content-type": "text/html", **headers}, content)


def test_an_answer_with_a_tag_is_kept_and_one_without_is_not(tmp_path: Path) -> None:
    cache = PageCache(tmp_path)

    cache.keep(URL, reply(etag='"a"'))
    cache.keep("https://example.com/other", reply())

    assert cache.find(URL) == Reply(URL, 200, {"etag": '"a"', "content-type": "text/html"}, b"tea")
    assert cache.find("https://example.com/other") is None


def test_a_file_that_lost_its_half_is_not_there(tmp_path: Path) -> None:
    cache = PageCache(tmp_path)
    cache.keep(URL, reply(etag='"a"'))
    (path,) = tmp_path.glob("*/*")
    path.write_bytes(path.read_bytes()[:-3])

    assert cache.find(URL) is None


def test_what_was_unused_longest_goes_first(tmp_path: Path) -> None:
    cache = PageCache(tmp_path, max_bytes=1500)
    for name in ("old", "new"):
        cache.keep(name, reply(os.urandom(1000), etag='"a"'))
    for path in tmp_path.glob("*/*"):
        os.utime(path, (1, 1))
    cache.find("new")

    n_gone = cache.trim()

    assert n_gone == 1
    assert cache.find("old") is None
    assert cache.find("new") is not None


def test_a_folder_that_cannot_be_written_costs_nothing_but_the_cache(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("in the way")
    cache = PageCache(blocked)

    cache.keep(URL, reply(etag='"a"'))

    assert cache.find(URL) is None
