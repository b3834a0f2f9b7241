from __future__ import annotations

import contextlib
import threading
import uuid
from collections.abc import Iterator

import pytest
import sqlalchemy as sql
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from catwalk.errors import CatwalkError, EditRefused, NotInLibrary, StaleRevision
from catwalk.library.adoption import ScriptLine, adopt_script
from catwalk.library.database import Library, open_library
from catwalk.library.desk import Edited
from catwalk.library.editing import (
    Change,
    choose_take,
    delete_lines,
    edit_lines,
    insert_line,
    merge_lines,
    move_lines,
    redo,
    release_takes,
    respell_lines,
    split_line,
    undo,
)
from catwalk.library.lines import (
    LineRow,
    Recorded,
    add_take,
    get_lines,
    list_line_versions,
    list_lines,
    list_lines_to_speak,
)
from catwalk.library.tables import Edit, EditState, Episode, Origin
from libraries import read_post, texts_of


def rows_of(session: Session, episode: Episode) -> list[LineRow]:
    return list(list_lines(session, episode.id, limit=500).items)


def speak(library: Library, episode: Episode, voice: str = "heart") -> None:
    with library.write() as session:
        for row in list_lines_to_speak(session, episode.id).items:
            add_take(
                session,
                Recorded(row.version.id, "a.flac", 1.0, {"accepted": True}, model="hibari", voice=voice, speed=1.0),
            )


def test_an_edit_makes_a_new_version_and_the_line_is_to_be_spoken(library: Library) -> None:
    episode = read_post(library, "Tea is redy.", "Good night.")
    speak(library, episode)

    with library.write() as session:
        first = rows_of(session, episode)[0].line.id
        edited = edit_lines(session, episode.id, {first: Change("Tea is ready.", "Tea is ready.")}, revision=1)

    with library.read() as session:
        assert edited == Edited(episode.id, 2, (first,))
        assert [row.version.text for row in list_lines_to_speak(session, episode.id).items] == ["Tea is ready."]
        assert [version.text for version in list_line_versions(session, first).items] == [
            "Tea is ready.",
            "Tea is redy.",
        ]
        assert rows_of(session, episode)[0].is_corrected


def test_another_pause_leaves_the_take(library: Library) -> None:
    episode = read_post(library, "Tea is ready.")
    speak(library, episode)

    with library.write() as session:
        (row,) = rows_of(session, episode)
        edit_lines(session, episode.id, {row.line.id: Change(pause_s=2.0)}, revision=1)

    with library.read() as session:
        (row,) = rows_of(session, episode)
        assert row.take is not None
        assert row.version.pause_s == 2.0


def test_another_voice_takes_the_take_away_and_an_empty_one_is_the_shows(library: Library) -> None:
    episode = read_post(library, "Tea is ready.")
    speak(library, episode)

    with library.write() as session:
        (row,) = rows_of(session, episode)
        edit_lines(session, episode.id, {row.line.id: Change(voice="puck")}, revision=1)
        (changed,) = get_lines(session, [row.line.id])
        assert (changed.version.voice, changed.take) == ("puck", None)

        edit_lines(session, episode.id, {row.line.id: Change(voice="")}, revision=2)
        (back,) = get_lines(session, [row.line.id])
        assert back.version.voice is None


def test_of_two_who_edit_the_same_revision_the_second_is_refused_and_changes_nothing(library: Library) -> None:
    episode = read_post(library, "One.", "Two.")
    with library.read() as session:
        first, second = (row.line.id for row in rows_of(session, episode))
    with library.write() as session:
        delete_lines(session, episode.id, [first], revision=1)

    def delete_second() -> None:
        with library.write() as session:
            delete_lines(session, episode.id, [second], revision=1)

    with pytest.raises(StaleRevision, match="at revision 2, not 1"):
        delete_second()

    assert texts_of(library, episode) == ["Two."]


def test_of_many_who_edit_at_the_same_moment_exactly_one_comes_through(library: Library) -> None:
    episode = read_post(library, "One.")
    barrier, outcomes = threading.Barrier(6), list[str]()

    def insert(number: int) -> None:
        barrier.wait()
        try:
            with library.write() as session:
                insert_line(session, episode.id, after=None, text=f"{number}.", spoken=f"{number}.", revision=1)
            outcomes.append("done")
        except StaleRevision:
            outcomes.append("stale")

    threads = [threading.Thread(target=insert, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(outcomes) == ["done", *["stale"] * 5]
    assert len(texts_of(library, episode)) == 2


def test_a_split_line_has_both_parts_in_order_and_a_merge_joins_them_again(library: Library) -> None:
    episode = read_post(library, "Tea is ready. Come.", "Good night.")
    with library.write() as session:
        first = rows_of(session, episode)[0].line.id
        split_line(session, first, at=14, spoken=("Tea is ready.", "Come!"), pause_s=0.5, revision=1)
    assert texts_of(library, episode) == ["Tea is ready.", "Come.", "Good night."]

    with library.write() as session:
        merge_lines(session, first, revision=2)

    with library.read() as session:
        joined = rows_of(session, episode)[0].version
        assert (joined.text, joined.spoken, joined.pause_s) == ("Tea is ready. Come.", "Tea is ready. Come!", 0.3)
    assert texts_of(library, episode) == ["Tea is ready. Come.", "Good night."]


def test_a_merge_passes_over_a_pause(library: Library) -> None:
    episode = read_post(library, "One.", "Two.")
    with library.write() as session:
        first = rows_of(session, episode)[0].line.id
        insert_line(session, episode.id, after=first, pause_s=1.0, revision=1)
        merge_lines(session, first, spoken="One, two.", revision=2)

    assert texts_of(library, episode) == ["One. Two."]


@pytest.mark.parametrize("at", [-3, 0, 4, 99])
def test_a_split_that_leaves_a_part_empty_is_refused(library: Library, at: int) -> None:
    episode = read_post(library, "Tea.")

    with library.write() as session, pytest.raises(EditRefused):
        split_line(session, rows_of(session, episode)[0].line.id, at=at, spoken=("Tea.", "x"), revision=1)


def test_the_last_line_cannot_be_merged(library: Library) -> None:
    episode = read_post(library, "Tea.")

    with library.write() as session, pytest.raises(EditRefused, match="nothing spoken"):
        merge_lines(session, rows_of(session, episode)[0].line.id, revision=1)


def test_lines_are_moved_together_and_inserted_where_they_are_wanted(library: Library) -> None:
    episode = read_post(library, "One.", "Two.", "Three.", "Four.")
    with library.write() as session:
        one, two, three, four = (row.line.id for row in rows_of(session, episode))
        move_lines(session, episode.id, [four, three], after=None, revision=1)
        insert_line(session, episode.id, after=four, text="And.", spoken="And.", revision=2)
        move_lines(session, episode.id, [one], after=two, revision=3)

    assert texts_of(library, episode) == ["Four.", "And.", "Three.", "Two.", "One."]


def test_an_older_take_can_be_chosen_again(library: Library) -> None:
    episode = read_post(library, "Tea.")
    with library.write() as session:
        (row,) = rows_of(session, episode)
        first = add_take(session, Recorded(row.version.id, "1.flac", 1.0, {"accepted": False}))
        second = add_take(session, Recorded(row.version.id, "2.flac", 1.0, {"accepted": True}, Origin.MICROPHONE))
        assert get_lines(session, [row.line.id])[0].take is first

        choose_take(session, row.line.id, second.id, revision=1)
        assert get_lines(session, [row.line.id])[0].take is second

        undo(session, episode.id, revision=2)
        assert get_lines(session, [row.line.id])[0].take is first


def test_a_take_of_what_the_line_once_said_brings_that_back(library: Library) -> None:
    episode = read_post(library, "Tea.")
    speak(library, episode)
    with library.write() as session:
        (row,) = rows_of(session, episode)
        assert row.take is not None
        edit_lines(session, episode.id, {row.line.id: Change("Coffee.", "Coffee.")}, revision=1)

        choose_take(session, row.line.id, row.take.id, revision=2)

    assert texts_of(library, episode) == ["Tea."]


def test_a_take_that_arrives_for_what_the_line_no_longer_says_is_kept_and_not_chosen(library: Library) -> None:
    episode = read_post(library, "Tea.")
    with library.write() as session:
        (row,) = rows_of(session, episode)
        edit_lines(session, episode.id, {row.line.id: Change("Coffee.", "Coffee.")}, revision=1)

        late = add_take(session, Recorded(row.version.id, "tea.flac", 1.0, {"accepted": True}))
        assert get_lines(session, [row.line.id])[0].take is None

        undo(session, episode.id, revision=2)
        assert get_lines(session, [row.line.id])[0].take is late


def test_another_voice_for_the_show_spares_a_persons_recordings(library: Library) -> None:
    episode = read_post(library, "One.", "Two.")
    with library.write() as session:
        first, _ = rows_of(session, episode)
        add_take(session, Recorded(first.version.id, "me.flac", 1.0, {"accepted": True}, Origin.MICROPHONE))
    speak(library, episode)

    with library.write() as session:
        released = release_takes(session, episode.id, model="hibari", voice="puck", revision=1)
        again = release_takes(session, episode.id, model="hibari", voice="puck", revision=2)

    with library.read() as session:
        assert [row.version.text for row in list_lines_to_speak(session, episode.id).items] == ["Two."]
    assert (len(released.lines), again.lines) == (1, ())


def test_a_new_pronunciation_does_not_touch_what_a_person_has_said_differently(library: Library) -> None:
    episode = read_post(library, "Kubectl runs.", "Kubectl waits.")
    with library.write() as session:
        first, second = (row.line.id for row in rows_of(session, episode))
        edit_lines(session, episode.id, {first: Change(spoken="Cube control runs.")}, revision=1)

        spoken = {first: "Kube C T L runs.", second: "Kube C T L waits."}
        edited = respell_lines(session, episode.id, spoken, revision=2)

    with library.read() as session:
        rows = rows_of(session, episode)
    assert edited.lines == (second,)
    assert [row.version.spoken for row in rows] == ["Cube control runs.", "Kube C T L waits."]
    assert [row.is_corrected for row in rows] == [True, False]


def test_undo_goes_back_step_by_step_and_redo_forward(library: Library) -> None:
    episode = read_post(library, "One.", "Two.")
    with library.write() as session:
        first, second = (row.line.id for row in rows_of(session, episode))
        edit_lines(session, episode.id, {first: Change("1.", "1.")}, revision=1)
        delete_lines(session, episode.id, [second], revision=2)

    stands = [texts_of(library, episode)]
    for revision, step in enumerate([undo, undo, redo, redo], start=3):
        with library.write() as session:
            step(session, episode.id, revision=revision)
        stands.append(texts_of(library, episode))

    assert stands == [["1."], ["1.", "Two."], ["One.", "Two."], ["1.", "Two."], ["1."]]


def test_what_was_undone_is_out_of_reach_after_another_edit_but_still_in_the_log(library: Library) -> None:
    episode = read_post(library, "One.", "Two.")
    with library.write() as session:
        first, second = (row.line.id for row in rows_of(session, episode))
        delete_lines(session, episode.id, [first], revision=1)
        undo(session, episode.id, revision=2)
        delete_lines(session, episode.id, [second], revision=3)

        with pytest.raises(EditRefused, match="nothing to redo"):
            redo(session, episode.id, revision=4)
        states = session.scalars(sql.select(Edit.state).order_by(Edit.id)).all()

    assert states == [EditState.DROPPED, EditState.DONE]


def test_an_edit_that_changes_nothing_is_none_and_redo_stays_possible(library: Library) -> None:
    episode = read_post(library, "One.")
    with library.write() as session:
        (row,) = rows_of(session, episode)
        edit_lines(session, episode.id, {row.line.id: Change("1.", "1.")}, revision=1)
        undo(session, episode.id, revision=2)

        nothing = edit_lines(session, episode.id, {row.line.id: Change(text="One.", pause_s=0.3)}, revision=3)
        again = redo(session, episode.id, revision=3)

    assert (nothing, again) == (Edited(episode.id, 3, ()), Edited(episode.id, 4, (row.line.id,)))
    assert texts_of(library, episode) == ["1."]


def test_there_is_nothing_to_undo_in_a_fresh_episode(library: Library) -> None:
    episode = read_post(library, "One.")

    with library.write() as session, pytest.raises(EditRefused, match="nothing to undo"):
        undo(session, episode.id, revision=1)


def test_what_is_not_there_is_named(library: Library) -> None:
    episode, other = read_post(library, "One."), read_post(library, "Two.", url="https://blog.test/other")
    with library.write() as session:
        (foreign,) = (row.line.id for row in rows_of(session, other))

        with pytest.raises(NotInLibrary, match="no episode 99"):
            undo(session, 99, revision=0)
        with pytest.raises(NotInLibrary, match="no line 99"):
            merge_lines(session, 99, revision=0)
        with pytest.raises(NotInLibrary, match=f"no line {foreign}"):
            delete_lines(session, episode.id, [foreign], revision=1)
        with pytest.raises(NotInLibrary, match="no take 99"):
            choose_take(session, foreign, 99, revision=1)
        with pytest.raises(EditRefused, match="behind itself"):
            move_lines(session, episode.id, [1], after=1, revision=2)
        with pytest.raises(EditRefused, match="pauses"):
            insert_line(session, episode.id, after=None, revision=2)


OPERATIONS = st.lists(
    st.tuples(
        st.sampled_from(["edit", "split", "merge", "delete", "move", "insert", "script", "take", "undo", "redo"]),
        st.integers(0, 5),
        st.integers(0, 5),
    ),
    max_size=12,
)


def carry_out(session: Session, episode: Episode, operation: tuple[str, int, int], revision: int) -> None:
    """One operation on lines picked by number; whatever is refused is refused."""
    name, a, b = operation
    rows = rows_of(session, episode)
    here, there = rows[a % len(rows)], rows[b % len(rows)].line.id
    line = here.line.id
    if name == "edit":
        edit_lines(session, episode.id, {line: Change(f"Edit {a}{b} now.", f"Edit {a}{b} now.")}, revision=revision)
    elif name == "split":
        split_line(session, line, at=b, spoken=("left", "right"), revision=revision)
    elif name == "merge":
        merge_lines(session, line, revision=revision)
    elif name == "delete":
        delete_lines(session, episode.id, [line], revision=revision)
    elif name == "move":
        move_lines(session, episode.id, [line], after=there, revision=revision)
    elif name == "insert":
        insert_line(session, episode.id, after=line, text="New.", spoken="New.", revision=revision)
    elif name == "script":
        texts = ["One cat sat.", "Two cats sat.", "Three dogs ran.", "Four."][: a + 1] + ["Last word."] * (b % 3)
        adopt_script(session, episode.id, None, [ScriptLine("prose", t, t, 0.2) for t in texts], revision=revision)
    elif name == "take":
        add_take(session, Recorded(here.version.id, "x.flac", 1.0, {"accepted": True}))
    else:
        {"undo": undo, "redo": redo}[name](session, episode.id, revision=revision)


def stand_of(library: Library, episode: Episode) -> list[tuple[int, int]]:
    with library.read() as session:
        return [(row.line.id, row.version.id) for row in rows_of(session, episode)]


@pytest.fixture(scope="session")
def long_lived(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    """One library for many examples."""
    library = open_library(tmp_path_factory.mktemp("long-lived"))
    yield library
    library.close()


@settings(max_examples=20)
@given(OPERATIONS)
def test_whatever_was_done_can_be_undone_to_the_last_and_done_again(
    long_lived: Library, operations: list[tuple[str, int, int]]
) -> None:
    url = f"https://blog.test/{uuid.uuid4()}"
    episode = read_post(long_lived, "One cat sat.", "Two cats sat.", "Three dogs ran.", url=url)
    first = stand_of(long_lived, episode)
    for operation in operations:
        with contextlib.suppress(CatwalkError, ZeroDivisionError), long_lived.write() as session:
            carry_out(session, episode, operation, session.get_one(Episode, episode.id).revision)
    last = stand_of(long_lived, episode)

    n_undone = 0
    while _undoes(long_lived, episode):
        n_undone += 1
    undone = stand_of(long_lived, episode)
    for _ in range(n_undone):
        with long_lived.write() as session:
            redo(session, episode.id, revision=session.get_one(Episode, episode.id).revision)

    assert undone == first
    assert stand_of(long_lived, episode) == last


def _undoes(library: Library, episode: Episode) -> bool:
    try:
        with library.write() as session:
            undo(session, episode.id, revision=session.get_one(Episode, episode.id).revision)
    except EditRefused:
        return False
    return True
