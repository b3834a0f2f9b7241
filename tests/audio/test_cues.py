import re
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from catwalk.audio.cues import Cue, lay_out, to_srt, to_vtt

LONG = (
    "The first part of this sentence is rather long, as sentences in posts are; the second part follows it, and then "
    "there is a third one which nobody would want to see on one screen together with the others."
)


def test_a_short_cue_is_one_line_of_webvtt() -> None:
    text = to_vtt([Cue(0.2, 2.5, "Hello,  there.")])

    assert text == "WEBVTT\n\n00:00:00.200 --> 00:00:02.500\nHello, there.\n"


def test_each_word_but_the_first_has_its_time_in_webvtt() -> None:
    text = to_vtt([Cue(0.2, 2.5, "Hello, <dear> reader.", (0.2, 0.75, 1.5))])

    line = "Hello, <00:00:00.750>&lt;dear&gt; <00:00:01.500>reader."
    assert text == f"WEBVTT\n\n00:00:00.200 --> 00:00:02.500\n{line}\n"


def test_a_time_that_does_not_ascend_or_is_outside_of_the_cue_is_left_out() -> None:
    text = to_vtt([Cue(1, 2, "a b c d e", (1.0, 1.0, 1.5, 1.5, 2.0))])

    assert text.endswith("\na b <00:00:01.500>c d e\n")


def test_a_long_sentence_is_split_where_its_words_begin() -> None:
    n_words = len(LONG.split())
    starts_s = tuple(10 + 0.01 * number**2 for number in range(n_words))

    cues = list(lay_out([Cue(10, 60, LONG, starts_s)]))

    assert sum((cue.word_starts_s for cue in cues), ()) == starts_s
    assert all(cue.start_s == cue.word_starts_s[0] for cue in cues)
    assert all(cue.end_s == following.start_s for cue, following in pairwise(cues))
    assert cues[-1].end_s == 60


def test_subrip_has_no_word_times() -> None:
    assert to_srt([Cue(0, 1, "One two.", (0.0, 0.5))]).endswith("\nOne two.\n")


def test_subrip_numbers_its_cues_and_writes_commas() -> None:
    text = to_srt([Cue(0, 1, "One."), Cue(3661.5, 3662, "Two.")])

    assert text == "1\n00:00:00,000 --> 00:00:01,000\nOne.\n\n2\n01:01:01,500 --> 01:01:02,000\nTwo.\n"


def test_no_cues_make_an_empty_file() -> None:
    assert to_vtt([]) == "WEBVTT\n"
    assert to_srt([]) == ""


def test_a_cue_without_words_is_left_out() -> None:
    assert list(lay_out([Cue(0, 1, " \n ")])) == []


def test_a_long_sentence_is_split_over_its_time_where_it_pauses() -> None:
    first, *_, last = cues = list(lay_out([Cue(10, 20, LONG)]))

    assert (first.start_s, last.end_s) == (10, 20)
    assert all(cue.end_s == following.start_s for cue, following in pairwise(cues))
    assert first.text.endswith(";")


def test_a_part_of_a_sentence_is_shown_as_long_as_its_share_of_the_characters() -> None:
    cues = list(lay_out([Cue(0, 10, LONG)]))

    n_chars = sum(len(cue.text) for cue in cues)
    for cue in cues:
        assert abs((cue.end_s - cue.start_s) - 10 * len(cue.text) / n_chars) < 0.2


def test_a_sentence_is_not_ended_by_a_scrap() -> None:
    cues = list(lay_out([Cue(0, 10, "word " * 27 + "end")]))

    assert min(len(cue.text) for cue in cues) > 30


def test_markup_in_webvtt_is_escaped() -> None:
    text = to_vtt([Cue(0, 1, "a <b> & c --> d")])

    assert text.endswith("a &lt;b&gt; &amp; c --&gt; d\n")


def test_an_arrow_in_subrip_cannot_be_taken_for_a_time_line() -> None:
    assert to_srt([Cue(0, 1, "a --> b")]).endswith("a -> b\n")


def test_an_end_before_its_start_gives_no_negative_length() -> None:
    assert "00:00:02.000 --> 00:00:02.000" in to_vtt([Cue(2, 1, "Oops.")])


@given(st.text(max_size=600), st.floats(0, 1e5), st.floats(0, 100))
def test_lines_fit_and_no_word_is_lost(text: str, start_s: float, length_s: float) -> None:
    cues = list(lay_out([Cue(start_s, start_s + length_s, text)]))

    lines = [line for cue in cues for line in cue.text.split("\n")]
    assert all(len(line) <= 65 for line in lines)
    assert all(cue.text.count("\n") <= 1 for cue in cues)
    assert all(cue.start_s <= cue.end_s for cue in cues)
    assert re.sub(r"\s", "", "".join(lines)) == re.sub(r"\s", "", "".join(text.replace("\0", "").split()))


@given(
    st.lists(st.tuples(st.text(max_size=90), st.floats(-10, 300)), max_size=40), st.floats(0, 1e4), st.floats(0, 100)
)
def test_times_in_webvtt_ascend_within_their_cue(
    said: list[tuple[str, float]], start_s: float, length_s: float
) -> None:
    words = " ".join(word for word, _ in said)
    starts_s = tuple(sorted(start_s + at_s for _, at_s in said))[: len(words.replace("\0", "").split())]

    text = to_vtt([Cue(start_s, start_s + length_s, words, starts_s)])

    for block in text.split("\n\n")[1:]:
        times = re.findall(r"\d\d:\d\d:\d\d\.\d{3}", re.sub(r"^(\S+) --> (\S+)\n((?s:.*))", r"\1 \3 \2", block))
        marks = re.findall(r"<(\d\d:\d\d:\d\d\.\d{3})>", block)
        assert not marks or [times[0], *marks, times[-1]] == sorted({times[0], *marks, times[-1]})
