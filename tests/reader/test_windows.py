"""Takes packed into windows, and the words heard handed back to the takes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from catwalk.audio.waveform import Waveform
from catwalk.reader.windows import Window, assign, join, list_words, pack
from catwalk.tasks import Segment, Transcription, Word

RATE = 100


def take(duration_s: float, value: float = 0.0) -> Waveform:
    return Waveform(np.full(round(duration_s * RATE), value, np.float32), RATE)


def window_of(*durations_s: float) -> Window:
    (window,) = pack([take(duration_s) for duration_s in durations_s], gap_s=0.5)
    return window


def hear(text: str, start_s: float, end_s: float) -> list[Word]:
    return list_words([Segment(text, start_s, end_s)])


def shares(window: Window, texts: list[str], words: list[Word]) -> list[str]:
    return [" ".join(word.text for word in share) for share in assign(window, texts, words)]


@given(st.lists(st.floats(0.1, 40.0), max_size=25), st.floats(0.0, 1.0))
def test_every_take_is_in_one_window_and_windows_are_not_overfull(durations_s: list[float], gap_s: float) -> None:
    windows = pack([take(duration_s) for duration_s in durations_s], window_s=29.0, gap_s=gap_s)

    assert sorted(index for window in windows for index in window.indices) == list(range(len(durations_s)))
    for window in windows:
        assert len(window.takes) == 1 or join(window).duration_s <= 29.0 + 0.01 * len(window.takes)
        assert list(window.indices) == sorted(window.indices)


def test_a_short_take_fills_the_room_that_a_long_one_left() -> None:
    windows = pack([take(20), take(15), take(8)], window_s=29.0)

    assert [window.indices for window in windows] == [(0, 2), (1,)]


def test_a_joined_window_has_its_takes_where_it_says() -> None:
    takes = [take(1.0, 0.1), take(2.0, 0.2), take(0.5, 0.3)]
    (window,) = pack(takes, gap_s=0.4)

    joined = join(window)

    for offset_s, each in zip(window.offsets_s, window.takes, strict=True):
        at = round(offset_s * RATE)
        assert np.array_equal(joined.samples[at : at + len(each.samples)], each.samples)
    assert joined.duration_s == pytest.approx(3.5 + 2 * 0.4)


def test_segments_without_word_times_get_them_by_length() -> None:
    words = list_words(Transcription("a bcd ef", "en", 9.0, (Segment("a bcd ef", 0.0, 9.0),)))

    assert [(word.text, word.start_s, word.end_s) for word in words] == [
        ("a", 0.0, 2.0), ("bcd", 2.0, 6.0), ("ef", 6.0, 9.0),
    ]  # fmt: skip


def test_word_times_are_kept_where_there_are_any() -> None:
    timed = (Word("hello", 1.0, 1.5, 0.9),)

    assert list_words([Segment("hello", 0.0, 5.0, words=timed)]) == list(timed)


def test_words_go_to_the_take_that_was_to_say_them() -> None:
    window = window_of(3.0, 3.0)

    got = shares(window, ["The cat sat down.", "A dog stood up."], hear("The cat sat down. A dog stood up.", 0.0, 6.5))

    assert got == ["The cat sat down.", "A dog stood up."]


def test_times_count_from_the_start_of_the_take() -> None:
    window = window_of(3.0, 3.0)
    words = [Word("one", 0.5, 1.0, 0.9), Word("more", 4.0, 4.5, 0.8)]

    (_, (second,)) = assign(window, ["One.", "More."], words)

    assert (second.start_s, second.end_s, second.probability) == (0.5, 1.0, 0.8)


def test_drifting_times_do_not_move_words_that_fit() -> None:
    window = window_of(3.0, 3.0)
    words = [*hear("The cat sat", 0.0, 2.0), *hear("down. A dog", 3.6, 4.4), *hear("stood up.", 4.4, 6.5)]

    assert shares(window, ["The cat sat down.", "A dog stood up."], words) == ["The cat sat down.", "A dog stood up."]


def test_a_word_missing_at_the_end_is_not_taken_from_the_next_start() -> None:
    window = window_of(3.0, 3.0)
    words = [*hear("This is what it came", 0.0, 2.5), *hear("to be or not to be", 3.6, 6.4)]

    got = shares(window, ["This is what it came to", "To be or not to be"], words)

    assert got == ["This is what it came", "to be or not to be"]


def test_of_two_takes_with_one_text_the_time_decides() -> None:
    window = window_of(3.0, 3.0)

    assert shares(window, ["Yes, indeed.", "Yes, indeed."], hear("Yes, indeed.", 4.0, 6.0)) == ["", "Yes, indeed."]
    assert shares(window, ["Yes, indeed.", "Yes, indeed."], hear("Yes, indeed.", 0.5, 2.5)) == ["Yes, indeed.", ""]


def test_words_too_many_stay_where_they_were_heard() -> None:
    window = window_of(3.0, 3.0)
    early = [*hear("The cat sat down sat down", 0.0, 2.9), *hear("A dog stood up", 3.6, 6.4)]
    late = [*hear("The cat sat down", 0.0, 2.9), *hear("yes yes A dog stood up", 3.6, 6.4)]

    texts = ["The cat sat down", "A dog stood up"]

    assert shares(window, texts, early) == ["The cat sat down sat down", "A dog stood up"]
    assert shares(window, texts, late) == ["The cat sat down", "yes yes A dog stood up"]


def test_a_take_in_which_nothing_was_heard_gets_no_words() -> None:
    window = window_of(3.0, 3.0, 3.0)
    words = [*hear("The cat sat down", 0.0, 2.9), *hear("A bird flew off", 7.0, 9.9)]

    got = shares(window, ["The cat sat down", "A dog stood up", "A bird flew off"], words)

    assert got == ["The cat sat down", "", "A bird flew off"]


def test_another_text_in_one_take_leaves_the_others_alone() -> None:
    window = window_of(3.0, 3.0, 3.0)
    words = [
        *hear("The cat sat down", 0.0, 2.9),
        *hear("quarterly profits rose again", 3.6, 6.4),
        *hear("A bird flew off", 7.0, 9.9),
    ]

    got = shares(window, ["The cat sat down", "A dog stood up", "A bird flew off"], words)

    assert got == ["The cat sat down", "quarterly profits rose again", "A bird flew off"]


def test_figures_go_to_the_take_that_has_them_in_words() -> None:
    window = window_of(3.0, 3.0)
    words = [*hear("It was 2023 or", 0.0, 2.9), *hear("$5 more than that", 3.6, 6.4)]

    got = shares(window, ["It was twenty twenty three or", "five dollars more than that"], words)

    assert got == ["It was 2023 or", "$5 more than that"]


@given(
    st.lists(st.sampled_from(["the", "cat", "sat", "on", "a", "mat", "my", "dog", "12", "—", "..."]), max_size=30),
    st.integers(1, 4),
)
def test_no_word_is_lost_or_doubled(heard: list[str], n_takes: int) -> None:
    window = window_of(*[2.0] * n_takes)
    words = [Word(text, index * 0.3, index * 0.3 + 0.3, 1.0) for index, text in enumerate(heard)]

    got = assign(window, ["the cat sat on my mat"] * n_takes, words)

    assert [word.text for share in got for word in share] == heard
