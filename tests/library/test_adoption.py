from __future__ import annotations

import dataclasses

import pytest
from sqlalchemy.orm import Session

from catwalk.errors import StaleRevision
from catwalk.library.adoption import Adoption, ScriptLine, adopt_script
from catwalk.library.database import Library
from catwalk.library.editing import (
    Change,
    delete_lines,
    edit_lines,
    insert_line,
    merge_lines,
    move_lines,
    split_line,
    undo,
)
from catwalk.library.lines import Recorded, add_take, list_lines, list_lines_to_speak
from catwalk.library.tables import Episode
from libraries import read_post, script, texts_of

POST = ("Tea is ready.", "It has 1 lump.", "Good night.")


def adopt(library: Library, episode: Episode, *lines: str | ScriptLine) -> Adoption:
    """The script with these lines, on the revision that the episode is at."""
    with library.write() as session:
        revision = session.get_one(Episode, episode.id).revision
        texts = script(*(line if isinstance(line, str) else line.text for line in lines))
        whole = [text if isinstance(line, str) else line for line, text in zip(lines, texts, strict=True)]
        return adopt_script(session, episode.id, None, whole, revision=revision)


def lines_of(session: Session, episode: Episode) -> list[int]:
    return [row.line.id for row in list_lines(session, episode.id).items]


@pytest.fixture
def episode(library: Library) -> Episode:
    """A post that was spoken."""
    episode = read_post(library, *POST)
    with library.write() as session:
        for row in list_lines_to_speak(session, episode.id).items:
            add_take(session, Recorded(row.version.id, f"{row.line.id}.flac", 1.0, {"accepted": True}))
    return episode


def spoken_of(library: Library, episode: Episode) -> list[str]:
    with library.read() as session:
        return [row.version.spoken for row in list_lines(session, episode.id).items]


def test_the_same_script_again_changes_nothing(library: Library, episode: Episode) -> None:
    adoption = adopt(library, episode, *POST)

    assert adoption == Adoption(1, (), (), ())


def test_only_a_changed_line_is_to_be_spoken_and_keeps_its_identity(library: Library, episode: Episode) -> None:
    with library.read() as session:
        before = lines_of(session, episode)

    adoption = adopt(library, episode, "Tea is ready.", "It has 1 lump and milk.", "Good night.")

    with library.read() as session:
        assert lines_of(session, episode) == before
    assert adoption.to_speak == adoption.changed == (before[1],)
    assert spoken_of(library, episode)[1] == "It has one lump and milk."


def test_new_lines_stand_where_the_script_has_them_and_lines_that_it_drops_are_gone(
    library: Library, episode: Episode
) -> None:
    adoption = adopt(library, episode, "Come in.", "Tea is ready.", "Sit down.", "Be quiet now.", "Good night.")

    assert texts_of(library, episode) == ["Come in.", "Tea is ready.", "Sit down.", "Be quiet now.", "Good night."]
    assert len(adoption.to_speak) == 3
    assert len(adoption.changed) == 4


def test_a_new_pronunciation_alone_makes_a_line_to_be_spoken(library: Library, episode: Episode) -> None:
    lines = script(*POST)
    lines[1] = dataclasses.replace(lines[1], spoken="It has a lump.")

    adoption = adopt(library, episode, *lines)

    assert len(adoption.to_speak) == 1
    assert adoption.overridden == ()
    assert spoken_of(library, episode)[1] == "It has a lump."


def test_blocks_that_are_numbered_anew_make_nothing_to_be_spoken(library: Library, episode: Episode) -> None:
    adoption = adopt(library, episode, *(dataclasses.replace(line, block="b9", pause_s=0.7) for line in script(*POST)))

    with library.read() as session:
        rows = list_lines(session, episode.id).items
    assert adoption.to_speak == ()
    assert {(row.line.block, row.version.pause_s) for row in rows} == {("b9", 0.7)}


def test_a_persons_words_stay_while_the_source_says_the_same(library: Library, episode: Episode) -> None:
    with library.write() as session:
        ids = lines_of(session, episode)
        edit_lines(session, episode.id, {ids[1]: Change(spoken="It has a single lump.")}, revision=1)
    lines = script("Tea is now ready.", *POST[1:])
    lines[1] = dataclasses.replace(lines[1], spoken="It has a lump.")

    adoption = adopt(library, episode, *lines)

    assert spoken_of(library, episode)[1] == "It has a single lump."
    assert adoption.overridden == ()


def test_a_persons_words_go_when_the_source_changes_and_that_is_said(library: Library, episode: Episode) -> None:
    with library.write() as session:
        ids = lines_of(session, episode)
        edit_lines(session, episode.id, {ids[1]: Change(spoken="A lump.", pause_s=3.0, voice="puck")}, revision=1)

    adoption = adopt(library, episode, "Tea is ready.", "It has 1 large lump.", "Good night.")

    with library.read() as session:
        version = list_lines(session, episode.id).items[1].version
    assert (version.spoken, version.pause_s, version.voice) == ("It has one large lump.", 3.0, "puck")
    assert adoption.overridden == (ids[1],)


def test_lines_that_a_person_deleted_moved_or_added_stay_so(library: Library, episode: Episode) -> None:
    with library.write() as session:
        first, second, third = lines_of(session, episode)
        delete_lines(session, episode.id, [second], revision=1)
        move_lines(session, episode.id, [third], after=None, revision=2)
        insert_line(session, episode.id, after=first, text="Mine.", spoken="Mine.", revision=3)

    adopt(library, episode, *POST, "The end.")

    assert texts_of(library, episode) == ["Good night.", "The end.", "Tea is ready.", "Mine."]


@pytest.mark.parametrize("done", ["split", "merged"])
def test_lines_stay_split_and_merged_while_their_source_is_the_same(
    library: Library, episode: Episode, done: str
) -> None:
    with library.write() as session:
        first = lines_of(session, episode)[0]
        if done == "split":
            split_line(session, first, at=3, spoken=("Tea", "is ready."), revision=1)
        else:
            merge_lines(session, first, revision=1)
    stand = texts_of(library, episode)

    adoption = adopt(library, episode, *POST[:2], "Good bye then.")

    assert texts_of(library, episode)[:-1] == stand[:-1]
    assert adoption.overridden == ()


def test_a_split_line_whose_source_changed_is_one_line_again(library: Library, episode: Episode) -> None:
    with library.write() as session:
        split_line(session, lines_of(session, episode)[0], at=3, spoken=("Tea", "is ready."), revision=1)

    adoption = adopt(library, episode, "Tea is almost ready.", *POST[1:])

    assert texts_of(library, episode) == ["Tea is almost ready.", *POST[1:]]
    assert len(adoption.overridden) == 2


def test_merged_lines_of_which_one_changed_are_two_again(library: Library, episode: Episode) -> None:
    with library.write() as session:
        merge_lines(session, lines_of(session, episode)[0], revision=1)

    adopt(library, episode, "Tea is ready.", "It has 2 lumps.", "Good night.")

    assert texts_of(library, episode) == ["Tea is ready.", "It has 2 lumps.", "Good night."]


def test_a_script_can_be_undone_like_any_edit(library: Library, episode: Episode) -> None:
    adopt(library, episode, "Quite another post.")

    with library.write() as session:
        undo(session, episode.id, revision=2)

    assert texts_of(library, episode) == list(POST)
    with library.read() as session:
        assert list_lines_to_speak(session, episode.id).items == ()


def test_a_script_for_an_old_revision_is_refused(library: Library, episode: Episode) -> None:
    adopt(library, episode, *POST, "The end.")

    with library.write() as session, pytest.raises(StaleRevision):
        adopt_script(session, episode.id, None, script("Late."), revision=1)
