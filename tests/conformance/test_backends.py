"""What every backend in the table must do, run in this process on the real models that packages carry."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from catwalk.audio.resample import resample
from catwalk.audio.waveform import Waveform
from catwalk.backends import TABLE, import_backend
from catwalk.errors import CatwalkError, InvalidRequest, LoadFailed, UnknownVoice
from catwalk.serving import weights
from catwalk.serving.catalog import ModelSpec
from catwalk.serving.resident import check_installed
from catwalk.tasks import Backend, Segment, Task, TranscribeOptions, Transcription, VoiceRef
from tiny import ENVIRONMENTS_HOME, FAR, FOUND, SPECS, backends_in_force, performing

SENTENCES = "The kettle is on. Would you like some tea? The cake is almost ready."

speakers = performing(Task.SYNTHESIZE)
local_speakers = performing(Task.SYNTHESIZE, without=(FAR, "replicate"))  # what travels is cut elsewhere
listeners = performing(Task.TRANSCRIBE)
every = pytest.mark.parametrize("backend", backends_in_force(), indirect=True)


def voice_of(backend: Any) -> VoiceRef:
    return VoiceRef(backend.voices()[0].name)


def test_every_backend_in_the_table_has_a_model_to_be_tried_with() -> None:
    assert {*SPECS, *FOUND, FAR} == set(TABLE)


@every
def test_a_backend_keeps_the_contract_of_its_tasks(backend: Any) -> None:
    assert isinstance(backend, Backend)
    assert backend.tasks
    assert backend.lanes >= 1
    for task in backend.tasks:
        assert inspect.signature(getattr(backend, task)).parameters


@pytest.mark.parametrize("name", backends_in_force())
def test_what_a_backend_says_it_needs_can_be_probed(name: str) -> None:
    kind = import_backend(TABLE[name])
    spec = ModelSpec(name, name, TABLE[name], kind.tasks, kind.requires)

    check_installed(spec, ENVIRONMENTS_HOME)


@pytest.mark.parametrize("name", backends_in_force())
def test_an_option_that_does_not_exist_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidRequest, match="colour"):
        import_backend(TABLE[name]).load(tmp_path, {"colour": "red"})


@pytest.mark.parametrize("spec", [spec for spec in SPECS.values() if spec.weights], ids=lambda spec: spec.name)
def test_weights_that_are_not_there_are_an_error_of_the_tree(spec: ModelSpec, tmp_path: Path) -> None:
    with pytest.raises(CatwalkError):
        import_backend(spec.factory).load(tmp_path, {})


@local_speakers
def test_speech_comes_sentence_by_sentence_in_range(backend: Any) -> None:
    parts = list(backend.synthesize(SENTENCES, voice=voice_of(backend)))

    assert len(parts) == 3
    for part in parts:
        assert part.samples.dtype == np.float32
        assert 0.3 < part.duration_s < 6
        assert 0.01 < part.peak <= 1.0


@speakers
def test_the_same_words_give_the_same_samples(backend: Any) -> None:
    first = Waveform.join(backend.synthesize("Tea is ready.", voice=voice_of(backend)))
    second = Waveform.join(backend.synthesize("Tea is ready.", voice=voice_of(backend)))

    assert np.array_equal(first.samples, second.samples)


@speakers
def test_a_higher_speed_takes_less_time(backend: Any) -> None:
    durations_s = [
        Waveform.join(backend.synthesize("The cake is almost ready.", voice=voice_of(backend), speed=speed)).duration_s
        for speed in (0.5, 1.0, 2.0)
    ]

    assert durations_s == sorted(durations_s, reverse=True)
    assert durations_s[0] > 1.5 * durations_s[2]


@speakers
def test_a_voice_that_does_not_exist_is_refused(backend: Any) -> None:
    with pytest.raises(UnknownVoice, match="zz_nobody"):
        list(backend.synthesize("Tea.", voice=VoiceRef("zz_nobody")))


@speakers
def test_every_voice_has_a_language(backend: Any) -> None:
    voices = backend.voices()

    assert voices
    assert all(voice.language for voice in voices)
    assert len({voice.name for voice in voices}) == len(voices)


@speakers
def test_a_word_that_comes_with_its_sounds_is_spoken_once(backend: Any) -> None:
    plain, named = (
        Waveform.join(backend.synthesize(text, voice=voice_of(backend)))
        for text in ("Ask Siobhan for tea.", "Ask [Siobhan](/ʃɪvˈɔːn/) for tea.")
    )

    assert named.duration_s == pytest.approx(plain.duration_s, rel=0.3)


@pytest.mark.parametrize("backend", ["hibari", "kokoro"], indirect=True)
def test_a_voice_that_takes_phonemes_says_the_sounds_and_not_the_word(backend: Any) -> None:
    sounds, other = (
        Waveform.join(backend.synthesize(text, voice=voice_of(backend)))
        for text in ("Ask [x](/tˈuː/).", "Ask [x](/ˌʌnɪmˈædʒɪnəbəl/).")
    )

    assert other.duration_s > sounds.duration_s + 0.2


@speakers
@pytest.mark.parametrize("text", ["a", "7", "naïve café", "¿Qué?", "word " * 60, "no end", "Ω ≈ 3\n\nnew line\ttab"])
def test_odd_texts_are_spoken(backend: Any, text: str) -> None:
    parts = list(backend.synthesize(text, voice=voice_of(backend), speed=2.0))

    assert sum(len(part.samples) for part in parts) > 0


@local_speakers
def test_closing_early_leaves_the_model_fit_for_the_next_call(backend: Any) -> None:
    first = backend.synthesize(SENTENCES, voice=voice_of(backend))
    next(first)
    first.close()

    assert len(list(backend.synthesize(SENTENCES, voice=voice_of(backend)))) == 3


@pytest.fixture(scope="module")
def speech() -> Waveform:
    """A real voice saying :data:`SENTENCES`, as a listener takes it."""
    hibari: Any = import_backend(TABLE["hibari"]).load(None, {})
    parts = hibari.synthesize(SENTENCES, voice=VoiceRef("heart"))
    return resample(Waveform.join(parts), 16_000)


@listeners
def test_a_transcription_ends_with_the_whole_of_it(backend: Any, speech: Waveform) -> None:
    *segments, whole = backend.transcribe(speech, options=TranscribeOptions(language="en"))

    assert isinstance(whole, Transcription)
    assert all(isinstance(segment, Segment) for segment in segments)
    assert whole.segments == tuple(segments)
    assert whole.duration_s == speech.duration_s
    assert whole.language == "en"


@listeners
def test_words_have_times_in_order_when_asked_for(backend: Any, speech: Waveform) -> None:
    *_, whole = backend.transcribe(speech, options=TranscribeOptions(language="en", words=True))

    words = [word for segment in whole.segments for word in segment.words]
    starts_s = [word.start_s for word in words]
    assert words
    assert starts_s == sorted(starts_s)
    assert all(0 <= word.start_s <= word.end_s <= speech.duration_s + 0.5 for word in words)
    assert all(word.text == word.text.strip() for word in words)


@listeners
def test_silence_is_no_speech_and_no_error(backend: Any) -> None:
    silence = Waveform.silence(2.0, 16_000)

    *_, whole = backend.transcribe(silence, options=TranscribeOptions(language="en"))

    assert whole.duration_s == 2.0


# --- what only one family does


@pytest.mark.parametrize("backend", ["faster_whisper"], indirect=True)
def test_whisper_hears_what_hibari_says(backend: Any, speech: Waveform) -> None:
    *_, whole = backend.transcribe(speech, options=TranscribeOptions())

    assert whole.language == "en"
    assert whole.text == SENTENCES


def test_whisper_hears_the_same_when_it_hears_stretches_at_once(speech: Waveform, shared_home: Path) -> None:
    spec = SPECS["faster_whisper"]
    batched: Any = import_backend(spec.factory).load(weights.locate(spec, shared_home), {"batch": 4})
    silence = Waveform.silence(2.0, 16_000)

    *_, whole = batched.transcribe(Waveform.join([speech, silence, speech]), options=TranscribeOptions(words=True))
    *_, nothing = batched.transcribe(silence, options=TranscribeOptions(language="en"))

    assert whole.text == f"{SENTENCES} {SENTENCES}"
    assert whole.language == "en"
    assert nothing.text == ""


@pytest.mark.parametrize("backend", ["faster_whisper"], indirect=True)
def test_a_short_recording_is_encoded_once_though_its_language_is_to_be_found(
    backend: Any, speech: Waveform, monkeypatch: pytest.MonkeyPatch
) -> None:
    model, windows = backend._engine.model, []

    class Counted:
        def __getattr__(self, name: str) -> Any:
            return getattr(model, name)

        def encode(self, features: Any, **how: Any) -> Any:
            windows.append(features)
            return model.encode(features, **how)

    monkeypatch.setattr(backend._engine, "model", Counted())
    later = Waveform.join([Waveform.silence(0.5, 16_000), speech])  # that nothing has heard before

    *_, found = backend.transcribe(later, options=TranscribeOptions())
    n_windows = len(windows)
    *_, told = backend.transcribe(later, options=TranscribeOptions(language="en"))

    assert (n_windows, len(windows)) == (1, 1)
    assert found == told


@pytest.mark.parametrize("backend", ["faster_whisper"], indirect=True)
def test_recordings_heard_together_are_heard_as_each_alone(backend: Any, speech: Waveform) -> None:
    timed, plain = TranscribeOptions(language="en", words=True), TranscribeOptions(language="en")
    silence = Waveform.silence(2.0, 16_000)
    calls = [
        {"waveform": waveform, "options": options}
        for waveform, options in (
            (speech, timed),
            (Waveform.join([silence, speech]), timed),
            (speech, plain),
            (Waveform.join([speech, silence]), timed),  # breaks off before its end, as it seems
            (Waveform.join([speech, silence] * 5), timed),  # too long
            (silence, timed),
            (speech, TranscribeOptions(language="xx")),
        )
    ]

    parts = list(backend.run_batch("transcribe", calls))

    assert [index for index, part in parts if isinstance(part, InvalidRequest)] == [6]
    for number, call in enumerate(calls[:6]):
        *_, whole = backend.transcribe(**call)
        *segments, together = [part for index, part in parts if index == number]
        assert together.text == whole.text
        assert together.duration_s == whole.duration_s
        assert tuple(segments) == together.segments
        assert [word.text for segment in segments for word in segment.words] == [
            word.text for segment in whole.segments for word in segment.words
        ]
        for heard, alone in zip(together.segments, whole.segments, strict=True):
            assert (heard.start_s, heard.end_s) == pytest.approx((alone.start_s, alone.end_s), abs=0.1)


def test_a_device_that_is_not_there_is_said(shared_home: Path) -> None:
    spec = SPECS["faster_whisper"]
    folder = weights.locate(spec, shared_home)

    with pytest.raises(LoadFailed, match="GPUs here"):
        import_backend(spec.factory).load(folder, {"device": "cuda:99"})
    with pytest.raises(InvalidRequest, match="a device is cpu"):
        import_backend(spec.factory).load(folder, {"device": "gpu"})


@pytest.mark.parametrize("backend", ["faster_whisper"], indirect=True)
def test_whisper_finds_what_was_said_the_likeliest_of_several_texts(backend: Any, speech: Waveform) -> None:
    texts = (SENTENCES.replace("kettle", "candle"), SENTENCES, SENTENCES.replace("The cake is", "The cake"), "Goodbye.")

    (whole,) = backend.transcribe(speech, options=TranscribeOptions(language="en", candidates=texts))

    assert whole.text == SENTENCES
    logprobs = [weight.logprob for weight in whole.weights]
    assert [logprob < logprobs[1] - 2 for logprob in logprobs] == [True, False, True, True]
    assert all(weight.prior < weight.logprob < 0 for weight in whole.weights[:3])


@pytest.mark.parametrize("backend", ["faster_whisper"], indirect=True)
@pytest.mark.parametrize(
    ("language", "seconds", "text", "what"),
    [(None, 1, "Tea.", "language"), ("en", 31, "Tea.", "30 s"), ("en", 1, "tea " * 500, "440 tokens")],
)
def test_texts_that_whisper_cannot_weigh_are_refused(
    backend: Any, language: str | None, seconds: int, text: str, what: str
) -> None:
    silence = Waveform.silence(seconds, 16_000)

    with pytest.raises(InvalidRequest, match=what):
        list(backend.transcribe(silence, options=TranscribeOptions(language=language, candidates=(text,))))


@pytest.mark.parametrize("backend", ["faster_whisper"], indirect=True)
def test_a_language_that_whisper_does_not_know_is_refused(backend: Any, speech: Waveform) -> None:
    with pytest.raises(InvalidRequest, match="xx"):
        list(backend.transcribe(speech, options=TranscribeOptions(language="xx")))


@pytest.mark.parametrize("backend", ["faster_whisper"], indirect=True)
def test_garbled_speech_cannot_make_whisper_write_for_ever(backend: Any, speech: Waveform) -> None:
    stutter = Waveform(np.tile(speech.samples[: 16_000 // 4], 36), 16_000)

    *_, whole = backend.transcribe(stutter, options=TranscribeOptions(language="en"))

    assert len(whole.text) < 1500


@pytest.mark.parametrize("backend", ["kokoro"], indirect=True)
def test_kokoro_has_its_54_voices(backend: Any) -> None:
    assert len(backend.voices()) == 54


@pytest.mark.parametrize("backend", ["kokoro"], indirect=True)
def test_a_blend_lies_between_its_voices(backend: Any) -> None:
    whole, blend = (
        Waveform.join(backend.synthesize("Tea.", voice=VoiceRef(name)))
        for name in ("af_heart", "af_heart(2)+am_michael(1)")
    )

    assert blend.duration_s == pytest.approx(whole.duration_s, rel=0.5)
    assert not np.array_equal(blend.samples[:1000], whole.samples[:1000])


@pytest.mark.parametrize("backend", ["kokoro"], indirect=True)
@pytest.mark.parametrize(
    "name", ["af_heart+", "af_heart(0)+am_michael(0)", "af_heart-am_adam", "af_heart/", "AF_HEART"]
)
def test_a_blend_that_makes_no_sense_is_refused(backend: Any, name: str) -> None:
    with pytest.raises(UnknownVoice):
        list(backend.synthesize("Tea.", voice=VoiceRef(name)))
