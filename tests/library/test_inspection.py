from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sql

from catwalk.library.database import Library, open_library
from catwalk.library.episodes import Finished, add_render, find_episode
from catwalk.library.inspection import check, count, mend
from catwalk.library.lines import Recorded, add_take, find_lines, list_lines, list_lines_to_speak
from catwalk.library.tables import EpisodeState
from libraries import read_post


def fill(library: Library) -> tuple[str, str, str]:
    """An episode of one line with two takes, the first one chosen, and one file; returns the blobs."""
    first, second, file = (library.blobs.put(each, ".flac") for each in (b"first", b"second", b"file"))
    episode = read_post(library, "One cat.")
    with library.write() as session:
        (row,) = list_lines(session, episode.id).items
        add_take(session, Recorded(row.version.id, first, 1.0, {"accepted": True}))
        add_take(session, Recorded(row.version.id, second, 1.0, {"accepted": True}))
        add_render(session, episode.id, Finished(file, None, None, None, 1.0, 4, None, []))
    return first, second, file


def run(library: Library, *statements: str) -> None:
    with library.write() as session:
        for statement in statements:
            session.execute(sql.text(statement))


def test_a_whole_library_has_no_flaws(library: Library) -> None:
    fill(library)

    assert check(library, deep=True) == []
    assert count(library) == {"shows": 1, "articles": 1, "episodes": 1, "lines": 1}


def test_a_lost_take_gives_way_to_another_one(library: Library) -> None:
    first, second, _ = fill(library)
    library.blobs.path(first).unlink()

    mended, left = mend(library)

    with library.read() as session:
        take = list_lines(session, 1).items[0].take
    assert take is not None
    assert take.audio == second
    assert len(mended) == 1
    assert [flaw.message for flaw in left] == [f"1 blobs are lost, {first} among them; a backup may have them"]


def test_a_line_whose_takes_are_all_lost_or_damaged_is_spoken_again(library: Library) -> None:
    first, second, _ = fill(library)
    library.blobs.path(first).unlink()
    library.blobs.path(second).write_bytes(b"noise")
    assert not any("damaged" in flaw.message for flaw in check(library))

    mend(library)

    with library.read() as session:
        assert [row.line.id for row in list_lines_to_speak(session, 1).items] == [1]


def test_an_episode_whose_file_is_lost_waits(library: Library) -> None:
    _, _, file = fill(library)
    library.blobs.path(file).unlink()

    mend(library)

    with library.read() as session:
        episode = find_episode(session, 1)
    assert (episode.state, episode.render_id) == (EpisodeState.WAITING, None)


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE line SET version_id = 99",
        "UPDATE line SET take_id = 99",
        "UPDATE episode SET render_id = 99",
        "UPDATE episode SET script_id = 99",
        "UPDATE article SET version_id = 99",
    ],
)
def test_a_pointer_to_nothing_is_told_and_mended(library: Library, damage: str) -> None:
    fill(library)
    run(library, damage)

    flaws = check(library)
    mended, left = mend(library)

    assert [flaw.message for flaw in flaws] == [flaw.message for flaw in mended]
    assert "99, which is gone" in flaws[0].message
    assert left == []


@pytest.fixture
def in_file(tmp_path: Path, request: pytest.FixtureRequest) -> Callable[[], Library]:
    def open_it() -> Library:
        library = open_library(tmp_path)
        request.addfinalizer(library.close)
        return library

    return open_it


def test_an_index_of_words_that_does_not_agree_is_made_anew(in_file: Callable[[], Library]) -> None:
    library = in_file()
    fill(library)
    forget = "INSERT INTO line_search (line_search, rowid, text, spoken) VALUES ('delete', 1, 'One cat.', 'One cat.')"
    run(library, forget)
    with library.read() as session:
        assert find_lines(session, "cat") == []

    mended, left = mend(library)

    with library.read() as session:
        assert len(find_lines(session, "cat")) == 1
    assert [flaw.message for flaw in mended] == ["the index of words does not agree with the lines"]
    assert left == []


def test_rows_without_their_parents_are_told(in_file: Callable[[], Library]) -> None:
    library = in_file()
    fill(library)
    connection = library.engine.raw_connection()
    connection.driver_connection.execute("PRAGMA foreign_keys = OFF")  # type: ignore[union-attr]  # it is open
    connection.driver_connection.execute("DELETE FROM episode")  # type: ignore[union-attr]  # likewise
    connection.close()
    library.close()

    flaws = check(in_file())

    assert any("belongs to a episode that is gone" in flaw.message for flaw in flaws)


def test_tables_that_were_not_brought_up_to_date_are_told(library: Library) -> None:
    run(library, "UPDATE alembic_version SET version_num = '0000'")

    (flaw,) = check(library)

    run(library, "UPDATE alembic_version SET version_num = '0003'")
    assert "at '0000'" in flaw.message
