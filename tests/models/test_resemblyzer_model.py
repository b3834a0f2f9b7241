from __future__ import annotations

import importlib.util
from pathlib import Path

import librosa
import numpy as np
import pytest
import torch

from catwalk.audio.likeness import similarity
from catwalk.audio.resample import resample
from catwalk.audio.waveform import Waveform
from catwalk.backends.resemblyzer import RATE_HZ, ResemblyzerBackend, mel_filters
from catwalk.errors import InvalidRequest, LoadFailed
from sounds import babble

HIGH, LOW = babble(6.0, pitch_hz=230), babble(6.0, pitch_hz=95)


@pytest.fixture(scope="module")
def encoder() -> ResemblyzerBackend:
    found = importlib.util.find_spec("resemblyzer")
    assert found is not None
    assert found.submodule_search_locations
    return ResemblyzerBackend.load(Path(found.submodule_search_locations[0]), {"threads": 1})


def test_a_vector_has_256_numbers_and_unit_length(encoder: ResemblyzerBackend) -> None:
    vector = encoder.embed_speaker(HIGH)

    assert len(vector) == 256
    assert np.linalg.norm(vector) == pytest.approx(1.0)


def test_one_voice_is_more_like_itself_than_another(encoder: ResemblyzerBackend) -> None:
    again = encoder.embed_speaker(babble(6.0, pitch_hz=230, seed=5))

    own, other = (similarity(again, encoder.embed_speaker(voice)) for voice in (HIGH, LOW))

    assert own > other + 0.05


def test_rate_loudness_and_silence_around_hardly_matter(encoder: ResemblyzerBackend) -> None:
    plain = encoder.embed_speaker(LOW)
    quiet = Waveform(0.05 * LOW.samples, LOW.rate_hz)
    padded = Waveform.join([Waveform.silence(3.0, LOW.rate_hz), LOW, Waveform.silence(3.0, LOW.rate_hz)])

    for changed in (quiet, padded, resample(LOW, 44_100)):
        assert similarity(plain, encoder.embed_speaker(changed)) > 0.97


def test_the_mel_bands_are_librosas() -> None:
    theirs = librosa.filters.mel(sr=RATE_HZ, n_fft=400, n_mels=40)

    assert np.abs(theirs - mel_filters()).max() < 1e-7


def test_a_minute_is_embedded_in_pieces_that_give_the_same(encoder: ResemblyzerBackend) -> None:
    long = babble(100.0)

    assert np.linalg.norm(encoder.embed_speaker(long)) == pytest.approx(1.0)


@pytest.mark.parametrize("samples", [np.zeros(RATE_HZ), np.ones(100), np.zeros(0)], ids=["silence", "short", "nothing"])
def test_no_voice_is_told_from_no_sound(encoder: ResemblyzerBackend, samples: np.ndarray) -> None:
    with pytest.raises(InvalidRequest, match="cannot be told"):
        encoder.embed_speaker(Waveform(samples.astype(np.float32), RATE_HZ))


@pytest.mark.parametrize("content", [b"", b"no weights", None])
def test_weights_that_make_no_sense_are_an_error_of_the_tree(tmp_path: Path, content: bytes | None) -> None:
    if content is None:
        torch.save({"model_state": {}}, tmp_path / "pretrained.pt")
    else:
        (tmp_path / "pretrained.pt").write_bytes(content)

    with pytest.raises(LoadFailed):
        ResemblyzerBackend.load(tmp_path, {})
