"""What is accepted, what is rejected, and why."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from catwalk.audio.waveform import Waveform
from catwalk.reader.pace import expect_duration_s
from catwalk.reader.verify import Verdict, VerifyPolicy, judge
from catwalk.tasks import Segment, Transcription, Word

RATE = 16_000
TEXT = "The repository is not in the usual place, so clone it from the mirror."


def take(text: str, *, pace: float = 1.0, before_s: float = 0.2, after_s: float = 0.3) -> Waveform:
    """Sound as long as the text should take, that changes like speech, between two silences."""
    rng = np.random.default_rng(len(text))
    n = RATE // 20
    t = np.arange(n) / RATE
    pieces = [
        sum(np.sin(2 * np.pi * hz * t) for hz in rng.uniform(150, 5000, 4)) * np.hanning(n) * rng.uniform(0.02, 0.1)
        for _ in range(max(1, round(expect_duration_s(text) * pace * 20)))
    ]
    body = Waveform(np.concatenate(pieces).astype(np.float32), RATE)
    return Waveform.join([Waveform.silence(before_s, RATE), body, Waveform.silence(after_s, RATE)])


def verdict_on(heard: str, *, text: str = TEXT) -> Verdict:
    return judge(text, heard, take(text))


def test_a_take_that_says_the_text_is_accepted() -> None:
    verdict = verdict_on("The repository is not in the usual place, so clone it from the mirror.")

    assert verdict.accepted
    assert (verdict.wer, verdict.missing, verdict.extra, verdict.reasons) == (0.0, (), (), ())
    assert verdict.duration_ratio == pytest.approx(1.0, abs=0.05)
    assert verdict.speech_ratio > 0.9
    assert verdict.score > 0.9


@pytest.mark.parametrize(
    ("text", "heard"),
    [
        ("Norvig built the unifier in twenty twenty-three.", "Norvik built the Unifire in 2023."),
        ("It costs five dollars, about ten percent more.", "It costs $5, about 10% more."),
        ("I'm sure they don't have a web site.", "I am sure they do not have a website."),
        ("The colour of the modelling grey clay", "The color of the modeling gray clay."),
        ("The A P I of our S D K", "The API of our SDK."),
        ("Um, okay, that is all right.", "OK, that's alright."),
        ("Their knight won two of them.", "There night one too of them"),
        ("An e-mail about co-operation", "An email about cooperation."),
        ("A step-by-step guide", "A step -by -step guide."),
        ("As always, I'll let you know.", "As always, I let you know."),
        ("That might be a next step, I guess.", "That might be the next step, I guess."),
        ("Version three point one four of it", "Version 3.14 of it."),
        ("the text of each audiofied post", "The text of each audio fide post."),
        ("The inaimathi repository on github", "The in-a-mathy repository on GitHub."),
        ("It was moved from three O five P M to noon.", "It was moved from 305 p.m. to noon."),
        ("Return the weighed list, 'cause it is short.", "Return the wade list. Cause it is short."),
        ("Clone it from clomments dot git.", "Clone it from clomence.git."),
        ("Version three point five of it", "Version 3dot5 of it."),
        ('Think of it as "oh, this is good".', "Think of it as O. This is good."),
        ("Bi directional travel", "By directional travel."),
        ("It was ten O seven when they came back on.", "It was 10.07 when they came back on."),
    ],
)
def test_what_a_transcriber_writes_otherwise_is_forgiven(text: str, heard: str) -> None:
    verdict = verdict_on(heard, text=text)

    assert verdict.accepted, verdict.reasons


def test_words_that_the_listener_finds_likely_are_forgiven_when_judged_once_more() -> None:
    heard = "The library is not in the usual place, so clone it from the window."
    first = judge(TEXT, heard, take(TEXT))

    settled = judge(TEXT, heard, take(TEXT), likely=first.doubts)
    half = judge(TEXT, heard, take(TEXT), likely=first.doubts[:1])

    assert [doubt.expected for doubt in first.doubts] == ["repository", "mirror"]
    assert settled.accepted
    assert settled.heard == heard
    assert (half.accepted, half.missing) == (False, ("mirror",))


@pytest.mark.parametrize(
    "heard",
    [
        "The repository is in the usual place, so clone it from the window.",
        "A train went by without stopping, and nobody looked up from the paper.",
        "The repository is not in the usual place, so clone it from the mirror mirror.",
    ],
)
def test_what_the_listener_cannot_settle_leaves_no_doubt(heard: str) -> None:
    verdict = verdict_on(heard)

    assert not verdict.accepted
    assert verdict.doubts == ()


@pytest.mark.parametrize(
    ("heard", "reason"),
    [
        ("The repository is in the usual place, so clone it from the mirror.", "missing 'not'"),
        ("The repository is now in the usual place, so clone it from the mirror.", "heard 'now' for 'not'"),
        ("The repository is not in the usual place.", "missing 'so clone it from the mirror'"),
        ("The repository is not in usual place, so clone it from the mirror.", "missing 'the'"),
        ("The repository is not in the usual place place, so clone it from the mirror.", "repeated 'place'"),
        ("The repository is not in the usual in the usual place, so clone it from the mirror.", "repeated"),
        ("The repository is really not in the usual place, so clone it from the mirror.", "added 'really'"),
        ("The repository is not in the kitchen place, so clone it from the mirror.", "heard 'kitchen' for 'usual'"),
        ("Clone it from the mirror so the repository is not in the usual place.", "out of order"),
        ("", "nothing was heard"),
    ],
)
def test_a_fault_is_rejected_with_its_reason(heard: str, reason: str) -> None:
    verdict = verdict_on(heard)

    assert not verdict.accepted
    assert any(reason in each for each in verdict.reasons), verdict.reasons
    assert verdict.wer > 0


@pytest.mark.parametrize("negation", ["not", "never", "no"])
def test_a_lost_negation_is_rejected_however_it_is_written(negation: str) -> None:
    text = f"There was {negation} such thing to see in this town."

    assert not verdict_on("There was such thing to see in this town.", text=text).accepted


def test_a_contracted_negation_counts_as_one() -> None:
    assert not verdict_on("We can see it.", text="We can't see it.").accepted
    assert not verdict_on("We can't see it.", text="We can see it.").accepted


def test_a_negation_is_not_forgiven_for_a_word_that_sounds_much_like_it() -> None:
    verdict = verdict_on("There is now way to tell.", text="There is no way to tell.")

    assert verdict.reasons == ("heard 'now' for 'no'",)


@pytest.mark.parametrize(
    ("text", "heard"),
    [
        ("It took seventeen years to build.", "It took 70 years to build."),
        ("It took forty days and more.", "It took fourteen days and more."),
        ("There are five of them at the door.", "There are nine of them at the door."),
    ],
)
def test_another_number_is_not_forgiven_though_it_sounds_much_alike(text: str, heard: str) -> None:
    assert not verdict_on(heard, text=text).accepted


def test_one_small_word_heard_for_another_is_forgiven() -> None:
    assert verdict_on("It works when the sense that", text="It works in the sense that").accepted
    assert not verdict_on("It works kitchen the sense that", text="It works in the sense that").accepted


def test_a_homophone_of_a_negation_is_forgiven() -> None:
    assert verdict_on("There is know way to tell.", text="There is no way to tell.").accepted


def test_short_lines_are_forgiven_by_a_wider_margin_but_not_another_text() -> None:
    assert verdict_on("Combat.", text="Comet").accepted
    assert not verdict_on("Thanks for watching!", text="Comet").accepted


def test_a_word_swallowed_by_a_misheard_neighbour_is_missed() -> None:
    verdict = verdict_on("Preliminary impressions small tuck", text="Preliminary impressions of Smalltalk")

    assert verdict.missing == ("of",)


def _samples(wave: Waveform) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
    return np.array(wave.samples)


def _with_silence(wave: Waveform) -> Waveform:
    middle = len(wave.samples) // 2
    silence = np.zeros(2 * RATE, np.float32)
    return Waveform(np.concatenate([wave.samples[:middle], silence, wave.samples[middle:]]), RATE)


def _clipped(wave: Waveform) -> Waveform:
    return Waveform(np.clip(wave.samples * 20, -1, 1), RATE)


def _noisy(wave: Waveform) -> Waveform:
    noise = np.random.default_rng(0).standard_normal(len(wave.samples)).astype(np.float32)
    return Waveform(wave.samples + 0.02 * noise, RATE)


def _burst(wave: Waveform) -> Waveform:
    samples = _samples(wave)
    samples[RATE : 2 * RATE] += 0.1 * np.random.default_rng(0).standard_normal(RATE).astype(np.float32)
    return Waveform(samples, RATE)


def _with_chord(wave: Waveform) -> Waveform:
    t = np.arange(RATE) / RATE
    chord = np.sum([0.03 * np.sin(2 * np.pi * hz * t) for hz in (220.0, 277.2, 329.6)], axis=0)
    return Waveform(np.concatenate([wave.samples, chord.astype(np.float32), np.zeros(RATE // 5, np.float32)]), RATE)


def _cut_off(wave: Waveform) -> Waveform:
    return Waveform(wave.samples[: -round(0.625 * RATE)], RATE)


def _half(wave: Waveform) -> Waveform:
    return Waveform(np.concatenate([wave.samples[: len(wave.samples) // 2], np.zeros(RATE // 4, np.float32)]), RATE)


def _doubled(wave: Waveform) -> Waveform:
    return Waveform.join([wave, wave])


def _stuttered(wave: Waveform) -> Waveform:
    return Waveform(np.concatenate([wave.samples[: 2 * RATE], wave.samples[round(1.4 * RATE) :]]), RATE)


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (lambda wave: Waveform.silence(wave.duration_s, RATE), "silent"),
        (_with_silence, "s of silence inside, at"),
        (_clipped, "clipped"),
        (_noisy, "music or noise behind the voice"),
        (_burst, "a burst of noise"),
        (_with_chord, "a held tone"),
        (_cut_off, "cut off at the end"),
        (_half, "too short"),
        (_doubled, "too long"),
        (_stuttered, "s of sound comes again"),
        (lambda wave: Waveform.join([wave, Waveform.silence(3.0, RATE)]), "s of silence at the end"),
        (lambda wave: Waveform.join([Waveform.silence(3.0, RATE), wave]), "s of silence at the start"),
    ],
)
def test_a_spoiled_recording_is_rejected_though_every_word_was_heard(spoil: object, reason: str) -> None:
    assert callable(spoil)

    verdict = judge(TEXT, TEXT, spoil(take(TEXT)))

    assert not verdict.accepted
    assert any(reason in each for each in verdict.reasons), verdict.reasons
    assert not verdict.may_be_misheard or "comes again" in reason


def test_a_known_pace_judges_lengths_more_strictly() -> None:
    slow = take(TEXT, pace=1.45)

    assert judge(TEXT, TEXT, slow).accepted
    assert not judge(TEXT, TEXT, slow, policy=VerifyPolicy(pace=1.0)).accepted
    assert judge(TEXT, TEXT, slow, policy=VerifyPolicy(pace=1.4)).accepted


def test_a_close_start_is_borne_when_the_first_word_was_heard() -> None:
    close = take(TEXT, before_s=0.0)
    abrupt = Waveform(close.samples[RATE // 40 :], RATE)

    assert judge(TEXT, TEXT, abrupt).accepted
    assert "starts abruptly" in judge(TEXT, TEXT.replace("The", "A pity"), abrupt).reasons


def test_edges_are_not_looked_at_where_the_policy_says_so() -> None:
    cut = Waveform(take(TEXT).samples[: -round(0.325 * RATE)], RATE)

    assert not judge(TEXT, TEXT, cut).accepted
    assert judge(TEXT, TEXT, cut, policy=VerifyPolicy(check_edges=False)).accepted


def test_sound_that_no_word_accounts_for_is_rejected() -> None:
    texts = TEXT.split()
    step_s = (take(TEXT).duration_s - 0.5) / len(texts)
    words = [Word(text, 0.2 + i * step_s, 0.2 + (i + 1) * step_s, 0.9) for i, text in enumerate(texts)]
    babbling = Waveform.join([take(TEXT), take("and so on it went for ever")])

    assert judge(TEXT, words, take(TEXT)).accepted
    assert any("no word accounts for" in reason for reason in judge(TEXT, words, babbling).reasons)


@pytest.mark.parametrize(
    ("text", "heard"),
    [
        (TEXT, ""),
        (TEXT, "The repository is not in the usual place"),
        (TEXT, TEXT + " you"),
        (TEXT, "me and " * 40),
        ("Whew!", "Lovely day."),
    ],
)
def test_words_that_were_heard_wrong_may_have_been_misheard(text: str, heard: str) -> None:
    verdict = verdict_on(heard, text=text)

    assert not verdict.accepted
    assert verdict.may_be_misheard


def test_no_other_hearing_clears_what_the_samples_show() -> None:
    assert not judge(TEXT, TEXT, _half(take(TEXT))).may_be_misheard
    assert not judge(TEXT, TEXT.replace("not ", ""), _half(take(TEXT))).may_be_misheard
    assert not verdict_on(TEXT).may_be_misheard


def test_link_in_post_may_be_heard_as_a_name() -> None:
    assert verdict_on(
        "They have a notebook here, Lincoln Post.", text="They have a notebook here, link in post."
    ).accepted


def test_an_accepted_take_scores_higher_than_any_rejected_one() -> None:
    worst_accepted = verdict_on("The repositary is not in the yusual place, so clown it from the mirra.")
    best_rejected = verdict_on(TEXT.replace("not ", ""))

    assert worst_accepted.accepted
    assert not best_rejected.accepted
    assert worst_accepted.score > 0.5 > best_rejected.score


def test_fewer_faults_score_higher() -> None:
    assert verdict_on(TEXT.replace("not ", "")).score > verdict_on("Something else was said.").score


def test_words_transcription_and_text_give_the_same_verdict() -> None:
    spread = tuple(Word(text, 0.2 + 0.3 * i, 0.5 + 0.3 * i, 1.0) for i, text in enumerate(TEXT.split()))
    transcription = Transcription(TEXT, "en", 5.0, (Segment(TEXT, 0.2, 4.5),))

    assert judge(TEXT, spread, take(TEXT)) == judge(TEXT, TEXT, take(TEXT)) == judge(TEXT, transcription, take(TEXT))


def test_the_verdict_prints_as_json() -> None:
    printed = json.loads(json.dumps(verdict_on(TEXT.replace("not ", "")).to_json()))

    assert printed["accepted"] is False
    assert printed["missing"] == ["not"]
    assert set(printed) == {
        "accepted", "wer", "missing", "extra", "duration_ratio", "speech_ratio", "heard", "reasons", "score",
        "may_be_misheard",
    }  # fmt: skip


@given(st.text(max_size=60), st.text(max_size=60))
def test_any_pair_of_texts_can_be_judged(text: str, heard: str) -> None:
    verdict = judge(text, heard, take("some words of sound"))

    assert 0.0 <= verdict.score <= 1.0
    assert verdict.accepted is (not verdict.reasons)


@given(st.lists(st.sampled_from(TEXT.split()), min_size=3, max_size=20))
def test_a_text_heard_as_it_is_has_no_word_errors(words: list[str]) -> None:
    text = " ".join(words)

    verdict = judge(text, text, take(text))

    assert (verdict.wer, verdict.missing, verdict.extra) == (0.0, (), ())


def test_the_policy_can_be_changed() -> None:
    strict = replace(VerifyPolicy(), alike=0.0, alike_rare=0.0)

    assert not judge(
        "Norvig built it all.", "Novak built it all.", take("Norvig built it all."), policy=strict
    ).accepted


@pytest.mark.parametrize(
    ("text", "heard"),
    [
        ("the even chonk of the thing there", "The even trunk of the thing there."),
        ("we built a dataset there for it", "We built a day or set there for it."),
        ("in your n dimensional space here", "In your and dimensional space here."),
    ],
)
def test_a_rare_word_may_be_heard_as_one_that_is_like_it(text: str, heard: str) -> None:
    verdict = verdict_on(heard, text=text)

    assert verdict.accepted, verdict.reasons


@pytest.mark.parametrize(
    ("text", "heard"),
    [
        ("the most useful chart in the report", "The most useful charge in the report."),
        ("every window in the street was dark then", "Every window in the street was park then."),
    ],
)
def test_a_common_word_is_not_forgiven_for_another_that_is_as_like_it(text: str, heard: str) -> None:
    assert not verdict_on(heard, text=text).accepted
