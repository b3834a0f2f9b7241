from __future__ import annotations

import io
from collections.abc import Callable

import numpy as np
import pytest

from catwalk.audio.loudness import integrated_lufs
from catwalk.audio.waveform import Waveform
from catwalk.errors import ClipsFlawed, ClipsRejected
from catwalk.serving.clips import CLIP_LUFS, CLIP_RATE_HZ, ClipRules, Recording, list_flaws, list_lacks, prepare, trim
from sounds import babble, to_wav

RATE_HZ = 24_000


def recording(name: str, waveform: Waveform) -> Recording:
    return Recording(name, io.BytesIO(to_wav(waveform)))


def changed(waveform: Waveform, change: Callable[[np.ndarray], np.ndarray]) -> Waveform:
    return Waveform(change(waveform.samples).astype(np.float32), waveform.rate_hz)


def hiss(samples: np.ndarray) -> np.ndarray:
    return samples + 0.02 * np.random.default_rng(1).normal(size=samples.size)


def hum(samples: np.ndarray) -> np.ndarray:
    times_s = np.arange(samples.size) / RATE_HZ
    return samples + 0.06 * (np.sin(2 * np.pi * 440 * times_s) + np.sin(2 * np.pi * 660 * times_s))


def test_clean_speech_has_no_fault() -> None:
    assert list_lacks(babble(6.0)) == []
    assert list_flaws(babble(6.0)) == []


@pytest.mark.parametrize(
    ("bad", "fault"),
    [
        (babble(1.5), "too short"),
        (Waveform.silence(5.0, RATE_HZ), "silent"),
        (changed(babble(6.0), lambda samples: np.clip(6 * samples, -0.5, 0.5)), "clipped"),
        (changed(babble(6.0), hiss), "noisy"),
        (changed(babble(6.0), hum), "music"),
    ],
    ids=["short", "silent", "clipped", "noisy", "music"],
)
def test_a_bad_clip_is_told_by_its_fault(bad: Waveform, fault: str) -> None:
    assert any(fault in found for found in [*list_lacks(bad), *list_flaws(bad)])


def test_all_bad_clips_are_named_at_once_with_all_their_faults() -> None:
    recordings = [
        recording("good.wav", babble(6.0)),
        recording("short.wav", babble(1.5, seed=2)),
        Recording("text.wav", io.BytesIO(b"this is no recording at all")),
        recording("loud.wav", changed(babble(2.0), lambda samples: np.clip(6 * samples, -0.5, 0.5))),
    ]

    with pytest.raises(ClipsRejected) as caught:
        prepare(recordings)

    message = caught.value.message
    assert "good.wav" not in message
    assert "short.wav: too short" in message
    assert "text.wav: the file is not a recording" in message
    assert "loud.wav: too short" in message
    assert "clipped" in message


def test_a_prepared_clip_is_at_its_level_and_keeps_the_original() -> None:
    quiet = recording("quiet.wav", changed(babble(6.0), lambda samples: 0.1 * samples))

    (clip,), _ = prepare([quiet])

    assert clip.waveform.rate_hz == CLIP_RATE_HZ
    assert integrated_lufs(clip.waveform) == pytest.approx(CLIP_LUFS, abs=0.3)
    assert clip.original.startswith(b"RIFF")
    assert clip.flac.startswith(b"fLaC")


def test_silence_at_the_ends_and_in_long_pauses_is_cut() -> None:
    said = babble(3.0)
    silence = Waveform.silence(4.0, RATE_HZ)
    around = Waveform.join([silence, said, silence, said, silence])

    trimmed = trim(around)

    assert 2 * said.duration_s - 0.5 < trimmed.duration_s < 2 * said.duration_s + 1.5


def test_a_recording_that_is_far_too_long_is_given_up_early() -> None:
    endless = recording("endless.wav", Waveform.silence(30.0, 8000))

    with pytest.raises(ClipsRejected, match=r"endless\.wav: .*longer than 10 s"):
        prepare([endless], ClipRules(max_clip_s=10.0))


def test_clips_that_are_too_long_together_are_refused() -> None:
    recordings = [recording(f"{seed}.wav", babble(6.0, seed=seed)) for seed in range(3)]

    with pytest.raises(ClipsRejected, match="together are longer than 10 s"):
        prepare(recordings, ClipRules(max_total_s=10.0))


def test_the_same_recording_twice_is_refused() -> None:
    with pytest.raises(ClipsRejected, match=r"b\.wav: the same recording as a\.wav"):
        prepare([recording("a.wav", babble(6.0)), recording("b.wav", babble(6.0))])


@pytest.mark.parametrize("n_clips", [0, 33])
def test_there_must_be_clips_but_not_too_many(n_clips: int) -> None:
    with pytest.raises(ClipsRejected):
        prepare([recording("a.wav", babble(0.5))] * n_clips)


def test_a_refusal_says_whether_force_would_help() -> None:
    hissing = changed(babble(6.0), hiss)

    with pytest.raises(ClipsFlawed, match=r"hiss\.wav: noisy"):
        prepare([recording("hiss.wav", hissing)])
    with pytest.raises(ClipsRejected, match=r"hiss\.wav: noisy") as caught:
        prepare([recording("hiss.wav", hissing), recording("short.wav", babble(1.0))])

    assert not isinstance(caught.value, ClipsFlawed)


def test_flaws_are_put_up_with_by_force_but_said() -> None:
    (clip,), forgiven = prepare([recording("hiss.wav", changed(babble(6.0), hiss))], force=True)

    assert clip.name == "hiss.wav"
    assert [name for name, flaw in forgiven if "noisy" in flaw] == ["hiss.wav"]


def test_no_force_makes_a_voice_of_what_is_too_short() -> None:
    with pytest.raises(ClipsRejected, match="too short"):
        prepare([recording("short.wav", babble(1.0))], force=True)
