from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path

import mutagen
import pytest

from catwalk.disk import Room, lacks_room, measure_free, telling_lack
from catwalk.errors import DiskFull, ReadingFailed


def write_to_a_full_disk() -> None:
    with Path("/dev/full").open("wb", buffering=0) as file:  # the kernel's own: every write finds it full
        file.write(b"x")


def raised_by_full_disk() -> OSError:
    with pytest.raises(OSError, match="No space left") as raised:
        write_to_a_full_disk()
    return raised.value


def test_a_full_disk_is_told_from_other_failures() -> None:
    assert lacks_room(raised_by_full_disk())
    assert not lacks_room(FileNotFoundError(2, "no such file"))
    assert not lacks_room(ValueError("nothing to do with disks"))


def test_a_full_disk_is_seen_through_the_errors_that_wrap_it() -> None:
    wrapped = ReadingFailed("cannot write it")
    wrapped.__cause__ = mutagen.MutagenError(raised_by_full_disk())
    wrapped.__cause__.__context__ = raised_by_full_disk()

    assert lacks_room(wrapped)


def test_a_database_that_may_not_grow_lacks_room() -> None:
    with contextlib.closing(sqlite3.connect(":memory:")) as database:
        database.execute("PRAGMA max_page_count = 2")
        with pytest.raises(sqlite3.OperationalError) as raised:
            database.executescript("CREATE TABLE a (b); CREATE TABLE c (d); CREATE TABLE e (f)")

    assert lacks_room(raised.value)


def test_the_error_names_the_folder_and_what_is_free(tmp_path: Path) -> None:
    with pytest.raises(DiskFull) as raised, telling_lack(tmp_path):
        write_to_a_full_disk()

    assert str(tmp_path) in raised.value.message
    assert "MB are free" in raised.value.message
    assert raised.value.status == 507


def test_other_failures_stay_what_they_are(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), telling_lack(tmp_path):
        (tmp_path / "nothing").read_bytes()


def test_room_is_lacking_where_less_is_free_than_is_to_stay_free(tmp_path: Path) -> None:
    free_bytes = measure_free(tmp_path / "not made yet")

    assert free_bytes is not None
    assert Room(tmp_path).find_lack() == ""
    assert "are to stay free" in Room(tmp_path, free_bytes * 2).find_lack()
