"""Takes that sound like somebody else, told by the fake encoder, which hears pitch."""

from __future__ import annotations

import pytest

from catwalk.audio.waveform import Waveform
from catwalk.client import Client
from catwalk.reader.speaker import N_KNOWN, SpeakerCheck
from catwalk.reader.verify import Verdict
from conftest import RunningServer
from sounds import babble

pytestmark = pytest.mark.anyio

GOOD = Verdict(True, 0.0, (), (), 1.0, 0.9, "as it was to be", (), 0.9, False)
BAD = Verdict(False, 1.0, ("tea",), (), 1.0, 0.9, "", ("missing: tea",), 0.1, False)


def low(seed: int, duration_s: float = 3.0) -> Waveform:
    return babble(duration_s, pitch_hz=110, seed=seed)


def high(seed: int, duration_s: float = 3.0) -> Waveform:
    return babble(duration_s, pitch_hz=420, seed=seed)


async def look(running: RunningServer, *last: tuple[str | None, Waveform, Verdict]) -> list[Verdict]:
    """What becomes of takes that follow five of a low voice."""
    async with Client(running.url) as client:
        check = SpeakerCheck(client, "fake")
        first = [("anna", low(seed), GOOD) for seed in range(N_KNOWN)]
        for voice, take, verdict in first:
            assert await check.look([voice], [take], [verdict]) == [verdict]
        return await check.look([each[0] for each in last], [each[1] for each in last], [each[2] for each in last])


async def test_a_take_that_sounds_like_somebody_else_is_rejected_and_says_how_much(running: RunningServer) -> None:
    same, other = await look(running, ("anna", low(9), GOOD), ("anna", high(9), GOOD))

    assert same == GOOD
    assert not other.accepted
    assert other.score < 0.5
    assert other.reasons[0].startswith("sounds like another speaker: 0.")


async def test_every_voice_of_a_reading_is_compared_with_itself(running: RunningServer) -> None:
    assert await look(running, ("ben", high(9), GOOD)) == [GOOD]


@pytest.mark.parametrize(
    ("voice", "take", "verdict"),
    [(None, high(9), GOOD), ("anna", high(9, 1.0), GOOD), ("anna", high(9), BAD)],
    ids=["another model on purpose", "too short to tell", "rejected already"],
)
async def test_what_is_not_to_be_told_is_left_as_it_is(
    running: RunningServer, voice: str | None, take: Waveform, verdict: Verdict
) -> None:
    assert await look(running, (voice, take, verdict)) == [verdict]


async def test_a_server_without_an_encoder_ends_no_reading(
    running: RunningServer, caplog: pytest.LogCaptureFixture
) -> None:
    async with Client(running.url) as client:
        check = SpeakerCheck(client, "no-such-model")

        assert await check.look(["anna"], [low(1)], [GOOD]) == [GOOD]
        assert await check.look(["anna"], [low(2)], [GOOD]) == [GOOD]

    assert caplog.text.count("nobody tells speakers apart") == 1
