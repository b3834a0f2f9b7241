from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

from catwalk.library.collection import Collected, collect
from catwalk.library.database import Library
from catwalk.library.episodes import Finished, add_render
from catwalk.library.lines import Recorded, add_take, list_lines
from catwalk.library.shows import change_show, delete_show
from catwalk.library.tables import Origin
from catwalk.library.takes import TakeKey, Takes
from libraries import read_post

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)


def put(library: Library, content: bytes, age: timedelta = timedelta(hours=2)) -> str:
    name = library.blobs.put(content, ".flac")
    set_age(library.blobs.path(name), age)
    return name


def set_age(path: Path, age: timedelta) -> None:
    written_s = (NOW - age).timestamp()
    os.utime(path, (written_s, written_s))


def test_only_what_nobody_names_is_collected(library: Library) -> None:
    audio, cover, chapters, lost = (put(library, each) for each in (b"take", b"cover", b"chapters", b"lost"))
    episode = read_post(library, "One.")
    with library.write() as session:
        (row,) = list_lines(session, episode.id).items
        add_take(session, Recorded(row.version.id, audio, 1.0, {"accepted": True}))
        add_render(session, episode.id, Finished(audio, None, chapters, None, 1.0, 4, None, []))
        change_show(session, "blog", cover=cover)

    collected = collect(library, now=NOW)

    assert collected == Collected(1, 4)
    assert set(library.blobs.list_names()) == {audio, cover, chapters}
    assert not library.blobs.path(lost).exists()


def test_a_blob_is_left_until_it_is_an_hour_old_since_it_was_last_put(library: Library) -> None:
    young = put(library, b"young", timedelta(minutes=59))
    again = put(library, b"again")
    library.blobs.put(b"again", ".flac")

    assert collect(library, now=NOW) == Collected(0, 0)
    assert set(library.blobs.list_names()) == {young, again}


def test_takes_of_readings_without_a_library_are_kept(library: Library) -> None:
    kept = Takes(library.home).keep(TakeKey("Tea.", "hibari", "heart", 1.0), b"flac", {"accepted": True}, 1)
    set_age(kept.audio, timedelta(days=9))
    put(library, b"lost")

    assert collect(library, now=NOW).n_blobs == 1
    assert kept.audio.exists()


def test_a_persons_recording_outlives_its_show(library: Library) -> None:
    mine, spoken = put(library, b"mine"), put(library, b"spoken")
    episode = read_post(library, "One.")
    with library.write() as session:
        (row,) = list_lines(session, episode.id).items
        add_take(session, Recorded(row.version.id, mine, 1.0, {"accepted": True}, Origin.UPLOAD))
        add_take(session, Recorded(row.version.id, spoken, 1.0, {"accepted": True}))
        delete_show(session, "blog")

    collect(library, now=NOW)

    assert list(library.blobs.list_names()) == [mine]


def test_what_a_killed_process_left_half_written_is_swept(library: Library) -> None:
    put(library, b"lost")
    half = library.blobs.path(put(library, b"whole")).with_name(".making-1")
    half.write_bytes(b"ha")
    set_age(half, timedelta(hours=2))

    collect(library, now=NOW)

    assert not half.exists()
