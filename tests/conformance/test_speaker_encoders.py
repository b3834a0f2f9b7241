"""What every backend that tells speakers apart must do."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from catwalk.audio.likeness import similarity
from catwalk.audio.waveform import Waveform
from catwalk.errors import InvalidRequest
from catwalk.tasks import Task
from sounds import babble
from tiny import performing


@performing(Task.EMBED_SPEAKER)
def test_a_voice_is_a_vector_of_unit_length(backend: Any) -> None:
    vector = backend.embed_speaker(babble(3.0))

    assert isinstance(vector, tuple)
    assert np.linalg.norm(vector) == pytest.approx(1.0, abs=1e-4)


@performing(Task.EMBED_SPEAKER)
def test_the_same_recording_gives_the_same_vector(backend: Any) -> None:
    one, two = (backend.embed_speaker(babble(3.0)) for _ in range(2))

    assert similarity(one, two) == pytest.approx(1.0)


@performing(Task.EMBED_SPEAKER)
def test_any_rate_is_taken(backend: Any) -> None:
    recording = babble(3.0)
    slower = Waveform(recording.samples[::3].copy(), 8000)

    assert len(backend.embed_speaker(slower)) == len(backend.embed_speaker(recording))


@performing(Task.EMBED_SPEAKER)
def test_no_sound_is_no_voice(backend: Any) -> None:
    with pytest.raises(InvalidRequest):
        backend.embed_speaker(Waveform(np.zeros(0, np.float32), 16_000))
