from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catwalk.reader.article import Link
from catwalk.reader.policy import Pauses, ScriptPolicy
from catwalk.reader.scripting.prose import end_sentence, is_speakable, speak_framing, speak_text
from catwalk.reader.scripting.utterance import Manner


def manner(policy: ScriptPolicy = ScriptPolicy(), labels: frozenset[str] = frozenset({"1"})) -> Manner:  # frozen
    return Manner(policy, lambda text: text.replace("`", ""), labels)


def test_words_of_framing_are_spoken_but_are_not_text() -> None:
    utterances = speak_text(manner(), "Foxes sleep. They eat.", lead="Quote:", tail="End of quote.", end_s=1.0)

    assert [utterance.text for utterance in utterances] == ["Foxes sleep.", "They eat."]
    assert [utterance.spoken for utterance in utterances] == ["Quote: Foxes sleep.", "They eat. End of quote."]
    assert utterances[-1].pause_s == 1.0


def test_a_text_that_ends_in_a_colon_is_followed_by_a_short_silence() -> None:
    utterances = speak_text(manner(), "They eat:", end_s=1.0)

    assert utterances[0].pause_s == Pauses().colon_s


def test_a_footnote_belongs_to_the_end_of_the_sentence_that_refers_to_it() -> None:
    utterances = speak_text(manner(), "Foxes[^1] sleep. They eat.", end_s=1.0)

    assert [utterance.notes for utterance in utterances] == [("1",), ()]


def test_a_footnote_after_the_full_stop_belongs_to_the_sentence_before_it() -> None:
    utterances = speak_text(manner(), "Foxes sleep.[^1] They eat.", end_s=1.0)

    assert [utterance.notes for utterance in utterances] == [("1",), ()]


def test_a_footnote_in_a_parted_sentence_waits_for_its_end() -> None:
    utterances = speak_text(manner(), "Foxes[^1] sleep, " * 30 + "and eat.", end_s=1.0)

    assert len(utterances) > 1
    assert [bool(utterance.notes) for utterance in utterances] == [False] * (len(utterances) - 1) + [True]


def test_what_cannot_be_spoken_joins_what_stands_beside_it() -> None:
    utterances = speak_text(manner(), "— Foxes sleep. … !!!", end_s=1.0)

    assert len(utterances) == 1
    assert utterances[0].text == "— Foxes sleep. … !!!"


def test_punctuation_on_its_own_is_not_called_by_its_name() -> None:
    naming = Manner(ScriptPolicy(), lambda text: text.replace("…", "ellipsis"), frozenset())

    assert speak_text(naming, "…", end_s=1.0) == []


@pytest.mark.parametrize("text", ["", "…", "— —", "***", "(!)", "\n"])
def test_a_text_without_words_gives_nothing(text: str) -> None:
    assert speak_text(manner(), text, end_s=1.0) == []


def test_a_forced_line_break_parts_a_text_and_a_wrapped_line_does_not() -> None:
    utterances = speak_text(manner(), "Foxes sleep\nThey eat\nby night", end_s=1.0)

    assert [utterance.text for utterance in utterances] == ["Foxes sleep", "They eat by night"]


def test_vague_links_are_not_pointed_out_where_the_policy_says_so() -> None:
    links = [Link("here", "https://den.example")]

    pointed = speak_text(manner(), "Look here.", links=links, end_s=1.0)
    silent = speak_text(manner(ScriptPolicy(link_notes=False)), "Look here.", links=links, end_s=1.0)

    assert pointed[0].spoken == "Look here (link in post)."
    assert silent[0].spoken == "Look here."


@pytest.mark.parametrize(
    ("spoken", "ended"),
    [("Foxes", "Foxes."), ("Foxes.", "Foxes."), ("Foxes?”", "Foxes?”"), ("foxes:", "foxes:"), ("(foxes)", "(foxes).")],
)
def test_every_line_ends_in_a_way_that_can_be_heard(spoken: str, ended: str) -> None:
    assert end_sentence(spoken) == ended


def test_a_picture_character_can_be_spoken_and_punctuation_cannot() -> None:
    assert is_speakable("🦊")
    assert is_speakable("狐")
    assert not is_speakable("“…” — /")


def test_framing_that_is_too_long_is_cut_at_a_word() -> None:
    utterance = speak_framing(manner(), "fox " * 200, pause_s=1.0)

    assert len(utterance.spoken) <= 251
    assert utterance.spoken.endswith("fox.")


@given(st.lists(st.sampled_from(["fox", "den,", "and", "— so", "x" * 70, "end.", "3.14"]), min_size=1, max_size=200))
def test_no_line_is_longer_than_the_policy_says(words: list[str]) -> None:
    utterances = speak_text(manner(), " ".join(words), end_s=1.0)

    assert all(len(utterance.spoken) <= 251 for utterance in utterances)
    assert "".join("".join(utterance.text.split()) for utterance in utterances) == "".join("".join(words).split())
