from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catwalk.audio.waveform import Waveform
from catwalk.library.takes import TimedWord
from catwalk.reader.timing import shift_words, spread_words, time_words

RATE_HZ = 16_000


def hum(duration_s: float) -> Waveform:
    """A vowel of sorts."""
    at = np.arange(round(duration_s * RATE_HZ)) / RATE_HZ
    tones = np.sum([np.sin(2 * np.pi * 120 * k * at) / k for k in range(1, 20)], axis=0)
    return Waveform((0.1 * tones).astype(np.float32), RATE_HZ)


def utter(*lengths_s: float) -> Waveform:
    """Hums of these lengths; a negative length is silence."""
    return Waveform.join([hum(each) if each > 0 else Waveform.silence(-each, RATE_HZ) for each in lengths_s])


def starts(words: tuple[TimedWord, ...]) -> list[float]:
    return [word.start_s for word in words]


def test_words_lie_on_either_side_of_a_pause() -> None:
    take = utter(-0.3, 0.5, -0.6, 0.5, -0.3)

    before, after = time_words("Away, away", "Away, away", take)

    assert before.start_s == pytest.approx(0.3, abs=0.06)
    assert after.start_s == pytest.approx(1.4, abs=0.06)
    assert before.end_s == pytest.approx(0.8, abs=0.06)
    assert after.end_s == pytest.approx(1.9, abs=0.06)


def test_longer_words_take_longer() -> None:
    short, long = time_words("my memorial", "my memorial", utter(-0.2, 0.8, -0.2))

    assert long.end_s - long.start_s > 1.5 * (short.end_s - short.start_s)


def test_a_number_lasts_as_long_as_its_words() -> None:
    text, spoken = "We ate 25 of them.", "We ate twenty five of them."
    take = utter(-0.2, 1.6, -0.2)

    shown, said = time_words(text, spoken, take), time_words(spoken, spoken, take)

    assert [word.text for word in shown] == text.split()
    assert shown[2].start_s == pytest.approx(said[2].start_s, abs=0.02)
    assert shown[2].end_s == pytest.approx(said[3].end_s, abs=0.05)
    assert shown[4].start_s == pytest.approx(said[5].start_s, abs=0.02)


def test_words_of_framing_before_the_text_are_not_counted_to_its_first_word() -> None:
    take = utter(-0.2, 0.4, -0.5, 0.8, -0.2)

    first, _ = time_words("Mama lives", "Quote: Mama lives", take)

    assert first.start_s > 0.9


def test_a_dash_has_no_length() -> None:
    words = time_words("now — or never", "now, or never", utter(-0.2, 1.2, -0.2))

    assert words[1].start_s == words[1].end_s
    assert words[0].start_s < words[1].start_s <= words[2].start_s


def test_a_word_that_is_said_in_an_unforeseen_way_gets_what_its_neighbours_leave() -> None:
    spoken = "ring a long low unheard of melody now"
    take = utter(-0.2, 2.4, -0.2)

    shown, said = time_words("ring 🜨🜨 now", spoken, take), time_words(spoken, spoken, take)

    assert shown[1].start_s == pytest.approx(said[1].start_s, abs=0.1)
    assert shown[2].start_s == pytest.approx(said[-1].start_s, abs=0.1)


def test_words_in_another_script_are_told_apart_by_the_pauses_between_them() -> None:
    first, second = time_words("こんにちは、 世界", "こんにちは、 世界", utter(-0.2, 0.7, -0.5, 0.4, -0.2))

    assert first.start_s < 0.5
    assert first.end_s <= second.start_s
    assert second.end_s > 1.5


@pytest.mark.parametrize(
    "take", [Waveform.silence(0, RATE_HZ), Waveform.silence(0.01, 24_000), Waveform.silence(3, 8000)]
)
def test_a_take_without_sound_has_words_all_the_same(take: Waveform) -> None:
    words = time_words("one two three", "one two three", take)

    assert len(words) == 3
    assert all(0 <= word.start_s <= word.end_s <= take.duration_s for word in words)


def test_no_text_has_no_words() -> None:
    assert time_words("", "Hello.", hum(0.5)) == ()
    assert time_words(" ", "", hum(0.5)) == ()


WORDS = ("the", "cat", "sat,", "on", "42", "NASA's", "—", "mats.", "é", "世界", "don't", "x_y", "$5")
TEXTS = st.one_of(st.text(max_size=60), st.lists(st.sampled_from(WORDS), max_size=12).map(" ".join))


@st.composite
def takes(draw: st.DrawFn) -> Waveform:
    """Stretches of hum, noise and silence."""
    rng = np.random.default_rng(draw(st.integers(0, 99)))
    pieces = [Waveform.silence(0.01, RATE_HZ)]
    for kind, length_s in draw(st.lists(st.tuples(st.sampled_from("hns"), st.floats(0.01, 0.6)), max_size=6)):
        noise = rng.normal(0, 0.1, round(length_s * RATE_HZ)).astype(np.float32)
        silence = Waveform.silence(length_s, RATE_HZ)
        pieces.append({"h": hum(length_s), "n": Waveform(noise, RATE_HZ), "s": silence}[kind])
    return Waveform.join(pieces)


@settings(deadline=None, max_examples=40)
@given(TEXTS, TEXTS, takes())
def test_there_is_one_time_for_each_word_in_order_and_inside_the_take(text: str, spoken: str, take: Waveform) -> None:
    for shown in (text, spoken):
        words = time_words(shown, spoken, take)

        assert [word.text for word in words] == shown.split()
        assert all(0 <= word.start_s <= word.end_s <= take.duration_s for word in words)
        assert all(word.end_s <= following.start_s + 1e-9 for word, following in pairwise(words))


@given(TEXTS, st.floats(-5, 5), st.floats(0, 10), st.floats(0, 10))
def test_shifted_words_stay_in_order_and_within_their_limits(
    text: str, by_s: float, start_s: float, length_s: float
) -> None:
    shifted = shift_words(spread_words(text, 0.0, 3.0), by_s, start_s=start_s, end_s=start_s + length_s)

    times = [at_s for word in shifted for at_s in (word.start_s, word.end_s)]
    assert times == sorted(times)
    assert all(start_s <= at_s <= start_s + length_s for at_s in times)


def test_a_shift_that_fits_moves_each_word_by_it() -> None:
    words = spread_words("two words", 0.5, 1.5)

    assert starts(shift_words(words, 2.0, start_s=0, end_s=9)) == [each + 2.0 for each in starts(words)]
