"""The narrator with a real voice and a real listener, and with a client that spoils what is spoken."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from catwalk.audio.codec import AudioFormat, encode
from catwalk.audio.waveform import Waveform
from catwalk.client import Client
from catwalk.errors import ServerUnreachable
from catwalk.library.takes import TakeKey, Takes
from catwalk.reader.narrator import Claim, Narration, Voicing, Way, check_recordings, list_ways, narrate
from catwalk.reader.script import Line, LineKind, Script
from catwalk.reader.windows import GAP_S
from catwalk.tasks import Transcription
from conftest import RunningServer

pytestmark = pytest.mark.anyio

TEXTS = (
    "The lamp in the hall was lit all night.",
    "Nobody had asked the baker to stay.",
    "In the morning, the snow was gone.",
)
OTHER = "A train went by without stopping."
VOICING = Voicing(model="hibari", voice="heart")


def script_of(*texts: str) -> Script:
    lines = [Line(f"l{number}", LineKind.PROSE, "b1", text, text, 0.3) for number, text in enumerate(texts, 1)]
    return Script((*lines, Line("l99", LineKind.PAUSE, None, "", "", 1.0)), ())


class SpoilingClient(Client):
    """Says something else in place of some texts, the first few times or always; can also break off."""

    spoiled: dict[str, int]
    asked: list[str]
    speakers: list[tuple[str, str | None]]
    breaks_after: int | None
    heard_s: list[float]
    clips: tuple[str, ...] = ()
    """Hashes of what the voice was made from."""

    mishears: tuple[str, str] | None = None
    """A word, and what the listener writes in its place."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.spoiled, self.asked, self.speakers, self.breaks_after, self.heard_s = {}, [], [], None, []

    async def find_voice(self, name: str) -> dict[str, Any] | None:
        if not self.clips:
            return await super().find_voice(name)
        return {"name": name, "clips": [{"sha256": clip} for clip in self.clips], "blends": {}}

    async def transcribe(self, audio: Any, **how: Any) -> Transcription:
        self.heard_s.append(audio.duration_s)
        heard = await super().transcribe(audio, **how)
        if self.mishears is None or how.get("candidates"):
            return heard
        segments = tuple(replace(each, text=each.text.replace(*self.mishears)) for each in heard.segments)
        return replace(heard, text=heard.text.replace(*self.mishears), segments=segments)

    async def speak(self, text: str, *, model: str, voice: str | None = None, speed: float = 1.0) -> Waveform:
        if self.breaks_after is not None and len(self.asked) >= self.breaks_after:
            raise ServerUnreachable("the line is dead")
        self.asked.append(text)
        self.speakers.append((model, voice))
        if self.spoiled.get(text, 0) > 0:
            self.spoiled[text] -= 1
            text = OTHER
        return await super().speak(text, model=model, voice=voice, speed=speed)


@pytest.fixture
async def client(running: RunningServer) -> AsyncIterator[SpoilingClient]:
    async with SpoilingClient(running.url) as made:
        yield made


class Progress:
    def __init__(self) -> None:
        self.calls: list[tuple[int, int, int]] = []

    def __call__(self, done: int, total: int, flagged: int) -> None:
        self.calls.append((done, total, flagged))


@pytest.fixture
def perform(client: SpoilingClient, tmp_path: Path) -> Callable[..., Any]:
    async def run(*texts: str, progress: Progress | None = None) -> Narration:
        return await narrate(script_of(*texts), client, Takes(tmp_path), VOICING, progress or Progress())

    return run


async def test_every_line_gets_an_accepted_take(perform: Callable[..., Any]) -> None:
    progress = Progress()

    narration = await perform(*TEXTS, progress=progress)

    assert list(narration.takes) == ["l1", "l2", "l3"]
    assert all(take.verdict["accepted"] for take in narration.takes.values())
    assert all(take.audio.is_file() for take in narration.takes.values())
    assert [" ".join(word.text for word in take.words) for take in narration.takes.values()] == list(TEXTS)
    assert progress.calls[0] == (0, 3, 0)
    assert progress.calls[-1] == (3, 3, 0)


async def test_a_line_is_kept_when_the_listener_finds_its_words_likelier_than_what_it_wrote(
    perform: Callable[..., Any], client: SpoilingClient
) -> None:
    client.mishears = ("baker", "doctor")

    narration = await perform(*TEXTS)

    assert client.asked == list(TEXTS)
    assert narration.takes["l2"].verdict["accepted"]
    assert "doctor" in narration.takes["l2"].verdict["heard"]


async def test_lines_that_say_the_same_are_spoken_once(perform: Callable[..., Any], client: SpoilingClient) -> None:
    narration = await perform(TEXTS[0], TEXTS[1], TEXTS[0])

    assert client.asked == [TEXTS[0], TEXTS[1]]
    assert narration.takes["l1"] == narration.takes["l3"]


async def test_what_was_spoken_once_is_not_spoken_again(perform: Callable[..., Any], client: SpoilingClient) -> None:
    first = await perform(*TEXTS[:2])
    second = await perform(*TEXTS)

    assert client.asked == list(TEXTS)
    assert (second.n_recorded, second.n_reused) == (1, 2)
    assert second.takes["l1"] == first.takes["l1"]


async def test_another_voice_of_the_same_name_speaks_again(perform: Callable[..., Any], client: SpoilingClient) -> None:
    recorded = []
    for clips in ((), ("a", "b"), ("a", "b"), ("a", "c")):
        client.clips = clips
        recorded.append((await perform(TEXTS[0])).n_recorded)

    assert recorded == [1, 1, 0, 1]


async def test_quotes_are_spoken_in_their_own_voice(client: SpoilingClient, tmp_path: Path) -> None:
    prose, quote = script_of(TEXTS[0]).lines[0], Line("l2", LineKind.QUOTE, "b2", TEXTS[0], TEXTS[0], 0.3)
    voicing = replace(VOICING, model="fake", voice="tone", quote_voice="low", max_retries=0)
    takes = Takes(tmp_path)

    narration = await narrate(Script((prose, quote), ()), client, takes, voicing, Progress())

    assert narration.takes["l1"].audio != narration.takes["l2"].audio
    assert takes.find(TakeKey(TEXTS[0], "fake", "low", 1.0)) == narration.takes["l2"]
    assert takes.find(TakeKey(TEXTS[0], "fake", "tone", 1.0)) == narration.takes["l1"]


def test_without_a_voice_for_quotes_they_are_spoken_like_the_rest() -> None:
    quote = Line("l1", LineKind.QUOTE, "b1", TEXTS[0], TEXTS[0], 0.3)

    assert VOICING.choose_voice(quote) == "heart"
    assert replace(VOICING, quote_voice="sky").choose_voice(quote) == "sky"
    assert replace(VOICING, quote_voice="sky").choose_voice(script_of("x").lines[0]) == "heart"


async def test_an_interrupted_narration_keeps_what_is_finished(
    perform: Callable[..., Any], client: SpoilingClient, tmp_path: Path
) -> None:
    await perform(TEXTS[0])
    client.breaks_after = 1

    with pytest.raises(ServerUnreachable, match="the line is dead"):
        await perform(*TEXTS)
    client.breaks_after = None
    narration = await perform(*TEXTS)

    assert narration.n_reused >= 1
    assert client.asked.count(TEXTS[0]) == 1


async def test_what_lies_on_both_sides_of_a_finished_line_is_heard_apart(
    client: SpoilingClient, tmp_path: Path
) -> None:
    settled = await narrate(script_of(*TEXTS), client, Takes(tmp_path / "a"), VOICING, Progress(), settled={"l2"})
    together = await narrate(script_of(TEXTS[0], TEXTS[2]), client, Takes(tmp_path / "b"), VOICING, Progress())

    assert list(settled.takes) == ["l1", "l3"]
    assert settled.n_recorded == together.n_recorded == 2
    assert len(client.heard_s) == 3
    assert client.heard_s[2] == pytest.approx(sum(client.heard_s[:2]) + GAP_S, abs=0.01)


async def test_the_pace_of_a_voice_is_found_once_and_kept(perform: Callable[..., Any], tmp_path: Path) -> None:
    numbers = ("one", "two", "three", "four", "five", "six", "seven", "eight")
    await perform(*(f"Nobody had asked all {number} of the old bakers to stay until noon." for number in numbers))

    pace = Takes(tmp_path).find_pace("hibari", "heart", 1.0)
    assert pace == pytest.approx(1.0, abs=0.15)
    assert Takes(tmp_path).keep_pace("hibari", "heart", 1.0, 9.0) == pace


async def test_a_take_of_the_wrong_length_is_not_heard_a_second_time(client: SpoilingClient, tmp_path: Path) -> None:
    takes = Takes(tmp_path)
    takes.keep_pace("hibari", "heart", 1.0, 3.0)

    narration = await narrate(script_of(TEXTS[0]), client, takes, replace(VOICING, max_retries=0), Progress())

    assert "too short" in narration.takes["l1"].verdict["reasons"][0]
    assert len(client.heard_s) == 1


async def test_a_line_that_came_out_wrong_is_spoken_again(perform: Callable[..., Any], client: SpoilingClient) -> None:
    client.spoiled = {TEXTS[1]: 1}

    narration = await perform(*TEXTS)

    assert narration.takes["l2"].verdict["accepted"]
    assert narration.takes["l2"].n_attempts == 2
    assert narration.n_recorded == 4


async def test_what_the_voice_never_gets_right_is_spoken_by_its_understudy(
    client: SpoilingClient, tmp_path: Path
) -> None:
    client.spoiled = {TEXTS[1]: 2}
    voicing = replace(VOICING, max_retries=1, understudy="tts-1")

    narration = await narrate(script_of(*TEXTS), client, Takes(tmp_path), voicing, Progress())

    assert narration.takes["l2"].verdict["accepted"]
    assert narration.takes["l2"].n_attempts == 3
    assert narration.takes["l2"].understudy == "tts-1"
    assert narration.takes["l1"].understudy is None
    assert client.speakers[-1] == ("tts-1", None)
    assert Takes(tmp_path).find(voicing.key(script_of(*TEXTS).lines[1])) == narration.takes["l2"]


async def test_an_understudy_that_cannot_speak_leaves_the_best_take(
    client: SpoilingClient, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    client.spoiled = {TEXTS[1]: 2}
    voicing = replace(VOICING, max_retries=1, understudy="nobody")

    narration = await narrate(script_of(*TEXTS), client, Takes(tmp_path), voicing, Progress())

    assert not narration.takes["l2"].verdict["accepted"]
    assert narration.takes["l3"].verdict["accepted"]
    assert "nobody cannot stand in for" in caplog.text


def test_each_way_to_speak_a_line_again_differs_from_the_others() -> None:
    plain = list_ways("Nothing to respell.", VOICING)
    respelled = list_ways("Ask redis.", replace(VOICING, max_retries=4, understudy="kokoro"))

    assert len(set(plain)) == len(plain) == 3
    assert Way() not in plain
    assert Way(respelled=False) in respelled
    assert respelled[-1] == Way(model="kokoro")
    assert list_ways("Ask redis.", replace(VOICING, max_retries=0)) == []


def test_a_voice_is_not_its_own_understudy() -> None:
    assert all(way.model is None for way in list_ways("Tea.", replace(VOICING, understudy=VOICING.model)))


async def test_a_line_that_never_comes_out_right_is_flagged_with_the_reason(
    perform: Callable[..., Any], client: SpoilingClient
) -> None:
    client.spoiled = {TEXTS[1]: 99}
    for clause in ("Nobody had asked the", "baker to stay.", "Nobody had asked", "the baker to stay."):
        client.spoiled[clause] = 99
    progress = Progress()

    narration = await perform(*TEXTS, progress=progress)

    verdict = narration.takes["l2"].verdict
    assert not verdict["accepted"]
    assert verdict["reasons"]
    assert "train" in verdict["heard"].lower()
    assert progress.calls[-1] == (3, 3, 1)


async def test_recordings_are_judged_in_order_and_unreadable_ones_are_named(
    client: SpoilingClient, tmp_path: Path
) -> None:
    good, broken = tmp_path / "good.mp3", tmp_path / "broken.mp3"
    good.write_bytes(encode(await client.speak(TEXTS[0], model="hibari"), AudioFormat.MP3))
    broken.write_bytes(b"no audio")
    claims = [Claim(good, TEXTS[0]), Claim(broken, TEXTS[0]), Claim(good, TEXTS[1]), Claim(tmp_path / "none.mp3", "x")]

    answers = [answer async for _, answer in check_recordings(claims, client, "faster_whisper")]

    assert [answer["accepted"] for answer in answers] == [True, False, False, False]
    assert answers[0]["wer"] == 0.0
    assert answers[1]["error"]["code"] == "audio_unreadable"
    assert "lamp" in answers[2]["heard"]
    assert "none.mp3" in answers[3]["error"]["message"]
