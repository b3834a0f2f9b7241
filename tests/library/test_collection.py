from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

from catwalk.library.collection import Collected, collect, collect_if_due, find_last, forget_renders
from catwalk.library.database import Library
from catwalk.library.episodes import Finished, add_render, list_renders
from catwalk.library.lines import Recorded, add_take, list_lines
from catwalk.library.shows import change_show, delete_show
from catwalk.library.tables import Episode, Origin
from catwalk.library.takes import TakeKey, Takes
from libraries import Clock, read_post

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


def test_what_a_killed_mastering_left_is_swept_once_it_is_a_day_old(library: Library) -> None:
    left, young = library.home / "working" / "old", library.home / "working" / "young"
    for folder, age in ((left, timedelta(days=2)), (young, timedelta(hours=23))):
        folder.mkdir(parents=True)
        (folder / "episode.mp3").write_bytes(b"half")
        set_age(folder, age)

    collect(library, now=NOW)

    assert (left.exists(), young.exists()) == (False, True)


def render_often(library: Library, clock: Clock, n_times: int) -> tuple[int, list[str]]:
    """An episode with that many renders, a day apart; their files, the oldest first."""
    episode, names = read_post(library, "One."), []
    for number in range(n_times):
        clock.advance(days=1)
        names.append(library.blobs.put(f"render {number}".encode(), ".mp3"))
        with library.write() as session:
            add_render(session, episode.id, Finished(names[-1], None, None, None, 1.0, 4, None, []))
    return episode.id, names


def renders_of(library: Library, episode_id: int) -> list[str]:
    with library.read() as session:
        return [render.audio for render in list_renders(session, episode_id).items][::-1]


def test_a_render_is_forgotten_a_month_after_it_was_replaced_and_the_last_two_never(
    library: Library, clock: Clock
) -> None:
    episode_id, names = render_often(library, clock, 4)
    with library.write() as session:
        soon = forget_renders(session, clock.now + timedelta(days=28))
        later = forget_renders(session, clock.now + timedelta(days=28, seconds=1))
        much_later = forget_renders(session, clock.now + timedelta(days=999))

    assert (soon, later, much_later) == (0, 1, 1)
    assert renders_of(library, episode_id) == names[2:]


def test_the_render_that_is_offered_is_never_forgotten(library: Library, clock: Clock) -> None:
    episode_id, names = render_often(library, clock, 4)
    with library.write() as session:
        oldest = list_renders(session, episode_id).items[-1]
        session.get_one(Episode, episode_id).render_id = oldest.id
        forget_renders(session, clock.now + timedelta(days=999))

    assert renders_of(library, episode_id) == [names[0], *names[2:]]


def test_garbage_is_collected_once_a_day_when_nothing_runs_and_after_a_week_in_any_case(
    library: Library, clock: Clock
) -> None:
    clock.now = NOW
    put(library, b"lost")

    busy = collect_if_due(library, idle=False)
    first = collect_if_due(library, idle=True)
    clock.advance(hours=23)
    same_day = collect_if_due(library, idle=True)
    clock.advance(days=2)
    busy_again = collect_if_due(library, idle=False)
    clock.advance(days=5)
    after_a_week = collect_if_due(library, idle=False)

    assert (busy, same_day, busy_again) == (None, None, None)
    assert first == Collected(1, len(b"lost"))
    assert after_a_week is not None
    assert find_last(library.home) == (clock.now, after_a_week)
