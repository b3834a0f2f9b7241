"""OpenAI's whisper library itself, on tiny weights."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import tiny
from catwalk.audio.waveform import Waveform
from catwalk.backends.whisper import RATE_HZ, Whisper
from catwalk.errors import BackendFailed, Cancelled, InvalidRequest, LoadFailed
from catwalk.tasks import CALLER_HAS_LEFT, TranscribeOptions


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("whisper")
    tiny.build("whisper", folder)
    return folder


@pytest.fixture(scope="module")
def whisper(weights: Path) -> Whisper:
    return Whisper.load(weights, {})


@pytest.fixture(scope="module")
def noise() -> Waveform:
    return Waveform(np.random.default_rng(2).normal(0, 0.1, 4 * RATE_HZ).astype(np.float32), RATE_HZ)


def hear(whisper: Whisper, noise: Waveform, **changes: Any) -> Any:
    *_, whole = whisper.transcribe(noise, options=TranscribeOptions(**changes))
    return whole


def test_it_writes_what_its_weights_say_and_finds_the_language(whisper: Whisper, noise: Waveform) -> None:
    whole = hear(whisper, noise, words=True)

    assert whole.text == "Tea is ready."
    assert whole.language == "en"
    assert [word.text for word in whole.segments[0].words] == ["Tea", "is", "ready."]


def test_a_single_checkpoint_is_weights_too(weights: Path, noise: Waveform) -> None:
    assert hear(Whisper.load(weights / "random.pt", {"beam_size": 2}), noise).text == "Tea is ready."


def test_a_checkpoint_named_after_a_size_that_it_has_not_is_refused(weights: Path, tmp_path: Path) -> None:
    shutil.copy(weights / "random.pt", tmp_path / "base.pt")

    with pytest.raises(LoadFailed, match="other dimensions"):
        Whisper.load(tmp_path, {})


@pytest.mark.parametrize("content", [b"", b"not a checkpoint", b"PK\x03\x04broken"])
def test_a_file_that_is_no_checkpoint_is_an_error_of_the_tree(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "bad.pt").write_bytes(content)

    with pytest.raises(LoadFailed, match="did not load"):
        Whisper.load(tmp_path, {})


def test_two_checkpoints_in_a_folder_are_one_too_many(tmp_path: Path) -> None:
    for name in ("a.pt", "b.pt"):
        (tmp_path / name).touch()

    with pytest.raises(LoadFailed, match="there are 2"):
        Whisper.load(tmp_path, {})


def test_a_language_that_it_does_not_know_is_refused(whisper: Whisper, noise: Waveform) -> None:
    with pytest.raises(InvalidRequest, match="xx"):
        hear(whisper, noise, language="xx")


def test_a_call_that_is_withdrawn_ends_before_the_next_token(whisper: Whisper, noise: Waveform) -> None:
    n_asked = 0

    def leave_at_the_third() -> bool:
        nonlocal n_asked
        n_asked += 1
        return n_asked >= 3

    token = CALLER_HAS_LEFT.set(leave_at_the_third)
    try:
        with pytest.raises(Cancelled):
            hear(whisper, noise)
    finally:
        CALLER_HAS_LEFT.reset(token)
    assert n_asked == 3


def test_another_rate_is_refused(whisper: Whisper) -> None:
    with pytest.raises(BackendFailed, match="16000 Hz"):
        hear(whisper, Waveform.silence(1.0, 8000))


def test_a_gpu_that_is_not_there_is_said(weights: Path) -> None:
    with pytest.raises(LoadFailed, match="GPUs here"):
        Whisper.load(weights, {"device": "cuda:99"})
