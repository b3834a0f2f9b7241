"""Single takes with a real voice and a real listener."""

from __future__ import annotations

import io
from itertools import islice

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from catwalk.audio.codec import AudioFormat, encode
from catwalk.audio.waveform import Waveform
from catwalk.client import Client
from catwalk.errors import AudioTooLong, RecordingSilent
from catwalk.reader.narrator import Voicing
from catwalk.reader.recording import check, list_other_ways, listen_to_person, read_recording, speak_again
from catwalk.reader.script import Line, LineKind
from conftest import RunningServer

pytestmark = pytest.mark.anyio

VOICING = Voicing(model="hibari", voice="heart")
LINE = Line("1", LineKind.PROSE, None, "The lamp was lit all night.", "The lamp was lit all night.", 0.3)


@given(n_before=st.integers(0, 60))
def test_no_way_of_speaking_comes_twice(n_before: int) -> None:
    ways = list(islice(list_other_ways("plain words", 0), n_before + 1))

    assert len(set(ways)) == n_before + 1
    assert next(list_other_ways("plain words", n_before)) == ways[-1]


async def test_a_line_spoken_again_is_right_timed_and_sounds_different(running: RunningServer) -> None:
    async with Client(running.url) as client:
        first, second = [await speak_again(LINE, client, VOICING, n_before=n) for n in range(2)]

    assert first.verdict.accepted
    assert second.verdict.accepted
    assert first.waveform.samples.shape != second.waveform.samples.shape
    assert [word.text for word in second.words] == LINE.text.split()
    assert second.words[-1].end_s <= second.waveform.duration_s


async def test_a_quiet_recording_with_silence_around_it_is_taken_and_another_text_is_not(
    running: RunningServer,
) -> None:
    async with Client(running.url) as client:
        said = await client.speak(LINE.spoken, model="kokoro", voice="am_michael")
        quiet = np.concatenate([np.zeros(48_000), said.samples * 0.05, np.zeros(48_000)]).astype(np.float32)
        take = read_recording(io.BytesIO(encode(Waveform(quiet, said.rate_hz), AudioFormat.FLAC)))
        right = await check(LINE, take, client, listen_to_person(VOICING))
        other = Line("2", LineKind.PROSE, None, "Nobody asked.", "Nobody had asked the baker to stay.", 0.3)
        wrong = await check(other, take, client, listen_to_person(VOICING))

    assert right.verdict.accepted, right.verdict.reasons
    assert abs(take.duration_s - said.duration_s) < 0.6
    assert take.peak > 0.2
    assert not wrong.verdict.accepted


def test_silence_and_what_is_too_long_are_refused() -> None:
    def wav(seconds: float, level: float) -> io.BytesIO:
        noise = np.random.default_rng(1).standard_normal(int(seconds * 2_000)).astype(np.float32) * level
        return io.BytesIO(encode(Waveform(noise.clip(-1, 1), 2_000), AudioFormat.WAV))

    with pytest.raises(RecordingSilent, match=r"nothing to hear in this recording of 2.0 s"):
        read_recording(wav(2.0, 1e-5))
    with pytest.raises(AudioTooLong):
        read_recording(wav(301.0, 0.1))
