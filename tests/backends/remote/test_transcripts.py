"""Transcriptions are read as OpenAI writes them, and as others write them nearly so."""

from __future__ import annotations

from typing import Any

import pytest

from catwalk.backends.remote.transcripts import UNDETERMINED, read_transcription, to_language
from catwalk.tasks import Segment, TranscribeOptions, Word

PLAIN = TranscribeOptions()
TIMED = TranscribeOptions(words=True)


def segment(text: str, start: float, end: float, **more: Any) -> dict[str, Any]:
    return {"text": text, "start": start, "end": end, **more}


def word(text: str, start: float) -> dict[str, Any]:
    return {"word": text, "start": start, "end": start + 0.1}


def test_segments_keep_their_times_and_measures() -> None:
    said = segment(" Tea. ", 0.5, 1, avg_logprob=-0.3, no_speech_prob=0.1, compression_ratio=1.5, temperature=0.4)

    heard = read_transcription({"text": " Tea. ", "segments": [said]}, 2.0, PLAIN)

    assert heard.text == "Tea."
    assert heard.duration_s == 2.0
    assert heard.segments == (Segment("Tea.", 0.5, 1.0, -0.3, 0.1, 1.5, 0.4),)


def test_measures_that_are_missing_or_null_take_their_usual_values() -> None:
    heard = read_transcription({"text": "Tea.", "segments": [segment("Tea.", 0, 1, avg_logprob=None)]}, 1.0, PLAIN)

    assert heard.segments == (Segment("Tea.", 0.0, 1.0),)


def test_a_bare_text_is_one_segment_over_the_whole_recording() -> None:
    heard = read_transcription({"text": "Tea is ready."}, 2.5, TIMED)

    assert heard.segments == (Segment("Tea is ready.", 0.0, 2.5),)


def test_nothing_heard_is_no_segment() -> None:
    heard = read_transcription({"text": " ", "segments": [segment(" ", 0, 1)], "words": []}, 2.0, TIMED)

    assert (heard.text, heard.segments) == ("", ())


def test_every_word_goes_to_a_segment_also_between_two_and_before_the_first() -> None:
    body = {
        "text": "a b c d",
        "segments": [segment("a b", 0.2, 1.0), segment("c d", 2.0, 3.0)],
        "words": [word(" a", 0.1), word("b", 1.5), word("c", 1.9999), word("d", 2.5)],
    }

    heard = read_transcription(body, 3.0, TIMED)

    assert [[each.text for each in part.words] for part in heard.segments] == [["a", "b"], ["c", "d"]]


def test_words_may_stand_inside_their_segments() -> None:
    said = segment("Tea.", 0, 1, words=[{"word": " Tea.", "start": 0.25, "end": 0.5, "probability": 0.7}])

    heard = read_transcription({"text": "Tea.", "segments": [said]}, 1.0, TIMED)

    assert heard.segments[0].words == (Word("Tea.", 0.25, 0.5, 0.7),)


def test_words_that_nobody_asked_for_are_left_out() -> None:
    body = {"text": "Tea.", "segments": [segment("Tea.", 0, 1, words=[word("Tea.", 0)])], "words": [word("Tea.", 0)]}

    assert read_transcription(body, 1.0, PLAIN).segments[0].words == ()


def test_times_that_run_backwards_are_put_straight() -> None:
    heard = read_transcription({"text": "Tea.", "segments": [segment("Tea.", -0.1, -0.2)]}, 1.0, PLAIN)

    assert (heard.segments[0].start_s, heard.segments[0].end_s) == (0.0, 0.0)


@pytest.mark.parametrize(
    ("said", "wanted", "language"),
    [
        ("english", None, "en"),
        ("German", None, "de"),
        ("haitian creole", None, "ht"),
        ("en", None, "en"),
        ("yue", None, "yue"),
        (None, "fr", "fr"),
        ("english", "en", "en"),
        (None, None, UNDETERMINED),
        ("klingon", None, UNDETERMINED),
    ],
)
def test_a_language_is_a_code_whatever_it_was_called(said: str | None, wanted: str | None, language: str) -> None:
    assert to_language(said, wanted) == language


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"text": None},
        {"text": "a", "segments": ["a"]},
        {"text": "a", "segments": [{"text": "a", "start": "x", "end": 1}]},
    ],
)
def test_what_is_no_transcription_raises(body: dict[str, Any]) -> None:
    with pytest.raises((KeyError, TypeError, ValueError, AttributeError)):
        read_transcription(body, 1.0, PLAIN)
