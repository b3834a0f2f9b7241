from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import httpx
import numpy as np
import pytest

from catwalk.audio.codec import AudioFormat, decode, encode
from catwalk.audio.loudness import integrated_lufs
from catwalk.audio.waveform import Waveform
from catwalk.library.tables import Episode
from catwalk.settings import read_settings
from conftest import RunningServer, run_server
from libraries import read_post

SENTENCE = "The kettle sings in the kitchen."


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    models = {"ear": {"backend": "fake", "options": {"heard": SENTENCE}}}
    reader = {"model": "fake", "listener": "ear", "encoder": None}
    yield from run_server(read_settings(home=tmp_path_factory.mktemp("takes"), models=models, reader=reader))


@pytest.fixture
def http(server: RunningServer) -> Iterator[httpx.Client]:
    with server.http() as client:
        yield client


@pytest.fixture
def episode(server: RunningServer, request: pytest.FixtureRequest) -> Episode:
    url = f"https://blog.test/{request.node.name}"
    return read_post(server.server.library(), SENTENCE, "Another line is here.", url=url)


@pytest.fixture
def line(http: httpx.Client, episode: Episode) -> int:
    found: int = http.get(f"/v1/episodes/{episode.id}/lines").json()["data"][0]["id"]
    return found


def hum(seconds: float, level: float = 0.02, silence_s: float = 1.0, rate_hz: int = 16_000) -> bytes:
    """Something that comes and goes as syllables do, in a WAV, with silence around it."""
    time_s = np.arange(int(seconds * rate_hz)) / rate_hz
    voice = np.sin(2 * np.pi * (150 + 40 * np.sin(3 * time_s)) * time_s) * (0.6 + 0.4 * np.sin(2 * np.pi * 4 * time_s))
    quiet = np.zeros(int(silence_s * rate_hz))
    samples = np.concatenate([quiet, level * voice, quiet]).astype(np.float32)
    return encode(Waveform(samples, rate_hz), AudioFormat.WAV)


def record(http: httpx.Client, line: int, revision: int, **body: Any) -> dict[str, Any]:
    answer = http.post(f"/v1/lines/{line}/record", json={"revision": revision, **body})
    assert answer.status_code == 200, answer.text
    edited: dict[str, Any] = answer.json()
    return edited


def hand_in(http: httpx.Client, line: int, sound: bytes, **fields: str) -> httpx.Response:
    data = {"revision": "1", "origin": "microphone"} | fields
    return http.post(f"/v1/lines/{line}/takes", data=data, files={"file": ("take.wav", sound)})


def list_takes(http: httpx.Client, line: int) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = http.get(f"/v1/lines/{line}/takes").json()["data"]
    return found


def test_a_line_is_spoken_at_once_and_differently_each_time(http: httpx.Client, line: int) -> None:
    first = record(http, line, 1)
    second = record(http, line, first["revision"])
    faster = record(http, line, second["revision"], speed=1.5)

    takes = list_takes(http, line)
    sounds = [http.get(take["audio"]).content for take in takes]
    assert len(set(sounds)) == len(takes) == 3
    assert [take["is_chosen"] for take in takes] == [True, False, False]
    assert takes[0]["duration_s"] < takes[1]["duration_s"]
    assert {take["heard"] for take in takes} == {SENTENCE}
    assert [word[0] for word in takes[0]["words"]] == SENTENCE.split()
    assert faster["lines"][0]["take"]["id"] == takes[0]["id"]
    assert faster["lines"][0]["n_takes"] == 3


def test_an_older_take_is_chosen_and_that_is_undone(http: httpx.Client, episode: Episode, line: int) -> None:
    record(http, line, 1)
    second = record(http, line, 1)
    newer, older = list_takes(http, line)

    chosen = http.post(f"/v1/lines/{line}/choose", json={"revision": second["revision"], "take": older["id"]}).json()
    undone = http.post(f"/v1/episodes/{episode.id}/undo", json={"revision": chosen["revision"]}).json()

    assert chosen["lines"][0]["take"]["id"] == older["id"]
    assert undone["lines"][0]["take"]["id"] == newer["id"]
    assert http.post(f"/v1/lines/{line}/choose", json={"revision": 9, "take": 999}).status_code == 409


def test_a_stale_revision_speaks_nothing(http: httpx.Client, line: int) -> None:
    answer = http.post(f"/v1/lines/{line}/record", json={"revision": 7})

    assert (answer.status_code, answer.json()["error"]["revision"]) == (409, 1)
    assert list_takes(http, line) == []


def test_what_a_person_recorded_is_trimmed_levelled_checked_and_chosen(http: httpx.Client, line: int) -> None:
    answer = hand_in(http, line, hum(2.0))

    assert answer.status_code == 200, answer.text
    take = answer.json()["lines"][0]["take"]
    sound = decode(io.BytesIO(http.get(take["audio"]).content), rate_hz=44_100)
    assert (take["origin"], take["model"], take["heard"], take["is_chosen"]) == ("microphone", None, SENTENCE, True)
    assert 2.0 < sound.duration_s < 2.3
    assert integrated_lufs(sound) == pytest.approx(-20.0, abs=0.5)


def test_a_recording_is_as_loud_as_the_takes_beside_it(http: httpx.Client, episode: Episode, line: int) -> None:
    other = http.get(f"/v1/episodes/{episode.id}/lines").json()["data"][1]["id"]
    beside = record(http, other, 1)["lines"][0]["take"]
    level = integrated_lufs(decode(io.BytesIO(http.get(beside["audio"]).content), rate_hz=16_000))

    take = hand_in(http, line, hum(2.0), origin="upload").json()["lines"][0]["take"]

    sound = decode(io.BytesIO(http.get(take["audio"]).content), rate_hz=44_100)
    assert take["origin"] == "upload"
    assert integrated_lufs(sound) == pytest.approx(level, abs=0.7)


def test_a_recording_that_says_something_else_is_kept_chosen_and_flagged(http: httpx.Client, episode: Episode) -> None:
    other = http.get(f"/v1/episodes/{episode.id}/lines").json()["data"][1]["id"]

    shown = hand_in(http, other, hum(2.0)).json()["lines"][0]

    assert (shown["state"], shown["take"]["accepted"], shown["take"]["is_chosen"]) == ("flagged", False, True)
    assert shown["take"]["reasons"]


@pytest.mark.parametrize(
    ("sound", "fields", "status", "code"),
    [
        (hum(1.0, level=0.0), {}, 422, "recording_silent"),
        (hum(1.0, silence_s=150.0, rate_hz=4_000), {}, 413, "audio_too_long"),
        (b"no audio at all", {}, 400, "audio_unreadable"),
        (b"", {}, 400, "audio_unreadable"),
        (hum(1.0), {"revision": "x"}, 400, "invalid_request"),
        (hum(1.0), {"revision": "8"}, 409, "stale_revision"),
        (hum(1.0), {"origin": "voice"}, 400, "invalid_request"),
    ],
)
def test_what_is_no_recording_is_refused_and_not_kept(
    http: httpx.Client, line: int, sound: bytes, fields: dict[str, str], status: int, code: str
) -> None:
    answer = hand_in(http, line, sound, **fields)

    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
    assert list_takes(http, line) == []


def test_a_form_without_a_file_is_refused(http: httpx.Client, line: int) -> None:
    answer = http.post(f"/v1/lines/{line}/takes", data={"revision": "1"}, files={"other": b"x"})

    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "audio_unreadable")


def test_a_take_is_sent_in_ranges_kept_for_ever_and_not_to_other_pages(http: httpx.Client, line: int) -> None:
    audio = record(http, line, 1)["lines"][0]["take"]["audio"]

    whole = http.get(audio)
    part = http.get(audio, headers={"Range": "bytes=0-3"})
    again = http.get(audio, headers={"If-None-Match": whole.headers["etag"]})

    assert (whole.headers["content-type"], whole.content[:4]) == ("audio/flac", b"fLaC")
    assert "immutable" in whole.headers["cache-control"]
    assert "private" in whole.headers["cache-control"]
    assert "access-control-allow-origin" not in whole.headers
    assert (part.status_code, part.content) == (206, b"fLaC")
    assert again.status_code == 304
    assert http.head(audio).headers["content-length"] == str(len(whole.content))
    assert http.get(audio, headers={"Range": "bytes=99999999-"}).status_code == 416
    assert http.get("/v1/takes/999999/audio").status_code == 404


def test_peaks_show_where_a_take_is_loud(http: httpx.Client, line: int) -> None:
    take = hand_in(http, line, hum(2.0)).json()["lines"][0]["take"]

    found = http.get(f"/v1/takes/{take['id']}/peaks", params={"n": 50}).json()

    assert found["duration_s"] == pytest.approx(take["duration_s"], abs=0.01)
    assert len(found["peaks"]) == 50
    assert 0.1 < max(found["peaks"]) <= 1.0
    assert http.get(f"/v1/takes/{take['id']}/peaks?n=0").status_code == 400


def test_a_pause_has_nothing_to_be_recorded(http: httpx.Client, episode: Episode) -> None:
    lines = f"/v1/episodes/{episode.id}/lines"
    pause = http.post(lines, json={"revision": 1, "pause_s": 1}).json()["lines"][0]["id"]

    answers = [
        http.post(f"/v1/lines/{pause}/record", json={"revision": 2}),
        hand_in(http, pause, hum(1.0), revision="2"),
    ]

    assert [answer.json()["error"]["code"] for answer in answers] == ["edit_refused"] * 2
