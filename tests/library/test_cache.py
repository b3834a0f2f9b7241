import os
from pathlib import Path

import pytest

from catwalk.library.cache import Cache

KEYS = ["aa01", "aa02", "bb03"]


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    return Cache(tmp_path / "kept", 250)


def files_of(cache: Cache) -> list[Path]:
    return sorted(path for path in cache.folder.glob("*/*"))


def test_what_was_kept_is_found_under_its_key(cache: Cache) -> None:
    cache.keep("aa01", b"sound")

    assert cache.find("aa01") == b"sound"
    assert cache.find("aa02") is None


def test_what_has_been_spoilt_is_not_found(cache: Cache) -> None:
    cache.keep("aa01", b"sound")
    (path,) = files_of(cache)

    for spoilt in (b"", path.read_bytes()[:-1], path.read_bytes() + b"."):
        path.write_bytes(spoilt)

        assert cache.find("aa01") is None


def test_the_folder_may_be_emptied_at_any_time(cache: Cache) -> None:
    cache.keep("aa01", b"sound")
    files_of(cache)[0].unlink()

    assert cache.find("aa01") is None
    cache.trim()


def test_what_was_asked_for_the_longest_ago_goes_first(cache: Cache) -> None:
    for age_s, key in enumerate(KEYS):
        cache.keep(key, bytes(100))
        os.utime(cache.folder / key[:2] / key, (1_000 - age_s, 1_000 - age_s))
    assert cache.find("bb03")

    cache.trim()

    assert [key for key in KEYS if cache.find(key)] == ["aa01", "bb03"]


def test_what_fits_stays(cache: Cache) -> None:
    for key in KEYS[:2]:
        cache.keep(key, bytes(100))

    cache.trim()

    assert len(files_of(cache)) == 2


def test_what_a_killed_process_left_half_made_is_swept(cache: Cache) -> None:
    cache.keep("aa01", b"sound")
    old, young = cache.folder / "aa" / ".making-1", cache.folder / "aa" / ".making-2"
    for path in (old, young):
        path.write_bytes(b"so")
    os.utime(old, (1_000, 1_000))

    cache.trim()

    assert (old.exists(), young.exists(), cache.find("aa01")) == (False, True, b"sound")
