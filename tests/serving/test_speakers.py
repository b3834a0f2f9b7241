from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from catwalk.app.catalogs import built_in_specs
from catwalk.audio.waveform import Waveform
from catwalk.errors import BackendNotInstalled, WrongTask
from catwalk.serving.catalog import Catalog
from catwalk.serving.speakers import MAX_WINDOWS, cut_windows, find_encoder, judge_speakers
from sounds import babble

ANNE, BILL = np.eye(8)[0], 0.6 * np.eye(8)[0] + 0.8 * np.eye(8)[1]


def near(voice: np.ndarray, n: int, seed: int = 0) -> list[tuple[float, ...]]:
    random = np.random.default_rng(seed)
    return [tuple(voice + random.normal(scale=0.08, size=voice.size)) for _ in range(n)]


def test_clips_of_one_speaker_have_no_fault() -> None:
    assert judge_speakers([("a.wav", near(ANNE, 5)), ("b.wav", near(ANNE, 2, seed=1))]) == []


def test_a_clip_with_two_speakers_is_named() -> None:
    ((name, fault),) = judge_speakers([("talk.wav", [*near(ANNE, 4), *near(BILL, 3)])])

    assert name == "talk.wav"
    assert "more than one speaker" in fault


def test_one_odd_stretch_of_many_is_no_second_speaker() -> None:
    assert judge_speakers([("cough.wav", [*near(ANNE, 8), *near(BILL, 1)])]) == []


def test_a_clip_of_somebody_else_is_named() -> None:
    clips = [("a.wav", near(ANNE, 3)), ("b.wav", near(ANNE, 3, seed=1)), ("stranger.wav", near(BILL, 3))]

    ((name, fault),) = judge_speakers(clips)

    assert name == "stranger.wav"
    assert "another speaker" in fault


def test_a_short_clip_is_looked_at_whole() -> None:
    assert len(cut_windows(babble(5.0))) == 1


def test_a_long_clip_is_looked_at_all_over_but_not_everywhere() -> None:
    assert len(cut_windows(babble(80.0))) == MAX_WINDOWS


def test_silent_stretches_tell_nothing_of_a_speaker() -> None:
    gappy = Waveform.join([babble(8.0), Waveform.silence(8.0, 24_000)])

    assert len(cut_windows(gappy)) == 2


def specs_with(**encoders: str) -> Catalog:
    fake = next(spec for spec in built_in_specs() if spec.name == "fake")
    others = [dataclasses.replace(fake, name=name, requires=(needs,)) for name, needs in encoders.items()]
    return Catalog([fake, *others])


def test_the_first_encoder_that_is_installed_is_found() -> None:
    assert find_encoder(specs_with(missing="no_such_package", there="json")).name == "there"


def test_the_built_in_fake_is_an_encoder_only_by_name() -> None:
    assert find_encoder(specs_with(), "fake").name == "fake"
    with pytest.raises(BackendNotInstalled, match=r"catwalk\[voices\]"):
        find_encoder(specs_with())


def test_a_model_that_tells_no_speakers_is_refused() -> None:
    with pytest.raises(WrongTask, match="hibari"):
        find_encoder(Catalog(built_in_specs()), "hibari")
